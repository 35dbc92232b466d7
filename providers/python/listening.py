"""Where a script listens: the port and the address that its calls name, and whether it reads PORT."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports

from .source_code import constant, iterate

if TYPE_CHECKING:
    from .source_code import Call, Code

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


def find(code: Code) -> Listening | None:
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
