"""All sources, combined: Procfile, Aptfile < config file < environment < options."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.config.mistakes import shown
from buildplan.config.options import Options
from buildplan.config.variables import dropped_from_command
from buildplan.errors import ConfigError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced, option
from buildplan.model.requests import CommandRequest, Overrides, combine
from buildplan.model.secret_spans import has_secret, referenced

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_PYPROJECT = "pyproject.toml"
# The first that is there wins whole.
_FILES = (
    "buildplan.toml",
    _PYPROJECT,
    "nixpacks.toml",
    "nixpacks.json",
    "railpack.json",
    "railpack.jsonc",
)
# Near misses: no tool reads them.
_NEVER_READ = (
    ".buildplan.toml",
    ".nixpacks",
    ".nixpacks.json",
    ".nixpacks.toml",
    ".railpack.json",
    "nixpack.toml",
    "nixpacks.yaml",
    "nixpacks.yml",
    "railpack.toml",
)


def load(tree: SourceTree, asked: Options) -> Overrides:
    """Return everything that is asked for, the strongest on top; what lost is in `beaten`.

    Raises ConfigError for the first source that has mistakes, with all of them.
    """
    # Readers are imported where there is something to read: most trees have one source or none.
    result = Overrides()
    if tree.has("Procfile"):
        from buildplan.config import procfile

        result = procfile.read(tree)
    if tree.has("Aptfile"):
        from buildplan.config import aptfile

        result = combine(result, aptfile.read(tree))
    result = combine(result, _file(tree, asked))
    if tree.has("buildplan.lock"):
        from buildplan.config import lock_file

        result = combine(result, Overrides(locked=lock_file.read(tree)))
    if asked.env:
        from buildplan.config import environment

        result = combine(result, environment.read(asked.env))
    if asked != Options():
        from buildplan.config import options

        result = combine(result, options.read(asked))
    return _without_secrets(_with_safe_commands(result))


def _file(tree: SourceTree, asked: Options) -> Overrides:
    if asked.nixpacks_config is not None:
        from buildplan.config import nixpacks
        from buildplan.source import SourceTree
        from buildplan.source.memory import MemoryBackend

        name, text = asked.nixpacks_config
        return nixpacks.read(SourceTree(MemoryBackend({name: text})), name)
    found = [path for path in _FILES if tree.has(path)]
    if _PYPROJECT in found:
        from buildplan.config import buildplan_toml

        if not buildplan_toml.in_pyproject(tree):
            found.remove(_PYPROJECT)
    named = _asked_for(asked)
    chosen = _named(tree, named) if named is not None else found[0] if found else None
    diagnostics = [
        Diagnostic(
            "BP660",
            "warning" if named is None else "info",
            f"`{path}` is not read at all, since `{chosen}` wins",
            Origin(path),
            f"move what you need of it into `{chosen}`, and delete it",
        )
        for path in found
        if path != chosen
    ]
    diagnostics += [
        Diagnostic(
            "BP660", "warning", f"`{path}` is a name that no tool reads", Origin(path), f"rename it to `{_meant(path)}`"
        )
        for path in _NEVER_READ
        if tree.has(path) and path != chosen
    ]
    read = Overrides() if chosen is None else _read(tree, chosen, named)
    return combine(Overrides(diagnostics=tuple(diagnostics)), read)


def _asked_for(asked: Options) -> Sourced[str] | None:
    """Return the config file that an option or a variable names; the option wins."""
    if asked.config:
        return Sourced(asked.config, option("--config"))
    if not asked.env:
        return None
    from buildplan.config import environment

    return environment.config_file(asked.env)


def _meant(path: str) -> str:
    base = path.removeprefix(".").partition(".")[0]
    return {"buildplan": "buildplan.toml", "railpack": "railpack.json"}.get(base, "nixpacks.toml")


def _named(tree: SourceTree, named: Sourced[str]) -> str:
    path = posixpath.normpath(named.value.replace("\\", "/"))
    if path.startswith(("/", "..")) or not tree.has(path):
        outside = path.startswith(("/", ".."))
        problem = f"the config file {shown(named.value)} is {'outside of' if outside else 'not in'} the tree"
        raise ConfigError(problem, origin=named.origin, hint="name a file with its path inside the tree")
    return path


def _read(tree: SourceTree, path: str, named: Sourced[str] | None) -> Overrides:
    from buildplan.config import buildplan_toml, nixpacks, railpack

    name = posixpath.basename(path)
    if name == _PYPROJECT:
        return buildplan_toml.read(tree, path)
    if name.startswith("railpack") and name.endswith((".json", ".jsonc")):
        return railpack.read(tree, path)
    # A Nixpacks plan under any name (`thegameplan.json`) is a Nixpacks config too.
    if name.endswith(".json") or (name.endswith(".toml") and "nixpacks" in name):
        return nixpacks.read(tree, path)
    if name.endswith(".toml"):
        return buildplan_toml.read(tree, path)
    raise ConfigError(
        f"the kind of {shown(path)} is unknown; expected a `.toml` or `.json` file",
        origin=named.origin if named is not None else Origin(path),
        hint="rename the file",
    )


def _with_safe_commands(result: Overrides) -> Overrides:
    """Return the same with `$NAME` for each secret in a command that starts something; its name is a secret then.

    A provider sees what is really started: a line that names a variable needs a shell.
    """
    import shlex

    commands = [*([result.start] if result.start else []), *result.processes.values()]
    texts = [shlex.join(item.value.argv) if item.value.shell is None else item.value.shell for item in commands]
    if not any(map(has_secret, texts)):
        return result
    names: dict[str, str] = {}
    origins: dict[str, Origin] = {}

    def safe(item: Sourced[CommandRequest], text: str) -> Sourced[CommandRequest]:
        line = referenced(text, names)
        origins.update((name, item.origin) for name in names if name not in origins)
        return item if line == text or not line.strip() else Sourced(CommandRequest(shell=line), item.origin)

    made = [safe(item, text) for item, text in zip(commands, texts, strict=True)]
    return replace(
        result,
        start=made.pop(0) if result.start else None,
        processes=dict(zip(result.processes, made, strict=True)),
        secrets=(*result.secrets, *(Sourced(name, origins[name]) for name in names)),
        diagnostics=(*result.diagnostics, *(dropped_from_command(name, origins[name]) for name in names)),
    )


def _without_secrets(result: Overrides) -> Overrides:
    """Return the same without values of variables that a source declares as secrets."""
    secrets = {item.value for item in result.secrets}
    both = [name for name in result.variables if name in secrets]
    if not both:
        return result
    diagnostics = tuple(
        Diagnostic(
            "BP665",
            "warning",
            f"`{name}` is a secret, so the value that is set for it is not stored",
            result.variables[name].origin,
            f"give `{name}` to the container when it starts",
        )
        for name in both
    )
    kept = {name: value for name, value in result.variables.items() if name not in secrets}
    beaten = tuple(entry for entry in result.beaten if entry[0].removeprefix("variables.") not in secrets)
    return replace(result, variables=kept, beaten=beaten, diagnostics=(*result.diagnostics, *diagnostics))
