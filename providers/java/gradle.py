"""Gradle: the projects of a build as far as its scripts say it in plain text, and what is made of the chosen one."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError, PlanError
from buildplan.model.build_plan import Input
from buildplan.model.origin import Origin, Sourced
from buildplan.read import code_text, toml_document

from . import products
from .app import Module, Product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.read.code_text import Code
    from buildplan.source import SourceTree

    from .app import Choice

# The projects of a Gradle build, as far as its scripts say it in plain text.
#
# Sources, checked 2026-11-24:
# - https://docs.gradle.org/current/userguide/multi_project_builds.html
# - https://docs.gradle.org/current/userguide/version_catalogs.html


SETTINGS = ("settings.gradle.kts", "settings.gradle")
BUILDS = ("build.gradle.kts", "build.gradle")
CATALOG = "gradle/libs.versions.toml"
_MAX_PROJECTS = 500
_PLUGIN = re.compile(r'\b(?:id|apply\s++plugin\s*+:|apply|kotlin)\s*+\(?\s*+(?:plugin\s*+=\s*+)?"(\d+)"')
_PLUGIN_BARE = re.compile(r"(?:^|[{;\n])[ \t]*(`[\w.-]{1,80}`|application|java|war|groovy|scala)[ \t]*(?=[;}\n]|$)")
_ALIAS = re.compile(r"\balias\s*+\(\s*+libs\.plugins\.([\w.]+)\s*+\)")
_DEPENDENCY = re.compile(
    r'\b(?:implementation|api|compile|runtimeOnly|runtime|developmentOnly|compileOnly)\b\s*+\(?\s*+(?:(?:enforcedP|p)latform\s*+\(\s*+)?"(\d+)"'
)
_LIBRARY = re.compile(r"\b(?:implementation|api|runtimeOnly)\b\s*+\(?\s*+(?:platform\s*+\(\s*+)?libs\.([\w.]+)")
_PROJECT = re.compile(
    r'\b(?:implementation|api|runtimeOnly|compile)\b\s*+\(?\s*+project\s*+\(\s*+(?:path\s*+[:=]\s*+)?"(\d+)"'
)
_ACCESSOR = re.compile(r"\b(?:implementation|api|runtimeOnly)\b\s*+\(?\s*+projects\.([\w.]+)")
_ATTRIBUTE = re.compile(r'"(\d+)"\s*+\]?\s*+(?:[:,=]|to\b)\s*+"(\d+)"')
_CONFIGURED = re.compile(r'\bproject\s*+\(\s*+(?:path\s*+:\s*+)?"(\d+)"\s*+\)\s*+\{')
_INCLUDE = re.compile(r'\binclude\s*+\(?\s*+((?:"\d+"\s*+,?\s*+)+)')
_DIRECTORY = re.compile(
    r'\bproject\s*+\(\s*+"(\d+)"\s*+\)\s*+\.\s*+projectDir\s*+=\s*+(?:new\s++File\s*+\(\s*+\w+\s*+,|file\s*+\(|File\s*+\(\s*+\w+\s*+,)?\s*+"(\d+)"'
)
# Settings that look for projects by themselves.
_SEARCHES = re.compile(r"\b(?:fileTree|eachDir|eachDirRecurse|eachFileRecurse|listFiles|walk|walkTopDown)\b")
_OWN_BUILDS = ("buildSrc", "build-logic", "gradle/")
_APPLIED_TO = ("subprojects", "allprojects")
_MAIN = r'\b(?:mainClass(?:\.set)?|mainClassName)\s*(?:=|\()?\s*("\d+")'


@dataclass(slots=True)
class Build:
    """A Gradle build: its scripts by folder, its name, and properties that its files set."""

    tree: SourceTree
    name: str
    origin: Origin
    settings: Code | None
    scripts: dict[str, Code]
    names: dict[str, str]
    properties: dict[str, Sourced[str]] = field(default_factory=dict)

    def of(self, directory: str) -> Iterator[Code]:
        """Yield the scripts that speak of a project: its own, then the root's."""
        if directory in self.scripts:
            yield self.scripts[directory]
        if directory and "" in self.scripts:
            yield self.scripts[""]

    def path(self, directory: str) -> str:
        """Return the project's path, `:` at the root."""
        return next((path for path, folder in self.names.items() if folder == directory), ":")


