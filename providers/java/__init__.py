"""Java and Kotlin: Maven and Gradle builds, frameworks with a server of their own, and plain programs."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="java",
    title="Java",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".dependencies:dependencies", __package__),
    versions=late(".java_version:VERSIONS", __package__),
    below=late(".detect:below", __package__),
    members=late(".detect:members", __package__),
    start_help='a class with `public static void main`, or `main_class = "…"` under `[java]`',
    aliases=("kotlin",),
    manifests=("pom.xml", "*.gradle", "*.kts", "build.sbt", "project.clj", "deps.edn", "build.xml", "build.sc"),
    sources=("*.java", "*.kt"),
    runtimes=("java",),
    tools=("gradle", "maven"),
    options={
        "main_class": "the class to start, where the build does not say it",
        "module": "which module to build: its folder or its name",
    },
    app_option="module",
    programs=("gradle", "gradlew", "java", "mvn", "mvnw"),
)
