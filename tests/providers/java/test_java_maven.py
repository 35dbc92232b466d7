from __future__ import annotations

import pytest
from java_trees import BOOT, BOOT_PARENT, BOOT_PLUGIN, MAIN, SERVER, WEB, boot, command, dependency, pom, properties
from planned import codes, copied, decision, diagnostic, plan, started

from buildplan.errors import FileError, NoStartError, PlanError


def shade(configuration: str) -> str:
    return (
        "<plugin><artifactId>maven-shade-plugin</artifactId><executions><execution><goals><goal>shade</goal></goals>"
        f"<configuration>{configuration}</configuration></execution></executions></plugin>"
    )


RUNS = "<transformers><transformer><mainClass>com.example.Main</mainClass></transformer></transformers>"


@pytest.mark.parametrize(
    ("parts", "version", "expected"),
    [
        ((), "1.0", "target/shop-1.0.jar"),
        ((), "0.0.1-SNAPSHOT", "target/shop-0.0.1-SNAPSHOT.jar"),
        ((properties(revision="3.1"),), "${revision}", "target/shop-3.1.jar"),
        (("<build><finalName>app</finalName></build>",), "1.0", "target/app.jar"),
        (("<build><finalName>${project.artifactId}</finalName></build>",), "1.0", "target/shop.jar"),
        ((), "", "target/shop-3.5.6.jar"),
    ],
)
def test_the_archive_of_spring_boot_is_named_exactly(parts: tuple[str, ...], version: str, expected: str) -> None:
    assert f"cp {expected} /out/app.jar" in command(plan(boot(*parts, version=version)))


def test_a_classifier_is_part_of_the_name() -> None:
    plugin = BOOT_PLUGIN.replace("</plugin>", "<configuration><classifier>exec</classifier></configuration></plugin>")
    made = plan({"pom.xml": pom(BOOT_PARENT, dependencies=WEB, plugins=plugin), MAIN: BOOT})
    assert "cp target/shop-1.0-exec.jar /out/app.jar" in command(made)


def test_a_name_that_is_not_known_is_a_pattern_that_stops_unless_it_means_one_file() -> None:
    made = plan(boot(version="${git.version}"))
    assert "cp target/*.jar /out/app.jar" in command(made)
    assert "exactly one" in diagnostic(made, "BP821").text


def test_spring_boot_is_shipped_in_layers_where_its_tools_write_them() -> None:
    made = plan(boot())
    assert copied(made)[0] == "/out/layers/dependencies/"
    assert started(made) == "java '-Dserver.port=${PORT}' -jar app.jar"
    old = {path: text.replace("3.5.6", "2.7.18") for path, text in boot().items()}
    assert copied(plan(old)) == ["target/shop-1.0.jar"]


@pytest.mark.parametrize(
    ("path", "text", "port", "start"),
    [
        ("application.properties", "server.port=9090\n", 9090, "java '-Dserver.port=${PORT}' -jar app.jar"),
        ("application.properties", "server.port=${PORT:9091}\n", 9091, "java -jar app.jar"),
        (
            "application.yml",
            "spring:\n  x: 1\nserver:\n  port: 9092\n",
            9092,
            "java '-Dserver.port=${PORT}' -jar app.jar",
        ),
        (
            "application.yml",
            "management:\n  server:\n    port: 9093\n",
            8080,
            "java '-Dserver.port=${PORT}' -jar app.jar",
        ),
        ("application.yaml", "server:\n  port: ${PORT:9094}\n", 9094, "java -jar app.jar"),
    ],
)
def test_the_settings_of_spring_boot_say_the_port(path: str, text: str, port: int, start: str) -> None:
    made = plan({**boot(), f"src/main/resources/{path}": text})
    process = made.process(made.start)
    assert process is not None
    assert (process.port, process.text) == (port, start)


def test_spring_boot_without_anything_that_listens_is_a_worker() -> None:
    starter = dependency("spring-boot-starter-batch")
    made = plan({"pom.xml": pom(BOOT_PARENT, dependencies=starter, plugins=BOOT_PLUGIN), MAIN: BOOT})
    assert (made.start, started(made)) == ("worker", "java -jar app.jar")


def test_spring_boot_that_nothing_repackages_is_started_from_its_classes() -> None:
    skipped = BOOT_PLUGIN.replace("</plugin>", "<configuration><skip>true</skip></configuration></plugin>")
    made = plan({"pom.xml": pom(BOOT_PARENT, dependencies=WEB, plugins=skipped), MAIN: BOOT})
    assert started(made) == "java '-Dserver.port=${PORT}' -cp 'classes:lib/*' com.example.Main"


