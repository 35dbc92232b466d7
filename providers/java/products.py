"""What both build tools make: archives, their names, what is copied of them, and Tomcat for a war."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan.errors import NoStartError
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import Origin, Sourced, catalogue

from . import source_code
from .app import Product
from .tables import TOMCATS

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .app import Choice, Module

# Products that both build tools make, and names of archives: known, or found by a pattern that cannot be ambiguous.


OUT = "/out"
# The lines that images of build tools exist for.
LTS = ("8", "11", "17", "21", "25")
LAYERS = ("dependencies", "spring-boot-loader", "snapshot-dependencies", "application")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]{0,200}", re.ASCII)


def is_file_name(text: str) -> bool:
    """Return whether a text can be the name of an archive."""
    return _FILE_NAME.fullmatch(text) is not None


def report_unknown(origin: Origin, reasons: Reasons) -> None:
    """Report that the name of the archive is not known before it is built."""
    text = "the name of the archive is known only when it is built: the build stops unless there is exactly one"
    fix = "write the version and the name of the archive as plain texts"
    reasons.report(Diagnostic("BP821", "info", text, origin, fix))


def no_main(module: Module) -> NoStartError:
    """Return the error for a module that nothing starts."""
    place = module.directory or "."
    return NoStartError(
        f"no class with a `main` was found in `{place}`",
        origin=module.origin,
        hint='name it: `main_class = "com.example.Main"` under `[java]` in buildplan.toml',
    )


def boot(
    module: Module,
    folder: str,
    jar: str | None,
    suffix: str,
    command: str,
    origin: Origin,
    *,
    layered: bool,
) -> Product:
    """Return Spring Boot's archive, in layers where its own tools write them."""
    target = f"app.{suffix}"
    if not layered:
        return single(module, folder, jar, f"*.{suffix}", command, origin, "Spring Boot's executable archive", target)
    archive = _archive(module, folder, jar, "*.jar")
    copy = f"cp {archive} {OUT}/app.jar"
    extract = f"java -Djarmode=tools -jar {OUT}/app.jar extract --layers --destination {OUT}/layers"
    layers = tuple(f"{OUT}/layers/{name}/" for name in LAYERS)
    return Product(
        commands=(f"{command} && mkdir {OUT} && {copy} && {extract}",),
        outputs=layers,
        copies=tuple(Input(path, "build", "/app/") for path in layers),
        argv=("java", "-jar", "app.jar"),
        rule="Spring Boot's executable archive, in its layers: what changes least is copied first",
        origin=origin,
        archive=module.path(f"{folder}/{jar}") if jar else None,
    )


def single(
    module: Module,
    folder: str,
    jar: str | None,
    pattern: str,
    command: str,
    origin: Origin,
    rule: str,
    target: str = "app.jar",
) -> Product:
    """Return one archive that `java -jar` starts."""
    if jar is not None:
        path = module.path(f"{folder}/{jar}")
        return Product(
            (command,), (path,), (Input(path, "build", target),), ("java", "-jar", target), rule, origin, archive=path
        )
    path = f"{OUT}/{target}"
    copied = f"{command} && mkdir {OUT} && cp {_archive(module, folder, None, pattern)} {path}"
    return Product((copied,), (path,), (Input(path, "build", target),), ("java", "-jar", target), rule, origin)


def unknown(module: Module, command: str) -> Product:
    """Return a build of which only the owner's start command says what it is for."""
    rule = "the start command says what of it is needed"
    return Product((command,), (), (), (), rule, module.origin)


def _archive(module: Module, folder: str, jar: str | None, pattern: str) -> str:
    """Return the path of an archive for a shell; as a pattern, which `cp` refuses unless it means one file."""
    if jar is not None:
        return shlex.quote(module.path(f"{folder}/{jar}"))
    quoted = shlex.quote(module.path(f"{folder}/"))
    return f"{quoted}{pattern}"


def quarkus(module: Module, folder: str, command: str, origin: Origin) -> Product:
    """Return what Quarkus writes by default: libraries, classes and a small jar that starts them."""
    root = module.path(f"{folder}/quarkus-app")
    parts = ("lib", "quarkus", "app")
    copies = (
        Input(f"{root}/lib/", "build", "lib/"),
        Input(f"{root}/quarkus/", "build", "quarkus/"),
        Input(f"{root}/app/", "build", "app/"),
        Input(f"{root}/quarkus-run.jar", "build", "quarkus-run.jar"),
    )
    return Product(
        commands=(command,),
        outputs=(*(f"{root}/{part}/" for part in parts), f"{root}/quarkus-run.jar"),
        copies=copies,
        argv=("java", "-jar", "quarkus-run.jar"),
        rule="Quarkus writes `quarkus-app`, with a jar that starts it",
        origin=origin,
    )


_KIND = re.compile(r"^[ \t]*quarkus\.package\.(?:jar\.)?type[ \t]*=[ \t]*([\w-]{1,40})[ \t]*$", re.MULTILINE)


def quarkus_kind(tree: SourceTree, module: Module) -> Sourced[str] | None:
    """Return which kind of package the app's own settings ask Quarkus for."""
    path = module.path("src/main/resources/application.properties")
    text = tree.text_or_none(path)
    match = _KIND.search(text) if text is not None else None
    if text is None or match is None:
        return None
    return Sourced(match[1], Origin(path, text.count("\n", 0, match.start(1)) + 1))


