"""The file that a process starts: where it is in the tree, what it was compiled from, and what its text says.

The scan is bounded and reads tokens, not behaviour: which port and host the code falls back to, whether it listens
at all, which packages it needs from the first moment.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports

from . import javascript
from .javascript import EXTENSIONS, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .javascript import Token

# Conventional names, likeliest first; V8 people also put a server's start into `bin/www`.
_STEMS = ("server", "app", "index", "main", "start", "bot", "www")
_DIRECTORIES = ("", "src", "server", "src/server", "bin", "api", "backend", "app", "lib")
_SOURCE_EXTENSIONS = (*EXTENSIONS, ".tsx", ".jsx")
_OUTPUT_DIRECTORIES = frozenset({"dist", "build", "out", "lib", "output", "compiled", "dst", "bundle", ".build"})
_SERVER_CALLS = frozenset({"listen", "serve", "bindAsync", "createServer", "startStandaloneServer", "fire"})
_PORT_NAME = re.compile(r"(?:[A-Z0-9_]*_)?PORT|port", re.ASCII)
_HOST_NAME = re.compile(
    r"(?:(?:SERVER|APP|WEB|HTTP|LISTEN|BIND|NODE|API)_)?(?:HOST|HOSTNAME|IP|ADDRESS|BIND)|\w*LISTEN_?(?:HOST|ADDRESS|IP)",
    re.ASCII,
)
_WRITERS = frozenset(
    {"mkdirSync", "mkdir", "writeFileSync", "writeFile", "createWriteStream", "appendFileSync", "appendFile", "mkdirp"}
    | {"ensureDir", "ensureDirSync", "outputFile"}
)
# Packages that end a server on SIGTERM.
_SHUTDOWN_PACKAGES = frozenset({"close-with-grace", "http-graceful-shutdown", "@godaddy/terminus", "lightship"})
_MAX_FILES = 16
_DEFAULT_WITHIN = 9


class Place(NamedTuple):
    """A value in a file."""

    value: str
    path: str
    line: int


class Listening(NamedTuple):
    """What the code says about where it listens.

    `variable` is the variable that the port is read from, `PORT` itself preferred, `fallback` the port without it.
    `fixed` is a port that no variable changes. `local` is a host that only the container itself reaches, which
    `host_variable` would change; `unhosted` is `listen({ port })` without a host. `packages` are those that the code
    needs when it is loaded. `writes` is a call that makes a file or a folder.
    """

    listens: bool = False
    variable: Place | None = None
    fallback: Place | None = None
    fixed: Place | None = None
    local: Place | None = None
    unhosted: Place | None = None
    host_variable: str | None = None
    handles_sigterm: bool = False
    writes: Place | None = None
    packages: tuple[Place, ...] = ()


def find(tree: SourceTree, path: str) -> str | None:
    """Return the file that Node loads for a path (`server` → `server.js` or `server/index.js`), or None."""
    path = posixpath.normpath(path)
    if path == ".":
        path = ""
    if tree.has(path):
        return path
    for extension in EXTENSIONS:
        if path and tree.has(path + extension):
            return path + extension
    if tree.has_directory(path):
        prefix = f"{path}/" if path else ""
        return tree.first(*(f"{prefix}index{extension}" for extension in EXTENSIONS))
    return None


def source(tree: SourceTree, path: str) -> str | None:
    """Return the file of the tree that a started file is, or was compiled from; None when it cannot be told."""
    found = find(tree, path)
    if found is not None:
        return found
    stem = re.sub(r"\.[cm]?js$", "", path)
    parts = stem.split("/")
    for index, part in enumerate(parts):
        if part not in _OUTPUT_DIRECTORIES:
            continue
        before, after = parts[:index], parts[index + 1 :]
        for middle in (["src"], [], ["server"], ["app"]):
            candidate = _with_extension(tree, "/".join([*before, *middle, *after]))
            if candidate is not None:
                return candidate
        if len(after) > 1:  # dist/apps/api/main.js of a workspace
            candidate = _with_extension(tree, "/".join([*before, *after[:-1], "src", after[-1]]))
            if candidate is not None:
                return candidate
    return None


def _with_extension(tree: SourceTree, stem: str) -> str | None:
    return tree.first(*(stem + extension for extension in _SOURCE_EXTENSIONS)) or tree.first(
        *(f"{stem}/index{extension}" for extension in _SOURCE_EXTENSIONS)
    )


def conventional(tree: SourceTree, directory: str, preferred: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the files with a conventional name in an app's directory, likeliest first."""
    for path in preferred:
        full = posixpath.join(directory, path)
        if tree.has(full):
            yield full
    for below in _DIRECTORIES:
        place = posixpath.join(directory, below).rstrip("/")
        names = set(tree.directory(place).files)
        extensions = (*EXTENSIONS, "") if below == "bin" else EXTENSIONS
        for stem in _STEMS if names else ():
            found = next((stem + extension for extension in extensions if stem + extension in names), None)
            if found is not None:
                yield posixpath.join(place, found)


