"""The phases that install: dependencies with nothing but their manifests there, then the project itself.

The virtual environment is `/app/.venv` whichever tool fills it. It is made by the interpreter, without pip in it, and
every tool finds it there; uv makes its own.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Cache, Input, Phase
from buildplan.model.origin import Sourced, rule
from buildplan.model.version_ranges import numbers_of

from . import conda, tables

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .manifest import Project
    from .package_manager import PackageManager

ENVIRONMENT = "/app/.venv"
# Where Nixpacks puts it; commands that were written for it say so.
NIXPACKS_ENVIRONMENT = "/opt/venv"
_TABLE = "package_managers"
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
    table = tables.read(_TABLE)
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
        environment = conda.read(tree, governing.origin.path)
        words = [word for path in project.requirements_files[:1] for word in ("-r", path)]
        return (_venv(python), f"{_pip(python)} install {shlex.join((*words, *conda.words(environment)))}")
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
    known = tables.read(_TABLE)["development"]["names"]
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
