"""What a command runs in the end: programs, wrappers, scripts, supervisors, and the process in exec form."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.errors import FileError
from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Diagnostic
from buildplan.read import json_document, shell, yaml_document
from buildplan.read.shell import Simple, Word

from . import frameworks, tables
from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from buildplan.model.origin import Origin, Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .workspaces import Workspace

# What the programs that scripts call are for.


Use = Literal["development", "site", "build", "nothing", "watcher", "supervisor", "parallel", "process"]

_USES: dict[Use, Mapping[str, tuple[str, ...]]] = {
    "nothing": tables.NOTHING,
    "watcher": tables.WATCHER,
    "supervisor": tables.SUPERVISOR,
    "parallel": tables.PARALLEL,
    "site": tables.SITE,
    "build": tables.BUILD,
    "development": tables.DEVELOPMENT,
}


def use(command: Simple) -> Use:
    """Return what a command is for; `process` when no table knows it."""
    program, arguments = named(command)
    if program in tables.WATCHING and any(word in tables.WATCH_FLAGS for word in arguments):
        return "development"
    wildcard: Use = "process"
    for candidate, table in _USES.items():
        subcommands = table.get(program)
        if subcommands is None:
            continue
        words = [word for word in arguments if not word.startswith("-")]
        subcommand = words[0] if words else ""
        if subcommand in subcommands or " ".join(words[:2]) in subcommands:
            return candidate
        if "*" in subcommands and wildcard == "process":
            wildcard = candidate
    return wildcard


def named(command: Simple) -> tuple[str, tuple[str, ...]]:
    """Return the program without directory and version, and its arguments; `node ace serve` is `ace serve`."""
    program, arguments = command.program.partition("@")[0] or command.program, command.arguments
    if program == "node" and arguments and arguments[0] in {"ace", "ace.js"}:
        return "ace", arguments[1:]
    return program, arguments


def package_of(program: str) -> str:
    """Return the name of the package that brings a program."""
    return tables.PACKAGES.get(program, program)


def runs_typescript(program: str) -> bool:
    """Return whether it is a program that runs TypeScript without a build."""
    return program in tables.RUN_TYPESCRIPT


def port_options(program: str) -> tuple[str, ...]:
    """Return the options of a program that set its port, when it also reads PORT."""
    return tables.PORT_OPTIONS.get(program, ())


# Programs that only start another program: what they start, and with which environment.
#
# `cross-env`, `dotenv --`, `npx`, `exec` and their likes are taken off, so that the process of the image is the
# real one.


_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL | re.ASCII)
# Program → options that take a value; what is left after the options is the command.
_PLAIN = {
    "exec": (),
    "nohup": (),
    "time": (),
    "command": (),
    "tini": (),
    "dumb-init": (),
    "catchsegv": (),
    "npx": ("-p", "--package"),
    "bunx": ("-p", "--package"),
    "pnpx": (),
    "env": ("-u",),
    "cross-env": (),
    "cross-env-shell": (),
    "dotenv": ("-e", "-v", "-c", "-p"),
    "env-cmd": ("-f", "--file", "-e", "--environments", "-r", "--rc-file"),
}
# Program and sub-command → a secrets manager or file reader in front of `--`.
_RUNNERS = {"infisical": "run", "doppler": "run", "dotenvx": "run", "op": "run", "dotenv-vault": "run"}
# They fetch their values when the process starts; the image has neither the program nor the file.
_READERS = frozenset({"dotenv", "env-cmd", *_RUNNERS})
_MANAGERS = {
    "npm": ("exec", "x"),
    "pnpm": ("exec", "dlx"),
    "yarn": ("exec", "dlx", "node"),
    "bun": ("x",),
    "corepack": ("npm", "pnpm", "yarn"),
}


class Unwrapped(NamedTuple):
    """A command without wrappers; `readers` are the programs that would have read variables from elsewhere."""

    command: Simple
    environment: tuple[tuple[str, Word], ...] = ()
    readers: tuple[str, ...] = ()


def unwrap(command: Simple) -> Unwrapped:
    """Return what a command starts in the end."""
    environment: list[tuple[str, Word]] = []
    readers: list[str] = []
    while True:
        environment.extend(command.assignments)
        command = command._replace(assignments=())
        rest = _inner(command)
        if rest is None or not rest.words:
            return Unwrapped(_without_node_flags(command), tuple(environment), tuple(readers))
        if command.program in _READERS:
            readers.append(command.program)
        command = rest


def _inner(command: Simple) -> Simple | None:
    """Return the command behind one wrapper, its assignments taken off; None when it is no wrapper."""
    program = command.program
    words = command.words
    if program in _PLAIN:
        return _after_options(command, _PLAIN[program])
    if program in _RUNNERS and len(words) > 1 and words[1].text == _RUNNERS[program]:
        texts = [word.text for word in words]
        return command.without(texts.index("--") + 1) if "--" in texts else None
    if program in _MANAGERS and len(words) > 1 and words[1].text in _MANAGERS[program]:
        keeps_word = program == "corepack" or words[1].text == "node"
        rest = command.without(1 if keeps_word else 2)
        return rest if keeps_word else _after_options(rest._replace(words=(words[0], *rest.words)), ("-p", "--package"))
    return None


def _after_options(command: Simple, with_value: tuple[str, ...]) -> Simple | None:
    """Return what stands behind the options, `--` and `NAME=value` words of a wrapper."""
    words = command.words[1:]
    assignments: list[tuple[str, Word]] = []
    index = 0
    while index < len(words):
        text = words[index].text
        match = _ASSIGNMENT.fullmatch(text)
        if text in {"-c", "--call"} and "-c" not in with_value:
            return None
        if text in with_value and not (text == "-c" and _is_separator(words, index + 1)):
            index += 2
        elif text == "--" or text.startswith("-"):
            index += 1
        elif match:
            value = Word(match[2], expands=words[index].expands)
            assignments.append((match[1], value))
            index += 1
        else:
            break
    if index >= len(words):
        return None
    return command._replace(assignments=tuple(assignments), words=words[index:])


def _is_separator(words: tuple[Word, ...], index: int) -> bool:
    return index < len(words) and words[index].text == "--"


def _without_node_flags(command: Simple) -> Simple:
    """Take off what only helps a developer (`node --watch`) or needs a file that is not in the image."""
    if command.program not in {"node", "tsx", "bun"}:
        return command
    kept: list[Word] = []
    skip = False
    in_options = True
    for index, word in enumerate(command.words):
        text = word.text
        if skip:
            skip = False
            continue
        if index and in_options and not text.startswith("-") and not (command.program == "tsx" and text == "watch"):
            in_options = False
        if in_options and index:
            name = text.partition("=")[0]
            if name in {"--watch", "--watch-path", "--watch-preserve-output", "--hot", "--env-file", "watch"}:
                skip = name in {"--watch-path", "--env-file"} and "=" not in text
                continue
        kept.append(word)
    return command._replace(words=tuple(kept))


def env_file(command: Simple) -> str | None:
    """Return the file that `node --env-file` reads, which is never in the image; None when there is none."""
    texts = [word.text for word in command.words]
    for index, text in enumerate(texts):
        if text.startswith("--env-file="):
            return text.partition("=")[2]
        if text == "--env-file" and index + 1 < len(texts):
            return texts[index + 1]
    return None


# Which script a command runs: `npm start`, `yarn workspace web dev`, `pnpm --filter api run start` and such.


_OWN_SCRIPTS = frozenset({"start", "stop", "restart", "test"})
_RUN = frozenset({"run", "run-script", "rum", "urn"})
_INSTALL = frozenset({"install", "i", "ci", "add", "rebuild", "dedupe", "prune", "link"})
# Options of the managers that take a value: where, and which package.
_DIRECTORY = frozenset({"--prefix", "-C", "--cwd", "--dir"})
_PACKAGE = frozenset({"-w", "--workspace", "--filter", "-F", "--scope", "--project", "-p"})
_OTHER_VALUES = frozenset({"--loglevel", "--concurrency", "--env-file", "--workspace-concurrency", "-c"})
_SCRIPT_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun", "yarnpkg"})
_TASK_RUNNERS = frozenset({"turbo", "lerna", "nx", "moon"})


class ScriptCall(NamedTuple):
    """A script of a package: of the one in `directory`, or the one called `package`.

    `install` is true for `npm ci` and its likes, which an image has done already. `surely` is false where the word
    may be a program of the packages as well (`yarn next`).
    """

    script: str = ""
    arguments: tuple[Word, ...] = ()
    directory: str = ""
    package: str = ""
    install: bool = False
    surely: bool = True


def called(command: Simple) -> ScriptCall | None:
    """Return the script that a command runs; None when it runs none."""
    program = command.program
    if program == "node":
        return _node(command)
    if program in _TASK_RUNNERS:
        return _task(command)
    if program in _SCRIPT_RUNNERS:
        return _manager(command, "yarn" if program == "yarnpkg" else program)
    return None


def _node(command: Simple) -> ScriptCall | None:
    words = command.words
    for index, word in enumerate(words[1:], 1):
        if word.text == "--run" and index + 1 < len(words):
            return ScriptCall(words[index + 1].text, _own(words[index + 2 :]))
        if word.text.startswith("--run="):
            return ScriptCall(word.text.partition("=")[2], _own(words[index + 1 :]))
        if not word.text.startswith("-"):
            break
    return None


def _own(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(word for word in words if word.text != "--")


def _manager(command: Simple, program: str) -> ScriptCall | None:
    directory, package, words = _options(command.words[1:], program)
    if not words:
        return ScriptCall(install=True) if program == "yarn" else None
    first, *rest = words
    text = first.text
    if program == "yarn" and text == "workspace" and len(rest) > 1:
        package, rest = rest[0].text, rest[1:]
        first, *rest = rest
        text = first.text
    if text in _INSTALL:
        return ScriptCall(install=True)
    if text in _RUN:
        below, below_package, rest = _options(tuple(rest), program)
        if not rest:
            return None
        name, *rest = rest
        directory, package = directory or below, package or below_package
        return _script(name.text, tuple(rest), directory, package, npm=program == "npm", surely=program != "bun")
    if program == "npm":
        if text not in _OWN_SCRIPTS:
            return None
        return _script(text, tuple(rest), directory, package, npm=True, surely=True)
    return _script(text, tuple(rest), directory, package, npm=False, surely=False)


def _script(name: str, rest: tuple[Word, ...], directory: str, package: str, *, npm: bool, surely: bool) -> ScriptCall:
    """Return the call; `npm run x --prefix y` has options behind the name too, and npm keeps all of them to itself."""
    texts = [word.text for word in rest]
    end = texts.index("--") if "--" in texts else len(texts)
    below, below_package, plain = _options(rest[:end], "npm")
    own = tuple(word for word in plain if not word.text.startswith("-")) if npm else rest[:end]
    if below or below_package:
        own = tuple(plain)
    return ScriptCall(name, (*own, *rest[end + 1 :]), directory or below, package or below_package, surely=surely)


def _options(words: tuple[Word, ...], program: str) -> tuple[str, str, list[Word]]:
    """Return the directory and package that leading options name, and the words behind all leading options."""
    directory = package = ""
    rest = list(words)
    while rest and rest[0].text.startswith("-") and rest[0].text != "--":
        name, _, value = rest.pop(0).text.partition("=")
        takes_value = name in _DIRECTORY | _PACKAGE | _OTHER_VALUES and not (program == "pnpm" and name in {"-w", "-c"})
        if takes_value and not value and rest:
            value = rest.pop(0).text
        if name in _DIRECTORY:
            directory = value
        elif name in _PACKAGE and takes_value:
            package = package or value  # of several the first: the others run beside it
    return directory, package, rest


def _task(command: Simple) -> ScriptCall | None:
    """Read `turbo run start --filter=web`, `lerna run start --scope web`, `nx start web`, `nx run web:start`."""
    words = list(command.words[1:])
    package = ""
    texts: list[Word] = []
    while words:
        word = words.pop(0)
        name, _, value = word.text.partition("=")
        if word.text == "--":
            break
        if name in _PACKAGE:
            named = value or (words.pop(0).text if words else "")
            package = package or named
        elif not word.text.startswith("-"):
            texts.append(word)
    names = [word.text for word in texts if word.text not in _RUN]
    if not names or (command.program == "nx" and names[0] in {"run-many", "affected", "exec"}):
        return None
    script = names[0]
    if command.program in {"nx", "moon"}:
        left, _, right = script.partition(":")
        if right:
            package, script = (left, right.partition(":")[0]) if command.program == "nx" else (left, right)
        elif len(names) > 1:
            package = names[1]
    return ScriptCall(script, tuple(words), package=package, surely=False)


def member(workspace: Workspace, wanted: str) -> Manifest | None:
    """Return the package that a filter names: its name, its directory, or the last part of either."""
    text = wanted.removesuffix("...").removesuffix("^").removeprefix("...").removeprefix("^").strip("{}")
    path = text.removeprefix("./").strip("/")
    manifests = [workspace.root, *(item.manifest for item in workspace.members)]
    for matches in (_by_name, _by_path, _by_last_part):
        found = next((manifest for manifest in manifests if matches(manifest, text, path)), None)
        if found is not None:
            return found
    return None


def _by_name(manifest: Manifest, name: str, _: str) -> bool:
    return manifest.name == name


def _by_path(manifest: Manifest, _: str, path: str) -> bool:
    return bool(path) and manifest.directory == path


def _by_last_part(manifest: Manifest, name: str, _: str) -> bool:
    parts = (manifest.directory.rpartition("/")[2], (manifest.name or "").rpartition("/")[2])
    return bool(name) and name in parts


def called_names(call_words: Iterable[Word], manifest: Manifest) -> tuple[str, ...]:
    """Return the scripts that the words of `run-s build start:*` name, patterns expanded in the manifest's order."""
    found: list[str] = []
    for word in call_words:
        text = word.text
        if text.startswith("-"):
            continue
        if "*" in text:
            prefix = text.partition("*")[0]
            found.extend(name for name in manifest.scripts if name.startswith(prefix))
        else:
            found.append(text)
    return tuple(dict.fromkeys(found))


