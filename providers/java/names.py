"""Products that both build tools make, and names of archives: known, or found by a pattern that cannot be ambiguous."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan.errors import NoStartError
from buildplan.model.build_plan import Diagnostic, Input
from buildplan.model.origin import Origin, Sourced

from .module import Product

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .module import Module

OUT = "/out"
# The lines that images of build tools exist for.
LTS = ("8", "11", "17", "21", "25")
LAYERS = ("dependencies", "spring-boot-loader", "snapshot-dependencies", "application")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]{0,200}", re.ASCII)
_CLASS = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_MAX_CLASS = 300


def is_file_name(text: str) -> bool:
    """Return whether a text can be the name of an archive."""
    return _FILE_NAME.fullmatch(text) is not None


def is_class(text: str) -> bool:
    """Return whether a text can be the name of a class."""
    return len(text) <= _MAX_CLASS and _CLASS.fullmatch(text) is not None


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
