"""Typed values out of a parsed config file of another tool: lenient, and never silent about it."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from buildplan.config.mistakes import MOST, nearest, shown
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.model.requests import CommandRequest
from buildplan.read.document import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from buildplan.config.mistakes import Mistakes
    from buildplan.model.build_plan import Severity
    from buildplan.model.requests import Items
    from buildplan.read.document import Document, Key

PHASE_NAME = re.compile(r"[A-Za-z][\w:-]{0,60}", re.ASCII)
PROCESS_NAME = re.compile(r"[A-Za-z0-9_-]+")
IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._/:-]{0,254}(?:@sha256:[0-9a-f]{64})?")


def plain(value: object) -> str | None:
    """Return a text, number or truth value as text; None for everything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return None


class Reader:
    """Reads one document; mistakes and diagnostics are collected."""

    def __init__(self, document: Document, mistakes: Mistakes) -> None:
        self.document = document
        self.mistakes = mistakes
        self.diagnostics: list[Diagnostic] = []

    def report(
        self, code: str, text: str, keys: tuple[Key, ...], fix: str | None = None, severity: Severity = "warning"
    ) -> None:
        """Note a diagnostic about a key."""
        self.diagnostics.append(Diagnostic(code, severity, text, self.document.origin(*keys), fix))

    def wrong(self, keys: tuple[Key, ...], expected: str, hint: str | None = None) -> None:
        """Note that a value has a type that cannot be understood."""
        error = self.document.wrong_type(keys, self.document.get(*keys), expected)
        self.mistakes.add(error.problem, self.document.origin(*keys), hint)

    def unknown(self, keys: tuple[Key, ...], known: Iterable[str], advice: Mapping[str, str]) -> None:
        """Note every key of the table at `keys` that is not known: with its advice, else with the nearest name."""
        table = self.document.get(*keys)
        known = tuple(known)
        for name in islice((name for name in table if name not in known) if isinstance(table, dict) else (), MOST):
            place = (*keys, name)
            text = f"`{dotted(place)}` is no key of this file, so it is ignored"
            fix = advice.get(name)
            if fix is not None:
                self.report("BP662", text, place, fix)
                continue
            near = nearest(name, known)
            self.report("BP661", text, place, f"did you mean `{near}`?" if near else f"keys here: {', '.join(known)}")

    def table(self, *keys: Key, hint: str | None = None) -> dict[str, Any]:
        """Return a table, empty when it is absent; anything else is a mistake."""
        value = self.document.get(*keys)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.wrong(keys, "a table", hint)
        return {}

    def text(self, *keys: Key) -> Sourced[str] | None:
        """Return a text (a number or truth value counts as one), None when it is absent or blank."""
        value = self.document.get(*keys)
        if value is None:
            return None
        text = plain(value)
        if text is None:
            self.wrong(keys, "a text")
            return None
        return Sourced(text, self.document.origin(*keys)) if text.strip() else None

    def texts(self, *keys: Key, hint: str | None = None) -> Items | None:
        """Return a list of texts, None when it is absent; a single text counts as a list, and is reported."""
        value = self.document.get(*keys)
        if value is None:
            return None
        if isinstance(value, str):
            self.report(
                "BP663",
                f"`{dotted(keys)}` is a text where a list is expected; it is read as a list of one",
                keys,
                f'write `{keys[-1]} = ["…"]`',
            )
            value = [value]
        if not isinstance(value, list):
            self.wrong(keys, "a list of texts", hint)
            return None
        items = []
        for index, item in enumerate(value):
            text = plain(item)
            if text is None:
                self.wrong((*keys, index), "a text", hint)
            elif text.strip():
                items.append(Sourced(text.strip(), self.document.origin(*keys, index)))
        return tuple(items)

    def command(self, *keys: Key) -> Sourced[CommandRequest] | None:
        """Return a command: a text is a line for the shell, a list of texts is words. None when absent or empty."""
        value = self.document.get(*keys)
        if isinstance(value, list):
            words = [plain(word) for word in value]
            for index, word in enumerate(words):
                if word is None:
                    self.wrong((*keys, index), "a text")
            argv = tuple(word for word in words if word is not None)
            return Sourced(CommandRequest(argv=argv), self.document.origin(*keys)) if any(argv) else None
        line = self.text(*keys)
        return None if line is None else Sourced(CommandRequest(shell=line.value.strip()), line.origin)

    def image(self, *keys: Key) -> Sourced[str] | None:
        """Return the name of an image, None when it is absent; what is no such name is a mistake."""
        text = self.text(*keys)
        if text is None or IMAGE.fullmatch(text.value):
            return text
        self.mistakes.add(f"{shown(text.value)} is no name of an image", text.origin, "write `name:tag`")
        return None

    def scalars(self, *keys: Key, hint: str | None = None) -> dict[str, Sourced[str]]:
        """Return a table of texts; numbers and truth values become texts, null is left out and reported."""
        found = {}
        for name, value in self.table(*keys, hint=hint).items():
            place = (*keys, name)
            if value is None:
                self.report(
                    "BP663",
                    f"`{dotted(place)}` is null, so it is left out",
                    place,
                    "write a text, or remove the key",
                    "info",
                )
                continue
            text = plain(value)
            if text is None:
                self.wrong(place, "a text")
            else:
                found[name] = Sourced(text, self.document.origin(*place))
        return found
