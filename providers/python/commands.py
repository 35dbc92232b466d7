"""Commands that somebody wrote (a Procfile, a configuration): what they start in the end, and where it listens.

A command that is right is left alone. Development servers are replaced by what serves in production; an address that
nobody outside of a container can reach, and a port that is fixed, are mended and reported.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.model.build_plan import Diagnostic
from buildplan.read.shell import Simple, Word, parse, simple

from . import gunicorn_config, listening, notices, servers, source_code
from .launch import DEFAULT_PORT, Launch

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.model.build_plan import Severity
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest
    from buildplan.source import SourceTree

    from .manifest import Project
    from .servers import Program

# Program and sub-command in front of the real command; their own options may follow.
_RUNNERS = {"poetry": "run", "pipenv": "run", "uv": "run", "pdm": "run", "hatch": "run", "rye": "run", "pixi": "run"}
_WITH_VALUE = {"--with", "--extra", "--group", "--package", "--env-file", "--python", "-p", "--project", "--directory"}
_PREFIXES = frozenset({"exec", "env", "nohup", "tini", "dumb-init", "time"})
_PORT = re.compile(r"\d{1,5}")
_ADDRESS = re.compile(r"(?:(?P<host>\[[^\]]*\]|[^:/]*):)?(?P<port>\d{1,5})")
_BUILTINS = frozenset(
    {"cd", "export", "set", "unset", "source", ".", "eval", "test", "[", "true", ":", "ulimit", "umask"}
)
_MIGRATIONS = re.compile(r"\b(?:migrate|upgrade|collectstatic|init_?db|createsuperuser)\b")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII | re.DOTALL)


class Situation(NamedTuple):
    """What a command is judged by. `production` returns what starts the app in production, None when nobody knows.

    It takes the framework whose development server it replaces, and what that was told to serve (`flask --app hello`).
    """

    tree: SourceTree
    project: Project
    python: str
    reasons: Reasons
    production: Callable[[str, str | None], Launch | None]
    variables: frozenset[str] = frozenset()


def resolve(name: str, request: Sourced[CommandRequest], situation: Situation) -> Launch:
    """Return what a command starts; `name` is the process, and only `web` listens."""
    return _Command(name, request, situation).launch()


class _Command:
    def __init__(self, name: str, request: Sourced[CommandRequest], situation: Situation) -> None:
        self._name = name
        self._request = request
        self._origin = request.origin
        self._situation = situation
        self._port: int | None = DEFAULT_PORT if name == "web" else None
        self._sigterm = True
        self._requirements: list[str] = []

    def launch(self) -> Launch:
        value = self._request.value
        line = parse(value.shell) if value.shell is not None else None
        if value.shell is None:
            resolved = self._simple(simple(value.argv))
            return resolved if isinstance(resolved, Launch) else self._made(resolved, ())
        if line is None or "&" in line.operators or "|" in line.operators:
            return Launch(shell=value.shell.strip(), port=self._port)
        commands, operators = line.commands, line.operators
        while len(commands) > 1 and _activates(commands[0]) and operators[0] in {"&&", ";"}:
            # The environment comes first in the PATH of the image, and lies elsewhere than Nixpacks has it.
            commands, operators = commands[1:], operators[1:]
        if len(commands) == 1:
            resolved = self._simple(commands[0])
            return resolved if isinstance(resolved, Launch) else self._made(resolved, ())
        return self._chain(commands, operators)

    def _chain(self, commands: tuple[Simple, ...], operators: tuple[str, ...]) -> Launch:
        """Return a line of several commands: the last one takes the place of the shell, so that it gets the signals."""
        *before, last = commands
        first = before[0]
        if len(before) == 1 and first.program == "cd" and len(first.words) == 2 and operators == ("&&",):  # noqa: PLR2004
            moved = self._moved(first.words[1], last)
            if moved is not None:
                return moved
        resolved = self._simple(last)
        if isinstance(resolved, Launch):
            self._port = resolved.port
            resolved = Simple(words=tuple(_word(word) for word in resolved.words))
        parts = [command.source for command in before]
        if self._name == "web":
            text = "; ".join(parts)
            release = any(_MIGRATIONS.search(part) for part in parts)
            fix = (
                f"move it to a line `release: {parts[0]}` of a Procfile"
                if release
                else "do it while the image is built"
            )
            text = f"`{text[:120]}` runs each time the app starts, in front of it, and needs a shell"
            self._report("BP642", "info", text, fix)
        text = ""
        for part, operator in zip(parts, operators, strict=False):
            text += f"{part}{'' if operator == ';' else ' '}{operator} "
        return self._made(resolved, (text,))

    def _moved(self, folder: Word, command: Simple) -> Launch | None:
        """Return `cd folder && command` as a command that starts in the folder, None when that needs a shell."""
        path = folder.text.removeprefix("./").strip("/")
        if folder.expands or not self._situation.tree.has_directory(path) or self._name != "web":
            return None
        resolved = self._simple(command, path)
        if isinstance(resolved, Launch):
            return resolved
        return replace(self._made(resolved, ()), directory=path)

    def _made(self, command: Simple, before: tuple[str, ...]) -> Launch:
        plain = not (before or command.assignments or command.needs_shell)
        shell = None
        if not plain:
            bare = command._replace(assignments=())
            assignments = "".join(f"{name}={value.source} " for name, value in command.assignments)
            word = "" if command.program in _BUILTINS else "exec "
            # A single command is given its `exec` when the image is made.
            alone = not before and not command.assignments
            shell = f"{''.join(before)}{assignments}{'' if alone else word}{bare.source}"
        return Launch(
            words=tuple(word.text for word in command.words) if plain else (),
            shell=shell,
            port=self._port,
            sigterm=self._sigterm,
            requirements=tuple(self._requirements),
        )

    def _simple(self, command: Simple, folder: str = "") -> Simple | Launch:
        """Return what a simple command starts, or what replaces it."""
        command = _unwrapped(command)
        program, arguments = command.program, command.arguments
        if program == "flask" and "run" in arguments:
            wanted = _option(arguments, "--app", "-A") or _assigned(command, "FLASK_APP")
            return self._production(command, "flask", wanted)
        if program == "fastapi" and arguments[:1] == ("dev",):
            self._report_development(command)
            words = (command.words[0], Word("run"), *command.words[2:])
            command = command._replace(words=words)
        known = servers.known_program(program)
        if known is not None and (not known.subcommand or arguments[:1] == (known.subcommand,)):
            self._need(known, command)
            return self._listening(command, known, folder)
        if program.startswith("python"):
            return self._python(command, folder)
        return command

    def _python(self, command: Simple, folder: str) -> Simple | Launch:
        arguments = command.arguments
        script = next((word for word in arguments if not word.startswith("-")), None)
        if script is None or "-c" in arguments:
            self._sigterm = False
            return command
        if script.endswith("manage.py") and "runserver" in arguments:
            return self._production(command, "django", None)
        if "-m" in arguments:
            self._sigterm = False
            return command
        if not script.endswith("manage.py"):
            self._sigterm = False
        tree = self._situation.tree
        path = f"{folder}/{script}" if folder else script.removeprefix("./")
        if script.endswith(".py") and not script.startswith("/") and not tree.has(path):
            text = f"`{command.source[:120]}` is started as it is: there is no `{path[:80]}` in the tree"
            self._report("BP644", "warning", text, "correct the path, or create the file while the image is built")
            return command
        code = source_code.read(tree, path) if script.endswith(".py") and tree.has(path) else None
        if code is not None and self._name == "web":
            self._port = self._script_port(code)
        return command

    def _script_port(self, code: source_code.Code) -> int | None:
        found = listening.find(code)
        if found is None or found.options:
            # What the owner starts is taken as it is written.
            return self._port
        notices.listens(found, code.path, self._situation.reasons)
        return found.port or self._port

    def _production(self, command: Simple, framework: str, wanted: str | None) -> Simple | Launch:
        """Return what replaces a development server; the command itself when nothing is known to replace it."""
        launch = self._situation.production(framework, wanted)
        self._report_development(command)
        if launch is None:
            self._sigterm = False
            return command
        return launch

    def _report_development(self, command: Simple) -> None:
        text = f"`{command.source[:120]}` is a development server, so it is not what the image starts"
        self._report("BP640", "info", text, "write the production command: `gunicorn module:app` or its like")

    def _need(self, program: Program, command: Simple) -> None:
        situation = self._situation
        if servers.installed(program.packages, situation.project):
            return
        wanted = program.requirement(situation.python)
        if wanted is None:
            text = f"`{command.program}` is started, and nothing declares `{program.packages[0]}`"
            self._report("BP690", "warning", text, f"add `{program.packages[0]}` to the dependencies")
            return
        self._requirements.append(wanted)
        notices.server(wanted, self._origin, situation.reasons)

    def _listening(self, command: Simple, program: Program, folder: str) -> Simple:
        """Return the command with an address that can be reached, on $PORT."""
        self._sigterm = program.sigterm
        if self._name != "web":
            return command
        words, bound = self._mended(command, program)
        inherited = {name for name, _ in command.assignments} | self._situation.variables
        prefix = f"{program.name.upper().removesuffix('-SERVE')}_"
        if any(name.startswith(prefix) and name.endswith("PORT") for name in inherited):
            bound = bound | {"port", "host"}
        if program.name == "gunicorn":
            if "bind" not in bound:
                self._configured(command, folder)
        elif not bound & {"bind", "unix"}:
            if program.listen_bind and not bound:
                words += [_word(word) for word in program.listen_bind]
            if "host" not in bound:
                words += [_word(word) for word in program.listen_host]
            if "port" not in bound:
                words += [_word(word) for word in program.listen_port]
        return command._replace(words=tuple(words))

    def _configured(self, command: Simple, folder: str) -> None:
        """Take the port from gunicorn's own configuration file, if that says one."""
        named = _option(command.arguments, "-c", "--config")
        path = (named or "gunicorn.conf.py").removeprefix("file:").removeprefix("./")
        path = f"{folder}/{path}" if folder else path
        found = gunicorn_config.bind(self._situation.tree, path)
        if found is not None:
            notices.listens(found, path, self._situation.reasons, forwards=False)
            self._port = found.port or self._port

    def _mended(self, command: Simple, program: Program) -> tuple[list[Word], set[str]]:
        """Return the words with every address and port put right, and which kinds of options there were."""
        kinds = {
            **dict.fromkeys(program.bind, "bind"),
            **dict.fromkeys(program.host, "host"),
            **dict.fromkeys(program.port, "port"),
            **dict.fromkeys(program.unix, "unix"),
        }
        flags = {name.removesuffix("="): name.endswith("=") for name in program.development}
        words: list[Word] = []
        bound: set[str] = set()
        pending = ""
        skip = False
        for index, word in enumerate(command.words):
            name, equals, value = word.text.partition("=")
            if skip:
                skip = False
            elif pending:
                words.append(self._value(pending, word))
                pending = ""
            elif index and name in flags:
                skip = flags[name] and not equals
                self._report_flag(name)
            elif index and name in kinds:
                bound.add(kinds[name])
                if equals:
                    mended = self._value(kinds[name], Word(value, word.expands))
                    words.append(Word(f"{name}={mended.text}", mended.expands))
                else:
                    words.append(word)
                    pending = kinds[name]
            else:
                if index and word.text.endswith(program.configures_itself or ("\0",)):
                    bound.add("bind")
                words.append(word)
        return words, bound

    def _report_flag(self, name: str) -> None:
        text = f"`{name}` helps only a developer, so it is left out"
        self._report("BP640", "info", text, f"remove `{name}`")

    def _value(self, kind: str, word: Word) -> Word:
        """Return the value of an option, mended where it is a literal."""
        if word.expands or kind == "unix":
            return word
        host: str | None = word.text
        port: str | None = None
        if kind == "port":
            host, port = None, word.text
        elif kind == "bind":
            match = _ADDRESS.fullmatch(word.text)
            if match is None:
                return word
            host, port = match["host"], match["port"]
        if host is not None and host.strip("[]") in ports.LOCAL:
            text = f"`{word.text}` cannot be reached from outside of a container; `0.0.0.0` is used"
            self._report("BP649", "warning", text, "bind to `0.0.0.0`")
            host = "0.0.0.0"  # noqa: S104  # inside of a container
        if port is not None and _PORT.fullmatch(port):
            self._port = int(port)
            text = f"the port {port} is fixed; it is the default of `$PORT` in the image"
            self._report("BP647", "info", text, f"write `$PORT` instead of {port}")
            port = "${PORT}"
        if kind == "bind":
            return _word(f"{host}:{port}" if host is not None else str(port))
        return _word(str(port if kind == "port" else host))

    def _report(self, code: str, severity: Severity, text: str, fix: str) -> None:
        self._situation.reasons.report(Diagnostic(code, severity, text, self._origin, fix))


