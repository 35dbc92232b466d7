"""Package managers, private indexes, the phases that install, and what packages need of the system."""

from __future__ import annotations

import functools
import posixpath
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import suite as suite_of
from buildplan.catalogue import tool_version
from buildplan.errors import PlanError
from buildplan.language import packages as system
from buildplan.language.packages import TOOLCHAINS, Dependency, Packages
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase
from buildplan.model.origin import Origin, Sourced, catalogue, rule
from buildplan.model.requests import Replace
from buildplan.model.version_ranges import numbers_of, shown
from buildplan.read import version_files

from . import project_files, python_version, tables
from .manifest import PYPROJECT, Name
from .native_tables import (
    ELSEWHERE,
    FIRST_WHEELS,
    IMPORT_PKG_RESOURCES,
    MISTAKES,
    NEEDS,
    SETUPTOOLS_WITHOUT,
    TORCH,
    TORCH_INDEX,
    TORCH_SAVING,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from buildplan.language.packages import Match, Need
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Project
    from .project_files import Requirement

# Private indexes: the names of the variables that hold their credentials. A value never gets into the plan.
#
# Sources, checked 2026-11-24:
# - https://pip.pypa.io/en/stable/reference/requirements-file-format/#using-environment-variables
# - https://docs.astral.sh/uv/concepts/indexes/#providing-credentials-directly
# - https://python-poetry.org/docs/repositories/#configuring-credentials
# - https://pdm-project.org/latest/usage/config/#store-credentials-with-the-index
# - https://pipenv.pypa.io/en/latest/credentials.html


_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,80})\}|([A-Z_][A-Z0-9_]{0,80}))")
_URL = re.compile(r"(?:[a-z+]{2,12})://(?:([^/\s@]{1,300})@)?([A-Za-z0-9.-]{1,255})", re.IGNORECASE)
_NOT_PROJECT = {"PROJECT_ROOT"}


def secrets(tree: SourceTree, project: Project, overrides: Overrides, reasons: Reasons) -> tuple[Sourced[str], ...]:
    """Return the names of the environment variables that the installation may read as secrets, each once."""
    name = project.governing.name if project.governing is not None else "pip"
    found: dict[str, Sourced[str]] = {}
    for variable in (
        *project.variables,
        *_in_urls(project),
        *_of_indexes(name, project, reasons),
        *_asked(tables.read("package_managers")[name]["prefixes"], overrides),
    ):
        if variable.value not in _NOT_PROJECT:
            found.setdefault(variable.value, variable)
    _report_plain(tree, project, reasons)
    return tuple(found.values())


def _in_urls(project: Project) -> Iterator[Sourced[str]]:
    for _, place in project.indexes:
        for match in _VARIABLE.finditer(place.value):
            yield Sourced(match[1] or match[2], place.origin)
    for item in project.requirements:
        for match in _VARIABLE.finditer(item.url or ""):
            yield Sourced(match[1] or match[2], item.origin)


def _of_indexes(name: str, project: Project, reasons: Reasons) -> Iterator[Sourced[str]]:
    """Yield the variables that a tool reads for an index with a name, where the index may want credentials."""
    forms = {"uv": "UV_INDEX_{}_{}", "hatch": "UV_INDEX_{}_{}", "setuptools": "UV_INDEX_{}_{}"}
    form = {**forms, "poetry": "POETRY_HTTP_BASIC_{}_{}"}.get(name)
    if form is None:
        return
    for index, place in project.indexes:
        match = _URL.match(place.value)
        if not index or match is None or match[1] or is_public(match[2]):
            continue
        word = re.sub(r"[^A-Za-z0-9]", "_", index).upper()
        names = [form.format(word, part) for part in ("USERNAME", "PASSWORD")]
        reasons.report(
            Diagnostic(
                "BP624",
                "info",
                f"the index `{shown(index)}` may want credentials; the build reads them from secrets",
                place.origin,
                f"give `{names[0]}` and `{names[1]}` to the build if it does",
            )
        )
        for item in names:
            yield Sourced(item, place.origin)


def is_public(host: str) -> bool:
    """Return whether a host is known to ask nobody for a password."""
    hosts = tables.read("package_managers")["public"]["hosts"]
    return any(re.fullmatch(pattern, host.lower(), re.ASCII) for pattern in hosts)


def _asked(prefixes: list[str], overrides: Overrides) -> Iterator[Sourced[str]]:
    """Yield the secrets that the owner named and the tool reads: `PIP_INDEX_URL`, `UV_DEFAULT_INDEX`."""
    for item in overrides.secrets:
        if item.value.startswith(tuple(prefixes)) or item.value == "NETRC":
            yield item


