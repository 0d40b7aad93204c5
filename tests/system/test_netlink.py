import subprocess
import sys


def test_pyroute2_is_imported_when_it_is_first_asked_and_not_before() -> None:
    """It takes a seventh of a second, in which other programs read."""
    later = "import sys, reconciler.platforms.linux, reconciler.witness; sys.exit('pyroute2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", later], check=False).returncode == 0
