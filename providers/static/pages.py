"""What a site without a generator serves: its folder, its Staticfile, and what hosts' files say of paths."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import ConfigError, FileError, PlanError
from buildplan.model.build_plan import Diagnostic, Input, RunnerUp, Site
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Extend, Replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

# Paths that somebody wrote into a file or an option, made safe before they are used.


# What may stand in a path of a site: no pattern character, no quote, nothing that a shell or web server reads.
_SAFE = re.compile(r"[\w@%+=:,.~ /-]+", re.ASCII)


def inside(asked: Sourced[str]) -> str:
    """Return the path relative to the root, without `/` at its ends; `""` is the root itself.

    Raises ConfigError (for an option) or FileError (for a file) when it leaves the tree or holds other characters than
    letters, digits, spaces and `@%+=:,.~-`.
    """
    parts = [part for part in asked.value.strip().split("/") if part not in {"", "."}]
    path = "/".join(parts)
    if ".." in parts or (path and not _SAFE.fullmatch(path)):
        kind = ConfigError if asked.origin.path.startswith("<") else FileError
        raise kind(
            f"`{asked.value[:80]}` is not a path inside the tree",
            origin=asked.origin,
            hint="write a relative path of letters, digits, `-`, `_`, `.` and `/`",
        )
    return path


def safe(path: str) -> bool:
    """Return whether a path of the tree can stand in a web server's configuration as it is."""
    return _SAFE.fullmatch(path) is not None and " " not in path


# The `Staticfile` of Cloud Foundry, Nixpacks and Railpack.
#
# Sources, checked 2026-11-24: https://docs.cloudfoundry.org/buildpacks/staticfile/index.html (`root`, `directory`,
# `pushstate`, `Staticfile.auth`), https://nixpacks.com/docs/providers/staticfile (`gzip`, `status_code`),
# https://railpack.com/languages/staticfile (`index_fallback`).


PATH = "Staticfile"
PASSWORDS = "Staticfile.auth"

_KNOWN = ("root", "directory", "gzip", "status_code", "index_fallback", "pushstate")
_ON = {"on", "true", "yes", "enabled", "visible", "1"}
_OFF = {"off", "false", "no", "disabled", "0", ""}
_STATUS = re.compile(r"[345]\d\d")


class Staticfile(NamedTuple):
    """What the file asks for; `error_pages` are status → path as written."""

    root: Sourced[str] | None = None
    directory_listing: Sourced[bool] | None = None
    fallback: Sourced[bool] | None = None
    error_pages: tuple[tuple[int, Sourced[str]], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def read_staticfile(tree: SourceTree) -> Staticfile | None:
    """Return what the `Staticfile` says, or None when there is none; an empty one says nothing.

    Raises FileError for what is not YAML and for values of the wrong type.
    """
    if not tree.has(PATH):
        return None
    from buildplan.read import yaml_document

    document = yaml_document.read(tree, PATH)
    diagnostics = [_unknown(document, key) for key in document.data if key not in _KNOWN]
    if _switch(document, "gzip") is False:
        diagnostics.append(
            Diagnostic("BP651", "info", "`gzip` is off, but the web server compresses text", document.origin("gzip"))
        )
    return Staticfile(
        root=document.string("root"),
        directory_listing=_sourced(document, "directory"),
        fallback=_sourced(document, "index_fallback") or _sourced(document, "pushstate"),
        error_pages=_error_pages(document),
        diagnostics=tuple(diagnostics),
    )


def _unknown(document: Document, key: str) -> Diagnostic:
    import difflib

    near = difflib.get_close_matches(key, _KNOWN, n=1)
    fix = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(f'`{name}`' for name in _KNOWN)}"
    return Diagnostic("BP651", "warning", f"`{key[:60]}` is not understood", document.origin(key), fix)


def _sourced(document: Document, key: str) -> Sourced[bool] | None:
    value = _switch(document, key)
    return None if value is None else Sourced(value, document.origin(key))


