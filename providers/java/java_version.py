"""Which JDK builds the app, and whose JRE runs it.

A version file or a toolchain is what the authors use. `maven.compiler.release`, `java.version` or
`sourceCompatibility` is the least that works: alone it is taken as it is, beside a pin it is a lower end.

Sources, checked 2026-11-24:
- https://maven.apache.org/plugins/maven-compiler-plugin/examples/set-compiler-release.html
- https://docs.gradle.org/current/userguide/compatibility.html (which Gradle runs on which JDK)
- https://devcenter.heroku.com/articles/customizing-the-jdk (`system.properties`)
- https://sdkman.io/usage#env-command (`.sdkmanrc`)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import runtime
from buildplan.catalogue.versions import Request
from buildplan.language import subfolder, versions
from buildplan.language.versions import Asking, Source, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.read import base_image, code_text, own_dockerfile
from buildplan.source.folder import tree_of

from . import gradle, maven
from .tables import NEWEST_JDK, PARENT_LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.code_text import Code
    from buildplan.source import SourceTree

    from .gradle import Build
    from .maven import Pom

_LEVEL = re.compile(r"(?:1\.)?([0-9]{1,3})(?:\.[0-9.]*)?")
_SDK = re.compile(r"^[ \t]*java[ \t]*=[ \t]*(\S{1,60})[ \t]*$", re.MULTILINE)
_HEROKU = re.compile(r"^[ \t]*java\.runtime\.version[ \t]*[=:][ \t]*(\S{1,60})[ \t]*$", re.MULTILINE)
_NUMBER = re.compile(r"(?:[a-z_-]*-)?(?:1\.)?([0-9]{1,3})(?:[.+_-].*)?", re.IGNORECASE)
# Images whose tag begins with the version of the JDK, and those in which it stands behind the tool's.
_IMAGES = (
    "eclipse-temurin",
    "openjdk",
    "amazoncorretto",
    "temurin",
    "ibm-semeru-runtimes",
    "zulu-openjdk",
    "liberica-openjdk-debian",
)
_BUILD_IMAGE = re.compile(
    r"\S{0,200}?(?:maven|gradle):\S{0,60}?(?:jdk|temurin|corretto|openjdk)-?([0-9]{1,2})\b",
    re.IGNORECASE,
)
_DISTROLESS = re.compile(r"\S{0,200}distroless/java([0-9]{1,2})\b", re.IGNORECASE)
_POM_KEYS = (
    "maven.compiler.release",
    "java.version",
    "maven.compiler.source",
    "maven.compiler.target",
    "javaVersion",
    "jdk.version",
    "java.release",
    "release.version",
    "version.java",
    "kotlin.compiler.jvmTarget",
)
_TOOLCHAIN = (
    r"\bJavaLanguageVersion\s*\.\s*of\s*\(\s*([^()\n]{1,80}(?:\(\))?[^()\n]{0,40}(?:\(\))?)\s*\)",
    r"\bjvmToolchain\s*\(\s*([^(){}\n]{1,80}(?:\(\))?[^(){}\n]{0,40}(?:\(\))?)\s*\)",
)
_LEVELS = (
    r"\boptions\s*\.\s*release(?:\s*=|\.set\s*\()\s*([^\n)]{1,80})",
    r"\b(?:sourceCompatibility|targetCompatibility)\s*(?:=|\s)\s*([^\n]{1,80})",
    r"\bjvmTarget(?:\s*=|\.set\s*\()\s*([^\n]{1,80})",
)


def cap(gradle: tuple[int, ...]) -> int | None:
    """Return the newest JDK that a version of Gradle runs on; None when that is not known."""
    if not gradle:
        return None
    return next((jdk for version, jdk in NEWEST_JDK if gradle[: len(version)] >= version), 8)


class Said(NamedTuple):
    """What the build's files say: toolchains, which are what the authors use, and levels, which are the least."""

    levels: tuple[Sourced[str], ...]
    toolchains: tuple[Sourced[str], ...] = ()


def pins(tree: SourceTree, said: Said, overrides: Overrides, reasons: Reasons) -> list[Request]:
    """Return what version files, toolchains and the authors' Dockerfile ask for, strongest first; raises FileError."""
    return list(versions.requests(PINS, Asking(tree, said, overrides, reasons)))


def resolve(
    pins: list[Request],
    levels: tuple[Sourced[str], ...],
    reasons: Reasons,
    limit: tuple[int, int, Sourced[str]] | None = None,
) -> Resolution:
    """Return the version of Java; `limit` is the oldest and newest JDK that the build tool runs on, and its place.

    Raises VersionError for a request that cannot be met, FileError for a broken file.
    """
    requests = pins
    lowest = _highest(levels)
    if lowest is not None:
        number, source = lowest
        level = Request(_as_request(number, limit), source.origin, "npm", "range", works=f">={number}")
        requests = [*pins, level]
    if not requests and limit is not None:
        low, high, source = limit
        requests = [Request(f">={low} <{high + 1}", source.origin)]
    resolution = versions.choose("java", requests, reasons)
    if limit is not None:
        low, high, source = limit
        major = _major(resolution.version) or high
        if not low <= major <= high:
            text = f"{source.value} runs on Java {low} to {high}, and the app asks for {resolution.version}"
            fix = "update the wrapper: `./gradlew wrapper --gradle-version …`"
            reasons.report(Diagnostic("BP822", "warning", text, source.origin, fix))
    return resolution


