"""Plain files that are served as they are: which folder is the site, what of it is shipped, how it answers.

A folder counts when it is committed and holds an `index.html`. The root wins, unless its `index.html` is the source of
a bundler (Vite's, with `<script src="/src/main.tsx">`), which no browser can run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import PlanError
from buildplan.model.build_plan import Diagnostic, Input, RunnerUp, Site
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Extend, Replace

from . import hosting as hosts
from . import staticfile as staticfiles
from .paths import inside, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .hosting import Hosting
    from .staticfile import Staticfile

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
    staticfile = staticfiles.read(tree)
    if staticfile is not None and staticfile.root is not None:
        return _named(tree, staticfile.root, "`root` of the Staticfile", made=has_own_commands(overrides))
    found = [name for name in ("", *FOLDERS) if tree.has(f"{name}/{INDEX}" if name else INDEX)]
    ready = [name for name in found if not needs_build(tree, f"{name}/{INDEX}" if name else INDEX)]
    if not ready:
        return Folder("", staticfiles.origin(), "a Staticfile without `root`: the whole tree") if staticfile else None
    # What another host publishes decides between folders, never against an `index.html` at the root.
    published = hosts.read(tree).publish if ready[0] and len(ready) > 1 else None
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
        and name not in {staticfiles.PATH, staticfiles.PASSWORDS}
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
    if tree.has(staticfiles.PASSWORDS):
        password_file = PASSWORD_FILE
        reasons.decide("site.password_file", password_file, Origin(staticfiles.PASSWORDS), "names and password hashes")
    listing = staticfile.directory_listing if staticfile is not None else None
    if listing is not None and listing.value:
        reasons.decide("site.directory_listing", "on", listing.origin, "`directory` of the Staticfile")
    return Site(
        fallback=fallback.value if fallback is not None else None,
        not_found=not_found,
        immutable=immutable,
        error_pages=_error_pages(folder, pages, staticfile, reasons),
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


def _error_pages(
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
