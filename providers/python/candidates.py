"""Which files of a tree may hold what an app starts with: usual names in usual folders first, then any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import frameworks, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .manifest import Project

FOLDERS = ("", "src", "app", "api", "backend", "server")
_INNER_FOLDERS = ("app", "api", "server", "web")
# The best first; a file of another name comes after all of them.
NAMES = (
    "wsgi",
    "asgi",
    "main",
    "app",
    "application",
    "server",
    "api",
    "index",
    "run",
    "web",
    "__init__",
    "__main__",
    "start",
    "bot",
)
ATTRIBUTES = ("app", "application", "api", "server")
FACTORIES = (
    "create_app",
    "make_app",
    "get_app",
    "build_app",
    "app_factory",
    "create_application",
    "make_application",
    "get_application",
    "build_application",
    "application_factory",
    "create_api",
)
# Folders whose files are no app, wherever they lie.
SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "alembic",
        "benchmark",
        "benchmarks",
        "build",
        "demo",
        "demos",
        "dist",
        "doc",
        "docs",
        "env",
        "example",
        "examples",
        "fixtures",
        "migrations",
        "node_modules",
        "notebooks",
        "samples",
        "scripts",
        "site-packages",
        "spec",
        "test",
        "testing",
        "tests",
        "tools",
        "tutorial",
        "tutorials",
        "venv",
    }
)
_SKIPPED_FILES = frozenset({"conftest.py", "setup.py", "noxfile.py", "tasks.py", "fabfile.py", "gunicorn.conf.py"})
_MOST_CANDIDATES = 60
_FEW_FILES = 40
_MOST_OTHERS = 400
_DEEPEST = 4


def usual(tree: SourceTree, project: Project) -> tuple[str, ...]:
    """Return the files that are read first: usual names, framework by framework, in usual folders."""
    extra = [name.removesuffix(".py") for row in frameworks.declared(project) for name in row.files]
    names = dict.fromkeys((*extra, *NAMES))
    found = []
    for folder in folders(tree, project):
        files = frozenset(tree.directory(folder).files)
        prefix = f"{folder}/" if folder else ""
        found += [f"{prefix}{name}.py" for name in names if f"{name}.py" in files]
        if folder == project.directory and len(files) <= _FEW_FILES:
            # A small project may call its file as it likes.
            found += sorted(f"{prefix}{name}" for name in files if is_own(name))
    return tuple(dict.fromkeys(found))[:_MOST_CANDIDATES]


def is_own(name: str) -> bool:
    """Return whether a file at the root may belong to the app, by its name."""
    return name.endswith(".py") and name not in _SKIPPED_FILES and not name.startswith("test")


def folders(tree: SourceTree, project: Project) -> tuple[str, ...]:
    """Return the folders in which an app's own files usually lie."""
    base = project.directory
    packages = [f"{project.source_root}/{name}" if project.source_root else name for name in project.packages]
    if not packages:
        packages = [
            name
            for name in tree.directory(base).directories
            if name not in SKIPPED_FOLDERS and tree.has(joined(base, name, modules.INIT))
        ]
    outer = [joined(base, name) for name in (*FOLDERS, *packages)]
    inner = [joined(folder, name) for folder in outer if folder != base for name in _INNER_FOLDERS]
    return tuple(dict.fromkeys(folder for folder in (*outer, *inner) if tree.has_directory(folder)))


def joined(*parts: str) -> str:
    """Return a path of its parts, those that are empty left out."""
    return "/".join(part for part in parts if part)


def others(tree: SourceTree, project: Project, known: frozenset[str]) -> Iterator[str]:
    """Yield the other Python files, shallow ones first."""
    base = f"{project.directory}/" if project.directory else ""
    count = 0
    for path in tree.with_suffix(".py"):
        *folders, name = path.removeprefix(base).split("/")
        if not path.startswith(base) or path in known or len(folders) > _DEEPEST or name in _SKIPPED_FILES:
            continue
        if name.startswith("test_") or any(part in SKIPPED_FOLDERS or part.startswith(".") for part in folders):
            continue
        count += 1
        if count > _MOST_OTHERS:
            return
        yield path
