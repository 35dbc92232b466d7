"""A parsed file that still knows on which line each key stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown

if TYPE_CHECKING:
    from collections.abc import Callable

Key = str | int


class Document(NamedTuple):
    """The data of a JSON, TOML or YAML file whose top level is a table.

    `locate` returns the line (from 1) of a key path, or None.
    """

    path: str
    data: dict[str, Any]
    locate: Callable[[tuple[Key, ...]], int | None]

    def origin(self, *keys: Key) -> Origin:
        """Return the place of a key path; the nearest parent that has a line where the key itself has none."""
        line = None
        for end in range(len(keys), 0, -1):
            line = self.locate(keys[:end])
            if line is not None:
                break
        return Origin(self.path, line, dotted(keys) or None)

    def get(self, *keys: Key) -> Any:
        """Return the value at a key path, or None."""
        value: Any = self.data
        for key in keys:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
                value = value[key]
            else:
                return None
        return value

    def string(self, *keys: Key) -> Sourced[str] | None:
        """Return the text at a key path with its origin; None when it is absent.

        Raises FileError when it is something else than text.
        """
        value = self.get(*keys)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong_type(keys, value, "a text")
        return Sourced(value, self.origin(*keys))

    def table(self, *keys: Key) -> dict[str, Any]:
        """Return the table at a key path, empty when it is absent; raises FileError for anything else."""
        value = self.get(*keys)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong_type(keys, value, "a table")
        return value

    def wrong_type(self, keys: tuple[Key, ...], value: object, expected: str) -> FileError:
        """Return the error for a value of the wrong type."""
        names = {dict: "a table", list: "a list", str: "a text", bool: "true or false"}
        if value is None:
            found = "null"
        else:
            found = names.get(type(value), "a number" if isinstance(value, int | float) else "a date")
        return FileError(f"`{shown(dotted(keys))}` is {found}; expected {expected}", origin=self.origin(*keys))


def dotted(keys: tuple[Key, ...]) -> str:
    """Return `a.b[0]`; a key with a dot in it is quoted."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            name = f'"{key}"' if "." in key else key
            text += f".{name}" if text else name
    return text
