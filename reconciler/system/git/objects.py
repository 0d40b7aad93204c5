"""git, shown the objects and references of a repository and nothing else of it.

A repository's configuration, hooks and attributes can name programs that git then runs. So git works in a repository
of our own, which is made for the occasion: its configuration is ours, it has no hooks and no work tree, and only
objects and references are lent to it. To read those runs nothing, whosever they are. What they make git print, the
memory and the time that it takes, have bounds.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import TimeoutExpired
from time import monotonic

from reconciler.errors import NodeError
from reconciler.quoting import quoted
from reconciler.system.commands import collected
from reconciler.system.git.lending import lent
from reconciler.system.git.repository import ANY, Repository
from reconciler.system.git.tree import Entry

PATIENCE = 60.0
"""Seconds for everything that is asked of one repository."""
MOST_LISTED, MOST_READ = 64 << 20, 256 << 20
"""Bytes that a list of files may have, and the files that are read at once."""
A_HEADER = 200
"""The most bytes that git writes before a file and behind it."""
SURROUNDINGS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",  # a commit is what its digest says
    "GIT_ALLOC_LIMIT": "512m",  # or git takes all memory, for what it can only hold whole
}


class Git:
    """git over the repository of a folder."""

    def __init__(self, repository: Repository, folder: Path, place: Path, patience: float) -> None:
        self._repository, self._folder = repository, folder
        self._patience, self._until = patience, monotonic() + patience
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        objects = str(repository.common / "objects")
        self._env = {**inherited, **SURROUNDINGS, "GIT_DIR": str(place), "GIT_OBJECT_DIRECTORY": objects}
        self.prefix = repository.below(folder)
        """The path of the folder in the work tree, `/` at its end; empty for the work tree itself."""

    def commit(self, name: str) -> str:
        """The commit that a revision names. Raises NodeError."""
        words = ("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
        wrong = f"{name!r} is no revision of the repository of {self._folder}"
        right = "give one like HEAD~1, a branch or a tag, and fetch it where the clone is shallow"
        return self._read(*words, wrong=wrong, right=right).decode().strip()

    def entries(self, commit: str, prefix: str = "") -> list[Entry]:
        """Everything but folders in the tree of a commit, or in one folder of it. Raises NodeError."""
        below = (f":(literal,top){prefix}",) if prefix else ()
        words = ("ls-tree", "-r", "-z", "--full-tree", commit, "--", *below)
        listed = self._read(*words, wrong=f"the files of {commit} cannot be listed", most=MOST_LISTED)
        return [Entry.of(line) for line in listed.decode("utf-8", ANY).split("\0")[:-1]]

    def sizes(self, entries: Iterable[Entry]) -> Mapping[str, int]:
        """How many bytes each of some files, or links, has, by its id; without those that a partial clone lacks."""
        asked = dict.fromkeys(entry.id for entry in entries)
        words = ("cat-file", "--batch-check=%(objectname) %(objectsize)")
        lines = self._read(*words, wrong="sizes cannot be read from git", asked=asked).decode() if asked else ""
        answers = (line.split() for line in lines.splitlines())
        return {identity: int(size) for identity, size in answers if size.isdigit()}

    def contents(self, entries: Iterable[Entry]) -> Mapping[str, bytes]:
        """What each of some files, or links, holds, by its id. Raises NodeError."""
        files = {entry.id: entry for entry in entries}
        sizes = self.sizes(files.values())
        if lacking := [entry for entry in files.values() if entry.id not in sizes]:
            raise NodeError(f"{quoted(lacking[0].path)}: its content is not in this clone: fetch it first")
        if sum(sizes.values()) > MOST_READ:
            raise NodeError(f"{len(files)} files of a commit have more than {MOST_READ >> 20} MiB: keep fewer there")
        return dict(self._contents(sizes)) if sizes else {}

    def _contents(self, sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
        wrong, most = "files cannot be read from git", sum(sizes.values()) + len(sizes) * A_HEADER
        answer, at = self._read("cat-file", "--batch", wrong=wrong, asked=sizes, most=most), 0
        for identity, size in sizes.items():
            header, _, _ = answer[at : at + A_HEADER].partition(b"\n")
            if header.split()[::2] != [identity.encode(), b"%d" % size]:
                raise NodeError(f"{wrong}: somebody changed them meanwhile")
            at += len(header) + 1
            yield identity, answer[at : at + size]
            at += size + 1

    def _read(
        self, *words: str, wrong: str, right: str = "", asked: Iterable[str] = (), most: int | None = None
    ) -> bytes:
        """Standard output; NodeError with what is wrong, git's own words, and what would be right."""
        told = "".join(f"{line}\n" for line in asked).encode()
        left = max(0.0, self._until - monotonic())
        try:
            done = collected(["git", *words], told, self._env, left, most)
        except FileNotFoundError:
            raise NodeError("git is not installed: install the package git") from None
        except OSError as error:
            raise NodeError(f"{wrong} (git cannot be run: {error.strerror})") from None
        except TimeoutExpired:
            raise NodeError(f"{wrong} (git did not answer within {self._patience:g} s)") from None
        if most is not None and len(done.stdout) > most:
            raise NodeError(f"{wrong}: git printed more than {most} bytes")
        if done.returncode:
            raise NodeError(f"{wrong} (git: {self._complaint(done.stderr)})" + (f": {right}" if right else ""))
        return done.stdout

    def _complaint(self, said: bytes) -> str:
        """Git's own words, unless somebody else could have made it repeat a file that only we may read."""
        if not self._repository.is_ours:
            return "its words are not repeated, since the repository is another user's"
        return "; ".join(said.decode(errors="replace").split("\n")).strip("; ").removeprefix("fatal: ")


@contextmanager
def opened(folder: Path, patience: float = PATIENCE) -> Iterator[Git]:
    """Give git over the repository of a folder, for as long as the block lasts.

    Raises NodeError where the folder is in no work tree.
    """
    repository = Repository.of(folder)
    if not repository:
        raise NodeError(f"{folder} is in no work tree of git: name a folder of a clone by --intents")
    with lent(repository) as place:
        yield Git(repository, folder, place, patience)
