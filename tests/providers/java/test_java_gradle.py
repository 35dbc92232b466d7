from __future__ import annotations

import pytest
from java_trees import BOOT, MAIN, SERVER, command, detected
from planned import codes, copied, decision, diagnostic, plan, started

from buildplan.errors import FileError, NoStartError, PlanError, VersionError
from buildplan.language.contract import Strength

BOOT_PLUGINS = """plugins {
    id("java")
    id("org.springframework.boot") version "3.5.6"
}
"""
WEB = 'dependencies { implementation("org.springframework.boot:spring-boot-starter-web") }\n'


def boot(text: str, **files: str) -> dict[str, str]:
    return {
        "build.gradle.kts": BOOT_PLUGINS + text + WEB,
        MAIN: BOOT,
        "settings.gradle.kts": 'rootProject.name = "shop"\n',
        **files,
    }


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        ("", {}, "build/libs/shop.jar"),
        ('version = "1.2"\n', {}, "build/libs/shop-1.2.jar"),
        ("", {"gradle.properties": "version=2.0\n"}, "build/libs/shop-2.0.jar"),
        ('tasks.bootJar { archiveFileName = "app.jar" }\n', {}, "build/libs/app.jar"),
        ('tasks.bootJar { archiveFileName.set("app.jar") }\n', {}, "build/libs/app.jar"),
        ('version = "1.2"\nbase { archivesName = "server" }\n', {}, "build/libs/server-1.2.jar"),
        ("", {"settings.gradle.kts": ""}, "build/libs/app.jar"),
        ('// version = "9"\n', {}, "build/libs/shop.jar"),
        ("version = findVersion()\n", {}, "build/libs/*.jar"),
        ('version = "1.${System.getenv()}"\n', {}, "build/libs/*.jar"),
    ],
)
def test_the_archive_is_named_exactly_or_is_the_only_one(text: str, files: dict[str, str], expected: str) -> None:
    made = plan(boot(text, **files))
    assert f"gradle --no-daemon :bootJar && mkdir /out && cp {expected} /out/app.jar" in command(made)
    assert ("BP821" in codes(made)) is ("*" in expected)


def test_the_plugin_application_gives_a_distribution() -> None:
    script = 'plugins { application }\napplication { mainClass = "com.example.Main" }\n'
    made = plan({"build.gradle.kts": script, MAIN: SERVER, "settings.gradle.kts": 'rootProject.name = "shop"\n'})
    assert command(made) == "gradle --no-daemon :installDist"
    assert copied(made) == ["build/install/shop/lib/", "build/install/shop/bin/shop"]
    assert started(made) == "bin/shop"


@pytest.mark.parametrize("plugin", ["io.ktor.plugin", "io.micronaut.application"])
def test_plugins_that_apply_application_do_the_same(plugin: str) -> None:
    made = plan({"build.gradle": f"plugins {{\n    id '{plugin}' version '1'\n}}\n", MAIN: SERVER})
    assert command(made) == "gradle --no-daemon :installDist"


def test_plugins_and_libraries_of_a_version_catalog_are_known() -> None:
    tree = {
        "build.gradle.kts": (
            "plugins {\n    alias(libs.plugins.spring.boot)\n}\n"
            "dependencies {\n    implementation(libs.bundles.web)\n}\n"
        ),
        "gradle/libs.versions.toml": (
            '[versions]\nspring-boot = "3.5.6"\n[plugins]\n'
            'spring-boot = { id = "org.springframework.boot", version.ref = "spring-boot" }\n'
            '[libraries]\nstarter = "org.springframework.boot:spring-boot-starter-web:3.5.6"\n'
            '[bundles]\nweb = ["starter"]\n'
        ),
        MAIN: BOOT,
    }
    made = plan(tree)
    assert made.providers[0].frameworks[0] == "spring-boot"
    assert "jarmode=tools" in command(made)


def test_a_broken_version_catalog_is_an_error_with_its_name() -> None:
    with pytest.raises(FileError, match="it is not TOML"):
        plan({"build.gradle": "plugins { id 'application' }\n", "gradle/libs.versions.toml": "[[", MAIN: SERVER})


def test_a_plugin_that_is_not_applied_does_not_count() -> None:
    tree = {
        "settings.gradle": "include 'api', 'web'\n",
        "build.gradle": "plugins {\n    id 'org.springframework.boot' version '3.5.6' apply false\n}\n",
        "api/build.gradle": "plugins {\n    id 'java-library'\n}\n",
        "web/build.gradle": (
            "apply plugin: 'org.springframework.boot'\ndependencies {\n    implementation project(':api')\n}\n"
        ),
        f"web/{MAIN}": BOOT,
    }
    made = plan(tree)
    assert decision(made, "java.module").value == "web"
    assert command(made).startswith("gradle --no-daemon :web:bootJar")
    assert "cp web/build/libs/web.jar /out/app.jar" in command(made)


