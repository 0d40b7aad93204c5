import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import group_ids
from reconciler.group_ids import GroupIds, assign
from reconciler.ownership import owns_group

NAMES = st.sets(st.text(max_size=20), max_size=40)


@given(NAMES)
def test_every_name_has_an_id_of_ours_and_its_own(names: set[str]) -> None:
    ids = assign(names)
    assert ids.keys() == names
    assert len(set(ids.values())) == len(names)
    assert all(owns_group(group_id) for group_id in ids.values())


@given(NAMES, NAMES)
def test_a_name_keeps_its_id_whatever_others_come_and_go(names: set[str], others: set[str]) -> None:
    alone, among = assign(names), assign(names | others)
    meets = len(alone.keys() | among.keys()) != len({group_ids._hash(name) for name in names | others})
    assert meets or {name: among[name] for name in names} == alone


@given(NAMES)
def test_the_order_in_which_names_are_read_does_not_matter(names: set[str]) -> None:
    assert assign(sorted(names)) == assign(sorted(names, reverse=True))


def test_ids_survive_releases() -> None:
    """A change here moves every group of every node: it needs a migration."""
    assert assign(["shop/web TCP/80 IPv4", "shop/web TCP/80 IPv6"]) == {
        "shop/web TCP/80 IPv4": 0x520C9564,
        "shop/web TCP/80 IPv6": 0x520E87C1,
    }


def test_names_whose_hashes_meet_are_probed_past_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_ids, "_hash", lambda _: 0xFFFFF)
    assert assign("cab") == {"a": 0x520FFFFF, "b": 0x52000000, "c": 0x52000001}


def test_only_the_later_of_two_that_meet_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_ids, "_hash", {"a": 7, "b": 7, "c": 9}.__getitem__)
    assert assign("ac") == {"a": 0x52000007, "c": 0x52000009}
    assert assign("abc") == {"a": 0x52000007, "b": 0x52000008, "c": 0x52000009}


COMINGS_AND_GOINGS = st.lists(st.tuples(st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh"))))


@given(COMINGS_AND_GOINGS, st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0xFFFFC, 0xFFFFF)))
def test_names_that_come_and_go_always_have_the_ids_of_those_that_are_there(
    turns: list[tuple[set[str], set[str]]], hashes: dict[str, int]
) -> None:
    """Eight names on a handful of places at the end of the space: hardly one that meets nobody."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(group_ids, "_hash", lambda name: hashes.get(name, ord(name)))
        groups = GroupIds()
        for gone, come in turns:
            before = dict(groups.ids)
            leaving, entering = gone & before.keys(), come - (before.keys() - gone)
            moved = groups.change(leaving, entering)
            assert groups.ids == assign(groups.ids)
            staying = before.keys() - leaving - entering
            assert moved == {name for name in staying if groups.ids[name] != before[name]}
