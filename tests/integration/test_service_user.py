"""The user of the systemd unit: what the unit gives it is enough, and nothing else is needed."""

import shutil
import subprocess

import pytest

from tests.deploy.test_systemd import values
from tests.integration.cluster import RECONCILE, Cluster
from tests.integration.watching import NODE, machine_of

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not shutil.which("setfacl"), reason="no setfacl"),
]

USER = 65534


def as_user() -> tuple[str, ...]:
    names = values("AmbientCapabilities")[0].split()
    only = "-all," + ",".join(f"+{name.removeprefix('CAP_').lower()}" for name in names)
    who = (f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs")
    return ("setpriv", *who, f"--bounding-set={only}", f"--inh-caps={only}", f"--ambient-caps={only}")


def test_it_keeps_a_node(cluster: Cluster) -> None:
    user = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
    if subprocess.run([*user, *RECONCILE, "--version"], check=False).returncode:
        pytest.skip("nobody but root may run this Python")
    folder = ("--intents", str(cluster.source))
    refused = cluster.run(NODE, *as_user(), *RECONCILE, "--check", *folder)
    assert "no permission to open" in refused.stderr
    lend(machine_of(cluster).rundir)
    for arguments, code in ((("--check",), 2), ((), 0), (("--check",), 0), (("release",), 0)):
        done = cluster.run(NODE, *as_user(), *RECONCILE, *arguments, *folder)
        assert done.returncode == code, done.stderr


def lend(rundir: str) -> None:
    """What the unit does as root before it starts."""
    (command,) = values("ExecStartPre")
    words = command.removeprefix("+").replace("reconcile:", f"{USER}:").replace("/run/openvswitch", rundir)
    subprocess.run(words.split(), check=True)
