"""How an app is served: programs, where they and scripts listen, and commands that somebody wrote."""

from __future__ import annotations

import ast
import functools
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic, Process
from buildplan.model.origin import Origin
from buildplan.read.shell import Simple, Word, parse, simple

from . import source_code, tables
from .source_code import constant, iterate

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.model.build_plan import Severity
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest
    from buildplan.source import SourceTree

    from .entry_points import Entry, Imported
    from .manifest import Project
    from .source_code import Call, Code

# The rows of `servers.toml`: programs that serve, how they are told where to listen, and how they are given an app.


# The built-in ASGI worker of gunicorn came with this version.
_GUNICORN_ASGI = 24


class Program(NamedTuple):
    """A program, as its row in the table says."""

    name: str
    packages: tuple[str, ...]
    subcommand: str = ""
    bind: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    unix: tuple[str, ...] = ()
    listen_bind: tuple[str, ...] = ()
    listen_host: tuple[str, ...] = ()
    listen_port: tuple[str, ...] = ()
    reads_port: bool = False
    configures_itself: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    sigterm: bool = True
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def listen(self) -> tuple[str, ...]:
        """The words that make it listen on every address and on $PORT."""
        return (*self.listen_bind, *self.listen_host, *self.listen_port)

    def requirement(self, python: str) -> str | None:
        """Return the exact requirement to install for a version of Python, None when there is none for it."""
        numbers = _numbers(python)
        fitting = (version for oldest, version in self.versions if _numbers(oldest) <= numbers)
        version = next(fitting, None)
        return None if version is None else f"{self.packages[0]}=={version}"


class Server(NamedTuple):
    """A way to serve an app with a program."""

    id: str
    program: str
    start: tuple[str, ...]
    factory: Literal["call", "flag", "name", "none"]
    factory_flags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def words(self, entry: Entry, interface: str) -> tuple[str, ...]:
        """Return the command that serves an entry; `${PORT}` in it is for a shell to fill in."""
        target = entry.target
        flags: tuple[str, ...] = ()
        if entry.kind == "factory":
            target = f"{target}()" if self.factory == "call" else target
            flags = self.factory_flags
        listen = program_row(self.program).listen
        words: list[str] = []
        for word in (*self.start[:1], *flags, *self.start[1:], *(() if "{listen}" in self.start else ("{listen}",))):
            if word == "{listen}":
                words.extend(listen)
            else:
                filled = word.replace("{target}", target).replace("{interface}", interface)
                words.append(filled.replace("{file}", entry.file))
        return tuple(words)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:2])


@functools.cache
def program_row(name: str) -> Program:
    """Return the row of a program that is in the table."""
    row = tables.row(tables.read("servers")["program"][name])
    row["versions"] = tuple((str(oldest), str(version)) for oldest, version in row.get("versions", ()))
    return Program(name=name, **row)


def known_program(name: str) -> Program | None:
    """Return the row of a program, None when the table has none."""
    return program_row(name) if name in tables.read("servers")["program"] else None


@functools.cache
def server_row(identifier: str) -> Server:
    """Return the row of a server that is in the table."""
    return Server(id=identifier, **tables.row(tables.read("servers")["server"][identifier]))


def choose(entry: Entry, project: Project, interface: str) -> tuple[Server, bool]:
    """Return the server for an entry, and whether the project installs it.

    That is the first one that production declares, or that the framework brings along; else the interface's usual one.
    """
    row = tables.read("servers")["interface"][interface]
    for identifier in entry.framework.servers or row["servers"]:
        candidate = server_row(identifier)
        if installed(program_row(candidate.program).packages, project) and _fits(candidate, entry, project):
            return candidate, True
    return server_row(row["install"]), False


def _fits(candidate: Server, entry: Entry, project: Project) -> bool:
    if candidate.factory == "none" and entry.kind == "factory":
        return False
    if not all(installed((name,), project) for name in candidate.needs):
        return False
    if candidate.id == "gunicorn-asgi":
        requirement = project.requirement("gunicorn")
        pinned = re.match(r"\s*={2,3}\s*(\d{1,6})", requirement.specifier) if requirement is not None else None
        return pinned is None or int(pinned[1]) >= _GUNICORN_ASGI
    return True


