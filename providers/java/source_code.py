"""What Java, Kotlin and Groovy files say, without compiling them: package, imports, `main`, and where they listen.

A file is looked at only when a word that the question is about is in its bytes.

Sources, checked 2026-11-24:
- https://docs.oracle.com/javase/specs/jls/se25/html/jls-12.html#jls-12.1.4 (`main`)
- https://kotlinlang.org/docs/java-to-kotlin-interop.html (`FileKt`, `@file:JvmName`, `@JvmStatic`)
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.read import code_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.code_text import Code
    from buildplan.source import SourceTree

# More are read of no module: what starts an app is near its root.
_MAX_FILES = 2000
_ENDINGS = (".java", ".kt", ".groovy")
# The folder of a module's sources, with the line between it and the module's own.
_SOURCES = re.compile(r"(?:^|/)(?=src/)")
_TESTS = ("src/test/", "src/integrationTest/", "src/it/")
# What starts a framework or a server; `extends Application<…>` is Dropwizard's.
_SERVES = re.compile(
    r"\bSpringBootApplication\b|@\s*QuarkusMain|\bSpringApplication\b|\bMicronaut\b|\bJavalin\b|\bembeddedServer\b"
    r"|\bHttpServer\b|\bServer\b|\bextends\s+Application\s*<|:\s*Application\s*<|\bVertxApplication\b|\bWebServer\b"
)
_ENGINE = re.compile(r"\bEngineMain\s*\.\s*main\s*\(\s*args\s*\)")
_SERVER = re.compile(r"HTTP|SERVER|APP|WEB|LISTEN|API")
_PORT = re.compile(r"[1-9][0-9]{1,4}", re.ASCII)
_DEFAULT_WITHIN = 200
_PACKAGE = re.compile(r"^[ \t]*package[ \t]+([\w.]+)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+(?:static[ \t]+)?([\w.]+)", re.MULTILINE)
_JAVA_MAIN = re.compile(r"\bstatic\s+(?:final\s+)?(?:public\s+)?void\s+main\s*\(")
_KOTLIN_MAIN = re.compile(r"^(?:suspend[ \t]+)?fun[ \t]+main[ \t]*\(", re.MULTILINE)
_KOTLIN_STATIC = re.compile(r"@JvmStatic\s+fun\s+main\s*\(")
_JVM_NAME = re.compile(r'@file\s*:\s*JvmName\s*\(\s*"(\d+)"\s*\)')
_OBJECT = re.compile(r"\b(?:object|class)\s+(\w+)")
_LISTENS = (
    re.compile(r"\bport\s*[=(]\s*(\d{2,5})\b"),
    re.compile(r"\.(?:start|listen|port|setPort|http)\s*\(\s*(\d{2,5})\s*[,)]"),
    re.compile(r"\bInetSocketAddress\s*\(\s*(?:\"\d+\"\s*,\s*)?(\d{2,5})\s*\)"),
    re.compile(r"\b(?:PORT|port|DEFAULT_PORT|defaultPort)\s*(?::\s*Int\s*)?=\s*(\d{2,5})\b"),
    re.compile(r"\bnew\s+Server\s*\(\s*(\d{2,5})\s*\)"),
)
_ENVIRONMENT = re.compile(
    r'(?:getenv\s*\(\s*|getenv\s*\(\s*\)\s*(?:\.\s*get\s*\(|\.\s*getOrDefault\s*\(|\[)\s*|env\s*\[\s*)"(\d+)"'
)
# A shorter number beside the name of a variable is a count or an index.
_DEFAULT = re.compile(r'"(\d+)"|\b(\d{4,5})\b')


class Main(NamedTuple):
    """A class that can be started, and the file that shows it."""

    name: str
    origin: Origin
    file: SourceFile

    @property
    def serves(self) -> bool:
        """Whether the file shows that a framework or a server is started there."""
        return _SERVES.search(self.file.code) is not None

    @property
    def hands_arguments_to_ktor(self) -> bool:
        """Whether `main` is Ktor's own, which reads its arguments."""
        return _ENGINE.search(self.file.code) is not None


class Read(NamedTuple):
    """A variable that code reads, its place, and the port that is used without it."""

    variable: str
    origin: Origin
    default: int | None


class Listening(NamedTuple):
    """Where code listens: `reads_port` is the place that reads `PORT`, `port` a number in the code."""

    reads_port: Origin | None = None
    port: int | None = None
    origin: Origin | None = None
    variable: str | None = None