def _as_request(number: int, limit: tuple[int, int, Sourced[str]] | None) -> str:
    """Return the request that a level of the language means: its own line, or a newer one where there is none."""
    low = limit[0] if limit is not None else 0
    lines = {line.numbers[0] for line in runtime("java").lines}
    number = max(number, 8)  # Java 8 still compiles what older ones did
    if number >= low and (number in lines or number > max(lines)):
        return str(number)
    number = max(number, low)
    return f">={number}" if limit is None else f">={number} <{limit[1] + 1}"


def _highest(levels: tuple[Sourced[str], ...]) -> tuple[int, Sourced[str]] | None:
    found: tuple[int, Sourced[str]] | None = None
    for item in levels:
        number = _major(item.value)
        if number is not None and (found is None or number > found[0]):
            found = (number, item)
    return found


def _major(text: str) -> int | None:
    match = _NUMBER.fullmatch(text.strip())
    return int(match[1]) if match else None


def only_run(pins: list[Request], newest: int) -> Sourced[str] | None:
    """Return the line of Java that only the authors' image asks for, where their Gradle runs on `newest` at most.

    They build with another one then. None where something else pins a version, or nothing is to be told apart.
    """
    if len(pins) != 1 or pins[0].origin.path != base_image.PATH:
        return None
    number = _major(pins[0].text)
    lines = {line.numbers[0] for line in runtime("java").lines}
    return Sourced(str(number), pins[0].origin) if number in lines and (number or 0) > newest else None


def _own_image(asking: Asking[Said], _: str) -> Iterator[Request]:
    """Yield the version in the authors' Dockerfile."""
    tree = asking.tree
    for name in _IMAGES:
        found = base_image.version(tree, name)
        if found is not None:
            yield Request(found.value, found.origin, "exact", "guess")
            return
    for pattern in (_DISTROLESS, _BUILD_IMAGE):
        for item in own_dockerfile.instructions(tree, "FROM"):
            image = item.value.words[0]
            match = pattern.match(image.value or image.text)
            if match is not None:
                yield Request(match[1], Origin(item.origin.path, item.value.first, "FROM"), "exact", "guess")
                return


def _setting(name: str, pattern: re.Pattern[str]) -> Callable[[SourceTree, str], Sourced[str] | None]:
    """Return the reader of the one line that counts in a file."""

    def read(tree: SourceTree, directory: str) -> Sourced[str] | None:
        path = versions.inside(directory, name)
        text = tree.text_or_none(path) or ""
        match = pattern.search(text)
        return None if match is None else Sourced(match[1], Origin(path, text.count("\n", 0, match.start(1)) + 1))

    return read


def _plain(found: Sourced[str], _: Reasons) -> Request:
    """Return the major version of `21.0.2-tem`, `corretto-17.0.9` or `temurin-21.0.2+13.0.LTS`, all that tags have."""
    match = _NUMBER.fullmatch(found.value.strip())
    return Request(match[1] if match else found.value, found.origin, "exact")


def _toolchains(asking: Asking[Said]) -> Iterator[Request]:
    for item in asking.facts.toolchains:
        yield Request(item.value, item.origin, "exact", "range", works=f">={item.value}")


def _level(asking: Asking[Said]) -> Iterator[Request]:
    """Yield the level that is compiled for: a newer JDK compiles for it too, an older one does not."""
    found = _highest(asking.facts.levels)
    if found is not None:
        yield Request(str(found[0]), found[1].origin, "npm", "range", works=f">={found[0]}")


def of_maven(pom: Pom) -> list[Sourced[str]]:
    """Return the levels that a pom, or one above it, compiles for; the nearest first."""
    found: list[Sourced[str]] = []
    for element in pom.plugin("maven-compiler-plugin"):
        for name in ("release", "source", "target"):
            for start in (("configuration",), ("executions", "execution", "configuration")):
                for item in element.all(*start, name):
                    text = pom.resolved(item.text)
                    if text:
                        found.append(Sourced(text, item.origin()))
    if found:
        return [item for item in found if _LEVEL.fullmatch(item.value)][:1]
    for name in _POM_KEYS:
        value = pom.property(name)
        if value is not None and _LEVEL.fullmatch(value.value):
            return [value]
    managed = (
        item
        for above in pom.chain
        for item in above.root.all("build", "pluginManagement", "plugins", "plugin")
        if (name_of := item.value("artifactId")) is not None and name_of.value == "maven-compiler-plugin"
    )
    for element in managed:
        for name in ("release", "source", "target"):
            value_of = element.value("configuration", name)
            text = pom.resolved(value_of.value) if value_of is not None else None
            if value_of is not None and text and _LEVEL.fullmatch(text):
                return [Sourced(text, value_of.origin)]
    return _of_parent(pom)


