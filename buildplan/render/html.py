"""`explain --html`: one page, the Dockerfile on one side, the files that are evidence on the other.

Self-contained: no script, font or image from anywhere. A line and its evidence are linked both ways by plain anchors,
so that it works without JavaScript; a few lines of it scroll the evidence into view. All text comes from strangers: it
is escaped by the template engine, anchors are made of numbers only, and a content security policy allows nothing but
the page's own style and script, by their digests.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from buildplan import __version__
from buildplan.model.visible_text import visible
from buildplan.render import explanation, redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Template

    from buildplan.compose.explain_detection import Claim
    from buildplan.model.build_plan import BuildPlan, Decision
    from buildplan.model.origin import Origin
    from buildplan.render.explanation import ExplainedLine
    from buildplan.source import SourceTree

# A longer file is shown around its evidence only.
_WHOLE = 150
_AROUND = 5
_MAX_COLUMNS = 400


class FileLine(NamedTuple):
    """A line of a file; `used` are the numbers of the Dockerfile's lines that it decides. `gap`: left out before it."""

    number: int
    text: str
    is_evidence: bool
    used: tuple[int, ...]
    gap: int = 0


class File(NamedTuple):
    """A file that is evidence; `used` as in FileLine, for reasons that name the file and no line."""

    number: int
    path: str
    lines: tuple[FileLine, ...]
    rest: int
    used: tuple[int, ...]
    note: str = ""


class Reason(NamedTuple):
    """A decision as the page shows it. `anchor` is that of its evidence, `quote` the line there."""

    decision: Decision
    origin: str
    anchor: str | None
    quote: str | None
    runners_up: tuple[tuple[str, str, str | None, str], ...]
    change: str


def page(plan: BuildPlan, tree: SourceTree, claims: Iterable[Claim] = (), *, process: str | None = None) -> str:
    """Return the page; raises PlanError for a process that the plan does not have."""
    lines = explanation.explained(plan, process=process)
    evidence = _Evidence(plan, tree, lines)
    shown = {reason.field for line in lines for reason in line.reasons}
    rules = [
        (f"L{line.first}", sorted({anchor for item in line.reasons if (anchor := evidence.anchor(item.origin))}))
        for line in lines
        if line.reasons
    ]
    style, script = _asset("explain.css") + _linking(rules), _asset("explain.js")
    return _template().render(
        version=__version__,
        style=style,
        script=script,
        style_digest=_digest(style),
        script_digest=_digest(script),
        plan=plan,
        lines=[(line, [evidence.reason(item) for item in line.reasons]) for line in lines],
        others=[evidence.reason(item) for item in plan.decisions if item.field not in shown],
        files=evidence.files,
        notes=[(item, _place(item.origin), evidence.anchor(item.origin)) for item in plan.diagnostics],
        claims=[item for item in claims if all(item.provider.name != use.name for use in plan.providers)],
    )


def _place(origin: Origin | None) -> str:
    return "" if origin is None else str(origin)


def _linking(rules: list[tuple[str, list[str]]]) -> str:
    """Return the style that lights up a line with its evidence: anchors are letters and numbers, made here."""
    text = []
    for line, anchors in rules:
        text += [f"body:has(#{line}:target) #{anchor},body:has(#{anchor}:target) #{line}" for anchor in anchors]
    return f"{','.join(text)}{{background:var(--mark)}}\n" if text else ""


class _Evidence:
    """The files that reasons name, and the anchors of their lines."""

    def __init__(self, plan: BuildPlan, tree: SourceTree, lines: tuple[ExplainedLine, ...]) -> None:
        self._plan = plan
        users: dict[tuple[str, int | None], dict[int, None]] = {}
        for line in lines:
            for item in line.reasons:
                users.setdefault((item.origin.path, item.origin.line), {})[line.first] = None
        origins = [item.origin for item in plan.decisions]
        origins += [item.origin for decision in plan.decisions for item in decision.runners_up]
        origins += [item.origin for use in plan.providers for item in use.evidence]
        origins += [item.origin for item in plan.diagnostics if item.origin is not None]
        paths = dict.fromkeys(origin.path for origin in origins if tree.has(origin.path))
        self._numbers = {path: number for number, path in enumerate(paths, 1)}
        marked = {path: {origin.line for origin in origins if origin.path == path and origin.line} for path in paths}
        self._texts: dict[str, tuple[str, ...]] = {}
        self._visible: set[tuple[str, int]] = set()
        self.files = tuple(self._file(tree, path, marked[path], users) for path in paths)

    def _file(
        self, tree: SourceTree, path: str, marked: set[int], users: dict[tuple[str, int | None], dict[int, None]]
    ) -> File:
        number = self._numbers[path]
        whole = tuple(users.get((path, None), ()))
        text = tree.text_or_none(path)
        if text is None:
            return File(number, visible(path), (), 0, whole, "no text, or too large to be read")
        content = redact.shown(path, text.removesuffix("\n"))
        self._texts[path] = content
        wanted = set(range(1, len(content) + 1))
        if len(content) > _WHOLE:
            around = {near for line in marked or {1} for near in range(line - _AROUND, line + _AROUND + 1)}
            wanted &= around
        lines = []
        last = 0
        for line in sorted(wanted):
            used = tuple(users.get((path, line), ()))
            shown = visible(content[line - 1][:_MAX_COLUMNS])
            lines.append(FileLine(line, shown, line in marked, used, line - last - 1))
            self._visible.add((path, line))
            last = line
        return File(number, visible(path), tuple(lines), len(content) - last, whole)

    def anchor(self, origin: Origin | None) -> str | None:
        """Return the id of the line that an origin names, or of its file; None for what is in no file."""
        if origin is None or origin.path not in self._numbers:
            return None
        number = self._numbers[origin.path]
        return f"f{number}-{origin.line}" if (origin.path, origin.line or 0) in self._visible else f"f{number}"

    def reason(self, decision: Decision) -> Reason:
        origin = decision.origin
        content = self._texts.get(origin.path, ())
        quote = None
        if origin.line is not None and origin.line <= len(content):
            quote = visible(content[origin.line - 1].strip()[:_MAX_COLUMNS])
        beaten = tuple(
            (visible(item.value), visible(str(item.origin)), self.anchor(item.origin), visible(item.reason))
            for item in decision.runners_up
        )
        change = visible(explanation.change(self._plan, decision))
        return Reason(decision, visible(str(origin)), self.anchor(origin), quote, beaten, change)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return resources.files("buildplan.render").joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["visible"] = visible
    return environment.from_string(_asset("explain.html.jinja"))
