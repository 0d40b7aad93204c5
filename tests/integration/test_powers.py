"""How little power a run needs."""

import pytest

from tests.integration.cluster import RECONCILE, Cluster

pytestmark = pytest.mark.node

ONLY = ("setpriv", "--bounding-set=-all,+net_admin,+net_raw", "--inh-caps=-all", "--ambient-caps=-all")


def test_two_capabilities_are_enough(cluster: Cluster) -> None:
    for arguments, code in ((("--check",), 2), ((), 0), (("--check",), 0), (("release",), 0)):
        done = cluster.run("worker-1", *ONLY, *RECONCILE, *arguments, "--intents", str(cluster.intents))
        assert done.returncode == code, done.stderr