def first_manifest(tree: SourceTree) -> str | None:
    """Return the file that shows a Gradle build at the root, or None."""
    return tree.first(*BUILDS, *SETTINGS)


def read(tree: SourceTree) -> Build:
    """Return the build; raises FileError for scripts that are no text and for a broken version catalog."""
    path = tree.first(*SETTINGS)
    settings = code_text.manifest(tree, path, "jvm") if path is not None else None
    name = "app"  # the folder's name, which is `/app` in the image
    origin = Origin(path or first_manifest(tree) or ".")
    if settings is not None:
        found = settings.value(r'\brootProject\s*\.\s*(?:name\s*=|setName\s*\()\s*("\d+")')
        if found is not None:
            name, origin = found.value, found.origin
    names = {":": ""}
    names.update(_included(settings))
    if settings is not None and _SEARCHES.search(settings.code):
        names.update(_found(tree, set(names.values())))
    scripts: dict[str, Code] = {}
    for directory in names.values():
        prefix = f"{directory}/" if directory else ""
        base = directory.rpartition("/")[2]
        file = tree.first(*(prefix + item for item in (*BUILDS, f"{base}.gradle.kts", f"{base}.gradle")))
        script = code_text.manifest(tree, file, "jvm") if file is not None else None
        if script is not None:
            scripts[directory] = script
    build = Build(tree, name, origin, settings, scripts, names)
    build.properties = _properties(tree)
    _catalog(tree)  # a broken one stops every build
    return build


def _included(settings: Code | None) -> dict[str, str]:
    found: dict[str, str] = {}
    if settings is None:
        return found
    for match in _INCLUDE.finditer(settings.code):
        for number in re.findall(r'"(\d+)"', match[1]):
            path = settings.string(number).strip()
            if re.fullmatch(r"[\w.:/ -]{1,200}", path, re.ASCII) and len(found) < _MAX_PROJECTS:
                folder = path.strip(":").replace(":", "/")
                if ".." not in folder.split("/"):
                    found[":" + path.strip(":")] = folder
    for match in _DIRECTORY.finditer(settings.code):
        path, folder = ":" + settings.string(match[1]).strip(":"), _below_root(settings.string(match[2]))
        if path in found and ".." not in folder.split("/"):
            found[path] = folder
    return found


def _below_root(text: str) -> str:
    """Return a folder without what stands for the root before it: `$rootDir/`, `${rootProject.projectDir}/`."""
    return re.sub(r"^\$\{?[\w.]{1,60}\}?/", "", text).strip("/").removeprefix("./")


def _found(tree: SourceTree, known: set[str]) -> dict[str, str]:
    """Return all folders with a script: the settings search for them, and how is not read."""
    found: dict[str, str] = {}
    for path in (*tree.named(BUILDS[0]), *tree.named(BUILDS[1])):
        folder = path.rpartition("/")[0]
        plain = re.fullmatch(r"[\w./-]{1,200}", folder, re.ASCII)
        if plain and folder not in known and not folder.startswith(_OWN_BUILDS) and len(found) < _MAX_PROJECTS:
            found[":" + folder.replace("/", ":")] = folder
    return found


def _properties(tree: SourceTree) -> dict[str, Sourced[str]]:
    text = tree.text_or_none("gradle.properties") or ""
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", "!")):
            found[name.strip()] = Sourced(value.strip(), Origin("gradle.properties", number, name.strip()))
    return found


