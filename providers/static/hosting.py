"""Files in which a site tells another host what to serve.

What they name as the published folder is a hint, the one rule that makes a single-page app is understood, and
every other rule is reported, since the web server does not apply it.

Sources, checked 2026-11-24: https://docs.netlify.com/manage/routing/redirects/overview/,
https://docs.netlify.com/build/configure-builds/file-based-configuration/,
https://vercel.com/docs/project-configuration, https://firebase.google.com/docs/hosting/full-config.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

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


def read(tree: SourceTree, folder: str = "") -> Hosting:
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