def _report_plain(tree: SourceTree, project: Project, reasons: Reasons) -> None:
    """Report passwords that are written down; the text shows the host only."""
    places = [place for _, place in project.indexes]
    places += [Sourced(item.url, item.origin) for item in project.requirements if item.url is not None]
    if tree.has("pip.conf"):
        lines = (tree.text_or_none("pip.conf") or "").split("\n")
        places += [
            Sourced(match[0], Origin("pip.conf", number))
            for number, line in enumerate(lines, 1)
            if (match := _URL.search(line)) is not None
        ]
    for place in places:
        match = _URL.search(place.value)
        user = match[1] if match is not None else None
        if match is None or not user or "$" in user or user == "git" or "ssh" in match[0].lower():
            continue
        reasons.report(
            Diagnostic(
                "BP622",
                "warning",
                f"a password for `{match[2]}` is written down; whoever reads the repository or a layer can use it",
                place.origin,
                "revoke it, and write `${INDEX_TOKEN}` in its place",
            )
        )


# Package managers: which one a project uses, in which version, and what it reads.


__all__ = ["ENVIRONMENT", "PackageManager", "choose", "install_words", "phases", "setup_commands", "setup_secrets"]

_MANAGERS = "package_managers"
_HEADER = re.compile(r"# This file is automatically @generated by Poetry (\d{1,3})\.[\d.]+")
# Poetry 1 was never tried on it; Poetry 2 reads its lock files.
_NEWEST_FOR_POETRY_1 = (3, 13)


class PackageManager(NamedTuple):
    """The package manager of a project.

    `version` is the exact one of `tool` to install; None where the interpreter's own pip does the work. `inputs` are
    what the dependency layer needs; the whole tree when `needs_tree`. `installs_project`: the project itself is
    installed too, after its source is there; a caller that starts a console script of the project sets it with
    `replace`. `secrets` are names of variables, `environment` are settings that the owner gave to the tool. `owned`:
    commands of the owner install too, or instead; `legacy`: commands of the owner use the path of Nixpacks, so that the
    environment lies there: programs in it name the path at which it was made. `made`: those commands make it.
    """

    name: Name
    lockfile: str | None
    version: str | None
    origin: Origin
    tool: str | None = None
    inputs: tuple[Input, ...] = ()
    needs_tree: bool = False
    installs_project: bool = False
    secrets: tuple[Sourced[str], ...] = ()
    environment: tuple[tuple[str, Sourced[str]], ...] = ()
    owned: bool = False
    legacy: bool = False
    made: bool = False

    @property
    def directory(self) -> str:
        """The virtual environment in the image."""
        return NIXPACKS_ENVIRONMENT if self.legacy else ENVIRONMENT

    @property
    def title(self) -> str:
        """What a message calls it."""
        return str(tables.read(_MANAGERS)[self.name]["title"])


def choose(
    tree: SourceTree, project: Project, overrides: Overrides, python: str, reasons: Reasons
) -> PackageManager | None:
    """Return the package manager, None when there is nothing to install; `python` is the resolved version.

    Raises PlanError for a manager that was asked for and cannot work here.
    """
    governing = project.governing
    if governing is None:
        return None
    if governing.lockfile is None and not governing.requirements and not _declares(project):
        return None
    row = tables.read(_MANAGERS)[governing.name]
    tool = row.get("tool") if governing.manifest not in {"setup.py", "setup.cfg"} else None
    reasons.decide("python.package_manager", governing.name, governing.origin, governing.rule, governing.runners_up)
    version = None
    if tool is not None:
        version = _tool_version(tool, tree, project, overrides, python, reasons)
        if version is None:
            _refuse_without(tool, project, python)
            tool = None
    _report_unpinned(project, row, reasons)
    _report_package(project, reasons)
    _report_outside(tree, project, reasons)
    return PackageManager(
        name=governing.name,
        lockfile=governing.lockfile,
        version=version,
        origin=governing.origin,
        tool=tool,
        inputs=_inputs(tree, project, row),
        needs_tree=_needs_tree(project, tool),
        installs_project=project.is_package and governing.name not in {"pip", "pipenv"},
        secrets=secrets(tree, project, overrides, reasons),
        environment=_settings(tree, row, overrides),
        owned=any(_commands(overrides, "install")),
        made=any("-m venv" in command for command in _commands(overrides, "install")),
        legacy=any(
            NIXPACKS_ENVIRONMENT in command for name in overrides.phases for command in _commands(overrides, name)
        ),
    )


def setup_commands(pm: PackageManager) -> tuple[str, ...]:
    """Return the commands that install the manager itself; empty when the interpreter's pip does.

    Commands of the owner find the environment there already, with pip in it, and under the path that Nixpacks gives it.
    """
    commands = []
    if pm.tool is not None and pm.version is not None:
        package = tables.read(_MANAGERS)[pm.name]["package"].format(version=pm.version)
        commands.append(f"pip install --no-cache-dir {package}")
    if pm.owned and not (pm.legacy and pm.made):
        commands.append(f"python -m venv {pm.directory if pm.legacy else '.venv'}")
    return tuple(commands)