def modules(build: Build) -> tuple[Module, ...]:
    """Return all projects that have a script, the root's first; plugins that the root applies to all count for each."""
    shared = _shared(build)
    found = []
    for path, directory in build.names.items():
        script = build.scripts.get(directory)
        told = bool(shared[0]) or any(True for _ in _told_by_root(build, path))
        if script is None and not (directory and told and build.tree.has_directory(directory)):
            continue
        name = build.name if not directory else path.rpartition(":")[2]
        module = Module(directory, name, Origin(script.path) if script is not None else build.origin)
        if script is not None:
            _fill(build, module, script, script.code if directory else _without_others(script))
        if directory:
            for code in _told_by_root(build, path):
                _fill(build, module, build.scripts[""], code)
            for plugin, origin in shared[0].items():
                module.plugins.setdefault(plugin, origin)
            for artifact, origin in shared[1].items():
                module.dependencies.setdefault(artifact, origin)
        starters = [origin for plugin, origin in module.plugins.items() if plugin in STARTERS]
        module.war = not starters and "war" in module.plugins
        module.packages = starters[0] if starters else module.plugins.get("war")
        found.append(module)
    return tuple(found)


STARTERS = frozenset({
    "application", "org.springframework.boot", "io.quarkus", "io.ktor.plugin", "io.micronaut.application",
    "io.micronaut.minimal.application", "com.gradleup.shadow", "com.github.johnrengelman.shadow",
    "io.github.goooler.shadow", "com.google.cloud.tools.jib",
})  # fmt: skip


def _shared(build: Build) -> tuple[dict[str, Origin], dict[str, Origin]]:
    root = build.scripts.get("")
    everyone = Module("", "", build.origin)
    if root is not None:
        for block in _APPLIED_TO:
            for _, text in root.block(block):
                _fill(build, everyone, root, text)
    return everyone.plugins, everyone.dependencies


def _without_others(script: Code) -> str:
    """Return the root's script with blanks for what it says of other projects."""
    spans = [(offset, offset + len(text)) for offset, text in script.block("subprojects")]
    code = script.code
    spans += [(match.end(), code_text.closing(code, match.end())) for match in _CONFIGURED.finditer(code)]
    for start, end in spans:
        code = code[:start] + re.sub(r"[^\n]", " ", code[start:end]) + code[end:]
    return code


def _told_by_root(build: Build, path: str) -> Iterator[str]:
    """Yield what the root's script says of one project in `project(":path") { … }`."""
    root = build.scripts.get("")
    for match in _CONFIGURED.finditer(root.code) if root is not None else ():
        if root is not None and root.string(match[1]).strip(":") == path.strip(":"):
            yield root.code[match.end() : code_text.closing(root.code, match.end())]


def _fill(build: Build, module: Module, script: Code, code: str) -> None:
    start = max(script.code.find(code), 0)

    def place(offset: int) -> Origin:
        return script.origin(start + offset)

    for match in _PLUGIN.finditer(code):
        # `apply false` puts a plugin on the class path for others.
        rest = code[match.end() : match.end() + 60].partition("\n")[0]
        if not re.search(r"\bapply\s*+\(?\s*+false", rest):
            name = script.string(match[1])
            module.plugins.setdefault(name, place(match.start()))
    for match in _PLUGIN_BARE.finditer(code):
        module.plugins.setdefault(match[1].strip("`"), place(match.start()))
    for match in _ALIAS.finditer(code):
        rest = code[match.end() : match.end() + 60].partition("\n")[0]
        plugin = _catalog(build.tree).plugins.get(_key(match[1]))
        if plugin is not None and not re.search(r"\bapply\s*+\(?\s*+false", rest):
            module.plugins.setdefault(plugin, place(match.start()))
    for group, artifact, offset in _dependencies(build, script, code):
        module.dependencies.setdefault(artifact, place(offset))
        module.groups.add(group)
    module.local = tuple(dict.fromkeys((*module.local, *_projects(build, script, code))))
    if module.main_class is None:
        module.main_class = _of_manifest(script, code, place)
    named = re.search(_MAIN, code)
    if named is not None and module.main_class is None:
        text = script.string(named[1].strip('"'))
        if "$" not in text:
            module.main_class = Sourced(text, place(named.start()))


