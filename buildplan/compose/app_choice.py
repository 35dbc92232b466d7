"""What `--app` means: a member of a workspace by its name or folder, or a folder that holds an app.

It means the same in every language. A language says which members its workspace has (`Language.members`) and which of
its options chooses one; a folder that is no member is planned as if it were the tree.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import BuildplanError, PlanError
from buildplan.language import registry, subfolder
from buildplan.language.contract import Strength
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildplan.language.declare import Language
    from buildplan.language.members import Member
    from buildplan.source import SourceTree

_ROOT = frozenset({"", "."})
_DEEPEST = 4
_MOST_FOLDERS = 200
_SHOWN = 20


class Target(NamedTuple):
    """The folder that is planned (`""` is the root), the language of the member in it, and the option that chooses it.

    `language` is None where evidence decides.
    """

    folder: str
    language: Language | None = None
    options: tuple[tuple[str, Sourced[str]], ...] = ()


def choose(tree: SourceTree, asked: Sourced[str], allowed: frozenset[str] | None = None) -> Target:
    """Return what is meant; `allowed` are the languages that may take part, None for all.

    Raises PlanError, with the names that there are, when nothing is, or several things are; what a manifest that
    cannot be read raises.
    """
    wanted = asked.value.strip().removeprefix("./").rstrip("/")
    found = _Members(tree, allowed)
    if wanted in _ROOT:
        return _root(found, asked)
    target = _member(found.all, wanted, "", asked) or _folder(tree, wanted, asked) or _named(tree, wanted, asked)
    if target is not None:
        return target
    if ":" in wanted:
        # A project of Gradle.
        return choose(tree, Sourced(wanted.strip(":").replace(":", "/"), asked.origin), allowed)
    if found.error is not None:
        raise found.error
    raise PlanError(f"there is no app `{shown(asked.value)}`", origin=asked.origin, hint=_hint(names(tree)))


class _Members:
    """The members that the languages of a tree know, and the error of the first that cannot be read."""

    def __init__(self, tree: SourceTree, allowed: frozenset[str] | None = None) -> None:
        self.error: BuildplanError | None = None
        self.all: list[tuple[Language, Member]] = []
        for language in registry.builtin(tree):
            if language.members is None or (allowed is not None and language.name not in allowed):
                continue
            try:
                self.all += [(language, member) for member in language.members(tree)]
            except BuildplanError as error:
                self.error = self.error or error


def _root(found: _Members, asked: Sourced[str]) -> Target:
    """Return the root: every language whose option can say so is told."""
    options = [
        (f"{language.name}.{member.option or language.app_option}", Sourced(member.value, asked.origin))
        for language, member in found.all
        if not member.folder and member.value == "."
    ]
    return Target("", None, tuple(options))


def _member(members: Iterable[tuple[Language, Member]], wanted: str, folder: str, asked: Sourced[str]) -> Target | None:
    """Return the member of that name, else of that folder, else the only one whose name or folder ends so."""
    members = tuple(members)
    exact: tuple[Callable[[Member], bool], ...] = (
        lambda member: member.name == wanted,
        lambda member: member.folder == wanted,
        lambda member: member.value == wanted,
    )
    for is_meant in exact:
        for language, member in members:
            if is_meant(member):
                return _target(language, member, folder, asked)
    ends = [
        (language, member)
        for language, member in members
        if wanted in map(posixpath.basename, (member.folder, member.name, member.value or ""))
    ]
    if len({member.folder for _, member in ends}) > 1:
        raise _several(asked, sorted({member.folder or "." for _, member in ends}))
    return _target(*ends[0], folder, asked) if ends else None


def _target(language: Language, member: Member, folder: str, asked: Sourced[str]) -> Target:
    if member.value is None:
        return Target(folder, language)
    option = f"{language.name}.{member.option or language.app_option}"
    return Target(folder, language, ((option, Sourced(member.value, asked.origin)),))


def _folder(tree: SourceTree, wanted: str, asked: Sourced[str]) -> Target | None:
    """Return an app in that very folder, by itself or as a member of a workspace around it."""
    if not tree.has_directory(wanted):
        return None
    parts = wanted.split("/")
    for count in range(1, len(parts) + 1):
        around, rest = "/".join(parts[:count]), "/".join(parts[count:])
        inner = subfolder.below(tree, around)
        if not rest:
            return Target(around) if _claimed(inner) else None
        members = [(language, member) for language, member in _Members(inner).all if member.folder == rest]
        if members:
            return _target(*members[0], around, asked)
    return None


def _claimed(tree: SourceTree) -> bool:
    """Return whether any language claims the tree."""
    return any(subfolder.detect(language, tree, Overrides())[0] is not None for language in registry.builtin(tree))


def _named(tree: SourceTree, wanted: str, asked: Sourced[str]) -> Target | None:
    """Return the only folder with a manifest that is called so, or whose manifest says so."""
    found = [name for name in folders(tree) if wanted in (posixpath.basename(name), *_root_names(tree, name))]
    if len(found) > 1:
        raise _several(asked, found)
    return _folder(tree, found[0], asked) if found else None


def _root_names(tree: SourceTree, folder: str) -> Iterator[str]:
    """Return what the manifests of a folder call it."""
    return (member.name for _, member in _Members(subfolder.below(tree, folder)).all if not member.folder)


def folders(tree: SourceTree) -> Iterator[str]:
    """Return the folders below the root that hold a manifest of a language, those of tests and examples left out."""
    manifests = [name for language in registry.languages().values() for name in language.manifests]
    names = {name for name in manifests if not name.startswith("*")}
    endings = tuple(name[1:] for name in manifests if name.startswith("*"))
    count = 0
    for folder, directory in sorted(tree.listing.directories.items()):
        parts = folder.split("/")
        if not folder or len(parts) > _DEEPEST or any(subfolder.is_other(part) for part in parts):
            continue
        if any(name in names or name.endswith(endings) for name in directory.files):
            yield folder
            count += 1
            if count >= _MOST_FOLDERS:
                return


class Place(NamedTuple):
    """A possible app: what `--app` calls it, its name, its folder (`""` is the root), and where that is declared."""

    app: str
    name: str
    folder: str
    origin: Origin


def places(tree: SourceTree) -> tuple[Place, ...]:
    """Return what could be an app, the root first: members of workspaces, folders with a manifest, and the root."""
    found = dict.fromkeys(_places_of(_Members(tree).all, ""))
    for folder in folders(tree):
        known = {place.folder for place in found} - {""}
        if folder in known or any(folder.startswith(f"{name}/") for name in known):
            continue
        inner = _places_of(_Members(subfolder.below(tree, folder)).all, folder)
        parts = [place for place in inner if place.folder != folder]
        name = next((place.name for place in inner if place.folder == folder), posixpath.basename(folder))
        found.update(dict.fromkeys((Place(folder, name, folder, Origin(folder)), *parts)))
    if all(place.folder for place in found):
        found[Place(".", "", "", Origin("."))] = None
    return tuple(sorted(found, key=lambda place: (place.folder, place.app)))


def _places_of(known: Iterable[tuple[Language, Member]], folder: str) -> list[Place]:
    members = [member for _, member in known]
    found = []
    for member in members:
        inside = posixpath.join(folder, member.folder).rstrip("/")
        shared = sum(other.folder == member.folder for other in members) > 1
        called = member.name if shared and member.name and not folder else inside
        if not member.folder and (not shared or member.value == "."):
            called = folder or "."
        origin = subfolder.place(member.origin, folder) if folder else member.origin
        found.append(Place(called, member.name or posixpath.basename(inside), inside, origin))
    return list({place.app: place for place in reversed(found)}.values())[::-1]


def apps(tree: SourceTree) -> list[str]:
    """Return the folders and members that a language claims for more than tools, without planning them."""
    found = []
    for place in places(tree):
        if place.app == "." or not place.folder:
            continue
        inner = subfolder.below(tree, place.folder)
        claims = (language.detect(inner, Overrides()) for language in registry.builtin(inner))
        if any(claim is not None and claim.strength >= Strength.MANIFEST for claim in claims):
            found.append(place.app)
    return sorted(found)


def names(tree: SourceTree) -> list[str]:
    """Return what `--app` can name beside the root."""
    return sorted(place.app for place in places(tree) if place.app != ".")


def _hint(names: list[str]) -> str:
    if not names:
        return "leave the option out: the tree holds one app, at its root"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"name one of {', '.join(f'`{shown(name)}`' for name in names[:_SHOWN])}{more}"


def _several(asked: Sourced[str], folders: list[str]) -> PlanError:
    text = f"`{shown(asked.value)}` names several apps"
    return PlanError(text, origin=asked.origin, hint=_hint(folders).replace("name one", "name the folder: one"))
