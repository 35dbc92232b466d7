"""What Maven makes of the chosen module, and the command that makes it.

No phase fetches dependencies first: `dependency:go-offline` fails where modules need each other, and leaves out what
plugins ask for later. `~/.m2` is kept between builds instead, which serves every layout.

Sources, checked 2026-11-24:
- https://maven.apache.org/plugins/maven-shade-plugin/ (`original-*.jar`, `shadedArtifactAttached`, `finalName`)
- https://maven.apache.org/plugins/maven-assembly-plugin/ (`appendAssemblyId`)
- https://docs.spring.io/spring-boot/maven-plugin/packaging.html (`repackage`, `classifier`)
- https://docs.spring.io/spring-boot/reference/packaging/efficient.html (`-Djarmode=tools … extract --layers`)
- https://quarkus.io/guides/maven-tooling (`quarkus-app`)
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Input
from buildplan.model.origin import Sourced
from buildplan.model.version_ranges import numbers_of

from . import names, war
from .module import Product

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons
    from buildplan.read.xml import Element
    from buildplan.source import SourceTree

    from .app_choice import Choice
    from .module import Module
    from .pom import Pom

# Since when `jarmode=tools` writes layers that `java -jar` starts.
_TOOLS = (3, 3)


def boot_version(pom: Pom) -> tuple[int, ...]:
    """Return the numbers of the version of Spring Boot; empty when the tree does not tell it."""
    outer = pom.outer
    if outer is not None and outer[0] == "spring-boot-starter-parent":
        return numbers_of(outer[1])
    managed = pom.managed("spring-boot-dependencies")
    if managed:
        return numbers_of(managed)
    for element in pom.plugin("spring-boot-maven-plugin"):
        version = element.value("version")
        if version is not None:
            return numbers_of(pom.resolved(version.value) or "")
    return ()


def product(
    tree: SourceTree,
    choice: Choice,
    pom: Pom,
    main: Sourced[str] | None,
    maven: str,
    version: Resolution,
    reasons: Reasons,
    *,
    own_start: bool,
) -> Product:
    """Return what is built; raises NoStartError for what cannot run, unless the owner says how to start it."""
    module = choice.module
    ids = {match.framework.id for match in choice.matches}
    goals = "package"
    select = f" -pl {shlex.quote(module.directory)} -am" if module.directory else ""
    profile = _profile(pom, ids)
    command = f"{maven} -B -DskipTests{select}{profile} "
    boot = _repackaged(pom) if "spring-boot" in ids else None
    if boot is not None:
        return _boot(module, pom, boot, command + goals, reasons, layers=not own_start)
    if "quarkus" in ids and pom.plugin("quarkus-maven-plugin"):
        return _quarkus(tree, module, pom, command + goals, reasons)
    if pom.packaging == "war" and not own_start:
        return war.product(tree, choice, "target", _war(pom, reasons, module), command + goals, version, reasons)
    fat = _fat(pom)
    if fat is not None:
        return _jar(module, pom, fat, command + goals, main, reasons)
    if main is None and own_start:
        return names.unknown(module, f"{command}package dependency:copy-dependencies -DincludeScope=runtime")
    if main is None:
        raise names.no_main(module)
    return _classes(module, pom, command, main)


def _classes(module: Module, pom: Pom, command: str, main: Sourced[str]) -> Product:
    """Return classes and libraries as they are: paths that no plugin and no name of an archive can change."""
    classes, libraries = module.path("target/classes/"), module.path("target/dependency/")
    declared = any(True for _ in pom.dependencies())
    if not declared and pom.outer is None:
        return Product(
            commands=(f"{command}package",),
            outputs=(classes,),
            copies=(Input(classes, "build", "classes/"),),
            argv=("java", "-cp", "classes", main.value),
            rule="the classes of the app, which needs no libraries",
            origin=main.origin,
        )
    text = f"{command}package dependency:copy-dependencies -DincludeScope=runtime"
    if not declared:
        # Whether there are libraries only the parent says, which is not in the tree.
        text += f" && mkdir -p {shlex.quote(libraries.rstrip('/'))}"
    return Product(
        commands=(text,),
        outputs=(classes, libraries),
        copies=(Input(libraries, "build", "lib/"), Input(classes, "build", "classes/")),
        argv=("java", "-cp", "classes:lib/*", main.value),
        rule="the classes of the app and the libraries that it needs at run time",
        origin=main.origin,
    )


def _profile(pom: Pom, ids: set[str]) -> str:
    known = pom.profiles()
    if "spring-boot" in ids:
        declared = {name for _, name, _ in pom.dependencies()}
        if "production" in known and any(name.startswith(("vaadin", "hilla")) for name in declared):
            return " -Pproduction"
        if "prod" in known and any(name.startswith("jhipster") for name in declared):
            return " -Pprod"
    return ""


def _repackaged(pom: Pom) -> tuple[Element, ...] | None:
    """Return what configures Spring Boot's plugin when it repackages the archive of the module; None otherwise."""
    found = pom.plugin("spring-boot-maven-plugin")
    if not found:
        return None
    if any(pom.resolved(item.text) == "true" for element in found for item in element.all("configuration", "skip")):
        return None
    goals = {goal for element in found for goal in _texts(element, ("executions", "execution", "goals", "goal"))}
    # A parent that is not in the tree may bind the goal; Spring Boot's own does.
    return found if "repackage" in goals or pom.outer is not None else None