def _of_manifest(script: Code, code: str, place: Callable[[int], Origin]) -> Sourced[str] | None:
    """Return the class that a jar's manifest names."""
    for match in _ATTRIBUTE.finditer(code):
        text = script.string(match[2])
        if script.string(match[1]) == "Main-Class" and "$" not in text:
            return Sourced(text, place(match.start()))
    return None


def _dependencies(build: Build, script: Code, code: str) -> Iterator[tuple[str, str, int]]:
    """Yield group, artifact and offset of what is declared by its coordinates or through the version catalog."""
    for match in _DEPENDENCY.finditer(code):
        group, _, rest = script.string(match[1]).partition(":")
        artifact = rest.partition(":")[0]
        if artifact:
            yield group, artifact, match.start()
    for match in _LIBRARY.finditer(code):
        for group, artifact in _catalog(build.tree).libraries.get(_key(match[1]), ()):
            yield group, artifact, match.start()


def _projects(build: Build, script: Code, code: str) -> Iterator[str]:
    """Yield the folders of the projects that are depended on."""
    accessors = {_key(path.strip(":").replace(":", ".")): folder for path, folder in build.names.items()}
    found = [build.names.get(":" + script.string(match[1]).strip(":")) for match in _PROJECT.finditer(code)]
    found += [accessors.get(_key(match[1])) for match in _ACCESSOR.finditer(code)]
    yield from (folder for folder in found if folder is not None)


def _key(accessor: str) -> str:
    return re.sub(r"[-_.]", "", accessor).lower()


class Catalog(NamedTuple):
    """A version catalog: accessor → id of a plugin, accessor → (group, artifact) pairs, and versions."""

    plugins: dict[str, str]
    libraries: dict[str, tuple[tuple[str, str], ...]]
    versions: dict[str, Sourced[str]]


def _catalog(tree: SourceTree) -> Catalog:
    return tree.memo("gradle catalog", CATALOG, lambda: _read_catalog(tree))


def catalog(tree: SourceTree) -> Catalog:
    """Return the version catalog, empty when there is none; raises FileError for a broken one."""
    return _catalog(tree)


def _read_catalog(tree: SourceTree) -> Catalog:
    plugins: dict[str, str] = {}
    libraries: dict[str, tuple[tuple[str, str], ...]] = {}
    versions: dict[str, Sourced[str]] = {}
    if not tree.has(CATALOG):
        return Catalog(plugins, libraries, versions)
    document = toml_document.read(tree, CATALOG)
    for name, value in document.table("versions").items():
        text = value if isinstance(value, str) else None
        if isinstance(value, dict):
            text = next(
                (value[key] for key in ("strictly", "require", "prefer") if isinstance(value.get(key), str)), None
            )
        if text is not None:
            versions[_key(name)] = Sourced(text, document.origin("versions", name))
    for name, value in document.table("plugins").items():
        text = (
            value.partition(":")[0] if isinstance(value, str) else value.get("id") if isinstance(value, dict) else None
        )
        if isinstance(text, str):
            plugins[_key(name)] = text
    for name, value in document.table("libraries").items():
        pair = _pair(value)
        if pair is not None:
            libraries[_key(name)] = (pair,)
    for name, value in document.table("bundles").items():
        if isinstance(value, list):
            found = [pair for item in value if isinstance(item, str) for pair in libraries.get(_key(item), ())]
            libraries[_key(f"bundles.{name}")] = tuple(found)
    return Catalog(plugins, libraries, versions)