def _commands(overrides: Overrides, phase: str) -> Iterator[str]:
    """Yield the commands that the owner wrote for a phase."""
    asked = overrides.phases.get(phase)
    edit = asked.commands if asked is not None else None
    if edit is not None:
        items = edit.items if isinstance(edit, Replace) else (*edit.before, *edit.after)
        yield from (item.value for item in items)


def setup_secrets(pm: PackageManager) -> tuple[str, ...]:
    """Return the secrets that those commands may read: they take the manager from pip's index."""
    return tuple(item.value for item in pm.secrets if item.value.startswith("PIP_")) if pm.tool is not None else ()


def _declares(project: Project) -> bool:
    return bool(project.requirements or project.is_package or project.members or project.dynamic & {"dependencies"})


# --- the tool -------------------------------------------------------------------------------------------------------
def _tool_version(
    tool: str, tree: SourceTree, project: Project, overrides: Overrides, python: str, reasons: Reasons
) -> str | None:
    """Return the exact version of a tool; None when no known one runs on this Python."""
    for request, why in _requests(tool, tree, project, overrides, python):
        text = re.sub(r"^(?:latest|system)$", "", request.value.strip())
        version = tool_version(tool, text, on=python)
        if version is not None:
            reasons.decide(f"{tool}.version", version, request.origin, why)
            return version
        known = tool_version(tool, text) is not None
        problem = (
            f"{tool} {shown(text)} does not run on Python {python}"
            if known
            else f"`{shown(text)}` is no version of {tool} that is known"
        )
        reasons.report(
            Diagnostic(
                "BP616" if known else "BP614",
                "warning",
                f"{problem}; it is ignored",
                request.origin,
                f"ask for another version of {tool}" + (", or for a newer Python" if known else ""),
            )
        )
    version = tool_version(tool, "", on=python)
    if version is not None:
        reasons.decide(f"{tool}.version", version, catalogue(f"{tool}.versions"), f"the newest for Python {python}")
    return version


def _requests(
    tool: str, tree: SourceTree, project: Project, overrides: Overrides, python: str
) -> Iterator[tuple[Sourced[str], str]]:
    asked = overrides.versions.get(tool)
    if asked is not None:
        yield asked, "asked for"
    for found in (version_files.tool_versions(tree, tool), version_files.mise(tree, tool)):
        if found is not None:
            yield found, "pinned beside the version of Python"
    document = project.document
    if document is not None:
        key = {"uv": "required-version", "poetry": "requires-poetry"}.get(tool)
        wanted = document.string("tool", tool, key) if key is not None else None
        if wanted is not None:
            yield wanted, f"the project requires it of {tool}"
    if tool == "poetry" and tree.has("poetry.lock"):
        header = _HEADER.match(tree.text("poetry.lock")[:200])
        recent = tuple(int(part) for part in python.split(".")[:2] if part.isdecimal()) > _NEWEST_FOR_POETRY_1
        if header is not None and not (header[1] == "1" and recent):
            yield Sourced(header[1], Origin("poetry.lock", 1)), "the major version that wrote the lock file"


def _refuse_without(tool: str, project: Project, python: str) -> None:
    """Raise PlanError where pip cannot do the work of a tool that does not run on this Python."""
    if project.governing is not None and project.governing.name in {"hatch", "setuptools"}:
        return
    raise PlanError(
        f"no known version of {tool} runs on Python {python}",
        origin=project.governing.origin if project.governing is not None else None,
        hint="ask for a newer Python, or commit a requirements.txt and choose `pip` as package manager",
    )


def _settings(tree: SourceTree, row: dict[str, object], overrides: Overrides) -> tuple[tuple[str, Sourced[str]], ...]:
    """Return what the owner set for the tool, and the place of pip's configuration, which pip does not look for."""
    prefixes = row["prefixes"]
    found = {
        name: Sourced(item.value, item.origin)
        for name, item in sorted(overrides.variables.items())
        if isinstance(prefixes, list) and name.startswith(tuple(prefixes)) and item.scope != "run"
    }
    if isinstance(prefixes, list) and "PIP_" in prefixes and tree.has("pip.conf"):
        found.setdefault("PIP_CONFIG_FILE", Sourced("/app/pip.conf", Origin("pip.conf")))
    return tuple(found.items())


# --- what is read ---------------------------------------------------------------------------------------------------
def _inputs(tree: SourceTree, project: Project, row: dict[str, object]) -> tuple[Input, ...]:
    """Return the files of the dependency layer."""
    governing = project.governing
    if governing is None:
        return ()
    names = list(project.requirements_files)
    if governing.manifest is not None:
        own = project.document.path if project.document is not None and governing.lockfile is None else None
        names.insert(0, own if governing.manifest == PYPROJECT and own is not None else governing.manifest)
    names += [governing.lockfile] if governing.lockfile is not None else []
    settings = row.get("settings", [])
    names += [path for path in (settings if isinstance(settings, list) else []) if tree.has(path)]
    found = [Input(path) for path in dict.fromkeys(names)]
    if governing.name not in {"uv", "poetry"}:
        found += [_local_input(tree, path) for path in _inside(tree, project) if path != "."]
    return tuple(dict.fromkeys(found))


