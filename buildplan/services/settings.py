"""Which variables an app reads: those that its example of an env file lists, and those that its code names.

Only names are taken, and of values what no secret can be in: the scheme of a URL, the name of a kind of database. A
committed `.env` is an example too. Code is read by its lines: what stands in quotes, behind `env.` or in `${}` is
looked at, and only names that a service's address can have are ever used (`buildplan.services.variables`).
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.source import SourceTree

_EXAMPLE = re.compile(
    r"\.?env(?:\.[\w-]+)?[._-](?:example|sample|dist|template|tmpl)(?:\.[\w-]+)?|\.?(?:example|sample|template)[._-]env"
)
_LINE = re.compile(r"[ \t]*+(#?)[ \t]*+(?:export[ \t]++)?([A-Za-z][A-Za-z0-9_]{1,80})[ \t]*+=[ \t]*+(.*)")
_CODE = (
    *(".py", ".rb", ".erb", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".tsx", ".jsx", ".vue", ".svelte", ".go"),
    *(".rs", ".java", ".kt", ".kts", ".php", ".ex", ".exs", ".cs", ".fs", ".properties", ".prisma"),
)
_CONFIG = (".yml", ".yaml", ".toml", ".json")
_CONFIG_FOLDERS = frozenset({"config", "conf", "resources", "configuration", "settings"})
_SKIPPED = frozenset(
    (
        *("test", "tests", "spec", "specs", "__tests__", "e2e", "cypress", "docs", "examples", "example", "fixtures"),
        *("node_modules", "vendor", "dist", "build", "target", "migrations", "locales", "lang", "public", "assets"),
    )
)
_TEST_FILE = re.compile(r"(?:^test_|[._-](?:test|spec)\.)|_test\.\w+$|^conftest\.py$|Tests?\.(?:java|kt|cs)$")
_NAMED = re.compile(
    r"""["'`]([A-Z][A-Z0-9_]{1,60})(?=["'`,])"""
    r"""|\benv\??\.([A-Z][A-Z0-9_]{1,60})\b"""
    r"""|\$\{([A-Z][A-Z0-9_]{1,60})(?=[}:?])"""
    r"""|^\s{1,16}([A-Z][A-Z0-9_]{1,60})\s*:\s*(?:z\.|[Jj]oi\.|(?:str|url|port|host|num|bool|email)\(|v\.|Type\.)"""
)
_FIELD = re.compile(r"^\s{4,8}([A-Za-z][A-Za-z0-9_]{1,60})\s*:\s*[A-Za-z]")
# A value that is set there, or a block with a default, asks for nothing.
_STRICT = re.compile(
    r"""(?:environ\[|ENV\.fetch\(|fetch_env!\(\s*)["']([A-Z][A-Z0-9_]{1,60})["']\s*[\])](?!\s*(?:=[^=]|\{|do\b|\|\|))"""
)
# What asks whether a variable is there.
_TESTED = re.compile(r"!!|&&|\s\?\s|^[\s}]*+(?:(?:else\s++)?if|elif|unless)\b|\s(?:if|unless)\s")
_QUOTED = re.compile(r"""["'`]([^"'`\s]{1,200})["'`]""")
_SCHEME = re.compile(r"""(?:jdbc:)?[a-z][a-z0-9+.]{1,30}(?=://)""")
# Above the variables that buildplan puts into an example: they are no word of the app's authors.
OURS = "# For compose.yaml: copy this file to .env, which is never committed, and change the values."
_MOST_FILES = 4000
_LONGEST_LINE = 400


class Named(NamedTuple):
    """A variable: where it is named, and what is said of its value. `example` is None where only code names it.

    `schemes` are those of URLs beside the name, `words` what stands in quotes there. `in_code`: code names it too.
    `is_tested`: the code asks whether it is set, so that the app goes on without it. `near`: the example is the app's
    own, and not that of the whole repository.
    """

    name: str
    origin: Origin
    example: str | None = None
    schemes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    in_code: bool = False
    is_tested: bool = False
    near: bool = True


class Settings(NamedTuple):
    """What was found. `examples` are the paths of example files, `strict` what the code does not start without.

    `words` are all words in quotes of the files that name a variable, and their schemes of URLs.
    """

    named: dict[str, Named]
    examples: tuple[str, ...]
    strict: dict[str, Origin]
    words: frozenset[str]


