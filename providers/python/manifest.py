"""What a Python project declares, read once: which files count, workspaces of uv, and what may be named as the app."""

from __future__ import annotations

import fnmatch
import functools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from buildplan.errors import ConfigError, PlanError
from buildplan.language.members import Member
from buildplan.language.packages import Dependency
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import shown
from buildplan.read import toml_document

from . import project_files, tables
from .project_files import Declared, Layout, Requirement, holds, normalised, read_pyproject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.model.origin import Sourced
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

# Which files say what is installed: a lock file says more than a list of requirements, that more than a manifest.
#
# The order: uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock and Pipfile, requirements files, pyproject.toml,
# setup.py and setup.cfg. An option overrides it. What lost is kept for `explain`; two lock files are a diagnostic.


Name = Literal["uv", "poetry", "pdm", "pylock", "pipenv", "pip", "hatch", "setuptools", "conda"]

PYPROJECT = "pyproject.toml"
PIPFILE = "Pipfile"
_LOCKS: tuple[tuple[str, Name, str | None], ...] = (
    ("uv.lock", "uv", PYPROJECT),
    ("poetry.lock", "poetry", PYPROJECT),
    ("pdm.lock", "pdm", PYPROJECT),
    ("pylock.toml", "pylock", None),
    ("pylock.production.toml", "pylock", None),
    ("pylock.prod.toml", "pylock", None),
    ("Pipfile.lock", "pipenv", PIPFILE),
)
_REQUIREMENTS = (
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/deploy.txt",
    "requirements-production.txt",
    "requirements-prod.txt",
    "requirements_production.txt",
    "requirements_prod.txt",
    "requirements/requirements.txt",
    "requirements/base.txt",
    "requirements/main.txt",
    "requirements/common.txt",
    "requirements.in",
    "requirements/production.in",
    "requirements/base.in",
)
# A list of its own beside `requirements.txt` that says by its name that production wants it too.
_ALSO = re.compile(r"requirements[-_.](?:prod|production|server|deploy)\.txt|(?:prod|production)[-_]requirements\.txt")
# What people call the file when they do not call it requirements.txt.
_ALMOST = re.compile(r"(?:requi?re?i?ments?|requires|reqs?|pip[-_]requirements)(?:\.txt|\.text)?", re.IGNORECASE)
_CONDA = "conda-lock.yml"
# Fewer lines may be what somebody wrote by hand beside the manifest.
_FEW_PINNED = 3
_ASKED: dict[str, Name] = {
    "uv": "uv",
    "poetry": "poetry",
    "pdm": "pdm",
    "pipenv": "pipenv",
    "pip": "pip",
    "requirements": "pip",
    "setuptools": "setuptools",
    "hatch": "hatch",
    "pylock": "pylock",
}


class Governing(NamedTuple):
    """The package manager and the files that it reads.

    `manifest` is `pyproject.toml`, `Pipfile`, `setup.py` or `setup.cfg`; `requirements` are requirements files.
    """

    name: Name
    origin: Origin
    rule: str
    lockfile: str | None = None
    manifest: str | None = None
    requirements: tuple[str, ...] = ()
    runners_up: tuple[RunnerUp, ...] = ()


