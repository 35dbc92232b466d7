"""What is started: the entry file, the npm scripts that a Dockerfile runs, and what becomes process 1."""

from __future__ import annotations

import difflib
import posixpath
import re
from typing import TYPE_CHECKING, Any

from buildplan.drift import javascript
from buildplan.drift.findings import Finding
from buildplan.drift.image_files import Presence
from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.read import json_document
from buildplan.read.dockerfile import commands_of
from buildplan.read.shell import Command, commands_of_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.image_files import Found
    from buildplan.drift.subject import Subject
    from buildplan.read.dockerfile import Instruction, Stage
    from buildplan.read.document import Document

# Interpreter → flags that take a word of their own; after all flags comes the file.
_INTERPRETERS = {
    "node": {"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"},
    "nodemon": {"--exec", "-x", "-w", "--watch", "-e", "--ext"},
    "tsx": {"--tsconfig"},
    "ts-node": {"-r", "--project", "-P"},
    "deno": set[str](),
    "bun": set[str](),
    "python": {"-W", "-X"},
    "python3": {"-W", "-X"},
    "ruby": {"-I", "-r"},
    "php": {"-d", "-c"},
    "perl": {"-I"},
    "sh": set[str](),
    "bash": set[str](),
}
_SUFFIXES = {"node": ("", ".js", ".cjs", ".mjs", ".json", "/index.js", "/package.json"), "nodemon": ("", ".js", ".ts")}
_FILE = re.compile(r"[\w@./-]+", re.ASCII)
_SOURCE = re.compile(r".*\.(?:[cm]?[jt]sx?|py|rb|php|pl|sh|bash)", re.ASCII)
# `package.module:app` of the Python servers.
_PYTHON_SERVERS = {"uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "waitress-serve"}
_MODULE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?::[\w.()=,'\" -]+)?", re.ASCII)
_INITS = {"tini", "dumb-init", "docker-init", "catatonit", "s6-svscan", "init"}
_WRAPPED = {"gosu", "su-exec"}
_MANAGERS = {"npm", "yarn", "pnpm"}


def started(stage: Stage) -> Iterator[tuple[Instruction, Command]]:
    """Yield the commands that a container of the stage starts with, and the instruction that names them."""
    entry, command = stage.last("ENTRYPOINT"), stage.last("CMD")
    for item in (entry, command):
        if item is not None:
            for found in commands_of(item):
                if found.certain:
                    yield item, _without_init(found)
    if entry is not None and command is not None and entry.is_json and command.is_json:
        words = tuple(word.text for word in (*entry.words, *command.words))
        variables = dict((*entry.variables, *command.variables))
        for found in commands_of_words(words, variables):
            yield command, _without_init(found)


def _without_init(command: Command) -> Command:
    words = list(command.words)
    while words and posixpath.basename(words[0]) in _INITS | _WRAPPED:
        skip = 2 if posixpath.basename(words[0]) in _WRAPPED else 1
        words = words[skip:]
        while words and words[0].startswith("-"):
            words.pop(0)
    if words and words[0] == "exec":
        words.pop(0)
    return Command(tuple(words), command.environment, command.directory, command.certain, command.writes)


def entry_files(subject: Subject) -> Iterator[Finding]:
    """BP740: the file that CMD or ENTRYPOINT names has to be in the image."""
    seen: set[tuple[int, str]] = set()
    for stage in subject.dockerfile.stages:
        for item, command in started(stage):
            if item not in stage.instructions or command.directory is None:
                continue
            for name, found in _missing(subject, stage, command):
                if (stage.index, name) not in seen:
                    seen.add((stage.index, name))
                    yield _gone(subject, item, name, found)


def _missing(subject: Subject, stage: Stage, command: Command) -> Iterator[tuple[str, Found]]:
    name = _entry(command)
    if name is not None:
        suffixes = _SUFFIXES.get(command.program, ("",)) if not _SOURCE.fullmatch(name) else ("",)
        answers = [_find(subject, stage, command, name + suffix) for suffix in suffixes]
        if answers and all(found is not None and found.presence is Presence.GONE for found in answers):
            yield name, next(found for found in answers if found is not None)
    module = _module(command)
    if module is not None:
        found = _module_gone(subject, stage, command, module)
        if found is not None:
            yield module, found


def _find(subject: Subject, stage: Stage, command: Command, name: str) -> Found | None:
    path = subject.files.absolute(stage, posixpath.join(command.directory or ".", name))
    return None if path is None else subject.files.find(stage, path)


def _entry(command: Command) -> str | None:
    """Return the file that a command starts; None when it starts something else, or that is not certain."""
    if not command.words:
        return None
    program = command.program
    if program not in _INTERPRETERS:
        # A script that is called by its path.
        own = command.words[0]
        return own if own.startswith(("./", "/", "../")) and _SOURCE.fullmatch(own) and _FILE.fullmatch(own) else None
    words = list(command.words[1:])
    if program in {"deno", "bun"}:
        if words[:1] != ["run"]:
            return None
        words.pop(0)
    while words and words[0].startswith("-"):
        flag = words.pop(0)
        if flag in {"-m", "-c", "-e", "-p", "--eval", "-S", "--run", "-"}:
            return None
        if flag in _INTERPRETERS[program] and words:
            words.pop(0)
    if not words or not _FILE.fullmatch(words[0]) or words[0] in {".", "./"}:
        return None
    if program == "bun" and not _SOURCE.fullmatch(words[0]):
        return None
    return words[0]


def _module(command: Command) -> str | None:
    if command.program not in _PYTHON_SERVERS or {"--app-dir", "--chdir", "--pythonpath", "--factory"}.intersection(
        word.partition("=")[0] for word in command.words
    ):
        return None
    for word in command.words[1:]:
        match = _MODULE.fullmatch(word)
        if match is not None and ":" in word:
            return match[1]
    return None


def _module_gone(subject: Subject, stage: Stage, command: Command, module: str) -> Found | None:
    """Return the file that a module should be in, when its package is the app's own and lacks it."""
    base = module.replace(".", "/")
    answers = [_find(subject, stage, command, base + suffix) for suffix in (".py", "/__init__.py")]
    if any(found is None or found.presence is not Presence.GONE for found in answers):
        return None
    first, _, rest = base.partition("/")
    tree = subject.tree
    if not rest:
        # A single module may come from an installed package; one that was renamed leaves another beside it.
        near = _elsewhere(subject, f"{first}.py")
        return answers[0] if near else None
    path = answers[0].path if answers[0] is not None else ""
    package = path[: len(path) - len(f"{rest}.py")].rstrip("/")
    return answers[0] if tree.has_directory(package) else None


def _elsewhere(subject: Subject, name: str) -> tuple[str, ...]:
    root = subject.context.directory
    found = [path for path in subject.tree.named(name) if not root or path.startswith(f"{root}/")]
    return tuple(path[len(root) :].lstrip("/") for path in found)


def _gone(subject: Subject, item: Instruction, name: str, found: Found) -> Finding:
    base = posixpath.basename(found.path)
    elsewhere = _elsewhere(subject, base)
    fix = f"it is now at `{elsewhere[0]}`" if len(elsewhere) == 1 else None
    if fix is None:
        directory = subject.tree.directory(posixpath.dirname(found.path))
        near = difflib.get_close_matches(base, directory.files, n=1, cutoff=0.7)
        fix = f"did you mean `{near[0]}`?" if near else "start a file that is there"
    other = Origin(elsewhere[0]) if len(elsewhere) == 1 else None
    text = f"`{name}` is started, and the tree has no `{found.path}`"
    return Finding("BP740", "error", text, subject.place(item), other, fix)


# --- scripts --------------------------------------------------------------------------------------------------------


def scripts(subject: Subject) -> Iterator[Finding]:
    """BP741: the scripts that RUN, CMD and ENTRYPOINT name have to be in package.json."""
    seen: set[tuple[int, str]] = set()
    for stage, item, command in subject.commands("RUN", "CMD", "ENTRYPOINT"):
        run = javascript.run_of(_without_init(command))
        if run is None or not run.sure or "$" in run.script or (item.first, run.script) in seen:
            continue
        directory = subject.directory_of(stage, item, command, "package.json")
        document = None if directory is None else _manifest(subject, directory)
        if document is None or directory is None:
            continue
        names = _names(document)
        if names is None or run.script in names or _special(subject, directory, run):
            continue
        seen.add((item.first, run.script))
        near = difflib.get_close_matches(run.script, names, n=1)
        listed = ", ".join(f"`{name}`" for name in sorted(names)[:8])
        fix = (
            f"did you mean `{near[0]}`?" if near else f"the scripts are {listed}" if listed else "there are no scripts"
        )
        yield Finding(
            "BP741",
            "error",
            f"the script `{run.script}` is run, and `{document.path}` has none of that name",
            subject.place(item),
            document.origin("scripts"),
            fix,
        )


def _manifest(subject: Subject, directory: str) -> Document | None:
    try:
        return json_document.read(subject.tree, posixpath.join(directory, "package.json"))
    except FileError:
        return None


def _names(document: Document) -> list[str] | None:
    found: Any = document.get("scripts")
    if found is None:
        return []
    return [str(name) for name in found] if isinstance(found, dict) else None


def _special(subject: Subject, directory: str, run: javascript.Run) -> bool:
    """Return whether the manager does something without a script: `npm start` runs server.js, `restart` is two."""
    if run.script == "start":
        return run.manager in {"npm", "pnpm"} and subject.tree.has(posixpath.join(directory, "server.js"))
    return run.script in {"restart", "env"}


# --- process 1 ------------------------------------------------------------------------------------------------------


def process_one(subject: Subject) -> Iterator[Finding]:
    """BP742: npm, Yarn or pnpm as the first process of the shipped image."""
    stage = subject.dockerfile.shipped
    item = stage.last("ENTRYPOINT") or stage.last("CMD")
    if item is None:
        return
    commands = commands_of(item)
    if len(commands) != 1 or commands[0].program not in _MANAGERS or javascript.run_of(commands[0]) is None:
        return
    yield Finding(
        "BP742",
        "info",
        f"`{' '.join(commands[0].words[:3])}` is process 1 and stays between SIGTERM and the app",
        subject.place(item),
        fix="start the program that the script runs, in exec form",
    )
