from __future__ import annotations

import pytest
from java_trees import BOOT_PARENT, MAIN, SERVER, pom, properties
from planned import codes, decision, diagnostic, plan

from buildplan.errors import VersionError

TOOLCHAIN = "java { toolchain { languageVersion = JavaLanguageVersion.of(%s) } }\n"
WRAPPER = "gradle/wrapper/gradle-wrapper.properties"


def maven(*parts: str, **files: str) -> str:
    tree = {"pom.xml": pom(*parts), MAIN: SERVER, **files}
    return decision(plan(tree), "java.version").value


def gradle(text: str, **files: str) -> str:
    return decision(
        plan({"build.gradle.kts": f"plugins {{ application }}\n{text}", MAIN: SERVER, **files}), "java.version"
    ).value


def compiler(name: str, value: str) -> str:
    return (
        "<build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId>"
        f"<configuration><{name}>{value}</{name}></configuration></plugin></plugins></build>"
    )


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (properties(maven_compiler_release="17"), "17"),
        (properties(java_version="25"), "25"),
        (properties(java_version="1.8"), "8"),
        (properties(maven_compiler_source="1.7"), "8"),
        (properties(maven_compiler_target="11"), "11"),
        (properties(jdk="17", maven_compiler_release="${jdk}"), "17"),
        (compiler("release", "17"), "17"),
        (properties(my_level="11") + compiler("source", "${my.level}"), "11"),
        ("", "21"),
        # There is no image of Java 14; 21 compiles for it.
        (properties(java_version="14"), "21"),
    ],
)
def test_a_pom_says_the_version(part: str, expected: str) -> None:
    assert maven(part) == expected


def test_a_pom_above_in_the_tree_says_the_version() -> None:
    parent = "<parent><artifactId>all</artifactId><version>1</version></parent>"
    tree = {
        "pom.xml": pom(
            "<packaging>pom</packaging><modules><module>web</module></modules>",
            properties(java_version="17"),
            artifact="all",
        ),
        "web/pom.xml": pom(parent, artifact="web"),
        f"web/{MAIN}": SERVER,
    }
    found = decision(plan(tree), "java.version")
    assert (found.value, found.origin.path) == ("17", "pom.xml")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".java-version", "21\n", "21"),
        (".java-version", "temurin-17.0.9\n", "17"),
        (".sdkmanrc", "# sdk\njava=21.0.2-tem\n", "21"),
        ("system.properties", "java.runtime.version=17\n", "17"),
        ("system.properties", "java.runtime.version = 1.8\n", "8"),
        (".tool-versions", "maven 3.9.9\njava temurin-25.0.1+8.0.LTS\n", "25"),
        ("mise.toml", '[tools]\njava = "corretto-17"\n', "17"),
        ("Dockerfile", "FROM maven:3-eclipse-temurin-25 AS build\nFROM eclipse-temurin:25-jre\n", "25"),
        ("Dockerfile", "FROM gradle:8-jdk17 AS build\n", "17"),
        ("Dockerfile", "FROM gcr.io/distroless/java17-debian12\n", "17"),
    ],
)
def test_a_file_that_pins_beats_the_level_of_the_language(path: str, text: str, expected: str) -> None:
    made = plan({"pom.xml": pom(properties(java_version="8")), MAIN: SERVER, path: text})
    assert decision(made, "java.version").value == expected
    assert not codes(made) & {"BP603", "BP606"}


def test_a_pin_below_the_level_is_reported_and_not_taken() -> None:
    made = plan({"pom.xml": pom(properties(java_version="21")), MAIN: SERVER, ".java-version": "17\n"})
    assert decision(made, "java.version").value == "21"
    assert "`21` in pom.xml:4 java.version" in diagnostic(made, "BP606").text


def test_two_pins_that_contradict_are_reported() -> None:
    made = plan({"pom.xml": pom(), MAIN: SERVER, ".sdkmanrc": "java=21.0.2-tem\n", ".java-version": "17\n"})
    assert decision(made, "java.version").value == "21"
    assert diagnostic(made, "BP603").origin is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TOOLCHAIN % "25", "25"),
        (TOOLCHAIN % '"17"', "17"),
        ("kotlin { jvmToolchain(17) }\n", "17"),
        ("java { sourceCompatibility = JavaVersion.VERSION_17 }\n", "17"),
        ("java { sourceCompatibility = JavaVersion.VERSION_1_8 }\n", "8"),
        ("sourceCompatibility = '11'\n", "11"),
        ("sourceCompatibility = 1.8\n", "8"),
        ("tasks.withType<JavaCompile> { options.release.set(17) }\n", "17"),
        ("kotlin { compilerOptions { jvmTarget = JvmTarget.JVM_17 } }\n", "17"),
        ('val level = "17"\njava { sourceCompatibility = JavaVersion.toVersion(level) }\n', "17"),
        ("def level = 17\nsourceCompatibility = level\n", "17"),
        ("// jvmToolchain(8)\n", "21"),
        ("", "21"),
    ],
)
def test_a_gradle_script_says_the_version(text: str, expected: str) -> None:
    assert gradle(text) == expected


