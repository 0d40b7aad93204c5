"""A folder read again and again comes to what a new process would read, whatever was done to it in between."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import IntentError
from reconciler.intents import Intents, load
from reconciler.intents.folder import Folder

NODES = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1]
podCIDRs: [10.10.1.0/24]
"""
NAMES = ("web", "cart", "dns")
FILES = ("a.yaml", "b.yaml", "below/c.yaml")


def service(name: str, vip: int, port: int, endpoints: Iterable[str]) -> str:
    backends = ", ".join(f"{{ip: {ip}}}" for ip in endpoints)
    head = f"kind: Service\nname: {name}\nclusterIPs: [10.96.0.{vip}]\n"
    return f"{head}ports: [{{port: {port}}}]\nendpoints: [{backends}]\n"


IPS = st.sampled_from(["10.10.1.2", "10.10.1.3", "172.30.0.1", "10.96.0.1", "169.254.0.253", "10.10.1.0"])
SERVICES = st.builds(service, st.sampled_from(NAMES), st.integers(1, 4), st.integers(80, 81), st.lists(IPS, max_size=2))
TEXTS = st.lists(
    SERVICES | st.just(NODES.replace("worker-1", "worker-2").replace("172.30.0.1", "172.30.0.2")), max_size=3
)
EDITS = st.lists(st.tuples(st.sampled_from(FILES), TEXTS.map("---\n".join)), min_size=1, max_size=6)


def outcome(read: "Folder | Path") -> Intents | tuple[str, ...]:
    try:
        return load(read) if isinstance(read, Path) else read.check().intents
    except IntentError as error:
        return error.faults


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(EDITS, st.sampled_from(["by name", "by a look at all"]))
def test_edits_come_to_what_is_read_at_once(tmp_path: Path, edits: list[tuple[str, str]], how: str) -> None:
    for path in tmp_path.rglob("*.yaml"):
        path.unlink()
    (tmp_path / "below").mkdir(exist_ok=True)
    (tmp_path / "nodes.yaml").write_text(NODES)
    folder = Folder(tmp_path)
    folder.read()
    folder.check()
    for name, text in edits:
        path = tmp_path / name
        if text:
            path.write_text(text)
        else:
            path.unlink(missing_ok=True)
        before, last = folder.digest, folder.intents
        if folder.read([path] if how == "by name" else None):
            assert folder.digest != before
            told = outcome(folder)
            assert told == outcome(tmp_path)
            if isinstance(told, tuple):
                assert folder.intents is last, "the last good ones stay"
    whole = Folder(tmp_path)
    whole.read()
    assert folder.digest == whole.digest


def test_an_edit_tells_which_services_differ(tmp_path: Path) -> None:
    one, two, three = (service(name, n, 80, ["10.10.1.2"]) for n, name in enumerate(NAMES, 1))
    (tmp_path / "nodes.yaml").write_text(NODES)
    (tmp_path / "a.yaml").write_text("---\n".join((one, two)))
    folder = Folder(tmp_path)
    folder.read()
    assert folder.check().services is None, "at first everything differs"
    web, cart = (folder.intents.services[f"default/{name}"] for name in NAMES[:2])  # type: ignore[union-attr]

    (tmp_path / "a.yaml").write_text("---\n".join((one.replace("10.10.1.2", "10.10.1.3"), two, three)))
    assert folder.read([tmp_path / "a.yaml"])
    edit = folder.check()
    assert edit.services == frozenset(("default/web", "default/dns"))
    assert edit.intents.services["default/cart"].spec is cart.spec, "what stayed the same is the same object"
    assert edit.intents.services["default/web"].spec is not web.spec
    assert not folder.read([tmp_path / "a.yaml"]), "nothing changed since"

    (tmp_path / "nodes.yaml").write_text(NODES.replace("gw0", "gw1"))
    assert folder.read()
    assert folder.check().services is None, "a node may change everything"


@pytest.mark.parametrize("name", [".a.yaml.swp", "README.md", ".git/index.lock", "a.yaml~"])
def test_files_that_are_no_intents_are_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / "nodes.yaml").write_text(NODES)
    folder = Folder(tmp_path)
    folder.read()
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("anything")
    (tmp_path / "nodes.yaml").write_text(NODES.replace("gw0", "gw1"))
    assert not folder.read([path]), "only the named file was looked at"
    path.unlink()
    assert not folder.read([path])


def test_a_link_or_a_folder_is_a_reason_to_look_at_everything(tmp_path: Path) -> None:
    below = tmp_path / "intents" / "below"
    below.mkdir(parents=True)
    (below / "nodes.yaml").write_text(NODES)
    folder = Folder(tmp_path / "intents")
    folder.read()
    below.rename(tmp_path / "aside")
    assert folder.read([below])
    assert not folder.readings
    below.symlink_to(tmp_path / "aside")
    assert folder.read([below])
    assert set(folder.readings) == {str(below / "nodes.yaml")}