# Start commands of a workspace root that only run a package's script: `turbo run start --filter=web`.


# Words with which a manager runs a script in every package.
_EVERYWHERE = {
    "pnpm": frozenset({"-r", "--recursive", "recursive"}),
    "npm": frozenset({"--workspaces", "-ws"}),
    "yarn": frozenset({"workspaces"}),
}
_MAX_FOLLOWED = 5


class Delegation(NamedTuple):
    """A command that leaves the work to packages; `target` is the one that it names, None when it names none."""

    target: str | None


def read(text: str, root: Manifest, depth: int = 0) -> Delegation | None:
    """Return what a start command of the root delegates to, its scripts followed; None when it does the work itself."""
    line = shell.parse(text)
    if line is None or depth > _MAX_FOLLOWED:
        return None
    for command in line.commands:
        if command.program == "cd" and command.arguments:
            return Delegation(command.arguments[0].removeprefix("./").rstrip("/"))
    command = unwrap(line.commands[-1]).command
    call = called(command)
    if call is not None and (call.package or call.directory):
        return Delegation(call.package or call.directory.removeprefix("./").rstrip("/"))
    if command.program in _TASK_RUNNERS:
        package = call.script.partition("#")[0] if call is not None and "#" in call.script else None
        return Delegation(package)
    if _EVERYWHERE.get(command.program, frozenset()).intersection(command.arguments):
        return Delegation(None)
    script = root.script(call.script) if call is not None and not call.install else None
    return read(script.value, root, depth + 1) if script is not None else None


