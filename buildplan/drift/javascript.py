"""What npm, Yarn, pnpm and Bun are told to do: installs and scripts.

Sources, checked 2026-11-24: the command lines of npm 11, Yarn 1.22 and 4, pnpm 10 and Bun 1.3 as their `--help` lists
them; only `npm ci` and pnpm's `--frozen-lockfile` fail when there is no lock file at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.read.shell import Command

LOCKS = {
    "npm": ("package-lock.json", "npm-shrinkwrap.json"),
    "yarn": ("yarn.lock",),
    "pnpm": ("pnpm-lock.yaml",),
    "bun": ("bun.lock", "bun.lockb"),
}
ALL_LOCKS = tuple(lock for locks in LOCKS.values() for lock in locks)
_INSTALLS = {
    "npm": {"ci", "clean-install", "ic", "install-clean", "install", "i", "add"},
    "yarn": {"", "install"},
    "pnpm": {"install", "i"},
    "bun": {"install", "i", "ci"},
}
_FROZEN_WORDS = {"ci", "clean-install", "ic", "install-clean"}
_ELSEWHERE = {
    *("--prefix", "-C", "--dir", "--cwd", "-g", "--global", "--location", "--filter", "-F", "-r", "--recursive", "-w"),
    *("--workspace", "--workspaces", "-ws", "--workspace-root", "--if-present", "--version", "-v", "--help"),
    *("--package-lock-only", "--lockfile-only", "--mode"),
}
_PRODUCTION = {"--production", "--omit=dev", "--only=production", "--only=prod", "--prod", "-P", "--production=true"}
_SHORTCUTS = {"start", "stop", "restart", "test"}


@dataclass(frozen=True, slots=True)
class Install:
    """An install of everything that the manifest names."""

    manager: str
    frozen: bool
    production: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A script that is run; `sure` when nothing but a script of that name can be meant."""

    manager: str
    script: str
    sure: bool


def _manager(command: Command) -> str | None:
    name = {"yarnpkg": "yarn"}.get(command.program, command.program)
    return name if name in LOCKS else None


def _moved(words: tuple[str, ...]) -> bool:
    return any(word.partition("=")[0] in _ELSEWHERE for word in words)


def install_of(command: Command) -> Install | None:
    """Return what a command installs; None for anything else, and for what is installed somewhere else."""
    manager = _manager(command)
    if manager is None or _moved(command.words[1:]):
        return None
    plain, flags = _split(command.words[1:])
    verb = plain[0] if plain else ""
    if verb not in _INSTALLS[manager] or len(plain) > 1:
        return None
    frozen = verb in _FROZEN_WORDS or bool({"--frozen-lockfile", "--immutable"}.intersection(flags))
    environment = dict(command.environment)
    production = bool(_PRODUCTION.intersection(flags)) or environment.get("NODE_ENV") == "production"
    omitted = any(first == "--omit" and second == "dev" for first, second in pairwise(command.words))
    return Install(manager, frozen, production or omitted)


def _split(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return arguments and flags; the values of flags that take one as a word of its own are left out."""
    plain, flags = [], []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            flags.append(word)
            skip = word in {
                "--omit",
                "--include",
                "--cache",
                "--cache-folder",
                "--network-timeout",
                "--registry",
                "--loglevel",
            }
        else:
            plain.append(word)
    return plain, flags


def run_of(command: Command) -> Run | None:
    """Return the script that a command runs; None for anything else, and for scripts of other packages."""
    manager = _manager(command)
    words = command.words[1:]
    if manager is None or not words:
        return None
    before = words[: words.index("--")] if "--" in words else words
    if _moved(before):
        return None
    plain, _ = _split(before)
    if not plain:
        return None
    if plain[0] in {"run", "run-script"} and len(plain) > 1:
        # Yarn and Bun look for a program of that name too.
        return Run(manager, plain[1], sure=manager in {"npm", "pnpm"} or plain[1] in {"start", "build"})
    if manager == "npm":
        return Run(manager, plain[0], sure=True) if plain[0] in _SHORTCUTS else None
    # `yarn vite` runs a program; no package is known that brings programs of these names.
    return Run(manager, plain[0], sure=True) if plain[0] in {"start", "build"} and manager != "bun" else None
