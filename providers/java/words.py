"""Names of files and folders that mean something in Java projects."""

from __future__ import annotations

MAVEN = ("pom.xml",)
GRADLE = ("build.gradle.kts", "build.gradle", "settings.gradle.kts", "settings.gradle")
MANIFESTS = (*MAVEN, *GRADLE)
# What these hold shows or tests something, is made while another one is built, or packs one for a desktop.
OTHERS = frozenset({
    "example", "examples", "sample", "samples", "demo", "demos", "test", "tests", "testing", "it", "e2e", "integration",
    "benchmark", "benchmarks", "bench", "jmh", "docs", "doc", "buildsrc", "generator", "codegen", "gatling", "client",
    "cli", "agent", "perf", "playground", "archetype", "tray", "desktop", "gui", "tool", "tools", "distro",
    "distribution", "dist",
})  # fmt: skip