def scan(tree: SourceTree, path: str) -> Listening:
    """Return what an entry file, and the files that it loads from beside it, say; nothing for an unreadable one."""
    return tree.memo("node-entry", path, lambda: _Scan(tree).of(path))


class _Scan:
    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._variables: list[tuple[Place, Place | None]] = []
        self._fixed: Place | None = None
        self._local: Place | None = None
        self._host_variable: str | None = None
        self._listens = False
        self._unhosted: Place | None = None
        self._sigterm = False
        self._writes: Place | None = None
        self._packages: dict[str, Place] = {}

    def of(self, entry: str) -> Listening:
        seen: set[str] = set()
        pending = [entry]
        while pending and len(seen) < _MAX_FILES:
            path = pending.pop(0)
            if path in seen:
                continue
            seen.add(path)
            pending.extend(self._file(path))
        known = sorted(self._variables, key=lambda pair: (pair[0].value != "PORT", pair[1] is None))
        variable, fallback = known[0] if known else (None, None)
        return Listening(
            self._listens,
            variable,
            fallback,
            None if known else self._fixed,
            self._local,
            self._unhosted,
            self._host_variable,
            self._sigterm,
            self._writes,
            tuple(self._packages.values()),
        )

    def _file(self, path: str) -> list[str]:
        """Read one file; return the files beside it that it loads."""
        tokens = javascript.read(self._tree, path)
        constants = _constants(tokens)
        relative = []
        depth = 0
        for index, token in enumerate(tokens):
            if token.kind == "punctuation":
                depth += (token.text in "{([") - (token.text in "})]")
            elif token.kind == "string":
                self._sigterm |= token.text == "SIGTERM" and not at(tokens, index - 2).is_("kill")
                relative.extend(self._imported(tokens, index, path, top=depth <= 1))
            if token.kind in {"name", "string"}:
                self._port(tokens, index, path, constants)
                self._host(tokens, index, path)
            if token.kind == "name" and token.text in _SERVER_CALLS:
                self._call(tokens, index, path, constants)
            self._sigterm |= token.is_("enableShutdownHooks")
            if token.is_(*_WRITERS) and at(tokens, index + 1).is_("(") and self._writes is None:
                self._writes = Place(token.text, path, token.line)
            if token.is_("export") and at(tokens, index + 1).is_("default"):
                self._listens |= _has_fetch(tokens, index)
        self._sigterm |= not _SHUTDOWN_PACKAGES.isdisjoint(self._packages)
        return [found for name in relative if (found := self._beside(path, name))]

    def _beside(self, path: str, name: str) -> str | None:
        if name.startswith(("@/", "~/")):  # the usual alias of `src`
            base = posixpath.join(path.rpartition("src/")[0], "src", name[2:])
        else:
            base = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if base.startswith(".."):
            return None
        return find(self._tree, base) or _with_extension(self._tree, re.sub(r"\.[cm]?js$", "", base))

    def _imported(self, tokens: tuple[Token, ...], index: int, path: str, *, top: bool) -> list[str]:
        """Note a package that is imported at the top level; return a file name that is."""
        token = tokens[index]
        before = tokens[index - 1] if index else token
        by_import = before.is_("from", "import")
        by_require = before.is_("(") and index > 1 and tokens[index - 2].is_("require")
        if not (by_import or by_require):
            return []
        if token.text.startswith((".", "@/", "~/")):
            return [token.text]
        types_only = by_import and _is_type_import(tokens, index)
        if top and not types_only and not token.text.startswith(("node:", "bun:", "#", "/", "@/", "~")):
            parts = token.text.split("/")
            name = "/".join(parts[:2]) if token.text.startswith("@") else parts[0]
            self._packages.setdefault(name, Place(name, path, token.line))
        return []

    def _port(self, tokens: tuple[Token, ...], index: int, path: str, constants: dict[str, Token]) -> None:
        """Note `process.env.PORT || 3000`, `env.PORT ?? '3000'`, `PORT: number().default(3000)` and their likes."""
        token = tokens[index]
        if not _PORT_NAME.fullmatch(token.text) or not ports.OF_OTHERS.isdisjoint(token.text.split("_")):
            return
        of_environment = _is_environment(tokens, index) or _is_taken_out(tokens, index)
        schema = token.text.isupper() and (at(tokens, index + 1).is_(":") or at(tokens, index + 1).is_(","))
        if not of_environment and not (schema and token.text == "PORT"):
            return
        value = _default(tokens, index, constants, schema=not of_environment)
        if value is None and not of_environment:
            return
        variable = Place("PORT" if token.text == "port" else token.text, path, token.line)
        fallback = None if value is None else Place(value.text, path, value.line)
        self._variables.append((variable, fallback))

    def _host(self, tokens: tuple[Token, ...], index: int, path: str) -> None:
        token = tokens[index]
        if _HOST_NAME.fullmatch(token.text) and _is_environment(tokens, index):
            value = _following(tokens, index, ("||", "??"))
            if value is not None and value.kind == "string" and value.text in ports.LOCAL:
                self._local = Place(value.text, path, value.line)
                self._host_variable = token.text

    def _call(self, tokens: tuple[Token, ...], index: int, path: str, constants: dict[str, Token]) -> None:
        """Note `listen(3000, 'localhost')` and `serve({ port: 3000 })`."""
        if not at(tokens, index + 1).is_("("):
            return
        self._listens = True
        if tokens[index].text == "createServer":
            return
        depth = 0
        options = tokens[index].text == "listen" and at(tokens, index + 2).is_("{")
        hosted = False
        for position in range(index + 1, min(len(tokens), index + 60)):
            token = tokens[position]
            hosted |= token.is_("host", "hostname", "path", "...")
            if token.kind == "punctuation":
                depth += (token.text in "{([") - (token.text in "})]")
                if depth <= 0:
                    break
            first = position == index + 2
            of_port = at(tokens, position - 2).is_("port") and at(tokens, position - 1).is_(":")
            named = constants.get(token.text, token) if token.kind == "name" else token
            if (first or of_port) and named.kind == "number" and _is_port(named.text):
                self._fixed = self._fixed or Place(named.text, path, named.line)
            in_call = depth == 1 or at(tokens, position - 2).is_("host", "hostname")
            if in_call and named.kind == "string" and named.text in ports.LOCAL and self._local is None:
                self._local = Place(named.text, path, named.line)
        if options and not hosted:
            self._unhosted = Place("localhost", path, tokens[index].line)


