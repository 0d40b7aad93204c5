"""What the bench makes up passes the same checks as an operator's intents."""

from pathlib import Path

import pytest

from bench import cluster, folder
from bench.repository import fetch
from reconciler.desired import compile_node
from reconciler.intents import load


@pytest.fixture(autouse=True)
def _three_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "NODES", 3)


def test_two_nodes_hold_the_same_but_for_their_own_pods_and_gateways(tmp_path: Path) -> None:
    cluster.write(tmp_path / "intents", 6)
    intents = load(tmp_path / "intents")
    assert (len(intents.nodes), len(intents.services)) == (3, 6)
    one, other = (
        cluster.text_of(compile_node(intents, cluster.node_name(node), cluster.facts(node, 6))) for node in (0, 1)
    )
    same = set(cluster.alike(one, other))
    services = {key for key, text in one.items() if key.startswith(("group ", "entry ")) or "group:" in text}
    assert len(services) == 3 * 6
    assert services <= same
    assert same < one.keys()


def test_every_endpoint_is_a_pod_of_exactly_one_node() -> None:
    pods = [ip for node in range(3) for ip in cluster.facts(node, 6).pods]
    assert sorted(pods) == sorted(cluster.endpoint(number) for number in range(6 * cluster.ENDPOINTS))
    macs = [pod.mac for node in range(3) for pod in cluster.facts(node, 6).pods.values()]
    macs += [cluster.facts(node, 6).gateway_mac for node in range(3)]
    assert len(set(macs)) == len(macs)


@pytest.mark.parametrize(("a_file", "files"), [(1, 6), (4, 2)])
def test_a_fetch_is_of_one_changed_service(tmp_path: Path, a_file: int, files: int) -> None:
    found = fetch(tmp_path, 6, a_file)
    assert found.files == files
    assert 0 < found.transfer < found.clone * 2**20
    changed = cluster.file_of(tmp_path / "copy", 3, a_file).read_text()
    assert "10.99.0.1" in changed
    assert cluster.endpoint(3 * cluster.ENDPOINTS) not in changed


def test_services_have_addresses_of_their_own_far_beyond_65536(tmp_path: Path) -> None:
    numbers = (0, 255, 256, 65535, 65536, 99999)
    vips = {folder.address(number) for number in numbers} | {folder.WEB_IP}
    endpoints = {folder.endpoint(number, index) for number in numbers for index in (0, 9)}
    assert len(vips) == len(numbers) + 1
    assert len(endpoints) == 2 * len(numbers)
    assert not vips & endpoints
    folder.write(tmp_path / "intents", 3, 2)
    (tmp_path / "intents" / "more.yaml").write_text("---\n".join(folder.service(number, 10) for number in numbers[3:]))
    assert len(load(tmp_path / "intents").services) == 6