def installed(packages: tuple[str, ...], project: Project) -> bool:
    """Return whether the production environment holds one of the packages: declared, or brought by what is declared."""
    if project.has(*packages) or not project.transitive.isdisjoint(packages):
        return True
    for name, brought in tables.read("servers")["brings"].items():
        if not set(brought).isdisjoint(packages):
            package, _, extra = name.rstrip("]").partition("[")
            if project.has(package) and (not extra or extra in project.extras_of(package)):
                return True
    return False


# A command that the image starts, before it is a process of the plan: words, and what they need.


DEFAULT_PORT = 8000
_VARIABLE = "${PORT}"


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started.

    `words` hold `${PORT}` where a shell has to fill it in; `shell` is set instead for a line that needs one anyway.
    `port_variable` is what a framework reads instead of PORT, `own_variable` what the app's own code does;
    `own_address`: it holds an address.
    `port` is the port without PORT, None for what does not listen. `requirements` are exact requirements that nobody
    declares and that are installed for it. `directory` is where it starts, `import_path` what its imports need.
    """

    words: tuple[str, ...] = ()
    shell: str | None = None
    port: int | None = None
    port_variable: str = ""
    own_variable: str = ""
    own_address: bool = False
    sigterm: bool = True
    requirements: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    directory: str = ""
    import_path: str | None = None

    @property
    def text(self) -> str:
        """The command on one line."""
        process = self.process("")
        return process.text

    def process(self, name: str) -> Process:
        """Return the process of that name: exec form, unless a shell has to fill in the port."""
        if self.shell is not None:
            return Process(name, (), self.shell, self.port)
        if self.own_variable:
            return ports.forward(
                Process(name, self.words, None, self.port), self.own_variable, takes_address=self.own_address
            )
        if self.port_variable:
            line = " ".join(shlex.quote(word) for word in self.words)
            return Process(name, (), f"{self.port_variable}={_VARIABLE} exec {line}", self.port)
        if any(_VARIABLE in word for word in self.words):
            return Process(name, (), " ".join(_quoted(word) for word in self.words), self.port)
        return Process(name, self.words, None, self.port)


def _quoted(word: str) -> str:
    """Return a word for a shell that fills in the port and nothing else."""
    if _VARIABLE not in word:
        return shlex.quote(word)
    rest = word.replace(_VARIABLE, "")
    if shlex.quote(rest) == rest or not rest:
        return word
    if re.search(r'["\\\\`$!]', rest) is None:
        return f'"{word}"'
    return _VARIABLE.join(shlex.quote(part) if part else "" for part in word.split(_VARIABLE))


def of_entry(entry: Entry, project: Project, python: str) -> Launch:
    """Return how an entry is started: by the server that the project declares, or by the framework's own program.

    `requirements` holds the server when nothing declares one.
    """
    row = entry.framework
    if entry.kind == "file":
        return _of_file(entry, project, python)
    interface = "wsgi" if row.kind == "wsgi" else row.kind
    server, there = choose(entry, project, interface)
    program = program_row(server.program)
    wanted = None if there else program.requirement(python)
    return Launch(
        words=server.words(entry, interface),
        port=row.port or DEFAULT_PORT,
        sigterm=program.sigterm,
        requirements=(wanted,) if wanted else (),
        environment=dict(row.environment),
        directory=entry.directory,
        import_path=entry.import_path,
    )


def _of_file(entry: Entry, project: Project, python: str) -> Launch:
    row = entry.framework
    words = file_words(entry, row.start or ("python", "{file}"))
    program = known_program(words[0])
    wanted = None
    if program is not None and not installed(program.packages, project):
        wanted = program.requirement(python)
    return Launch(
        words=words,
        port=row.port,
        port_variable=row.port_variable,
        sigterm=row.sigterm if row.start else False,
        requirements=(wanted,) if wanted else (),
        environment=dict(row.environment),
        directory=entry.directory,
        import_path=None if words[:2] == ("python", "-m") and entry.root == entry.directory else entry.import_path,
    )


def file_words(entry: Entry, start: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command for a file; a module of a package is run with `python -m`, so that its imports work."""
    folder = entry.path.rpartition("/")[0]
    if (
        start[:2] == ("python", "{file}")
        and entry.module
        and (entry.root != folder or entry.path.endswith("/__main__.py"))
    ):
        return ("python", "-m", entry.module, *start[2:])
    module = entry.module or ""
    values = {"{file}": entry.file, "{module}": module, "{function}": entry.attribute}
    for name, value in values.items():
        start = tuple(word.replace(name, value) for word in start)
    return start