def _constants(tokens: tuple[Token, ...]) -> dict[str, Token]:
    """Return name → number or text for `const NAME = 3000`."""
    found: dict[str, Token] = {}
    for index, token in enumerate(tokens):
        if token.is_("const", "let", "var") and at(tokens, index + 2).is_("="):
            value, end = at(tokens, index + 3), at(tokens, index + 4)
            if value.kind in {"number", "string"} and (end.is_(";", "") or end.kind == "name" or end.line > value.line):
                found[at(tokens, index + 1).text] = value
    return found


def _is_environment(tokens: tuple[Token, ...], index: int) -> bool:
    """Return whether a name is read from the environment: `env.X`, `env['X']`, `get('X')`."""
    before = at(tokens, index - 1) if index else tokens[index]
    if index > 1 and before.is_(".", "?.", "["):
        return at(tokens, index - 2).is_("env")
    if tokens[index].kind == "string":
        return before.is_("(") and index > 1 and at(tokens, index - 2).is_("get", "getOrThrow", "env", "number", ">")
    return False


def _is_taken_out(tokens: tuple[Token, ...], index: int) -> bool:
    """Return whether a name is one of `const { X = 3000 } = process.env`."""
    for position in range(index + 1, min(len(tokens), index + 30)):
        if tokens[position].is_("}"):
            return at(tokens, position + 1).is_("=") and at(tokens, position + 4).is_("env")
    return False


def _default(tokens: tuple[Token, ...], index: int, constants: dict[str, Token], *, schema: bool) -> Token | None:
    marks = ("||", "??", ":", ",", "=") if not schema else ("default",)
    value = _following(tokens, index, marks, 24 if schema else _DEFAULT_WITHIN)
    if value is None:
        return None
    value = constants.get(value.text, value) if value.kind == "name" else value
    return value if _is_port(value.text) else None


def _following(
    tokens: tuple[Token, ...], index: int, marks: tuple[str, ...], within: int = _DEFAULT_WITHIN
) -> Token | None:
    """Return the value behind the first of the marks that follows a name closely, with a value behind it."""
    for position in range(index + 1, min(len(tokens), index + within)):
        token = tokens[position]
        if token.is_(";") or (token.kind == "name" and token.text in {"const", "let", "var", "return"}):
            return None
        if token.is_(*marks):
            value = at(tokens, position + 1)
            if value.is_("(", ":", "{"):
                value = at(tokens, position + 2)
            if value.is_("default") and at(tokens, position + 2).is_(":"):
                value = at(tokens, position + 3)
            if value.kind in {"number", "string"} and (token.text in {"||", "??"} or _is_port(value.text)):
                return value
            if value.kind == "name" and token.text in {"||", "??"} and not at(tokens, position + 2).is_(".", "("):
                return value
    return None


def _is_port(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= 5 and 80 <= int(text) <= ports.LARGEST  # noqa: PLR2004  # 10 is a radix


def _is_type_import(tokens: tuple[Token, ...], index: int) -> bool:
    """Return whether `import type … from 'x'` ends at this string."""
    for position in range(index - 1, max(-1, index - 60), -1):
        if tokens[position].is_("import", "export"):
            return at(tokens, position + 1).is_("type") and not at(tokens, position + 2).is_("from", ",")
    return False


def _has_fetch(tokens: tuple[Token, ...], index: int) -> bool:
    """Return whether a default export is an object with `fetch`, which Bun serves."""
    return at(tokens, index + 2).is_("{") and any(
        at(tokens, position).is_("fetch") for position in range(index + 3, index + 20)
    )