def _local_input(tree: SourceTree, path: str) -> Input:
    return Input(path) if tree.has(path) else Input(f"{path}/")


def _inside(tree: SourceTree, project: Project) -> list[str]:
    """Return the local paths of the dependencies, relative to the tree; those that are not in it are left out."""
    base = "" if project.governing is not None and project.governing.requirements else project.directory
    paths = [posixpath.normpath(posixpath.join(base, item.value)) for item in project.local]
    return [path for path in paths if path == "." or tree.has(path) or tree.has_directory(path)]


def _needs_tree(project: Project, tool: str | None) -> bool:
    """Return whether dependencies cannot be installed before the source is there."""
    governing = project.governing
    if governing is None:
        return False
    if any(posixpath.normpath(item.value) == "." for item in project.local):
        return True
    if governing.lockfile is not None or governing.requirements:
        return False
    computed = "dependencies" in project.dynamic and governing.name not in {"poetry", "pipenv"}
    local = bool(project.local or project.members) and governing.name not in {"poetry", "pdm", "pipenv"}
    return (tool is None and governing.name not in {"pip", "conda"}) or computed or local


# --- what the owner should know -------------------------------------------------------------------------------------
def _report_unpinned(project: Project, row: dict[str, object], reasons: Reasons) -> None:
    governing = project.governing
    if governing is None or governing.lockfile is not None or governing.requirements:
        return
    if governing.name in {"pip", "conda"}:
        return
    fix = f"run `{row['lock']}` and commit the lock file" if "lock" in row else "pin the versions"
    text = "no lock file pins the versions, so that two builds may differ"
    if governing.manifest in {"setup.py", "setup.cfg"}:
        text = (
            f"`{governing.manifest}` says what to install, so that every change of the source installs all of it again"
        )
        fix = f"move the dependencies to `{PYPROJECT}` or requirements.txt"
    reasons.report(Diagnostic("BP612", "info", text, governing.origin, fix))


def _report_package(project: Project, reasons: Reasons) -> None:
    """Report a project that is a package by its manifest and cannot be installed, and a version from the history."""
    governing, place = project.governing, project.layout
    if governing is None or governing.name in {"pip", "pipenv"} or not place.wanted:
        return
    origin = project.document.origin("build-system") if project.document is not None else governing.origin
    if place.problem is not None:
        fix = "name the packages for the build backend, or remove `[build-system]`"
        reasons.report(
            Diagnostic("BP623", "info", f"{place.problem}, so only its dependencies are installed", origin, fix)
        )
    elif place.version_variable is not None:
        reasons.report(
            Diagnostic(
                "BP623",
                "info",
                "the version of the project comes from the history, which is not in the build; it is 0.0.0 there",
                origin,
                f"set `{place.version_variable}` for the build in buildplan.toml if the app shows its version",
            )
        )


def _report_outside(tree: SourceTree, project: Project, reasons: Reasons) -> None:
    if project.governing is not None and project.governing.requirements:
        return
    for item in project.local:
        path = posixpath.normpath(posixpath.join(project.directory, item.value))
        if path == "." or tree.has(path) or tree.has_directory(path):
            continue
        where = "outside of the tree" if path.startswith(("..", "/")) else "not in the tree"
        reasons.report(
            Diagnostic(
                "BP620",
                "error",
                f"`{shown(item.value)}` is {where}, so it cannot be installed",
                item.origin,
                "plan the folder that holds both, or depend on a published version",
            )
        )


# The phases that install: dependencies with nothing but their manifests there, then the project itself.
#
# The virtual environment is `/app/.venv` whichever tool fills it. It is made by the interpreter, without pip in it, and
# every tool finds it there; uv makes its own.


ENVIRONMENT = "/app/.venv"
# Where Nixpacks puts it; commands that were written for it say so.
NIXPACKS_ENVIRONMENT = "/opt/venv"
# Before it, packages count on setuptools in every environment, and pip cannot install into another one.
_WITHOUT_PIP = (3, 12)
# The last virtualenv that runs on Python 2.7 (`pip index versions virtualenv --python-version 2.7`).
_VIRTUALENV = "virtualenv==20.15.1"
_WITH_VENV = 3


