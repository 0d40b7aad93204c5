"""A run over the same files as an earlier one: quicker, and no less true."""

import sys

import pytest

from tests.integration.cluster import RECONCILE, Cluster

pytestmark = pytest.mark.node

NODE = "worker-1"
COMPILER, COMPARER = "reconciler.loaded", "reconciler.loop"


def imported(cluster: Cluster, *arguments: str) -> tuple[int, str]:
    """The exit code of a run, and what it imported."""
    program = (sys.executable, "-X", "importtime", *RECONCILE[1:])
    done = cluster.run(NODE, *program, "--intents", str(cluster.intents), *arguments)
    return done.returncode, done.stderr


def test_a_check_of_what_was_in_sync_compiles_nothing(applied: Cluster) -> None:
    for _ in range(2):
        assert applied.reconcile("--check").returncode == 0
    code, modules = imported(applied, "--check")
    assert code == 0
    assert "reconciler.agreed" in modules
    assert not any(module in modules for module in ("pydantic", COMPILER, COMPARER))


def test_an_apply_of_what_was_compiled_compiles_nothing(applied: Cluster) -> None:
    applied.must(NODE, "ovs-ofctl", "-O", "OpenFlow15", "del-groups", "br-int")
    code, modules = imported(applied)
    assert code == 0
    assert COMPARER in modules
    assert not any(module in modules for module in ("pydantic", COMPILER))
    assert applied.reconcile("--check").returncode == 0


@pytest.mark.parametrize(
    "broken",
    [
        "ovs-ofctl -O OpenFlow15 del-flows br-int table=20",
        "ip rule del priority 1312",
        "ipset flush 0x520-svc4",
        "iptables -t nat -F R520-MASQUERADE",
    ],
)
def test_what_was_in_sync_and_is_not_any_more_is_told(applied: Cluster, broken: str) -> None:
    for _ in range(2):
        assert applied.reconcile("--check").returncode == 0
    applied.must(NODE, *broken.split(" "))
    code, modules = imported(applied, "--check")
    assert code == 2
    assert COMPARER in modules
    applied.apply()
    assert applied.reconcile("--check").returncode == 0


def test_a_note_comes_and_stays_though_nothing_is_to_be_done(applied: Cluster) -> None:
    for _ in range(2):
        assert "ip_forward" not in applied.reconcile("--check").stderr
    applied.must(NODE, "sysctl", "-qw", "net.ipv4.ip_forward=0")
    try:
        for _ in range(3):
            done = applied.reconcile("--check")
            assert done.returncode == 0, done.stderr
            assert "ip_forward" in done.stderr
    finally:
        applied.must(NODE, "sysctl", "-qw", "net.ipv4.ip_forward=1")