@pytest.mark.parametrize(
    ("configuration", "path", "start"),
    [
        (RUNS, "target/shop-1.0.jar", "java -jar app.jar"),
        (f"<finalName>all</finalName>{RUNS}", "target/all.jar", "java -jar app.jar"),
        (
            f"<shadedArtifactAttached>true</shadedArtifactAttached>{RUNS}",
            "target/shop-1.0-shaded.jar",
            "java -jar app.jar",
        ),
        ("<minimizeJar>true</minimizeJar>", "target/shop-1.0.jar", "java -cp app.jar com.example.Main"),
    ],
)
def test_the_jar_that_shade_makes_is_never_the_original(configuration: str, path: str, start: str) -> None:
    made = plan({"pom.xml": pom(plugins=shade(configuration), dependencies=WEB), MAIN: SERVER})
    assert copied(made) == [path]
    assert started(made).replace("'-Dserver.port=${PORT}' ", "") == start


def test_assembly_adds_its_suffix() -> None:
    plugin = (
        "<plugin><artifactId>maven-assembly-plugin</artifactId><configuration><archive><manifest>"
        "<mainClass>com.example.Main</mainClass></manifest></archive><descriptorRefs><descriptorRef>jar-with-dependencies"
        "</descriptorRef></descriptorRefs></configuration><executions><execution><goals><goal>single</goal></goals>"
        "</execution></executions></plugin>"
    )
    assert copied(plan({"pom.xml": pom(plugins=plugin), MAIN: SERVER})) == ["target/shop-1.0-jar-with-dependencies.jar"]


def modules(*names: str) -> str:
    inner = "".join(f"<module>{name}</module>" for name in names)
    return pom(f"<packaging>pom</packaging><modules>{inner}</modules>", artifact="all")


def member(name: str, dependencies: str = "", plugins: str = "") -> str:
    parent = "<parent><artifactId>all</artifactId><version>1.0</version></parent>"
    return pom(parent, artifact=name, dependencies=dependencies, plugins=plugins)


def test_the_module_with_the_server_is_the_app_and_others_lose_for_a_reason() -> None:
    tree = {
        "pom.xml": modules("core", "shop-web", "samples"),
        "core/pom.xml": member("core"),
        "core/src/main/java/com/example/Tool.java": SERVER.replace("Main", "Tool"),
        "shop-web/pom.xml": member("shop-web", WEB + dependency("core", "x"), BOOT_PLUGIN + ""),
        f"shop-web/{MAIN}": BOOT,
        "samples/pom.xml": member("samples", WEB, BOOT_PLUGIN),
        f"samples/{MAIN}": BOOT,
    }
    made = plan(tree)
    found = decision(made, "java.module")
    assert found.value == "shop-web"
    assert {item.value: item.reason for item in found.runners_up} == {
        "core": "it has no server",
        "samples": "its name is that of an example, a test or a tool",
    }
    assert "-pl shop-web -am package" in command(made)
    assert "BP670" not in codes(made)
    assert "-pl samples -am" in command(plan(tree, set=("java.module=samples",)))
    assert "-pl samples -am" in command(plan(tree, app="samples"))


def test_equal_modules_are_reported_and_a_wrong_option_is_an_error() -> None:
    tree = {"pom.xml": modules("orders", "users")}
    for name in ("orders", "users"):
        tree[f"{name}/pom.xml"] = member(name, WEB, BOOT_PLUGIN)
        tree[f"{name}/{MAIN}"] = BOOT
    assert "`orders` is built, not `users`" in diagnostic(plan(tree), "BP670").text
    with pytest.raises(PlanError, match="there is no module `nope`"):
        plan(tree, set=("java.module=nope",))


def test_several_main_classes_are_reported_and_an_option_chooses() -> None:
    tree = {
        "pom.xml": pom(),
        "src/main/java/com/example/One.java": SERVER.replace("Main", "One"),
        "src/main/java/com/example/Two.java": SERVER.replace("Main", "Two"),
    }
    made = plan(tree)
    assert started(made) == "java -cp classes com.example.One"
    assert "not `com.example.Two`" in diagnostic(made, "BP823").text
    assert started(plan(tree, set=("java.main_class=com.example.Two",))) == "java -cp classes com.example.Two"


