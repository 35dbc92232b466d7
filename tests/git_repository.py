"""A git repository made by the real `git`, for the tests that compare with it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git on this machine")


class GitRepository:
    """Runs git in a directory, without the configuration of the user and the machine."""

    def __init__(self, root: Path, *, init: tuple[str, ...] = ()) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self("init", "-q", "-b", "main", *init)

    def __call__(self, *words: str, stdin: bytes = b"") -> str:
        settings = {"user.name": "t", "user.email": "t@localhost", "protocol.file.allow": "always", "gc.auto": "0"}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        }
        done = subprocess.run(
            ["git", *options, *words], cwd=self.root, env=environment, input=stdin, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str] | None = None, message: str = "change") -> str:
        """Write the files, commit everything and return the hash."""
        self.write(files or {})
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")

    def visible(self, path: str = ".") -> list[str]:
        """Return what counts to git below a path: tracked, or neither tracked nor ignored."""
        listed = self("ls-files", "-co", "--exclude-standard", "-z", "--full-name", path).split("\0")
        prefix = "" if path == "." else f"{path}/"
        return sorted({name.removeprefix(prefix) for name in listed if name})
