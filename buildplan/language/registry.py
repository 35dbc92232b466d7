"""Which providers there are: the built-in table, then entry points of other packages."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError, PluginError
from buildplan.language.contract import API_VERSION, Provider
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

GROUP = "buildplan.providers"

# In alphabetical order: which one wins is decided by evidence, never by position.
BUILTIN = {
    "deno": "buildplan.providers.deno",
    "dotnet": "buildplan.providers.dotnet",
    "elixir": "buildplan.providers.elixir",
    "go": "buildplan.providers.go",
    "java": "buildplan.providers.java",
    "node": "buildplan.providers.node",
    "php": "buildplan.providers.php",
    "python": "buildplan.providers.python",
    "ruby": "buildplan.providers.ruby",
    "rust": "buildplan.providers.rust",
    "shell": "buildplan.providers.shell",
    "static": "buildplan.providers.static",
}

# What Nixpacks calls them, where we have another name.
_ALIASES = {
    "bun": "node",
    "c#": "dotnet",
    "f#": "dotnet",
    "golang": "go",
    "javascript": "node",
    "kotlin": "java",
    "nodejs": "node",
    "procfile": "shell",
    "staticfile": "static",
}


# Names of files without one of which a provider never claims a tree, `*.py` for an ending; it is not even loaded then.
# Those that are not here claim trees of any kind.
_NEEDED = {
    "deno": ("deno.json", "deno.jsonc", "*.ts", "*.tsx", "*.js", "*.jsx", "*.mts", "*.mjs"),
    "dotnet": ("*.csproj", "*.fsproj", "*.vbproj"),
    "elixir": ("mix.exs",),
    "go": ("go.mod", "go.work", "*.go", "Gopkg.toml", "Gopkg.lock", "glide.yaml", "glide.lock", "Godeps.json"),
    "java": ("pom.xml", "*.gradle", "*.kts", "build.sbt", "project.clj", "deps.edn", "build.xml", "build.sc"),
    "node": ("package.json", "*.js", "*.mjs", "*.cjs", "*.ts", "*.mts", "*.cts"),
    "php": ("composer.json", "*.php"),
    "python": (
        "pyproject.toml",
        "requirements.txt",
        "requirements.in",
        "setup.cfg",
        "Pipfile",
        "Pipfile.lock",
        "environment.yml",
        "environment.yaml",
        "pylock.toml",
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "*.py",
    ),
    "ruby": ("Gemfile", "gems.rb", "*.rb", "*.ru"),
    "rust": ("Cargo.toml",),
}


def builtin(tree: SourceTree | None = None) -> Iterator[Provider]:
    """Return the built-in providers; with a tree those that might claim it, by the names of its files.

    Loading them all takes longer than to plan a small app.
    """
    names = frozenset() if tree is None else _kinds(tree)
    for name in BUILTIN:
        needed = _NEEDED.get(name)
        if tree is None or needed is None or not names.isdisjoint(needed):
            yield _builtin(name)


def _kinds(tree: SourceTree) -> frozenset[str]:
    """Return the names of all files of the tree, and their endings as `*.py`."""
    names = frozenset().union(*(directory.files for directory in tree.listing.directories.values()))
    return names.union(f"*.{name.rpartition('.')[2]}" for name in names)


def _builtin(name: str) -> Provider:
    provider = importlib.import_module(BUILTIN[name]).PROVIDER
    assert isinstance(provider, Provider)  # noqa: S101  # our own table
    return provider


def third_party() -> tuple[Provider, ...]:
    """Return the providers of other packages, sorted by name.

    Raises PluginError for one that cannot be loaded, has a built-in's name, or another version of the contract.
    """
    from importlib.metadata import entry_points

    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda item: item.name):
        package = entry.dist.name if entry.dist is not None else "an unknown package"
        label = f"the provider `{entry.name}` of `{package}`"
        origin = Origin(f"<entry point {GROUP}>", key=entry.name)
        hint = f"uninstall or mend `{package}`"
        if entry.name in BUILTIN:
            raise PluginError(f"{label} has the name of a built-in provider", origin=origin, hint=hint)
        try:
            provider = entry.load()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise PluginError(f"{label} cannot be loaded: {reason}", origin=origin, hint=hint) from error
        if not isinstance(provider, Provider):
            kind = type(provider).__name__
            raise PluginError(f"{label} is a `{kind}`; expected a `Provider`", origin=origin, hint=hint)
        if provider.api != API_VERSION:
            text = f"{label} has contract version {provider.api}; this release has {API_VERSION}"
            raise PluginError(text, origin=origin, hint=f"install a matching release of `{package}`")
        found.append(provider)
    return tuple(found)


def find(name: str) -> Provider | None:
    """Return the provider of that name or alias, None when there is none."""
    own = _ALIASES.get(name.lower(), name.lower())
    if own in BUILTIN:
        return _builtin(own)
    return next((provider for provider in third_party() if provider.name == own), None)


def named(name: str, origin: Origin) -> Provider:
    """Return the provider of that name; raises ConfigError with the nearest known name."""
    own = _ALIASES.get(name.lower(), name.lower())
    if own in BUILTIN:
        return _builtin(own)
    others = {provider.name: provider for provider in third_party()}
    if own in others:
        return others[own]
    known = sorted({*BUILTIN, *others})
    near = difflib.get_close_matches(own, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known providers: {', '.join(known)}"
    raise ConfigError(f"there is no provider `{name[:60]}`", origin=origin, hint=hint)