def _first(pom: Pom, elements: tuple[Element, ...], name: str) -> Sourced[str] | None:
    for element in elements:
        for path in (("configuration", name), ("executions", "execution", "configuration", name)):
            for item in element.all(*path):
                text = pom.resolved(item.text)
                if text:
                    return Sourced(text, item.origin())
    return None


def _base(module: Module, pom: Pom, reasons: Reasons, configured: Sourced[str] | None = None) -> str | None:
    """Return the name of the archive without its suffix; None, and a diagnostic, when the tree does not tell it."""
    found = configured
    if found is None:
        for item in pom.chain:
            found = item.root.value("build", "finalName")
            if found is not None:
                break
    text = pom.resolved(found.value) if found is not None else None
    if found is None:
        version = pom.version()
        text = f"{pom.artifact}-{version}" if version else None
    if text is None or not names.is_file_name(text):
        names.report_unknown(found.origin if found is not None else module.origin, reasons)
        return None
    return text


def _boot(
    module: Module, pom: Pom, plugin: tuple[Element, ...], command: str, reasons: Reasons, *, layers: bool
) -> Product:
    base = _base(module, pom, reasons, _first(pom, plugin, "finalName"))
    classifier = _first(pom, plugin, "classifier")
    suffix = "war" if pom.packaging == "war" else "jar"
    if base is not None and classifier is not None:
        base = f"{base}-{classifier.value}"
    origin = plugin[0].origin()
    custom = any(True for element in plugin for _ in element.all("configuration", "layers"))
    layered = layers and boot_version(pom)[:2] >= _TOOLS and suffix == "jar" and not custom
    source = f"{base}.{suffix}" if base is not None else None
    return names.boot(module, "target", source, suffix, command, origin, layered=layered)


def _quarkus(tree: SourceTree, module: Module, pom: Pom, command: str, reasons: Reasons) -> Product:
    origin = pom.plugin("quarkus-maven-plugin")[0].origin()
    kind = (
        names.quarkus_kind(tree, module)
        or pom.property("quarkus.package.jar.type")
        or pom.property("quarkus.package.type")
    )
    if kind is not None and kind.value == "uber-jar":
        base = _base(module, pom, reasons)
        jar = f"{base}-runner.jar" if base else None
        return names.single(module, "target", jar, "*-runner.jar", command, kind.origin, "Quarkus writes one jar")
    return names.quarkus(module, "target", command, origin)


class _Fat(NamedTuple):
    """A jar with all that it needs: who makes it, what follows the artifact's name, whether it names a main class."""

    plugin: str
    suffix: str
    origin: Origin
    runs: bool


_PLACES = (("configuration",), ("executions", "execution", "configuration"))
_NAMES_A_CLASS = (
    ("archive", "manifest", "mainClass"),
    ("archive", "manifestEntries", "Main-Class"),
    ("transformers", "transformer", "mainClass"),
    ("transformers", "transformer", "manifestEntries", "Main-Class"),
)


def _fat(pom: Pom) -> _Fat | None:
    """Return the jar with all it needs that a plugin makes, None when none does."""
    for name in ("maven-shade-plugin", "maven-assembly-plugin"):
        found = pom.plugin(name)
        goals = {item for element in found for item in _texts(element, ("executions", "execution", "goals", "goal"))}
        if not goals.intersection({"shade", "single"}):
            continue
        suffix = _shaded(pom, found) if name == "maven-shade-plugin" else _assembled(pom, found)
        if suffix is None:
            continue
        configured = (*found, *pom.plugin("maven-jar-plugin"))
        paths = tuple((*place, *path) for place in _PLACES for path in _NAMES_A_CLASS)
        runs = any(True for element in configured for path in paths for _ in element.all(*path))
        return _Fat(name, suffix, found[0].origin(), runs)
    return None


def _texts(element: Element, path: tuple[str, ...]) -> list[str]:
    return [item.text for item in element.all(*path)]


def _shaded(pom: Pom, found: tuple[Element, ...]) -> str | None:
    if _first(pom, found, "outputFile") is not None:
        return None
    attached = _first(pom, found, "shadedArtifactAttached")
    if attached is None or attached.value != "true":
        return ""
    classifier = _first(pom, found, "shadedClassifierName")
    return f"-{classifier.value if classifier is not None else 'shaded'}"


def _assembled(pom: Pom, found: tuple[Element, ...]) -> str | None:
    paths = tuple((*place, "descriptorRefs", "descriptorRef") for place in _PLACES)
    if not any("jar-with-dependencies" in _texts(element, path) for element in found for path in paths):
        return None
    append = _first(pom, found, "appendAssemblyId")
    return "" if append is not None and append.value == "false" else "-jar-with-dependencies"


def _jar(module: Module, pom: Pom, fat: _Fat, command: str, main: Sourced[str] | None, reasons: Reasons) -> Product:
    """Return the jar that holds all; `main` is the class to start where its manifest names none."""
    base = _base(module, pom, reasons, _first(pom, pom.plugin(fat.plugin), "finalName"))
    jar = f"{base}{fat.suffix}.jar" if base is not None else None
    rule = "one jar that holds the app and its libraries"
    made = names.single(module, "target", jar, f"*{fat.suffix}.jar", command, fat.origin, rule)
    if fat.runs or main is None:
        return made
    return made._replace(argv=("java", "-cp", "app.jar", main.value), origin=main.origin)


def _war(pom: Pom, reasons: Reasons, module: Module) -> str | None:
    base = _base(module, pom, reasons, _first(pom, pom.plugin("maven-war-plugin"), "warName"))
    return f"{base}.war" if base is not None else None
