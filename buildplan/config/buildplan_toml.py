"""`buildplan.toml`, and `[tool.buildplan]` in pyproject.toml: our own file, strict, all mistakes reported at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.config import variables
from buildplan.config.known import PROVIDER_OPTIONS, RUNTIMES, TOOLS
from buildplan.config.mistakes import MOST, Mistakes, as_config_error, nearest, shown
from buildplan.config.reader import plain
from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.model.requests import CommandRequest, Overrides, PhaseOverride, VariableRequest, edit_from
from buildplan.read import toml_document
from buildplan.read.document import dotted

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.model.origin import Origin
    from buildplan.model.requests import Items, ListEdit
    from buildplan.read.document import Key
    from buildplan.source import SourceTree

    Place = Callable[[tuple[Key, ...]], Origin]

PATH = "buildplan.toml"
PYPROJECT = "pyproject.toml"
_PYPROJECT_KEYS: tuple[Key, ...] = ("tool", "buildplan")


def read(tree: SourceTree, path: str = PATH) -> Overrides:
    """Return what the file asks for; in a pyproject.toml that is its table `[tool.buildplan]`.

    Raises ConfigError, with every mistake of the file.
    """
    try:
        document = toml_document.read(tree, path)
    except FileError as error:
        raise as_config_error(error) from error
    prefix = _PYPROJECT_KEYS if path.rpartition("/")[2] == PYPROJECT else ()
    data = document.get(*prefix) if prefix else document.data
    mistakes = Mistakes()
    if data is None:
        data = {}
    if not isinstance(data, dict):
        mistakes.add("`tool.buildplan` is no table", document.origin(*prefix), "write `[tool.buildplan]`")
        mistakes.raise_all()
    return overrides_from(data, lambda keys: document.origin(*prefix, *keys))


def in_pyproject(tree: SourceTree) -> bool:
    """Return whether pyproject.toml has a table for us; also when it is broken, so that it is not passed over."""
    text = tree.text_or_none(PYPROJECT)
    if text is None or "buildplan" not in text:
        return False
    try:
        tool = toml_document.read(tree, PYPROJECT).get("tool")
    except FileError:
        return "[tool.buildplan" in text
    return isinstance(tool, dict) and "buildplan" in tool


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of buildplan.toml."""
    from buildplan.config.schema import Settings

    schema = Settings.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": PATH}


def template() -> str:
    """Return a buildplan.toml in which every key stands as a comment, with a line that explains it."""
    from pathlib import Path

    return Path(__file__).with_name("template.toml").read_text(encoding="utf-8")


def overrides_from(data: dict[str, Any], place: Place) -> Overrides:
    """Return what the keys of a buildplan.toml ask for; `place` gives the origin of a key.

    Raises ConfigError, with every mistake.
    """
    if not data:
        return Overrides()
    from pydantic import ValidationError

    from buildplan.config.schema import Settings

    mistakes = Mistakes()
    own = {name: value for name, value in data.items() if name not in _foreign(data)}
    try:
        Settings.model_validate(own)
    except ValidationError as error:
        _note(error.errors(include_url=False), own, place, mistakes)
    options = _options(data, place, mistakes)
    mistakes.raise_all()
    return _Conversion(data, place, mistakes).overrides(options)


def _foreign(data: dict[str, Any]) -> set[str]:
    """Return the tables of providers of other packages: those that `providers` names."""
    named = data.get("providers")
    names = {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()
    from buildplan.config.schema import Settings

    return {name for name in names if name not in Settings.model_fields and isinstance(data.get(name), dict)}


_EXPECTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "missing": "a value",
}
_KINDS = ((str, "a text"), (int | float, "a number"), (list, "a list"), (dict, "a table"))


def _note(errors: list[Any], data: dict[str, Any], place: Place, mistakes: Mistakes) -> None:
    seen: set[tuple[Key, ...]] = set()
    for error in errors:
        keys = _keys(error["loc"], data)
        if keys in seen:
            continue
        seen.add(keys)
        if error["type"] == "extra_forbidden":
            _unknown_key(keys, place, mistakes)
            continue
        expected = error.get("ctx", {}).get("expected") or _EXPECTED.get(error["type"], error["msg"])
        if error["loc"][-1] == "[key]":
            mistakes.add(
                f"`{dotted(keys)}` has a name that cannot be used; expected {expected}", place(keys), "rename it"
            )
        elif error["type"] == "missing":
            mistakes.add(f"`{dotted(keys)}` is missing", place(keys[:-1]), f"write `{keys[-1]} = …`")
        else:
            expected = expected.replace("'", "`")
            mistakes.add(f"`{dotted(keys)}` is {_kind(data, keys)}; expected {expected}", place(keys), _advice(keys))


def _keys(loc: tuple[Any, ...], data: Any) -> tuple[Key, ...]:
    """Return the part of pydantic's location that is in the file: the rest names alternatives of a type."""
    keys: list[Key] = []
    for part in loc:
        listed = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if listed or (isinstance(data, dict) and part in data):
            data = data[part]
        elif not (part == "value" and isinstance(data, dict)):
            continue
        keys.append(part)
    return tuple(keys)