def _word(text: str) -> Word:
    return Word(text, expands="${PORT}" in text)


def _assigned(command: Simple, name: str) -> str | None:
    return next((value.text for key, value in command.assignments if key == name and not value.expands), None)


def _option(arguments: tuple[str, ...], *names: str) -> str | None:
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else next(iter(arguments[index + 1 :]), None)
    return None


def _activates(command: Simple) -> bool:
    """Return whether all that a command does is to activate a virtual environment."""
    script = command.words[-1].text if len(command.words) == 2 else ""  # noqa: PLR2004  # the program and its argument
    return command.program in {".", "source"} and script.endswith("/bin/activate")


def _unwrapped(command: Simple) -> Simple:
    """Return the command behind `poetry run`, `exec`, `env A=b`, `python -m` and their likes."""
    while True:
        program, arguments = command.program, command.arguments
        before = command
        if program in _PREFIXES and arguments:
            command = _after_options(command, 1)
        elif program in _RUNNERS and arguments[:1] == (_RUNNERS[program],) and len(arguments) > 1:
            command = _after_options(command, 2)
        elif program.startswith("python") and arguments[:1] == ("-m",) and len(arguments) > 1:
            module = arguments[1]
            name = {"waitress": "waitress-serve", "fastapi_cli": "fastapi"}.get(module, module)
            if servers.known_program(name) is None and name not in {"flask", "celery"}:
                return command
            command = command._replace(words=(Word(name), *command.words[3:]))
        elif program == "manage.py":
            return command._replace(words=(Word("python"), *command.words))
        if command.words == before.words:
            # Also a wrapper that wraps nothing: `uv run --quiet`.
            return command


def _after_options(command: Simple, count: int) -> Simple:
    """Return the command behind a wrapper's own options; `NAME=value` words become assignments."""
    words = list(command.words[count:])
    assignments = list(command.assignments)
    while words:
        text = words[0].text
        match = _ASSIGNMENT.fullmatch(text)
        if text in _WITH_VALUE:
            del words[:2]
        elif text.startswith("-"):
            del words[:1]
        elif match:
            assignments.append((match[1], Word(match[2], words[0].expands)))
            del words[:1]
        else:
            break
    return command._replace(assignments=tuple(assignments), words=tuple(words) or command.words)
