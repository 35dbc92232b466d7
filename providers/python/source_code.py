"""What one Python file says, read from its syntax tree: imports, names bound to calls, functions that return one.

Nothing is imported or run. A file that this interpreter cannot parse as a whole (newer syntax, Python 2) is read
without the statements that it stumbles over. Size, nesting and the number of attempts are bounded.
"""

from __future__ import annotations

import ast
import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from buildplan.read import python_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildplan.source import SourceTree

_MAX_REPAIRS = 12
_MAX_CHAIN = 8
# Nested if, try, with at the level of the module.
_MAX_NESTING = 20

# Calls at the level of the module that go on for as long as the program runs.
_RUNNING = frozenset(
    {
        "infinity_polling",
        "launch",
        "main",
        "polling",
        "run",
        "run_app",
        "run_forever",
        "run_polling",
        "run_until_complete",
        "run_until_disconnected",
        "serve_forever",
        "start",
        "start_polling",
    }
)


class Binding(NamedTuple):
    """A name of the module that is bound to the result of a call, to an attribute or to another name.

    `value` is the dotted name with its imports resolved: `fastapi.FastAPI`, `:create_app` for a name of this module.
    """

    name: str
    value: str
    line: int
    called: bool


class Call(NamedTuple):
    """A call, or a decorator without one; `name` is dotted, `?.run` where an expression is called."""

    name: str
    line: int
    node: ast.Call | None

    def argument(self, keyword: str, position: int | None = None) -> ast.expr | None:
        """Return the argument of that keyword or position, or None."""
        if self.node is None:
            return None
        found = next((item.value for item in self.node.keywords if item.arg == keyword), None)
        if found is None and position is not None and position < len(self.node.args):
            found = self.node.args[position]
        return found


class Function(NamedTuple):
    """A function of the module.

    `bare`: it can be called without arguments and without `await`. `returns` are the dotted names of what it may
    return: what the returned name was made by, or the annotation. `calls` is everything that it calls.
    """

    name: str
    line: int
    bare: bool
    returns: tuple[str, ...]
    calls: tuple[Call, ...]