def _kind(data: Any, keys: tuple[Key, ...]) -> str:
    for key in keys:
        data = data[key]
    hidden = keys[0] == "variables" or "environment" in keys  # it may be a secret
    if isinstance(data, bool):
        return "`true`" if data else "`false`"
    if isinstance(data, str | int | float) and not hidden:
        return shown(data) if str(data).strip() else "empty"
    return next((name for kind, name in _KINDS if isinstance(data, kind)), "a date")


def _advice(keys: tuple[Key, ...]) -> str | None:
    return _AS_VERSION.format(keys[0]) if len(keys) == 1 and keys[0] in RUNTIMES else None


def _unknown_key(keys: tuple[Key, ...], place: Place, mistakes: Mistakes) -> None:
    from buildplan.config import schema

    tables: dict[Key, Any] = {
        "apt": schema.Apt,
        "base_images": schema.BaseImages,
        "check": schema.Check,
        "lock": schema.Lock,
        "phases": schema.Phase,
        "variables": schema.Variable,
    }
    fields = tables[keys[0]].model_fields if len(keys) > 1 else schema.Settings.model_fields
    name = str(keys[-1])
    near = nearest(name, fields)
    known = ", ".join(field for field in fields if field not in PROVIDER_OPTIONS)
    advice = _ADVICE.get(name) or (f"did you mean `{near}`?" if near else f"keys here: {known}")
    if len(keys) == 1 and near is None and name not in _ADVICE:
        advice = f"{advice}; a table of a provider that is not built in needs its name in `providers`"
    mistakes.add(f"`{dotted(keys)}` is no key that is known", place(keys), advice)


_AS_VERSION = 'for a version write `[versions]` with `{} = "…"`'
# What people bring along from other tools.
_ADVICE = {
    **{name: _AS_VERSION.format(name) for name in (*RUNTIMES, *TOOLS)},
    "cmds": 'write `commands = ["…"]`',
    "cmd": 'write `commands = ["…"]`, or `start = "…"` for the start command',
    "dependsOn": 'write `depends_on = ["…"]`',
    "aptPkgs": "write `[apt]` with `build` and `run`",
    "nixPkgs": "write `[versions]` for runtimes, `[apt]` for packages",
    "buildImage": 'write `[base_images]` with `build = "…"`',
    "runImage": 'write `[base_images]` with `run = "…"`',
    "env": "write `[variables]`",
    "environment": "write `[variables]`",
    "packages": "write `[apt]` with `build` and `run`",
    "build": "write `[phases.build]`",
    "install": "write `[phases.install]`",
    "setup": "write `[phases.setup]`",
    "cacheDirectories": 'write `caches = ["…"]`',
    "onlyIncludeFiles": 'write `inputs = ["…"]`',
}


def _options(data: dict[str, Any], place: Place, mistakes: Mistakes) -> dict[str, Sourced[str]]:
    """Return the tables of providers, as `provider.option`."""
    found: dict[str, Sourced[str]] = {}
    foreign = _foreign(data)
    for provider, table in data.items():
        if (provider not in PROVIDER_OPTIONS and provider not in foreign) or not isinstance(table, dict):
            continue
        for name, value in table.items():
            text = plain(value)
            if text is not None:
                found[f"{provider}.{name}"] = Sourced(text, place((provider, name)))
            elif provider in foreign:
                mistakes.add(
                    f"`{provider}.{name}` is no text",
                    place((provider, name)),
                    "write a text, a number or a truth value",
                )
    return found


