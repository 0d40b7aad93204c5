"""A story is a folder with what kubectl printed, `intents/` that follow from it, and `notes.txt`.

`python -m tests.kubernetes.telling` writes these again.
"""

from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path

from reconciler.kubernetes import Bridging, Imported, import_into

HERE = Path(__file__).parent
STORIES = sorted(path.parent.name for path in HERE.glob("*/notes.txt"))
BRIDGING = Bridging("br-int", "gw0", "standalone")


def inputs(story: str) -> list[str]:
    return sorted(path.name for suffix in ("yaml", "json") for path in (HERE / story).glob(f"*.{suffix}"))


def told(story: str, into: Path) -> Imported:
    with chdir(HERE / story):
        return import_into(into, inputs(story), BRIDGING)


def tree(folder: Path) -> Mapping[str, str]:
    """Every file below a folder, hidden ones too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def notes(imported: Imported) -> str:
    return "".join(f"{note}\n" for note in imported.notes)


if __name__ == "__main__":
    for each in STORIES:
        said = notes(told(each, HERE / each / "intents"))
        (HERE / each / "notes.txt").write_text(said, encoding="utf-8")
