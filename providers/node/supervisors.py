"""Programs that keep another program running: `nodemon`, `ts-node-dev`, `pm2`, `forever`; what they run is the process.

In a container the platform restarts a process, and one that dies has to be seen.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.language.javascript import entry_files
from buildplan.read import json_document, shell, yaml_document
from buildplan.read.shell import Simple, Word

from . import config_file
from .follow import Place, Unclear, joined

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .follow import Follower, Step

_NODEMON_VALUES = frozenset(
    {"-w", "--watch", "-e", "--ext", "-i", "--ignore", "--delay", "-d", "--config", "--signal", "-s", "--cwd"}
)
_DEV_FLAGS = frozenset(
    {
        "--respawn",
        "--exit-child",
        "--clear",
        "--cls",
        "--notify",
        "--rs",
        "--watch",
        "--ignore-watch",
        "--poll",
        "--debug",
    }
    | {"--interval", "--quiet", "--dedupe", "--fork", "--deps", "--tree-kill", "--inspect"}
)
_DEV_VALUES = frozenset({"--watch", "--ignore-watch", "--interval", "--debounce"})
_TS_VALUES = frozenset({"-r", "--require", "-P", "--project", "-C", "--compiler", "-O", "--compiler-options"})
_PM2_VALUES = frozenset(
    {"-n", "--name", "-i", "--instances", "--env", "--only", "-l", "--log", "-o", "--output", "-e", "--error"}
    | {"--max-memory-restart", "--node-args", "--interpreter", "--interpreter-args", "--cwd", "-c", "--cron"}
)
_ECOSYSTEM = ("ecosystem.config.js", "ecosystem.config.cjs", "ecosystem.json", "ecosystem.config.json", "process.json")


def watched(tree: SourceTree, follower: Follower, step: Step) -> tuple[Step, ...] | Unclear:
    """Return the steps of what a watcher runs."""
    program = step.command.program
    words = step.command.words[1:]
    if program == "nodemon":
        return _nodemon(tree, follower, step, words)
    if program in {"ts-node-dev", "tsnd"}:
        return _again(follower, step, _runner("ts-node", words))
    if program == "forever":
        words = tuple(word for word in words if word.text not in {"start", "-f", "-w"})
    return _again(follower, step, _runner("node", words))


def _again(follower: Follower, step: Step, command: Simple) -> tuple[Step, ...] | Unclear:
    place = Place(step.manifest, step.directory, step.origin, step.script, step.environment)
    return follower.command(command, place)


def _runner(program: str, words: tuple[Word, ...]) -> Simple:
    """Return `ts-node --transpile-only src/index.ts` for the words of `ts-node-dev --respawn --transpile-only …`."""
    kept = [Word(program)]
    rest = list(words)
    while rest and rest[0].text.startswith("-"):
        word = rest.pop(0)
        name, equals, _ = word.text.partition("=")
        dropped = name in _DEV_FLAGS or name.startswith("--no-") or name in _DEV_VALUES
        if not dropped:
            kept.append(word)
        if rest and not equals and name in _TS_VALUES | _DEV_VALUES:
            value = rest.pop(0)
            if not dropped:
                kept.append(value)
    return Simple(words=(*kept, *rest))


def _nodemon(tree: SourceTree, follower: Follower, step: Step, words: tuple[Word, ...]) -> tuple[Step, ...] | Unclear:
    rest = list(words)
    options: list[Word] = []
    line = None
    while rest and rest[0].text.startswith("-"):
        word = rest.pop(0)
        name, equals, value = word.text.partition("=")
        if name in {"-x", "--exec"}:
            line = value if equals else (rest.pop(0).text if rest else "")
        elif name in _NODEMON_VALUES:
            if not equals and rest:
                rest.pop(0)
        elif name in {"-r", "--require", "--import", "--loader", "--experimental-loader"}:
            options.append(word)
            if not equals and rest:
                options.append(rest.pop(0))
        elif name.startswith("--") and name not in _DEV_FLAGS | {"--verbose", "--exitcrash", "--legacy-watch"}:
            options.append(word)
    if line is None:
        line = _nodemon_file(tree, step)
    if line:
        parsed = shell.parse(line)
        if parsed is None:
            return Unclear("what nodemon runs cannot be read")
        *before, last = parsed.commands
        whole = (*before, last._replace(words=(*last.words, *rest)))
        place = Place(step.manifest, step.directory, step.origin, step.script, step.environment)
        return follower.commands(whole, parsed.operators, place)
    if not rest and step.manifest.main:
        rest = [Word(step.manifest.main)]
    if not rest:
        return Unclear("nodemon is given nothing to run")
    program = "ts-node" if rest[0].text.endswith(".ts") else "node"
    return _again(follower, step, Simple(words=(Word(program), *options, *rest)))


def _nodemon_file(tree: SourceTree, step: Step) -> str | None:
    """Return `exec` of `nodemon.json` or of the manifest's `nodemonConfig`."""
    path = posixpath.join(step.directory, "nodemon.json")
    value = step.manifest.document.get("nodemonConfig", "exec")
    if tree.has(path):
        try:
            value = json_document.read(tree, path, comments=True).get("exec")
        except FileError:
            value = None
    return value if isinstance(value, str) else None


