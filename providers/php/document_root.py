"""The folder that the web server shows: what the authors' files name, what the framework has, where a page is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError
from buildplan.model.origin import Origin, Sourced
from buildplan.read import base_image, own_dockerfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.source import SourceTree

    from .php_project import Project

# The document root that the authors' own files name: the Dockerfile, Compose, Apache's and nginx's configuration.


_INDEX = "index.php"
_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_VARIABLE = re.compile(r"\bAPACHE_DOCUMENT_ROOT[= ]\s{0,4}[\"']?(/[\w./-]{1,200})", re.ASCII)
_COPIED = re.compile(
    r"(?:COPY|ADD)\s{1,8}(?:--\S{1,100}\s{1,8}){0,3}(?:\./)?([\w.-][\w./-]{0,200})\s{1,8}/var/www/html/?\s{0,8}",
    re.ASCII,
)
_SERVED_IN_IMAGE = re.compile(r"\bphp\b.{0,100}-S\b.{0,100}[\s\"']-t[\s\"',]{1,8}([\w./-]{1,200})", re.ASCII)
_MOUNTED = re.compile(r"\s{0,80}-\s{1,8}[\"']?\./([\w./-]{1,200}):/var/www/html/?(?::\w{1,10})?[\"']?\s{0,8}", re.ASCII)
_DIRECTIVE = re.compile(r"\s{0,80}(?:DocumentRoot|root)\s{1,8}[\"']?(/[\w./-]{1,200})[\"']?\s{0,8};?\s{0,8}", re.ASCII)
_NOT_OURS = ("vendor/", "node_modules/", "tests/", "test/")
_MAX_FILES = 40
_MAX_LINES = 1000
_LONGEST_LINE = 500


def document_root(tree: SourceTree) -> tuple[str, Origin] | None:
    """Return the folder of the tree that a server file names, and where; None when none names one with a page.

    Some name a path of a machine (`/var/www/app/public`): the longest end of it that is a folder of the tree with an
    `index.php` is the one. Others say what of the tree is put where the image of PHP serves from.
    """
    for lines, pattern in _files(tree):
        for line in lines:
            match = pattern(line.value[:_LONGEST_LINE])
            folder = _folder(tree, match[1]) if match is not None else None
            if folder is not None:
                return folder, line.origin
    return None


def _files(tree: SourceTree) -> Iterator[tuple[list[Sourced[str]], Callable[[str], re.Match[str] | None]]]:
    image = [Sourced(item.value.line, item.origin) for item in own_dockerfile.instructions(tree)]
    yield image, _VARIABLE.search
    yield image, _COPIED.fullmatch
    yield image, _SERVED_IN_IMAGE.search
    for name in _COMPOSE:
        yield _lines(tree, name), _MOUNTED.fullmatch
    own = (path for path in tree.with_suffix(".conf") if not path.startswith(_NOT_OURS))
    for _, path in zip(range(_MAX_FILES), own, strict=False):
        yield _lines(tree, path), _DIRECTIVE.fullmatch


def _lines(tree: SourceTree, path: str) -> list[Sourced[str]]:
    lines = (tree.text_or_none(path) or "").split("\n", _MAX_LINES)[:_MAX_LINES]
    return [Sourced(line, Origin(path, number)) for number, line in enumerate(lines, 1)]


def _folder(tree: SourceTree, path: str) -> str | None:
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        return None
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if tree.has(f"{end}/{_INDEX}")), None)


# Which folder the web server shows, and whether one script answers every path.


INDEX = "index.php"
_RULES = ".htaccess"
# In the order in which they are looked for; the tree's own root comes last.
FOLDERS = (
    "public",
    "web",
    "webroot",
    "www",
    "htdocs",
    "public_html",
    "html",
    "docroot",
    "httpdocs",
    "app/webroot",
    "src/public",
    "src",
)
# What can stand in a line of Apache's configuration and in a pattern of sed as it is.
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}){0,10}", re.ASCII)
_SCRIPT = re.compile(r"/[A-Za-z0-9_./-]{1,200}\.(?:php|html)", re.ASCII)
# PHP's own server, told which folder to show.
_SERVED = re.compile(r"\bphp\b[^;&|\n]{0,100}\s-S\b[^;&|\n]{0,100}\s-t\s{1,4}[\"']?([\w./-]{1,200})", re.ASCII)
_HEROKU = re.compile(r"heroku-php-(?:apache2|nginx)\b((?:\s+\S{1,200}){0,12})")


class DocumentRoot(NamedTuple):
    """A folder of the tree (`""` is its root), why it is the one, and the script that answers unknown paths."""

    path: str
    origin: Origin
    rule: str
    fallback: str | None

    @property
    def absolute(self) -> str:
        """The folder's path in the image."""
        return f"/app/{self.path}".rstrip("/")


def first_index(tree: SourceTree) -> str | None:
    """Return the first of the usual folders that holds an `index.php`; `""` is the root, None when none does."""
    for folder in FOLDERS:
        if folder != "src" and tree.has(f"{folder}/{INDEX}"):
            return folder
    if tree.has(INDEX):
        return ""
    return "src" if tree.has(f"src/{INDEX}") else None


def find_root(project: Project) -> DocumentRoot | None:
    """Return the document root, None when no folder could be one; raises ConfigError for a name that cannot be used."""
    found = _asked(project) or _declared(project) or _looked_for(project)
    if found is None:
        return None
    path, origin, rule = found
    return DocumentRoot(path, origin, rule, _fallback(project, path))


