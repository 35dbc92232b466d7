"""The wrappers `mvnw` and `gradlew`: whether they can be used, and which version they bring.

A wrapper that is whole is used, so that the build tool is the one that the authors use. It is started through its
shell: the mark "executable" is lost in archives and on Windows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

_URL = re.compile(r"^[ \t]*distributionUrl[ \t]*[=:][ \t]*(\S{1,500})", re.MULTILINE)
_VERSION = re.compile(r"(?:apache-maven|gradle|maven-mvnd)-([0-9]{1,3}(?:\.[0-9]{1,3}){1,3})")


class Wrapper(NamedTuple):
    """A wrapper: the command, its place, and the numbers of the version; `usable` is false when parts are missing."""

    command: str
    origin: Origin
    version: tuple[int, ...]
    usable: bool

    @property
    def text(self) -> str:
        """The version as text."""
        return ".".join(map(str, self.version))


_PROPERTIES = {"mvnw": ".mvn/wrapper/maven-wrapper.properties", "gradlew": "gradle/wrapper/gradle-wrapper.properties"}


def read(tree: SourceTree, script: str, reasons: Reasons | None = None) -> Wrapper | None:
    """Return the wrapper of the root, None when there is nothing of one."""
    properties = _PROPERTIES[script]
    if not tree.has(script) and not tree.has(properties):
        return None
    text = tree.text_or_none(properties) or ""
    match = _URL.search(text)
    version: tuple[int, ...] = ()
    line = None
    if match is not None:
        line = text.count("\n", 0, match.start()) + 1
        numbers = _VERSION.search(match[1])
        version = tuple(int(number) for number in numbers[1].split(".")) if numbers else ()
    origin = Origin(properties if match is not None else script if tree.has(script) else properties, line)
    problem = _problem(tree, script, properties, found=match is not None)
    if problem is not None and reasons is not None:
        text = f"the wrapper is not used: {problem}"
        fix = f"commit all files of the wrapper, `{script}` with LF line ends"
        reasons.report(Diagnostic("BP820", "warning", text, origin, fix))
    shell = "sh"
    source = tree.text_or_none(script) or ""
    if "bash" in source.partition("\n")[0]:
        shell = "bash"
    return Wrapper(f"{shell} {script}", origin, version, usable=problem is None)


def _problem(tree: SourceTree, script: str, properties: str, *, found: bool) -> str | None:
    if not tree.has(script):
        return f"there is no `{script}`"
    if not tree.has(properties):
        return f"there is no `{properties}`"
    if not found:
        return f"`{properties}` has no `distributionUrl`"
    if script == "gradlew" and not tree.has("gradle/wrapper/gradle-wrapper.jar"):
        return "there is no `gradle/wrapper/gradle-wrapper.jar`"
    if b"\r\n" in tree.read(script)[:4000]:
        return f"`{script}` has CRLF line ends, which no shell reads"
    return None