# From a command to the simple commands that run in the end: scripts, wrappers, `cd` and lists are followed.
#
# Nothing is run. `npm start` becomes the steps of the script `start`; each step knows its directory and variables.
# A line
# that cannot be split into steps, or that starts several lasting processes, is answered as `Unclear` with the reason.


_MAX_DEPTH = 12
# Commands looked at in one call; real scripts reach about ten.
_MAX_COMMANDS = 300
_PARALLEL_VALUES = frozenset(
    {"-n", "--names", "-c", "--prefix-colors", "-p", "--prefix", "-l", "-m", "--restart-tries"}
)


class Step(NamedTuple):
    """A simple command; `directory` is where it runs, `manifest` whose packages it uses, both in the tree."""

    command: Simple
    use: Use
    directory: str
    manifest: Manifest
    origin: Origin
    environment: tuple[tuple[str, Word], ...] = ()
    readers: tuple[str, ...] = ()
    script: str = ""
    env_file: str = ""


class Unclear(NamedTuple):
    """Why a command cannot be followed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands."""

    manifest: Manifest
    directory: str
    origin: Origin
    script: str = ""
    environment: tuple[tuple[str, Word], ...] = ()
    trail: tuple[tuple[str, str], ...] = field(default=())


class Follower:
    """Follows commands in one tree."""

    def __init__(self, tree: SourceTree, workspace: Workspace, *, hooks: bool = True) -> None:
        """`hooks`: the package manager runs `prestart` before `start` (all but newer Yarns do)."""
        self._tree = tree
        self._workspace = workspace
        self._hooks = hooks
        self._seen = 0

    def at(self, manifest: Manifest, origin: Origin) -> Place:
        """Return the place of a line that runs in a package's directory."""
        return Place(manifest, manifest.directory, origin)

    def line(self, text: str, place: Place) -> tuple[Step, ...] | Unclear:
        """Return the steps of a shell line."""
        parsed = shell.parse(text)
        if parsed is None:
            return Unclear("it has shell grammar beyond a list of commands")
        return self.commands(parsed.commands, parsed.operators, place)

    def script(self, manifest: Manifest, name: str) -> tuple[Step, ...] | Unclear:
        """Return the steps of a script; none when there is no such script."""
        text = manifest.script(name)
        return () if text is None else self.line(text.value, self.at(manifest, text.origin))

    def command(self, command: Simple, place: Place) -> tuple[Step, ...] | Unclear:
        """Return the steps of a simple command."""
        self._seen += 1
        if len(place.trail) > _MAX_DEPTH or self._seen > _MAX_COMMANDS:
            return Unclear("its scripts call each other in a circle, or too deeply")
        unwrapped = unwrap(command)
        inner = unwrapped.command
        environment = (*place.environment, *unwrapped.environment)
        place = replace(place, environment=environment)
        script_line = _inner_line(inner)
        if script_line is not None:
            return self.line(script_line, place)
        if inner.program in {"run-s", "npm-run-all", "npm-run-all2", "run-p"} and not inner.redirections:
            return self._run_all(inner, place)
        if inner.program == "concurrently":
            return self._at_once(_concurrent(inner, place.manifest), place)
        call = called(inner)
        if call is not None:
            followed = self._script(call, place)
            if followed is not None:
                return followed
            inner = _program_of(inner, surely=call.surely)
        step = Step(
            inner,
            use(inner),
            place.directory,
            place.manifest,
            place.origin,
            environment,
            unwrapped.readers,
            place.script,
            env_file(command) or "",
        )
        return (step,)

    def commands(
        self, commands: tuple[Simple, ...], operators: tuple[str, ...], place: Place
    ) -> tuple[Step, ...] | Unclear:
        """Return the steps of simple commands with operators between them."""
        if any(mark in {"||", "|"} for mark in operators):
            return Unclear("it has `||` or `|`")
        if "&" in operators:
            groups: list[list[Simple]] = [[]]
            for index, command in enumerate(commands):
                groups[-1].append(command)
                if index < len(operators) and operators[index] == "&":
                    groups.append([])
            flows = [self.commands(tuple(group), (), place) for group in groups if group]
            return self._chosen(flows)
        steps: list[Step] = []
        for command in commands:
            moved = self._moved(command, place)
            if moved is not None:
                place = moved
                continue
            followed = self.command(command, place)
            if isinstance(followed, Unclear):
                return followed
            steps.extend(followed)
        return tuple(steps)

    def _moved(self, command: Simple, place: Place) -> Place | None:
        """Return the place after `cd x`, `export A=b` or `A=b`; None when the command is something else."""
        if not command.words and command.assignments:
            return replace(place, environment=(*place.environment, *command.assignments))
        if command.program == "export" and not command.needs_shell:
            pairs = tuple(word.text.partition("=") for word in command.words[1:] if "=" in word.text)
            added = tuple((name, Word(value)) for name, _, value in pairs)
            return replace(place, environment=(*place.environment, *added))
        if command.program == "cd" and len(command.words) == 2 and not command.needs_shell:  # noqa: PLR2004  # cd x
            directory = joined(place.directory, command.words[1].text)
            if directory is None:
                return None
            manifest = place.manifest
            if self._tree.has(posixpath.join(directory, "package.json")):
                manifest = manifests.read(self._tree, directory)
            return replace(place, directory=directory, manifest=manifest)
        return None

    def _script(self, call: ScriptCall, place: Place) -> tuple[Step, ...] | Unclear | None:
        """Return the steps of a called script; None when there is no such script."""
        if call.install:
            return ()
        target = self._target(call, place)
        if target is None or target.script(call.script) is None:
            return None
        mark = (target.directory, call.script)
        if mark in place.trail:
            # `nx build` in a script `build` is no call of that script.
            return Unclear(f"the script `{call.script}` calls itself") if call.surely else None
        steps: list[Step] = []
        hooks = (f"pre{call.script}", call.script) if self._hooks else (call.script,)
        for name in hooks:
            text = target.script(name)
            if text is None:
                continue
            line = shell.parse(text.value)
            if line is None:
                return Unclear(f"the script `{name}` has shell grammar beyond a list of commands")
            commands = line.commands
            if name == call.script and call.arguments:
                last = commands[-1]
                commands = (*commands[:-1], last._replace(words=(*last.words, *call.arguments)))
            below = Place(target, target.directory, text.origin, name, place.environment, (*place.trail, mark))
            followed = self.commands(commands, line.operators, below)
            if isinstance(followed, Unclear):
                return followed
            steps.extend(followed)
        return tuple(steps)

    def _target(self, call: ScriptCall, place: Place) -> Manifest | None:
        if call.directory:
            directory = joined(place.directory, call.directory)
            if directory is None or not self._tree.has(posixpath.join(directory, "package.json")):
                return None
            return manifests.read(self._tree, directory)
        if call.package:
            return member(self._workspace, call.package)
        if place.manifest.directory == "" and not place.manifest.script(call.script):
            return self._workspace.app
        if (place.manifest.directory, call.script) in place.trail:
            # `turbo run start` in the root's own script `start` means that of the app.
            return self._workspace.app
        return place.manifest

    def _run_all(self, command: Simple, place: Place) -> tuple[Step, ...] | Unclear:
        at_once = command.program == "run-p" or any(word.text in {"-p", "--parallel"} for word in command.words[1:])
        names = called_names(command.words[1:], place.manifest)
        calls = [shell.simple(("npm", "run", name)) for name in names]
        if at_once:
            return self._at_once([shell.Line((call,)) for call in calls], place)
        return self.commands(tuple(calls), (), place)

    def _at_once(self, lines: list[shell.Line | None], place: Place) -> tuple[Step, ...] | Unclear:
        flows = [
            Unclear("it has shell grammar beyond a list of commands")
            if line is None
            else self.commands(line.commands, line.operators, place)
            for line in lines
        ]
        return self._chosen(flows)

    def _chosen(self, flows: list[tuple[Step, ...] | Unclear]) -> tuple[Step, ...] | Unclear:
        """Return the one flow among several at once that an image has to run."""
        lasting = []
        first: tuple[Step, ...] = ()
        for flow in flows:
            if isinstance(flow, Unclear):
                return flow
            first = first or flow
            if flow and flow[-1].use in {"process", "supervisor", "watcher"}:
                lasting.append(flow)
        if len(lasting) > 1:
            return Unclear("it starts several processes at once")
        return lasting[0] if lasting else first