def _asked(project: Project) -> tuple[str, Origin, str] | None:
    asked = project.overrides.option("php.root")
    if asked is not None:
        return _checked(asked.value, asked.origin), asked.origin, "the configured document root"
    start = project.overrides.start
    served = _SERVED.search(start.value.text[:2000]) if start is not None else None
    if served is not None and start is not None and project.tree.has_directory(served[1].strip("/").removeprefix("./")):
        return _checked(served[1], start.origin), start.origin, "the folder that the start command names"
    match = _HEROKU.search(start.value.text[:2000]) if start is not None else None
    if match is not None and start is not None:
        words = match[1].split()
        plain = [word for index, word in enumerate(words) if not word.startswith("-") and not _is_value(words, index)]
        path = _checked(plain[0] if plain else "", start.origin)
        return path, start.origin, "the folder that the start command names"
    return None


def _is_value(words: list[str], index: int) -> bool:
    return index > 0 and words[index - 1] in {"-C", "-F", "-c", "-i", "-l", "-p"}


def _checked(text: str, origin: Origin) -> str:
    path = text.strip().removeprefix("/app").strip("/").removeprefix("./").rstrip("/")
    if path in {"", "."}:
        return ""
    if not _SAFE.fullmatch(path):
        raise ConfigError(
            f"`{text[:80]!r}` is no folder that Apache could be told of",
            origin=origin,
            hint="name a folder of the tree, such as `public`, with letters, digits, `-`, `_` and `.`",
        )
    return path


def _declared(project: Project) -> tuple[str, Origin, str] | None:
    """Return what the extra settings of composer.json say."""
    if project.composer is None:
        return None
    manifest = project.composer.manifest
    for keys in (
        ("extra", "drupal-scaffold", "locations", "web-root"),
        ("extra", "symfony", "public-dir"),
        ("extra", "public-dir"),
        ("extra", "typo3/cms", "web-dir"),
    ):
        value = manifest.get(*keys)
        path = value.strip("/").removeprefix("./").rstrip("/") if isinstance(value, str) else None
        if path is not None and (path in {"", "."} or _SAFE.fullmatch(path)):
            return "" if path == "." else path, manifest.origin(*keys), "composer.json names it"
    scripts = manifest.get("scripts")
    for name, value in scripts.items() if isinstance(scripts, dict) else ():
        served = _SERVED.search(str(value)[:500])
        path = served[1].strip("/").removeprefix("./") if served is not None else ""
        if path and _SAFE.fullmatch(path) and project.tree.has(f"{path}/{INDEX}"):
            return path, manifest.origin("scripts", name), "a script of composer.json serves it"
    install = manifest.get("extra", "wordpress-install-dir")
    if isinstance(install, str) and "/" in install and _SAFE.fullmatch(install):
        path = install.rpartition("/")[0]
        return path, manifest.origin("extra", "wordpress-install-dir"), "WordPress is installed below it"
    return None


def _looked_for(project: Project) -> tuple[str, Origin, str] | None:
    row, tree = project.framework, project.tree
    title = row.title
    own = row.root
    if own is not None and tree.has(f"{own}/{INDEX}" if own else INDEX):
        return own, project.place or Origin(own or "."), f"the document root of {title}"
    written = document_root(tree)
    if written is not None and _SAFE.fullmatch(written[0]):
        return *written, "the authors' own server shows this folder"
    found = first_index(tree)
    if found is not None:
        path = f"{found}/{INDEX}" if found else INDEX
        return found, Origin(path), f"there is `{path}`"
    if own is not None and project.installs:
        # Drupal, TYPO3 and others have their front controller written by Composer.
        return own, project.place or Origin("composer.json"), f"the document root of {title}, which Composer fills"
    rules = next((folder for folder in ("", *FOLDERS) if tree.has(f"{folder}/{_RULES}".lstrip("/"))), None)
    if rules is not None and any(name.endswith(".php") for name in tree.directory(rules).files):
        path = f"{rules}/{_RULES}".lstrip("/")
        return rules, Origin(path), f"`{path}` holds rules for Apache, and scripts lie beside it"
    page = tree.first("index.html")
    if page is not None and any(name.endswith(".php") for name in tree.directory().files):
        return "", Origin(page), f"`{page}`, and scripts beside it"
    return _pages(project)


def _pages(project: Project) -> tuple[str, Origin, str] | None:
    """Return the root where an app without any `index.php` has its pages: each is asked for by its own name."""
    tree, row = project.tree, project.framework
    image = base_image.tag(tree, "php")
    if image is not None and "apache" in image.value and next(iter(tree.with_suffix(".php")), None) is not None:
        return "", image.origin, "the authors' own image is Apache with PHP"
    own = row.root
    if own == "" and project.place is not None:
        return "", project.place, f"the document root of {row.title}"
    return None


def _fallback(project: Project, path: str) -> str | None:
    asked = project.overrides.option("php.fallback")
    if asked is not None:
        text = asked.value if asked.value.startswith("/") else f"/{asked.value}"
        if not _SCRIPT.fullmatch(text) or ".." in text:
            raise ConfigError(
                f"`{asked.value[:80]!r}` is no script of the document root",
                origin=asked.origin,
                hint="write `/index.php`",
            )
        return text
    front = project.framework.front
    if front:
        return f"/{front if isinstance(front, str) else INDEX}"
    files = project.tree.directory(path).files
    scripts = [name for name in files if name.endswith(".php")]
    # One script alone in a folder for the public answers whatever is asked for.
    return f"/{INDEX}" if path and scripts == [INDEX] else None
