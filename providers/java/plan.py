"""Plan a Java app: the build tool, its wrapper, the version, phases, the image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import PlanError, VersionError
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase, Run, RunnerUp, Runtime
from buildplan.model.origin import Origin, Sourced, rule
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import NotUnderstoodError, intervals, shown, span

from . import app, gradle, java_version, maven, products, serving
from .detect import NOT_YET

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .app import Choice, Product

# The wrappers `mvnw` and `gradlew`: whether they can be used, and which version they bring.
#
# A wrapper that is whole is used, so that the build tool is the one that the authors use. It is started through its
# shell: the mark "executable" is lost in archives and on Windows.


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


def read_wrapper(tree: SourceTree, script: str, reasons: Reasons | None = None) -> Wrapper | None:
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


# The plan of a Java app, assembled from its facts.


_USER = "1000:1000"
_NEWEST_FOR_GRADLE_8 = 24
# The lines that there are images of, with the flavours of the table of Java.
_GRADLES = (9, 8, 7, 6)
# The image has it there; `/root/.gradle` is a link to it.
_CACHE_OF_IMAGE = Cache("gradle", "/home/gradle/.gradle", locked=True)
_MEMORY = "-XX:MaxRAMPercentage=75"
_RUN_ONLY = ("PORT", "JAVA_TOOL_OPTIONS", "JAVA_OPTS", "SERVER_PORT", "SPRING_PROFILES_ACTIVE")


class _Made(NamedTuple):
    product: Product
    version: Resolution
    flavour: str
    cache: Cache
    choice: Choice
    runs_on: Sourced[str] | None = None  # where that is not what it is built with


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Java app in a tree.

    Raises FileError for a broken pom.xml or version catalog, VersionError for a version that cannot be met,
    NoStartError when nothing can be started, PlanError for builds that are not planned yet.
    """
    overrides, reasons = context.overrides, Reasons()
    if tree.has("pom.xml"):
        made = _maven(tree, overrides, reasons)
    elif gradle.first_manifest(tree) is not None:
        made = _gradle(tree, overrides, reasons)
    else:
        raise _not_yet(tree)
    product = made.product
    started = serving.resolve(tree, made.choice, product, overrides, reasons)
    setup = Phase("setup", runtime=Runtime("java", made.version.version, made.version.requested, flavour=made.flavour))
    build = _build(made, started, reasons)
    is_app = context.role == "app"
    return ProviderPlan(
        phases=(*product.phases, setup, build),
        run=_run(made, started, reasons) if is_app else None,
        processes=started.processes if is_app else (),
        assets=() if is_app else started.copies,
        artifacts=_artifacts(tree),
        run_only_variables=_RUN_ONLY,
        frameworks=tuple(match.framework.id for match in made.choice.matches),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _artifacts(tree: SourceTree) -> tuple[str, ...]:
    """Return what each module's own build makes; a source package may be called `target` or `build` too."""
    made = [
        f"{path.removesuffix(name)}{output}/"
        for name, output in (("pom.xml", "target"), ("build.gradle", "build"), ("build.gradle.kts", "build"))
        for path in sorted(tree.named(name))
        if "src" not in path.split("/")
    ]
    root = () if tree.has("pom.xml") else ("build/",)
    return (*dict.fromkeys((*root, *made)), *(() if tree.has("pom.xml") else (".gradle/",)))


def _maven(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> _Made:
    pairs = maven.modules(tree)
    choice = app.choose_module(tree, tuple(module for module, _ in pairs), overrides, reasons)
    pom = next(item for module, item in pairs if module is choice.module)
    found = read_wrapper(tree, "mvnw", reasons)
    said = java_version.Said(tuple(java_version.of_maven(pom)))
    version = java_version.resolve(java_version.pins(tree, said, overrides, reasons), said.levels, reasons)
    command, flavour = "mvn", "maven"
    if found is not None and found.usable:
        command, flavour = found.command, "full"
        reasons.decide("maven.version", found.text or "the wrapper's", found.origin, "the wrapper brings it")
    else:
        reasons.decide("maven.version", "3.9", rule("image"), "no usable wrapper: the image of Maven")
        version = _with_image(version, reasons)
    main = app.choose_main_class(choice, overrides, reasons)
    own = overrides.start is not None
    product = maven.product(tree, choice, pom, main, command, version, reasons, own_start=own)
    return _Made(product, version, flavour, Cache("maven", "/root/.m2", locked=True), choice)


def _gradle(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> _Made:
    build = gradle.read(tree)
    choice = app.choose_module(tree, gradle.modules(build), overrides, reasons)
    asked = _asked_gradle(overrides)
    # A configuration is stronger than the wrapper, which is not looked at then.
    found = read_wrapper(tree, "gradlew", reasons) if asked is None else None
    said = java_version.of_gradle(build, choice.module.directory)
    pins = java_version.pins(tree, said, overrides, reasons)
    runs_on = None
    limit = None
    number = found.version if found is not None else ()
    if asked is not None:
        # Its image is the newest of the line.
        number = (int(asked.value), 99)
    newest = java_version.cap(number)
    named = asked if asked is not None else Sourced(found.text, found.origin) if found is not None else None
    if named is not None and newest is not None:
        oldest = 17 if number >= (9,) else 8
        limit = (oldest, newest, Sourced(f"Gradle {named.value}", named.origin))
        runs_on = java_version.only_run(pins, newest)
    if runs_on is not None:
        pins = []
        why = f"what the authors run it on; Gradle {named.value if named is not None else ''} builds on an older one"
        reasons.decide("run.java.version", runs_on.value, runs_on.origin, why)
    version = java_version.resolve(pins, said.levels, reasons, limit)
    cache = Cache("gradle", "/root/.gradle", locked=True)
    if found is not None and found.usable:
        command, flavour = found.command, "full"
        reasons.decide("gradle.version", found.text or "the wrapper's", found.origin, "the wrapper brings it")
    elif asked is not None:
        version = _with_image(version, reasons)
        command, flavour, cache = "gradle", f"gradle{asked.value}", _CACHE_OF_IMAGE
        reasons.decide("gradle.version", asked.value, asked.origin, "the version that was asked for")
    else:
        version = _with_image(version, reasons)
        old = int(version.version) <= _NEWEST_FOR_GRADLE_8 and number < (9,)
        command, flavour = "gradle", "gradle8" if old else "gradle9"
        cache = _CACHE_OF_IMAGE
        origin = found.origin if found is not None else rule("image")
        reasons.decide("gradle.version", "8" if old else "9", origin, "no usable wrapper: the image of Gradle")
        if found is None:
            text = "there is no wrapper, so nothing says which Gradle the scripts are written for"
            fix = "run `gradle wrapper` and commit its files"
            reasons.report(Diagnostic("BP820", "info", text, choice.module.origin, fix))
    main = None
    if choice.module.main_class is not None or gradle.needs_main(build, choice.module):
        main = app.choose_main_class(choice, overrides, reasons)
    own = overrides.start is not None
    product = gradle.product(build, choice, main, command, version, reasons, own_start=own)
    return _Made(product, version, flavour, cache, choice, runs_on)


def _asked_gradle(overrides: Overrides) -> Sourced[str] | None:
    """Return the line of Gradle that a configuration asks for, the newest that fits; raises VersionError."""
    asked = overrides.versions.get("gradle")
    if asked is None or asked.value.strip() in {"", "*"}:
        return None
    try:
        found = intervals(asked.value, "npm", ("gradle",))
    except NotUnderstoodError:
        found = ()
    for line in _GRADLES:
        if any(span((line,)).overlaps(interval) for interval in found):
            return Sourced(str(line), asked.origin)
    listed = ", ".join(map(str, _GRADLES))
    problem = f"`{shown(asked.value)}` fits no line of Gradle that there is a known image of: {listed}"
    raise VersionError(problem, origin=asked.origin, hint="write a line such as `9`")


def _with_image(version: Resolution, reasons: Reasons) -> Resolution:
    """Return the version, or the next long-term line where images of the build tool have no other."""
    major = int(version.version.partition(".")[0])
    if version.version in products.LTS or major > int(products.LTS[-1]):
        return version
    line = next(line for line in products.LTS if int(line) >= major)
    lost = (RunnerUp(version.version, version.origin, "images of the build tool have long-term lines only"),)
    reasons.decide(
        "java.version", line, version.origin, "the next line with long-term support, which builds it too", lost
    )
    return version._replace(version=line)


def _build(made: _Made, started: serving.Started, reasons: Reasons) -> Phase:
    product = made.product
    reasons.decide("phases.build.commands", " && ".join(product.commands), product.origin, product.rule)
    reasons.decide("phases.build.inputs", ".", rule("source"), "any file of the tree may be compiled or packed")
    why = "what the build tool downloads is kept between builds; one build at a time writes to it"
    reasons.decide("phases.build.caches", made.cache.target, rule("cache"), why)
    outputs = tuple(dict.fromkeys((*product.outputs, *started.outputs))) if not started.whole else ()
    if outputs:
        reasons.decide("phases.build.outputs", " ".join(outputs), product.origin, "what is shipped, and nothing else")
    return Phase(
        "build",
        comment="Build the app",
        commands=product.commands,
        inputs=(Input("."),),
        caches=(made.cache,),
        outputs=outputs,
        depends_on=("setup",),
    )


def _run(made: _Made, started: serving.Started, reasons: Reasons) -> Run:
    product = made.product
    reasons.decide("run.user", _USER, rule("non-root"), "a fixed number that owns nothing")
    why = "without it the JVM takes a quarter of the container's memory for its heap"
    reasons.decide("run.environment.JAVA_TOOL_OPTIONS", _MEMORY, rule("memory"), why)
    copies = " ".join(item.path for item in started.copies)
    reasons.decide("run.copies", copies, product.origin, "what the build made, and nothing of the source")
    runtime = Runtime("java", made.version.version, made.version.requested, flavour="slim")
    if made.runs_on is not None:
        runtime = Runtime("java", made.runs_on.value, made.runs_on.value, flavour="slim")
    environment = {"JAVA_TOOL_OPTIONS": _MEMORY}
    if started.port is not None:
        environment = {"PORT": str(started.port), **environment}
    return Run(
        runtime=runtime,
        copies=started.copies,
        environment=tuple(environment.items()),
        user=_USER,
    )


def _not_yet(tree: SourceTree) -> PlanError:
    path = tree.first(*NOT_YET) or "."
    tool = NOT_YET.get(path, "this tool")
    return PlanError(
        f"builds with {tool} are not planned yet; Maven and Gradle are",
        origin=Origin(path),
        hint='give commands: `[phases.build] commands = […]` and `start = "…"` with `providers = ["shell"]`',
    )
