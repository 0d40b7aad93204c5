"""The script as PowerShell's own grammar reads it, and that it calls nothing but what we list."""

from collections.abc import Iterator, Mapping

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from reconciler.system.powershell import BOOTSTRAP, POWERSHELL, SCRIPT

PARSER = Parser(Language(tree_sitter_powershell.language()))

COMMON = {"-ErrorAction"}
CMDLETS: Mapping[str, set[str]] = {
    # From the documentation of the modules NetAdapter, NetTCPIP and NetNat of Windows Server 2016 to 2025.
    "Get-NetAdapter": {"-IncludeHidden"},
    "Get-NetIPInterface": set(),
    "Get-NetIPAddress": set(),
    "Get-NetRoute": {"-PolicyStore"},
    "Get-NetNeighbor": {"-PolicyStore"},
    "Get-NetNat": set(),
    "New-NetRoute": {"-InterfaceAlias", "-DestinationPrefix", "-NextHop", "-RouteMetric", "-PolicyStore"},
    "Remove-NetRoute": {"-InterfaceAlias", "-DestinationPrefix", "-RouteMetric", "-PolicyStore", "-Confirm"},
    "New-NetNeighbor": {"-InterfaceAlias", "-IPAddress", "-LinkLayerAddress", "-State", "-PolicyStore"},
    "Remove-NetNeighbor": {"-InterfaceAlias", "-IPAddress", "-PolicyStore", "-Confirm"},
    "New-NetNat": {"-Name", "-InternalIPInterfaceAddressPrefix"},
    "Remove-NetNat": {"-Name", "-Confirm"},
    # PowerShell's own, of 5.1 and 7.
    "Import-Module": {"-Name"},
    "ConvertFrom-Json": {"-InputObject"},
    "ConvertTo-Json": {"-InputObject", "-Depth", "-Compress"},
    "Where-Object": set(),
    "ForEach-Object": set(),
    "Select-Object": {"-First"},
    "Out-Null": set(),
}
EVALUATING = ("Invoke-Expression", "iex", "Add-Type", "Start-Process", "Invoke-Command")


def nodes(source: str) -> Iterator[Node]:
    waiting = [PARSER.parse(source.encode()).root_node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def text(node: Node) -> str:
    return (node.text or b"").decode()


def functions() -> set[str]:
    return {text(node) for node in nodes(SCRIPT) if node.type == "function_name"}


def calls(source: str) -> Iterator[tuple[str, set[str]]]:
    for node in nodes(source):
        if node.type == "command":
            name = next((text(child) for child in node.children if child.type == "command_name"), "")
            below = [grandchild for child in node.children for grandchild in child.children]
            yield name, {text(each) for each in below if each.type == "command_parameter"}


@pytest.mark.parametrize("source", [SCRIPT, BOOTSTRAP])
def test_it_has_no_error_in_it(source: str) -> None:
    assert [(n.start_point, text(n)) for n in nodes(source) if n.type == "ERROR" or n.is_missing] == []


def test_it_calls_only_what_we_know_with_what_we_know() -> None:
    called = [call for call in calls(SCRIPT) if call[0] not in functions()]
    assert {name for name, _ in called} == CMDLETS.keys()
    for name, parameters in called:
        assert parameters <= CMDLETS[name] | COMMON, name


def test_nothing_that_is_given_becomes_a_program() -> None:
    assert not any(word.lower() in SCRIPT.lower() for word in EVALUATING)
    assert "scriptblock" not in SCRIPT.lower()
    # The one place that makes a program of text makes it of the script itself.
    assert BOOTSTRAP.count("scriptblock") == 1
    assert "[scriptblock]::Create($given.script)" in BOOTSTRAP


def test_every_line_is_ascii_so_that_no_code_page_matters() -> None:
    assert SCRIPT.isascii()


def test_the_command_line_is_one_that_cmd_takes() -> None:
    assert len(" ".join(POWERSHELL)) < 2000, "its limit is 8191, and the way there may add to it"
