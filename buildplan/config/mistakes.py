"""Mistakes in a configuration: collected, so that a user sees all of them at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.errors import FileError
    from buildplan.model.origin import Origin


# So many mistakes of a source are noted, and so many unknown names are compared with the known ones.
MOST = 100


class Mistakes:
    """What is wrong in one source."""

    def __init__(self) -> None:
        self._found: list[ConfigError] = []

    def add(self, problem: str, origin: Origin, hint: str | None = None) -> None:
        """Note a mistake; raises ConfigError for all of them when they are more than anybody reads."""
        self._found.append(ConfigError(problem, origin=origin, hint=hint))
        if len(self._found) >= MOST:
            self.raise_all()

    def raise_all(self) -> None:
        """Raise one ConfigError for everything that was noted: a line for each, like an error of its own."""
        if not self._found:
            return
        first, *others = sorted(self._found, key=_line)
        if not others:
            raise first
        lines = [_with_hint(first), *(f"{_place(error.origin)}{error.code} {_with_hint(error)}" for error in others)]
        raise ConfigError("\n".join(lines), origin=first.origin)


def _line(error: ConfigError) -> int:
    return 0 if error.origin is None or error.origin.line is None else error.origin.line


def _with_hint(error: ConfigError) -> str:
    return error.problem if error.hint is None else f"{error.problem} (hint: {error.hint})"


def _place(origin: Origin | None) -> str:
    if origin is None:
        return ""
    return f"{origin.path}: " if origin.line is None else f"{origin.path}:{origin.line}: "


def as_config_error(error: FileError) -> ConfigError:
    """Return the same message as an error of the configuration: its exit code is another one."""
    return ConfigError(error.problem, origin=error.origin, hint=error.hint)


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known name that was probably meant, or None; case, `-` and `_` do not count."""
    import difflib

    plain = {_plain(candidate): candidate for candidate in known}
    if _plain(name) in plain:
        return plain[_plain(name)]
    close = difflib.get_close_matches(_plain(name)[:60], plain, n=1, cutoff=likeness)
    return plain[close[0]] if close else None


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name).lower()


def shown(name: object) -> str:
    """Return a name from outside as it may stand in a message: on one line, not too long."""
    text = " ".join(str(name).split())
    return f"`{text[:80]}…`" if len(text) > 80 else f"`{text}`"  # noqa: PLR2004  # a line of a terminal