# Where a script listens: the port and the address that its calls name, and whether it reads PORT.


_OTHER = re.compile(r"[A-Z][A-Z0-9_]{0,60}_PORT(?:_[A-Z0-9]{1,20})?", re.ASCII)
_ENVIRONMENTS = ("os.environ", "environ")
_READERS = ("os.environ.get", "os.getenv", "environ.get", "os.environ.setdefault")
# The last part of what is called to listen, and the position of the port among the arguments.
_METHODS = {"run": None, "run_app": None, "launch": None, "start": None, "serve": None, "listen": 0, "run_simple": 1}
_SERVERS = frozenset(
    {"HTTPServer", "ThreadingHTTPServer", "TCPServer", "ThreadingTCPServer", "UDPServer", "WSGIServer", "make_server"}
)
_PORT_WORDS = ("port", "server_port", "http_port")
_HOST_WORDS = ("host", "server_name", "address", "hostname")
_PORT_OPTIONS = ("--port", "--http-port", "--server-port", "--web-port", "--listen-port")
_HOST_OPTIONS = ("--host", "--bind", "--address", "--ip", "--addr", "--listen", "--hostname")
_MAX_HOPS = 3


class Listening(NamedTuple):
    """`port` is the literal one, or the default of PORT or of another `variable`; `line` is where it stands.

    `host` is a literal address. `takes_address`: the variable holds an address with a port. `options` are the words
    that make the program listen on `${PORT}`; `port` is what it takes without them.
    """

    port: int | None = None
    reads_port: bool = False
    host: str | None = None
    line: int | None = None
    variable: str = ""
    takes_address: bool = False
    options: tuple[str, ...] = ()


def find_listening(code: Code) -> Listening | None:
    """Return where the file listens when it is run, None when nothing in it says that it does."""
    variables = _variables(code)
    found: Listening | None = None
    for call in code.calls:
        listening = _of_call(call, variables)
        if listening is not None and (found is None or (found.port is None and listening.port is not None)):
            found = listening
    read = _reads_port(code)
    if read is None and (found is None or (found.port is None and not found.variable)):
        return _of_option(code) or found
    if read is None:
        return found
    host = found.host if found is not None else None
    return Listening(read.port, reads_port=True, host=host, line=read.line)


def _of_option(code: Code) -> Listening | None:
    """Return what the options `--port` and `--host` of argparse or click say; None for a program with sub-commands.

    https://docs.python.org/3/library/argparse.html#the-add-argument-method, https://click.palletsprojects.com/options/
    """
    port: Listening | None = None
    host: tuple[str, ...] = ()
    for call in code.calls:
        last = call.name.rpartition(".")[2]
        if last in {"add_subparsers", "group"}:
            return None
        if call.node is None or not (last == "add_argument" or call.name in {"click.option", "option"}):
            continue
        names = [name for item in call.node.args if isinstance(name := constant(item), str)]
        default = constant(call.argument("default"))
        name = next((item for item in names if item in _PORT_OPTIONS), None)
        number = _number(default)
        if name is not None and number is not None and port is None:
            port = Listening(number, line=call.line, options=(name, "${PORT}"))
        name = next((item for item in names if item in _HOST_OPTIONS), None)
        if name is not None and default in ports.LOCAL:
            host = (name, ports.ANYWHERE)
    return port._replace(options=(*host, *port.options)) if port is not None else None


