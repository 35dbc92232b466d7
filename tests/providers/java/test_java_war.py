"""Wars that nothing starts: which Tomcat they get, and how it is started."""

from __future__ import annotations

import pytest
from java_trees import dependency, pom
from planned import copied, decision, plan, started

SERVLET = "package com.example;\n\nimport {package}.http.HttpServlet;\n\npublic class Shop extends HttpServlet {{}}\n"
SOURCE = "src/main/java/com/example/Shop.java"
WEB_XML = "src/main/webapp/WEB-INF/web.xml"


def war(java: str = "21", dependencies: str = "") -> str:
    level = f"<properties><maven.compiler.release>{java}</maven.compiler.release></properties>"
    return pom("<packaging>war</packaging>", level, dependencies=dependencies)


def test_a_war_is_put_into_a_tomcat_that_listens_on_port() -> None:
    made = plan({"pom.xml": war(), SOURCE: SERVLET.format(package="jakarta.servlet")})
    assert copied(made) == ["/out/apache-tomcat-11.0.25/", "target/shop-1.0.war"]
    assert [item.dest for item in made.run.copies] == ["tomcat/", "tomcat/webapps/ROOT.war"]
    assert started(made) == "sh tomcat/bin/catalina.sh run"
    assert [(item.name, item.port) for item in made.processes] == [("web", 8080)]
    tomcat = made.phase("tomcat")
    assert tomcat is not None
    assert 'port="${PORT}"' in tomcat.commands[1]
    assert "EnvironmentPropertySource >> /out/apache-tomcat-11.0.25/conf/catalina.properties" in tomcat.commands[0]


@pytest.mark.parametrize(
    ("java", "package", "version"),
    [
        ("21", "jakarta.servlet", "11.0.25"),
        ("17", "jakarta.servlet", "11.0.25"),
        ("11", "jakarta.servlet", "10.1.60"),
        ("21", "javax.servlet", "9.0.109"),
        ("8", "javax.servlet", "9.0.109"),
    ],
)
def test_the_package_that_the_code_imports_and_its_java_choose_tomcat(java: str, package: str, version: str) -> None:
    # The artifact's name says nothing: `jakarta.servlet-api` 4 holds `javax.servlet`.
    api = dependency("jakarta.servlet-api", "jakarta.servlet")
    made = plan({"pom.xml": war(java, api), SOURCE: SERVLET.format(package=package)})
    found = decision(made, "tomcat.version")
    assert (found.value, found.origin.path) == (version, SOURCE)


@pytest.mark.parametrize(
    ("namespace", "version"),
    [
        ("http://java.sun.com/xml/ns/javaee", "9.0.109"),
        ("http://xmlns.jcp.org/xml/ns/javaee", "9.0.109"),
        ("https://jakarta.ee/xml/ns/jakartaee", "11.0.25"),
    ],
)
def test_a_war_of_pages_goes_by_its_descriptor(namespace: str, version: str) -> None:
    made = plan({"pom.xml": war(), WEB_XML: f'<web-app xmlns="{namespace}"/>\n', "src/main/webapp/index.jsp": "hi"})
    found = decision(made, "tomcat.version")
    assert (found.value, str(found.origin)) == (version, f"{WEB_XML}:1")


def test_a_dependency_says_it_where_nothing_else_does() -> None:
    made = plan({"pom.xml": war("8", dependency("javaee-api", "javax")), "src/main/webapp/index.jsp": "hi"})
    assert decision(made, "tomcat.version").value == "9.0.109"


def test_the_name_of_the_war_is_that_of_its_plugin() -> None:
    configuration = "<configuration><warName>site</warName></configuration>"
    plugin = f"<plugin><artifactId>maven-war-plugin</artifactId>{configuration}</plugin>"
    made = plan({"pom.xml": pom("<packaging>war</packaging>", plugins=plugin), "src/main/java/A.java": "class A {}"})
    assert "target/site.war" in copied(made)


def test_a_war_of_gradle_gets_its_tomcat_from_the_image_of_maven() -> None:
    script = (
        'plugins { id "war" }\nversion = "1.0"\njava { toolchain { languageVersion = JavaLanguageVersion.of(17) } }\n'
    )
    made = plan(
        {
            "build.gradle": script,
            "settings.gradle": 'rootProject.name = "shop"\n',
            SOURCE: SERVLET.format(package="jakarta.servlet"),
        }
    )
    build, tomcat = made.phase("build"), made.phase("tomcat")
    assert build is not None
    assert tomcat is not None
    assert tomcat.runtime is not None
    assert build.commands == ("gradle --no-daemon :war",)
    assert tomcat.runtime.image == "maven:3.9-eclipse-temurin-17-noble"
    assert copied(made)[1] == "build/libs/shop-1.0.war"