def joined(directory: str, path: str) -> str | None:
    """Return a path from a directory of the tree, `""` for the root; None when it leaves the tree."""
    if path.startswith("/app/") or path == "/app":
        directory, path = "", path.removeprefix("/app").lstrip("/")
    result = posixpath.normpath(posixpath.join(directory, path))
    if result.startswith(("..", "/")):
        return None
    return "" if result == "." else result


def _inner_line(command: Simple) -> str | None:
    """Return the line that `sh -c '…'` runs."""
    if command.program in {"sh", "bash"} and len(command.words) > 2:  # noqa: PLR2004  # sh -c line
        flag, line = command.words[1], command.words[2]
        if flag.text in {"-c", "-lc", "-ec"} and not line.expands:
            return line.text
    return None


def _concurrent(command: Simple, manifest: Manifest) -> list[shell.Line | None]:
    """Return the lines that `concurrently` starts."""
    lines: list[shell.Line | None] = []
    skip = False
    for word in command.words[1:]:
        if skip:
            skip = False
        elif word.text in _PARALLEL_VALUES:
            skip = True
        elif not word.text.startswith("-"):
            called = word.text.removeprefix("npm:") if word.text.startswith("npm:") else None
            if called is not None:
                for name in called_names((Word(called),), manifest):
                    lines.append(shell.Line((shell.simple(("npm", "run", name)),)))  # noqa: PERF401
            else:
                lines.append(shell.parse(word.text))
    return lines


