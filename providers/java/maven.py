"""Maven: the poms of a build, its modules, what is made of the chosen one, and the command that makes it."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Input
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import numbers_of
from buildplan.read import xml

from . import products
from .app import Module, Product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.read.xml import Element
    from buildplan.source import SourceTree

    from .app import Choice

# pom.xml: what one says itself, and what it has from those above it in the tree.
#
# A parent that is not in the tree (`spring-boot-starter-parent`) is known by its name and version only.
#
# Sources, checked 2026-11-24:
# - https://maven.apache.org/pom.html (inheritance, `relativePath`, properties)


MANIFEST = "pom.xml"
_PLACEHOLDER = re.compile(r"\$\{([^{}$]{1,120})\}")
_MAX_PARENTS = 20
_MAX_ROUNDS = 12
_MAX_MODULES = 500


@dataclass(slots=True)
class Pom:
    """A pom.xml; `parent` is the one above it in the tree, None when it has none there."""

    path: str
    root: Element
    parent: Pom | None = None
    properties: dict[str, Sourced[str]] = field(default_factory=dict)

    @property
    def directory(self) -> str:
        """The folder, `""` at the root."""
        return posixpath.dirname(self.path)

    @property
    def chain(self) -> Iterator[Pom]:
        """This pom, then those above it."""
        current: Pom | None = self
        while current is not None:
            yield current
            current = current.parent

    @property
    def artifact(self) -> str:
        """The artifact's name, `app` when it is missing."""
        found = self.root.value("artifactId")
        return self.resolved(found.value) or "app" if found is not None else "app"

    @property
    def packaging(self) -> str:
        """`jar`, `war`, `pom` or another."""
        found = self.root.value("packaging")
        return self.resolved(found.value) or "jar" if found is not None else "jar"

    @property
    def outer(self) -> tuple[str, str, Origin] | None:
        """The parent that is not in the tree: its name, its version, its place."""
        top = list(self.chain)[-1]
        element = top.root.first("parent")
        if element is None:
            return None
        name, version = element.value("artifactId"), element.value("version")
        text = self.resolved(version.value) if version is not None else None
        return (name.value if name is not None else "", text or "", element.origin())

    def version(self) -> str | None:
        """Return the artifact's version, None when the tree does not tell it."""
        for pom in self.chain:
            found = pom.root.value("version") or pom.root.value("parent", "version")
            if found is not None:
                return self.resolved(found.value)
        return None

    def find(self, *names: str) -> Sourced[str] | None:
        """Return a value of this pom or of the nearest above that has it, properties filled in where they are known."""
        for pom in self.chain:
            found = pom.root.value(*names)
            if found is not None:
                return Sourced(self.resolved(found.value) or found.value, found.origin)
        return None

    def property(self, name: str) -> Sourced[str] | None:
        """Return a property, properties in it filled in; None when it is not known."""
        for pom in self.chain:
            if name in pom.properties:
                found = pom.properties[name]
                text = self.resolved(found.value)
                return Sourced(text, found.origin) if text else None
        return None

    def resolved(self, text: str) -> str | None:
        """Return the text with its properties filled in, None when one of them is not known."""
        for _ in range(_MAX_ROUNDS):
            match = _PLACEHOLDER.search(text)
            if match is None:
                return text
            value = self._known(match[1])
            if value is None or len(text) > 1000:  # noqa: PLR2004  # longer than any name or version
                return None
            text = text[: match.start()] + value + text[match.end() :]
        return None

    def _known(self, name: str) -> str | None:
        for pom in self.chain:
            if name in pom.properties:
                return pom.properties[name].value
        key = name.removeprefix("project.").removeprefix("pom.")
        if key == "artifactId":
            found = self.root.value("artifactId")
            return found.value if found is not None else None
        if key in {"version", "groupId"}:
            for pom in self.chain:
                found = pom.root.value(key) or pom.root.value("parent", key)
                if found is not None and f"${{{name}}}" not in found.value:
                    return found.value
        if key.startswith("parent."):
            found = self.root.value("parent", key.removeprefix("parent."))
            return found.value if found is not None else None
        return None

    def builds(self) -> Iterator[Element]:
        """Yield the element `build` and those of profiles that are active by default, nearest pom first."""
        for pom in self.chain:
            yield from pom.root.all("build")
            for profile in pom.root.all("profiles", "profile"):
                active = profile.value("activation", "activeByDefault")
                if active is not None and active.value == "true":
                    yield from profile.all("build")

    def plugins(self) -> Iterator[Element]:
        """Yield the plugins that are used: this pom's, then those that are inherited."""
        for build in self.builds():
            yield from build.all("plugins", "plugin")

    def plugin(self, name: str) -> tuple[Element, ...]:
        """Return what configures a used plugin, nearest first; empty when it is not used."""
        used = tuple(item for item in self.plugins() if _is(item, "artifactId", name))
        if not used:
            return ()
        managed = (build.all("pluginManagement", "plugins", "plugin") for build in self.builds())
        return (*used, *(item for items in managed for item in items if _is(item, "artifactId", name)))

    def dependencies(self) -> Iterator[tuple[str, str, Element]]:
        """Yield (group, artifact, element) of all dependencies that are not for tests, inherited ones too."""
        for pom in self.chain:
            for item in pom.root.all("dependencies", "dependency"):
                group, name, scope = item.value("groupId"), item.value("artifactId"), item.value("scope")
                if name is not None and (scope is None or scope.value != "test"):
                    yield (self.resolved(group.value) or "" if group else "", self.resolved(name.value) or "", item)

    def managed(self, name: str) -> str | None:
        """Return the version of a managed dependency (a BOM), None when it is not known."""
        for pom in self.chain:
            for item in pom.root.all("dependencyManagement", "dependencies", "dependency"):
                version = item.value("version")
                if _is(item, "artifactId", name) and version is not None:
                    return self.resolved(version.value)
        return None

    def profiles(self) -> set[str]:
        """Return the ids of all profiles."""
        found = (item.value("id") for pom in self.chain for item in pom.root.all("profiles", "profile"))
        return {item.value for item in found if item is not None}

    def modules(self) -> Iterator[Sourced[str]]:
        """Yield the folders of the modules, those of profiles that are active by default too."""
        lists = [self.root.first("modules"), self.root.first("subprojects")]
        for profile in self.root.all("profiles", "profile"):
            active = profile.value("activation", "activeByDefault")
            if active is not None and active.value == "true":
                lists.append(profile.first("modules"))
        for element in lists:
            for item in element.children if element is not None else ():
                text = self.resolved(item.text)
                if text:
                    yield Sourced(posixpath.normpath(posixpath.join(self.directory, text)), item.origin())


