import pytest

from reconciler.errors import NodeError
from reconciler.positions import Fault
from reconciler.system.git import tree
from reconciler.system.git.tree import Entry, Tree

OUTSIDE = "a symbolic link that leads out of the work tree: put the file itself here"
DANGLING = "a symbolic link to what is not there: remove the link"


def found(*files: str, below: str = "intents/", **links: str) -> dict[str, str]:
    """What is found in a tree: the real path of each file, or the fault. `a__b` is the link `intents/a.b`."""
    names = {f"intents/{name.replace('__', '.')}": target for name, target in links.items()}
    entries = [Entry("100644", f"file {path}", path) for path in files]
    entries += [Entry("120000", f"link {path}", path) for path in names]
    of = Tree(entries, {f"link {path}": target for path, target in names.items()})
    told = of.intent_files(below)
    return {path: what.message if isinstance(what, Fault) else what.path for path, what in told}


def test_intent_files_in_the_order_of_a_folder() -> None:
    paths = ("intents/b.yml", "intents/a/z.yaml", "intents/a.json", "intents/README", "intents/.a.yaml", "other.yaml")
    assert list(found(*paths)) == ["intents/a/z.yaml", "intents/a.json", "intents/b.yml"]
    assert list(found(*paths, below="")) == ["intents/a/z.yaml", "intents/a.json", "intents/b.yml", "other.yaml"]
    assert found(*paths, below="nowhere/") == {}


def test_hidden_folders_hold_no_intents() -> None:
    assert found("intents/..data/a.yaml", "intents/.cache/b.yaml") == {}


@pytest.mark.parametrize(
    ("target", "real"),
    [
        ("b.yaml", "intents/b.yaml"),
        ("./b.yaml", "intents/b.yaml"),
        ("../common/c.yaml", "common/c.yaml"),
        ("../common/../common//c.yaml", "common/c.yaml"),
        ("../intents/b.yaml", "intents/b.yaml"),
        ("..data/a.yaml", "intents/..data/a.yaml"),
    ],
)
def test_a_link_leads_to_a_file(target: str, real: str) -> None:
    told = found("intents/b.yaml", "intents/..data/a.yaml", "common/c.yaml", l__yaml=target)
    assert told["intents/l.yaml"] == real


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "..//../intents/b.yaml", "/"])
def test_a_link_leads_nowhere_outside(target: str) -> None:
    assert found("intents/b.yaml", l__yaml=target)["intents/l.yaml"] == OUTSIDE


@pytest.mark.parametrize("target", ["nothing.yaml", "b.yaml/c.yaml", "b.yaml/", "b.yaml/..", ".git/config"])
def test_a_link_to_what_is_not_there(target: str) -> None:
    assert found("intents/b.yaml", l__yaml=target)["intents/l.yaml"] == DANGLING


def test_links_in_a_row_and_around() -> None:
    told = found("intents/b.yaml", k__yaml="l.yaml", l__yaml="b.yaml", m__yaml="n.yaml", n__yaml="m.yaml")
    assert told["intents/k.yaml"] == "intents/b.yaml"
    assert told["intents/m.yaml"] == "a symbolic link that leads to itself: remove the link"


def test_a_link_to_a_folder_is_a_folder() -> None:
    assert found("common/c.yaml", linked="../common") == {"intents/linked/c.yaml": "common/c.yaml"}


def test_a_link_to_a_folder_that_it_is_in() -> None:
    told = found("intents/a/b.yaml", up="../intents", top="..")
    assert told["intents/up"] == "a symbolic link to a folder that it is in: remove the link"
    assert told["intents/top/intents"] == "a symbolic link to a folder that it is in: remove the link"


def test_a_link_that_is_no_intent_does_not_matter() -> None:
    assert found("intents/b.yaml", readme="/etc/motd") == {"intents/b.yaml": "intents/b.yaml"}


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("a", "a/b.yaml", "'a' is a file and a folder: no work tree can have both"),
        ("a/b", "a/b/c/d", "'a/b' is a file and a folder: no work tree can have both"),
        ("a.yaml", "a.yaml", "'a.yaml' stands twice, or is too deep, or is no path of a work tree"),
        ("a.yaml", "../b.yaml", "'../b.yaml' stands twice, or is too deep, or is no path of a work tree"),
        ("a.yaml", "/b.yaml", "'/b.yaml' stands twice, or is too deep, or is no path of a work tree"),
        ("a.yaml", "b/.git/config", "'b/.git/config' stands twice, or is too deep, or is no path of a work tree"),
        ("a.yaml", "b/./c.yaml", "'b/./c.yaml' stands twice, or is too deep, or is no path of a work tree"),
    ],
)
def test_a_tree_that_no_work_tree_can_be(first: str, second: str, said: str) -> None:
    with pytest.raises(NodeError) as error:
        found(first, second)
    assert str(error.value) == said


def test_links_that_make_a_few_folders_look_like_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_STEPS", 1000)
    folders = [Entry("100644", "file", f"{number}/a.yaml") for number in range(40)]
    links = [Entry("120000", f"{number}", f"{number}/{name}") for number in range(39) for name in "lm"]
    of = Tree([*folders, *links], {f"{number}": f"../{number + 1}" for number in range(39)})
    with pytest.raises(NodeError, match="more than 1000 files, with those that links lead to: use fewer links"):
        list(of.intent_files("0/"))


def test_links_that_lead_ever_deeper() -> None:
    folders = [Entry("100644", "file", f"{number}/a.yaml") for number in range(1000)]
    links = [Entry("120000", f"{number}", f"{number}/l") for number in range(999)]
    of = Tree([*folders, *links], {f"{number}": f"../{number + 1}" for number in range(999)})
    with pytest.raises(NodeError, match="more than 100 folders within each other"):
        list(of.intent_files("0/"))


def test_links_that_make_a_path_long_and_longer() -> None:
    """A few links with many parts are cheap to write, and each of them would be followed for every name."""
    files = [Entry("100644", "file", "0/a.yaml")]
    links = [Entry("120000", f"{number}", f"0/{number}.yaml") for number in range(300)]
    targets = {f"{number}": "./" * 2000 + f"{number + 1}.yaml" for number in range(300)}
    with pytest.raises(NodeError, match="with those that links lead to"):
        list(Tree([*files, *links], targets).intent_files("0/"))


def test_a_path_that_no_work_tree_can_have_for_its_length() -> None:
    with pytest.raises(NodeError, match="is too deep, or is no path of a work tree") as error:
        found("a/" * 100_000 + "b.yaml")
    assert len(str(error.value)) < 200
