"""Where a project's import packages lie, and whether its build backend can install the project itself.

Many apps have a `[build-system]` that nobody ever ran: there the backend finds no package, or several. Such a project
is not installed; its dependencies are.

Sources, checked 2026-11-24 (how each backend finds packages when nothing names them):
- https://setuptools.pypa.io/en/latest/userguide/package_discovery.html (names that are reserved; one package only)
- https://hatch.pypa.io/latest/plugins/builder/wheel/#default-file-selection
- https://python-poetry.org/docs/pyproject/#packages, https://flit.pypa.io/en/stable/pyproject_toml.html
- https://docs.astral.sh/uv/concepts/build-backend/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.read import dockerignore

from . import setup_files, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.read.document import Document
    from buildplan.source import SourceTree

INIT = "__init__.py"
_TABLE = "build_backends"


class Layout(NamedTuple):
    """How a project lies.

    `packages` are import packages, `root` is where they lie (`""` or `src`, relative to the project). `problem` says
    why the project itself cannot be installed, None when it can; `wanted` is false when nothing asks for that.
    `version_variable` names the variable that stands for a version from the history. `makes_files`: installing the
    project writes files beside its source, so that the source of the build is what has to be shipped. `compiles`: it
    has extension modules, so that a copy is installed and not a reference to the source.
    """

    packages: tuple[str, ...] = ()
    root: str = ""
    wanted: bool = False
    problem: str | None = None
    version_variable: str | None = None
    makes_files: bool = False
    compiles: bool = False


def read(tree: SourceTree, directory: str, document: Document | None, name: str | None) -> Layout:
    """Return the layout of the project in a directory."""
    base = f"{directory}/" if directory else ""
    root = "src" if _packages_in(tree, f"{base}src") else ""
    packages = _packages_in(tree, f"{base}{root}".rstrip("/"))
    named = _module_name(name)
    if named in packages:
        packages = (named, *(item for item in packages if item != named))
    has_setup = tree.has(f"{base}setup.py")
    if document is None:
        problem = _missing_readme(tree, base, None)
        return Layout(packages, root, has_setup, problem, *_extras_of_setup(tree, base))
    backend = document.get("build-system", "build-backend")
    backend = backend if isinstance(backend, str) else ""
    wanted = _wanted(document, backend, has_setup=has_setup)
    problem = None
    if wanted:
        problem = _missing_readme(tree, base, document) or _unfound(tree, base, document, backend, named)
    variable, makes_files, compiles = _extras_of_build(document, backend)
    compiles |= _extras_of_setup(tree, base)[2]
    return Layout(packages, root, wanted, problem, variable, makes_files, compiles)


def _packages_in(tree: SourceTree, directory: str) -> tuple[str, ...]:
    """Return the folders with an `__init__.py`; tests and documentation are no packages of an app."""
    prefix = f"{directory}/" if directory else ""
    return tuple(
        name
        for name in tree.directory(directory).directories
        if name.isidentifier()
        and name not in tables.read(_TABLE)["reserved_packages"]
        and tree.has(f"{prefix}{name}/{INIT}")
    )


def _module_name(name: str | None) -> str:
    return re.sub(r"[-_.]+", "_", name).lower() if name else ""


def _wanted(document: Document, backend: str, *, has_setup: bool) -> bool:
    """Return whether the project says that it is a package."""
    if document.get("tool", "uv", "package") is not None:
        return document.get("tool", "uv", "package") is True
    if document.get("tool", "poetry", "package-mode") is False or document.get("tool", "pdm", "distribution") is False:
        return False
    if "poetry" in document.table("tool") and not backend:
        return document.get("tool", "poetry", "name") is not None
    return bool(document.table("build-system")) or (has_setup and document.get("project", "name") is not None)


def _missing_readme(tree: SourceTree, base: str, document: Document | None) -> str | None:
    """Return a problem when a file that the metadata names is not there, or does not reach the build."""
    if document is None:
        return None
    named: list[Any] = [document.get("project", "readme"), document.get("tool", "poetry", "readme")]
    named.append(document.get("project", "license"))
    texts: list[str] = []
    for value in named:
        if isinstance(value, dict):
            value = value.get("file")  # noqa: PLW2901  # `{file = "README.md"}` is the long form of the text
        elif value is named[2]:
            continue
        texts += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    rules = dockerignore.rules(tree)
    for text in texts:
        if not tree.has(f"{base}{text}"):
            return f"its metadata names `{text[:80]}`, which is not there"
        if dockerignore.excluding(rules, f"{base}{text}") is not None:
            return f"its metadata names `{text[:80]}`, which `.dockerignore` keeps out of the build"
    return None


def _unfound(tree: SourceTree, base: str, document: Document, backend: str, name: str) -> str | None:
    """Return a problem when the backend will not find what to install."""
    if backend.startswith("poetry") or (not backend and "poetry" in document.table("tool")):
        return _unfound_by_poetry(tree, base, document, name)
    if backend.startswith("hatchling"):
        build = document.table("tool", "hatch", "build")
        target = document.table("tool", "hatch", "build", "targets", "wheel")
        keys = {"packages", "include", "only-include", "force-include", "sources", "bypass-selection"}
        if keys & (build.keys() | target.keys()):
            return None
        inside = any(tree.has(f"{base}{top}/{name}/{INIT}") for top in tree.directory(base.rstrip("/")).directories)
        return None if inside or _has_module(tree, base, name, ("", "src/")) else _no_module(name)
    if backend.startswith("uv_build"):
        settings = document.table("tool", "uv", "build-backend")
        if settings.get("namespace") is True or isinstance(settings.get("module-name"), list):
            return None
        root = settings.get("module-root", "src")
        name = str(settings.get("module-name", name)).replace(".", "/")
        return None if tree.has(f"{base}{root}/{name}/{INIT}".replace("//", "/").lstrip("/")) else _no_module(name)
    if backend.startswith("flit"):
        given = document.get("tool", "flit", "module", "name")
        name = given if isinstance(given, str) else name
        return None if _has_module(tree, base, name.replace(".", "/"), ("", "src/")) else _no_module(name)
    if backend.startswith("setuptools") or not backend:
        return _unfound_by_setuptools(tree, base, document)
    return None


def _has_module(tree: SourceTree, base: str, name: str, roots: Iterable[str]) -> bool:
    return bool(name) and any(
        tree.has(f"{base}{root}{name}.py") or tree.has(f"{base}{root}{name}/{INIT}") for root in roots
    )


def _no_module(name: str) -> str:
    return f"there is no package `{name[:80]}` to install"


def _unfound_by_poetry(tree: SourceTree, base: str, document: Document, name: str) -> str | None:
    declared = document.get("tool", "poetry", "packages")
    if not isinstance(declared, list):
        found = _has_module(tree, base, name, ("", "src/")) or tree.has_directory(f"{base}{name}")
        return None if found else _no_module(name)
    for entry in declared:
        if not isinstance(entry, dict) or not isinstance(entry.get("include"), str):
            continue
        origin = entry.get("from")
        inside = f"{origin.strip('/')}/" if isinstance(origin, str) else ""
        path = f"{base}{inside}{entry['include'].partition('*')[0].rstrip('/')}".rstrip("/")
        if path and not (tree.has(path) or tree.has(f"{path}.py") or tree.has_directory(path)):
            return _no_module(path)
    return None


def _unfound_by_setuptools(tree: SourceTree, base: str, document: Document) -> str | None:
    settings = document.table("tool", "setuptools")
    explicit = {"packages", "py-modules", "ext-modules"} & settings.keys()
    config = f"{base}setup.cfg"
    if tree.has(config):
        options = setup_files.sections(tree, config)
        explicit |= {key for key in ("packages", "py_modules") if options.has_option("options", key)}
    if tree.has(f"{base}setup.py"):
        call, _ = setup_files.setup_call(tree, f"{base}setup.py")
        given = {keyword.arg for keyword in call.keywords} if call is not None else {None}
        explicit |= {str(key) for key in given & {"packages", "py_modules", "ext_modules", None}}
    if explicit or tree.directory(f"{base}src").directories or tree.directory(f"{base}src").files:
        return None
    top = tree.directory(base.rstrip("/"))
    packages = [
        item
        for item in top.directories
        if item.isidentifier() and item not in tables.read(_TABLE)["reserved_packages"] and item[0] != "_"
    ]
    modules = [item.removesuffix(".py") for item in top.files if item.endswith(".py")]
    modules = [
        item
        for item in modules
        if item.isidentifier() and item not in tables.read(_TABLE)["reserved_modules"] and item[0] != "_"
    ]
    several = packages if len(packages) > 1 else modules if not packages and len(modules) > 1 else []
    if several:
        shown = ", ".join(f"`{item[:40]}`" for item in several[:4])
        return f"setuptools refuses to choose between {shown}"
    return None


def _extras_of_build(document: Document, backend: str) -> tuple[str | None, bool, bool]:
    """Return the variable that stands for a version from the history, whether files are made, whether it compiles."""
    wanted = document.get("build-system", "requires")
    wanted = wanted if isinstance(wanted, list) else []
    names = [re.split(r"[^A-Za-z0-9._-]", item, maxsplit=1)[0] for item in wanted if isinstance(item, str)]
    names = [item.lower().replace("_", "-") for item in names]
    dynamic = document.get("project", "dynamic")
    table = tables.read(_TABLE)
    known = table["version_variables"]
    variable = next((known[item] for item in names if item in known), None)
    if document.get("tool", "pdm", "version", "source") == "scm":
        variable = "PDM_BUILD_SCM_VERSION"
    elif isinstance(dynamic, list) and "version" not in dynamic and not backend.startswith("poetry"):
        variable = None
    written = any(document.get(*keys) is not None for keys in table["writing"])
    compiles = backend.startswith(tuple(table["compiling"]))
    return variable, written, compiles or document.get("tool", "setuptools", "ext-modules") is not None


def _extras_of_setup(tree: SourceTree, base: str) -> tuple[str | None, bool, bool]:
    if not tree.has(f"{base}setup.py"):
        return None, False, False
    call, _ = setup_files.setup_call(tree, f"{base}setup.py")
    given = {keyword.arg for keyword in call.keywords} if call is not None else set()
    variable = "SETUPTOOLS_SCM_PRETEND_VERSION" if "use_scm_version" in given else None
    compiles = bool(given & {"ext_modules", "cffi_modules", "rust_extensions"})
    return ("PBR_VERSION" if "pbr" in given else variable), False, compiles
