"""Kube-proxy's table: three kinds of endpoint, and what was asked before anybody served it."""

import pytest

from reconciler.conntrack import Connection, Expected, no_longer_steered, served
from reconciler.intents import Declared, Service
from reconciler.resources import Entry, Flow
from tests.declared import HERE, service

DNS = {"ports": [{"name": "dns", "port": 53, "targetPort": 5353, "protocol": "UDP"}]}
VIP, VIP6 = ("10.96.0.10", 53), ("fd00:96::10", 53)
SERVING, DRAINING, LEFT = ("10.10.1.2", 5353), ("10.10.1.3", 5353), ("10.10.1.4", 5353)
CLIENT = ("10.10.1.250", 40000)


def declared(*services: Service) -> list[Declared[Service]]:
    return [Declared(each, HERE) for each in services]


EXPECTED = Expected(
    served(
        declared(
            service("dns", [VIP[0], VIP6[0]], [SERVING[0], {"ip": DRAINING[0], "weight": 0}, "fd00:10:1::2"], **DNS),
            service("none", ["10.96.0.11"], [], **DNS),
            service("web", ["10.96.0.12"], [SERVING[0]]),
        )
    ),
    {4: "10.10.1.1"},
)


def test_every_vip_of_udp_has_the_endpoints_of_its_family() -> None:
    assert EXPECTED.served == {
        VIP: {SERVING, DRAINING},
        VIP6: {("fd00:10:1::2", 5353)},
        ("10.96.0.11", 53): frozenset(),
    }


def test_an_endpoint_has_the_port_that_it_gives_itself() -> None:
    own = service("dns", [VIP[0]], [{"ip": SERVING[0], "ports": {"dns": 54}}], **DNS)
    assert served(declared(own)) == {VIP: {(SERVING[0], 54)}}


@pytest.mark.parametrize(
    ("asked", "answers", "balanced", "stale"),
    [
        pytest.param(VIP, SERVING, True, False, id="to an endpoint"),
        pytest.param(VIP, DRAINING, True, False, id="to one that drains"),
        pytest.param(VIP, LEFT, True, True, id="to one that has left"),
        pytest.param(VIP, (SERVING[0], 53), True, True, id="to another port of an endpoint"),
        pytest.param(VIP, VIP, False, True, id="older than the service"),
        pytest.param(("10.96.0.11", 53), LEFT, True, True, id="of a service that lost its endpoints"),
        pytest.param(("10.96.0.11", 53), ("10.96.0.11", 53), False, True, id="older than a service without endpoints"),
        pytest.param(("10.96.0.99", 53), SERVING, True, True, id="of a service that has gone"),
        pytest.param(("10.96.0.12", 80), ("10.96.0.12", 80), False, False, id="UDP to a VIP of TCP alone"),
        pytest.param((VIP[0], 54), (VIP[0], 54), False, False, id="to another port of the VIP"),
        pytest.param(SERVING, SERVING, False, False, id="direct"),
    ],
)
def test_what_misleads(*, asked: tuple[str, int], answers: tuple[str, int], balanced: bool, stale: bool) -> None:
    assert EXPECTED.misleads(Connection(CLIENT, asked, answers, CLIENT[0], balanced)) == stale


@pytest.mark.parametrize(
    ("asked", "returned", "stale"),
    [
        pytest.param(VIP, "10.10.1.1", False, id="masqueraded"),
        pytest.param(VIP, "172.30.0.1", True, id="not masqueraded"),
        pytest.param(VIP6, "fd00:172::1", False, id="in a family that is not steered"),
        pytest.param(("10.96.0.99", 53), "172.30.0.1", False, id="to nobody's VIP"),
        pytest.param((VIP[0], 54), "172.30.0.1", False, id="to another port of the VIP"),
    ],
)
def test_what_evades(*, asked: tuple[str, int], returned: str, stale: bool) -> None:
    assert EXPECTED.evades(Connection(("172.30.0.1", 40000), asked, asked, returned)) == stale


def test_removed_members_of_udp_are_no_longer_steered() -> None:
    removed = (
        Entry("0x520-svc4", "10.96.0.10,udp:53"),
        Entry("0x520-svc6", "fd00:96::10,udp:53"),
        Entry("0x520-svc4", "10.96.0.10,tcp:80"),
        Entry("0x520-rej4", "10.96.0.11,udp:53"),
        Flow(20, 200, "udp", "drop"),
    )
    assert no_longer_steered(removed) == {VIP, VIP6}
