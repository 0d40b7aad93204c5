from pathlib import Path

import pytest

from reconciler.intents.readings import FileReading, read_file
from reconciler.watch.history import KEPT, History


def said(text: str) -> FileReading:
    return read_file("a.yaml", text)


WEB = said("{}\n")


def keep(history: History, *digests: str) -> None:
    for number, digest in enumerate(digests):
        history.keep({"nodes.yaml": said(f"# {digest}\n"), "shop/web.yaml": WEB}, digest, "", float(number))


def digests(history: History) -> list[str]:
    return [each.digest for each in history.applied()]


def test_a_state_is_a_folder_that_people_can_read(tmp_path: Path) -> None:
    history = History(tmp_path)
    keep(history, "aaaaaaaaaa")
    (state,) = history.applied()
    assert state.folder == tmp_path / "applied" / "0001-aaaaaaaa"
    assert (state.folder / "shop" / "web.yaml").read_text() == "{}\n"


def test_what_has_not_changed_is_one_file_for_all_states(tmp_path: Path) -> None:
    history = History(tmp_path)
    keep(history, "a", "b", "c")
    states = [state.folder for state in history.applied()]
    assert len({(state / "shop" / "web.yaml").stat().st_ino for state in states}) == 1
    assert [(state / "nodes.yaml").read_text() for state in states] == ["# a\n", "# b\n", "# c\n"]
    keep(history, *map(str, range(KEPT)))
    assert (history.applied()[-1].folder / "shop" / "web.yaml").read_text() == "{}\n", "the oldest have gone"


def test_the_last_few_are_kept(tmp_path: Path) -> None:
    history = History(tmp_path)
    keep(history, *map(str, range(KEPT + 3)))
    assert digests(history) == [str(number) for number in range(3, KEPT + 3)]
    assert len(list((tmp_path / "applied").iterdir())) == 2 * KEPT


def test_the_same_state_again_is_one(tmp_path: Path) -> None:
    history = History(tmp_path)
    keep(history, "a", "a", "b", "b", "a")
    assert digests(history) == ["a", "b", "a"]


def test_the_ten_thousandth_state_comes_after_the_one_before(tmp_path: Path) -> None:
    history = History(tmp_path)
    keep(history, "a")
    for path in sorted((tmp_path / "applied").iterdir()):
        path.rename(path.with_name(path.name.replace("0001", "9998")))
    record = tmp_path / "applied" / "9998-a.json"
    record.write_text(record.read_text().replace('"number": 1', '"number": 9998'))
    keep(history, *"bcdefgh")
    assert digests(history) == list("defgh")
    assert [each.number for each in history.applied()] == list(range(10001, 10006))


def test_the_newest_that_is_not_bad_is_the_good_one(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert history.good() is None
    keep(history, "a", "b", "c")
    history.mark_bad("c", "no answer")
    history.mark_bad("b", "no answer")
    good = history.good()
    assert good
    assert good.digest == "a"
    assert History(tmp_path).bad() == {"c": "no answer", "b": "no answer"}


@pytest.mark.parametrize("damage", ["folder without its record", "record without its folder", "half a record"])
def test_a_crash_in_the_middle_leaves_what_was_before(tmp_path: Path, damage: str) -> None:
    history = History(tmp_path)
    keep(history, "a")
    applied = tmp_path / "applied"
    if damage == "folder without its record":
        (applied / "0002-bbbbbbbb").mkdir()
        (applied / "0002-bbbbbbbb" / "nodes.yaml").write_text("half")
    elif damage == "record without its folder":
        (applied / "0002-bbbbbbbb.json").write_text('{"number": 2, "digest": "b", "revision": "", "at": 0}')
    else:
        (applied / "0002-bbbbbbbb.json").write_text('{"numb')
    assert digests(history) == ["a"]
    keep(history, "c")
    assert digests(history) == ["a", "c"]