def test_a_project_in_another_folder_is_found() -> None:
    tree = {
        "settings.gradle": "include ':web'\nproject(':web').projectDir = file('modules/web')\n",
        "modules/web/build.gradle": "plugins {\n    id 'application'\n}\n",
        f"modules/web/{MAIN}": SERVER,
    }
    assert copied(plan(tree))[0] == "modules/web/build/install/web/lib/"


def test_a_build_that_packs_nothing_ships_its_jar_and_libraries() -> None:
    made = plan({"build.gradle": "plugins {\n    id 'java'\n}\n", MAIN: SERVER})
    assert started(made) == "java -cp 'lib/*' com.example.Main"
    assert [(item.path, item.dest) for item in made.run.copies] == [("build/shipped/", "lib/")]
    assert command(made).endswith("> /out/shipped.gradle && gradle --no-daemon -I /out/shipped.gradle :shipped")


@pytest.mark.parametrize(
    ("target", "name"), [("jvm()", "jvm"), ('jvm("backend")', "backend"), ('jvm("x\\"; y")', "jvm")]
)
def test_kotlin_for_several_platforms_ships_its_target_of_the_jvm(target: str, name: str) -> None:
    script = f'plugins {{ kotlin("multiplatform") version "2.3" }}\nkotlin {{\n    {target}\n}}\n'
    made = plan({"build.gradle.kts": script, "src/backendMain/kotlin/App.kt": "fun main() {}\n"})
    wanted = f'from project.tasks.getByName("{name}Jar"), project.configurations.{name}RuntimeClasspath;'
    assert wanted in command(made)
    assert started(made) == "java -cp 'lib/*' AppKt"


@pytest.mark.parametrize(
    "attributes",
    [
        "attributes 'Main-Class': 'com.example.Main'",
        "attributes('Main-Class': 'com.example.Main', 'Class-Path': 'lib')",
        'attributes["Main-Class"] = "com.example.Main"',
        'attributes("Main-Class" to "com.example.Main")',
    ],
)
def test_the_manifest_of_the_jar_names_the_class(attributes: str) -> None:
    other = MAIN.replace("Main.java", "Server.java")
    script = f"apply plugin: 'java'\njar {{\n    manifest {{\n        {attributes}\n    }}\n}}\n"
    made = plan({"build.gradle": script, MAIN: SERVER, other: SERVER.replace("Main", "Server")})
    found = decision(made, "java.main_class")
    assert (found.value, str(found.origin)) == ("com.example.Main", "build.gradle:4")


def test_a_build_without_a_class_to_start_says_what_to_add() -> None:
    with pytest.raises(NoStartError, match="no class with a `main`"):
        plan({"build.gradle": "plugins {\n    id 'java'\n}\n", "src/main/java/A.java": "class A {}"})


def test_the_root_may_say_all_of_another_project() -> None:
    script = """subprojects { apply plugin: 'java' }
project(':core') { version = '1' }
project(':web') {
    apply plugin: 'application'
    mainClassName = 'com.example.Main'
}
"""
    made = plan({"settings.gradle": "include 'core', 'web'\n", "build.gradle": script, f"web/{MAIN}": SERVER})
    assert (decision(made, "java.module").value, started(made)) == ("web", "bin/web")


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("plugins { id 'com.android.application' }\n", "an Android app"),
        ("plugins { id 'java' }\ndependencies { compileOnly 'io.papermc.paper:paper-api:1.21' }\n", "of Minecraft"),
        ("plugins { id 'java'; id 'org.jetbrains.intellij' version '1.17' }\n", "an IDE"),
    ],
)
def test_what_another_program_loads_is_said_so(script: str, what: str) -> None:
    tree = {"build.gradle": script, "src/main/java/A.java": "class A {}"}
    found = detected(tree)
    assert found is not None
    assert found.strength == Strength.TOOLING
    with pytest.raises(NoStartError, match=what) as caught:
        plan(tree)
    assert caught.value.origin is not None
    assert caught.value.origin.path == "build.gradle"


def test_without_a_wrapper_the_image_of_gradle_builds_and_that_is_reported() -> None:
    made = plan(boot(""))
    assert made.phases[0].runtime is not None
    assert made.phases[0].runtime.image == "gradle:8-jdk21-noble"
    assert "no wrapper" in diagnostic(made, "BP820").text