def _of_parent(pom: Pom) -> list[Sourced[str]]:
    """Return the level that a known parent outside of the tree sets."""
    outer = pom.outer
    if outer is None:
        return []
    name, version, origin = outer
    level = PARENT_LEVELS.get(name, {}).get(version.partition(".")[0])
    return [Sourced(level, origin)] if level is not None else []


def of_gradle(build: Build, directory: str) -> Said:
    """Return what the scripts of a project, of the root and of shared plugins name."""
    scripts = list(build.of(directory))
    for path in build.tree.with_suffix(".gradle.kts", ".gradle"):
        if path.startswith(("buildSrc/", "build-logic/", "gradle/", "build-plugins/")):
            script = code_text.read(build.tree, path, "jvm")
            if script is not None:
                scripts.append(script)
    toolchains: list[Sourced[str]] = []
    levels: list[Sourced[str]] = []
    for patterns, into in ((_TOOLCHAIN, toolchains), (_LEVELS, levels)):
        for pattern in patterns:
            for script in scripts:
                for match in re.finditer(pattern, script.code):
                    number = _evaluated(build, script, match[1], 3)
                    if number is not None:
                        into.append(Sourced(number, script.origin(match.start())))
    return Said(tuple(levels), tuple(toolchains[:1]))


def _evaluated(build: Build, script: Code, text: str, left: int) -> str | None:
    """Return the number that an expression stands for: a literal, a version of the catalog, a property, a variable."""
    text = text.strip().rstrip(") }").strip()
    match = re.search(r"\bVERSION_(?:1_)?([0-9]{1,2})\b", text) or re.search(r"\bJVM_(?:1_)?([0-9]{1,2})\b", text)
    if match:
        return match[1]
    match = re.match(r"(?:1\.)?([0-9]{1,2})\b", text)
    if match:
        return match[1]
    match = re.search(
        r"\blibs\s*\.\s*versions\s*\.\s*([\w.]+?)(?:\s*\.\s*(?:get|asProvider|toInt|toInteger)\b|\s*$)", text
    )
    if match:
        found = gradle.catalog(build.tree).versions.get(re.sub(r"[-_.]", "", match[1]).lower())
        return _digits(found.value) if found is not None else None
    for number in re.findall(r'"(\d+)"', text):
        value = script.string(number)
        plain = _digits(value) or (_digits(build.properties[value].value) if value in build.properties else None)
        if plain is not None:
            return plain
        versions_of = gradle.catalog(build.tree).versions.get(re.sub(r"[-_.]", "", value).lower())
        if versions_of is not None:
            return _digits(versions_of.value)
    text = text.rpartition("(")[2]
    match = re.match(r"(?:project\.|rootProject\.|ext\.)*(\w+)", text)
    if match and left:
        name = match[1]
        if name in build.properties:
            return _digits(build.properties[name].value)
        for other in (script, *build.scripts.values()):
            assigned = re.search(rf"\b{re.escape(name)}\b(?:\s*:\s*\w+)?\s*=\s*([^\n]{{1,80}})", other.code)
            if assigned is not None and assigned[1].strip() != text:
                return _evaluated(build, other, assigned[1], left - 1)
    return None


def _digits(text: str) -> str | None:
    match = _LEVEL.fullmatch(text.strip())
    return match[1] if match else None


def _facts(tree: SourceTree, directory: str) -> Said:
    """Return what the build files of a folder say, with a pom's parents, or with the scripts of the build it is in."""
    path = versions.inside(directory, maven.MANIFEST)
    if tree.has(path):
        return Said(tuple(of_maven(maven.read_pom(tree, path))))
    build = gradle.read(tree)
    if not directory or directory in build.scripts:
        return of_gradle(build, directory)
    said = of_gradle(gradle.read(tree_of(tree, directory)), "")
    levels, toolchains = (
        tuple(Sourced(item.value, subfolder.place(item.origin, directory)) for item in items) for items in said
    )
    return Said(levels, toolchains)


PINS: Versions[Said] = Versions(
    "java",
    (
        versions.configured("java", "exact"),
        versions.located(_setting(".sdkmanrc", _SDK), understand=_plain),
        versions.located(_setting("system.properties", _HEROKU), understand=_plain),
        versions.single_line(".java-version", understand=_plain),
        versions.tool_versions("java", understand=_plain),
        versions.mise("java", understand=_plain),
        versions.declared(_toolchains),
        Source("image", _own_image),
    ),
    _facts,
)
JAVA: Versions[Said] = Versions("java", (*PINS.sources, versions.declared(_level)), _facts)
VERSIONS = (JAVA,)
