"""What an import does to a folder: only its own files, each of them whole, and all or nothing when it is refused."""

import os
from pathlib import Path

import pytest

from reconciler.errors import IntentError, ReconcileError
from reconciler.intents import load
from reconciler.kubernetes import Imported, import_into
from tests.kubernetes.objects import Object, listing, node, service
from tests.kubernetes.telling import BRIDGING, tree

WEB, CART = service("web"), service("cart", vips=["10.96.0.11"])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*objects: Object) -> Imported:
    Path("dump.json").write_text(listing(objects), encoding="utf-8")
    return import_into(Path("intents"), ["dump.json"], BRIDGING)


def refused(*objects: Object) -> list[str]:
    before = tree(Path("intents"))
    with pytest.raises(ReconcileError) as raised:
        run(*objects)
    assert tree(Path("intents")) == before
    return raised.value.lines()


def test_what_is_new_different_and_gone() -> None:
    first = run(node(), WEB, CART)
    assert first.written == [
        "intents/nodes/worker-1.yaml",
        "intents/services/shop/cart.yaml",
        "intents/services/shop/web.yaml",
    ]
    second = run(node(), service("web", vips=["10.96.0.12"]))
    assert (second.written, second.removed, second.unchanged) == (
        ["intents/services/shop/web.yaml"],
        ["intents/services/shop/cart.yaml"],
        1,
    )
    assert load(Path("intents")).services.keys() == {"shop/web"}


def test_the_folder_of_a_namespace_that_is_empty_goes_too() -> None:
    run(node(), WEB)
    run(node())
    assert not Path("intents/services/shop").exists()


def test_what_a_person_wrote_stays_and_counts() -> None:
    run(node(), WEB, CART)
    mine = Path("intents/services/shop/mine.yaml")
    mine.write_text(Path("intents/services/shop/cart.yaml").read_text().partition("\n")[2].replace("cart", "mine"))
    before = mine.read_bytes()
    assert run(node(), WEB).removed == ["intents/services/shop/cart.yaml"]
    assert mine.read_bytes() == before
    assert refused(node(), WEB, CART) == [
        "dump.json:61:6: VIP 10.96.0.11 with TCP port 80 belongs to service shop/mine "
        "(intents/services/shop/mine.yaml:5): give another VIP or another port"
    ]


def test_nodes_may_be_written_by_hand() -> None:
    run(node(), WEB)
    Path("intents/nodes/worker-1.yaml").rename("intents/nodes.yaml")
    outcome = run(WEB)
    assert (outcome.written, outcome.removed, outcome.unchanged) == ([], [], 1)


@pytest.mark.parametrize("name", ["intents/services/shop/web.yaml", "intents/services/shop", "intents/nodes"])
def test_a_file_in_the_way(name: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n", encoding="utf-8")
    (line,) = refused(node(), WEB)
    assert line.startswith(f"{name}:1:1: in the way of an import, which ")
    assert line.endswith(": move it away, or import into another folder")


def test_a_link_is_a_persons() -> None:
    run(node(), WEB)
    path = Path("intents/services/shop/web.yaml")
    path.rename("elsewhere.yaml")
    path.symlink_to("../../../elsewhere.yaml")
    (line,) = refused(node(), WEB)
    assert line.startswith(f"{path}:1:1: in the way of an import")


def test_a_file_of_ours_that_somebody_damaged_is_mended() -> None:
    run(node(), WEB)
    path = Path("intents/services/shop/web.yaml")
    whole = path.read_bytes()
    path.write_bytes(whole + b"\xff")
    assert run(node(), WEB).written == [str(path)]
    assert path.read_bytes() == whole


def test_a_persons_file_with_a_fault_is_a_fault() -> None:
    run(node(), WEB)
    Path("intents/mine.yaml").write_text("kind: Servce\n", encoding="utf-8")
    assert refused(node(), WEB, CART) == ["intents/mine.yaml:1:7: kind 'Servce' is unknown: did you mean 'Service'?"]


def test_the_end_of_a_run_anywhere_leaves_whole_files(monkeypatch: pytest.MonkeyPatch) -> None:
    run(node(), WEB, CART)
    before = tree(Path("intents"))
    real, moves = Path.replace, 0

    def replace(path: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == 2:
            raise KeyboardInterrupt
        return real(path, target)

    changed = [node(number=2), service("web", vips=["10.96.0.12"]), service("cart", vips=["10.96.0.13"])]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            run(*changed)
    now = tree(Path("intents"))
    assert now.keys() == before.keys()
    assert [name for name in now if now[name] != before[name]] == ["nodes/worker-1.yaml"]
    load(Path("intents"))
    run(*changed)
    assert tree(Path("intents")).keys() == before.keys()


def test_a_system_that_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ReconcileError, match="No space left on device: mend that, and import again to finish"):
        run(node())


def test_inputs_that_cannot_be_read() -> None:
    Path("windows.yaml").write_bytes("kind: List\n".encode("utf-16"))
    os.mkdir("folder")
    with pytest.raises(IntentError) as raised:
        import_into(Path("intents"), ["none.yaml", "folder", "windows.yaml"], BRIDGING)
    right = "give a file with what kubectl printed, or - for standard input"
    assert raised.value.lines() == [
        f"folder:1:1: cannot be read, Is a directory: {right}",
        f"none.yaml:1:1: cannot be read, No such file or directory: {right}",
        "windows.yaml:1:1: byte 0xff is not UTF-8: save the file as UTF-8",
    ]