def read(tree: SourceTree, folders: Iterable[str], skipped: Iterable[str] = ()) -> Settings:
    """Return the variables of an app whose code lies in these folders; `skipped` are folders of other apps."""
    folders = tuple(dict.fromkeys(folders))
    named: dict[str, Named] = {}
    strict: dict[str, Origin] = {}
    words: set[str] = set()
    paths = dict.fromkeys(path for folder in (*folders, "") for path in _examples(tree, folder))
    examples = tuple(path for path in paths if theirs(tree.text_or_none(path) or "").strip())
    for path in examples:
        near = posixpath.dirname(path) in folders
        for item in _in_example(tree, path):
            named.setdefault(item.name, item._replace(near=near))
    for path in _sources(tree, folders, frozenset(skipped)):
        _in_code(path, tree.text_or_none(path) or "", named, strict, words)
    return Settings(named, examples, strict, frozenset(words))


def theirs(text: str) -> str:
    """Return what people wrote of an example: all above our own part."""
    return text.partition(OURS)[0]


def _examples(tree: SourceTree, folder: str) -> Iterator[str]:
    names = tree.directory(folder).files
    found = sorted((name for name in names if _EXAMPLE.fullmatch(name)), key=lambda name: (len(name), name))
    yield from (posixpath.join(folder, name) for name in (*found, *(name for name in names if name == ".env")))


def _in_example(tree: SourceTree, path: str) -> Iterator[Named]:
    lines = theirs(tree.text_or_none(path) or "").split("\n")
    off: list[Named] = []
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if found is None:
            continue
        value = found[3].strip().strip("\"'")
        item = Named(found[2], Origin(path, number, found[2]), value, tuple(_SCHEME.findall(value)))
        # What is commented out is known to the app, and not what its authors start with.
        if found[1]:
            off.append(item._replace(example=""))
        else:
            yield item
    yield from off


def _sources(tree: SourceTree, folders: tuple[str, ...], skipped: frozenset[str]) -> Iterator[str]:
    count = 0
    for directory, names in sorted(tree.listing.directories.items()):
        if not any(not folder or directory == folder or directory.startswith(f"{folder}/") for folder in folders):
            continue
        if any(directory == other or directory.startswith(f"{other}/") for other in skipped):
            continue
        parts = directory.split("/") if directory else []
        if any(part.startswith(".") or part.lower() in _SKIPPED for part in parts):
            continue
        is_config = bool(parts) and parts[-1] in _CONFIG_FOLDERS
        for name in names.files:
            wanted = name.endswith(_CODE) or ((is_config or name.startswith("application")) and name.endswith(_CONFIG))
            if not wanted or _TEST_FILE.search(name) or name.startswith(("application-test", "appsettings")):
                continue
            count += 1
            if count > _MOST_FILES:
                return
            yield posixpath.join(directory, name)


def _in_code(path: str, text: str, named: dict[str, Named], strict: dict[str, Origin], words: set[str]) -> None:
    fields = path.endswith(".py") and "BaseSettings" in text
    prefix = re.search(r"env_prefix\s*=\s*[\"'](\w{1,40})[\"']", text) if fields else None
    found_any = False
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _LONGEST_LINE or line.lstrip().startswith(("#", "//", "*")):
            continue
        names = [next(filter(None, match)) for match in _NAMED.findall(line)]
        if fields and (match := _FIELD.match(line)):
            names.append(f"{prefix[1] if prefix else ''}{match[1]}".upper())
        if not names:
            continue
        found_any = True
        quoted = tuple(_QUOTED.findall(line))
        for name in names:
            known = named.get(name) or Named(name, Origin(path, number, name))
            schemes = tuple(dict.fromkeys((*known.schemes, *_SCHEME.findall(line))))
            tested = known.is_tested or _TESTED.search(line) is not None
            words_near = (*known.words, *quoted)
            named[name] = known._replace(schemes=schemes, words=words_near, in_code=True, is_tested=tested)
        for name in () if _TESTED.search(line) else _STRICT.findall(line):
            strict.setdefault(name, Origin(path, number, name))
    if found_any:
        words.update(word for word in _QUOTED.findall(text) if len(word) <= 60)  # noqa: PLR2004  # a word, not a text
        words.update(_SCHEME.findall(text))