def _program_of(command: Simple, *, surely: bool) -> Simple:
    """Return `next start` for `yarn next start`, where there is no script of that name."""
    if surely or command.program not in {"yarn", "yarnpkg", "pnpm"}:
        return command
    rest = command.without(1)
    while rest.words and rest.words[0].text.startswith("-"):
        rest = rest.without(1)
    return rest if rest.words else command


# Programs that keep another program running: `nodemon`, `ts-node-dev`, `pm2`, `forever`; what they run is the process.
#
# In a container the platform restarts a process, and one that dies has to be seen.


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
        return dict(frameworks.read_config(tree, path).first("apps")) or None
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


# From a start command to the process that it runs in the end, in exec form where no shell is needed.
#
# `npm start` is followed through scripts; what builds is left to the build, what supervises is taken off, what serves
# files becomes a site, and a development server is no start at all.


# Scripts that start an app in production, when `start` does not; a site only has the first group.
PRODUCTION_SCRIPTS = ("start:prod", "start:production", "start-prod", "prod:start", "prod", "production", "serve:prod")
SERVER_SCRIPTS = (
    "start:server",
    "start-server",
    "server:start",
    "start:node",
    "start:app",
    "start:api",
    "start:web",
    "start:bot",
    "server",
    "serve",
    "api",
    "web",
    "bot",
)
_NODE_VALUES = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"})
_RUNNER_VALUES = _NODE_VALUES | {"-P", "--project", "-O", "--compiler-options", "--tsconfig", "--preload", "-x"}
_LOADERS = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "--preload"})
_OWN_PORT = re.compile(r"\$\{?PORT(?::?[-=](\d{1,5}))?\}?")
_SYSTEM = frozenset({"node", "bun", "deno", "sh", "bash", "env", "npm", "npx", "pnpm", "yarn", "python", "python3"})
_MAX_PORT = 65535


