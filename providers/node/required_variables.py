"""Variables that the build of an app looks for before it does anything: it stops where one is missing.

Read from the scripts that the build runs with `node`, and from the files that the configuration of the framework loads:
those that end the process, and those of t3-env, whose `skipValidation` names the variable that switches the check off.

Source, checked 2026-11-25: https://env.t3.gg/docs/customization#skipping-validation
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import entry_files
from buildplan.model.origin import Origin
from buildplan.model.secrets import LONG_PLACEHOLDER

from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

_CONFIG = re.compile(r"(?:next|nuxt|vite|svelte|astro|remix|react-router)\.config\.[cm]?[jt]s")
_RUN = re.compile(r"\bnode\s+(?:--?[\w=./-]{1,80}\s+){0,4}(?P<path>[\w./-]{1,100}\.[cm]?js)\b", re.ASCII)
_LOADED = re.compile(r"""["'](?P<path>\.{1,2}/[\w./-]{1,100})["']""", re.ASCII)
_STOPS = re.compile(r"process\.exit\(|\bthrow\b")
_NEGATED = re.compile(
    r"if\s*\(\s*!\s*process\.env\.(?P<name>[A-Z][A-Z0-9_]{2,60})\s*\)(?=[^}]{0,300}?(?:process\.exit\(|\bthrow\b))"
)
_QUOTED = re.compile(r"""["'](?P<name>[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,30}){1,6})["']""")
_FIELD = re.compile(r"(?m)^\s{0,12}(?P<name>[A-Z][A-Z0-9_]{2,60})\s*:\s*(?=z\s*\.)")
_SKIP = re.compile(r"skipValidation\s*:[^\n,]{0,80}?process\.env\.(?P<name>[A-Z][A-Z0-9_]{2,60})")
_PUBLIC = ("NEXT_PUBLIC_", "VITE_", "PUBLIC_", "NUXT_PUBLIC_", "REACT_APP_")
_NOT_ASKED = frozenset({"NODE_ENV", "CI", "PORT", "VERCEL_ENV", "VERCEL_URL"})
_CONDITION = re.compile(r"\bif\s*\(\s*process\.env")
_NEAR = 120
_LONGEST = 100_000
_LEAST = re.compile(r"\.(?:min|length)\(\s*(?P<number>\d{1,3})")
_URL = re.compile(r"\.url\(|(?:^|_)UR[LI]$")
_DATABASE = re.compile(r"(?:^|_)(?:DATABASE|POSTGRES|DB|DIRECT|SHADOW_DATABASE)_?UR[LI]$")


class Required(NamedTuple):
    """What a build needs: `given` are placeholders for its time, `missing` what would end up in the pages."""

    given: dict[str, str]
    missing: tuple[str, ...]
    origin: Origin


def find(project: Project) -> Required | None:
    """Return the variables that the build stops without, None when nothing looks for any."""
    given: dict[str, str] = {}
    missing: dict[str, None] = {}
    place: Origin | None = None
    for path in _files(project):
        text = (project.tree.text_or_none(path) or "")[:_LONGEST]
        skip = _SKIP.search(text)
        if skip is not None:
            given[skip["name"]] = "1"
            place = place or Origin(path, text.count("\n", 0, skip.start()) + 1)
            continue
        for name, value, line in _asked(text):
            if name in project.overrides.variables or name in _NOT_ASKED:
                continue
            place = place or Origin(path, line)
            if name.startswith(_PUBLIC):
                missing[name] = None
            else:
                given.setdefault(name, value)
    return None if place is None else Required(given, tuple(missing), place)


def _files(project: Project) -> Iterator[str]:
    """Yield the files of the app that its build runs or that its configuration loads, each once."""
    app, tree = project.app, project.tree
    name = project.build.script if project.build is not None else None
    # A build for images leaves such checks out.
    texts = manifests.reached(app, name) if name is not None and name not in manifests.FOR_IMAGES else ()
    found = [posixpath.normpath(project.path(item["path"])) for text in texts for item in _RUN.finditer(text)]
    for file in tree.directory(app.directory).files:
        if _CONFIG.fullmatch(file):
            text = (tree.text_or_none(project.path(file)) or "")[:_LONGEST]
            found += [posixpath.normpath(project.path(item["path"])) for item in _LOADED.finditer(text)]
    paths = (entry_files.find(tree, path) or path for path in found)
    yield from (path for path in dict.fromkeys(paths) if tree.has(path))


def _asked(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the variables that a file demands, each with a placeholder and its line."""
    if "createEnv(" in text:
        matches = list(_FIELD.finditer(text))
        for index, match in enumerate(matches):
            end = matches[index + 1].start() if index + 1 < len(matches) else match.end() + 200
            rule = text[match.end() : end].partition("\n  }")[0]
            if ".optional()" not in rule and ".default(" not in rule and ".nullish()" not in rule:
                yield match["name"], _placeholder(match["name"], rule), text.count("\n", 0, match.start()) + 1
    elif "process.env" in text and _STOPS.search(text):
        dynamic = re.search(r"!\s*process\.env\[", text) is not None
        for match in (*_NEGATED.finditer(text), *(_QUOTED.finditer(text) if dynamic else ())):
            if _CONDITION.search(text, max(0, match.start() - _NEAR), match.start()):
                continue  # asked for only where another variable is set
            yield match["name"], _placeholder(match["name"], ""), text.count("\n", 0, match.start()) + 1


def _placeholder(name: str, rule: str) -> str:
    """Return a value with which a check passes; nothing connects to it."""
    if _DATABASE.search(name):
        return "postgresql://build@localhost/build"
    if _URL.search(rule) or _URL.search(name):
        return "http://localhost"
    least = _LEAST.search(rule)
    if least is not None and int(least["number"]) > len("build"):
        return LONG_PLACEHOLDER
    return "1" if "number" in rule else "build"
