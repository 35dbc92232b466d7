"""Whether a tree is a static site: the configuration of a generator, or pages that can be served as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence

from . import generators, pages

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

# Programs of servers that people start without a manifest; pages in a folder beside them are theirs.
_SERVERS = ("main.py", "app.py", "server.py", "wsgi.py", "manage.py", "server.js", "app.js", "main.go", "app.rb")
_LISTENS = ("createServer", ".listen(", "express", "fastify", "Deno.serve", "Bun.serve")


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim, or None; a `Staticfile` or `static.root` that is wrong is a claim too: `plan` explains it."""
    root = overrides.option("static.root")
    generator = generators.find(tree) if root is None else None
    if generator is not None:
        text = f"`{generator.config}` configures {generators.title(generator.name)}"
        return Detection(
            generator.strength, (Evidence(text, generator.origin),), frameworks=(generator.name,), static=True
        )
    if root is not None:
        return Detection(
            Strength.SITE, (Evidence(f"`{root.value}` is the configured folder of a site", root.origin),), static=True
        )
    if tree.has(pages.PATH):
        return Detection(Strength.SITE, (Evidence("a Staticfile", pages.origin()),), static=True)
    folder = pages.choose(tree, overrides)
    if folder is None:
        return None
    if tree.has(folder.file("index.php")):
        return None
    text = f"`{folder.file(pages.INDEX)}` can be served as it is"
    strength = Strength.STRAY if _has_server(tree, folder.path) else Strength.SITE
    return Detection(strength, (Evidence(text, folder.origin),), static=True)


def _has_server(tree: SourceTree, folder: str) -> bool:
    """Return whether a server program lies at the root; a script of the page itself is none."""
    for name in _SERVERS:
        if not tree.has(name):
            continue
        if not name.endswith(".js"):
            return folder != "" or name in {"manage.py", "wsgi.py"}
        text = tree.text_or_none(name) or ""
        if any(word in text for word in _LISTENS):
            return True
    return False
