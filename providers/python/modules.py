"""Where a file lies as a module: which folder has to be on the import path, and what its dotted name is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .source_code import Code

INIT = "__init__.py"
_MAX_DEPTH = 12
# Folders that hold a project and are no part of a module's name.
_ROOTS = ("src", "backend", "server", "lib", "python", "apps", "services")


class Place(NamedTuple):
    """`root` is the folder on the import path, `""` for the project's own; `module` is None for an odd file name."""

    root: str
    module: str | None


def place(tree: SourceTree, code: Code) -> Place:
    """Return where a file lies.

    Packages (`__init__.py`) are climbed. Otherwise what the file imports tells: `from app.db import …` in `app/main.py`
    wants the folder above, `import db` beside `db.py` wants the folder itself.
    """
    folder = code.path.rpartition("/")[0]
    root = _root(tree, code, folder)
    inside = code.path[len(root) + 1 if root else 0 :].removesuffix(".py")
    parts = inside.removesuffix("/__init__").removesuffix("/__main__").split("/")
    # In a server's own process, the module `__main__` is the server.
    importable = parts != ["__main__"] and all(part.isidentifier() for part in parts)
    return Place(root, ".".join(parts) if importable else None)


def _root(tree: SourceTree, code: Code, folder: str) -> str:
    if not folder:
        return ""
    named = _named_from_above(folder, code)
    if named is not None:
        return named
    if not code.relative and imports_siblings(tree, code):
        return folder
    if not code.relative and _imports_from_the_root(tree, code, folder):
        return ""
    root = folder
    for _ in range(_MAX_DEPTH):
        if not root or not (tree.has(f"{root}/{INIT}") or (code.relative and root == folder)):
            break
        root = root.rpartition("/")[0]
    if root == folder and root.rpartition("/")[2] not in _ROOTS:
        # A folder without `__init__.py` is a package too; that its name is no usual one for a whole project decides.
        above = root.rpartition("/")[0]
        root = above if folder.rpartition("/")[2].isidentifier() else folder
    return root


def _named_from_above(folder: str, code: Code) -> str | None:
    """Return the folder from which the file imports its own package by name, or None."""
    parts = folder.split("/")
    for index, part in enumerate(parts):
        own = ".".join(parts[index:])
        if any(name == own or name.startswith(f"{part}.") for name in code.imports.values()):
            return "/".join(parts[:index])
    return None


def _imports_from_the_root(tree: SourceTree, code: Code, folder: str) -> bool:
    """Return whether the file of a folder that looks like a root of its own imports what lies beside that folder."""
    first = folder.partition("/")[0]
    if folder != first or first not in _ROOTS or tree.has(f"{folder}/{INIT}"):
        return False
    names = [name for name in code.packages if tree.has(f"{name}.py") or tree.has_directory(name)]
    return any(name != first and not tree.has_directory(f"{folder}/{name}") for name in names)


def imports_siblings(tree: SourceTree, code: Code) -> bool:
    """Return whether the file imports, without dots, a module that lies beside it and not at the root."""
    folder, _, own = code.path.rpartition("/")
    if not folder:
        return False
    for name in code.packages - {own.removesuffix(".py")}:
        beside = tree.has(f"{folder}/{name}.py") or tree.has(f"{folder}/{name}/{INIT}")
        if beside and not (tree.has(f"{name}.py") or tree.has_directory(name)) and name != folder.rpartition("/")[2]:
            return True
    return False


def locate(tree: SourceTree, module: str, code: Code, roots: tuple[str, ...]) -> str | None:
    """Return the file of a module as a file of the tree imports it, or None; leading dots are levels."""
    folder = code.path.rpartition("/")[0]
    if module.startswith("."):
        name = module.lstrip(".")
        level = len(module) - len(name)
        parts = folder.split("/") if folder else []
        if level - 1 > len(parts):
            return None
        base = parts[: len(parts) - (level - 1)]
        return _file(tree, "/".join((*base, *name.split("."))) if name else "/".join(base))
    inside = module.replace(".", "/")
    own = place(tree, code).root
    for root in dict.fromkeys((own, *roots, "", "src", folder)):
        found = _file(tree, f"{root}/{inside}" if root else inside)
        if found is not None:
            return found
    return None


def _file(tree: SourceTree, path: str) -> str | None:
    return tree.first(f"{path}.py", f"{path}/{INIT}" if path else INIT)
