"""Whether somebody is in the middle of writing a file."""

import os
import signal
from contextlib import suppress
from fcntl import F_RDLCK, F_SETLEASE, F_SETSIG, F_UNLCK, fcntl
from pathlib import Path


def is_written(path: Path) -> bool:
    """Whether any process has the file open for writing; False where we may not know, since the file is not ours."""
    with suppress(OSError):
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            # The kernel gives a lease of a file to readers only while nobody can write to it. Whoever opens it for
            # writing just now would have us told by SIGIO, which ends a process: SIGURG does not.
            fcntl(file, F_SETSIG, signal.SIGURG)
            fcntl(file, F_SETLEASE, F_RDLCK)
            fcntl(file, F_SETLEASE, F_UNLCK)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
    return False
