"""More endpoints than an OpenFlow message holds are a fault, not a surprise on the node."""

from pathlib import Path

import pytest

from reconciler.errors import IntentError
from reconciler.intents import load

NODE = "kind: Node\nname: n\nbridge: b\ngateway: {interface: g}\naddresses: [172.30.0.1]\npodCIDRs: [10.10.0.0/24]\n"
SERVICE = '---\nkind: Service\nname: s\nclusterIPs: [10.96.0.1, "fd00:96::1"]\nports: [{port: 80}]\nendpoints:\n'


def folder(tmp_path: Path, ips: list[str]) -> Path:
    (tmp_path / "a.yaml").write_text(NODE + SERVICE + "".join(f'  - {{ip: "{ip}"}}\n' for ip in ips))
    return tmp_path


@pytest.mark.parametrize(("form", "most", "family"), [("10.9.{}.{}", 818, "IPv4"), ("fd00:9::{:x}:{:x}", 681, "IPv6")])
def test_as_many_as_a_group_holds(tmp_path: Path, form: str, most: int, family: str) -> None:
    ips = [form.format(*divmod(number, 256)) for number in range(1, most + 2)]
    assert load(folder(tmp_path, ips[:most]))
    with pytest.raises(IntentError) as raised:
        load(folder(tmp_path, ips))
    assert raised.value.faults == (
        f"{tmp_path}/a.yaml:{13 + most}:10: {most + 1} {family} endpoints are too many for one service: "
        f"an OpenFlow group holds {most}: spread them over several services",
    )
