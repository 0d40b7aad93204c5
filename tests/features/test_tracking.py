"""Direct connections are committed with NAT only where Open vSwitch bears it."""

from dataclasses import replace

import pytest

from reconciler.resources import Flow
from tests.declared import FACTS, desired


@pytest.mark.parametrize(("direct_nat", "nat"), [(True, ",nat(src)"), (False, "")])
def test_direct_connections_are_committed(*, direct_nat: bool, nat: str) -> None:
    resources = desired(facts=replace(FACTS, direct_nat=direct_nat)).values()
    committed = {r.match: r.actions for r in resources if isinstance(r, Flow) and "commit,table=40" in r.actions}
    assert committed == dict.fromkeys(("ip", "ipv6"), f"ct(commit,table=40,zone=1312{nat})")
