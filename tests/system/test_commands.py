import sys
from pathlib import Path

import pytest

from reconciler.errors import LockedError, NodeError, ToolError
from reconciler.system import lock
from reconciler.system.commands import run, run_together


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code


def test_input_goes_in_and_output_comes_back_unchanged() -> None:
    text = "$(id); `id` 'a' \"b\"\n"
    assert run(python("import sys; sys.stdout.write(sys.stdin.read())"), text) == text


def test_lines_end_in_one_character_whatever_the_tool_writes() -> None:
    assert run(python(r"import sys; sys.stdout.buffer.write(b'a\r\nb\rc\n\xff')")) == "a\nb\nc\n\udcff"


def test_an_argument_is_never_read_by_a_shell() -> None:
    assert run((*python("import sys; print(sys.argv[1])"), "$(id); id")) == "$(id); id\n"


def test_a_failure_carries_the_tools_own_words() -> None:
    with pytest.raises(ToolError, match=r": bad thing; second line$"):
        run(python("import sys; sys.exit('bad thing\\n\\n  second line')"))


def test_a_silent_failure_carries_the_exit_code() -> None:
    with pytest.raises(ToolError, match=r": exit code 3$"):
        run(python("import sys; sys.exit(3)"))


def test_a_tool_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.system.commands.PATIENCE", 0.2)
    with pytest.raises(ToolError, match=r"did not answer within 0.2 s"):
        run(python("import time; time.sleep(60)"))


def test_a_missing_permission_says_what_to_do() -> None:
    with pytest.raises(NodeError, match=r"^no permission: .*CAP_NET_ADMIN"):
        run(python("import sys; sys.exit('x: Operation not permitted')"))


def test_a_missing_tool_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NodeError, match=r"^ipset is not installed: install the package ipset$"):
        run(("ipset", "list"))


def test_a_program_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be a folder of intents, and whoever commits could name a program as a tool is named."""
    tools, intents = tmp_path / "tools", tmp_path / "intents"
    for folder, said in ((tools, "the tool"), (intents, "another program")):
        folder.mkdir()
        (folder / "ipset").write_text(f"#!/bin/sh\necho {said}\n")
        (folder / "ipset").chmod(0o755)
    monkeypatch.chdir(intents)
    monkeypatch.setenv("PATH", f":.:../intents:{tools}:")
    assert run(("ipset",)) == "the tool\n"
    monkeypatch.setenv("PATH", f":.:../intents:{tmp_path}")
    with pytest.raises(NodeError, match=r"^ipset is not installed: install the package ipset$"):
        run(("ipset",))


def test_a_program_that_may_not_be_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, mode in ((first, 0o644), (second, 0o755)):
        folder.mkdir()
        (folder / "ipset").write_text("#!/bin/sh\necho ran\n")
        (folder / "ipset").chmod(mode)
    monkeypatch.setenv("PATH", f"{first}:{second}")
    assert run(("ipset",)) == "ran\n"
    monkeypatch.setenv("PATH", str(first))
    with pytest.raises(NodeError, match=r"^no permission to run ipset: "):
        run(("ipset",))


def test_several_come_back_in_the_order_in_which_they_were_given() -> None:
    assert run_together(python("print(1)"), python("print(2)")) == ["1\n", "2\n"]


def test_the_second_writer_is_told_who_is_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "NAME", "\0reconcile-test-of-the-lock")
    with lock.only_writer(), pytest.raises(LockedError, match=r"\(process \d+\)"), lock.only_writer():
        pass
    with lock.only_writer():
        pass
