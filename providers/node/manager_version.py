"""Which version of a package manager to install.

An exact request is taken as it is. A range is answered with the version that reads the lock file, else with our default
line, where the range allows them: the newest release of all may refuse what the project was made with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import tool_version
from buildplan.catalogue.versions import Request
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, catalogue
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import numbers_of, shown

from . import declared, lockfiles
from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Kind
    from buildplan.source import SourceTree

    from .declared import Declared, Tool
    from .lockfiles import Lockfile, Name
    from .manifest import Manifest

# Where neither the project nor its lock file says more. pnpm 11 and 12 refuse what older projects allowed.
_DEFAULT_LINES: dict[Name, str] = {"npm": "10", "pnpm": "10", "yarn": "1", "berry": "4", "bun": "1"}
# npm 6, which does not read the third lock format, comes with Node up to 14.
_LAST_NODE_WITH_NPM_6 = 14
_YARN_2 = 2
# What allows every version leaves the choice to the lock file.
_ANY = frozenset({"*", "x", "X"})


def tool_of(manager: Name) -> Tool:
    """Return what the field `packageManager` calls it: both Yarns are `yarn` there."""
    return "yarn" if manager == "berry" else manager


class Said(NamedTuple):
    """What the root's manifest says of managers; `manager` is the one that it demands."""

    root: Manifest
    manager: Declared | None


def demands(tool: Tool) -> Versions[Said]:
    """Return who can ask for a version of the tool that is meant for this machine too, the strongest first."""

    def manager(asking: Asking[Said]) -> Iterator[Request]:
        wanted = asking.facts.manager
        if wanted is not None and wanted.tool == tool and wanted.request:
            yield Request(wanted.request, wanted.origin)

    return Versions(tool, (versions.configured(tool), versions.declared(manager)), _said)


def hints(tool: Tool) -> Versions[Said]:
    """Return who can ask for a version of the tool that is meant for developers first, the strongest first."""

    def pinned(asking: Asking[Said]) -> Iterator[Request]:
        for entry in declared.pinned(asking.facts.root, tool):
            # An `engines` range for npm is a floor for developers; the image's own npm is newer.
            if entry.request and not (tool == "npm" and entry.origin.key == "engines.npm"):
                kind: Kind = "range" if str(entry.origin.key).startswith("engines") else "pin"
                yield Request(entry.request, entry.origin, "npm", kind)

    own = (versions.single_line(".bun-version"),) if tool == "bun" else ()
    rows = (*own, versions.tool_versions(tool), versions.mise(tool, f"npm:{tool}"), versions.declared(pinned))
    return Versions(tool, rows, _said)


def _said(tree: SourceTree, directory: str) -> Said:
    root = manifests.read(tree, directory)
    return Said(root, declared.manager(root, Reasons()))


def name_of(
    tool: Tool,
    demanded: tuple[Request, ...],
    hinted: tuple[Request, ...],
    lock: Lockfile | None,
    *,
    is_berry: bool,
) -> Name:
    """Return which of the two Yarns it is, or the tool itself.

    A lock file and `.yarnrc.yml` (`is_berry`) say it better than a range in `engines`, but not than a demand.
    """
    if tool != "yarn":
        return tool
    named = _yarn_of(demanded)
    if named is not None:
        return named
    if is_berry:
        return "berry"
    return lock.manager if lock is not None else _yarn_of(hinted) or "yarn"


def _yarn_of(requests: tuple[Request, ...]) -> Name | None:
    for request in requests:
        numbers = numbers_of(request.text.strip().lstrip("vV^~>=< "))
        if numbers:
            return "yarn" if numbers[0] < _YARN_2 else "berry"
    return None


def resolve(
    name: Name, requests: tuple[Request, ...], lock: Lockfile | None, node_version: str, reasons: Reasons
) -> str | None:
    """Return the exact version to install, and note why; None for npm when the image's own will do."""
    tool = tool_of(name)
    fallbacks = tuple(_fallbacks(name, lock, node_version))
    for request in requests:
        if request.text.strip() in _ANY:
            continue
        found = _answer(tool, request.text.strip(), fallbacks, node_version)
        if found is not None and not _is_package(name, found[0]):
            continue
        if found is not None:
            reasons.decide(f"{tool}.version", found[0], request.origin, found[1])
            return found[0]
        reasons.report(
            Diagnostic(
                "BP614",
                "warning",
                f"`{shown(request.text)}` is no version of {tool} that is known; it is ignored",
                request.origin,
                f"write an exact version of {tool}",
            )
        )
    if name == "npm":
        return _npm_for(lock, node_version, reasons)
    for version, origin, rule in fallbacks:
        reasons.decide(f"{tool}.version", version, origin, rule)
        return version
    return None


def _is_package(name: Name, version: str) -> bool:
    """Return whether the package of that name has the version: Yarn 1 and the later ones are two packages."""
    return tool_of(name) != "yarn" or (numbers_of(version)[:1] >= (_YARN_2,)) == (name == "berry")


def _fallbacks(name: Name, lock: Lockfile | None, node_version: str) -> Iterator[tuple[str, Origin, str]]:
    """Yield versions that nobody asked for, with their reasons: what reads the lock file, our line, the newest."""
    tool = tool_of(name)
    row = lockfiles.known(lock.manager, lock.format) if lock is not None and lock.manager == name else None
    if lock is not None and row is not None:
        version = row.install or (tool_version(tool, row.line, on=node_version) if row.line else None)
        if version is not None:
            yield version, lock.origin, "the newest version that reads this lock file"
    for line in (_DEFAULT_LINES[name], "latest"):
        version = tool_version(tool, line, on=node_version)
        if version is not None:
            yield version, catalogue(f"tools.{tool}"), "the default version"


def _answer(
    tool: Tool, wish: str, fallbacks: tuple[tuple[str, Origin, str], ...], node_version: str
) -> tuple[str, str] | None:
    """Return the version for a request, and the rule; None when it is not understood."""
    exact = declared.exact(wish)
    if exact is not None:
        return exact, "the exact version that was asked for"
    newest = tool_version(tool, wish, on=node_version) or tool_version(tool, wish)
    if newest is None:
        return None
    is_range = any(character.isdigit() for character in wish)
    for version, _, rule in fallbacks if is_range else ():
        if lockfiles.accepts(wish, version):
            return version, f"{rule}, within the requested range"
    return newest, "a version in the requested range"


def _npm_for(lock: Lockfile | None, node_version: str, reasons: Reasons) -> str | None:
    numbers = numbers_of(node_version)
    if lock is None or lock.format != "3" or not numbers or numbers[0] > _LAST_NODE_WITH_NPM_6:
        return None
    version = tool_version("npm", ">=7", on=node_version)
    if version is not None:
        reasons.decide("npm.version", version, lock.origin, "the npm of this Node is too old for the lock file")
    return version


def major(name: Name, version: str | None, lock: Lockfile | None, node_version: str) -> int | None:
    """Return the major version of what will run, as far as it can be known before."""
    numbers = numbers_of(version) if version else ()
    if numbers:
        return numbers[0]
    node = numbers_of(node_version)
    if name == "npm" and node and node[0] <= _LAST_NODE_WITH_NPM_6:
        return 6
    if name != "berry" or lock is None:
        return 1 if name == "yarn" else None
    row = lockfiles.known("berry", lock.format)
    text = (row.install or row.line) if row else None
    return numbers_of(text)[0] if text else None


BUN: Versions[Said] = Versions("bun", (*demands("bun").sources, *hints("bun").sources), _said)
VERSIONS = (BUN,)