def find_governing(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Governing | None:
    """Return what governs the installation, None when nothing is declared.

    Raises ConfigError for an unknown manager, PlanError for one that finds none of its files, and for a project that
    only conda can install.
    """
    candidates = list(_candidates(tree, reasons))
    asked = overrides.option("python.package_manager")
    if asked is not None and asked.value.strip().lower() not in {"auto", ""}:
        word = asked.value.strip().lower()
        if word in {"skip", "none"}:
            return None
        return _asked(word, asked.origin, candidates)
    environment = tree.first(*project_files.FILES)
    if not candidates and environment is not None:
        reasons.report(
            Diagnostic(
                "BP615",
                "info",
                "there is no conda in the image: pip installs the packages of the same names",
                Origin(environment),
                "write them into requirements.txt; then their versions are those of PyPI",
            )
        )
        return Governing("conda", Origin(environment), f"`{environment}` lists packages of conda", manifest=environment)
    if not candidates:
        _refuse_conda(tree)
        _report_groups(tree, reasons)
        return None
    chosen, *rest = candidates
    _report_rivals(tree, chosen, rest, reasons)
    return _with_losers(chosen, rest)


def _report_groups(tree: SourceTree, reasons: Reasons) -> None:
    """Report groups that hold all there is to install: nothing says which of them the app needs."""
    groups = toml_document.read(tree, PYPROJECT).table("dependency-groups") if tree.has(PYPROJECT) else {}
    if groups:
        names = ", ".join(f"`{shown(name)}`" for name in list(groups)[:4])
        text = f"`[dependency-groups]` ({names}) is not installed: `pyproject.toml` has no `[project]` that needs it"
        fix = "move the packages to `[project] dependencies`, or install a group with a command of your own"
        reasons.report(Diagnostic("BP951", "error", text, Origin(PYPROJECT), fix))


def _with_losers(chosen: Governing, rest: list[Governing]) -> Governing:
    lost = tuple(RunnerUp(item.name, item.origin, f"{chosen.origin.path} says more") for item in rest)
    return Governing(
        chosen.name, chosen.origin, chosen.rule, chosen.lockfile, chosen.manifest, chosen.requirements, lost
    )


def _asked(word: str, origin: Origin, candidates: list[Governing]) -> Governing:
    name = _ASKED.get(word)
    if name is None:
        known = ", ".join(f"`{item}`" for item in _ASKED)
        raise ConfigError(
            f"there is no package manager `{shown(word)}` for Python", origin=origin, hint=f"write {known}"
        )
    found = next((item for item in candidates if item.name == name), None)
    if found is None and name in {"uv", "hatch", "setuptools", "poetry", "pdm"}:
        # Any of them can install a pyproject.toml that has no tables of its own.
        found = next((item for item in candidates if item.manifest == PYPROJECT and item.lockfile is None), None)
        if found is not None and name != "poetry":
            found = Governing(name, found.origin, found.rule, manifest=PYPROJECT)
    if found is None or found.name != name:
        raise PlanError(
            f"`{name}` is asked for, and none of the files that it reads is there",
            origin=origin,
            hint="remove the option, or add the files",
        )
    rest = [item for item in candidates if item.name != name]
    lost = tuple(RunnerUp(item.name, item.origin, f"{origin} asks for {name}") for item in rest)
    return Governing(name, origin, "asked for", found.lockfile, found.manifest, found.requirements, lost)


def _candidates(tree: SourceTree, reasons: Reasons) -> Iterator[Governing]:
    """Yield everything that could say what to install, strongest first."""
    seen: set[Name] = set()
    for lock, name, manifest in _LOCKS:
        if not tree.has(lock) or name in seen:
            continue
        if manifest is not None and not tree.has(manifest):
            reasons.report(
                Diagnostic(
                    "BP618",
                    "warning",
                    f"`{lock}` is there without `{manifest}`, so it is not used",
                    Origin(lock),
                    f"commit `{manifest}`, or remove `{lock}`",
                )
            )
            continue
        seen.add(name)
        yield Governing(name, Origin(lock), f"`{lock}` is a lock file of {name}", lock, manifest)
    requirements = requirements_files(tree, reasons)
    pipfile = tree.has(PIPFILE) and "pipenv" not in seen
    # A list with every version says more than a manifest that nobody locked.
    pinned = pipfile and requirements[:1] == ("requirements.txt",) and _is_pinned(tree, "requirements.txt")
    if pipfile and not pinned:
        yield Governing("pipenv", Origin(PIPFILE), "`Pipfile` is a manifest of pipenv", manifest=PIPFILE)
    if requirements:
        yield Governing(
            "pip", Origin(requirements[0]), f"`{requirements[0]}` is a list for pip", requirements=requirements
        )
    if pinned:
        yield Governing("pipenv", Origin(PIPFILE), "`Pipfile` is a manifest of pipenv", manifest=PIPFILE)
    if tree.has(PYPROJECT):
        document = toml_document.read(tree, PYPROJECT)
        owner = manifest_owner(document)
        if owner is not None and owner[0] not in seen:
            name, origin, why = owner
            yield Governing(name, origin, why, manifest=PYPROJECT, requirements=_dynamic_files(tree, document))
    path = tree.first("setup.py", "setup.cfg")
    # `setup.cfg` alone installs nothing, and most hold settings of linters.
    builds = tree.has(PYPROJECT) and bool(toml_document.read(tree, PYPROJECT).table("build-system"))
    if path == "setup.py" or (path is not None and builds and re.search(r"(?m)^\[options\]", tree.text(path))):
        yield Governing("setuptools", Origin(path), f"`{path}` is a manifest of setuptools", manifest=path)


def requirements_files(tree: SourceTree, reasons: Reasons) -> tuple[str, ...]:
    """Return the requirements files of production, the one that is read first at the front."""
    found = [path for path in _REQUIREMENTS if tree.has(path) and _says_something(tree, path)]
    root = tree.directory().files
    if not found:
        almost = [name for name in root if _ALMOST.fullmatch(name) and name not in _REQUIREMENTS]
        if not almost or not _says_something(tree, almost[0]):
            return ()
        reasons.report(
            Diagnostic(
                "BP618",
                "warning",
                f"`{almost[0]}` is taken as `requirements.txt`, which is not there",
                Origin(almost[0]),
                f"rename it: `git mv {almost[0]} requirements.txt`",
            )
        )
        return (almost[0],)
    if found[0] != "requirements.txt":
        return (found[0],)
    also = [name for name in root if _ALSO.fullmatch(name) and _says_something(tree, name)]
    including = [
        name for name in also if re.search(r"(?m)^-r[ =]*\.?/?requirements\.txt", tree.text_or_none(name) or "")
    ]
    if including:
        return (including[0],)
    text = tree.text_or_none("requirements.txt") or ""
    return ("requirements.txt", *(name for name in also if name not in text))


def _says_something(tree: SourceTree, path: str) -> bool:
    """Return whether a file holds more than comments; one that cannot be read counts, so that it becomes an error."""
    text = tree.text_or_none(path)
    return text is None or any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


def _is_pinned(tree: SourceTree, path: str) -> bool:
    """Return whether each requirement of a file has its exact version."""
    lines = [line.partition("#")[0].strip() for line in (tree.text_or_none(path) or "").split("\n")]
    named = [line for line in lines if line and not line.startswith(("-", "\\")) and not line.endswith(":")]
    return len(named) >= _FEW_PINNED and all("==" in line or "@" in line for line in named)


def manifest_owner(document: Document) -> tuple[Name, Origin, str] | None:
    """Return who installs a `pyproject.toml` without a lock file; None when it declares no project."""
    backend = document.get("build-system", "build-backend")
    backend = backend if isinstance(backend, str) else ""
    tools = document.table("tool")
    if "poetry" in tools and (document.get("tool", "poetry", "dependencies") is not None or "poetry" in backend):
        return "poetry", document.origin("tool", "poetry"), "`[tool.poetry]` belongs to Poetry"
    if document.get("project", "name") is None:
        return None
    if "pdm" in tools:
        return "pdm", document.origin("tool", "pdm"), "`[tool.pdm]` belongs to PDM"
    if "uv" in tools or backend.startswith("uv_build"):
        return "uv", document.origin("tool", "uv"), "`[tool.uv]` belongs to uv"
    if "hatch" in tools or backend.startswith("hatchling"):
        return "hatch", document.origin("build-system", "build-backend"), "the project is built by Hatch"
    return "setuptools", document.origin("project"), "`[project]` declares the dependencies"


def _dynamic_files(tree: SourceTree, document: Document) -> tuple[str, ...]:
    """Return the requirements files that hold the dependencies of a `pyproject.toml`, if it says so."""
    if "dependencies" not in (document.get("project", "dynamic") or ()):
        return ()
    named = document.get("tool", "setuptools", "dynamic", "dependencies", "file")
    if named is None:
        named = document.get("tool", "hatch", "metadata", "hooks", "requirements_txt", "files")
    files = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return tuple(item for item in files if isinstance(item, str) and tree.has(item))


def _report_rivals(tree: SourceTree, chosen: Governing, rest: list[Governing], reasons: Reasons) -> None:
    for item in rest:
        if chosen.lockfile is not None and item.lockfile is not None:
            reasons.report(
                Diagnostic(
                    "BP610",
                    "warning",
                    f"`{chosen.lockfile}` and `{item.lockfile}` are both lock files; `{chosen.lockfile}` is used",
                    item.origin,
                    f"remove the one that is not kept up to date: `git rm {item.lockfile}`",
                )
            )
        elif item.name == "pip" and not _exported(tree, item.requirements[0]):
            reasons.report(
                Diagnostic(
                    "BP611",
                    "info",
                    f"`{item.requirements[0]}` is not installed, as {chosen.rule}",
                    item.origin,
                    'remove it, or choose it: `package_manager = "pip"` under `[python]` in buildplan.toml',
                )
            )


def _exported(tree: SourceTree, path: str) -> bool:
    """Return whether a tool wrote the file from its lock, so that it says nothing of its own."""
    text = tree.text_or_none(path) or ""
    return re.search(r"#\s+(?:uv export|pdm export)|--hash=", text[:4000]) is not None


def _refuse_conda(tree: SourceTree) -> None:
    if not tree.has(_CONDA):
        return
    raise PlanError(
        "only conda can install this environment, and buildplan has no conda",
        origin=Origin(_CONDA),
        hint="write the packages into requirements.txt (`pip list --format=freeze > requirements.txt` inside the "
        "environment); libraries that conda brings go into `apt` of buildplan.toml",
    )


# The workspaces of uv: which members a repository has, and which of them is the app.
#
# Source, checked 2026-11-24: https://docs.astral.sh/uv/concepts/projects/workspaces/


_MAX_MEMBERS = 500
_PYPROJECT = "pyproject.toml"
_USUAL = ("app", "backend", "server", "api", "web")


class WorkspaceMember(NamedTuple):
    """A package of a workspace; `directory` is `""` for the root."""

    directory: str
    document: Document
    declared: Declared

    @property
    def name(self) -> str:
        """Its normalised name, `""` when it has none."""
        return normalised(self.declared.name or "")

    @property
    def serves(self) -> bool:
        """Whether it declares a web framework or a server."""
        rows = (*tables.read("frameworks")["framework"], *tables.read("servers")["program"].values())
        known = {name for row in rows for name in row.get("packages", ())}
        return any(item.name in known for item in self.declared.main)


def uv_members(tree: SourceTree, root: Document) -> tuple[WorkspaceMember, ...]:
    """Return the members of a workspace without its root; none when it is no workspace. Raises FileError."""
    workspace = root.table("tool", "uv", "workspace")
    wanted, left_out = (
        [item.strip("/") for item in workspace.get(key) or () if isinstance(item, str)]
        for key in ("members", "exclude")
    )
    found = []
    for path in tree.named("pyproject.toml"):
        directory = path.rpartition("/")[0]
        listed = any(_matches(directory, pattern) for pattern in wanted)
        if directory and listed and not any(_matches(directory, pattern) for pattern in left_out):
            document = toml_document.read(tree, path)
            found.append(WorkspaceMember(directory, document, read_pyproject(document)))
        if len(found) >= _MAX_MEMBERS:
            break
    return tuple(found)


def _matches(directory: str, pattern: str) -> bool:
    """Return whether a pattern names the directory: `*` stays inside one folder name."""
    one, other = directory.split("/"), pattern.removeprefix("./").split("/")
    return len(one) == len(other) and all(fnmatch.fnmatchcase(*pair) for pair in zip(one, other, strict=True))


def app(
    root: WorkspaceMember, others: tuple[WorkspaceMember, ...], overrides: Overrides, reasons: Reasons
) -> WorkspaceMember:
    """Return the member that is the app: what was asked for, else the root when it declares something, else a member.

    Raises ConfigError for a member that does not exist.
    """
    asked = overrides.option("python.app")
    if asked is not None:
        return _asked_member(asked, (root, *others), reasons)
    if root.declared.main or not others:
        return root
    needed = {item.name for member in others for item in member.declared.main}
    ranked = sorted(
        others,
        key=lambda member: (
            not member.serves,
            not member.declared.scripts,
            member.name in needed,
            member.directory.rpartition("/")[2] not in _USUAL,
            member.directory,
        ),
    )
    chosen, *rest = ranked
    why = "the member that declares a server" if chosen.serves else "the member that no other needs"
    lost = tuple(RunnerUp(member.directory, member.document.origin(), "it ranks below") for member in rest)
    reasons.decide("python.app", chosen.directory, chosen.document.origin(), why, lost)
    rivals = [member for member in rest if member.serves == chosen.serves]
    if rivals:
        listed = ", ".join(f"`{shown(member.directory)}`" for member in rivals[:4])
        reasons.report(
            Diagnostic(
                "BP670",
                "warning",
                f"several members of the workspace could be the app; `{chosen.directory}` is planned, not {listed}",
                chosen.document.origin(),
                "name the app in buildplan.toml: `app` under `[python]`",
            )
        )
    return chosen


def refuse(overrides: Overrides) -> None:
    """Raise ConfigError when a member was asked for where no pyproject.toml makes a workspace; the root is fine."""
    asked = overrides.option("python.app")
    if asked is not None and asked.value.strip("./"):
        problem = f"there is no member `{shown(asked.value)}`: without a pyproject.toml there is no workspace"
        raise ConfigError(problem, origin=asked.origin, hint="leave the option out, or name a folder with `--app`")


def refuse_outside(tree: SourceTree, document: Document) -> None:
    """Raise PlanError for a dependency that only a workspace which is not in the tree can resolve."""
    for name, entry in document.table("tool", "uv", "sources").items():
        if not isinstance(entry, dict) or entry.get("workspace") is not True:
            continue
        root = toml_document.read(tree, _PYPROJECT)
        inside = {member.name for member in uv_members(tree, root)} | {normalised(read_pyproject(root).name or "")}
        if normalised(name) not in inside:
            raise PlanError(
                f"`{shown(name)}` is a package of a workspace that is not in the tree",
                origin=document.origin("tool", "uv", "sources", name),
                hint="plan the root of the workspace and choose this package with `--app`",
            )


def _asked_member(asked: Sourced[str], everyone: tuple[WorkspaceMember, ...], reasons: Reasons) -> WorkspaceMember:
    text = asked.value.strip().removeprefix("./").strip("/")
    text = "" if text == "." else text
    for member in everyone:
        if text in {member.directory, member.directory.rpartition("/")[2]} or normalised(text) == member.name:
            reasons.decide("python.app", member.directory or ".", asked.origin, "the member that was asked for")
            return member
    known = ", ".join(f"`{shown(member.directory or member.name)}`" for member in everyone[:10])
    raise ConfigError(
        f"the workspace has no member `{shown(asked.value)}`", origin=asked.origin, hint=f"name one of {known}"
    )


# What a Python project declares, read once: dependencies with their groups, scripts, packages, Python versions.


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
    found = find_governing(tree, overrides, reasons)
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
        refuse_outside(tree, project.document)
    return project


def described(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Project:
    """Return what `pyproject.toml` says, `setup.cfg` and `setup.py` where it says nothing; raises FileError."""
    document = toml_document.read(tree, PYPROJECT) if tree.has(PYPROJECT) else None
    directory = ""
    members: tuple[str, ...] = ()
    files: dict[str, Declared] = {}
    if document is not None:
        root = WorkspaceMember("", document, project_files.read_pyproject(document))
        others = uv_members(tree, document)
        chosen = app(root, others, overrides, reasons)
        directory, document = chosen.directory, chosen.document
        files[document.path] = chosen.declared
        members = tuple(member.directory for member in others)
    else:
        refuse(overrides)
    base = f"{directory}/" if directory else ""
    for path, reader in ((f"{base}setup.cfg", project_files.setup_cfg), (f"{base}setup.py", project_files.setup_py)):
        if tree.has(path):
            files[path] = reader(tree, path)
    declared = list(files.values())
    name = next((item.name for item in declared if item.name), None)
    place = project_files.read_layout(tree, directory, document, name)
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
        sources=tuple(path for path, item in files.items() if path.endswith(PYPROJECT) or _setup_says_something(item)),
        layout=place,
        members=members,
        groups=wanted_groups,
        extras=wanted_extras,
        dynamic=frozenset(declared[0].dynamic) if declared else frozenset(),
        local=tuple(path for item in declared[:1] for path in item.local),
        indexes=tuple(place for item in declared[:1] for place in item.indexes),
    )


def _setup_says_something(declared: Declared) -> bool:
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
    found = project_files.read_requirements(tree, paths, reasons)
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
    environment = project_files.read_conda(tree, path)
    listed = tuple(item.value for item in environment.files if tree.has(item.value))
    found = project_files.read_requirements(tree, listed, reasons)
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
    declared = project_files.pipfile(document)
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


# What `--app` may name in a Python repository: the members of a workspace of uv, and the root.


_MANIFEST = "pyproject.toml"


def app_members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the root and the members; none without a pyproject.toml at the root. Raises FileError."""
    if not tree.has(_MANIFEST):
        return ()
    document = toml_document.read(tree, _MANIFEST)
    root = WorkspaceMember("", document, project_files.read_pyproject(document))
    others = uv_members(tree, document)
    return tuple(
        Member(item.name, item.directory, item.document.origin(), item.directory or ".") for item in (root, *others)
    )


# The packages that the app ships with, for whoever asks which services it speaks to.


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield what production installs. Raises as `plan`."""
    project = read(tree, overrides, Reasons())
    for item in project.requirements:
        yield Dependency(item.name, item.origin, item.specifier or None)
        yield from (Dependency(f"{item.name}[{extra}]", item.origin) for extra in sorted(item.extras))
