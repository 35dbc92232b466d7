"""What Gradle makes of the chosen project, and the command that makes it.

The task is the narrowest one that makes what is shipped: it runs no tests and writes no second archive (`-plain.jar`).

Sources, checked 2026-11-24:
- https://docs.gradle.org/current/userguide/application_plugin.html (`installDist`, `applicationName`)
- https://docs.spring.io/spring-boot/gradle-plugin/packaging.html (`bootJar`)
- https://ktor.io/docs/server-fatjar.html (the plugin applies `application`)
"""

from __future__ import annotations

import re
import shlex
from itertools import islice
from typing import TYPE_CHECKING

from buildplan.errors import NoStartError, PlanError
from buildplan.model.build_plan import Input
from buildplan.model.origin import Sourced
from buildplan.read import code_text

from . import gradle_libraries, gradle_project, names, war
from .module import Product

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

    from .app_choice import Choice
    from .gradle_project import Build
    from .module import Module

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
        found = gradle_project.catalog(build.tree).versions.get(name)
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
        kind = names.quarkus_kind(build.tree, module)
        if kind is not None and kind.value == "uber-jar":
            return names.single(
                module, "build", None, "*-runner.jar", run("quarkusBuild"), kind.origin, "Quarkus writes one jar"
            )
        return names.quarkus(module, "build", run("quarkusBuild"), plugins["io.quarkus"])
    if "org.springframework.boot" in plugins:
        packs_war = "war" in plugins
        task, suffix = ("bootWar", "war") if packs_war else ("bootJar", "jar")
        jar = _archive(build, module, suffix, reasons)
        custom = any(True for script in build.of(module.directory) for _ in script.block("layered"))
        layered = not own_start and boot_version(build, module)[:2] >= _TOOLS and not packs_war and not custom
        origin = plugins["org.springframework.boot"]
        return names.boot(module, "build/libs", jar, suffix, run(task), origin, layered=layered)
    for name in _APPLICATION:
        if name in plugins:
            return _distribution(build, module, run("installDist"), Sourced(name, plugins[name]))
    if "war" in plugins and not own_start:
        archive = _archive(build, module, "war", reasons)
        return war.product(build.tree, choice, "build/libs", archive, run("war"), version, reasons)
    for name in _SHADOW:
        if name in plugins:
            jar = None
            made = names.single(
                module,
                "build/libs",
                jar,
                "*-all.jar",
                run("shadowJar"),
                plugins[name],
                "one jar that holds the app and its libraries",
            )
            names.report_unknown(plugins[name], reasons)
            return made
    jar_task = _fat_jar(build, module)
    if jar_task is not None:
        jar = _archive(build, module, "jar", reasons)
        rule = "the task `jar` packs the libraries, and its manifest names a class"
        return names.single(module, "build/libs", jar, "*.jar", run("jar"), jar_task, rule)
    if own_start:
        # `stage` is the task that Heroku runs.
        staged = any(re.search(r"\bstage\b", script.code) for script in build.of(module.directory))
        return names.unknown(module, run("stage" if staged else "assemble"))
    if main is not None:
        return gradle_libraries.product(build, module, main, gradle, prefix)
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
    if not names.is_file_name(name):
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
    if text is None or "$" in text or not names.is_file_name(text):
        names.report_unknown(module.origin, reasons)
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
