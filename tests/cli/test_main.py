import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli import main

NODES = """\
kind: Node
name: worker-1
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.1]
podCIDRs: [10.10.1.0/24]
---
kind: Node
name: worker-2
platform: windows
bridge: br-int
gateway: {interface: gw0}
addresses: [172.30.0.2]
podCIDRs: [10.10.2.0/24]
"""
SERVICE = """\
---
kind: Service
name: {name}
namespace: {namespace}
clusterIPs: [{vip}]
ports: [{{port: 80}}]
endpoints: [{{ip: 10.10.1.2}}]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with good intents, and no Open vSwitch anywhere near."""
    for name in ("RECONCILE_INTENTS", "RECONCILE_NODE", "RECONCILE_OUTPUT", "RECONCILE_ALLOW_DELETES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OVS_RUNDIR", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "intents").mkdir()
    vips = {("web", "shop"): "10.96.0.1", ("web", "infra"): "10.96.0.2", ("dns", "infra"): "10.96.0.3"}
    services = (SERVICE.format(name=n, namespace=space, vip=vip) for (n, space), vip in vips.items())
    (tmp_path / "intents/all.yaml").write_text(NODES + "".join(services), encoding="utf-8")
    return tmp_path


Capture = pytest.CaptureFixture[str]
WORKER = ("--node", "worker-1")