def _is(element: Element, key: str, value: str) -> bool:
    found = element.value(key)
    return found is not None and found.value == value


def read_pom(tree: SourceTree, path: str = MANIFEST) -> Pom:
    """Return a pom with those above it; raises FileError for what is no pom."""
    return tree.memo("pom", path, lambda: _read_pom(tree, path, _MAX_PARENTS))


def _read_pom(tree: SourceTree, path: str, left: int) -> Pom:
    root = xml.read(tree, path)
    if root.name != "project":
        raise FileError(
            f"its root element is `{root.name[:60]}`; expected `project`",
            origin=Origin(path, root.line),
            hint="see https://maven.apache.org/pom.html",
        )
    pom = Pom(path, root)
    element = root.first("properties")
    for item in element.children if element is not None else ():
        pom.properties[item.name] = Sourced(item.text, item.origin())
    above = _parent_path(tree, pom)
    if above is not None and left:
        pom.parent = _read_pom(tree, above, left - 1)
    return pom


def _parent_path(tree: SourceTree, pom: Pom) -> str | None:
    element = pom.root.first("parent")
    if element is None:
        return None
    relative = element.first("relativePath")
    text = relative.text if relative is not None else "../pom.xml"
    if not text:
        return None
    path = posixpath.normpath(posixpath.join(pom.directory, text))
    if not path.endswith(".xml"):
        path = posixpath.normpath(posixpath.join(path, MANIFEST))
    if path.startswith("..") or not tree.has(path) or path == pom.path:
        return None
    name, own = element.value("artifactId"), xml.read(tree, path).value("artifactId")
    # Maven looks there and takes the pom only when it is the one that is asked for.
    return path if name is not None and own is not None and name.value == own.value else None


def reactor(tree: SourceTree) -> tuple[Pom, ...]:
    """Return the root's pom and all modules below it, in the order of the files; raises FileError for a broken one."""
    found: dict[str, Pom] = {}
    pending = [MANIFEST]
    while pending and len(found) < _MAX_MODULES:
        path = pending.pop(0)
        if path in found:
            continue
        pom = read_pom(tree, path)
        found[path] = pom
        for module in pom.modules():
            below = module.value if module.value.endswith(".xml") else f"{module.value}/{MANIFEST}"
            if not below.startswith("..") and tree.has(below):
                pending.append(below)
    return tuple(found.values())


# The modules of a Maven build.


# Plugins that make of a module something that can be started by itself.
PACKAGERS = (
    "spring-boot-maven-plugin",
    "quarkus-maven-plugin",
    "micronaut-maven-plugin",
    "maven-shade-plugin",
    "maven-assembly-plugin",
    "vertx-maven-plugin",
    "exec-maven-plugin",
    "appassembler-maven-plugin",
    "jib-maven-plugin",
)

_RUNNABLE = frozenset({"jar", "war", "quarkus", "hk2-jar", "bundle"})
_IN_CONFIGURATION = (
    ("mainClass",),
    ("archive", "manifest", "mainClass"),
    ("transformers", "transformer", "mainClass"),
)
_IN_CONFIGURATION_OF_ALL = tuple(("configuration", *path) for path in _IN_CONFIGURATION)
_MAIN_CLASS = tuple(
    (*place, *path)
    for place in (("configuration",), ("executions", "execution", "configuration"))
    for path in _IN_CONFIGURATION
)


