import gc
import os
from pathlib import Path

import pytest

from reconciler.errors import IntentError
from reconciler.intents import Intents, load

NODE = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1]
podCIDRs: [10.10.1.0/24]
"""


def service(name: str, vip: str) -> str:
    return f"kind: Service\nname: {name}\nclusterIPs: [{vip}]\nports: [{{port: 80}}]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("intents")
    path.mkdir()
    (path / "node.yaml").write_text(NODE, encoding="utf-8")
    return path


def refused(folder: Path) -> list[str]:
    with pytest.raises(IntentError) as raised:
        load(folder)
    return raised.value.lines()


def names(intents: Intents) -> list[str]:
    return list(intents.services)


def test_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(Path("nowhere")) == ["nowhere: no such folder: create it, or name another with --intents"]


def test_a_file_instead_of_a_folder(folder: Path) -> None:
    assert refused(folder / "node.yaml") == ["intents/node.yaml: not a folder: give the folder that the file is in"]


def test_an_empty_folder_is_not_an_empty_desired_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("intents").mkdir()
    assert refused(Path("intents")) == [
        "intents: no intents here: add a .yaml file with a 'kind: Node' for each node, and the services"
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"kind: Node\nname: w\xff\n", "2:8: byte 0xff is not UTF-8: save the file as UTF-8"),
        ("kind: Node\nname: wörker\n".encode("latin-1"), "2:8: byte 0xf6 is not UTF-8: save the file as UTF-8"),
        ("é: Node\nname: ".encode() + b"\xe9", "2:7: byte 0xe9 is not UTF-8: save the file as UTF-8"),
        ("kind: Node\n".encode("utf-16"), "1:1: byte 0xff is not UTF-8: save the file as UTF-8"),
        (b"kind: Node\nname: \x00\n", "2:7: the character '\\x00' is not allowed in YAML: remove it"),
        (b"kind: Node\r\nname: \x1b[0m\r\n", "2:7: the character '\\x1b' is not allowed in YAML: remove it"),
        ("kind: Node\nname: \ufffe".encode(), "2:7: the character '\\ufffe' is not allowed in YAML: remove it"),
    ],
)
def test_bytes_that_are_no_yaml(folder: Path, content: bytes, fault: str) -> None:
    (folder / "bad.yaml").write_bytes(content)
    assert refused(folder) == [f"intents/bad.yaml:{fault}"]


@pytest.mark.parametrize(
    ("bomb", "column"), [("[" * 100_000, 65), ("{a: " * 100_000, 257), ("- " * 100_000, 129), ("? " * 100_000, 3)]
)
def test_a_bomb_of_nesting_is_one_clear_fault(folder: Path, bomb: str, column: int) -> None:
    (folder / "bomb.yaml").write_text(bomb, encoding="utf-8")
    (fault,) = refused(folder)
    assert fault.startswith(f"intents/bomb.yaml:1:{column}: ")
    assert "nested more than 64 levels deep" in fault or "a mapping or list stands where a key must be" in fault


def test_a_byte_order_mark_and_windows_line_ends(folder: Path) -> None:
    (folder / "web.yaml").write_bytes(b"\xef\xbb\xbf" + service("web", "10.96.0.1").replace("\n", "\r\n").encode())
    assert names(load(folder)) == ["default/web"]


def test_positions_after_a_byte_order_mark_count_from_the_first_letter(folder: Path) -> None:
    (folder / "web.yaml").write_bytes(b"\xef\xbb\xbfkind: Services\n")
    assert refused(folder) == ["intents/web.yaml:1:7: kind 'Services' is unknown: did you mean 'Service'?"]


def test_every_suffix_in_every_folder_but_hidden_ones(folder: Path) -> None:
    for number, name in enumerate(["a.yaml", "b.yml", "c.json", "deep/er/d.yaml", "e.YAML", "f.yaml/g.yaml"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(service(f"s{number}", f"10.96.0.{number + 1}"), encoding="utf-8")
    for name in [".hidden.yaml", ".git/x.yaml", "deep/.x/y.yaml", "readme.txt", "yaml", "a.yaml~", "b.yaml.swp"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("not: an intent", encoding="utf-8")
    assert names(load(folder)) == [f"default/s{number}" for number in range(6)]


def test_a_mounted_config_map_is_read_once(folder: Path) -> None:
    (folder / "..2026_01_01").mkdir()
    (folder / "..2026_01_01" / "web.yaml").write_text(service("web", "10.96.0.1"), encoding="utf-8")
    (folder / "..data").symlink_to("..2026_01_01")
    (folder / "web.yaml").symlink_to("..data/web.yaml")
    loaded = load(folder)
    assert str(loaded.services["default/web"].origin) == "intents/web.yaml:1"


def test_a_link_to_a_folder_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "web.yaml").write_text(service("web", "10.96.0.1"), encoding="utf-8")
    (folder / "team").symlink_to(tmp_path / "elsewhere")
    assert str(load(folder).services["default/web"].origin) == "intents/team/web.yaml:1"


def test_links_that_lead_nowhere(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "loop").symlink_to("..")
    (folder / "b.yaml").symlink_to("b.yaml")
    (folder / "c.yaml").symlink_to("missing.yaml")
    assert refused(folder) == [
        "intents/a/loop:1:1: a symbolic link to a folder that it is in: remove the link",
        "intents/b.yaml:1:1: cannot be read, Too many levels of symbolic links: make it readable, or remove it",
        "intents/c.yaml:1:1: cannot be read, No such file or directory: make it readable, or remove it",
    ]


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    assert refused(folder) == [
        "intents/pipe.yaml:1:1: not a regular file: put the intents into one, or rename it",
    ]


@pytest.mark.parametrize("closed", ["x.yaml", "sub"])
def test_what_may_not_be_read_is_a_fault(folder: Path, closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "x.yaml").write_text(service("x", "10.96.0.1"), encoding="utf-8")
    (folder / "sub").mkdir()
    forbid(monkeypatch, folder / closed)
    assert refused(folder) == [
        f"intents/{closed}:1:1: cannot be read, Permission denied: make it readable, or remove it"
    ]


def test_a_folder_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid(monkeypatch, folder)
    assert refused(folder) == ["intents: cannot read the folder: Permission denied"]


def forbid(monkeypatch: pytest.MonkeyPatch, closed: Path) -> None:
    """Tests run as root, whom no mode stops."""
    real_list, real_read = os.listdir, Path.read_bytes

    def listdir(path: Path) -> list[str]:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return real_list(path)

    def read_bytes(path: Path) -> bytes:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return real_read(path)

    monkeypatch.setattr(os, "listdir", listdir)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)


def test_a_file_name_cannot_break_the_line(folder: Path) -> None:
    (folder / "a\nb.yaml").write_text("kind: 1", encoding="utf-8")
    (folder / os.fsdecode(b"c\xff.yaml")).write_text("kind: 2", encoding="utf-8")
    assert refused(folder) == [
        "intents/a\\nb.yaml:1:7: kind must be Node or Service, not 1",
        "intents/c\\udcff.yaml:1:7: kind must be Node or Service, not 2",
    ]


def test_garbage_collection_is_on_again_afterwards(folder: Path) -> None:
    load(folder)
    assert gc.isenabled()
    (folder / "bad.yaml").write_text("kind: 1", encoding="utf-8")
    refused(folder)
    assert gc.isenabled()