def test_a_library_cannot_be_started() -> None:
    with pytest.raises(NoStartError, match="no class with a `main`"):
        plan({"pom.xml": pom(), "src/main/java/A.java": "class A {}"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<project>", "it is not XML"),
        ("<html/>", "its root element is `html`; expected `project`"),
        ('<!DOCTYPE p [<!ENTITY a "aaaa">]><project>&a;</project>', "it has a document type"),
        ("<project>" + "<a>" * 500 + "</a>" * 500 + "</project>", "it is nested too deeply"),
    ],
)
def test_a_broken_pom_is_an_error_with_its_name(text: str, message: str) -> None:
    with pytest.raises(FileError, match=message) as caught:
        plan({"pom.xml": text, MAIN: SERVER})
    assert caught.value.origin is not None
    assert caught.value.origin.path == "pom.xml"


def test_a_whole_wrapper_is_used_and_a_broken_one_is_not() -> None:
    url = "distributionUrl=https://example.invalid/apache-maven-3.9.9-bin.zip\n"
    files = {"pom.xml": pom(), MAIN: SERVER, ".mvn/wrapper/maven-wrapper.properties": url}
    made = plan({**files, "mvnw": "#!/bin/sh\n"})
    assert command(made) == "sh mvnw -B -DskipTests package"
    assert decision(made, "maven.version").value == "3.9.9"
    assert made.phases[0].runtime is not None
    assert made.phases[0].runtime.image == "eclipse-temurin:21-jdk-noble"
    crlf = plan({**files, "mvnw": "#!/bin/sh\r\necho\r\n"})
    assert command(crlf) == "mvn -B -DskipTests package"
    assert "CRLF" in diagnostic(crlf, "BP820").text


def test_quarkus_writes_a_folder_or_one_jar() -> None:
    plugin = "<plugin><artifactId>quarkus-maven-plugin</artifactId></plugin>"
    tree = {
        "pom.xml": pom(plugins=plugin, dependencies=dependency("quarkus-rest", "io.quarkus")),
        "src/main/java/com/example/Hello.java": "package com.example;\nclass Hello {}\n",
    }
    assert copied(plan(tree))[-1] == "target/quarkus-app/quarkus-run.jar"
    settings = {"src/main/resources/application.properties": "quarkus.package.jar.type=uber-jar\n"}
    assert copied(plan({**tree, **settings})) == ["target/shop-1.0-runner.jar"]


@pytest.mark.parametrize(
    ("line", "copies", "start"),
    [
        ("java -jar target/shop-1.0.jar", ["target/shop-1.0.jar"], "java -jar target/shop-1.0.jar"),
        ("java -cp target/classes:target/dependency/* Main", ["target/classes/", "target/dependency/"], None),
        ("sh target/bin/webapp", ["target/"], "sh target/bin/webapp"),
        ("./run.sh", ["."], "./run.sh"),
    ],
)
def test_a_start_command_of_the_owner_gets_what_it_names(line: str, copies: list[str], start: str | None) -> None:
    made = plan({"pom.xml": pom(), MAIN: SERVER, "Procfile": f"web: {line}\n", "run.sh": "#!/bin/sh\n"})
    assert copied(made)[: len(copies)] == copies
    assert started(made) == (start or line)


def test_a_war_that_the_owner_starts_is_built() -> None:
    line = "web: java -jar target/dependency/webapp-runner.jar --port $PORT target/shop-1.0.war\n"
    made = plan({"pom.xml": pom("<packaging>war</packaging>"), "src/main/java/A.java": "class A {}", "Procfile": line})
    assert copied(made) == ["target/dependency/webapp-runner.jar", "target/shop-1.0.war"]


def test_a_start_command_names_the_module() -> None:
    tree = {"pom.xml": modules("orders", "users"), "Procfile": "web: java -jar users/target/users-1.0.jar\n"}
    for name in ("orders", "users"):
        tree[f"{name}/pom.xml"] = member(name, WEB, BOOT_PLUGIN)
        tree[f"{name}/{MAIN}"] = BOOT
    made = plan(tree)
    assert (decision(made, "java.module").value, copied(made)) == ("users", ["users/target/users-1.0.jar"])


def test_another_process_does_not_ship_the_source() -> None:
    lines = "web: java -jar target/shop-1.0.jar\nrelease: echo done\n"
    made = plan({"pom.xml": pom(), MAIN: SERVER, "Procfile": lines})
    assert copied(made) == ["target/shop-1.0.jar"]
    assert [item.name for item in made.processes] == ["web", "release"]
