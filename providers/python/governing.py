"""Which files say what is installed: a lock file says more than a list of requirements, that more than a manifest.

The order: uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock and Pipfile, requirements files, pyproject.toml,
setup.py and setup.cfg. An option overrides it. What lost is kept for `explain`; two lock files are a diagnostic.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.errors import ConfigError, PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import shown
from buildplan.read import toml_document

from . import conda

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

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


def find(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Governing | None:
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
    environment = tree.first(*conda.FILES)
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
