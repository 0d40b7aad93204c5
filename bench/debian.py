"""Debian packages to measure against: unpacked into a folder, never installed, and no service is started."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

BINARIES = ("usr/bin", "usr/sbin")
LIBRARIES = "usr/lib"


def unpack(packages: Sequence[str], folder: Path) -> None:
    """The files of some packages below a folder, as they would be below `/`."""
    fetched = folder / "packages"
    fetched.mkdir(parents=True)
    # `apt-get` fetches as a user of its own, who cannot write into another's folder, and says so at length.
    quiet = ("-qq", "-o", "APT::Sandbox::User=root")
    argv = ("apt-get", "download", *quiet, *packages)
    done = subprocess.run(argv, cwd=fetched, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"cannot fetch {' '.join(packages)}: {done.stderr}run `apt-get update`, or leave it out")
    for package in fetched.iterdir():
        subprocess.run(("dpkg-deb", "-x", str(package), str(folder)), check=True)


def environment(folder: Path) -> Mapping[str, str]:
    """What finds the programs and libraries of a folder before the system's."""
    libraries = (str(path) for path in (folder / LIBRARIES).glob("*-linux-*"))
    return {
        "PATH": os.pathsep.join((*(str(folder / path) for path in BINARIES), os.environ["PATH"])),
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
    }