def transports(code: Code) -> frozenset[str]:
    """Return the literal values of `transport=` in the file's calls (MCP servers)."""
    values = (constant(call.argument("transport")) for call in code.calls)
    return frozenset(value for value in values if isinstance(value, str))


def _variables(code: Code) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in iterate(code.body):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
    return found


def _of_call(call: Call, variables: dict[str, ast.expr]) -> Listening | None:
    last = call.name.rpartition(".")[2]
    if call.node is None or (last not in _METHODS and last not in _SERVERS):
        return None
    port = next((item for word in _PORT_WORDS if (item := call.argument(word)) is not None), None)
    host = next((item for word in _HOST_WORDS if (item := call.argument(word)) is not None), None)
    arguments = call.node.args
    if last in _SERVERS and arguments:
        if isinstance(arguments[0], ast.Tuple) and len(arguments[0].elts) == 2:  # noqa: PLR2004  # (host, port)
            host, port = arguments[0].elts
        elif last == "make_server" and len(arguments) > 1:
            host, port = arguments[:2]
    elif port is None and last in _METHODS:
        position = _METHODS[last]
        port = arguments[position] if position is not None and position < len(arguments) else None
    if port is None and host is None and last not in _SERVERS:
        return None
    literal = _value(host, variables)
    address = literal if isinstance(literal, str) else None
    name, default = _variable(port, variables)
    if name:
        return Listening(_number(_value(default, variables)), host=address, line=call.line, variable=name)
    return Listening(_number(_value(port, variables)), host=address, line=call.line)


def _variable(
    node: ast.expr | None, variables: dict[str, ast.expr], hops: int = _MAX_HOPS
) -> tuple[str, ast.expr | None]:
    """Return the variable that a port is read from, and the default behind it: `int(os.getenv("APP_PORT", 8000))`."""
    if hops <= 0 or node is None:
        return "", None
    if isinstance(node, ast.Name):
        return _variable(variables.get(node.id), variables, hops - 1)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        read, behind = _variable(node.values[0], variables, hops - 1)
        return read, behind or node.values[-1]
    name: object = None
    default: ast.expr | None = None
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in _ENVIRONMENTS:
        name = constant(node.slice)
    elif isinstance(node, ast.Call) and node.args:
        called = ast.unparse(node.func)
        if called == "int":
            return _variable(node.args[0], variables, hops - 1)
        if called in _READERS or called == "getenv":
            name = constant(node.args[0])
            default = next((item.value for item in node.keywords if item.arg == "default"), None)
            default = node.args[1] if len(node.args) > 1 else default
    if not isinstance(name, str) or not _OTHER.fullmatch(name):
        return "", None
    return name, default


def _value(node: ast.expr | None, variables: dict[str, ast.expr], hops: int = _MAX_HOPS) -> object:
    """Return the literal that an expression is, through names of the module and `int(…)`."""
    if hops <= 0 or node is None:
        return None
    if isinstance(node, ast.Name):
        return _value(variables.get(node.id), variables, hops - 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "int" and node.args:
        return _value(node.args[0], variables, hops - 1)
    return constant(node)


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and ports.is_port(value) else None


def _reads_port(code: Code) -> Listening | None:
    """Return the default of the variable PORT, if the file reads it anywhere."""
    for call in code.calls:
        if call.node is None or not call.node.args or constant(call.node.args[0]) != "PORT":
            continue
        if call.name.removeprefix(":") in _READERS or call.name.rpartition(".")[2] in {"getenv", "int"}:
            default = call.argument("default", 1)
            return Listening(_number(constant(default)), reads_port=True, line=call.line)
    for statement in code.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Subscript) and constant(node.slice) == "PORT":
                return Listening(None, reads_port=True, line=node.lineno)
    return None


# Where gunicorn's configuration file, which is Python, makes it listen.


_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,60}", re.ASCII)
_ADDRESS = re.compile(r"(?:(\[[^\]]*\]|[^:/]*):)?(\d{1,5})")