def _switch(document: Document, key: str) -> bool | None:
    value: Any = document.get(key)
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else None
    if text in _ON:
        return True
    if text in _OFF:
        return False
    raise document.wrong_type((key,), value, "`on` or `off`")


def _error_pages(document: Document) -> tuple[tuple[int, Sourced[str]], ...]:
    pages = []
    for status, page in sorted(document.table("status_code").items()):
        if not _STATUS.fullmatch(status) or not isinstance(page, str) or not page.strip():
            raise document.wrong_type(
                ("status_code", status), page, "a status from 300 to 599 and a page, `404: /404.html`"
            )
        pages.append((int(status), Sourced(page, document.origin("status_code", status))))
    return tuple(pages)


def origin() -> Origin:
    """Return the place of the whole file."""
    return Origin(PATH)


# Files in which a site tells another host what to serve.
#
# What they name as the published folder is a hint, the one rule that makes a single-page app is understood, and
# every other rule is reported, since the web server does not apply it.
#
# Sources, checked 2026-11-24: https://docs.netlify.com/manage/routing/redirects/overview/,
# https://docs.netlify.com/build/configure-builds/file-based-configuration/,
# https://vercel.com/docs/project-configuration, https://firebase.google.com/docs/hosting/full-config.


# Configuration of web servers that people put beside their pages.
_SERVERS = (".htaccess", "nginx.conf", "Caddyfile", "web.config")
_VERCEL_RULES = ("redirects", "rewrites", "headers", "routes", "cleanUrls", "trailingSlash")
_EVERYTHING = {"/*", "/(.*)", "/:path*", "**", "/**"}
_ENTRY = {"/index.html", "/", "index.html"}