class Code:
    """A file; its parts are worked out when they are first asked for.

    `relative`: it imports relatively. `stumbled` is the first line that could not be read, `guard` the line of
    `if __name__ == "__main__"`. `classes` maps a class of the module to its bases.
    """

    def __init__(self, path: str, body: list[ast.stmt], stumbled: int | None) -> None:
        self.path = path
        self.body = body
        self.stumbled = stumbled
        self.guard: int | None = None
        self.imports: dict[str, str] = {}
        self.relative = False
        self.classes: dict[str, tuple[str, ...]] = {}
        self._functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self._known: dict[str, Function] = {}
        statements = list(iterate(body))
        for node in statements:
            self._note_import(node, self.imports)
        bindings: list[Binding] = []
        for node in statements:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._functions[node.name] = node
            elif isinstance(node, ast.ClassDef):
                bases = (self.dotted(base) for base in node.bases)
                self.classes[node.name] = tuple(base for base in bases if base is not None)
            elif isinstance(node, ast.If) and self.guard is None and _is_guard(node.test):
                self.guard = node.lineno
            else:
                bindings.extend(_bindings(node, self.imports))
        self.bindings = tuple(bindings)

    @property
    def packages(self) -> frozenset[str]:
        """The first parts of everything that the module imports absolutely when it is loaded."""
        return frozenset(name.partition(".")[0] for name in self.imports.values() if not name.startswith("."))

    @property
    def function_names(self) -> tuple[str, ...]:
        """The functions of the module, in order."""
        return tuple(self._functions)

    def dotted(self, node: ast.expr) -> str | None:
        """Return the dotted name of an expression, imports resolved; None when it is no name."""
        return _resolved(_chain(node), self.imports)

    def binding(self, name: str) -> Binding | None:
        """Return what binds a name last, or None."""
        return next((item for item in reversed(self.bindings) if item.name == name), None)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call and decorator of the file, functions and methods included."""
        return tuple(_calls(self.body, {**self._lazy, **self.imports}))

    @cached_property
    def _lazy(self) -> dict[str, str]:
        """What functions import when they are called."""
        found: dict[str, str] = {}
        relative = self.relative
        for function in self._functions.values():
            for node in ast.walk(function):
                self._note_import(node, found)
        self.relative = relative
        return found

    @property
    def used_packages(self) -> frozenset[str]:
        """The first parts of everything that the module imports absolutely, at once or inside of a function."""
        lazy = (name.partition(".")[0] for name in self._lazy.values() if not name.startswith("."))
        return self.packages.union(lazy)

    @cached_property
    def runs(self) -> bool:
        """Whether it does something when it is run: it has a guard, or calls a function of its own or a loop."""
        if self.guard is not None:
            return True
        for node in iterate(self.body):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                name = self.dotted(node.value.func) or ""
                if name.rpartition(".")[2] in _RUNNING or (name.startswith(":") and "." not in name):
                    return True
        return False

    @cached_property
    def texts(self) -> tuple[tuple[str, int], ...]:
        """Every literal text of the file, and its line."""
        nodes = (node for statement in self.body for node in ast.walk(statement))
        return tuple(
            (node.value, node.lineno)
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    def function(self, name: str) -> Function | None:
        """Return a function of the module, or None."""
        node = self._functions.get(name)
        if node is None:
            return None
        if name not in self._known:
            self._known[name] = self._function(node)
        return self._known[name]

    def _note_import(self, node: ast.AST, imports: dict[str, str]) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                imports.setdefault(alias.asname or first, alias.name if alias.asname else first)
        elif isinstance(node, ast.ImportFrom):
            # Relative imports keep their dots: `..core` is two levels up.
            module = "." * node.level + (node.module or "")
            self.relative |= node.level > 0
            separator = "" if module.endswith(".") else "."
            for alias in node.names:
                imports.setdefault(alias.asname or alias.name, f"{module}{separator}{alias.name}")

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
        arguments = node.args
        required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
        bare = required <= 0 and all(default is not None for default in arguments.kw_defaults)
        imports = dict(self.imports)
        inside = list(ast.walk(node))
        for inner in inside:
            self._note_import(inner, imports)
        made: dict[str, str] = {}
        returns = [node.returns] if node.returns is not None else []
        for inner in inside:
            if isinstance(inner, ast.Assign | ast.AnnAssign):
                made.update((item.name, item.value) for item in _bindings(inner, imports) if item.called)
            elif isinstance(inner, ast.Return) and inner.value is not None:
                returns.append(inner.value.func if isinstance(inner.value, ast.Call) else inner.value)
        names = (_resolved(_chain(value), imports) for value in returns)
        resolved = (made.get(name.removeprefix(":"), name) for name in names if name is not None)
        return Function(
            name=node.name,
            line=node.lineno,
            bare=bare and isinstance(node, ast.FunctionDef),
            returns=tuple(dict.fromkeys(resolved)),
            calls=tuple(_calls([node], imports)),
        )


def read(tree: SourceTree, path: str) -> Code | None:
    """Return what the file says; None when it is missing, no text, or too large."""
    return tree.memo("python.code", path, lambda: _read(tree, path))


def _read(tree: SourceTree, path: str) -> Code | None:
    text = tree.text_or_none(path)
    found = None if text is None else _statements(tree, path, text)
    return None if found is None else Code(path, *found)


def _statements(tree: SourceTree, path: str, text: str) -> tuple[list[ast.stmt], int | None] | None:
    """Return the statements of a text, and the first line that could not be read; None when it is not parsed."""
    lines: list[str] = []
    first: int | None = None
    for _ in range(_MAX_REPAIRS):
        try:
            module = python_source.parse(tree, path, text)
        except SyntaxError as error:
            lines = lines or text.split("\n")
            line = min(max(error.lineno or 1, 1), len(lines))
            first = line if first is None else first
            start, end = _statement_around(lines, line - 1)
            if not any(lines[start:end]):
                break
            lines[start:end] = [""] * (end - start)
            text = "\n".join(lines)
        except (ValueError, RecursionError, MemoryError):
            break
        else:
            return None if module is None else (module.body, first)
    return [], first or 1


def _statement_around(lines: list[str], index: int) -> tuple[int, int]:
    """Return the lines of the outermost statement around a line: from one that is not indented to the next."""
    start = index
    while start > 0 and not _starts_statement(lines[start]):
        start -= 1
    end = max(index, start) + 1
    while end < len(lines) and not _starts_statement(lines[end]):
        end += 1
    return start, end


def _starts_statement(line: str) -> bool:
    return bool(line) and line[0] not in " \t#)]}" and not line.startswith(("else", "elif", "except", "finally"))


def _chain(node: ast.expr) -> tuple[str, ...]:
    """Return the parts of `a.b.c`; `?` for a first part that is an expression, nothing for what is no chain."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) <= _MAX_CHAIN:
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    elif parts:
        parts.append("?")
    return tuple(reversed(parts))