def phases(pm: PackageManager, tree: SourceTree, project: Project, python: str, reasons: Reasons) -> tuple[Phase, ...]:
    """Return `install` (dependencies) and, when the project itself is installed, `install-project` after it.

    Both make `/app/.venv`; the last one's is what the image ships.
    """
    first = _dependencies(pm, tree, project, python)
    if pm.owned:
        # It is there already, for the owner's commands.
        first = tuple(command for command in first if not command.startswith("python -m venv "))
    own = _own(pm, tree, project, python)
    whole = Input(".")
    if pm.needs_tree:
        commands = (" && ".join((*first, *own)),)
        why = "a dependency is a part of the tree, or only the source says what is needed"
        return (_phase("install", pm, tree, project, commands, (whole,), why, reasons),)
    why = "what the installation reads, and nothing else: a change of the source does not run it again"
    install = _phase("install", pm, tree, project, (" && ".join(first),), pm.inputs, why, reasons)
    if not own:
        return (install,)
    why = "the project itself is installed, as on the developer's machine"
    return (install, _phase("install-project", pm, tree, project, own, (whole,), why, reasons))


def install_words(pm: PackageManager | None, python: str) -> str:
    """Return the command that installs more into the environment, without the names of what is installed."""
    if pm is not None and pm.tool == "uv":
        return "uv pip install --python .venv"
    return f"{_pip(python)} install"


def _phase(
    name: str,
    pm: PackageManager,
    tree: SourceTree,
    project: Project,
    commands: tuple[str, ...],
    inputs: tuple[Input, ...],
    why: str,
    reasons: Reasons,
) -> Phase:
    table = tables.read(_MANAGERS)
    field = f"phases.{name}"
    caches = tuple(Cache(cache, table["caches"][cache]) for cache in _caches(pm, table))
    environment = _environment(pm, tree, project, name, table)
    is_first = name == "install"
    said = f"{pm.title} installs what production needs" if is_first else f"{pm.title} installs the project"
    reasons.decide(f"{field}.commands", " && ".join(commands), pm.origin, said)
    reasons.decide(f"{field}.inputs", " ".join(item.path for item in inputs), pm.origin, why)
    reasons.decide(
        f"{field}.caches",
        " ".join(cache.target for cache in caches),
        rule("caches"),
        "downloads are kept between builds",
    )
    output = ".venv/" if pm.directory == ENVIRONMENT else f"{pm.directory}/"
    reasons.decide(f"{field}.outputs", output, rule("virtual environment"), "the environment is what is shipped")
    for key, item in environment.items():
        reasons.decide(f"{field}.environment.{key}", item.value, item.origin, f"a setting of {pm.title}")
    paths = (f"{pm.directory}/bin",) if pm.owned and is_first else ()
    if paths:
        reasons.decide(f"{field}.paths", paths[0], pm.origin, "the owner's commands mean the environment's programs")
    if pm.secrets:
        names = " ".join(item.value for item in pm.secrets)
        reasons.decide(f"{field}.secrets", names, pm.secrets[0].origin, "an index or a dependency may want them")
    return Phase(
        name,
        comment="Dependencies" if is_first else "The project itself",
        commands=commands,
        inputs=inputs,
        caches=caches,
        secrets=tuple(item.value for item in pm.secrets),
        environment=tuple((key, item.value) for key, item in environment.items()),
        paths=paths,
        outputs=(output,),
        depends_on=("setup",) if is_first else ("install",),
    )


def _caches(pm: PackageManager, table: dict[str, dict[str, list[str]]]) -> list[str]:
    return table[pm.name]["caches"] if pm.tool is not None or pm.name in {"pip", "conda"} else ["pip"]


def _environment(
    pm: PackageManager, tree: SourceTree, project: Project, name: str, table: dict[str, dict[str, dict[str, str]]]
) -> dict[str, Sourced[str]]:
    """Return the variables of a phase; those of `install` hold for what goes on from it too."""
    found: dict[str, Sourced[str]] = {}
    if name == "install":
        settings = table[pm.name].get("environment", {}) if pm.tool is not None else {}
        for key, value in settings.items():
            if key.startswith("UV_PYTHON") and pm.lockfile is None:
                # `uv pip` would leave the environment for the interpreter that they name.
                continue
            # They only undo what the project's own settings for a developer's machine say.
            if key in {"POETRY_VIRTUALENVS_CREATE", "PDM_USE_VENV"} and not tree.has(f"{pm.name}.toml"):
                continue
            found[key] = Sourced(value, rule(f"{pm.name} in images"))
        if pm.owned:
            found["VIRTUAL_ENV"] = Sourced(pm.directory, pm.origin)
        found.update(dict(pm.environment))
    variable = project.layout.version_variable
    if variable is not None and pm.installs_project and (name == "install-project" or pm.needs_tree):
        found.setdefault(variable, Sourced("0.0.0", rule("version from the history")))
    return found


# --- commands -------------------------------------------------------------------------------------------------------
def _is_old(python: str) -> bool:
    return numbers_of(python)[:2] < _WITHOUT_PIP


def make_environment(python: str, directory: str = ".venv") -> str:
    """Return the command that makes an environment with pip in it; Python 2 has no module for that."""
    if numbers_of(python)[0] < _WITH_VENV:
        return f"pip install --no-cache-dir {_VIRTUALENV} && python -m virtualenv {directory}"
    return f"python -m venv {directory}"


