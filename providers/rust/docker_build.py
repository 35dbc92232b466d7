"""What the tree's Dockerfile builds and starts: its authors' word on the program and its features."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Sourced
from buildplan.read import own_dockerfile

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .targets import Binary

_WORD = re.compile(r"[^\s\"',\[\];&|()=$`]+")
_BUILD = re.compile(
    r"\bcargo(?:\s{1,9}\+\S{1,40})?\s{1,9}(?:auditable\s{1,9})?(?:build|install|zigbuild)\b([^;&|\n]{0,600})"
)
_FEATURES = re.compile(
    r"--features(?:=|\s{1,9})(?:\"([\w\s,+/-]{1,300})\"|'([\w\s,+/-]{1,300})'|([\w,+/-]{1,300}))", re.ASCII
)
_BIN = re.compile(r"--bin(?:=|\s{1,9})([\w-]{1,100})")
_PACKAGE = re.compile(r"(?:--package|-p)(?:=|\s{1,9})([\w-]{1,100})")
_ARGUMENT = re.compile(r"\s{0,20}(?:ARG|ENV)\s{1,20}([A-Za-z_]\w{0,60})[= ][\"']?([\w,+/.-]{0,300})[\"']?\s*", re.ASCII)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w{0,60})\}?", re.ASCII)
_ARGUMENT_WORD = re.compile(r"[A-Za-z0-9:.=,_-]{1,60}")
_COPIED = re.compile(
    r"^\s{0,20}(?:COPY|RUN)\b.{0,400}target/(?:[\w.-]{1,60}/)?release/([\w-]{1,100})\s{1,9}([\w./-]{1,200})", re.ASCII
)
_RELEASE = re.compile(r"target/(?:[\w.-]{1,60}/)?release/([\w-]{1,100})")


def named_in(text: str, known: tuple[Binary, ...]) -> Binary | None:
    """Return the program that a command runs: `target/release/NAME`, `cargo run --bin NAME`, or just `NAME`."""
    for word in _WORD.findall(text):
        name = word.rpartition("/")[2]
        for item in known:
            if item.name == name:
                return item
    return None


def program(tree: SourceTree, known: tuple[Binary, ...]) -> tuple[Binary, Origin, str] | None:
    """Return the program that the Dockerfile starts, or else the only one that it builds, and where it says so."""
    called = _called(tree)
    for command in own_dockerfile.commands(tree)[:2]:
        found = named_in(command.value.text, known) or _renamed(command.value.text, called, known)
        if found is not None:
            return found, command.origin, "the tree's Dockerfile starts it"
    for pattern, why in ((_RELEASE, "copies"), (_BIN, "builds"), (_PACKAGE, "builds")):
        named: dict[str, Origin] = {}
        for item in own_dockerfile.instructions(tree):
            if pattern is _RELEASE or "cargo" in item.value.line:
                named |= {match[1]: item.origin for match in pattern.finditer(item.value.line)}
        items = [item for item in known if (item.package.name if pattern is _PACKAGE else item.name) in named]
        if len(items) == 1:
            key = items[0].package.name if pattern is _PACKAGE else items[0].name
            return items[0], named[key], f"the tree's Dockerfile {why} it"
    return None


def _called(tree: SourceTree) -> dict[str, str]:
    """Return how the Dockerfile calls the programs that it copies: the name in the image to the one in `target`."""
    found: dict[str, str] = {}
    for item in own_dockerfile.instructions(tree):
        match = _COPIED.search(item.value.line)
        if match is not None and not match[2].endswith(("/", ".")):
            found.setdefault(match[2].rpartition("/")[2], match[1])
    return found


def _renamed(text: str, called: dict[str, str], known: tuple[Binary, ...]) -> Binary | None:
    names = {called.get(word.rpartition("/")[2]) for word in _WORD.findall(text)}
    return next((item for item in known if item.name in names), None)


def arguments(tree: SourceTree, app: Binary) -> tuple[tuple[str, ...], Origin] | None:
    """Return what the Dockerfile starts the program with; None when that is nothing, or names files or variables.

    `ENTRYPOINT ["shop"]` and `CMD ["serve"]` are one command.
    """
    commands = own_dockerfile.commands(tree)[:2]
    lists = [item.value.argv for item in reversed(commands)]
    words = [word for item in lists for word in item or ()]
    if not words or None in lists or len(words) == 1:
        return None
    name = words[0].rpartition("/")[2]
    if app.name not in {name, _called(tree).get(name)}:
        return None
    if not all(_ARGUMENT_WORD.fullmatch(word) for word in words[1:]) or set(words) & {"--help", "-h", "--version"}:
        return None
    return tuple(words[1:]), commands[0].origin


def features(tree: SourceTree) -> tuple[Sourced[str] | None, Origin | None]:
    """Return the features that the Dockerfile builds with, and where it turns the default ones off."""
    values: dict[str, str] = {}
    for item in own_dockerfile.instructions(tree):
        line, origin = item.value.line, item.origin
        argument = _ARGUMENT.fullmatch(line)
        if argument:
            values.setdefault(argument[1], argument[2])
        match = _BUILD.search(line)
        if match is None:
            continue
        text = _VARIABLE.sub(lambda found: values.get(found[1], found[0]), match[1])
        off = origin if "--no-default-features" in text else None
        asked = [item[1] or item[2] or item[3] for item in _FEATURES.finditer(text)]
        if text.count("--features") > len(asked) or "$" in "".join(asked) or re.search(r"\$\{?\w{0,40}FEATURE", text):
            # What a variable holds is known only where the image is built.
            return None, None
        if asked:
            words = re.split(r"[\s,]+", ",".join(asked).strip())
            return Sourced(",".join(dict.fromkeys(word for word in words if word)), origin), off
        if off is not None:
            return None, off
    return None, None
