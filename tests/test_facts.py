from ipaddress import IPv4Network, IPv6Network, ip_address

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.facts import Networks, symbolic
from tests.declared import intents, node, service

CIDRS = st.lists(
    st.builds(lambda i, n: str(IPv4Network((i, n), strict=False)), st.integers(0, 2**32 - 1), st.integers(0, 32))
    | st.builds(lambda i, n: str(IPv6Network((i, n), strict=False)), st.integers(0, 2**128 - 1), st.integers(0, 128)),
    max_size=4,
)
ADDRESSES = st.ip_addresses().map(str)


@given(CIDRS, ADDRESSES)
@example(["0.0.0.0/0"], "::1")
@example(["::/0"], "1.2.3.4")
@example(["10.10.1.0/24"], "10.10.2.0")
@example(["::ffff:0:0/96"], "1.2.3.4")
def test_networks_agree_with_ipaddress(cidrs: list[str], address: str) -> None:
    networks = [IPv6Network(c) if ":" in c else IPv4Network(c) for c in cidrs]
    assert (address in Networks(cidrs)) == any(ip_address(address) in network for network in networks)


@given(CIDRS)
def test_the_first_and_last_address_are_inside(cidrs: list[str]) -> None:
    for cidr in cidrs:
        network = IPv6Network(cidr) if ":" in cidr else IPv4Network(cidr)
        assert str(network[0]) in Networks([cidr])
        assert str(network[-1]) in Networks([cidr])


def test_off_the_node_names_stand_for_what_is_not_known() -> None:
    worker = node(podCIDRs=["10.10.1.0/24"])
    facts = symbolic(worker, intents(service("web", ["10.96.0.1"], ["10.10.1.2", "172.30.0.1"]), of=worker))
    assert facts.gateway_ips == {4: "<IPv4 of gw0>"}
    assert facts.gateway_port == "gw0"
    assert [(pod.ip, pod.port, pod.mac) for pod in facts.pods.values()] == [
        ("10.10.1.2", "<port of 10.10.1.2>", "<MAC of 10.10.1.2>")
    ]
    assert facts.default_routes is None
