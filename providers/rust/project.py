"""The facts of one Rust app, read once, that every part of its plan is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons

from . import cargo_config, choice, crates, docker_build, manifests, source_file, targets

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.read.corpus import Corpus
    from buildplan.read.syntax import Source
    from buildplan.source import SourceTree

    from .cargo_config import CargoConfig
    from .choice import Choice
    from .crates import Crates, LockFile
    from .manifests import Workspace
    from .tables import Framework
    from .targets import Binary

_FEATURES = re.compile(r"(?!-)[\w+/?:-]{1,60}(?:,(?!-)[\w+/?:-]{1,60}){0,40}", re.ASCII)


class Features(NamedTuple):
    """What `cargo build` is told of features."""

    names: tuple[str, ...] = ()
    default: bool = True

    @property
    def arguments(self) -> str:
        """The options, with a blank before each."""
        off = "" if self.default else " --no-default-features"
        return f"{off} --features {','.join(self.names)}" if self.names else off


class Project(NamedTuple):
    """A tree, what was asked for, and what was found. `files` are the sources of the app."""

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    workspace: Workspace
    config: CargoConfig
    lock: LockFile | None
    choice: Choice
    features: Features
    crates: Crates
    files: Corpus[Source]
    framework: tuple[Framework, Origin] | None

    @property
    def app(self) -> Binary:
        """The program that is the app."""
        return self.choice.app

    @property
    def listens(self) -> bool:
        """Whether the app answers on a port: its code shows it, or somebody says so."""
        start = self.overrides.start
        is_web = start is not None and start.origin.path == "Procfile"
        if self.framework is not None or is_web or self.overrides.port is not None:
            return True
        return self.files.says(("TcpListener",))


def read(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts of a Rust app; raises what reading its files and choosing its program raises."""
    reasons = Reasons()
    workspace = manifests.read(tree)
    chosen = choice.choose(tree, workspace, overrides, reasons)
    reasons.decide("rust.bin", chosen.app.name, chosen.origin, chosen.rule, chosen.runners_up)
    lock = crates.read(tree)
    features = _features(tree, chosen.app, overrides, reasons)
    package = chosen.app.package
    return Project(
        tree=tree,
        overrides=overrides,
        reasons=reasons,
        workspace=workspace,
        config=cargo_config.read(tree),
        lock=lock,
        choice=chosen,
        features=features,
        crates=crates.of(workspace, package, lock, features.names, default=features.default),
        files=source_file.files(tree, workspace, chosen.app),
        framework=targets.framework(workspace, package),
    )


def _features(tree: SourceTree, app: Binary, overrides: Overrides, reasons: Reasons) -> Features:
    """Return those asked for, or those of the tree's Dockerfile, and those the program is not built without."""
    asked = overrides.option("rust.features")
    why, default, off = "the configured features", True, None
    if asked is None:
        asked, off = docker_build.features(tree)
        asked, default = _known(app, asked), off is None
        why = "the tree's Dockerfile builds with them"
    if asked is not None and not _FEATURES.fullmatch(asked.value):
        raise ConfigError("these are no names of features", origin=asked.origin, hint='write `features = "a,b"`')
    names = asked.value.split(",") if asked is not None else []
    on = crates.enabled(app.package, names, default=default)
    needed = [name for name in app.features if name not in on and _FEATURES.fullmatch(name)]
    if asked is None and needed:
        asked, why = Sourced(",".join(needed), app.origin), "the program is not built without them"
    found = Features(tuple(dict.fromkeys([*names, *needed])), default)
    if asked is not None:
        reasons.decide("rust.features", ",".join(found.names), asked.origin, why)
    elif off is not None:
        reasons.decide("rust.features", "no default features", off, why)
    return found


def _known(app: Binary, asked: Sourced[str] | None) -> Sourced[str] | None:
    """Return those features of a Dockerfile that the package has; it may be of another time or another package."""
    if asked is None:
        return None
    table = app.package.document.get("features")
    known = {*(table if isinstance(table, dict) else ()), *(item.key for item in app.package.all_dependencies)}
    names = [name for name in asked.value.split(",") if name in known and _FEATURES.fullmatch(name)]
    return Sourced(",".join(names), asked.origin) if names else None