@pytest.mark.parametrize(
    "argv", [[], ["--check"], ["release"], ["--output", "json"], ["--check", "--output", "json"]], ids=" ".join
)
def test_without_open_vswitch_it_is_an_error_in_one_line_and_never_pending(
    here: Path, capsys: Capture, argv: list[str]
) -> None:
    assert main([*argv, *WORKER, "--ovs-rundir", str(here)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("error: ")


def test_that_line_says_what_is_missing_and_what_to_do(here: Path, capsys: Capture) -> None:
    main(["--check", *WORKER, "--ovs-rundir", str(here)])
    assert capsys.readouterr().err == (
        f"error: {here}/db.sock does not answer: Open vSwitch is not running: start it, for example with "
        "`systemctl start openvswitch-switch`, or name its run directory with --ovs-rundir\n"
    )


@pytest.mark.parametrize("command", [[], ["--check"], ["validate"], ["show"], ["release"]], ids=" ".join)
def test_a_folder_that_is_not_there(here: Path, capsys: Capture, command: list[str]) -> None:
    assert main([*command, "--intents", "nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["--check"], ["show"], ["release"]], ids=" ".join)
def test_a_node_that_no_intent_declares(here: Path, capsys: Capture, command: list[str]) -> None:
    assert main([*command, "--node", "worker-9"]) == 1
    assert capsys.readouterr().err == "error: no Node worker-9 in intents: give one of worker-1, worker-2 with --node\n"


def test_bad_intents_begin_with_their_place(here: Path, capsys: Capture) -> None:
    (here / "intents/bad.yaml").write_text("kind: Service\nname: BAD_NAME\n", encoding="utf-8")
    assert main(["--check", *WORKER]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith("intents/bad.yaml:") for line in lines)


def test_validate(here: Path, capsys: Capture) -> None:
    assert main(["validate"]) == 0
    assert capsys.readouterr().out == "intents: valid: 2 nodes, 3 services\n"


def test_validate_as_json(here: Path, capsys: Capture) -> None:
    assert main(["validate", "--output", "json"]) == 0
    services = ["infra/dns", "infra/web", "shop/web"]
    assert json.loads(capsys.readouterr().out) == {
        "valid": True,
        "nodes": ["worker-1", "worker-2"],
        "services": services,
    }


def test_show_off_the_node_says_so_and_prints_one_resource_a_line(here: Path, capsys: Capture) -> None:
    assert main(["show", *WORKER]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("note: not on the node, so names stand for port numbers")
    assert "entry add 0x520-svc4 10.96.0.1,tcp:80" in out.splitlines()
    assert "output:<port of 10.10.1.2>" in out


@pytest.mark.parametrize("name", ["shop/web", "dns"])
def test_show_one_service_by_its_key_or_its_name_alone(here: Path, capsys: Capture, name: str) -> None:
    assert main(["show", name, *WORKER]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["group", "flow", "entry"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("web", "error: 'web' is more than one service: give one of infra/web, shop/web"),
        ("nope", "error: 'nope' is no service: give one of infra/dns, infra/web, shop/web"),
        ("nope/web", "error: 'nope/web' is no service: give one of infra/dns, infra/web, shop/web"),
    ],
)
def test_show_of_a_name_that_is_not_one_service(here: Path, capsys: Capture, name: str, line: str) -> None:
    assert main(["show", name, *WORKER]) == 1
    assert capsys.readouterr() == ("", f"{line}\n")


def test_show_as_json(here: Path, capsys: Capture) -> None:
    assert main(["show", "dns", *WORKER, "--output", "json"]) == 0
    entry = json.loads(capsys.readouterr().out)[-1]
    key, line = "0x520-svc4 10.96.0.3,tcp:80", entry["intent"]
    assert entry == {"kind": "entry", "key": key, "text": f"add {key}", "intent": line}
    assert line.startswith("intents/all.yaml:")


def test_options_from_the_environment(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "intents").rename(here / "elsewhere")
    for name, value in (("INTENTS", "elsewhere"), ("NODE", "worker-1"), ("OUTPUT", "json")):
        monkeypatch.setenv(f"RECONCILE_{name}", value)
    assert main(["show", "dns"]) == 0
    assert json.loads(capsys.readouterr().out)[-1]["intent"].startswith("elsewhere/all.yaml:")
    assert main(["show", "dns", "--output", "text"]) == 0
    assert "entry add 0x520-svc4" in capsys.readouterr().out


def test_the_node_is_the_host_name_by_default(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Worker-1.example.com")
    assert main(["show", "dns"]) == 0


@pytest.mark.parametrize("argv", [["--node", "worker-1", "show", "dns"], ["show", "dns", "--node", "worker-1"]])
def test_options_stand_before_or_after_the_command(here: Path, capsys: Capture, argv: list[str]) -> None:
    assert main(argv) == 0


def test_verbose_says_each_phase(here: Path, capsys: Capture) -> None:
    main(["validate", "--verbose"])
    err = capsys.readouterr().err.splitlines()
    phases = ("loading the intents ...", "compiling for worker-1 ...", "compiling for worker-2 ...")
    assert tuple(line for line in err if line.endswith("...")) == phases


def test_schema_writes_where_it_is_told(here: Path, capsys: Capture) -> None:
    assert main(["schema", "--into", "out"]) == 0
    written = capsys.readouterr().out.split()
    assert written
    assert all(json.loads(Path(path).read_text(encoding="utf-8")) for path in written)


@pytest.mark.parametrize(("option", "says"), [("--print-completion=bash", "complete"), ("--version", "reconcile 0.")])
def test_options_that_only_print(capsys: Capture, option: str, says: str) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main([option])
    assert says in capsys.readouterr().out


def test_an_unknown_option_is_no_pending_change(here: Path, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as exit_code:
        main(["--chekc"])
    assert exit_code.value.code != 2


SHOW = ("show", "--node", "worker-1", "--intents", "intents", "--ovs-rundir", "/nowhere")


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [
        (">/dev/full", 1, "error: cannot print, so see what was done with --check: No space left on device"),
        (">&-", 0, ""),
    ],
)
def test_an_output_that_takes_nothing_gives_no_traceback(here: Path, redirection: str, code: int, said: str) -> None:
    program = " ".join((sys.executable, "-m", "reconciler.cli", *SHOW, redirection))
    done = subprocess.run(["bash", "-c", program], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert said in done.stderr


def test_a_reader_that_has_left_is_told_as_a_shell_does(here: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    program = (sys.executable, "-m", "reconciler.cli", *SHOW)
    done = subprocess.run(program, cwd=here, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert done.returncode == 141
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_in_the_middle_is_noticed(here: Path, unbuffered: str) -> None:
    service = "---\nkind: Service\nname: s{0}\nclusterIPs: [10.97.{1}.{2}]\nports: [{{port: 80}}]\n"
    many = "".join(service.format(number, number // 256, number % 256) for number in range(3000))
    (here / "intents" / "many.yaml").write_text(many)
    argv, environ = (sys.executable, "-m", "reconciler.cli", *SHOW), {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(argv, cwd=here, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        assert os.read(program.stdout.fileno(), 1)
        program.stdout.close()
    assert program.returncode == 141


WITHOUT_LINUX = """
import sys
sys.modules["pyroute2"] = sys.modules["fcntl"] = None
from reconciler.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("command", [["validate"], ["show", "--node", "worker-2"]], ids=" ".join)
def test_a_windows_node_is_compiled_anywhere_without_what_only_linux_has(here: Path, command: list[str]) -> None:
    argv = [sys.executable, "-c", WITHOUT_LINUX, *command]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=here)
    assert done.returncode == 0, done.stderr
    if command[0] == "show":
        assert (
            "netroute New-NetRoute -InterfaceAlias gw0 -DestinationPrefix 10.96.0.1/32 -NextHop 10.96.0.1"
            in done.stdout
        )
        assert "arp,in_port=gw0,arp_tpa=10.96.0.1,arp_op=1 actions=" in done.stdout


def test_a_windows_node_without_open_vswitch_is_an_error_too(here: Path) -> None:
    argv = [sys.executable, "-c", WITHOUT_LINUX, "--check", "--node", "worker-2"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=here)
    assert done.returncode == 1
    assert "db.sock does not answer" in done.stderr


@pytest.mark.parametrize("module", ["shlex", "pydantic"], ids=["as it begins", "at work"])
def test_ctrl_c_is_one_line(here: Path, module: str) -> None:
    (here / f"{module}.py").write_text("raise KeyboardInterrupt\n")
    argv = [sys.executable, "-m", "reconciler.cli", "validate"]
    environ = {**os.environ, "PYTHONPATH": str(here)}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=here, env=environ)
    assert done.returncode == 130
    assert done.stderr.removeprefix("loading the intents ...\n") == (
        "error: interrupted: run it again, and it goes on from where things are\n"
    )
