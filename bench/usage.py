"""The machine, and what a process uses of it."""

import os
import platform
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def processor(pid: int) -> float:
    """Seconds of processor time, with those of the commands that it ran."""
    times = about(pid, "stat").rpartition(")")[2].split()[11:15]
    return sum(map(int, times)) / TICKS


def memory(pid: int) -> float:
    """Resident, in MiB."""
    return int(about(pid, "statm").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def about(pid: int, file: str) -> str:
    """What the kernel tells of a process."""
    return Path(f"/proc/{pid}/{file}").read_text()


def machine() -> str:
    """What all of this runs on, when, and beside how much other work."""
    version = subprocess.check_output(("ovs-vswitchd", "--version"), text=True).split()[3]
    cores = f"{os.cpu_count()} cores of {platform.machine()}, load {os.getloadavg()[0]:.1f} before it began"
    return f"Measured on {time.strftime('%Y-%m-%d')}: {cores}; Open vSwitch {version}, userspace datapath."
