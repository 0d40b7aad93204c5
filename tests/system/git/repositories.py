"""Work trees of git for the tests."""

import subprocess
from pathlib import Path


def git(top: Path, *words: str) -> str:
    identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false")
    argv = ["git", *identity, "-C", str(top), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


class Repository:
    """A work tree with one folder of intents, in a folder whose name a pathspec could take for magic."""

    def __init__(self, top: Path, *options: str) -> None:
        self.top, self.folder = top, top / ":(top)*" / "intents"
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True)
            self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *words: str) -> str:
        return git(self.top, *words)

    def commit(self, **files: str) -> str:
        for name, content in files.items():
            (self.folder / f"{name}.yaml").write_text(content, newline="")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "files")
        return self.git("rev-parse", "HEAD")

    def made(self, kind: str, content: bytes) -> str:
        """The id of an object that git itself need not make."""
        argv = ["git", "-C", str(self.top), "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
        return subprocess.run(argv, input=content, check=True, capture_output=True).stdout.decode().strip()