class Start(NamedTuple):
    """How a process starts.

    `directory` is where it starts, in the tree. `entry` is the file that a runtime loads, as it is written, from the
    tree's root. `packages` are those that the command itself needs. `builds` are steps in front of it that make files.
    `port` is a port that the command fixed.
    """

    origin: Origin
    manifest: Manifest
    directory: str
    argv: tuple[str, ...] = ()
    shell: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    entry: str | None = None
    packages: tuple[str, ...] = ()
    builds: tuple[Step, ...] = ()
    port: int | None = None
    script: str = ""

    @property
    def program(self) -> str:
        """The program that runs."""
        return self.argv[0].rpartition("/")[2] if self.argv else ""

    @property
    def text(self) -> str:
        """The command on one line."""
        return self.shell if self.shell is not None else shlex.join(self.argv)

    @property
    def uses_packages(self) -> bool:
        """Whether the program comes with the packages."""
        return not self.argv or ("/" not in self.argv[0] and self.argv[0] not in _SYSTEM)


class SiteStart(NamedTuple):
    """A start command that only serves files: the folder, as a path of the tree, when it names one."""

    origin: Origin
    root: str | None
    single_page: bool


class Development(NamedTuple):
    """A start command that is for development only."""

    origin: Origin
    text: str


Resolved = Start | SiteStart | Development | Unclear


