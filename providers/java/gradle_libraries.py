"""The app's jar and its libraries, for a build that packs nothing which starts: an init script adds a task for that.

Sources, checked 2026-11-24:
- https://docs.gradle.org/current/userguide/init_scripts.html
- https://kotlinlang.org/docs/multiplatform-dsl-reference.html (each target has a jar and a class path of its own)
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Input

from . import names
from .module import Product

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced

    from .gradle_project import Build
    from .module import Module

_TASK = 'task shipped(type: Copy) {{ from project.{jar}, project.configurations.{libraries}; into "build/shipped" }}'
_TARGET = re.compile(r'\bjvm\s*(?:\(\s*(?:"(\d+)")?|\{)')
_NAME = re.compile(r"[A-Za-z]\w{0,60}", re.ASCII)


def product(build: Build, module: Module, main: Sourced[str], gradle: str, prefix: str) -> Product:
    """Return the jar and the libraries, with a class of them to start; `prefix` is the project's path before a task."""
    script = f"{names.OUT}/shipped.gradle"
    write = f"mkdir {names.OUT} && printf '%s\\n' {shlex.quote(_script(build, module))} > {script}"
    root = module.path("build/shipped/")
    return Product(
        commands=(f"{write} && {gradle} --no-daemon -I {script} {shlex.quote(f'{prefix}shipped')}",),
        outputs=(root,),
        copies=(Input(root, "build", "lib/"),),
        argv=("java", "-cp", "lib/*", main.value),
        rule="no plugin of the build makes something that starts: the app's jar, its libraries, the class",
        origin=main.origin,
    )


def _script(build: Build, module: Module) -> str:
    target = _target(build, module)
    if target is None:
        task = _TASK.format(jar="jar", libraries="runtimeClasspath")
        return f'allprojects {{ plugins.withId("java") {{ {task} }} }}'
    # The target is there only when the project's own script has been read.
    task = _TASK.format(jar=f'tasks.getByName("{target}Jar")', libraries=f"{target}RuntimeClasspath")
    return f'allprojects {{ plugins.withId("org.jetbrains.kotlin.multiplatform") {{ afterEvaluate {{ {task} }} }} }}'


def _target(build: Build, module: Module) -> str | None:
    """Return the name of the JVM's target where Kotlin builds for several platforms, None for all other projects."""
    script = build.scripts.get(module.directory)
    if script is None or not {"multiplatform", "org.jetbrains.kotlin.multiplatform"} & module.plugins.keys():
        return None
    found = _TARGET.search(script.code)
    name = script.string(found[1]) if found is not None and found[1] is not None else "jvm"
    return name if _NAME.fullmatch(name) else "jvm"
