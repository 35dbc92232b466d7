"""Where Puma's configuration listens: on PORT, on another variable, on an address inside the container only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin

from . import tokens

if TYPE_CHECKING:
    from .project import Project

PATH = "config/puma.rb"
_LOCAL = ("127.0.0.1", "localhost", "::1")
_STARTS = re.compile(r"(?:exec )?(?:bundle exec )?puma(?=\s|$)")
_CONFIGURATION = re.compile(r"\s(?:-C|--config)[ =]\s{0,4}([\w./-]{1,200})", re.ASCII)
_LISTENS = re.compile(r"\s(?:-p|--port|-b|--bind)(?=[ =\d]|$)")
# Not `HANAMI_PORT`.
_PORT = re.compile(r"(?<![A-Za-z0-9_])PORT(?![A-Za-z0-9_])")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,80}", re.ASCII)


def address(project: Project) -> Origin | None:
    """Return where Puma's configuration binds to an address inside the container only."""
    statements = tokens.statements(project.tree, PATH)
    if any(statement[0].kind == "name" and statement[0].text == "port" for statement in statements):
        return None
    found: Origin | None = None
    for statement in statements:
        first = statement[0]
        if first.kind != "name" or first.text != "bind":
            continue
        text = next((token.text for token in statement if token.kind == "string"), "")
        if not text.startswith("unix:") and not any(f"//{name}" in text for name in _LOCAL):
            return None
        found = Origin(PATH, first.line, text[:80])
    return found


def reads_port(project: Project, path: str) -> bool:
    """Return whether Puma's configuration listens on PORT."""
    for statement in tokens.statements(project.tree, path):
        first = statement[0]
        if first.kind == "name" and first.text in {"port", "bind"}:
            texts = [token.text for token in statement if token.kind == "string"]
            if any(_PORT.search(text) for text in texts):
                return True
    return False


def variable(project: Project, line: str) -> str | None:
    """Return the variable that Puma, started by a command line, takes its port from where that is not PORT."""
    if _STARTS.match(line) is None or _LISTENS.search(line) is not None:
        return None
    given = _CONFIGURATION.search(line)
    path = given[1].removeprefix("./") if given is not None else PATH
    if not project.tree.has(path) or reads_port(project, path):
        return None
    for statement in tokens.statements(project.tree, path):
        words = [token.text for token in statement]
        if words[:2] != ["port", "ENV"]:
            continue
        name = next((token.text for token in statement if token.kind == "string"), "")
        if _VARIABLE.fullmatch(name):
            return name
    return None