def bind(tree: SourceTree, path: str) -> Listening | None:
    """Return where the file binds, as text or by a variable with a default; None where it says nothing of it."""
    code = source_code.read(tree, path) if tree.has(path) else None
    if code is None:
        return None
    values: dict[str, ast.expr] = {}
    found: ast.Assign | None = None
    for node in source_code.iterate(code.body):
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            values.update(dict.fromkeys(names, node.value))
            found = node if "bind" in names else found
    if found is None:
        return None
    value = found.value.elts[0] if isinstance(found.value, ast.List) and found.value.elts else found.value
    return _listening(value, values, found.lineno)


def _listening(value: ast.expr, values: dict[str, ast.expr], line: int) -> Listening | None:
    text = source_code.constant(value)
    if isinstance(text, str) and text.startswith("unix:"):
        return Listening(None, host=text, line=line)
    match = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
    if match is not None:
        return Listening(int(match[2]), host=(match[1] or "").strip("[]"), line=line)
    read = _environment_read(value, values)
    if read is not None:
        # The variable holds all of it.
        name, default = read
        match = _ADDRESS.fullmatch(default)
        port = int(match[2]) if match is not None else None
        host = match[1] if match is not None else None
        return Listening(port, reads_port=name == "PORT", host=host, line=line, variable=name, takes_address=True)
    parts = _parts(value)
    read = _environment_read(parts[-1], values) if parts else None
    if read is None:
        return None
    name, default = read
    port = int(default) if ports.is_port(default) else None
    first = source_code.constant(parts[0])
    host = first.partition(":")[0] if isinstance(first, str) else None
    if name == "PORT":
        return Listening(port, reads_port=True, host=host, line=line)
    return Listening(port, host=host, line=line, variable=name)


def _parts(value: ast.expr) -> list[ast.expr]:
    """Return the parts of a text that is put together: `f"0.0.0.0:{port}"`, `"0.0.0.0:" + port`, `"…".format(port)`."""
    if isinstance(value, ast.JoinedStr):
        return [part.value if isinstance(part, ast.FormattedValue) else part for part in value.values]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Mod):
        right = value.right.elts[-1] if isinstance(value.right, ast.Tuple) and value.right.elts else value.right
        return [*(_parts(value.left) or [value.left]), right]
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
        return [value.func.value, *value.args]
    return []


def _environment_read(node: ast.expr, values: dict[str, ast.expr], hops: int = 4) -> tuple[str, str] | None:
    """Return the variable that an expression reads, and what it is without it."""
    if hops <= 0:
        return None
    if isinstance(node, ast.Name) and node.id in values:
        return _environment_read(values[node.id], values, hops - 1)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        read = _environment_read(node.values[0], values, hops - 1)
        return None if read is None else (read[0], read[1] or str(source_code.constant(node.values[-1]) or ""))
    if isinstance(node, ast.Subscript):
        name = source_code.constant(node.slice)
        return (name, "") if isinstance(name, str) and _NAME.fullmatch(name) else None
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called = ast.unparse(node.func).rpartition(".")[2]
    if called in {"int", "str"}:
        return _environment_read(node.args[0], values, hops - 1)
    name = source_code.constant(node.args[0])
    if called not in {"get", "getenv"} or not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    given = [*node.args[1:], *(item.value for item in node.keywords if item.arg == "default")]
    return name, str(source_code.constant(given[0]) or "") if given else ""


# What the owner of an app is told about how it is served.


_MOST_SHOWN = 8


def say_server(requirement: str, origin: Origin, reasons: Reasons) -> None:
    """Say that a server is installed which nothing declares."""
    name = requirement.partition("==")[0]
    text = f"nothing declares a server for production, so `{requirement}` is installed"
    fix = f"add `{name}` to the dependencies; then its version is yours"
    reasons.report(Diagnostic("BP690", "warning", text, origin, fix))


