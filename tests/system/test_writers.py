from pathlib import Path

from reconciler.intents.folder import Folder
from reconciler.system.writers import is_written


def test_a_file_is_being_written_until_its_writer_closes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("w") as writer:
        assert is_written(path)
        writer.write("kind: Node\n")
        writer.flush()
        assert is_written(path)
    assert not is_written(path)
    with path.open():
        assert not is_written(path), "a reader is none"


def test_a_file_that_is_not_there_is_written_by_nobody(tmp_path: Path) -> None:
    assert not is_written(tmp_path / "none.yaml")


def test_half_a_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("kind: Node\nname: one\n")
    folder = Folder(tmp_path, is_written)
    assert folder.read()
    before = folder.digest
    with path.open("w") as writer:
        writer.write("kind: Node\n")
        writer.flush()
        assert not folder.read([path])
        assert folder.unfinished == {path}
        assert folder.digest == before
        writer.write("name: two\n")
    assert folder.read(folder.unfinished)
    assert not folder.unfinished
