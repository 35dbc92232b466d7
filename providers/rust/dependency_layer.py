"""The layer of compiled dependencies: manifests, a placeholder for each target, and one build.

Cargo goes by times: a placeholder that was compiled today is newer than a source file of last week. `cargo clean` of
the tree's own packages in the same step leaves no trace of the placeholders, so the real build cannot take one for its
own.

What stands in for a crate of a registry cannot be a placeholder, since other crates are compiled against it; nor can
the sources that `cargo vendor` wrote. Their folders are copied as they are.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Input, Phase
from buildplan.model.origin import Origin

from . import cargo_config, manifests, targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .cargo_config import CargoConfig
    from .crates import LockFile
    from .manifests import Package, Workspace
    from .targets import Binary

MANIFESTS = "manifests"
_FOLDER = "/manifests"
_PLACEHOLDER = "echo 'fn main() {}'"
# From so many packages on, the manifests are gathered in a stage of their own instead of a line for each.
_MANY = 9
_PATH = re.compile(r"(?!-)[\w@+,./-]{1,300}", re.ASCII)
_TARGETS = {"bin": "src/bin", "example": "examples", "test": "tests", "bench": "benches"}


class Layer(NamedTuple):
    """What is copied for the layer, the commands around its build, and the phase that it may need before.

    `placeholders` makes the files of targets, `clean` forgets what was compiled of them.
    """

    inputs: tuple[Input, ...]
    placeholders: tuple[str, ...]
    clean: str
    gathers: Phase | None


def make(
    tree: SourceTree,
    workspace: Workspace,
    app: Binary,
    config: CargoConfig,
    lock: LockFile | None,
    reasons: Reasons,
) -> Layer | None:
    """Return the layer; None when there is nothing to compile ahead, or a package cannot be named in a command."""
    compiled = [item for item in workspace.closure(app.package) if not item.patched]
    own = [item for item in workspace.packages if not item.patched]
    whole = tuple(dict.fromkeys((*(item.directory for item in workspace.packages if item.patched), *config.vendored)))
    files = [path for package in own for path in _targets(tree, package, app)]
    if not downloads(workspace) or "" in whole or workspace.missing:
        return None
    if not all(_PATH.fullmatch(path) for path in (*files, *whole, *(item.directory for item in own if item.directory))):
        return None
    copied = tuple(Input(path) for path in cargo_config.files(tree, config))
    folders = tuple(Input(f"{path}/") for path in _outermost(whole))
    clean = " ".join(["cargo clean --release", *(f"--package {_spec(item, lock)}" for item in compiled)])
    if len(own) < _MANY:
        placed = tuple(Input(item.file(manifests.MANIFEST)) for item in own if item.directory)
        return Layer((*copied, *placed, *folders), tuple(_placeholders(files)), clean, None)
    gathers = _gathers(files, app, reasons)
    return Layer((Input(f"{_FOLDER}/", phase=MANIFESTS, dest=""), *copied, *folders), (), clean, gathers)


def downloads(workspace: Workspace) -> bool:
    """Return whether any crate comes from elsewhere."""
    return any(item.path is None for package in workspace.packages for item in package.all_dependencies)


def _outermost(folders: tuple[str, ...]) -> list[str]:
    return [path for path in folders if not any(path.startswith(f"{other}/") for other in folders)]


def _targets(tree: SourceTree, package: Package, app: Binary) -> Iterator[str]:
    """Yield the files that Cargo wants to be there: a program, the library, the build script, what is declared."""
    found: dict[str, None] = {}
    library = targets.library(tree, package)
    programs = targets.binaries(tree, package)
    main = package.file("src/main.rs")
    if app.package is package:
        found[app.source] = None
    if library is not None:
        found[library] = None
    if tree.has(main):
        found[main] = None
    if not found and programs:
        found[programs[0].source] = None
    default = package.document.get("package", "default-run")
    found |= {item.source: None for item in programs if item.name == default}
    script = targets.build_script(tree, package)
    if script is not None:
        found[script] = None
    for kind, folder in _TARGETS.items():
        entries = package.document.get(kind)
        for entry in entries if isinstance(entries, list) else ():
            found |= dict.fromkeys(_declared(tree, package, entry, folder))
    yield from (path for path in found if tree.has(path))


def _declared(tree: SourceTree, package: Package, entry: object, folder: str) -> Iterator[str]:
    if not isinstance(entry, dict):
        return
    name, path = entry.get("name"), entry.get("path")
    if isinstance(path, str):
        yield package.file(path)
    elif isinstance(name, str):
        found = tree.first(package.file(f"{folder}/{name}.rs"), package.file(f"{folder}/{name}/main.rs"))
        if found is not None:
            yield found


def _spec(package: Package, lock: LockFile | None) -> str:
    """Return how `--package` names it: with its version where the lock file has another crate of that name."""
    entries = lock.crates.get(package.name, ()) if lock is not None else ()
    own = next((item for item in entries if item.source is None), None)
    if len(entries) > 1 and own is not None and re.fullmatch(r"[\w.+-]{1,60}", own.version, re.ASCII):
        return f"{package.name}@{own.version}"
    return package.name


def _placeholders(files: list[str]) -> Iterator[str]:
    directories = sorted({posixpath.dirname(path) for path in files} - {""})
    if directories:
        yield f"mkdir -p {' '.join(shlex.quote(path) for path in directories)}"
    if len(files) == 1:
        yield f"{_PLACEHOLDER} > {shlex.quote(files[0])}"
    else:
        names = " ".join(shlex.quote(path) for path in files)
        yield f'for file in {names}; do {_PLACEHOLDER} > "$file"; done'


def _gathers(files: list[str], app: Binary, reasons: Reasons) -> Phase:
    """Return the phase that gathers the manifests, and writes placeholders; its result changes when these do."""
    usual = ("src/main.rs", "src/lib.rs", "build.rs")
    odd = [path for path in files if not any(path == name or path.endswith(f"/{name}") for name in usual)]
    tests = " -o ".join(
        ["-name Cargo.toml", "-name build.rs", "-path '*/src/main.rs'", "-path '*/src/lib.rs'"]
        + [f"-path {shlex.quote(f'./{path}')}" for path in odd]
    )
    gather = rf"find . \( {tests} \) -exec cp --parents -t {_FOLDER} {{}} +"
    empty = (
        f"find {_FOLDER} -name '*.rs' -exec sh -c "
        # `find` would take braces without a blank between for its own.
        """'for file; do echo "fn main() { }" > "$file"; done' sh {} +"""
    )
    command = f"mkdir {_FOLDER} && {gather} && {empty}"
    why = "the manifests of many packages, and a placeholder for each target"
    reasons.decide(f"phases.{MANIFESTS}.commands", command, app.package.document.origin("package"), why)
    reasons.decide(f"phases.{MANIFESTS}.inputs", ".", Origin(manifests.MANIFEST), "packages lie anywhere in the tree")
    reasons.decide(f"phases.{MANIFESTS}.outputs", f"{_FOLDER}/", Origin(manifests.MANIFEST), "what was gathered")
    return Phase(
        MANIFESTS,
        comment="Manifests, and a placeholder for each target",
        commands=(command,),
        inputs=(Input("."),),
        outputs=(f"{_FOLDER}/",),
        depends_on=("setup",),
    )