def _pair(value: object) -> tuple[str, str] | None:
    if isinstance(value, str):
        parts = value.split(":")
        return (parts[0], parts[1]) if len(parts) > 1 else None
    if isinstance(value, dict):
        module = value.get("module")
        if isinstance(module, str):
            return _pair(module)
        group, name = value.get("group"), value.get("name")
        if isinstance(group, str) and isinstance(name, str):
            return group, name
    return None


# The app's jar and its libraries, for a build that packs nothing which starts: an init script adds a task for that.
#
# Sources, checked 2026-11-24:
# - https://docs.gradle.org/current/userguide/init_scripts.html
# - https://kotlinlang.org/docs/multiplatform-dsl-reference.html (each target has a jar and a class path of its own)


_SHIPPED_TASK = (
    'task shipped(type: Copy) {{ from project.{jar}, project.configurations.{libraries}; into "build/shipped" }}'
)
_JVM_TARGET = re.compile(r'\bjvm\s*(?:\(\s*(?:"(\d+)")?|\{)')
_NAME = re.compile(r"[A-Za-z]\w{0,60}", re.ASCII)


def _with_libraries(build: Build, module: Module, main: Sourced[str], gradle: str, prefix: str) -> Product:
    """Return the jar and the libraries, with a class of them to start; `prefix` is the project's path before a task."""
    script = f"{products.OUT}/shipped.gradle"
    write = f"mkdir {products.OUT} && printf '%s\\n' {shlex.quote(_init_script(build, module))} > {script}"
    root = module.path("build/shipped/")
    return Product(
        commands=(f"{write} && {gradle} --no-daemon -I {script} {shlex.quote(f'{prefix}shipped')}",),
        outputs=(root,),
        copies=(Input(root, "build", "lib/"),),
        argv=("java", "-cp", "lib/*", main.value),
        rule="no plugin of the build makes something that starts: the app's jar, its libraries, the class",
        origin=main.origin,
    )


def _init_script(build: Build, module: Module) -> str:
    target = _jvm_target(build, module)
    if target is None:
        task = _SHIPPED_TASK.format(jar="jar", libraries="runtimeClasspath")
        return f'allprojects {{ plugins.withId("java") {{ {task} }} }}'
    # The target is there only when the project's own script has been read.
    task = _SHIPPED_TASK.format(jar=f'tasks.getByName("{target}Jar")', libraries=f"{target}RuntimeClasspath")
    return f'allprojects {{ plugins.withId("org.jetbrains.kotlin.multiplatform") {{ afterEvaluate {{ {task} }} }} }}'


def _jvm_target(build: Build, module: Module) -> str | None:
    """Return the name of the JVM's target where Kotlin builds for several platforms, None for all other projects."""
    script = build.scripts.get(module.directory)
    if script is None or not {"multiplatform", "org.jetbrains.kotlin.multiplatform"} & module.plugins.keys():
        return None
    found = _JVM_TARGET.search(script.code)
    name = script.string(found[1]) if found is not None and found[1] is not None else "jvm"
    return name if _NAME.fullmatch(name) else "jvm"


# What Gradle makes of the chosen project, and the command that makes it.
#
# The task is the narrowest one that makes what is shipped: it runs no tests and writes no second archive
# (`-plain.jar`).
#
# Sources, checked 2026-11-24:
# - https://docs.gradle.org/current/userguide/application_plugin.html (`installDist`, `applicationName`)
# - https://docs.spring.io/spring-boot/gradle-plugin/packaging.html (`bootJar`)
# - https://ktor.io/docs/server-fatjar.html (the plugin applies `application`)


_APPLICATION = (
    "application",
    "io.ktor.plugin",
    "io.micronaut.application",
    "io.micronaut.minimal.application",
)
_SHADOW = ("com.gradleup.shadow", "com.github.johnrengelman.shadow", "io.github.goooler.shadow", "shadow")
_TOOLS = (3, 3)
# More lines with a version are in no script that a person wrote.
_MOST_VERSIONS = 50
_VERSION = r'^[ \t]*version\s*(?:=|\s)\s*("\d+")[ \t]*$'
_ARCHIVE = r'\barchiveFileName(?:\s*=|\.set\s*\()\s*("\d+")'
_BASE = r'\b(?:archivesBaseName|archivesName(?:\.set\s*\()?)\s*=?\s*("\d+")'


