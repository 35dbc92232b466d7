"""Programs that a start command runs, and what brings them: a command whose program is not in the image cannot start.

A table of programs that no app has by itself; what is not in it, a script of the tree or of a package, says nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import start_program
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.model.requests import CommandRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import Process, Run
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


class Program(NamedTuple):
    """What brings a program: images of these runtimes, these apt packages, or packages that package.json names.

    `adds` are apt packages that are installed for it.
    """

    runtimes: tuple[str, ...] = ()
    apt: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()
    fix: str = ""


_PYTHON = Program(("python",), ("python3", "python-is-python3"))
_BY_PYTHON = Program(("python",))
_RUBY = Program(("ruby",), ("ruby",))
_JAVA = Program(
    ("java",), ("default-jre", "default-jre-headless", "openjdk-17-jre", "openjdk-21-jre", "openjdk-21-jre-headless")
)
_BUILD_TOOL = "it builds: move it to `[phases.build]`, and start what it makes"
_PROGRAMS = {
    "bun": Program(("bun",)),
    "bundle": _RUBY,
    "cargo": Program(("rust",), ("cargo",), fix=_BUILD_TOOL),
    "celery": _BY_PYTHON,
    "daphne": _BY_PYTHON,
    "deno": Program(("deno",), npm=("deno",)),
    "docker": Program((), ("docker.io", "docker-cli"), fix="start the app itself: an image holds one app"),
    "docker-compose": Program((), ("docker-compose",), fix="start the app itself: an image holds one app"),
    "dotnet": Program(("dotnet",)),
    "elixir": Program(("elixir",), ("elixir",)),
    "flask": _BY_PYTHON,
    "func": Program(npm=("azure-functions-core-tools",), fix="start the app with a server of its own"),
    "functions-framework": Program(("python", "node"), npm=("@google-cloud/functions-framework",)),
    "go": Program(("go",), ("golang", "golang-go"), fix=_BUILD_TOOL),
    "gradle": Program(("gradle",), ("gradle",), fix=_BUILD_TOOL),
    "gunicorn": Program(("python",), ("gunicorn",)),
    "hypercorn": _BY_PYTHON,
    "java": _JAVA,
    "mix": Program(("elixir",), ("elixir",)),
    "mvn": Program(("maven",), ("maven",), fix=_BUILD_TOOL),
    "node": Program(("node",), ("nodejs",)),
    "npm": Program(("node",), ("npm",)),
    "npx": Program(("node",), ("npm",)),
    "php": Program(("php",), ("php", "php-cli")),
    "pip": _BY_PYTHON,
    "puma": _RUBY,
    "python": _PYTHON,
    "python3": _PYTHON,
    "rackup": _RUBY,
    "rails": _RUBY,
    "ruby": _RUBY,
    "streamlit": _BY_PYTHON,
    "uvicorn": Program(("python",), ("uvicorn",)),
    "xvfb-run": Program((), ("xvfb",), adds=("xauth", "xvfb")),
}
# They run what follows them.
_WRAPPERS = frozenset({"env", "exec", "tini", "dumb-init", "nohup", "time", "xvfb-run"})


def checked(tree: SourceTree, run: Run, processes: tuple[Process, ...], overrides: Overrides, reasons: Reasons) -> Run:
    """Return the image with what is installed for its programs; reports a program that nothing brings."""
    if "run" in overrides.base_images or run.site is not None or run.runtime.flavour == "full":
        return run
    for process in processes:
        of_script = start_program.of_script(tree, CommandRequest(argv=process.argv)) if process.argv else ()
        for name in dict.fromkeys((*_programs(process), *of_script)):
            program = _PROGRAMS.get(name)
            if program is None or _is_there(program, name, run, tree):
                continue
            place = _origin(process, reasons)
            if program.adds:
                for package in program.adds:
                    reasons.decide(f"apt.run.{package}", package, place, f"the start command runs `{name}`")
                run = replace(run, apt_packages=tuple(sorted({*run.apt_packages, *program.adds})))
                continue
            text = f"the process `{process.name}` runs `{name}`, which the image does not have"
            reasons.report(Diagnostic("BP911", "error", text, place, program.fix or _fix(program)))
    return run


def _programs(process: Process) -> Iterator[str]:
    from buildplan.read import shell

    if process.shell is None:
        words = [list(process.argv)]
    else:
        line = shell.parse(process.shell)
        if line is None:
            return
        # What comes after another command may never run.
        words = [[word.text for word in command.words] for command in line.commands]
    for command in words:
        rest = command
        while rest:
            if "/" not in rest[0]:
                yield rest[0]
            if rest[0] not in _WRAPPERS:
                break
            rest = [word for word in rest[1:] if not word.startswith("-") and "=" not in word]


def _is_there(program: Program, name: str, run: Run, tree: SourceTree) -> bool:
    if run.runtime.name in program.runtimes or not set(program.apt).isdisjoint(run.apt_packages):
        return True
    if any(item.phase is not None and item.path.rstrip("/").endswith((f"/{name}", "/bin")) for item in run.copies):
        return True
    manifest = tree.text_or_none("package.json") if program.npm else None
    return any(f'"{package}"' in (manifest or "") for package in program.npm)


def _origin(process: Process, reasons: Reasons) -> Origin:
    fields = (f"processes.{process.name}", "start")
    return next((item.origin for field in fields for item in reasons.decisions if item.field == field), Origin("."))


def _fix(program: Program) -> str:
    if program.apt:
        return f'add `{program.apt[0]}` to `[apt] run` in buildplan.toml, or name its language in `providers = ["…"]`'
    return 'name its language in buildplan.toml, `providers = ["…"]`, or start another program'