def modules(tree: SourceTree) -> tuple[tuple[Module, Pom], ...]:
    """Return all modules of the reactor; raises FileError for a broken pom."""
    listed = reactor(tree)
    by_name = {item.artifact: item.directory for item in listed}
    return tuple((_module(item, by_name), item) for item in listed)


def _module(pom: Pom, by_name: dict[str, str]) -> Module:
    place = pom.root.first("artifactId")
    module = Module(pom.directory, pom.artifact, place.origin() if place is not None else Origin(pom.path))
    local = []
    for group, name, element in pom.dependencies():
        module.dependencies.setdefault(name, element.origin())
        module.groups.add(group)
        if name in by_name and by_name[name] != pom.directory:
            local.append(by_name[name])
    module.local = tuple(dict.fromkeys(local))
    module.packaging = pom.packaging
    module.library = pom.packaging not in _RUNNABLE and "$" not in pom.packaging
    for element in pom.plugins():
        named = element.value("artifactId")
        if named is not None:
            module.plugins.setdefault(named.value, element.origin())
    # What a parent in the tree uses for all says nothing about one of them.
    own = {
        named.value: named.origin
        for item in pom.root.all("build", "plugins", "plugin")
        if (named := item.value("artifactId")) is not None
    }
    module.packages = next((own[name] for name in PACKAGERS if name in own), None)
    if pom.packaging == "war" and "spring-boot-maven-plugin" not in module.plugins:
        module.packages = module.packages or module.origin
        module.war = True
    module.main_class = _main_class(pom)
    return module


def _main_class(pom: Pom) -> Sourced[str] | None:
    """Return the main class that the pom names, None when it names none."""
    for name in ("start-class", "exec.mainClass", "mainClass", "main.class", "main-class"):
        found = pom.property(name)
        if found is not None:
            return found
    for element in pom.plugins():
        # What this plugin executes in a phase of the build is a tool of the build.
        named = element.value("artifactId")
        tool = named is not None and named.value == "exec-maven-plugin"
        for path in _IN_CONFIGURATION_OF_ALL if tool else _MAIN_CLASS:
            for item in element.all(*path):
                text = pom.resolved(item.text)
                if text:
                    return Sourced(text, item.origin())
    return None


# What Maven makes of the chosen module, and the command that makes it.
#
# No phase fetches dependencies first: `dependency:go-offline` fails where modules need each other, and leaves out what
# plugins ask for later. `~/.m2` is kept between builds instead, which serves every layout.
#
# Sources, checked 2026-11-24:
# - https://maven.apache.org/plugins/maven-shade-plugin/ (`original-*.jar`, `shadedArtifactAttached`, `finalName`)
# - https://maven.apache.org/plugins/maven-assembly-plugin/ (`appendAssemblyId`)
# - https://docs.spring.io/spring-boot/maven-plugin/packaging.html (`repackage`, `classifier`)
# - https://docs.spring.io/spring-boot/reference/packaging/efficient.html (`-Djarmode=tools … extract --layers`)
# - https://quarkus.io/guides/maven-tooling (`quarkus-app`)


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
        return products.in_tomcat(tree, choice, "target", _war(pom, reasons, module), command + goals, version, reasons)
    fat = _fat(pom)
    if fat is not None:
        return _jar(module, pom, fat, command + goals, main, reasons)
    if main is None and own_start:
        return products.unknown(module, f"{command}package dependency:copy-dependencies -DincludeScope=runtime")
    if main is None:
        raise products.no_main(module)
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
    if text is None or not products.is_file_name(text):
        products.report_unknown(found.origin if found is not None else module.origin, reasons)
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
    return products.boot(module, "target", source, suffix, command, origin, layered=layered)


def _quarkus(tree: SourceTree, module: Module, pom: Pom, command: str, reasons: Reasons) -> Product:
    origin = pom.plugin("quarkus-maven-plugin")[0].origin()
    kind = (
        products.quarkus_kind(tree, module)
        or pom.property("quarkus.package.jar.type")
        or pom.property("quarkus.package.type")
    )
    if kind is not None and kind.value == "uber-jar":
        base = _base(module, pom, reasons)
        jar = f"{base}-runner.jar" if base else None
        return products.single(module, "target", jar, "*-runner.jar", command, kind.origin, "Quarkus writes one jar")
    return products.quarkus(module, "target", command, origin)


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
    made = products.single(module, "target", jar, f"*{fat.suffix}.jar", command, fat.origin, rule)
    if fat.runs or main is None:
        return made
    return made._replace(argv=("java", "-cp", "app.jar", main.value), origin=main.origin)


def _war(pom: Pom, reasons: Reasons, module: Module) -> str | None:
    base = _base(module, pom, reasons, _first(pom, pom.plugin("maven-war-plugin"), "warName"))
    return f"{base}.war" if base is not None else None
