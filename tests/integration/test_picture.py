"""The picture of a live node: whole when it is, and broken where somebody broke it."""

from xml.etree import ElementTree as ET

import pytest

from tests.integration.cluster import Cluster

pytestmark = pytest.mark.node


def test_a_picture_of_what_is_live(serving: Cluster) -> None:
    whole = serving.reconcile("explain", "shop/pods", "--output", "html")
    assert whole.returncode == 0, whole.stderr
    assert "paths are whole</title>" in whole.stdout
    assert whole.stdout.count('class="step ok lit"') > 10
    assert "Broken first" not in whole.stdout
    serving.must("worker-1", "ovs-ofctl", "-O", "OpenFlow15", "del-groups", "br-int")
    broken = serving.reconcile("explain", "shop/pods", "--output", "html")
    assert broken.returncode == 2, broken.stderr
    assert "not whole</title>" in broken.stdout
    assert 'Broken first at <a href="#p0w0s10">group</a>: the group is missing' in broken.stdout
    drawn = serving.reconcile("explain", "shop/pods", "--output", "svg")
    assert drawn.returncode == 2, drawn.stderr
    stations = [element.get("class", "") for element in ET.fromstring(drawn.stdout).iter()]  # noqa: S314
    assert stations.count("station missing lit") >= 2
    serving.apply()
    assert serving.reconcile("explain", "shop/pods", "--output", "svg").returncode == 0