def install_into(python: str, directory: str, listed: str, *, by_uv: bool) -> str:
    """Return the command that installs into an environment that is there.

    Images of older releases may hold a pip that knows no `--python` (before 22.3), so the environment's own is taken;
    that of uv has none.
    """
    if not _is_old(python):
        return f"pip --python {directory}/bin/python install {listed}"
    return f"uv pip install --python {directory} {listed}" if by_uv else f"{directory}/bin/pip install {listed}"


def _venv(python: str, *, bare: bool = False) -> str:
    if numbers_of(python)[0] < _WITH_VENV:
        return make_environment(python)
    return "python -m venv .venv" if _is_old(python) and not bare else "python -m venv --without-pip .venv"


def _pip(python: str) -> str:
    return ".venv/bin/pip" if _is_old(python) else "pip --python .venv"


def _dependencies(pm: PackageManager, tree: SourceTree, project: Project, python: str) -> tuple[str, ...]:
    if pm.name == "uv" and pm.lockfile is not None:
        return (_uv_dependencies(project),)
    if pm.name == "poetry":
        local = " --no-directory" if project.local else ""
        return (_venv(python), f"poetry install {_poetry_groups(project)} --no-root{local} --compile")
    if pm.name == "pdm":
        verb = "sync" if pm.lockfile is not None else "install"
        command = f"pdm {verb} --prod --no-self{_pdm_groups(pm, tree, project)}"
        return (_venv(python), command, "(python -m compileall -qq .venv/lib || true)")
    if pm.name == "pipenv":
        return (_venv(python), "pipenv sync" if pm.lockfile is not None else "pipenv install --skip-lock")
    if pm.name == "pylock":
        return (_venv(python, bare=True), f"uv pip install -r {shlex.quote(pm.lockfile or 'pylock.toml')}")
    governing = project.governing
    if governing is not None and governing.name == "conda":
        environment = project_files.read_conda(tree, governing.origin.path)
        words = [word for path in project.requirements_files[:1] for word in ("-r", path)]
        return (_venv(python), f"{_pip(python)} install {shlex.join((*words, *project_files.words(environment)))}")
    listed = governing.requirements if governing is not None else ()
    files = " ".join(f"-r {shlex.quote(path)}" for path in listed)
    if listed and pm.name == "pip":
        return (_venv(python), f"{_pip(python)} install {files}")
    if pm.tool == "uv":
        extras = "".join(f" --extra {name}" for name in project.extras)
        extras += "".join(f" --group {name}" for name in project.groups)
        manifest = shlex.quote(project.document.path if project.document is not None else "pyproject.toml")
        return (_venv(python, bare=True), f"uv pip install {files or f'-r {manifest}{extras}'}")
    if pm.needs_tree:
        extras = f"[{','.join(project.extras)}]" if project.extras else ""
        editable = "" if project.layout.compiles or not project.is_package else "-e "
        return (_venv(python), f"{_pip(python)} install {editable}{shlex.quote(f'.{extras}')}")
    return (_venv(python), f"{_pip(python)} install {files or '.'}")


def _own(pm: PackageManager, tree: SourceTree, project: Project, python: str) -> tuple[str, ...]:
    """Return the commands that install the project, and what of the tree it depends on; none when there is nothing."""
    editable = not project.layout.compiles
    local = bool(project.local) and pm.name in {"uv", "poetry"}
    if pm.name == "uv" and pm.lockfile is not None:
        if not (pm.installs_project or local or project.members):
            return ()
        whole = " --no-editable" if project.members or not editable else ""
        # Without --inexact it would remove what another command installed.
        return (f"uv sync --locked --inexact {_uv_groups(project)}{whole}",)
    if pm.name == "poetry" and (pm.installs_project or local):
        root = "" if pm.installs_project else " --no-root"
        return (f"poetry install {_poetry_groups(project)}{root} --compile",)
    if not pm.installs_project:
        return ()
    if pm.name == "pdm":
        whole = "" if editable else " --no-editable"
        return (f"pdm sync --prod{whole}{_pdm_groups(pm, tree, project)}",)
    if pm.needs_tree and pm.tool is None:
        return ()
    folder = shlex.quote(f"./{project.directory}") if project.directory else "."
    target = f"-e {folder}" if editable else folder
    return (f"{'uv pip' if pm.tool == 'uv' else _pip(python)} install --no-deps {target}",)


def _uv_dependencies(project: Project) -> str:
    # A workspace's other members, and a list that a build computes, are not there yet: the lock is taken as it is. The
    # second run, with the source there, checks it.
    unchecked = bool(project.members or project.dynamic & {"dependencies", "optional-dependencies"})
    words = ["uv sync", "--frozen" if unchecked else "--locked", _uv_groups(project)]
    words.append("--no-install-workspace" if project.members else "--no-install-project")
    words += ["--no-install-local"] if project.local else []
    return " ".join(words)


