"""What the caller of the library or the command line asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from buildplan.config.known import RUNTIMES, TOOLS
from buildplan.config.mistakes import Mistakes, shown
from buildplan.errors import ConfigError
from buildplan.model.origin import Sourced, option
from buildplan.model.requests import CommandRequest, Extend, Overrides, PhaseOverride, Replace, combine, edit_from

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that can be asked for beside the tree.

    `env` are variables of the app; `BUILDPLAN_*`, `NIXPACKS_*` and `RAILPACK_*` in it are settings. `config` is the
    path of a config file inside the tree, instead of the one that would be found; `nixpacks_config` instead is the name
    and the text of a Nixpacks file that the caller has read, from wherever it lay. `provider` names the languages that
    take part. `set` are `key=value` with the dotted keys of buildplan.toml; the value is TOML, or plain text. `apt` are
    packages for the build and for the image, `pkgs` nix package names or `runtime@version`, both added to what the app
    needs. `app` chooses one of a workspace, `process` what is started instead of `web`. `json_plan` is a Nixpacks plan
    as JSON text, which everything else here is laid over. `profile` names the platform that builds the image, whose
    needs are met then.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    config: str | None = None
    provider: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    install_cmd: str | None = None
    build_cmd: str | None = None
    start_cmd: str | None = None
    apt: tuple[str, ...] = ()
    pkgs: tuple[str, ...] = ()
    app: str | None = None
    process: str | None = None
    json_plan: str | None = None
    nixpacks_config: tuple[str, str] | None = None
    profile: str | None = None

    def __repr__(self) -> str:
        """Return what differs from no options: `Options(app='web')`."""
        given = ((item.name, getattr(self, item.name)) for item in fields(self))
        return f"Options({', '.join(f'{name}={value!r}' for name, value in given if value)})"


def read(options: Options) -> Overrides:
    """Return what the options ask for, without `env` and `config`; raises ConfigError with the option's name."""
    result = Overrides() if options.json_plan is None else _json_plan(options.json_plan)
    for text in options.set:
        result = combine(result, _assignment(text))
    mistakes = Mistakes()
    for edit in (_commands(options), _packages(options, mistakes), _choices(options)):
        result = combine(result, edit)
    mistakes.raise_all()
    return result


def _json_plan(text: str) -> Overrides:
    from buildplan.config import nixpacks
    from buildplan.config.mistakes import as_config_error
    from buildplan.errors import FileError
    from buildplan.read import json_document
    from buildplan.source import SourceTree
    from buildplan.source.memory import MemoryBackend

    try:
        document = json_document.read(SourceTree(MemoryBackend({"--json-plan": text})), "--json-plan")
    except FileError as error:
        raise as_config_error(error) from error
    return nixpacks.from_document(document)


def _assignment(text: str) -> Overrides:
    from buildplan.config import buildplan_toml

    origin = option(f"--set {text.partition('=')[0].strip()[:80]}")
    data = assigned(text)
    if not data:
        mistakes = Mistakes()
        mistakes.add(
            f"{shown(text)} is no `key=value` with a key of buildplan.toml", origin, "write `--set versions.node=22`"
        )
        mistakes.raise_all()
        return Overrides()
    return buildplan_toml.overrides_from(data, lambda _: origin)


def assigned(text: str) -> dict[str, Any] | None:
    """Return the tables that `key=value` means; a value that is no TOML is a text. None when it is no assignment."""
    import json
    import tomllib

    key, equals, value = text.partition("=")
    if not equals or "\n" in key:
        return None
    quoted = json.dumps(value, ensure_ascii=False)
    for literal in (quoted,) if "\n" in value else (value, quoted):
        try:
            return tomllib.loads(f"{key} = {literal}")
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
    return None


def _commands(options: Options) -> Overrides:
    phases = {}
    for phase, name, command in (
        ("install", "--install-cmd", options.install_cmd),
        ("build", "--build-cmd", options.build_cmd),
    ):
        if command is not None:
            items = (Sourced(command, option(name)),) if command.strip() else ()
            phases[phase] = PhaseOverride(commands=Replace(items))
    start = None
    if options.start_cmd is not None and options.start_cmd.strip():
        start = Sourced(CommandRequest(shell=options.start_cmd.strip()), option("--start-cmd"))
    return Overrides(phases=phases, start=start)


def _packages(options: Options, mistakes: Mistakes) -> Overrides:
    from buildplan.config import apt_packages, nix_packages

    asked = (Sourced(name, option("--apt")) for name in options.apt)
    items, diagnostics = apt_packages.fitted(asked, mistakes)
    own = tuple(item for item in items if item.value not in apt_packages.MARKERS)
    apt = Extend(after=own) if own else None
    versions = {}
    nix = []
    for item in nix_packages.split(Sourced(name, option("--pkgs")) for name in options.pkgs):
        name, at, version = item.value.partition("@")
        if at and name in {*RUNTIMES, *TOOLS}:
            versions[name] = Sourced(version, item.origin)
        else:
            nix.append(item)
    translated = nix_packages.translate(nix, mistakes).overrides()
    result = combine(Overrides(apt_build=apt, apt_run=apt, diagnostics=diagnostics), translated)
    return combine(result, Overrides(versions=versions))


def _choices(options: Options) -> Overrides:
    names = tuple(Sourced(name.strip(), option("--provider")) for name in options.provider if name.strip())
    app = None if options.app is None else Sourced(options.app, option("--app"))
    if app is not None and not app.value.strip():
        hint = "name an app, or leave the option out; `buildplan apps` lists them"
        raise ConfigError("the name of the app is empty", origin=app.origin, hint=hint)
    platform = None if options.profile is None else Sourced(options.profile, option("--profile"))
    return Overrides(providers=edit_from(names) if names else None, app=app, platform=platform)
