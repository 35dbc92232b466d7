"""What a Python project declares, read once: dependencies with their groups, scripts, packages, Python versions."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.read import toml_document

from . import conda, governing, layout, pyproject, requirements_file, setup_files, workspace
from .governing import PIPFILE, PYPROJECT
from .layout import Layout
from .requirements import Requirement, holds, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

    from .governing import Governing
    from .pyproject import Declared

__all__ = ["Project", "Requirement", "read"]

T = TypeVar("T")

# Groups and extras that say by their name that production installs them.
_PRODUCTION = frozenset({"prod", "production", "deploy", "deployment"})


@dataclass(frozen=True)  # no slots: the index by name is kept beside the fields
class Project:
    """A project's declarations.

    `directory` is `""`, or where the app lies when it is a member of a workspace (`backend`); `document` is its
    `pyproject.toml`. `requirements` are what production installs, `development` what it does not (groups), `optional`
    the extras that nobody asked for. `transitive` are packages that a compiled requirements file pins for others:
    they are installed and not declared. `packages` are the import packages, and `source_root` is where they lie
    inside the project's directory (`""` or `src`). `is_package`: the project itself can be installed; `layout` says
    why not. `groups` and `extras` are installed beside what is always installed.

    `governing` says which files are installed from, None when nothing is; `requirements_files` are all that they
    include. `local` are paths of the tree that are installed, `interpreter` is the Python that the project was narrowed
    to, `variables` are environment variables that the files read, `indexes` are places of packages with their names
    (`""` where they have none). `programs` are packages of Debian that a manifest asks for by another name.
    """

    name: str | None = None
    directory: str = ""
    document: Document | None = None
    requirements: tuple[Requirement, ...] = ()
    development: tuple[Requirement, ...] = ()
    optional: tuple[Requirement, ...] = ()
    transitive: frozenset[str] = frozenset()
    scripts: dict[str, Sourced[str]] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    source_root: str = ""
    is_package: bool = False
    python: tuple[Sourced[str], ...] = ()
    sources: tuple[str, ...] = ()
    requirements_files: tuple[str, ...] = ()
    governing: Governing | None = None
    layout: Layout = field(default_factory=Layout)
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    dynamic: frozenset[str] = frozenset()
    local: tuple[Sourced[str], ...] = ()
    interpreter: str = ""
    variables: tuple[Sourced[str], ...] = ()
    indexes: tuple[tuple[str, Sourced[str]], ...] = ()
    programs: tuple[Sourced[str], ...] = ()

    def has(self, *names: str) -> bool:
        """Return whether production declares one of the packages; names are normalised."""
        return any(item.name in names for item in self.requirements)

    def requirement(self, name: str) -> Requirement | None:
        """Return production's requirement of that (normalised) name, or None."""
        return self._by_name.get(name)

    @functools.cached_property
    def _by_name(self) -> dict[str, Requirement]:
        """The first requirement of each name: hundreds of names are asked for, and a hostile file has thousands."""
        return {item.name: item for item in reversed(self.requirements)}

    def extras_of(self, name: str) -> frozenset[str]:
        """Return the extras that production asks for of a package (`fastapi[standard]`), none when it is not there."""
        return frozenset().union(*(item.extras for item in self.requirements if item.name == name))

    def for_python(self, version: str) -> Project:
        """Return the project without the requirements whose markers are false on that Python (`3.13`)."""

        def kept(items: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
            return tuple(item for item in items if item.marker is None or holds(item.marker, version) is not False)

        return replace(
            self,
            requirements=kept(self.requirements),
            development=kept(self.development),
            optional=kept(self.optional),
            interpreter=version,
        )


def read(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Project:
    """Return what the project declares, from the files that its package manager reads; an empty project for none.

    Raises FileError for a file that cannot be understood, PlanError for a project that only conda can install.
    """
    found = governing.find(tree, overrides, reasons)
    project = described(tree, overrides, reasons)
    if found is None:
        return project
    project = replace(project, governing=found)
    if found.requirements:
        return _from_requirements(tree, project, found.requirements, reasons)
    if found.name == "conda":
        return _from_conda(tree, project, found.origin.path, reasons)
    if found.name == "pipenv":
        return _from_pipfile(tree, project)
    if found.name == "pylock" and found.lockfile is not None and not project.requirements:
        return _from_pylock(tree, project, found.lockfile)
    if project.document is not None:
        workspace.refuse_outside(tree, project.document)
    return project


def described(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Project:
    """Return what `pyproject.toml` says, `setup.cfg` and `setup.py` where it says nothing; raises FileError."""
    document = toml_document.read(tree, PYPROJECT) if tree.has(PYPROJECT) else None
    directory = ""
    members: tuple[str, ...] = ()
    files: dict[str, Declared] = {}
    if document is not None:
        root = workspace.Member("", document, pyproject.read(document))
        others = workspace.members(tree, document)
        chosen = workspace.app(root, others, overrides, reasons)
        directory, document = chosen.directory, chosen.document
        files[document.path] = chosen.declared
        members = tuple(member.directory for member in others)
    else:
        workspace.refuse(overrides)
    base = f"{directory}/" if directory else ""
    for path, reader in ((f"{base}setup.cfg", setup_files.setup_cfg), (f"{base}setup.py", setup_files.setup_py)):
        if tree.has(path):
            files[path] = reader(tree, path)
    declared = list(files.values())
    name = next((item.name for item in declared if item.name), None)
    place = layout.read(tree, directory, document, name)
    main = _first(item.main for item in declared)
    extras = _first(item.extras for item in declared) or {}
    groups = _first(item.groups for item in declared) or {}
    wanted_extras = _wanted("extras", extras, overrides, reasons)
    wanted_groups = _wanted("groups", groups, overrides, reasons)
    return Project(
        name=normalised(name) if name else None,
        directory=directory,
        document=document,
        requirements=(
            *(main or ()),
            *(item for extra in wanted_extras for item in extras[extra]),
            *(item for group in wanted_groups for item in groups[group]),
        ),
        development=tuple(item for group, items in groups.items() if group not in wanted_groups for item in items),
        optional=tuple(item for extra, items in extras.items() if extra not in wanted_extras for item in items),
        scripts=_first(item.scripts for item in declared) or {},
        packages=place.packages,
        source_root=place.root,
        is_package=place.wanted and place.problem is None,
        python=tuple(python for item in declared for python in item.python)[:1],
        sources=tuple(path for path, item in files.items() if path.endswith(PYPROJECT) or _says_something(item)),
        layout=place,
        members=members,
        groups=wanted_groups,
        extras=wanted_extras,
        dynamic=frozenset(declared[0].dynamic) if declared else frozenset(),
        local=tuple(path for item in declared[:1] for path in item.local),
        indexes=tuple(place for item in declared[:1] for place in item.indexes),
    )


def _says_something(declared: Declared) -> bool:
    return bool(declared.main or declared.scripts or "dependencies" in declared.dynamic)


def _first(values: Iterable[T]) -> T | None:
    return next((value for value in values if value), None)


def _wanted(kind: str, known: dict[str, list[Requirement]], overrides: Overrides, reasons: Reasons) -> tuple[str, ...]:
    """Return the extras or groups to install: those asked for, and those whose name says production."""
    asked = overrides.option(f"python.{kind}")
    if asked is not None:
        names = [normalised(name.strip()) for name in asked.value.split(",") if name.strip()]
        for name in names:
            if name not in known:
                reasons.report(
                    Diagnostic("BP618", "warning", f"there is no `{name[:60]}` among the {kind}", asked.origin)
                )
        listed = tuple(name for name in names if name in known)
        if listed:
            reasons.decide(f"python.{kind}", ", ".join(listed), asked.origin, "asked for")
        return listed
    found = tuple(name for name in known if name in _PRODUCTION and known[name])
    if found:
        origin = known[found[0]][0].origin
        reasons.decide(f"python.{kind}", ", ".join(found), origin, "the name says that production installs it")
    return found


def _from_requirements(tree: SourceTree, project: Project, paths: tuple[str, ...], reasons: Reasons) -> Project:
    found = requirements_file.read(tree, paths, reasons)
    main = tuple(found.requirements)
    if any(item.value == "." for item in found.local):
        # `-e .` brings what the project itself declares.
        main = (*(item for item in main if item.url is None or item.name), *project.requirements)
    named = {item.name for item in main}
    return replace(
        project,
        requirements=main,
        optional=tuple(item for item in project.optional if item.name not in named),
        transitive=frozenset(found.transitive),
        requirements_files=tuple(found.paths),
        sources=(*found.paths, *(path for path in project.sources if path not in found.paths)),
        local=tuple(found.local),
        variables=tuple(found.variables),
        indexes=tuple(("", place) for place in found.indexes),
    )


def _from_conda(tree: SourceTree, project: Project, path: str, reasons: Reasons) -> Project:
    environment = conda.read(tree, path)
    listed = tuple(item.value for item in environment.files if tree.has(item.value))
    found = requirements_file.read(tree, listed, reasons)
    if environment.missing:
        names = ", ".join(f"`{name[:40]}`" for name in environment.missing[:5])
        text = f"{names} comes from conda alone and is not installed"
        fix = "add what stands for it on Debian to `apt` in buildplan.toml"
        reasons.report(Diagnostic("BP625", "warning", text, Origin(path), fix))
    return replace(
        project,
        requirements=(*environment.requirements, *found.requirements),
        python=(environment.python,) if environment.python is not None else project.python,
        sources=(path, *project.sources),
        requirements_files=tuple(found.paths),
        programs=tuple(environment.apt),
    )


def _from_pipfile(tree: SourceTree, project: Project) -> Project:
    document = toml_document.read(tree, PIPFILE)
    declared = pyproject.pipfile(document)
    return replace(
        project,
        requirements=tuple(declared.main),
        development=tuple(declared.groups["dev"]),
        optional=(),
        sources=(PIPFILE, *project.sources),
        local=tuple(declared.local),
        indexes=tuple(declared.indexes),
    )


def _from_pylock(tree: SourceTree, project: Project, path: str) -> Project:
    """Return the project with the packages of a lock file that stands alone: nothing says which are declared."""
    document = toml_document.read(tree, path)
    packages = document.get("packages")
    names = [item.get("name") for item in packages if isinstance(item, dict)] if isinstance(packages, list) else []
    found = tuple(Requirement(normalised(name), Origin(path)) for name in names if isinstance(name, str))
    return replace(project, requirements=found, sources=(path, *project.sources))