def supervised(tree: SourceTree, follower: Follower, step: Step) -> tuple[Step, ...] | Unclear:
    """Return the steps of what `pm2` runs: a script, or the first app of an ecosystem file."""
    rest = [word for word in step.command.words[1:] if word.text not in {"start", "restart", "reload"}]
    own: list[Word] = []
    if any(word.text == "--" for word in rest):
        index = [word.text for word in rest].index("--")
        rest, own = rest[:index], rest[index + 1 :]
    plain = _plain(rest)
    target = plain[0] if plain else next((name for name in _ECOSYSTEM if _in(tree, step, name)), None)
    if target is None:
        return Unclear("pm2 is given nothing to run")
    if target.endswith((".json", ".yml", ".yaml")) or ".config." in target or posixpath.basename(target) in _ECOSYSTEM:
        app = _ecosystem(tree, step, target)
        return Unclear(f"the app in `{target}` cannot be read") if app is None else _app(tree, follower, step, app)
    if target in {"npm", "yarn", "pnpm", "bun"}:
        return _again(follower, step, Simple(words=(Word(target), *own)))
    if " " in target:
        place = Place(step.manifest, step.directory, step.origin, step.script, step.environment)
        return follower.line(target, place)
    return _again(follower, step, Simple(words=(*_interpreter(target), Word(target), *own)))


def _plain(words: list[Word]) -> list[str]:
    found: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.text.startswith("-"):
            skip = word.text in _PM2_VALUES
        else:
            found.append(word.text)
    return found


def _in(tree: SourceTree, step: Step, name: str) -> bool:
    return tree.has(posixpath.join(step.directory, name))


def _interpreter(script: str) -> tuple[Word, ...]:
    return (Word("ts-node"),) if script.endswith(".ts") else (Word("node"),)


def _ecosystem(tree: SourceTree, step: Step, target: str) -> dict[str, Any] | None:
    """Return the literal entries of the first app of an ecosystem file."""
    path = joined(step.directory, target)
    if not path or not tree.has(path):
        return None
    if not path.endswith((".json", ".yml", ".yaml")):
        return dict(config_file.read(tree, path).first("apps")) or None
    try:
        document = json_document.read(tree, path) if path.endswith(".json") else yaml_document.read(tree, path)
    except FileError:
        return None
    apps = document.get("apps")
    first = apps[0] if isinstance(apps, list) and apps else apps or document.data
    return first if isinstance(first, dict) else None


def _app(tree: SourceTree, follower: Follower, step: Step, app: dict[str, Any]) -> tuple[Step, ...] | Unclear:
    script = app.get("script")
    if not isinstance(script, str):
        return Unclear("the first app of the ecosystem file has no literal `script`")
    arguments = app.get("args")
    words = arguments if isinstance(arguments, list) else str(arguments or "").split()
    node = app.get("node_args") or app.get("interpreter_args") or ""
    options = node if isinstance(node, list) else str(node).split()
    interpreter = app.get("interpreter")
    extra = tuple(Word(str(word)) for word in words)
    directory = app.get("cwd")
    moved = step
    if isinstance(directory, str):
        below = joined(step.directory, directory)
        moved = step._replace(directory=below) if below is not None else step
    if script in {"npm", "yarn", "pnpm", "bun"}:
        return _again(follower, moved, Simple(words=(Word(script), *extra)))
    if " " in script:
        parsed = shell.parse(script)
        return Unclear("`script` cannot be read") if parsed is None else _again(follower, moved, parsed.commands[-1])
    if "node_modules/" in script or entry_files.find(tree, posixpath.join(moved.directory, script)) is None:
        program = posixpath.basename(script)
        if posixpath.splitext(program)[1] == "":
            return _again(follower, moved, Simple(words=(Word(program), *extra)))
    program_words = (Word(interpreter),) if isinstance(interpreter, str) else _interpreter(script)
    given = tuple(Word(str(word)) for word in options)
    return _again(follower, moved, Simple(words=(*program_words, *given, Word(script), *extra)))