class Resolver:
    """Resolves start commands in one tree."""

    def __init__(self, tree: SourceTree, follower: Follower, reasons: Reasons) -> None:
        self._tree = tree
        self._follower = follower
        self._reasons = reasons

    def request(self, request: Sourced[CommandRequest], manifest: Manifest) -> Resolved:
        """Return what a command that somebody asked for runs."""
        place = self._follower.at(manifest, request.origin)
        wanted = request.value
        if wanted.shell is not None:
            return self._resolved(self._follower.line(wanted.shell, place))
        return self._resolved(self._follower.command(shell.simple(wanted.argv), place))

    def script(self, manifest: Manifest, name: str) -> Resolved:
        """Return what a script runs."""
        text = manifest.script(name)
        assert text is not None  # noqa: S101  # the caller looked
        place = self._follower.at(manifest, text.origin)
        return self._resolved(self._follower.command(shell.simple(("npm", "run", name)), place))

    def argv(self, words: tuple[str, ...], manifest: Manifest, origin: Origin) -> Start:
        """Return the start of a command of ours, which needs no following."""
        step = Step(shell.simple(words), "process", manifest.directory, manifest, origin)
        return self._start(step, (), ())

    def _resolved(self, steps: tuple[Step, ...] | Unclear) -> Resolved:
        while True:
            if isinstance(steps, Unclear):
                return steps
            if not steps:
                return Unclear("it runs nothing")
            last = steps[-1]
            inner = self._taken_off(last)
            if inner is None:
                break
            steps = inner if isinstance(inner, Unclear) else (*steps[:-1], *inner)
        if last.use == "site":
            return self._site(last)
        if last.use != "process":
            return Development(last.origin, last.command.source)
        before = tuple(step for step in steps[:-1] if step.use == "process")
        builds = tuple(step for step in steps[:-1] if step.use in {"build", "development"})
        return self._start(last, before, builds)

    def _taken_off(self, step: Step) -> tuple[Step, ...] | Unclear | None:
        if step.use == "watcher":
            inner = watched(self._tree, self._follower, step)
            text = f"`{step.command.program}` restarts a program when files change, which in an image they never do"
            fix = "keep it in a `dev` script, and let `start` run the program itself"
        elif step.use == "supervisor":
            inner = supervised(self._tree, self._follower, step)
            text = f"`{step.command.program}` is a supervisor inside of a container, which is supervised itself"
            fix = "run the program itself; start more containers in place of more instances"
        else:
            return None
        if not isinstance(inner, Unclear):
            self._reasons.report(Diagnostic("BP641", "info", f"{text}; the program is started alone", step.origin, fix))
        return inner

    def _start(self, step: Step, before: tuple[Step, ...], builds: tuple[Step, ...]) -> Start:
        self._about_environment(step)
        command, port = _without_port(step.command)
        entry = _entry(command.program, command.words[1:])
        start = Start(
            origin=step.origin,
            manifest=step.manifest,
            directory=step.directory,
            environment=_literal_environment(step),
            entry=None if entry is None else joined(step.directory, entry),
            packages=_packages(command.program, command.words[1:]),
            builds=builds,
            port=port,
            script=step.script,
        )
        expanding = [(name, word) for name, word in step.environment if word.expands]
        if not (before or expanding or command.needs_shell):
            return start._replace(argv=tuple(word.text for word in _script_of_name(command.words)))
        return start._replace(shell=self._shell(command, step, before, expanding))

    def _shell(
        self,
        command: shell.Simple,
        step: Step,
        before: tuple[Step, ...],
        expanding: list[tuple[str, Word]],
    ) -> str:
        """Return a line whose last command takes the place of the shell."""
        lines = [_in_front(item, step.directory) for item in before]
        assignments = "".join(f"{name}={word.source} " for name, word in expanding)
        lines.append(f"{assignments}exec {command.source}")
        if before:
            shown = " && ".join(item.command.source for item in before)
            self._reasons.report(
                Diagnostic(
                    "BP642",
                    "info",
                    f"`{shown[:120]}` runs each time the app starts, in front of it, and needs a shell",
                    step.origin,
                    "move it to a `release` process (`release: …` in a Procfile), which runs once per deployment",
                )
            )
        return " && ".join(lines)

    def _about_environment(self, step: Step) -> None:
        if step.readers or step.env_file:
            reader = f"node --env-file={step.env_file}" if step.env_file else step.readers[0]
            self._reasons.report(
                Diagnostic(
                    "BP643",
                    "info",
                    f"`{reader}` is left out: the files or accounts it reads from are not in the image",
                    step.origin,
                    "give the variables to the container when it is started",
                )
            )

    def _site(self, step: Step) -> SiteStart:
        program, arguments = named(step.command)
        plain = [word for word in arguments if not word.startswith("-") and not word.isdecimal()]
        flags = {word for word in arguments if word.startswith("-")}
        folder = next((word for word in plain if word not in {"preview", "serve", "start"}), None)
        root = None
        if program in {"serve", "http-server", "sirv", "superstatic", "pushstate-server"} and folder:
            root = joined(step.directory, folder)
        single_page = program == "pushstate-server" or not flags.isdisjoint({"-s", "--single", "-sL"})
        return SiteStart(step.origin, root, single_page)