# A war that nothing starts: Tomcat, fetched from Maven Central, is put beside it.
#
# Tomcat lies in the app's folder and belongs to the app's user, since it unpacks the war, compiles pages and writes
# logs.
#
# Sources, checked 2026-11-24:
# - https://tomcat.apache.org/tomcat-11.0-doc/config/systemprops.html (`PROPERTY_SOURCE`: the environment in server.xml)
# - https://tomcat.apache.org/migration-10.html (`javax.servlet` became `jakarta.servlet`)
# - https://jakarta.ee/xml/ns/jakartaee/ (namespaces of web.xml)


_TOMCAT = "tomcat"
_PORT = 8080
_JAVAX, _JAKARTA = "javax.servlet", "jakarta.servlet"
_OLD_ARTIFACTS = ("javax.servlet-api", "servlet-api", "javaee-api", "javaee-web-api")
_NEW_ARTIFACTS = ("jakarta.jakartaee-api", "jakarta.jakartaee-web-api", "jakarta.servlet.jsp.jstl-api")
_DESCRIPTOR = "src/main/webapp/WEB-INF/web.xml"


def in_tomcat(
    tree: SourceTree,
    choice: Choice,
    folder: str,
    archive: str | None,
    command: str,
    version: Resolution,
    reasons: Reasons,
) -> Product:
    """Return the war in a Tomcat; `archive` is its file's name, None when only the build knows it."""
    api = _servlet_api(tree, choice)
    tomcat = _tomcat_version(api.value, version.version)
    reasons.decide(
        "tomcat.version", tomcat, api.origin, f"the code uses `{api.value}`, and Java {version.version} runs it"
    )
    made = single(choice.module, folder, archive, "*.war", command, choice.module.origin, "", "app.war")
    war = made.copies[0]
    return Product(
        commands=made.commands,
        outputs=made.outputs,
        copies=(
            Input(f"{_tomcat_home(tomcat)}/", _TOMCAT, "tomcat/"),
            Input(war.path, war.phase, "tomcat/webapps/ROOT.war"),
        ),
        argv=("sh", "tomcat/bin/catalina.sh", "run"),
        rule="a war runs in a servlet container; the script ends as the process `java`",
        origin=choice.module.origin,
        options=None,
        archive=made.archive,
        phases=(_tomcat_phase(tomcat, version, reasons),),
        port=_PORT,
    )


def _tomcat_phase(tomcat: str, version: Resolution, reasons: Reasons) -> Phase:
    line = next((item for item in LTS if int(item) >= int(version.version)), version.version)
    home = _tomcat_home(tomcat)
    source = "org.apache.tomcat.util.digester"
    artifact = f"org.apache.tomcat:tomcat:{tomcat}:zip"
    fetch = " && ".join(
        (
            f"mvn -B dependency:unpack -Dartifact={artifact} -DoutputDirectory={OUT}",
            f"rm -r {home}/webapps/*",
            f"echo {source}.PROPERTY_SOURCE={source}.EnvironmentPropertySource >> {home}/conf/catalina.properties",
        )
    )
    # Quotes keep a command on one line, so this is one of its own.
    settle = f"""sed -i -e 's/port="{_PORT}"/port="${{PORT}}"/' -e 's/port="8005"/port="-1"/' {home}/conf/server.xml"""
    why = "Tomcat without its examples, told to listen on PORT and to take no orders through another one"
    reasons.decide(f"phases.{_TOMCAT}.commands", f"{fetch} && {settle}", catalogue("java.tomcat"), why)
    reasons.decide(f"phases.{_TOMCAT}.caches", "/root/.m2", catalogue("java.tomcat"), "kept between builds")
    reasons.decide(
        f"phases.{_TOMCAT}.outputs", f"{home}/", catalogue("java.tomcat"), "what is shipped, and nothing else"
    )
    return Phase(
        _TOMCAT,
        comment="Tomcat: listens on $PORT",
        runtime=Runtime("java", line, version.requested, flavour="maven"),
        commands=(fetch, settle),
        caches=(Cache("maven", "/root/.m2", locked=True),),
        outputs=(f"{home}/",),
    )


def _tomcat_home(tomcat: str) -> str:
    return f"{OUT}/apache-tomcat-{tomcat}"


def _tomcat_version(api: str, java: str) -> str:
    major = int(java.partition(".")[0])
    return next((row for row in TOMCATS if row.api == api and major >= row.oldest_java), TOMCATS[-1]).version


def _servlet_api(tree: SourceTree, choice: Choice) -> Sourced[str]:
    """Return which package of the Servlet API the app uses, and what shows it: code, web.xml, a dependency."""
    directories = (item.directory for item in choice.closure)
    for text, origin in source_code.imports(tree, directories, (f"{_JAKARTA}.", f"{_JAVAX}.")):
        return Sourced(_JAKARTA if text.startswith(_JAKARTA) else _JAVAX, origin)
    path = choice.module.path(_DESCRIPTOR)
    text = tree.text_or_none(path) or ""
    match = re.search(r"https?://(?:java\.sun\.com|xmlns\.jcp\.org|jakarta\.ee)/xml/ns/", text)
    if match is not None:
        api = _JAKARTA if "jakarta" in match[0] else _JAVAX
        return Sourced(api, Origin(path, text.count("\n", 0, match.start()) + 1))
    for item in choice.closure:
        for artifact, origin in item.dependencies.items():
            if artifact in _OLD_ARTIFACTS:
                return Sourced(_JAVAX, origin)
            if artifact in _NEW_ARTIFACTS:
                return Sourced(_JAKARTA, origin)
    return Sourced(_JAKARTA, catalogue("java.tomcat"))