def listens(found: Listening, path: str, reasons: Reasons, *, forwards: bool = True) -> None:
    """Say when a file listens where nobody reaches it, on a port that cannot be changed, or on another variable."""
    origin = Origin(path, found.line)
    if found.host in ports.LOCAL:
        ports.report_local(found.host, origin, "listen on `0.0.0.0`", reasons)
    if found.variable and found.variable != "PORT":
        address = found.takes_address
        other = Found("variable", found.port or 0, origin, "", variable=found.variable, takes_address=address)
        ports.report(other, reasons, forwards=forwards)
    elif found.options:
        ports.report(Found("option", found.port or 0, origin, "", options=found.options), reasons)
    elif found.port is not None and not found.reads_port:
        fix = f'read it: `int(os.environ.get("PORT", "{found.port}"))`'
        ports.report(Found("fixed", found.port, origin, "", fix), reasons)


def ambiguous(chosen: Entry, other: Entry, reasons: Reasons) -> None:
    """Say that another entry is as good as the one that is taken."""
    text = f"`{chosen.target}` is started; `{other.target}` could be meant just as well"
    fix = f'choose with the option `python.entry = "{other.target}"`'
    reasons.report(Diagnostic("BP697", "warning", text, other.origin, fix))


def imports(found: Imported, entry: Entry, reasons: Reasons) -> None:
    """Say that what the source imports is installed, as nothing declares it, and what is not."""
    text = "no file declares what to install"
    if found.packages:
        text += f", so what the source imports is, in its newest version: {_listed(found.packages)}"
    if found.unknown:
        text += f"; `{_listed(found.unknown)}` of no known package is imported too, and will be missing"
    fix = "write a file `requirements.txt`; `pip freeze` lists what your own environment holds"
    reasons.report(Diagnostic("BP694", "warning", text, entry.origin, fix))


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(name[:40] for name in names[:_MOST_SHOWN])
    return f"{shown}, …" if len(names) > _MOST_SHOWN else shown


def undeclared(chosen: Entry, reasons: Reasons) -> None:
    """Say that nothing declares what the app is made of."""
    row = chosen.framework
    name = row.packages[0] if row.packages else row.id
    text = f"`{chosen.path}` uses {row.title}, and no manifest declares `{name}`"
    reasons.report(Diagnostic("BP694", "warning", text, chosen.origin, f"add `{name}` to the dependencies"))


# Commands that somebody wrote (a Procfile, a configuration): what they start in the end, and where it listens.
#
# A command that is right is left alone. Development servers are replaced by what serves in production; an address that
# nobody outside of a container can reach, and a port that is fixed, are mended and reported.


# Program and sub-command in front of the real command; their own options may follow.
_RUNNERS = {"poetry": "run", "pipenv": "run", "uv": "run", "pdm": "run", "hatch": "run", "rye": "run", "pixi": "run"}
_WITH_VALUE = {"--with", "--extra", "--group", "--package", "--env-file", "--python", "-p", "--project", "--directory"}
_PREFIXES = frozenset({"exec", "env", "nohup", "tini", "dumb-init", "time"})
_PORT = re.compile(r"\d{1,5}")
_BIND_ADDRESS = re.compile(r"(?:(?P<host>\[[^\]]*\]|[^:/]*):)?(?P<port>\d{1,5})")
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
        known = known_program(program)
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
        found = find_listening(code)
        if found is None or found.options:
            # What the owner starts is taken as it is written.
            return self._port
        listens(found, code.path, self._situation.reasons)
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
        if installed(program.packages, situation.project):
            return
        wanted = program.requirement(situation.python)
        if wanted is None:
            text = f"`{command.program}` is started, and nothing declares `{program.packages[0]}`"
            self._report("BP690", "warning", text, f"add `{program.packages[0]}` to the dependencies")
            return
        self._requirements.append(wanted)
        say_server(wanted, self._origin, situation.reasons)

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
        found = bind(self._situation.tree, path)
        if found is not None:
            listens(found, path, self._situation.reasons, forwards=False)
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
            match = _BIND_ADDRESS.fullmatch(word.text)
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
            if known_program(name) is None and name not in {"flask", "celery"}:
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