def test_a_whole_wrapper_is_used() -> None:
    url = "distributionUrl=https\\://example.invalid/gradle-8.14.3-bin.zip\n"
    files = {
        "gradlew": "#!/bin/sh\n",
        "gradle/wrapper/gradle-wrapper.jar": "PK",
        "gradle/wrapper/gradle-wrapper.properties": url,
    }
    made = plan({**boot(""), **files})
    assert command(made).startswith("sh gradlew --no-daemon :bootJar")
    assert decision(made, "gradle.version").value == "8.14.3"
    del files["gradle/wrapper/gradle-wrapper.jar"]
    assert "gradle-wrapper.jar" in diagnostic(plan({**boot(""), **files}), "BP820").text


@pytest.mark.parametrize(
    ("code", "port", "expected"),
    [
        ('val port = System.getenv("PORT")?.toInt() ?: 8082', 8082, set()),
        ("embeddedServer(Netty, port = 8083)", 8083, {"BP647"}),
        ('val port = System.getenv("SERVER_PORT")?.toInt() ?: 8084', 8084, {"BP648"}),
        ("// embeddedServer(Netty, port = 8085)", 8080, set()),
    ],
)
def test_the_code_of_ktor_says_where_it_listens(code: str, port: int, expected: set[str]) -> None:
    main = f"package com.example\n\nimport io.ktor.server.netty.Netty\n\nfun main() {{\n    {code}\n}}\n"
    made = plan(
        {
            "build.gradle.kts": 'plugins {\n    id("io.ktor.plugin") version "3.3.0"\n}\n',
            "src/main/kotlin/com/example/App.kt": main,
        }
    )
    process = made.process(made.start)
    assert process is not None
    assert process.port == port
    assert codes(made) & {"BP647", "BP648"} == expected


def test_ktor_may_read_its_port_from_its_settings() -> None:
    tree = {
        "build.gradle.kts": 'plugins {\n    id("io.ktor.plugin") version "3.3.0"\n}\n',
        "src/main/kotlin/App.kt": "fun main(args: Array<String>) = io.ktor.server.netty.EngineMain.main(args)\n",
        "src/main/resources/application.conf": "ktor {\n  deployment {\n    port = 8086\n    port = ${?PORT}\n  }\n}\n",
    }
    made = plan(tree)
    assert decision(made, "port").value == "8086"
    assert str(decision(made, "port").origin) == "src/main/resources/application.conf:4"


@pytest.mark.parametrize("path", ["build.sbt", "project.clj", "deps.edn", "build.xml"])
def test_builds_that_are_not_planned_yet_are_a_clear_error(path: str) -> None:
    with pytest.raises(PlanError, match="are not planned yet; Maven and Gradle are"):
        plan({path: ""})


def test_a_frontend_beside_the_build_does_not_win() -> None:
    files = boot(
        "",
        **{
            "package.json": '{"scripts": {"start": "ng serve", "build": "ng build"}, "dependencies": {"express": "5"}}',
            "server.js": "",
        },
    )
    assert plan(files).providers[0].name == "java"
    found = detected(files)
    assert found is not None
    assert found.strength is Strength.APP


def test_an_android_app_is_no_server() -> None:
    found = detected({"build.gradle": "plugins {\n    id 'com.android.application' version '8'\n}\n"})
    assert found is not None
    assert found.strength is Strength.TOOLING


def test_a_jar_that_holds_its_libraries_is_taken() -> None:
    jar = "jar {\n    manifest { attributes 'Main-Class': 'com.example.Main' }\n    from { zipTree(it) }\n}\n"
    made = plan({"build.gradle": f"plugins {{\n    id 'java'\n}}\n{jar}", MAIN: SERVER})
    assert (command(made), copied(made)) == ("gradle --no-daemon :jar", ["build/libs/app.jar"])


def test_a_start_script_gets_the_port_from_a_shell() -> None:
    script = "plugins {\n    id 'io.micronaut.application' version '4'\n}\n"
    made = plan({"build.gradle": script, MAIN: SERVER})
    assert started(made) == 'JAVA_OPTS="$JAVA_OPTS -Dmicronaut.server.port=$PORT" exec bin/app'


@pytest.mark.parametrize(
    "text",
    [
        'include(":web")\nproject(":web").projectDir = file("$rootDir/modules/web")\n',
        'fileTree(dir: rootDir, include: "**/build.gradle").each { include(it) }\n',
    ],
)
def test_projects_in_other_folders_and_those_that_settings_search_for_are_found(text: str) -> None:
    tree = {"settings.gradle.kts": text, "modules/web/build.gradle.kts": "plugins {\n    application\n}\n"}
    made = plan({**tree, f"modules/web/{MAIN}": SERVER})
    assert decision(made, "java.module").value == "modules/web"