def _in_front(step: Step, directory: str) -> str:
    """Return the shell text of a step in front of the process."""
    assignments = "".join(f"{name}={word.source} " for name, word in step.environment)
    text = f"{assignments}{step.command.source}"
    if step.directory == directory:
        return text
    return f"(cd {shlex.quote(f'/app/{step.directory}'.rstrip('/'))} && {text})"


def _literal_environment(step: Step) -> tuple[tuple[str, str], ...]:
    return tuple({name: word.text for name, word in step.environment if not word.expands}.items())


def _script_of_name(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return `next` for `./node_modules/.bin/next`: the directory is on PATH."""
    first = words[0]
    name = first.text.rpartition("node_modules/.bin/")[2]
    return (first._replace(text=name), *words[1:])


def _without_port(command: shell.Simple) -> tuple[shell.Simple, int | None]:
    """Return the command without an option for a port that the program reads from PORT, and the port it named."""
    options = port_options(command.program)
    words = command.words
    for index, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if name not in options:
            continue
        text = value if equals else (words[index + 1].text if index + 1 < len(words) else "")
        own = _OWN_PORT.fullmatch(text)
        if own is None and not (text.isdecimal() and 0 < int(text[:6]) <= _MAX_PORT):
            continue
        number = own[1] if own else text
        rest = words[index + (1 if equals else 2) :]
        return command._replace(words=(*words[:index], *rest)), int(number) if number else None
    return command, None


def _entry(program: str, words: tuple[Word, ...]) -> str | None:
    """Return the file that a runtime loads; None for a program that is no runtime."""
    if program == "node":
        values = _NODE_VALUES
    elif runs_typescript(program) or program in {"bun", "deno"}:
        values = _RUNNER_VALUES
    elif program in {"fastify", "probot"}:
        plain = [word.text for word in words if not word.text.startswith("-") and not word.expands]
        return plain[-1] if len(plain) > 1 else None
    else:
        return None
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.text in {"-e", "--eval", "-p", "--print"}:
            return None
        elif word.text.startswith("-") and word.text != "-":
            skip = word.text in values
        elif program in {"bun", "deno"} and word.text == "run":
            continue
        else:
            return None if word.expands else word.text
    return None


def _packages(program: str, words: tuple[Word, ...]) -> tuple[str, ...]:
    """Return the packages that a command needs beside what its files import."""
    found = [] if program in _SYSTEM else [package_of(program)]
    texts = [word.text for word in words]
    for index, text in enumerate(texts):
        name, equals, value = text.partition("=")
        if name in _LOADERS:
            module = value if equals else (texts[index + 1] if index + 1 < len(texts) else "")
            if module and not module.startswith((".", "/")):
                parts = module.split("/")
                found.append("/".join(parts[:2]) if module.startswith("@") else parts[0])
    return tuple(dict.fromkeys(found))
