"""Which of the tree's programs is the app.

In this order: an option; the start command, when it names one; the tree's Dockerfile, when it builds or starts one;
then by what the programs do and how they are called. All that lost are kept, with the reason.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError, PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin

from . import docker_build, manifests, source_file, tables, targets

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifests import Workspace
    from .targets import Binary

_SHOWN = 6
# What turns a package with a framework into a program that serves: some of its programs are only tools.
_SERVES = (
    "serve(", "HttpServer::new", "rocket::build", "rocket::ignite", "#[launch]", "TcpListener::bind", "Server::bind",
    "Server::new", "Server::builder", "axum::serve", "warp::serve", "tide::new", "tide::with_state", ".listen(",
    "Server::http", "run_server", "start_server", "launch(", "cli::main", "hooks::",
)  # fmt: skip


class Choice(NamedTuple):
    """The program that is the app, why, and all programs of the tree."""

    app: Binary
    origin: Origin
    rule: str
    runners_up: tuple[RunnerUp, ...]
    programs: tuple[Binary, ...]


def choose(tree: SourceTree, workspace: Workspace, overrides: Overrides, reasons: Reasons) -> Choice:
    """Return the program to build; raises PlanError for an option that names none, NoStartError when there is none."""
    known = tuple(item for package in workspace.members for item in targets.binaries(tree, package))
    asked = overrides.option("rust.bin")
    wanted = overrides.option("rust.package")
    near = known
    if wanted is not None:
        names = {wanted.value.strip(), wanted.value.strip().strip("/").removeprefix("./")}
        near = tuple(item for item in near if names & {item.package.name, item.package.directory, item.name})
    if asked is not None:
        near = tuple(item for item in near if item.name == asked.value)
    option = asked or wanted
    if option is not None and not near:
        shown = ", ".join(f"`{item.name}`" for item in known[:_SHOWN])
        raise PlanError(
            f"there is no program `{option.value[:80]}`" + (f"; there are {shown}" if shown else ""),
            origin=option.origin,
            hint="name a package and a binary",
        )
    origin = option.origin if option is not None else None
    _refuse_desktop(near)
    if not near:
        raise _nothing(workspace)
    if origin is None:
        named = _started(overrides, near) or docker_build.program(tree, near)
        if named is not None:
            found, place, why = named
            return Choice(found, place, why, _lost(found, known, f"{place.path} names another"), known)
    return _ranked(tree, workspace, near, known, origin, reasons)


def _refuse_desktop(known: tuple[Binary, ...]) -> None:
    if known and all("tauri" in item.package.dependencies for item in known):
        raise PlanError(
            "this is a desktop app (Tauri): it opens a window and serves nothing",
            origin=known[0].package.dependencies["tauri"],
            hint="plan the folder of its server, if it has one",
        )


def _started(overrides: Overrides, known: tuple[Binary, ...]) -> tuple[Binary, Origin, str] | None:
    if overrides.start is None:
        return None
    found = docker_build.named_in(overrides.start.value.text, known)
    return None if found is None else (found, overrides.start.origin, "the start command names it")


def _ranked(
    tree: SourceTree,
    workspace: Workspace,
    near: tuple[Binary, ...],
    known: tuple[Binary, ...],
    origin: Origin | None,
    reasons: Reasons,
) -> Choice:
    serving = {item.source for item in near if _serves(tree, workspace, item)}
    names = sorted(package.name.lower() for package in workspace.members)
    first, *rest = sorted(near, key=lambda item: _order(workspace, names, item, serves=item.source in serving))
    rivals = [item for item in rest if item.source in serving and first.source in serving and not _is_other(item)]
    if origin is not None:
        why = "the configured program"
    elif not rest:
        why = "the only program"
    elif first.source in serving and not any(item.source in serving for item in rest):
        why = "the only program that serves"
    else:
        why = "the program whose name is most like an app's"
    if rivals and origin is None and not _is_main(first):
        shown = ", ".join(f"`{item.name}`" for item in rivals[:_SHOWN])
        text = f"several programs could be the app; `{first.name}` is built, not {shown}"
        fix = f'choose one: `bin = "{rivals[0].name}"` under `[rust]` in buildplan.toml'
        reasons.report(Diagnostic("BP670", "warning", text, first.origin, fix))
    losers = tuple(
        RunnerUp(item.name, item.origin, _why_not(first, item, item.source in serving))
        for item in known
        if item is not first
    )
    return Choice(first, origin or first.origin, why, losers, known)


def _is_main(item: Binary) -> bool:
    """Return whether it is the program of the package at the root, and no other is named for `cargo run`."""
    default = item.package.document.get("package", "default-run")
    return not item.package.directory and item.name == (default or item.package.name)


def _serves(tree: SourceTree, workspace: Workspace, item: Binary) -> bool:
    """Return whether the program serves: by its framework, and by its code where its package has several programs."""
    source = source_file.read(tree, item.source)
    match = targets.framework(workspace, item.package)
    if match is None:
        return source is not None and bool(source.words(("TcpListener",)))
    if len(targets.binaries(tree, item.package)) == 1 or _is_default(item):
        return True
    return source is not None and bool(source.words(_SERVES))


def _is_default(item: Binary) -> bool:
    default = item.package.document.get("package", "default-run")
    return item.name == (default or item.package.name)


def _is_other(item: Binary) -> bool:
    if "tauri" in item.package.dependencies:
        return True
    words = {word for name in (item.name, item.package.name) for word in re.split(r"[-_]", name.lower())}
    return not words.isdisjoint(tables.OTHER_PROGRAMS)


def _order(
    workspace: Workspace, names: list[str], item: Binary, *, serves: bool
) -> tuple[bool, bool, bool, int, bool, int, str, str]:
    default = workspace.default_members
    outside = bool(default) and item.package.directory not in default
    depth = item.package.directory.count("/") if item.package.directory else -1
    return (
        not serves,
        _is_other(item),
        outside,
        _rank(names, item),
        not _is_default(item),
        depth,
        item.package.directory,
        item.name,
    )


# What may stand behind the name of a program in that of another, and the character after it.
_MARKS = (("-", "."), ("_", "`"))


def _rank(names: list[str], item: Binary) -> int:
    """Return how little a program looks like the app: the root's first, then a server's name, then a shorter one."""
    if _is_main(item):
        return 0
    servers = tables.SERVERS
    name = item.name.lower()
    if name in servers:
        return 1 + servers.index(name)
    words = re.split(r"[-_]", name)
    if words[-1] in servers or words[0] in servers:
        return 1 + len(servers)
    # A program that others are called after: `kellnr` beside `kellnr-db`, `kellnr-auth`.
    others = sum(bisect_left(names, f"{name}{after}") - bisect_left(names, f"{name}{mark}") for mark, after in _MARKS)
    if others - item.package.name.lower().startswith((f"{name}-", f"{name}_")) > 1:
        return 2 + len(servers)
    return 3 + len(servers)


def _why_not(first: Binary, item: Binary, serves: bool) -> str:  # noqa: FBT001  # a pair of facts
    if not serves:
        return "it does not serve"
    if _is_other(item):
        return "its name is that of a tool or of another process"
    if _is_main(first):
        return "the root's program comes first"
    return f"`{first.name}` sounds more like the app"


def _lost(found: Binary, known: tuple[Binary, ...], why: str) -> tuple[RunnerUp, ...]:
    return tuple(RunnerUp(item.name, item.origin, why) for item in known if item is not found)


def _nothing(workspace: Workspace) -> NoStartError:
    searched = ", ".join(f"`{item.directory or '.'}`" for item in workspace.members[:_SHOWN])
    return NoStartError(
        "no package has a program: there is no `src/main.rs`, `src/bin/` or `[[bin]]`"
        + (f" in {searched}" if searched else ""),
        origin=Origin(manifests.MANIFEST),
        hint="add a src/main.rs, or plan the folder of the app",
    )
