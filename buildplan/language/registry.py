"""Which providers there are: the modules of the providers' folder, then entry points of other packages."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from dataclasses import replace
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

from buildplan import catalogue
from buildplan.errors import BuildplanError, ConfigError, PluginError
from buildplan.language.contract import API_VERSION, Detection, Provider, ProviderPlan
from buildplan.language.declare import Language
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.metadata import EntryPoint

    from buildplan.source import SourceTree

GROUP = "buildplan.providers"
_HOME = "buildplan.providers"
_TABLES = "_tables"
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


@cache
def languages() -> Mapping[str, Language]:
    """Return the built-in languages by name, in alphabetical order: one for each module of the providers' folder.

    The declaration of `ruby.py` is in `ruby_tables.py` where there is one, so that the code of a language is only
    imported for a tree that may be its own. Which language wins is decided by evidence, never by position.
    """
    home = importlib.import_module(_HOME)
    names = {item.name for item in pkgutil.iter_modules(home.__path__)}
    found = {}
    for name in sorted(name for name in names if f"{name}{_TABLES}" not in names):
        language = importlib.import_module(f"{_HOME}.{name}").LANGUAGE
        assert isinstance(language, Language)  # noqa: S101  # our own folder
        for table in language.catalogue:
            catalogue.add(table)
        found[language.name] = language
    return dict(sorted(found.items()))


@cache
def _aliases() -> Mapping[str, str]:
    """Return what other tools call a language, by that name."""
    return {alias: language.name for language in languages().values() for alias in language.aliases}


def builtin(tree: SourceTree | None = None) -> Iterator[Language]:
    """Return the built-in languages; with a tree those that might claim it, by the names of its files.

    Loading them all takes longer than to plan a small app.
    """
    names = frozenset() if tree is None else _kinds(tree)
    for language in languages().values():
        needed = (*language.manifests, *language.sources)
        if tree is None or not needed or not names.isdisjoint(needed):
            yield language


def _kinds(tree: SourceTree) -> frozenset[str]:
    """Return the names of all files of the tree, and their endings as `*.py`."""
    names = frozenset().union(*(directory.files for directory in tree.listing.directories.values()))
    return names.union(f"*.{name.rpartition('.')[2]}" for name in names)


def third_party() -> tuple[Provider, ...]:
    """Return the providers of other packages, sorted by name; what they raise names their package.

    Raises PluginError for one that cannot be loaded, has a built-in's name, or another version of the contract.
    """
    if not _may_have_entry_points():
        return ()
    from importlib.metadata import entry_points

    return tuple(_loaded(entry) for entry in sorted(entry_points(group=GROUP), key=lambda item: item.name))


def _may_have_entry_points() -> bool:
    """Return whether an installed package may have providers; False only where none has.

    `importlib.metadata` takes an eighth of a command's time to load, for what is almost never there. So its files are
    searched for the group's name first, where it would look for them: in the folders of `sys.path`
    (https://packaging.python.org/specifications/entry-points/, checked 2026-11-24).
    """
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return True
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  # hundreds of names, of which few are of interest
        except NotADirectoryError:
            # An archive, which `importlib.metadata` can look into.
            return True
        except OSError:
            continue
        for name in names:
            if name.endswith(".egg"):
                return True
            if name.endswith((".dist-info", ".egg-info")) and _names_group(f"{folder or '.'}/{name}"):
                return True
    return False


def _names_group(metadata: str) -> bool:
    try:
        return GROUP.encode() in Path(metadata, "entry_points.txt").read_bytes()
    except OSError:
        return False


def _loaded(entry: EntryPoint) -> Provider:
    package = entry.dist.name if entry.dist is not None else "an unknown package"
    label = f"the provider `{entry.name}` of `{package}`"
    origin = Origin(f"<entry point {GROUP}>", key=entry.name)
    hint = f"uninstall or fix `{package}`"
    if entry.name in languages():
        raise PluginError(f"{label} has the name of a built-in provider", origin=origin, hint=hint)
    try:
        provider = entry.load()
    except Exception as error:
        raise PluginError(f"{label} cannot be loaded: {_shown(error)}", origin=origin, hint=hint) from error
    if not isinstance(provider, Provider):
        kind = type(provider).__name__
        raise PluginError(f"{label} is a `{kind}`; expected a `Provider`", origin=origin, hint=hint)
    if provider.api != API_VERSION:
        text = f"{label} has contract version {provider.api}; this release has {API_VERSION}"
        raise PluginError(text, origin=origin, hint=f"install a matching release of `{package}`")
    for table in provider.catalogue:
        catalogue.add(table)
    guard = _Guard(label, package, origin)
    return replace(
        provider,
        detect=guard.returning(provider.detect, "detect", (Detection, type(None))),
        plan=guard.returning(provider.plan, "plan", (ProviderPlan,)),
    )


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class _Guard(NamedTuple):
    """Whom an error in another package's code is told of."""

    label: str
    package: str
    origin: Origin

    def returning(
        self, function: Callable[_Arguments, _Result], name: str, kinds: tuple[type, ...]
    ) -> Callable[_Arguments, _Result]:
        """Return the function; what it raises, or returns that is none of `kinds`, becomes a PluginError.

        Errors of buildplan's own kinds are the provider's answer and stay as they are.
        """

        def guarded(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
            try:
                result = function(*arguments, **named)
            except BuildplanError:
                raise
            except Exception as error:
                raise self._error(f"failed in `{name}`: {_shown(error)}") from error
            if not isinstance(result, kinds):
                expected = " or ".join(kind.__name__ for kind in kinds)
                raise self._error(f"returned a `{type(result).__name__}` from `{name}`; expected {expected}")
            return result

        return guarded

    def _error(self, problem: str) -> PluginError:
        hint = f"report it to the authors of `{self.package}`, or uninstall it"
        return PluginError(f"{self.label} {problem}", origin=self.origin, hint=hint)


def find(name: str) -> Provider | None:
    """Return the provider of that name or alias, None when there is none."""
    own = _aliases().get(name.lower(), name.lower())
    if own in languages():
        return languages()[own]
    return next((provider for provider in third_party() if provider.name == own), None)


def named(name: str, origin: Origin) -> Provider:
    """Return the provider of that name; raises ConfigError with the nearest known name."""
    found = find(name)
    if found is not None:
        return found
    import difflib

    own = name.lower()
    known = sorted({*languages(), *(provider.name for provider in third_party())})
    near = difflib.get_close_matches(own, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known providers: {', '.join(known)}"
    raise ConfigError(f"there is no provider `{name[:60]}`", origin=origin, hint=hint)