def test_ktors_own_main_class_is_told_the_port() -> None:
    tree = {
        "build.gradle.kts": (
            'plugins {\n    id("io.ktor.plugin") version "3.3.0"\n}\n'
            'application { mainClass.set("io.ktor.server.netty.EngineMain") }\n'
        ),
        "src/main/kotlin/App.kt": "fun Application.module() {}\n",
        "src/main/resources/application.yaml": "ktor:\n  deployment:\n    port: 8087\n",
    }
    made = plan(tree)
    process = made.process(made.start)
    assert process is not None
    assert (process.port, process.text) == (8087, "bin/app -port=$PORT")


@pytest.mark.parametrize(("text", "task"), [("task stage { dependsOn 'copyAll' }\n", ":stage"), ("", ":assemble")])
def test_a_start_command_of_the_owner_needs_no_plugin(text: str, task: str) -> None:
    line = "web: java -cp build/libs/app.jar:build/deps/* com.example.Main\n"
    made = plan({"build.gradle": f"plugins {{\n    id 'java'\n}}\n{text}", MAIN: SERVER, "Procfile": line})
    assert command(made) == f"gradle --no-daemon {task}"
    assert copied(made) == ["build/libs/app.jar", "build/deps/"]


def test_a_number_in_code_that_serves_nothing_is_no_port() -> None:
    other = "package com.example;\n\nclass Client { Object a = new java.net.InetSocketAddress(3671); }\n"
    tree = {
        "build.gradle": "plugins {\n    id 'application'\n}\n",
        MAIN: SERVER.replace('getOrDefault("PORT", "8000")', 'get("X")'),
    }
    made = plan({**tree, "src/main/java/com/example/Client.java": other})
    assert decision(made, "port").value == "8080"
    assert "BP647" not in codes(made)


def test_a_server_of_grpc_listens() -> None:
    source = """package com.example;

import io.grpc.Server;
import io.grpc.ServerBuilder;

public class AdService {
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "9555"));
        Server server = ServerBuilder.forPort(port).build().start();
    }
}
"""
    made = plan({"build.gradle": "plugins { id 'application' }\n", "src/main/java/com/example/AdService.java": source})
    assert [(item.name, item.port) for item in made.processes] == [("web", 9555)]
    assert dict(made.run.environment)["PORT"] == "9555"


APPLICATION = {"build.gradle": "plugins {\n    id 'application'\n}\n", MAIN: SERVER}


@pytest.mark.parametrize(
    ("asked", "script", "image"),
    [
        ("9", "", "gradle:9-jdk21-noble"),
        ("9.1", "", "gradle:9-jdk21-noble"),
        ("8", "", "gradle:8-jdk21-noble"),
        ("7", "", "gradle:7-jdk17-jammy"),
        ("6.9.4", "", "gradle:6-jdk11-jammy"),
        (">=7", "", "gradle:9-jdk21-noble"),
        ("8", "sourceCompatibility = '11'\n", "gradle:8-jdk11-jammy"),
        ("8", "sourceCompatibility = '1.8'\n", "gradle:8-jdk8-jammy"),
    ],
)
def test_a_configuration_names_the_gradle(asked: str, script: str, image: str) -> None:
    files = {**APPLICATION, "build.gradle": APPLICATION["build.gradle"] + script}
    made = plan(files, set=(f'versions.gradle="{asked}"',))
    runtime = made.phases[0].runtime
    assert runtime is not None
    assert (runtime.image, "BP820" in codes(made)) == (image, False)
    assert decision(made, "gradle.version").origin.path.startswith("<")


def test_a_configuration_is_stronger_than_the_wrapper() -> None:
    url = "distributionUrl=https\\://example.invalid/gradle-8.14-bin.zip\n"
    wrapper = {"gradlew": "#!/bin/sh\n", "gradle/wrapper/gradle-wrapper.properties": url}
    made = plan({**APPLICATION, **wrapper}, set=('versions.gradle="7"',))
    assert command(made).startswith("gradle --no-daemon")
    assert decision(made, "gradle.version").value == "7"


@pytest.mark.parametrize("asked", ["5", "banana"])
def test_a_gradle_without_an_image_is_an_error_with_its_place(asked: str) -> None:
    with pytest.raises(VersionError, match="fits no line of Gradle that there is a known image of: 9, 8, 7, 6"):
        plan(APPLICATION, set=(f'versions.gradle="{asked}"',))