def _uv_groups(project: Project) -> str:
    words = ["--no-dev"]
    document = project.document
    defaults = document.get("tool", "uv", "default-groups") if document is not None else None
    known = tables.read(_MANAGERS)["development"]["names"]
    if isinstance(defaults, list):
        words += [f"--no-group {name}" for name in defaults if name in known and name != "dev"]
    elif defaults == "all":
        words = ["--no-default-groups"]
    words += [f"--group {name}" for name in project.groups]
    words += [f"--extra {name}" for name in project.extras]
    if project.directory:
        words.append(f"--package {project.name}")
    return " ".join(words)


def _poetry_groups(project: Project) -> str:
    groups = ",".join(("main", *project.groups))
    extras = f" --extras {shlex.quote(' '.join(project.extras))}" if project.extras else ""
    return f"--only {groups}{extras}"


def _pdm_groups(pm: PackageManager, tree: SourceTree, project: Project) -> str:
    """Return the words for more groups; PDM refuses those that the lock file was not made for."""
    text = tree.text(pm.lockfile) if pm.lockfile is not None else ""
    line = next((line for line in text.split("\n", 20)[:20] if line.startswith("groups = ")), None)
    wanted = (*project.groups, *project.extras)
    return "".join(f" -G {name}" for name in wanted if line is None or f'"{name}"' in line)


# System libraries that Python packages need, to be built and to run.


_GIT = re.compile(r"git\+|.*\.git(?:[@#].*)?$", re.IGNORECASE)
# pip calls the program of each: https://pip.pypa.io/en/stable/topics/vcs-support/, read 2026-11-24.
_OTHERS = re.compile(r"(hg|svn|bzr)\+", re.IGNORECASE)
_PROGRAMS = {"hg": ("mercurial",), "svn": ("subversion",), "bzr": ("brz",)}