def _resolved(chain: tuple[str, ...], imports: dict[str, str]) -> str | None:
    if not chain or len(chain) > _MAX_CHAIN:
        return None
    first, *rest = chain
    return ".".join((imports.get(first, first if first == "?" else f":{first}"), *rest))


def _bindings(node: ast.stmt, imports: dict[str, str]) -> Iterator[Binding]:
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets, value = [node.target], node.value
    else:
        return
    called = isinstance(value, ast.Call)
    name = _resolved(_chain(value.func if isinstance(value, ast.Call) else value), imports)
    if name is None:
        return
    for target in targets:
        # `app, route = fast_app()` binds the app first.
        single = target.elts[0] if isinstance(target, ast.Tuple) and target.elts and called else target
        if isinstance(single, ast.Name):
            yield Binding(single.id, name, node.lineno, called)


def _calls(body: Iterable[ast.stmt], imports: dict[str, str]) -> Iterator[Call]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                name = _resolved(_chain(node.func), imports)
                if name is not None:
                    yield Call(name, node.lineno, node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    name = _resolved(_chain(decorator), imports)
                    if name is not None:
                        yield Call(name, decorator.lineno, None)


def iterate(body: Iterable[ast.stmt], depth: int = 0) -> Iterator[ast.stmt]:
    """Yield the statements that run when the module is imported, also those in `if`, `try`, `with`, in order."""
    for node in body:
        yield node
        if depth >= _MAX_NESTING or not isinstance(node, ast.If | ast.Try | ast.With):
            continue
        if isinstance(node, ast.If) and _is_guard(node.test):
            yield from iterate(node.orelse, depth + 1)
            continue
        yield from iterate(node.body, depth + 1)
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                yield from iterate(handler.body, depth + 1)
        if not isinstance(node, ast.With):
            yield from iterate(node.orelse, depth + 1)


def constant(node: ast.expr | None) -> object:
    """Return the value of a literal text, number or boolean; None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None


def _is_guard(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.comparators) != 1:
        return False
    sides = (test.left, test.comparators[0])
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides) and any(
        constant(side) == "__main__" for side in sides
    )


# Where a file lies as a module: which folder has to be on the import path, and what its dotted name is there.


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


# Paths that a settings file writes as expressions: `BASE_DIR / "static"`, `os.path.join(BASE_DIR, "static")`.
#
# Only what is a path for certain has a value; everything else is None. Nothing is evaluated beyond joining names.


_DEEPEST_EXPRESSION = 30
# Names may be bound to each other in circles, and more than once in each.
_MAX_STEPS = 300
_SAME = frozenset(
    {"Path", "PurePath", "PosixPath", "PurePosixPath", "str", "abspath", "realpath", "normpath", "fspath", "expanduser"}
)
_UNCHANGED = frozenset({"resolve", "absolute", "as_posix", "expanduser"})
_ENVIRONMENT = frozenset({"get", "getenv", "env", "config", "str", "path"})
TREE = "/app"


def value(
    node: ast.expr | None, path: str, directory: str, lookup: Callable[[str], tuple[ast.expr, str] | None]
) -> str | None:
    """Return the path in the image that an expression of a file means, or None.

    `path` is the file, `directory` where the process runs; `lookup` returns what a name of the settings is bound to,
    and in which file.
    """
    return _Evaluator(directory, lookup).path(node, path, 0)


def text(
    node: ast.expr | None, path: str, directory: str, lookup: Callable[[str], tuple[ast.expr, str] | None]
) -> str | None:
    """Return the text that an expression means, paths in it as they are in the image, or None."""
    return _Evaluator(directory, lookup).text(node, path)


def constant_text(node: ast.expr | None) -> str | None:
    """Return a literal text, or None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


class _Evaluator:
    def __init__(self, directory: str, lookup: Callable[[str], tuple[ast.expr, str] | None]) -> None:
        self._directory = posixpath.join(TREE, directory) if directory else TREE
        self._lookup = lookup
        self._steps = 0

    def path(self, node: ast.expr | None, file: str, depth: int) -> str | None:
        """Return the absolute path of an expression."""
        found = self._value(node, file, depth)
        return None if found is None else posixpath.normpath(posixpath.join(self._directory, found))

    def text(self, node: ast.expr | None, file: str) -> str | None:
        """Return what an expression means as it is written, not as a path."""
        return self._value(node, file, 0)

    def _value(self, node: ast.expr | None, file: str, depth: int) -> str | None:
        depth += 1
        self._steps += 1
        if node is None or depth > _DEEPEST_EXPRESSION or self._steps > _MAX_STEPS:
            return None
        text = constant_text(node)
        if text is not None:
            return text
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                return posixpath.join(TREE, file)
            bound = self._lookup(node.id)
            return None if bound is None else self._value(bound[0], bound[1], depth)
        if isinstance(node, ast.BinOp):
            return self._operation(node, file, depth)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return self._above(node.value, file, depth, 1)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return self._above(node.value.value, file, depth, index + 1) if isinstance(index, int) else None
        if isinstance(node, ast.JoinedStr):
            return self._joined_text(node, file, depth)
        return self._call(node, file, depth) if isinstance(node, ast.Call) else None

    def _operation(self, node: ast.BinOp, file: str, depth: int) -> str | None:
        left = self._value(node.left, file, depth)
        if left is None:
            return None
        if isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Constant) and isinstance(node.right.value, int):
            return _up(left, node.right.value)
        right = self._value(node.right, file, depth)
        if right is None:
            return None
        if isinstance(node.op, ast.Div):
            return posixpath.join(left, right)
        return left + right if isinstance(node.op, ast.Add) else None

    def _joined_text(self, node: ast.JoinedStr, file: str, depth: int) -> str | None:
        parts = []
        for item in node.values:
            part = self._value(item.value if isinstance(item, ast.FormattedValue) else item, file, depth)
            if part is None:
                return None
            parts.append(part)
        return "".join(parts)

    def _call(self, node: ast.Call, file: str, depth: int) -> str | None:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in {"getcwd", "cwd"}:
            return self._directory
        if name in _UNCHANGED and isinstance(function, ast.Attribute) and not node.args:
            return self._value(function.value, file, depth)
        if name in _ENVIRONMENT and constant_text(node.args[0] if node.args else None) is not None:
            return self._default(node, file, depth)
        if name in _SAME and node.args:
            return self._joined(node.args, file, depth)
        if name == "dirname" and node.args:
            return self._above(node.args[0], file, depth, 1)
        if name == "join":
            return self._joined(node.args, file, depth)
        if name == "joinpath" and isinstance(function, ast.Attribute):
            return self._joined([function.value, *node.args], file, depth)
        if isinstance(function, ast.Name) and self._lookup(name) is not None:
            # `root = environ.Path(__file__) - 2`, then `root("static")`.
            return self._joined([function, *node.args], file, depth)
        return None

    def _default(self, node: ast.Call, file: str, depth: int) -> str | None:
        named = next((item.value for item in node.keywords if item.arg == "default"), None)
        default = named if named is not None else (node.args[1] if len(node.args) > 1 else None)
        return self._value(default, file, depth)

    def _joined(self, nodes: list[ast.expr], file: str, depth: int) -> str | None:
        parts = [self._value(node, file, depth) for node in nodes]
        known = [part for part in parts if part is not None]
        return posixpath.join(*known) if known and len(known) == len(parts) else None

    def _above(self, node: ast.expr, file: str, depth: int, count: int) -> str | None:
        found = self._value(node, file, depth)
        return None if found is None else _up(found, count)


def _up(path: str, count: int) -> str | None:
    if not 0 <= count <= _DEEPEST_EXPRESSION:
        return None
    for _ in range(count):
        path = posixpath.dirname(path)
    return path
