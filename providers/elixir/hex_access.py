"""Packages that not everybody may fetch: of an organization of Hex, of another Hex repository, of a private git host.

A key is a secret that the one command gets; nothing of it stays in a layer.

Sources, checked 2026-11-24: https://hex.pm/docs/private, https://hexdocs.pm/hex/Mix.Tasks.Hex.Repo.html,
lib/hex/state.ex of hexpm/hex (HEX_REPOS_KEY), https://oban.pro/docs/pro/installation.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic
from buildplan.read import data_table

if TYPE_CHECKING:
    from buildplan.model.origin import Origin

    from .project import Project

_ORGANIZATIONS = "HEX_REPOS_KEY"
_NAME = re.compile(r"[a-z0-9_-]{1,60}", re.ASCII)


class Access(NamedTuple):
    """The names of the secrets, and the command that fetches with them."""

    secrets: tuple[str, ...]
    command: str


def access(project: Project, command: str) -> Access:
    """Return the command with what private packages need around it, and say what the owner has to give."""
    secrets: dict[str, None] = {}
    before: list[str] = []
    after: list[str] = []
    known = data_table.read(__file__, "hex_repositories")
    given = {item.value for item in project.overrides.secrets}
    for repository, origin in _repositories(project).items():
        if repository.startswith("hexpm:"):
            secrets[_ORGANIZATIONS] = None
            _tell(project, f"packages of the organization `{repository[6:]}` are private", _ORGANIZATIONS, origin)
        elif isinstance(known.get(repository), dict):
            row = known[repository]
            secret = next((name for name in row["secrets"] if name in given), row["secrets"][0])
            secrets[secret] = None
            add = f"mix hex.repo add {repository} {row['url']} --fetch-public-key {row['fingerprint']}"
            before.append(f'{add} --auth-key "${secret}"')
            after.append(f"mix hex.repo remove {repository}")
            _tell(project, f"packages of the Hex repository `{repository}` are private", secret, origin)
        else:
            text = f"nothing says where the Hex repository `{repository}` is, so its packages cannot be fetched"
            fix = 'write the `mix hex.repo add …` that it needs before `"..."` of `phases.install.commands`'
            project.reasons.report(Diagnostic("BP623", "warning", text, origin, fix))
    for file in project.all_files:
        for dependency in file.shipped.values():
            source = next((text for key in ("git", "github") for text in dependency.options.get(key, ())), "")
            if source.startswith(("git@", "ssh://")):
                text = f"`{dependency.name}` is fetched with ssh, for which a build has no key"
                fix = "name it by `https://`, or vendor it"
                project.reasons.report(Diagnostic("BP623", "warning", text, dependency.origin, fix))
    return Access(tuple(secrets), " && ".join((*before, command, *after)))


def _repositories(project: Project) -> dict[str, Origin]:
    """Return the repositories beside the public one, and where the first package of each is named."""
    found: dict[str, Origin] = {}
    named = {}
    for file in project.all_files:
        for dependency in file.dependencies.values():
            named[dependency.name] = dependency
            for key, prefix in (("organization", "hexpm:"), ("repo", "")):
                for text in dependency.options.get(key, ()) if dependency.ships else ():
                    found.setdefault(prefix + text, dependency.origin)
    for package in project.lock.values():
        if package.repo and package.name not in named:
            found.setdefault(package.repo, package.origin)
    return {
        name: origin
        for name, origin in found.items()
        if name != "hexpm" and _NAME.fullmatch(name.removeprefix("hexpm:"))
    }


def _tell(project: Project, text: str, secret: str, origin: Origin) -> None:
    fix = f"build with `--secret id={secret},env={secret}`"
    project.reasons.report(Diagnostic("BP623", "info", f"{text}: the build needs the secret `{secret}`", origin, fix))