def boot_version(build: Build, module: Module) -> tuple[int, ...]:
    """Return the numbers of the version of Spring Boot's plugin; empty when no script says it as a text."""
    for script in build.of(module.directory):
        for match in re.finditer(r'\bid\s*+\(?\s*+"(\d+)"\s*+\)?\s*+version\s*+\(?\s*+"(\d+)"', script.code):
            if script.string(match[1]) == "org.springframework.boot":
                numbers = re.match(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}", script.string(match[2]))
                return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
    for name in ("springboot", "springbootversion", "boot"):
        found = catalog(build.tree).versions.get(name)
        if found is not None:
            numbers = re.match(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}", found.value)
            return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
    return ()


def product(
    build: Build,
    choice: Choice,
    main: Sourced[str] | None,
    gradle: str,
    version: Resolution,
    reasons: Reasons,
    *,
    own_start: bool,
) -> Product:
    """Return what is built; raises NoStartError for what cannot run, unless the owner says how to start it."""
    module = choice.module
    plugins = module.plugins
    path = build.path(module.directory)
    prefix = path if path == ":" else f"{path}:"

    def run(task: str) -> str:
        return f"{gradle} --no-daemon {shlex.quote(prefix + task)}"

    if "io.quarkus" in plugins:
        kind = products.quarkus_kind(build.tree, module)
        if kind is not None and kind.value == "uber-jar":
            return products.single(
                module, "build", None, "*-runner.jar", run("quarkusBuild"), kind.origin, "Quarkus writes one jar"
            )
        return products.quarkus(module, "build", run("quarkusBuild"), plugins["io.quarkus"])
    if "org.springframework.boot" in plugins:
        packs_war = "war" in plugins
        task, suffix = ("bootWar", "war") if packs_war else ("bootJar", "jar")
        jar = _archive(build, module, suffix, reasons)
        custom = any(True for script in build.of(module.directory) for _ in script.block("layered"))
        layered = not own_start and boot_version(build, module)[:2] >= _TOOLS and not packs_war and not custom
        origin = plugins["org.springframework.boot"]
        return products.boot(module, "build/libs", jar, suffix, run(task), origin, layered=layered)
    for name in _APPLICATION:
        if name in plugins:
            return _distribution(build, module, run("installDist"), Sourced(name, plugins[name]))
    if "war" in plugins and not own_start:
        archive = _archive(build, module, "war", reasons)
        return products.in_tomcat(build.tree, choice, "build/libs", archive, run("war"), version, reasons)
    for name in _SHADOW:
        if name in plugins:
            jar = None
            made = products.single(
                module,
                "build/libs",
                jar,
                "*-all.jar",
                run("shadowJar"),
                plugins[name],
                "one jar that holds the app and its libraries",
            )
            products.report_unknown(plugins[name], reasons)
            return made
    jar_task = _fat_jar(build, module)
    if jar_task is not None:
        jar = _archive(build, module, "jar", reasons)
        rule = "the task `jar` packs the libraries, and its manifest names a class"
        return products.single(module, "build/libs", jar, "*.jar", run("jar"), jar_task, rule)
    if own_start:
        # `stage` is the task that Heroku runs.
        staged = any(re.search(r"\bstage\b", script.code) for script in build.of(module.directory))
        return products.unknown(module, run("stage" if staged else "assemble"))
    if main is not None:
        return _with_libraries(build, module, main, gradle, prefix)
    raise _nothing(module)


def needs_main(build: Build, module: Module) -> bool:
    """Return whether only the name of a class says how to start the project: no plugin makes something that starts."""
    makers = (*_APPLICATION, *_SHADOW, "io.quarkus", "org.springframework.boot", "war")
    return not any(name in module.plugins for name in makers) and _fat_jar(build, module) is None


