"""A story is a folder: `before/`, `after/`, and in `review.txt` and `review.json` what a reviewer is told.

`python -m tests.explain.reviews.telling` writes these again.
"""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

from reconciler.explain.review import Review, review
from reconciler.explain.review.documents import document
from reconciler.explain.review.text import as_text, summary
from reconciler.intents import load

HERE = Path(__file__).parent
STORIES = sorted(path.parent.name for path in HERE.glob("*/after"))


def reviewed(story: str, only: str | None = None, *, forth: bool = True) -> Review:
    with chdir(HERE / story):
        before, after = load(Path("before")), load(Path("after"))
    return review(before, after, only) if forth else review(after, before, only)


def told(story: str) -> Iterator[tuple[str, str]]:
    """The name and the text of every file that must follow."""
    found = reviewed(story)
    yield "review.txt", "".join(f"{line}\n" for line in (*as_text(found), summary(found)))
    yield "review.json", json.dumps(document(found), indent=2) + "\n"


if __name__ == "__main__":
    for each in STORIES:
        for name, content in told(each):
            (HERE / each / name).write_text(content, encoding="utf-8")
