"""The main keys of `railpack.json`: comments and trailing commas are allowed, as Railpack allows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.config import apt_packages, environment, variables
from buildplan.config.mistakes import Mistakes, as_config_error, shown
from buildplan.config.nixpacks import order
from buildplan.config.reader import IMAGE, PHASE_NAME, Reader, plain
from buildplan.errors import FileError
from buildplan.model.origin import Sourced
from buildplan.model.requests import Extend, Overrides, PhaseOverride, Replace, VariableRequest, combine, edit_from
from buildplan.read import json_document
from buildplan.read.document import dotted

if TYPE_CHECKING:
    from buildplan.model.build_plan import Scope
    from buildplan.model.requests import Items, ListEdit
    from buildplan.read.document import Key
    from buildplan.source import SourceTree

_ROOT = (
    "$schema",
    *("provider", "packages", "buildAptPackages", "steps", "deploy", "caches", "secrets", "exclude"),
)
_STEP = ("inputs", "commands", "secrets", "assets", "variables", "caches", "deployOutputs")
_DEPLOY = ("base", "inputs", "startCommand", "variables", "paths", "aptPackages")
_STEPS = 'write `"steps": {"build": {"commands": ["…"]}}`'
_START = 'write `"deploy": {"startCommand": "…"}`'
_VARIABLES = 'write `"deploy": {"variables": {…}}`'
_ROOT_ADVICE = {
    **dict.fromkeys(("build", "install", "phases", "buildCommand", "commands"), _STEPS),
    **dict.fromkeys(("start", "startCommand", "cmd"), _START),
    **dict.fromkeys(("env", "environment", "variables"), _VARIABLES),
    **dict.fromkeys(("aptPackages", "apt"), 'write `"deploy": {"aptPackages": ["...", "…"]}`'),
    **dict.fromkeys(("type", "providers", "language", "builder"), 'write `"provider": "…"`'),
    **dict.fromkeys(("name", "version", "metadata", "services", "root"), "remove it"),
}
_PROVIDERS = {"golang": "go", "staticfile": "static"}
# Backends of mise in front of a tool's name: what they install is no runtime.
_BACKENDS = ("npm:", "pipx:", "cargo:", "gem:", "go:", "ubi:", "aqua:", "asdf:", "github:")


def read(tree: SourceTree, path: str) -> Overrides:
    """Return what the file asks for; raises ConfigError, with every mistake of the file."""
    try:
        document = json_document.read(tree, path, comments=True)
    except FileError as error:
        raise as_config_error(error) from error
    mistakes = Mistakes()
    reader = Reader(document, mistakes)
    reader.unknown((), _ROOT, _ROOT_ADVICE)
    result = _tools(reader, mistakes)
    for name in reader.table("steps"):
        result = combine(result, _step(reader, name, mistakes))
    result = combine(result, _deploy(reader, mistakes))
    build, diagnostics = apt_packages.fitted(reader.texts("buildAptPackages") or (), mistakes)
    own = [item for item in build if item.value not in apt_packages.MARKERS]
    secrets = [item for item in reader.texts("secrets") or () if item.value not in {"...", "*"}]
    for item in secrets:
        variables.is_valid(item.value, VariableRequest("", item.origin), mistakes)
    if reader.texts("exclude"):
        text = "`exclude` has no effect: a .dockerignore says what stays out"
        reader.report("BP664", text, ("exclude",), "move the patterns to .dockerignore")
    mistakes.raise_all()
    # Railpack itself still adds `buildAptPackages` to its own, with and without the marker.
    added = Overrides(apt_build=Extend(after=tuple(own)) if own else None, secrets=tuple(secrets))
    return combine(combine(result, added), Overrides(diagnostics=(*diagnostics, *reader.diagnostics)))


def _tools(reader: Reader, mistakes: Mistakes) -> Overrides:
    provider = reader.text("provider")
    providers: ListEdit | None = None
    if provider is not None:
        name = provider.value.strip().lower()
        providers = Replace((Sourced(_PROVIDERS.get(name, name), provider.origin),))
    versions = {}
    for name, version in reader.scalars("packages").items():
        if name.startswith(_BACKENDS):
            text = f"the tool {shown(name)} is not installed: only runtimes and their package managers are"
            reader.report("BP664", text, ("packages", name), "install it with a command of a step")
        else:
            versions[name] = version
    return combine(Overrides(providers=providers), environment.mise_tools(versions, mistakes))


def _step(reader: Reader, name: str, mistakes: Mistakes) -> Overrides:
    keys: tuple[Key, ...] = ("steps", name)
    if not PHASE_NAME.fullmatch(name) or name.startswith("packages:"):
        text = f"the step {shown(name)} has no counterpart here, so it is ignored"
        reader.report("BP664", text, keys, "change `packages` or `buildAptPackages` instead")
        return Overrides()
    if not reader.table(*keys):
        return Overrides()
    reader.unknown(keys, _STEP, {"command": 'write `"commands": ["…"]`', "cmd": 'write `"commands": ["…"]`'})
    commands, paths, copied = _commands(reader, keys)
    depends_on, inputs = _inputs(reader, keys)
    if reader.table(*keys, "assets"):
        text = "`assets` is not supported, so these files are not written"
        reader.report("BP664", text, (*keys, "assets"), "commit the files to the tree")
    environment, secrets, diagnostics = _settled(reader, (*keys, "variables"), "build", mistakes)
    names = [item for item in reader.texts(*keys, "secrets") or () if item.value != "*"]
    phase = PhaseOverride(
        commands=None if commands is None else edit_from(commands),
        inputs=Extend(after=(*inputs, *copied)) if inputs or copied else None,
        caches=_caches(reader, keys),
        secrets=edit_from((*names, *secrets)) if names or secrets else None,
        outputs=_outputs(reader, (*keys, "deployOutputs")),
        paths=Extend(before=paths) if paths else None,
        depends_on=order(name, depends_on or None),
        environment={name: Sourced(value.value, value.origin) for name, value in environment.items()},
    )
    return Overrides(phases={name: phase}, secrets=secrets, diagnostics=diagnostics)


def _commands(reader: Reader, keys: tuple[Key, ...]) -> tuple[Items | None, Items, Items]:
    """Return (commands, directories for PATH, files copied from the tree)."""
    value = reader.document.get(*keys, "commands")
    if value is None:
        return None, (), ()
    if not isinstance(value, list):
        return reader.texts(*keys, "commands"), (), ()
    commands, paths, copied = [], [], []
    for index, item in enumerate(value):
        place = (*keys, "commands", index)
        origin = reader.document.origin(*place)
        if item == "":
            continue
        if isinstance(item, str):
            commands.append(Sourced(item, origin))
        elif not isinstance(item, dict):
            reader.wrong(place, "a text or an object")
        elif isinstance(item.get("cmd"), str):
            commands.append(Sourced(item["cmd"], origin))
        elif isinstance(item.get("path"), str) and "name" not in item:
            paths.append(Sourced(item["path"], origin))
        elif isinstance(item.get("src"), str) and "image" not in item and item.get("dest") in {item["src"], "."}:
            copied.append(Sourced(item["src"], origin))
        else:
            text = f"`{dotted(place)}` is a kind of command that is not supported, so it is left out"
            reader.report("BP664", text, place, "write a shell command that does the same")
    return tuple(commands), tuple(paths), tuple(copied)


def _inputs(reader: Reader, keys: tuple[Key, ...]) -> tuple[Items, Items]:
    """Return (steps that come earlier, files of the tree)."""
    steps: list[Sourced[str]] = []
    files: list[Sourced[str]] = []
    for index, layer in enumerate(_layers(reader, (*keys, "inputs"))):
        place = (*keys, "inputs", index)
        origin = reader.document.origin(*place)
        if layer in ("...", {"spread": True}):
            continue
        if isinstance(layer, str) and layer.startswith("$"):
            layer = {"step": layer[1:]}  # noqa: PLW2901  # the short form of the same
        if layer == "." or (isinstance(layer, dict) and layer.get("local") is True):
            include = layer.get("include") if isinstance(layer, dict) else None
            paths = [path for path in include if isinstance(path, str)] if isinstance(include, list) else ["."]
            files += [Sourced(path, origin) for path in paths]
        elif isinstance(layer, dict) and isinstance(layer.get("step"), str):
            # `packages:mise` and its like are Railpack's own steps; what they hold is there in any case.
            if ":" not in layer["step"]:
                steps.append(Sourced(layer["step"], origin))
        else:
            text = f"`{dotted(place)}` is a kind of input that is not supported, so it is left out"
            reader.report("BP664", text, place, "name a step, or files of the tree")
    return tuple(steps), tuple(files)


def _layers(reader: Reader, keys: tuple[Key, ...]) -> list[Any]:
    value = reader.document.get(*keys)
    if value is None or isinstance(value, list):
        return value or []
    reader.wrong(keys, "a list")
    return []


def _outputs(reader: Reader, keys: tuple[Key, ...]) -> ListEdit | None:
    if reader.document.get(*keys) is None:
        return None
    found: list[Sourced[str]] = []
    for index, output in enumerate(_layers(reader, keys)):
        if isinstance(output, dict):
            found += reader.texts(*keys, index, "include") or ()
        elif output != "...":
            reader.wrong((*keys, index), "an object with `include`")
    return Replace(tuple(found)) if found else None


def _caches(reader: Reader, keys: tuple[Key, ...]) -> ListEdit | None:
    """Return the directories of the caches that a step names; the root key `caches` says which they are."""
    names = reader.texts(*keys, "caches")
    if names is None:
        return None
    directories = []
    for name in names:
        directory = name if name.value == "..." else reader.text("caches", name.value, "directory")
        if directory is not None:
            directories.append(Sourced(directory.value, name.origin))
    return edit_from(tuple(directories)) if directories else None


def _settled(
    reader: Reader, keys: tuple[Key, ...], scope: Scope, mistakes: Mistakes
) -> tuple[dict[str, VariableRequest], Items, Any]:
    given = ((name, VariableRequest(item.value, item.origin, scope)) for name, item in reader.scalars(*keys).items())
    return variables.sorted_out(given, mistakes)


def _deploy(reader: Reader, mistakes: Mistakes) -> Overrides:
    if not reader.table("deploy"):
        return Overrides()
    reader.unknown(("deploy",), _DEPLOY, {"cmd": _START, "start": _START, "env": _VARIABLES})
    run, diagnostics = apt_packages.fitted(reader.texts("deploy", "aptPackages") or (), mistakes)
    apt = edit_from(run) if reader.document.get("deploy", "aptPackages") is not None else None
    kept, secrets, dropped = _settled(reader, ("deploy", "variables"), "run", mistakes)
    result = Overrides(
        start=reader.command("deploy", "startCommand"),
        apt_run=apt,
        variables=kept,
        secrets=secrets,
        base_images=_base(reader),
        diagnostics=(*diagnostics, *dropped),
    )
    paths = reader.texts("deploy", "paths")
    if paths:
        own = tuple(item for item in paths if item.value != "...")
        result = combine(result, Overrides(phases={"build": PhaseOverride(paths=Extend(before=own))}))
    return combine(result, _shipped(reader))


def _base(reader: Reader) -> dict[str, Sourced[str]]:
    base = reader.document.get("deploy", "base")
    image = base.get("image") if isinstance(base, dict) else None
    origin = reader.document.origin("deploy", "base")
    if isinstance(image, str) and IMAGE.fullmatch(image):
        return {"run": Sourced(image, origin)}
    if base is not None:
        text = "`deploy.base` names no image, so it is ignored"
        reader.report("BP664", text, ("deploy", "base"), 'write `"base": {"image": "name:tag"}`')
    return {}


def _shipped(reader: Reader) -> Overrides:
    """Return what `deploy.inputs` takes from each step, as outputs of that phase."""
    outputs: dict[str, list[Sourced[str]]] = {}
    for index, layer in enumerate(_layers(reader, ("deploy", "inputs"))):
        place = ("deploy", "inputs", index)
        if layer in ("...", {"spread": True}):
            continue
        step = layer.get("step") if isinstance(layer, dict) else None
        include = layer.get("include") if isinstance(layer, dict) else None
        if not isinstance(step, str) or not isinstance(include, list) or not PHASE_NAME.fullmatch(step):
            text = f"`{dotted(place)}` has no effect: the image keeps what the build is known to produce"
            reader.report("BP664", text, place, 'name a step and paths: `{"step": "build", "include": ["dist"]}`')
            continue
        texts = (plain(path) for path in include)
        outputs.setdefault(step, []).extend(
            Sourced(text, reader.document.origin(*place)) for text in texts if text is not None
        )
    return Overrides(
        phases={step: PhaseOverride(outputs=Extend(after=tuple(paths))) for step, paths in outputs.items()}
    )