@dataclass(frozen=True, slots=True)
class Hosting:
    """What the files of other hosts say; `environment` holds the build variables of netlify.toml and vercel.json."""

    publish: Sourced[str] | None = None
    fallback: Sourced[str] | None = None
    environment: dict[str, Sourced[str]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def read_hosting(tree: SourceTree, folder: str = "") -> Hosting:
    """Return what the files of other hosts say, in the root and (`_redirects`, `_headers`) in the site's folder.

    A file that cannot be read is reported and left out: no host of ours needs it.
    """
    found = _Findings()
    for reader in (_netlify, _vercel, _firebase):
        try:
            reader(tree, found)
        except FileError as error:
            found.diagnostics.append(Diagnostic("BP650", "warning", error.problem, error.origin, error.hint))
    for place in dict.fromkeys(("", f"{folder}/" if folder else "")):
        _redirects(tree, f"{place}_redirects", found)
        if tree.has(f"{place}_headers"):
            found.ignored(f"{place}_headers", None, "the headers of")
        for name in _SERVERS:
            if tree.has(f"{place}{name}"):
                found.ignored(f"{place}{name}", None, "the rules of")
    return Hosting(found.publish, found.fallback, found.environment, tuple(found.diagnostics))


class _Findings:
    """Collects what the files say."""

    def __init__(self) -> None:
        self.publish: Sourced[str] | None = None
        self.fallback: Sourced[str] | None = None
        self.environment: dict[str, Sourced[str]] = {}
        self.diagnostics: list[Diagnostic] = []

    def folder(self, value: Sourced[str] | None) -> None:
        if self.publish is None and value is not None and value.value.strip():
            self.publish = value

    def single_page(self, origin: Origin) -> None:
        if self.fallback is None:
            self.fallback = Sourced("index.html", origin)

    def ignored(self, path: str, line: int | None, what: str, count: int | None = None) -> None:
        number = "" if count is None else f"{count} "
        self.diagnostics.append(
            Diagnostic(
                "BP650",
                "warning",
                f"{number}{what} `{path}`, written for another host, are not applied by the web server",
                Origin(path, line),
                "put them in front of the container, or leave them if nothing relies on them",
            )
        )


def _redirects(tree: SourceTree, path: str, found: _Findings) -> None:
    text = tree.text_or_none(path)
    if text is None:
        return
    others = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#", 1)[0].split()
        if len(words) < 2:  # noqa: PLR2004  # a rule has a source and a target
            continue
        status = words[2].rstrip("!") if len(words) > 2 else "301"  # noqa: PLR2004  # the third word
        if words[0] in _EVERYTHING and words[1] in _ENTRY and status == "200":
            found.single_page(Origin(path, number))
        else:
            others.append(number)
    if others:
        found.ignored(path, others[0], "rules of", len(others))


def _netlify(tree: SourceTree, found: _Findings) -> None:
    if not tree.has("netlify.toml"):
        return
    from buildplan.read import toml_document

    document = toml_document.read(tree, "netlify.toml")
    base = document.string("build", "base") if isinstance(document.get("build"), dict) else None
    if base is None or base.value.strip("./") == "":
        found.folder(document.string("build", "publish"))
    for keys in (("context", "production", "environment"), ("build", "environment")):
        _environment(document, keys, found)
    others = 0
    for index, entry in enumerate(_list(document, "redirects")):
        if isinstance(entry, dict) and _single_page(entry.get("from"), entry.get("to"), entry.get("status")):
            found.single_page(document.origin("redirects", index, "from"))
        else:
            others += 1
    count = others + len(_list(document, "headers"))
    if count:
        key = "redirects" if others else "headers"
        found.ignored("netlify.toml", document.origin(key).line, "redirects and headers of", count)


def _vercel(tree: SourceTree, found: _Findings) -> None:
    if not tree.has("vercel.json"):
        return
    from buildplan.read import json_document

    document = json_document.read(tree, "vercel.json")
    found.folder(document.string("outputDirectory"))
    _environment(document, ("build", "env"), found)
    rest = []
    for key in _VERCEL_RULES:
        value = document.get(key)
        # Clean addresses are what the web server does anyway.
        if not value or key == "cleanUrls":
            continue
        rules = value if isinstance(value, list) else []
        if key == "rewrites" and len(rules) == 1 and isinstance(rules[0], dict):
            source, target = rules[0].get("source"), rules[0].get("destination")
            if _single_page(source, target, 200):
                found.single_page(document.origin(key))
                continue
        rest.append(key)
    if rest:
        names = ", ".join(f"`{key}`" for key in rest)
        found.ignored("vercel.json", document.origin(rest[0]).line, f"{names} of")


def _firebase(tree: SourceTree, found: _Findings) -> None:
    if not tree.has("firebase.json"):
        return
    from buildplan.read import json_document

    document = json_document.read(tree, "firebase.json")
    if not isinstance(document.get("hosting"), dict):
        return
    found.folder(document.string("hosting", "public"))
    rewrites = document.get("hosting", "rewrites")
    for entry in rewrites if isinstance(rewrites, list) else []:
        if isinstance(entry, dict) and _single_page(entry.get("source"), entry.get("destination"), 200):
            found.single_page(document.origin("hosting", "rewrites"))
    if document.get("hosting", "redirects") or document.get("hosting", "headers"):
        found.ignored("firebase.json", document.origin("hosting").line, "redirects and headers of")


def _single_page(source: Any, target: Any, status: Any) -> bool:
    return (
        isinstance(source, str)
        and source in _EVERYTHING
        and isinstance(target, str)
        and target in _ENTRY
        and status in (200, "200")  # a tuple: a value from a file need not be hashable
    )


def _list(document: Document, key: str) -> list[Any]:
    value = document.get(key)
    return value if isinstance(value, list) else []


def _environment(document: Document, keys: tuple[str, ...], found: _Findings) -> None:
    table = document.get(*keys)
    if not isinstance(table, dict):
        return
    for name, value in table.items():
        if isinstance(value, str):
            found.environment.setdefault(name, Sourced(value, document.origin(*keys, name)))


# Plain files that are served as they are: which folder is the site, what of it is shipped, how it answers.
#
# A folder counts when it is committed and holds an `index.html`. The root wins, unless its `index.html` is the
# source of
# a bundler (Vite's, with `<script src="/src/main.tsx">`), which no browser can run.


INDEX = "index.html"

# Where people commit a finished site, in the order in which they mean it.
FOLDERS = (
    "public",
    "dist",
    "build",
    "site",
    "www",
    "html",
    "docs",
    "static",
    "_site",
    "out",
    "public_html",
    "htdocs",
)

# At the root of a repository, but not part of the site that lies there.
_NOT_SITE = re.compile(
    r"""(?ix)
    (?: readme | licen[cs]e | copying | changelog | changes | contributing | code_of_conduct | security | authors
        | notice | todo ) (?: [._-][\w.-]* )?
    | [^.].*\.(?: md | lock | lockb | log | sh | bat | ps1 | pem | key | bak | swp | ini | cfg )
    | (?: app | appveyor | azure-pipelines | bitbucket-pipelines | cloudbuild | codecov | mkdocs | pnpm-lock
        | pnpm-workspace | render | _config ) \.ya?ml
    | (?: book | bunfig | buildplan | cargo | fly | hugo | mise | netlify | nixpacks | pyproject | railway
        | wrangler ) \.toml
    | (?: docker-?compose | compose | dockerfile | containerfile | makefile | procfile | staticfile | jenkinsfile
        | caddyfile ) (?: \.[\w.-]* )?
    | (?: package | package-lock | npm-shrinkwrap | composer | bower | deno | turbo | nx | lerna | nixpacks | railpack
        | vercel | now | firebase | app | wrangler | biome | renovate | tsconfig[\w.-]* | jsconfig ) \.jsonc?
    | [\w.-]+\.config\.[cm]?[jt]s | gulpfile\.[cm]?[jt]s | gruntfile\.[cm]?js | webpack[\w.-]*\.js
    | go\.(?:mod|sum) | gemfile | rakefile | nginx\.conf | web\.config | cname | _redirects | _headers
    | requirements[\w-]*\.txt
    """
)
_NOT_SITE_FOLDERS = {
    "__tests__",
    "bower_components",
    "coverage",
    "cypress",
    "e2e",
    "node_modules",
    "script",
    "scripts",
    "spec",
    "test",
    "tests",
}
# More COPY lines than this are no longer readable.
_MOST_FOLDERS = 12

# Folders in which a framework puts nothing but files with a hash in their name.
_ALWAYS_HASHED = ("_next/static", "_app/immutable", "_astro", "_nuxt")
# Folders in which each file has to be looked at.
_MAYBE_HASHED = ("assets", "static", "static/js", "static/css", "static/media", "js", "css", "build", "chunks")

_BUNDLER_HASH = 8  # letters of a hash, as Vite, webpack and Rollup cut it by default
_LONGEST_HASH = 64
# Names that begin with a dot are never served, so this is where the password file goes.
PASSWORD_FILE = ".htpasswd"  # noqa: S105  # the name of a file

_BUNDLER_SOURCE = re.compile(
    r"""<script[^<>]{0,200}\ssrc=["']/?(?:\./)?([\w@./-]{1,200}\.(?:tsx|ts|jsx|vue|svelte))["']"""
)
_TEMPLATE = "%PUBLIC_URL%"
_PACKAGE_FILES = re.compile(r"""(?:src|href)=["'](?:\./|/)?(node_modules/[\w@./-]{1,200})["']""")


class Folder(NamedTuple):
    """The site's folder, `""` for the root; why it, and which other folders could have been it."""

    path: str
    origin: Origin
    rule: str
    others: tuple[str, ...] = ()

    def file(self, name: str) -> str:
        """Return the path in the tree of a file of the site."""
        return f"{self.path}/{name}" if self.path else name


def choose(tree: SourceTree, overrides: Overrides) -> Folder | None:
    """Return the folder of the site, or None when nothing looks like one.

    Raises ConfigError or FileError when `static.root` or a `Staticfile` names a folder that is not there.
    """
    asked = overrides.option("static.root")
    if asked is not None:
        return _named(tree, asked, "the configured folder", made=has_own_commands(overrides))
    staticfile = read_staticfile(tree)
    if staticfile is not None and staticfile.root is not None:
        return _named(tree, staticfile.root, "`root` of the Staticfile", made=has_own_commands(overrides))
    found = [name for name in ("", *FOLDERS) if tree.has(f"{name}/{INDEX}" if name else INDEX)]
    ready = [name for name in found if not needs_build(tree, f"{name}/{INDEX}" if name else INDEX)]
    if not ready:
        return Folder("", origin(), "a Staticfile without `root`: the whole tree") if staticfile else None
    # What another host publishes decides between folders, never against an `index.html` at the root.
    published = read_hosting(tree).publish if ready[0] and len(ready) > 1 else None
    if published is not None and published.value.strip("./ ") in ready:
        name = published.value.strip("./ ")
        return Folder(name, published.origin, "the folder that another host publishes", _others(ready, name))
    name = ready[0]
    text = "the first folder with an `index.html`" if name else "`index.html` at the root"
    return Folder(name, Origin(f"{name}/{INDEX}" if name else INDEX), text, _others(ready, name))


def has_own_commands(overrides: Overrides) -> bool:
    """Return whether the owner has commands that run before the files are shipped, and may write some."""
    return any(
        (isinstance(phase.commands, Replace) and phase.commands.items) or isinstance(phase.commands, Extend)
        for phase in overrides.phases.values()
    )


def _named(tree: SourceTree, asked: Sourced[str], text: str, *, made: bool) -> Folder:
    path = inside(asked)
    if path and not made and not tree.has_directory(path):
        known = [name for name in FOLDERS if tree.has_directory(name)]
        raise PlanError(
            f"there is no folder `{path}` with a file in it",
            origin=asked.origin,
            hint=f"name a folder that is committed: {', '.join(known)}"
            if known
            else "commit the folder, or name another",
        )
    return Folder(path, asked.origin, text)


def _others(ready: list[str], chosen: str) -> tuple[str, ...]:
    return tuple(name for name in ready if name != chosen)


def needs_build(tree: SourceTree, path: str) -> bool:
    """Return whether a page is the input of a bundler and not something that a browser can show."""
    text = tree.text_or_none(path)
    return text is not None and (_TEMPLATE in text or _BUNDLER_SOURCE.search(text) is not None)


# --- what is shipped ------------------------------------------------------------------------------------------------


def copies(tree: SourceTree, folder: Folder, *, whole: bool = False) -> tuple[tuple[Input, ...], tuple[str, ...]]:
    """Return what is copied from the build context, and the patterns that keep the rest out of it.

    A folder is copied whole. At the root each file and folder that belongs to the site is named; when these are too
    many, or with `whole` (commands of the owner may write more), the tree is copied and the patterns name what does
    not belong.
    """
    if folder.path:
        return (Input(f"{folder.path}/", dest=""),), ()
    directory = tree.directory()
    text = tree.text_or_none(INDEX) or ""
    # A docsify site reads its Markdown in the browser; other pages may link a licence or a changelog.
    reads_markdown = "docsify" in text
    files = [
        name
        for name in directory.files
        if not name.startswith(".")
        and (not _NOT_SITE.fullmatch(name) or name in text or (reads_markdown and name.endswith(".md")))
        and name not in {PATH, PASSWORDS}
    ]
    folders = [
        name
        for name in directory.directories
        if (not name.startswith(".") or name == ".well-known") and (name not in _NOT_SITE_FOLDERS or f"{name}/" in text)
    ]
    if len(folders) <= _MOST_FOLDERS and not whole:
        return (*(Input(name) for name in files), *(Input(f"{name}/") for name in folders)), ()
    if whole:
        return (Input(".", dest=""),), ()
    left = (*(set(directory.files) - set(files)), *(set(directory.directories) - set(folders)))
    return (Input(".", dest=""),), tuple(sorted(left))


# --- how it answers -------------------------------------------------------------------------------------------------


def site(
    tree: SourceTree,
    folder: Folder,
    staticfile: Staticfile | None,
    hosting: Hosting,
    overrides: Overrides,
    reasons: Reasons,
) -> Site:
    """Return how the files of a folder are served, with the reason for everything that is not the default."""
    pages = frozenset(_walk(tree, folder.path))
    fallback = _fallback(tree, folder, pages, staticfile, hosting, overrides)
    if fallback is not None:
        why = "unknown paths belong to a single-page app"
        reasons.decide("site.fallback", fallback.value, fallback.origin, why)
    not_found = "404.html" if fallback is None and "404.html" in pages else None
    if not_found is not None:
        reasons.decide("site.not_found", not_found, Origin(folder.file(not_found)), "the usual name of this page")
    immutable = hashed_folders(pages)
    if immutable:
        first = Origin(folder.file(immutable[0]))
        reasons.decide("site.immutable", ", ".join(immutable), first, "every file name in there holds a hash")
    password_file = None
    if tree.has(PASSWORDS):
        password_file = PASSWORD_FILE
        reasons.decide("site.password_file", password_file, Origin(PASSWORDS), "names and password hashes")
    listing = staticfile.directory_listing if staticfile is not None else None
    if listing is not None and listing.value:
        reasons.decide("site.directory_listing", "on", listing.origin, "`directory` of the Staticfile")
    return Site(
        fallback=fallback.value if fallback is not None else None,
        not_found=not_found,
        immutable=immutable,
        error_pages=_pages_of_errors(folder, pages, staticfile, reasons),
        directory_listing=listing is not None and listing.value,
        password_file=password_file,
    )


def _fallback(
    tree: SourceTree,
    folder: Folder,
    pages: frozenset[str],
    staticfile: Staticfile | None,
    hosting: Hosting,
    overrides: Overrides,
) -> Sourced[str] | None:
    asked = overrides.option("static.fallback")
    if asked is not None:
        if asked.value.strip().lower() in {"", "false", "off", "no", "none"}:
            return None
        path = INDEX if asked.value.strip().lower() in {"true", "on", "yes"} else inside(asked)
        if path not in pages:
            raise PlanError(
                f"the site has no page `{path}` to fall back to",
                origin=asked.origin,
                hint=f"name a page inside of `{folder.path or '.'}`, such as `{INDEX}`",
            )
        return Sourced(path, asked.origin)
    if staticfile is not None and staticfile.fallback is not None:
        return Sourced(INDEX, staticfile.fallback.origin) if staticfile.fallback.value else None
    if hosting.fallback is not None and INDEX in pages:
        return hosting.fallback
    if "200.html" in pages:
        return Sourced("200.html", Origin(folder.file("200.html")))
    if INDEX not in pages:
        return None
    if "404.html" in pages:
        # On GitHub Pages a copy of the entry page under this name is what makes a single-page app work.
        text = tree.text_or_none(folder.file("404.html"))
        same = text is not None and text == tree.text_or_none(folder.file(INDEX))
        return Sourced(INDEX, Origin(folder.file("404.html"))) if same else None
    documents = [page for page in pages if page.endswith((".html", ".htm"))]
    compiled = any(page.endswith((".js", ".mjs")) and hashed(page) for page in pages)
    return Sourced(INDEX, Origin(folder.file(INDEX))) if documents == [INDEX] and compiled else None


def _pages_of_errors(
    folder: Folder, pages: frozenset[str], staticfile: Staticfile | None, reasons: Reasons
) -> tuple[tuple[int, str], ...]:
    found = []
    for status, page in staticfile.error_pages if staticfile is not None else ():
        path = inside(page)
        if path not in pages or not safe(path):
            text = f"the page `{path}` for status {status} is not in the site's folder `{folder.path or '.'}`"
            reasons.report(Diagnostic("BP651", "warning", text, page.origin, "add the page, or remove the line"))
            continue
        reasons.decide(f"site.error_pages.{status}", path, page.origin, "`status_code` of the Staticfile")
        found.append((status, path))
    return tuple(found)


def hashed_folders(pages: frozenset[str]) -> tuple[str, ...]:
    """Return the folders, parents first, below which every file name holds a hash of the content."""
    found: list[str] = []
    for prefix in (*_ALWAYS_HASHED, *_MAYBE_HASHED):
        if any(prefix.startswith(f"{known}/") for known in found):
            continue
        below = [page for page in pages if page.startswith(f"{prefix}/")]
        if below and (prefix in _ALWAYS_HASHED or all(hashed(page) for page in below)):
            found.append(prefix)
    return tuple(found)


def hashed(path: str) -> bool:
    """Return whether a file name holds a content hash: `main.8f3a1b2c.js`, `index-BHnplgic.css`."""
    name = path.rpartition("/")[2].removesuffix(".map").removesuffix(".LICENSE.txt")
    stem, _, middle = name.rpartition(".")[0].partition(".")
    if len(stem) > _BUNDLER_HASH and stem[-_BUNDLER_HASH - 1] == "-" and _is_hash(stem[-_BUNDLER_HASH:]):
        return True
    return _is_hash(stem.rpartition("-")[2]) or any(_is_hash(part) for part in middle.split("."))


def _is_hash(text: str) -> bool:
    if not _BUNDLER_HASH <= len(text) <= _LONGEST_HASH or not re.fullmatch(r"[\w-]+", text, re.ASCII):
        return False
    digit = any(char.isdigit() for char in text)
    letter = any(char.isalpha() for char in text)
    # A hash without a digit is told from a word (`datepicker`, `DatePicker`) by its length and its capitals.
    mixed = len(text) == _BUNDLER_HASH and text.lower() != text and text.upper() != text
    return (digit and letter) or mixed


def report(tree: SourceTree, folder: Folder, reasons: Reasons) -> None:
    """Report what a person would stumble over: other folders, files that a page wants and the tree has not."""
    if folder.others:
        names = ", ".join(f"`{name or '.'}`" for name in folder.others)
        text = f"`{folder.path or '.'}` is served; {names} also holds an `{INDEX}`"
        reasons.report(Diagnostic("BP654", "info", text, folder.origin, "set the option `static.root` to choose"))
    path = folder.file(INDEX)
    text_of = tree.text_or_none(path) or ""
    missing = _PACKAGE_FILES.search(text_of)
    if missing is not None and not tree.has(folder.file(missing[1])):
        line = text_of.count("\n", 0, missing.start()) + 1
        text = f"the page reads `{missing[1]}`, which is not in the tree"
        fix = "commit a copy of the file outside of node_modules, or build the site with a bundler"
        reasons.report(Diagnostic("BP653", "warning", text, Origin(path, line), fix))
    source = _BUNDLER_SOURCE.search(text_of)
    if source is not None or _TEMPLATE in text_of:
        what = f"`{source[1]}`, which no browser can run" if source is not None else f"`{_TEMPLATE}`"
        fix = "serve the folder that the build writes, with the option `static.root`"
        reasons.report(
            Diagnostic("BP653", "warning", f"the page holds {what}: it is the source of a build", Origin(path), fix)
        )


def losers(folder: Folder) -> tuple[RunnerUp, ...]:
    """Return the folders that could have been the site."""
    return tuple(
        RunnerUp(name or ".", Origin(f"{name}/{INDEX}" if name else INDEX), f"`{folder.path or '.'}` comes first")
        for name in folder.others
    )


def _walk(tree: SourceTree, folder: str) -> Iterator[str]:
    """Yield the paths of all files of a folder, relative to it."""
    pending = [""]
    while pending:
        path = pending.pop()
        directory = tree.directory("/".join(part for part in (folder, path) if part))
        for name in directory.files:
            yield f"{path}/{name}" if path else name
        pending.extend(
            f"{path}/{name}" if path else name
            for name in directory.directories
            if not name.startswith(".") and name != "node_modules"
        )