def _fat_jar(build: Build, module: Module) -> Origin | None:
    """Return where the task `jar` is told to hold the libraries and to name a main class, None where it is not."""
    script = build.scripts.get(module.directory)
    if script is None:
        return None
    for offset, text in script.block("jar"):
        named = any(script.string(number) == "Main-Class" for number in re.findall(r'"(\d+)"', text))
        if named and "zipTree" in text:
            return script.origin(offset)
    return None


def _nothing(module: Module) -> NoStartError:
    return NoStartError(
        "no plugin of the build makes something that can be started: neither `application` nor a framework's",
        origin=module.origin,
        hint='add `plugins { application }` and `application { mainClass = "com.example.Main" }`',
    )


def _distribution(build: Build, module: Module, command: str, plugin: Sourced[str]) -> Product:
    name = module.name
    origin = plugin.origin
    for script in list(build.of(module.directory))[:1]:
        found = script.value(r'\bapplicationName\s*=\s*("\d+")')
        if found is not None:
            name, origin = found.value, found.origin
    if not products.is_file_name(name):
        raise PlanError(
            f"`{name[:60]}` cannot be the name of a start script",
            origin=origin,
            hint="set `applicationName` to a plain name",
        )
    root = module.path(f"build/install/{name}")
    return Product(
        commands=(command,),
        outputs=(f"{root}/",),
        copies=(Input(f"{root}/lib/", "build", "lib/"), Input(f"{root}/bin/{name}", "build", "bin/")),
        argv=(f"bin/{name}",),
        rule=f"the start script that the plugin `{plugin.value}` writes; it ends as the process `java`",
        origin=origin,
        options=None,
    )


def _archive(build: Build, module: Module, suffix: str, reasons: Reasons) -> str | None:
    """Return the name of an archive; None, and a diagnostic, when the scripts do not tell it as plain text."""
    scripts = list(build.of(module.directory))
    own = scripts[0] if scripts else None
    text: str | None = None
    if own is not None:
        found = own.value(_ARCHIVE)
        if found is not None:
            text = found.value
        elif re.search(
            r"\barchive(?:FileName|Version|Classifier|BaseName)\b|\barchivesBaseName\b|\barchivesName\b", own.code
        ):
            base = own.value(_BASE)
            text = _named(build, module, base.value, suffix) if base is not None else None
        else:
            text = _named(build, module, module.name, suffix)
    else:
        text = _named(build, module, module.name, suffix)
    if text is None or "$" in text or not products.is_file_name(text):
        products.report_unknown(module.origin, reasons)
        return None
    return text


def _named(build: Build, module: Module, base: str, suffix: str) -> str | None:
    version: str | None = None
    known = False
    for script in build.of(module.directory):
        for match in islice(
            re.finditer(r"^([ \t]*)(?:project\.)?version\s*(?:=\s*|\s+|\()(.*)$", script.code, re.MULTILINE),
            _MOST_VERSIONS,
        ):
            inside = script.code[: match.start()]
            if inside.count("{") != inside.count("}") and not _in_shared(script.code, match.start()):
                continue
            word = match[2].strip().rstrip(")")
            if not re.fullmatch(r'"\d+"', word):
                return None
            version, known = script.string(word.strip('"')), True
            break
        if known:
            break
    if not known and "version" in build.properties:
        version, known = build.properties["version"].value, True
    if version is not None and ("$" in version or not version):
        return None
    return f"{base}-{version}.{suffix}" if version else f"{base}.{suffix}"


def _in_shared(code: str, offset: int) -> bool:
    for match in re.finditer(r"\b(?:subprojects|allprojects)\s*\{", code):
        if match.end() <= offset < code_text.closing(code, match.end()):
            before = code[match.end() : offset]
            return before.count("{") == before.count("}")
    return False
