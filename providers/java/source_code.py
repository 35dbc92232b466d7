"""What Java and Kotlin files say, without compiling them: package, imports, `main`, and where they listen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from . import gradle_script

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .gradle_script import Script

# More are read of no module: what starts an app is near its root.
_MAX_FILES = 2000
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
_DEFAULT = re.compile(r'"(\d+)"|\b(\d{4,5})\b')
_DEFAULT_WITHIN = 200
_TCP = range(1, 65536)


class Main(NamedTuple):
    """A class that can be started, and the file that shows it."""

    name: str
    origin: Origin
    script: Script


class Listening(NamedTuple):
    """Where code listens: `reads_port` is the place that reads `PORT`, `port` a number in the code."""

    reads_port: Origin | None = None
    port: int | None = None
    origin: Origin | None = None
    variable: str | None = None


def files(tree: SourceTree, directory: str) -> Iterator[str]:
    """Yield the source files of a module, those near its root first."""
    prefix = f"{directory}/" if directory else ""
    count = 0
    for path in tree.with_suffix(".java", ".kt", ".groovy"):
        if not path.startswith(prefix):
            continue
        below = path[len(prefix) :]
        if not below.startswith("src/") or below.startswith(("src/test/", "src/integrationTest/", "src/it/")):
            continue
        count += 1
        if count > _MAX_FILES:
            return
        yield path


def mains(tree: SourceTree, directory: str) -> tuple[Main, ...]:
    """Return the classes of a module that can be started."""
    found = []
    for path in files(tree, directory):
        text = tree.text_or_none(path)
        if text is None or " main" not in text:
            continue
        script = gradle_script.read(tree, path)
        if script is not None:
            found += [Main(name, script.origin(offset), script) for name, offset in _mains(script)]
    return tuple(found)


def _mains(script: Script) -> Iterator[tuple[str, int]]:
    package = _PACKAGE.search(script.code)
    prefix = f"{package[1]}." if package else ""
    stem = script.path.rpartition("/")[2].rpartition(".")[0]
    if script.path.endswith((".java", ".groovy")):
        match = _JAVA_MAIN.search(script.code)
        if match is not None and re.fullmatch(r"\w+", stem):
            yield prefix + stem, match.start()
        return
    match = _KOTLIN_MAIN.search(script.code)
    if match is not None:
        renamed = _JVM_NAME.search(script.code)
        own = script.string(renamed[1]) if renamed else f"{stem[:1].upper()}{stem[1:]}Kt"
        if re.fullmatch(r"\w+", own):
            yield prefix + own, match.start()
        return
    match = _KOTLIN_STATIC.search(script.code)
    if match is not None:
        holders = [item[1] for item in _OBJECT.finditer(script.code, 0, match.start())]
        if holders:
            yield prefix + holders[0], match.start()


def imports(tree: SourceTree, directories: Iterable[str]) -> Iterator[tuple[str, Origin]]:
    """Yield what the code of modules imports."""
    for directory in directories:
        for path in files(tree, directory):
            script = gradle_script.read(tree, path)
            if script is not None:
                for match in _IMPORT.finditer(script.code):
                    yield match[1], script.origin(match.start())


def listening(tree: SourceTree, directories: Iterable[str], packages: tuple[str, ...]) -> Listening:
    """Return where the code listens, as far as it can be read; a number counts in files that name one of `packages`."""
    fixed: tuple[int, Origin] | None = None
    other: tuple[str, Origin, int | None] | None = None
    for directory in directories:
        for path in files(tree, directory):
            script = gradle_script.read(tree, path)
            if script is None:
                continue
            for match in _ENVIRONMENT.finditer(script.code):
                name = script.string(match[1])
                if name == "PORT":
                    return Listening(script.origin(match.start()), _default(script, match.end()))
                if name.endswith("_PORT") and re.search(r"HTTP|SERVER|APP|WEB|LISTEN|API", name) and other is None:
                    other = (name, script.origin(match.start()), _default(script, match.end()))
            serves = fixed is None and any(name in script.code for name in packages)
            for pattern in _LISTENS if serves else ():
                found = pattern.search(script.code)
                if found is not None and int(found[1]) in _TCP:
                    fixed = (int(found[1]), script.origin(found.start(1)))
                    break
    if other is not None:
        return Listening(None, other[2], other[1], other[0])
    return Listening(None, *fixed) if fixed is not None else Listening()


def _default(script: Script, offset: int) -> int | None:
    for match in _DEFAULT.finditer(script.code, offset, offset + _DEFAULT_WITHIN):
        text = script.string(match[1]) if match[1] is not None else match[2]
        if re.fullmatch(r"[1-9][0-9]{1,4}", text, re.ASCII) and int(text) in _TCP:
            return int(text)
    return None
