"""Random and hostile Java trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

from hostile import examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st
from java_trees import BOOT, BOOT_PARENT, BOOT_PLUGIN, MAIN, SERVER, WEB, pom


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@slowly(120)
@given(words, words, words, words)
def test_any_text_in_a_pom_gives_a_plan_or_a_typed_error(artifact: str, version: str, name: str, level: str) -> None:
    parts = (
        BOOT_PARENT,
        f"<properties><a>{escaped(level)}</a><b>${{a}}</b><java.version>{escaped(level)}</java.version></properties>",
        f"<build><finalName>{escaped(name)}</finalName></build>",
    )
    text = pom(*parts, artifact=escaped(artifact), version=escaped(version), dependencies=WEB, plugins=BOOT_PLUGIN)
    examine({"pom.xml": text, MAIN: BOOT}, "java")


@slowly(120)
@given(st.text(alphabet='<>/!?[]&;"= abprojectmodule\n', max_size=80))
def test_any_xml_gives_a_plan_or_a_typed_error(text: str) -> None:
    examine({"pom.xml": f"<project>{text}</project>", MAIN: SERVER}, "java")
    examine({"pom.xml": text, MAIN: SERVER}, "java")


pieces = st.sampled_from(
    (
        "plugins {",
        "}",
        "id(",
        ")",
        '"application"',
        "'org.springframework.boot'",
        "application",
        "version =",
        "archiveFileName =",
        "rootProject.name =",
        "include",
        "applicationName =",
        "jvmToolchain(",
        "//",
        "/*",
        "*/",
        '"""',
        "'",
        '"',
        "\n",
        " ",
        "libs.versions.x.get()",
    )
)
scripts = st.lists(st.one_of(pieces, words), max_size=25).map("".join)


@slowly(120)
@given(scripts, scripts)
def test_any_gradle_script_gives_a_plan_or_a_typed_error(text: str, settings_text: str) -> None:
    examine(
        {"build.gradle": f"plugins {{ id 'application' }}\n{text}", "settings.gradle": settings_text, MAIN: SERVER},
        "java",
    )
    boot = "plugins { id 'org.springframework.boot' version '3.5.0' }\n"
    examine({"build.gradle": boot + text, "settings.gradle": settings_text, MAIN: BOOT}, "java")


@slowly(120)
@given(words.filter(lambda word: "\x00" not in word))
def test_any_name_of_a_project_gives_a_plan_or_a_typed_error(name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    examine(
        {
            "settings.gradle.kts": f'rootProject.name = "{quoted}"\ninclude("{quoted}")\n',
            "build.gradle.kts": f'plugins {{ application }}\napplication {{ applicationName = "{quoted}" }}\n',
            MAIN: SERVER,
        }
    )


@slowly(120)
@given(words.filter(lambda word: "\n" not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    examine({"pom.xml": pom(), MAIN: SERVER, "Procfile": f"web: {line}\n"}, "java")


@slowly(120)
@given(
    st.lists(
        st.one_of(st.sampled_from(("fun main(", "static void main(", '"', "/*", "package ", "class X", "\n")), words)
    ).map("".join)
)
def test_any_code_gives_a_plan_or_a_typed_error(code: str) -> None:
    examine({"pom.xml": pom(), MAIN: code, "src/main/kotlin/App.kt": code}, "java")