def packages(
    tree: SourceTree,
    project: Project,
    pm: PackageManager | None,
    reasons: Reasons,
    extra: tuple[Dependency, ...] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Debian packages of the build and those of the shipped image, each with a decision.

    `extra` is what the app uses without installing it: a part of a package, as `django.contrib.gis`.
    """
    if pm is None:
        return (), ()
    needs = Packages()
    for match in _matches(tree, project, extra):
        system.apt((match,), reasons if match.dependency.declared else None, needs)
    for program in project.programs:
        needs.add(Dependency(program.value, program.origin), run=(program.value,))
    _compile_the_rest(tree, project, pm, needs, reasons)
    _fetch(project, needs, reasons)
    _report_unavailable(project, reasons)
    _suggest_without_cuda(tree, project, python_version.packages(tree, project), reasons)
    return needs.decided(reasons, suite_of("python", project.interpreter) if project.interpreter else None)


def fetched(tree: SourceTree, project: Project) -> tuple[tuple[str, str, Dependency], ...]:
    """Return commands of installed packages that fetch more, each with the folder that it fills, and why."""
    found: dict[str, tuple[str, str, Dependency]] = {}
    for need, dependency in _matches(tree, project):
        if need.fetch is not None:
            command, folder = need.fetch
            found.setdefault(folder, (command, folder, dependency))
    return tuple(found.values())


def environment(tree: SourceTree, project: Project) -> Mapping[str, tuple[str, Dependency]]:
    """Return the variables that packages need where the app runs."""
    return system.variables(_matches(tree, project), "run")


def pkg_resources(tree: SourceTree, project: Project, python: str) -> Dependency | None:
    """Return an installed package that imports `pkg_resources`, where nothing brings a setuptools that has it.

    setuptools has none since 82; environments hold a setuptools of their own up to Python 3.11.
    """
    if numbers_of(python)[:2] < (3, 12):
        return None
    pinned = python_version.version(tree, project, "setuptools")
    if pinned is not None and numbers_of(pinned) < SETUPTOOLS_WITHOUT:
        return None
    installed = python_version.packages(tree, project)
    find = functools.partial(_find, tree, project, installed, ())
    return next((match.dependency for match in system.matches(IMPORT_PKG_RESOURCES, find)), None)


def _find(
    tree: SourceTree,
    project: Project,
    installed: frozenset[str],
    extra: tuple[Dependency, ...],
    name: str,
    row: Need,
) -> Dependency | None:
    declared = project.requirement(name)
    if declared is None and (name not in installed or row.locked is False):
        return next((item for item in extra if item.name == name), None)
    place = declared.origin if declared is not None else _lock_of(project)
    version = python_version.version(tree, project, name) if row.below else None
    return Dependency(name, place, version, declared=declared is not None)


def _matches(tree: SourceTree, project: Project, extra: tuple[Dependency, ...] = ()) -> list[Match]:
    installed = python_version.packages(tree, project)

    def has(name: str) -> bool:
        # `psycopg[binary]` asks for the extra.
        package, _, asked = name.rstrip("]").partition("[")
        return asked in project.extras_of(package) if asked else package in installed

    find = functools.partial(_find, tree, project, installed, extra)
    return system.matches(NEEDS, find, has=has, app=project)


def _lock_of(project: Project) -> Origin:
    governing = project.governing
    if governing is None:
        return Origin(project.sources[0] if project.sources else ".")
    return Origin(governing.lockfile or governing.origin.path)


def _compile_the_rest(
    tree: SourceTree, project: Project, pm: PackageManager, needs: Packages, reasons: Reasons
) -> None:
    """Add compilers where the lock file holds no wheel for the Python of the image, and for the project itself."""
    found = python_version.compiled(tree, project, project.interpreter)
    if found:
        place = _lock_of(project)
        needs.add(Dependency(found[0], place), build=(*TOOLCHAINS["c"], *TOOLCHAINS["c++"]))
        reasons.report(
            Diagnostic(
                "BP625",
                "warning",
                f"`{place.path}` holds no wheel of `{found[0]}` for Python {project.interpreter}, so it is compiled",
                place,
                f"update `{found[0]}` and lock again",
            )
        )
    if not found:
        _compile_old_pins(project, needs)
    if pm.installs_project and project.layout.compiles:
        needs.add(Dependency(project.name or "the project", _lock_of(project)), build=TOOLCHAINS["c++"])


def _compile_old_pins(project: Project, needs: Packages) -> None:
    """Add a compiler where a pinned release is older than the first one with wheels for this Python."""
    minor = numbers_of(project.interpreter)[1:2]
    for item in project.requirements:
        exact = re.fullmatch(r"\s*===?\s*([0-9][0-9.]{0,20})\s*", item.specifier)
        rows = FIRST_WHEELS.get(item.name, ())
        first = next((release for known, release in rows if minor and known <= minor[0]), None)
        if exact is not None and first is not None and numbers_of(exact[1]) < numbers_of(first):
            needs.add(Dependency(f"{item.name} {exact[1]}", item.origin), build=(*TOOLCHAINS["c"], *TOOLCHAINS["c++"]))


def _fetch(project: Project, needs: Packages, reasons: Reasons) -> None:
    """Add the program that a dependency is fetched with; what needs a key cannot be fetched by a build."""
    for item in project.requirements:
        other = None if item.url is None else _OTHERS.match(item.url)
        if other is not None:
            needs.add(Dependency(item.name or "a dependency", item.origin), build=_PROGRAMS[other[1].lower()])
        if item.url is None or not _GIT.match(item.url):
            continue
        needs.add(Dependency(item.name or "a dependency", item.origin), build=("git",))
        if re.match(r"git\+ssh:|git\+git@|ssh:|git@", item.url, re.IGNORECASE):
            reasons.report(
                Diagnostic(
                    "BP621",
                    "warning",
                    f"`{item.name}` is fetched over SSH, and the build has no key",
                    item.origin,
                    "write `git+https://${GIT_TOKEN}@host/…` and give the token as a secret",
                )
            )


def _report_unavailable(project: Project, reasons: Reasons) -> None:
    for item in project.requirements:
        if item.name in ELSEWHERE and item.marker is None:
            title, word = ELSEWHERE[item.name]
            text, fix = f"`{item.name}` exists for {title} only", f"append `; sys_platform == '{word}'`"
        elif item.name in MISTAKES:
            meant = MISTAKES[item.name]
            text = f"`{item.name}` is no package that can be installed"
            fix = f"write `{meant}` instead" if meant else "remove the line, which a broken `pip freeze` wrote"
        else:
            continue
        reasons.report(Diagnostic("BP620", "error", f"{text}, so the installation fails", item.origin, fix))


def _suggest_without_cuda(tree: SourceTree, project: Project, installed: frozenset[str], reasons: Reasons) -> None:
    """Suggest the wheels of PyTorch for machines without a GPU, where nothing says which are wanted."""
    found: Requirement | None = next((item for name in TORCH if (item := project.requirement(name)) is not None), None)
    if found is None and "torch" not in installed:
        return
    pinned = (python_version.version(tree, project, "torch") or "") + (found.specifier if found is not None else "")
    places = [item.value for _, item in project.indexes] + ([found.url] if found is not None and found.url else [])
    if "+" in pinned or any("/whl/" in place or "rocm" in place for place in places):
        return
    index = TORCH_INDEX
    fixes = {
        "pip": f"write `--extra-index-url {index}` into the first line of the requirements file",
        "uv": f"add an index of uv with `explicit = true` and the address {index}, and name it for `torch`",
        "poetry": f"`poetry source add --priority explicit pytorch {index}`, and name it for `torch`",
    }
    name = project.governing.name if project.governing is not None else "pip"
    reasons.report(
        Diagnostic(
            "BP696",
            "info",
            f"`{found.name if found is not None else 'torch'}` brings CUDA, which only machines with a GPU can use; "
            f"the CPU build saves {TORCH_SAVING}",
            found.origin if found is not None else _lock_of(project),
            fixes.get(name, f"take `torch` from the index {index}"),
        )
    )