class SourceFile:
    """A file, told apart into code and strings."""

    def __init__(self, found: Code) -> None:
        self._found = found
        self.code = found.code

    def mentions(self, words: tuple[str, ...]) -> bool:
        """Return whether one of the words is in the code."""
        return any(word in self.code for word in words)

    def imports(self) -> Iterator[tuple[str, Origin]]:
        """Yield what the file imports, packages without their `.*`."""
        for match in _IMPORT.finditer(self.code):
            yield match[1].rstrip("."), self._found.origin(match.start())

    def main(self) -> tuple[str, Origin] | None:
        """Return the class that can be started and the place of its `main`."""
        found = self._main()
        if found is None or not re.fullmatch(r"\w+", found[0]):
            return None
        package = _PACKAGE.search(self.code)
        return (f"{package[1]}." if package else "") + found[0], self._found.origin(found[1])

    def _main(self) -> tuple[str, int] | None:
        stem, _, ending = self._found.path.rpartition("/")[2].rpartition(".")
        if ending != "kt":
            match = _JAVA_MAIN.search(self.code)
            return (stem, match.start()) if match is not None else None
        match = _KOTLIN_MAIN.search(self.code)
        if match is not None:
            renamed = _JVM_NAME.search(self.code)
            own = self._found.string(renamed[1]) if renamed else f"{stem[:1].upper()}{stem[1:]}Kt"
            return own, match.start()
        match = _KOTLIN_STATIC.search(self.code)
        holder = _OBJECT.search(self.code, 0, match.start()) if match is not None else None
        return (holder[1], match.start()) if match is not None and holder is not None else None

    def variables(self) -> Iterator[Read]:
        """Yield the variables of the environment that are read."""
        for match in _ENVIRONMENT.finditer(self.code):
            after = _DEFAULT.finditer(self.code, match.end(), match.end() + _DEFAULT_WITHIN)
            texts = (self._found.string(item[1]) if item[1] is not None else item[2] for item in after)
            yield Read(self._found.string(match[1]), self._found.origin(match.start()), _first_port(texts))

    def port(self) -> tuple[int, Origin] | None:
        """Return the first number that the code listens on, and its place."""
        for pattern in _LISTENS:
            match = pattern.search(self.code)
            if match is not None and ports.is_port(match[1]):
                return int(match[1]), self._found.origin(match.start(1))
        return None


def _first_port(texts: Iterable[str]) -> int | None:
    return next((int(text) for text in texts if _PORT.fullmatch(text) and ports.is_port(text)), None)


def files(tree: SourceTree, directory: str) -> tuple[str, ...]:
    """Return the source files of a module, those near its root first."""
    return tree.memo("java modules", "", lambda: _by_module(tree)).get(directory, ())


def _by_module(tree: SourceTree) -> dict[str, tuple[str, ...]]:
    """Return the files below the folder `src` of each folder that has one."""
    found: dict[str, list[str]] = {}
    for path in tree.with_suffix(*_ENDINGS):
        for match in _SOURCES.finditer(path):
            if not path.startswith(_TESTS, match.end()):
                found.setdefault(path[: match.start()], []).append(path)
    return {directory: tuple(islice(paths, _MAX_FILES)) for directory, paths in found.items()}


def _read(tree: SourceTree, path: str, words: tuple[bytes, ...]) -> SourceFile | None:
    """Return a file with one of the words in its bytes; None for all others, and for what is not text."""
    content = tree.hint(path)
    if content is None or not any(word in content for word in words):
        return None
    return tree.memo("java file", path, lambda: _open(tree, path))


def _open(tree: SourceTree, path: str) -> SourceFile | None:
    found = code_text.read(tree, path, "jvm")
    return None if found is None else SourceFile(found)


def mains(tree: SourceTree, directory: str) -> tuple[Main, ...]:
    """Return the classes of a module that can be started."""
    return tree.memo("java mains", directory, lambda: tuple(_mains(tree, directory)))


def _mains(tree: SourceTree, directory: str) -> Iterator[Main]:
    for path in files(tree, directory):
        file = _read(tree, path, (b" main",))
        found = file.main() if file is not None else None
        if file is not None and found is not None:
            yield Main(*found, file)


def imports(tree: SourceTree, directories: Iterable[str], starts: tuple[str, ...]) -> Iterator[tuple[str, Origin]]:
    """Yield what the code of modules imports of packages that begin so."""
    words = tuple(start.encode() for start in starts)
    for directory in directories:
        for path in files(tree, directory):
            file = _read(tree, path, words)
            for name, origin in file.imports() if file is not None else ():
                if f"{name}.".startswith(starts):
                    yield name, origin


def listening(tree: SourceTree, directories: Iterable[str], packages: tuple[str, ...]) -> Listening:
    """Return where the code listens, as far as it can be read; a number counts in files that name one of `packages`."""
    fixed: tuple[int, Origin] | None = None
    other: Read | None = None
    words = (b"getenv", b"env[", *(name.encode() for name in packages))
    for directory in directories:
        for path in files(tree, directory):
            file = _read(tree, path, words)
            if file is None:
                continue
            for item in file.variables():
                if item.variable == "PORT":
                    return Listening(item.origin, item.default)
                if other is None and item.variable.endswith("_PORT") and _SERVER.search(item.variable):
                    other = item
            if fixed is None and file.mentions(packages):
                fixed = file.port()
    if other is not None:
        return Listening(None, other.default, other.origin, other.variable)
    return Listening(None, *fixed) if fixed is not None else Listening()
