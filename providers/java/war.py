"""A war that nothing starts: Tomcat, fetched from Maven Central, is put beside it.

Tomcat lies in the app's folder and belongs to the app's user, since it unpacks the war, compiles pages and writes logs.

Sources, checked 2026-11-24:
- https://tomcat.apache.org/tomcat-11.0-doc/config/systemprops.html (`PROPERTY_SOURCE`: the environment in server.xml)
- https://tomcat.apache.org/migration-10.html (`javax.servlet` became `jakarta.servlet`)
- https://jakarta.ee/xml/ns/jakartaee/ (namespaces of web.xml)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Cache, Input, Phase, Runtime
from buildplan.model.origin import Origin, Sourced, catalogue
from buildplan.read import data_table

from . import names, source_code
from .module import Product

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .app_choice import Choice

_PHASE = "tomcat"
_PORT = 8080
_JAVAX, _JAKARTA = "javax.servlet", "jakarta.servlet"
_OLD_ARTIFACTS = ("javax.servlet-api", "servlet-api", "javaee-api", "javaee-web-api")
_NEW_ARTIFACTS = ("jakarta.jakartaee-api", "jakarta.jakartaee-web-api", "jakarta.servlet.jsp.jstl-api")
_DESCRIPTOR = "src/main/webapp/WEB-INF/web.xml"


def product(
    tree: SourceTree,
    choice: Choice,
    folder: str,
    archive: str | None,
    command: str,
    version: Resolution,
    reasons: Reasons,
) -> Product:
    """Return the war in a Tomcat; `archive` is its file's name, None when only the build knows it."""
    api = _api(tree, choice)
    tomcat = _version(api.value, version.version)
    reasons.decide(
        "tomcat.version", tomcat, api.origin, f"the code uses `{api.value}`, and Java {version.version} runs it"
    )
    made = names.single(choice.module, folder, archive, "*.war", command, choice.module.origin, "", "app.war")
    war = made.copies[0]
    return Product(
        commands=made.commands,
        outputs=made.outputs,
        copies=(
            Input(f"{_home(tomcat)}/", _PHASE, "tomcat/"),
            Input(war.path, war.phase, "tomcat/webapps/ROOT.war"),
        ),
        argv=("sh", "tomcat/bin/catalina.sh", "run"),
        rule="a war runs in a servlet container; the script ends as the process `java`",
        origin=choice.module.origin,
        options=None,
        archive=made.archive,
        phases=(_phase(tomcat, version, reasons),),
        port=_PORT,
    )


def _phase(tomcat: str, version: Resolution, reasons: Reasons) -> Phase:
    line = next((item for item in names.LTS if int(item) >= int(version.version)), version.version)
    home = _home(tomcat)
    source = "org.apache.tomcat.util.digester"
    artifact = f"org.apache.tomcat:tomcat:{tomcat}:zip"
    fetch = " && ".join(
        (
            f"mvn -B dependency:unpack -Dartifact={artifact} -DoutputDirectory={names.OUT}",
            f"rm -r {home}/webapps/*",
            f"echo {source}.PROPERTY_SOURCE={source}.EnvironmentPropertySource >> {home}/conf/catalina.properties",
        )
    )
    # Quotes keep a command on one line, so this is one of its own.
    settle = f"""sed -i -e 's/port="{_PORT}"/port="${{PORT}}"/' -e 's/port="8005"/port="-1"/' {home}/conf/server.xml"""
    why = "Tomcat without its examples, told to listen on PORT and to take no orders through another one"
    reasons.decide(f"phases.{_PHASE}.commands", f"{fetch} && {settle}", catalogue("java.tomcat"), why)
    reasons.decide(f"phases.{_PHASE}.caches", "/root/.m2", catalogue("java.tomcat"), "kept between builds")
    reasons.decide(
        f"phases.{_PHASE}.outputs", f"{home}/", catalogue("java.tomcat"), "what is shipped, and nothing else"
    )
    return Phase(
        _PHASE,
        comment="Tomcat: listens on $PORT",
        runtime=Runtime("java", line, version.requested, flavour="maven"),
        commands=(fetch, settle),
        caches=(Cache("maven", "/root/.m2", locked=True),),
        outputs=(f"{home}/",),
    )


def _home(tomcat: str) -> str:
    return f"{names.OUT}/apache-tomcat-{tomcat}"


def _version(api: str, java: str) -> str:
    rows = data_table.read(__file__, "tomcat")["tomcat"]
    fitting = (row for row in rows if row["api"] == api and int(java.partition(".")[0]) >= row["oldest_java"])
    return str(next(fitting, rows[-1])["version"])


def _api(tree: SourceTree, choice: Choice) -> Sourced[str]:
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
