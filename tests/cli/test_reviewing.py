import json
import os
import subprocess
from pathlib import Path

import pytest

from reconciler.cli import main

Capture = pytest.CaptureFixture[str]
NODE = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1]
podCIDRs: [10.10.1.0/24]
"""
SERVICE = """\
kind: Service
name: web
namespace: shop
clusterIPs: [10.96.0.10]
ports: [{port: 80}]
endpoints:
  - {ip: 10.10.1.2}
"""
ANOTHER = "  - {ip: 10.10.1.3}\n"


def git(*words: str) -> None:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *identity, *words], check=True, capture_output=True)


def commit(**files: str) -> None:
    for name, content in files.items():
        Path("intents", f"{name}.yaml").write_text(content, encoding="utf-8")
    git("add", "--all")
    git("commit", "--quiet", "--message", "intents")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A work tree with intents, one commit, and no Open vSwitch."""
    for name in [name for name in os.environ if name.startswith("RECONCILE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OVS_RUNDIR", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    Path("intents").mkdir()
    git("init", "--quiet", "--initial-branch=main")
    commit(nodes=NODE, web=SERVICE)


def test_nothing_differs(capsys: Capture) -> None:
    assert main(["explain", "--diff", "main"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("since main (")
    assert out.endswith("): no path changes, 1 service\n")
    assert err == ""


def test_a_commit_and_what_is_not_committed_yet(capsys: Capture) -> None:
    commit(web=SERVICE + ANOTHER)
    assert main(["explain", "--diff", "HEAD"]) == 0
    capsys.readouterr()
    Path("intents/cart.yaml").write_text(SERVICE.replace("web", "cart").replace("0.10", "0.11"), encoding="utf-8")
    assert main(["explain", "--diff", "HEAD~1"]) == 2
    out = capsys.readouterr().out
    assert "+ service shop/cart  # intents/cart.yaml:1\n" in out
    assert "+ 10.10.1.3:80  pod of worker-1  50 %\n" in out
    assert out.splitlines()[-1].endswith(": 1 service added, 1 service changed")


def test_a_service_that_has_gone_is_named_by_where_it_was(capsys: Capture) -> None:
    Path("intents/web.yaml").unlink()
    assert main(["explain", "--diff", "main", "web"]) == 2
    assert "- service shop/web  # main:intents/web.yaml:1\n" in capsys.readouterr().out


def test_as_json(capsys: Capture) -> None:
    Path("intents/web.yaml").write_text(SERVICE + ANOTHER, encoding="utf-8")
    assert main(["explain", "--diff", "main", "--output", "json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["revision"] == "main"
    assert len(said["commit"]) == 40
    (service,) = said["services"]
    assert service["before"] == {"file": "main:intents/web.yaml", "line": 1}
    assert service["after"] == {"file": "intents/web.yaml", "line": 1}
    assert [each["ip"] for each in service["ports"][0]["endpoints"]] == ["10.10.1.2", "10.10.1.3"]


def test_one_service_of_those_on_either_side(capsys: Capture) -> None:
    Path("intents/web.yaml").write_text(SERVICE.replace("web", "cart"), encoding="utf-8")
    assert main(["explain", "--diff", "main", "cart"]) == 2
    assert "shop/web" not in capsys.readouterr().out
    assert main(["explain", "--diff", "main", "nope"]) == 1
    assert capsys.readouterr().err == "error: 'nope' is no service: give one of shop/cart, shop/web\n"


def test_faults_of_then_are_told_by_their_revision(capsys: Capture) -> None:
    commit(web=SERVICE.replace("10.10.1.2", "10.10.1.2.3"), more="kind: Node\nname: worker-1\n")
    Path("intents/more.yaml").unlink()
    Path("intents/web.yaml").write_text(SERVICE, encoding="utf-8")
    assert main(["explain", "--diff", "HEAD"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith(("HEAD:intents/more.yaml:", "HEAD:intents/web.yaml:7:")) for line in lines)


def test_faults_of_now_are_told_first(capsys: Capture) -> None:
    Path("intents/web.yaml").write_text("kind: Servise\n", encoding="utf-8")
    assert main(["explain", "--diff", "main"]) == 1
    assert capsys.readouterr().err.startswith("intents/web.yaml:1:")


def test_a_link_of_then_that_leads_out_of_the_repository_is_not_followed(tmp_path: Path, capsys: Capture) -> None:
    secret = tmp_path / "secret"
    secret.write_text("kind: Sesame\n", encoding="utf-8")
    Path("intents/link.yaml").symlink_to(secret)
    commit(web=SERVICE)
    Path("intents/link.yaml").unlink()
    assert main(["explain", "--diff", "HEAD"]) == 1
    wrong = "a symbolic link that leads out of the work tree: put the file itself here"
    assert capsys.readouterr().err == f"HEAD:intents/link.yaml:1:1: {wrong}\n"


def test_a_tree_that_would_write_through_a_link(tmp_path: Path, capsys: Capture) -> None:
    """One name is a link and a folder: whoever writes such a tree to a disk writes where the link leads."""
    outside = tmp_path / "outside"
    outside.mkdir()
    link = made("blob", str(outside).encode())
    below = made("tree", entry("120000", "planted", made("blob", b"/etc/passwd")))
    crafted = made("tree", entry("120000", "a", link) + entry("40000", "a", below))
    top = made("tree", entry("40000", "intents", crafted))
    git("update-ref", "refs/heads/crafted", made("commit", f"tree {top}\n{AUTHOR}\n\nx\n".encode()))
    assert main(["explain", "--diff", "crafted"]) == 1
    assert capsys.readouterr().err == "error: 'intents/a' is a file and a folder: no work tree can have both\n"
    assert list(outside.iterdir()) == []


AUTHOR = "author a <a@example.org> 0 +0000\ncommitter a <a@example.org> 0 +0000"


def entry(mode: str, name: str, identity: str) -> bytes:
    return f"{mode} {name}\0".encode() + bytes.fromhex(identity)


def made(kind: str, content: bytes) -> str:
    """An object that git itself would not make."""
    argv = ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
    return subprocess.run(argv, input=content, check=True, capture_output=True).stdout.decode().strip()


@pytest.mark.parametrize("before", ["nothing", "no folder", "no intents"])
def test_where_there_were_no_intents_everything_is_new(capsys: Capture, before: str) -> None:
    Path("intents").rename("kept")
    if before == "no intents":
        Path("intents").mkdir()
        Path("intents/README").write_text("soon", encoding="utf-8")
    Path("other").write_text("x", encoding="utf-8")
    git("rm", "-r", "--quiet", "--cached", "intents")
    git("add", "other", *(["intents"] if before == "no intents" else []))
    git("commit", "--quiet", "--message", "no intents")
    if before != "no intents":
        Path("kept").rename("intents")
    folder = "kept" if before == "no intents" else "intents"
    assert main(["explain", "--diff", "HEAD", "--intents", folder]) == 2
    assert capsys.readouterr().out.splitlines()[-1].endswith(": 1 service added, 1 node added")


def test_a_revision_that_is_none(capsys: Capture) -> None:
    assert main(["explain", "--diff", "nowhere"]) == 1
    assert capsys.readouterr().err.startswith("error: 'nowhere' is no revision of the repository of intents (git: ")


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before = sorted(Path(".git").rglob("*"))
    main(["explain", "--diff", "main"])
    assert list(scratch.iterdir()) == []
    assert sorted(Path(".git").rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--diff", "main", "--all"], "--diff goes with a SERVICE, and with --output text and json"),
        (["--diff", "main", "--from", "node"], "--diff goes with a SERVICE, and with --output text and json"),
        (["--diff", "main", "--output", "svg"], "--diff goes with a SERVICE, and with --output text and json"),
        ([], "give a SERVICE, --all, or --diff REVISION"),
        (["--all", "--output", "html"], "--output html goes with a SERVICE"),
    ],
)
def test_what_does_not_go_together(capsys: Capture, arguments: list[str], wrong: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *arguments])
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"error: {wrong}: see `reconcile --help`\n"


def test_pictures_are_of_explain_alone(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["show", "--output", "html"])
    assert capsys.readouterr().err == "error: --output html goes with explain: see `reconcile --help`\n"