class _Conversion:
    """Turns validated data into overrides."""

    def __init__(self, data: dict[str, Any], place: Place, mistakes: Mistakes) -> None:
        self._data = data
        self._place = place
        self._mistakes = mistakes
        self._secrets: list[Sourced[str]] = []
        self._diagnostics: list[Diagnostic] = []

    def overrides(self, options: dict[str, Sourced[str]]) -> Overrides:
        data = self._data
        apt = data.get("apt", {})
        port = data.get("port")
        kept = self._variables()
        phases = {name: self._phase(name, phase) for name, phase in data.get("phases", {}).items()}
        result = Overrides(
            providers=self._edit("providers"),
            app=self._text("app"),
            versions=self._versions(),
            phases=phases,
            apt_build=self._edit("apt", "build") if "build" in apt else None,
            apt_run=self._edit("apt", "run") if "run" in apt else None,
            variables=kept,
            secrets=(*self._items("secrets"), *self._secrets),
            start=self._command("start"),
            processes=self._commands(),
            options=options,
            base_images=self._table("base_images"),
            mirrors=self._mirrors(),
            ca_certificates=self._items("ca_certificates"),
            user=self._text("user"),
            port=None if port is None else Sourced(port, self._place(("port",))),
            health_check=self._text("health_check"),
            labels=self._table("labels"),
            entrypoint=self._command("entrypoint"),
            volumes=self._items("volumes"),
            workdir=self._text("workdir"),
            stop_signal=self._text("stop_signal"),
            platforms=self._items("platforms"),
            ignore_codes=self._items("ignore"),
            lock_required=self._lock_required(),
            diagnostics=(*self._diagnostics, *self._option_diagnostics()),
        )
        self._mistakes.raise_all()
        return result

    def _get(self, *keys: Key) -> Any:
        value: Any = self._data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _text(self, *keys: Key) -> Sourced[str] | None:
        text = plain(self._get(*keys))
        return None if text is None else Sourced(text, self._place(keys))

    def _listed(self, *keys: Key) -> Items:
        values = self._get(*keys) or ()
        return tuple(Sourced(value, self._place((*keys, index))) for index, value in enumerate(values))

    def _items(self, *keys: Key) -> Items:
        """Return a list that can only be added to: the marker means nothing in it."""
        return tuple(item for item in self._listed(*keys) if item.value != "...")

    def _edit(self, *keys: Key) -> ListEdit | None:
        return None if self._get(*keys) is None else edit_from(self._listed(*keys))

    def _table(self, *keys: Key) -> dict[str, Sourced[str]]:
        return {name: Sourced(value, self._place((*keys, name))) for name, value in (self._get(*keys) or {}).items()}

    def _lock_required(self) -> Sourced[bool] | None:
        required = self._get("lock", "required")
        return Sourced(True, self._place(("lock", "required"))) if required else None  # noqa: FBT003  # its value

    def _mirrors(self) -> dict[str, Sourced[str]]:
        found = self._table("mirrors")
        if found:
            from buildplan.config import mirrors

            for name, item in found.items():
                mirrors.check(name, item.value, item.origin, self._mistakes)
        return {name: Sourced(item.value.rstrip("/"), item.origin) for name, item in found.items()}

    def _command(self, *keys: Key) -> Sourced[CommandRequest] | None:
        value = self._get(*keys)
        if value is None:
            return None
        request = CommandRequest(shell=value.strip()) if isinstance(value, str) else CommandRequest(argv=tuple(value))
        return Sourced(request, self._place(keys))

    def _commands(self) -> dict[str, Sourced[CommandRequest]]:
        names = self._get("processes") or {}
        found = {name: self._command("processes", name) for name in names}
        return {name: command for name, command in found.items() if command is not None}

    def _versions(self) -> dict[str, Sourced[str]]:
        found = {}
        for name, value in (self._get("versions") or {}).items():
            place = self._place(("versions", name))
            found[name] = Sourced(str(value), place)
            near = nearest(name, (*RUNTIMES, *TOOLS), likeness=0.75) if len(found) <= MOST else None
            if near is not None and near != name:
                text = f"`versions.{name}` names no runtime or tool that is known"
                self._diagnostics.append(Diagnostic("BP661", "warning", text, place, f"did you mean `{near}`?"))
        return found

    def _variables(self) -> dict[str, VariableRequest]:
        declared: dict[str, VariableRequest] = {}
        judged: list[tuple[str, VariableRequest]] = []
        for name, value in (self._get("variables") or {}).items():
            table = value if isinstance(value, dict) else {"value": value}
            text = plain(table["value"]) or ""
            request = VariableRequest(text, self._place(("variables", name)), table.get("scope", "both"))
            if table.get("secret") is False:
                declared[name] = request
            else:
                judged.append((name, request))
        kept, secrets, diagnostics = variables.sorted_out(judged, self._mistakes)
        self._secrets += secrets
        self._diagnostics += diagnostics
        order = self._get("variables") or {}
        both = {**declared, **kept}
        return {name: both[name] for name in order if name in both}

    def _phase(self, name: str, phase: dict[str, Any]) -> PhaseOverride:
        keys: tuple[Key, ...] = ("phases", name)
        given = (
            (variable, VariableRequest(plain(value) or "", self._place((*keys, "environment", variable)), "build"))
            for variable, value in phase.get("environment", {}).items()
        )
        kept, secrets, diagnostics = variables.sorted_out(given, self._mistakes)
        self._secrets += secrets
        self._diagnostics += diagnostics
        own = self._listed(*keys, "secrets")
        return PhaseOverride(
            commands=self._edit(*keys, "commands"),
            apt_packages=self._edit(*keys, "apt"),
            inputs=self._edit(*keys, "inputs"),
            caches=self._edit(*keys, "caches"),
            secrets=edit_from((*own, *secrets)) if "secrets" in phase or secrets else None,
            outputs=self._edit(*keys, "outputs"),
            paths=self._edit(*keys, "paths"),
            depends_on=self._edit(*keys, "depends_on"),
            environment={item: Sourced(value.value, value.origin) for item, value in kept.items()},
        )

    def _option_diagnostics(self) -> tuple[Diagnostic, ...]:
        found = []
        for provider, known in PROVIDER_OPTIONS.items():
            for name in self._get(provider) or {}:
                if name in known:
                    continue
                near = nearest(name, known)
                fix = f"did you mean `{near}`?" if near else f"options of this provider: {', '.join(known)}"
                text = f"`{provider}.{name}` is no option that is known"
                found.append(Diagnostic("BP661", "warning", text, self._place((provider, name)), fix))
        return tuple(found)
