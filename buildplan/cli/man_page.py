"""The manual page, made from the parsers: `buildplan man | man -l -`.

Source, checked 2026-11-24: groff_man(7), the sections of man-pages(7).
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from buildplan import __version__
from buildplan.cli import arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXIT = (
    ("0", "all is well"),
    ("1", "this tree cannot be planned, `check` failed, or a file of yours would be lost"),
    ("2", "a wrong option or configuration, or `check` cannot tell"),
    ("3", "a bug of buildplan; the message says how to report it"),
)


def page() -> str:
    """Return the page in man's own markup."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH BUILDPLAN 1 "" "buildplan {__version__}" "User Commands"'
    yield ".SH NAME"
    yield r"buildplan \- from a source tree to a build plan and a Dockerfile that you would commit"
    yield ".SH SYNOPSIS"
    yield r".B buildplan\fR [\fIPATH\fR] [\fIOPTIONS\fR]"
    yield ".br"
    yield r".B buildplan \fICOMMAND\fR [\fIOPTIONS\fR]"
    yield ".SH DESCRIPTION"
    yield _plain(arguments.DESCRIPTION + " It works offline; nothing is written unless a command says so.")
    yield ".SH OPTIONS"
    yield from _options(arguments.parser(arguments.PRINT, brief=False))
    for title, commands in arguments.GROUPS.items():
        yield f'.SH "{title.upper()}"'
        for name, text in commands.items():
            yield f'.SS "buildplan {name}"'
            yield _plain(f"{text[:1].upper()}{text[1:]}.")
            yield from _options(arguments.parser(name))
    yield ".SH EXIT STATUS"
    for code, text in _EXIT:
        yield ".TP"
        yield f".B {code}"
        yield _plain(text)
    yield ".SH ENVIRONMENT"
    yield ".TP"
    yield ".B NO_COLOR"
    yield _plain("no colour in messages, unless --color asks for it")


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:  # noqa: SLF001  # argparse has no public way to ask
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction):  # noqa: SLF001  # likewise
            continue
        value = action.metavar if isinstance(action.metavar, str) else ""
        if action.choices is not None:
            value = "|".join(map(str, action.choices))
        flags = ", ".join(rf"\fB{_plain(flag)}\fR" for flag in action.option_strings)
        yield ".TP"
        yield " ".join(part for part in (flags, rf"\fI{_plain(value)}\fR" if value else "") if part)
        yield _plain(action.help or "")


def _plain(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    # The one way to write other characters that every groff reads.
    escaped = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