def test_a_version_catalog_and_properties_are_followed() -> None:
    catalog = {"gradle/libs.versions.toml": '[versions]\njava-language = "17"\n'}
    assert gradle(TOOLCHAIN % "libs.versions.java.language.get().toInt()", **catalog) == "17"
    assert gradle("sourceCompatibility = javaLevel\n", **{"gradle.properties": "javaLevel=11\n"}) == "11"


def test_a_shared_plugin_of_the_build_says_the_version() -> None:
    files = {"buildSrc/src/main/kotlin/shop.java.gradle.kts": TOOLCHAIN % "17"}
    assert gradle("", **files) == "17"


@pytest.mark.parametrize(
    ("version", "text", "expected"),
    [("7.6.4", "", "17"), ("8.14.3", "", "21"), ("9.1.0", "sourceCompatibility = '11'\n", "21"), ("6.9", "", "11")],
)
def test_the_jdk_is_one_that_the_wrappers_gradle_runs_on(version: str, text: str, expected: str) -> None:
    url = f"distributionUrl=https\\://example.invalid/gradle-{version}-bin.zip\n"
    assert gradle(text, **{WRAPPER: url}) == expected


def test_a_toolchain_that_gradle_itself_does_not_run_on_is_reported() -> None:
    url = "distributionUrl=https\\://example.invalid/gradle-8.3-bin.zip\n"
    made = plan({"build.gradle": "plugins { id 'application' }\n" + TOOLCHAIN % "25", MAIN: SERVER, WRAPPER: url})
    assert "Gradle 8.3 runs on Java 8 to 20" in diagnostic(made, "BP822").text


def test_an_option_that_is_no_version_is_an_error() -> None:
    with pytest.raises(VersionError, match="banana"):
        plan({"pom.xml": pom(), MAIN: SERVER, ".java-version": "banana\n"})


def test_a_version_newer_than_the_tables_is_taken_and_reported() -> None:
    made = plan({"pom.xml": pom(properties(java_version="30")), MAIN: SERVER})
    assert decision(made, "java.version").value == "30"
    assert "BP602" in codes(made)


@pytest.mark.parametrize(("boot", "expected"), [("2.7.18", "8"), ("3.5.6", "17"), ("4.0.1", "17"), ("9.0", "21")])
def test_a_known_parent_says_the_version(boot: str, expected: str) -> None:
    assert maven(BOOT_PARENT.replace("3.5.6", boot)) == expected


def test_without_a_wrapper_a_short_lived_line_becomes_the_next_long_term_one() -> None:
    made = plan({"pom.xml": pom(properties(java_version="20")), MAIN: SERVER})
    found = decision(made, "java.version")
    assert (found.value, [item.value for item in found.runners_up]) == ("21", ["20"])
    assert made.run.runtime.image == "eclipse-temurin:21-jre-noble"


def test_an_image_newer_than_the_wrappers_gradle_is_what_the_app_runs_on_and_not_what_builds_it() -> None:
    tree = {
        "build.gradle": "plugins { id 'application' }\n",
        MAIN: SERVER,
        WRAPPER: "distributionUrl=https\\://example.invalid/gradle-8.14.3-bin.zip\n",
        "Dockerfile": "FROM eclipse-temurin:24-jdk AS build\nFROM eclipse-temurin:25.0.3_9-jre\n",
    }
    made = plan(tree)
    setup = made.phase("setup")
    assert setup is not None
    assert setup.runtime is not None
    assert (setup.runtime.version, made.run.runtime.version) == ("21", "25")
    assert str(decision(made, "run.java.version").origin) == "Dockerfile:2 FROM"
    assert "BP822" not in codes(made)
    tree[".java-version"] = "17\n"
    assert plan(tree).run.runtime.version == "17"
