"""What makes a command a server, and where it listens: frameworks, `PORT`, and addresses in the code."""

from __future__ import annotations

import functools
import itertools
import operator
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.origin import Origin, catalogue, rule

from . import port_option, tables, viper_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.ports import By, Listening
    from buildplan.model.reasons import Reasons
    from buildplan.read.syntax import Value

    from .packages import Closure
    from .source_file import GoFile
    from .tables import Framework

DEFAULT_PORT = 8080
_ADDRESS = re.compile(r"(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:([0-9]{2,5})")
_NUMBER = re.compile(r":?([0-9]{2,5})")
_PLAIN_NUMBER = re.compile(r"[0-9]{2,5}")
# Functions that are given the address: `Listen(":80")`, `Listen("tcp", ":80")`.
_LISTEN = ("ListenAndServe", "ListenAndServeTLS", "Listen", "ListenTLS", "Run", "RunTLS", "Start", "StartTLS")
# Methods that make an option or a setting with its default; those that end in `P` take a short name between.
_OPTION = ("String", "StringVar", "Int", "IntVar", "SetDefault")
_SHORT_OPTION = ("StringP", "StringVarP", "IntP", "IntVarP")
_OPTION_CALLS = ("SetDefault(", "String(", "StringVar", "StringP(", "Int(", "IntVar", "IntP(", ".Default(")
# How names that hold a port or an address are written; what `_PLACE` and `_FLAG_NAMES` say in full.
_NAMES = ("Port", "port", "PORT", "Addr", "addr", "ADDR", "Bind", "bind", "Listen", "listen")
# An address holds one of these, and a number is set under such a name.
_COLONS = tuple(f":{digit}" for digit in range(10))
_PORT_IS_SET = tuple(re.compile(word + rb"\w{0,20}\s*(?::=|=|:)\s*[0-9]{2}") for word in (b"Port", b"port"))
_OPTION_NAMES = tuple(
    f"{word}{quote}"
    for name in ("port", "bind", "addr", "address", "listen", "http")
    for word in (name, name.capitalize(), name.upper())
    for quote in '"`'
)
_PLACE = re.compile(r"Port|Addr|Bind|Listen|^(?:port|addr|bind|listen)|_(?:port|addr|bind|listen)|PORT|ADDR")
_NO_PORT = re.compile(r"(?:re|im|ex|sup|trans|pass|rap|air)port", re.IGNORECASE)
# Struct tags: `env:"SHOP_PORT" default:"3000"`.
_TAGGED = re.compile(r'\b(?:env|envconfig)\s*:\s*"((?:\w{1,60}_)?PORT)\b')
_TAGS = ("env:", "envconfig:")
_PORT = ('"PORT', "`PORT`")
_TAG_DEFAULT = re.compile(r'\b(?:default|envDefault|env-default)\s*:\s*":?([0-9]{2,5})"')
_FLAG_NAMES = re.compile(
    r"(?:\w+[._-])?(?:port|bind|(?:listen|http)[._-]port|(?:(?:listen|http)[._-])?addr(?:ess)?|listen|http)",
    re.IGNORECASE,
)
# Names that `ports.is_own` may know, with the quote behind them.
_OTHER_ENDINGS = tuple(f"_{ending}{quote}" for ending in ("PORT", "ADDR", "ADDRESS") for quote in '"`,')
_TAG = re.compile(r'\b(?:env|envconfig|envDefault|mapstructure)\s*:\s*"PORT\b')
# What is in the name of a function that reads a variable: `os.Getenv`, `lookupEnv`, `viper.BindEnv`.
_ENVIRONMENT = ("env", "Env", "ENV")
_TAGGED_VARIABLE = re.compile(r'\b(?:env|envconfig)\s*:\s*"([A-Z][A-Z0-9_]{1,60})\b')
_MAJOR = re.compile(r"/v[0-9]{1,3}$")
_FOUR_DIGITS = re.compile(r"[0-9]{4,5}")
# How far behind the word `PORT` its default is looked for.
_DEFAULT_WITHIN = 300


class Match(NamedTuple):
    """A framework and the import, or the call, that shows it."""

    framework: Framework
    origin: Origin


class _Address(NamedTuple):
    """An address in the code; the better the evidence that the app listens there, the less is `rank`."""

    port: int
    local: bool
    origin: Origin
    rank: int
    other: bool = False

    @property
    def order(self) -> tuple[bool, bool, int]:
        return (self.other, self.local, self.rank)


@functools.cache
def _by_import() -> dict[str, Framework]:
    return {path: framework for framework in tables.FRAMEWORKS for path in framework.imports}


def matches(closure: Closure) -> tuple[Match, ...]:
    """Return the frameworks of a command that make it a server, strongest first."""
    known = _by_import()
    found: dict[str, Origin] = {}
    for package in closure:
        for file, item in package.imports:
            framework = known.get(item.text) or known.get(_MAJOR.sub("", item.text))
            if framework is not None and framework.id not in found:
                found[framework.id] = file.origin(item.line, item.text)
    result = []
    for framework in tables.FRAMEWORKS:
        origin = found.get(framework.id)
        if origin is not None and framework.calls:
            origin = _call(closure, framework.calls)
        if origin is not None:
            result.append(Match(framework, origin))
    return tuple(result)


def _call(closure: Closure, names: tuple[str, ...]) -> Origin | None:
    last = tuple(name.rpartition(".")[2] for name in names)
    for file in closure.files.mentioning(tuple(f"{name}(" for name in last)):
        for call in file.code.calls(last):
            if call.full_name in names or (call.name in names and call.receiver):
                return file.origin(call.line)
    return None


def find(
    closure: Closure,
    found: tuple[Match, ...],
    reasons: Reasons,
    *,
    forwards: bool = True,
    word: str | None = None,
) -> Listening:
    """Return where the app listens; notes why, and reports what a platform trips over.

    `forwards`: the start can put `PORT` into the variable or the option that the program reads. `word` is the
    sub-command that is started.
    """
    reads = _reads_port(closure, found)
    addresses = sorted(_addresses(closure), key=lambda address: address.order)
    if reads is not None:
        heard = ports.decide(Found("PORT", *reads), reasons)
        _report_local([item for item in addresses if item.port == heard.port], reasons)
        return heard
    framework = next((match for match in found if match.framework.port is not None), None)
    named = _named_variable(closure)
    if named is not None:
        name, place, default = named
        number = default or (addresses[0].port if addresses else _usual(framework))
        origin = place if default or not addresses else addresses[0].origin
        why = f"what the code takes without `{name}`"
        address = ports.is_address(name)
        other = Found("variable", number, origin, why, variable=name, takes_address=address, read_at=place)
        heard = ports.decide(other, reasons, forwards=forwards)
        if not (heard.forwards and address):
            _report_local(addresses[:1], reasons)
        return heard
    setting = viper_settings.find(closure)
    # What is listened on directly is the last word.
    direct = bool(addresses) and addresses[0].rank == 0
    option = port_option.find(closure, word) if forwards and not direct else None
    if setting is not None and (option is None or not option.sets_host):
        by: By = "PORT" if setting.name == "PORT" else "variable"
        number = setting.port or _usual(framework)
        why = f"viper reads `{setting.name}`; this is what the code takes without it"
        other = Found(by, number, setting.origin, why, variable=setting.name)
        return ports.decide(other, reasons, forwards=forwards)
    if option is not None:
        why = "what the program takes without its option"
        return ports.decide(Found("option", option.port, option.origin, why, options=option.words), reasons)
    if addresses:
        first = addresses[0]
        fix = f'read it: `os.Getenv("PORT")`, with {first.port} when it is empty'
        why = "the address that the code listens on"
        heard = ports.decide(Found("fixed", first.port, first.origin, why, fix), reasons)
        _report_local(addresses[:1], reasons)
        return heard
    if framework is not None and framework.framework.port is not None:
        place = catalogue(f"frameworks.{framework.framework.id}")
        why = f"the default of {framework.framework.title}"
        return ports.decide(Found("usual", framework.framework.port, place, why), reasons)
    why = "nothing in the code says which; the usual port of Go servers"
    return ports.decide(Found("PORT", DEFAULT_PORT, rule("port"), why), reasons)


def _reads_port(closure: Closure, found: tuple[Match, ...]) -> tuple[int, Origin, str] | None:
    prefix = _tag_prefix(closure)
    for file in closure.files.quoting(lambda text: text.startswith("PORT")):
        for literal in file.code.strings(_PORT):
            if literal.text != "PORT" and (prefix or not _TAG.search(literal.text)):
                continue
            default = _default_after(file, literal)
            place = file.origin(literal.line, "PORT")
            if default is not None:
                return default, place, "`PORT` decides; this is what the code takes without it"
            return DEFAULT_PORT, place, "`PORT` decides; this is the usual port of Go servers"
    for match in found:
        if match.framework.reads_port and match.framework.port is not None:
            for file in closure.files.mentioning((".Run()",)):
                if not any(item.text in match.framework.imports for item in file.imports):
                    continue  # `Run()` of a command, not of a router
                call = next((call for call in file.code.calls(("Run",)) if call.receiver and not call.arguments), None)
                if call is not None:
                    why = f"{match.framework.title} reads `PORT`; this is its default"
                    return match.framework.port, file.origin(call.line), why
    return None


def _default_after(file: GoFile, name: Value) -> int | None:
    """Return the port that stands shortly behind the word `PORT` in the code, or in the same struct tag."""
    tag = re.search(r'(?:default|envDefault)\s*:\s*":?([0-9]{2,5})"', name.text)
    if tag:
        return _checked(tag[1])
    numbers = (item["number"][0] for item in file.code.matches("numbers"))
    set_numbers = [item for item in numbers if _FOUR_DIGITS.fullmatch(item.text) and _is_set(file, item.start)]
    behind = [item for item in (*file.code.strings(), *set_numbers) if 0 < item.start - name.start < _DEFAULT_WITHIN]
    for item in sorted(behind, key=operator.attrgetter("start")):
        address = _ADDRESS.fullmatch(item.text)
        match = _NUMBER.fullmatch(item.text if address is None else address[2])
        # The largest port there is stands in checks, not in defaults.
        if match and match[1] != str(ports.LARGEST):
            return _checked(match[1])
    return None


def _is_set(file: GoFile, start: int) -> bool:
    """Return whether a number is given to something, or handed over as a further argument."""
    return file.code.content[:start].rstrip()[-1:] in (b"=", b",")


def _checked(text: str) -> int | None:
    return int(text) if 0 < int(text) <= ports.LARGEST else None


def _addresses(closure: Closure) -> Iterator[_Address]:
    files = closure.files
    addresses = files.quoting(_ADDRESS.fullmatch)
    options = files.quoting(_FLAG_NAMES.fullmatch)
    tagged = files.quoting(lambda text: text.endswith("PORT"))
    for file in files.among(addresses, files.fitting(*_PORT_IS_SET), options, tagged):
        for item in _addresses_in(file):
            # Where something surely listens, any port may be the app's.
            if item.rank <= 1 or str(item.port) not in tables.OTHER_PORTS:
                yield item


def _addresses_in(file: GoFile) -> Iterator[_Address]:
    """Yield what is listened on, what options set, and what names say: ranks 0, 1 and 2; bare numbers are 3."""
    may = file.code.mentions(_COLONS) or any(file.code.fits(pattern) for pattern in _PORT_IS_SET)
    bindings = [
        item for item in (file.code.bindings(_NAMES) if may else ()) if _names_place(item.name.rpartition(".")[2])
    ]
    texts = [("", value, 0) for value in _listened(file)]
    options = [item for item in _options(file) if _FLAG_NAMES.fullmatch(item[0])]
    texts += [(option, value, 1) for option, value in options if value.kind == "string"]
    texts += [(item.name, item.value, 2) for item in bindings if item.value.kind == "string"]
    for option, value in options:
        if value.kind == "number" and _PLAIN_NUMBER.fullmatch(value.text) and _checked(value.text):
            place = file.origin(value.line)
            yield _Address(int(value.text), local=False, origin=place, rank=1, other=_is_other(option))
    for name, literal, rank in texts:
        address = _ADDRESS.fullmatch(literal.text)
        if address is not None and _checked(address[2]):
            other = _is_other(name)
            yield _Address(int(address[2]), address[1] in ports.LOCAL, file.origin(literal.line), rank, other)
    for literal in file.code.strings(_TAGS):
        tagged = _TAGGED.search(literal.text)
        default = _TAG_DEFAULT.search(literal.text) if tagged is not None else None
        if tagged is not None and default is not None and _checked(default[1]):
            yield _Address(
                int(default[1]), local=False, origin=file.origin(literal.line), rank=1, other=_is_other(tagged[1])
            )
    for item in bindings:
        name = item.name.rpartition(".")[2]
        number = item.value.text
        if "ort" in name and item.value.kind == "number" and _PLAIN_NUMBER.fullmatch(number) and _checked(number):
            yield _Address(int(number), local=False, origin=file.origin(item.line), rank=3, other=_is_other(name))


def _listened(file: GoFile) -> Iterator[Value]:
    """Yield the addresses that are listened on: the first argument, or the second one after the network's name."""
    for call in file.code.calls(_LISTEN) if file.code.mentions(_COLONS) else ():
        strings = list(itertools.takewhile(lambda item: item.kind == "string", call.arguments[:2]))
        if strings:
            yield strings[-1]


def _options(file: GoFile) -> Iterator[tuple[str, Value]]:
    """Yield the names of options and settings, each with its default."""
    if not (file.code.mentions(_OPTION_CALLS) and file.code.mentions(_OPTION_NAMES)):
        return
    for call in file.code.calls((*_OPTION, *_SHORT_OPTION)):
        first = next((index for index, item in enumerate(call.arguments) if item.kind == "string"), None)
        if first is not None and call.receiver:
            default = call.arguments[first + (2 if call.name in _SHORT_OPTION else 1) :][:1]
            yield from ((call.arguments[first].text, value) for value in default)
    # `Flag("listen-address", "…").Default("0.0.0.0:9090")`, as kingpin has it.
    for call in file.code.calls(("Default",)):
        if call.on is not None and call.on.name == "Flag" and call.on.arguments and call.arguments:
            yield call.on.arguments[0].text, call.arguments[0]


def _names_place(name: str) -> bool:
    """Return whether a name speaks of a port or an address, and not of a report or an import."""
    return _PLACE.search(name) is not None and _NO_PORT.search(name) is None


def _is_other(name: str) -> bool:
    """Return whether a name is that of a service beside the app's own HTTP."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return any(word.lower() in tables.OTHER_SERVICES for word in words)


def _usual(framework: Match | None) -> int:
    return (framework.framework.port if framework is not None else None) or DEFAULT_PORT


def _named_variable(closure: Closure) -> tuple[str, Origin, int | None] | None:
    """Return the variable, other than `PORT`, that says where the app listens, and the port without it."""
    prefix = _tag_prefix(closure)

    def may(text: str) -> bool:
        name = text.partition(",")[0]
        return ports.is_own(name) or (bool(prefix) and name == "PORT")

    for file in closure.files.quoting(may):
        literals = file.code.strings((*_OTHER_ENDINGS, '"PORT') if prefix else _OTHER_ENDINGS)
        read = _read_variables(file) if literals else frozenset()
        for number, literal in enumerate(literals):
            tagged = _TAGGED_VARIABLE.search(literal.text)
            name = f"{prefix}{tagged[1]}" if tagged is not None else literal.text
            is_prefixed = bool(prefix) and name == f"{prefix}PORT"
            if not (is_prefixed or ports.is_own(name)) or _is_other(name.lower()):
                continue
            if tagged is None and literal.start not in read:
                continue
            following = literals[number + 1].text if number + 1 < len(literals) else ""
            if ports.is_address(name) and (following in ports.LOCAL or following == ports.ANYWHERE):
                continue  # It holds a host alone.
            return name, file.origin(literal.line, name), _default_after(file, literal)
    return None


def _tag_prefix(closure: Closure) -> str:
    """Return what stands before the names in struct tags: `PrefixLookuper("SHOP_", …)`, `Process("shop", &config)`.

    https://pkg.go.dev/github.com/sethvargo/go-envconfig, https://pkg.go.dev/github.com/kelseyhightower/envconfig
    """
    for file in closure.files.mentioning(("envconfig.",)):
        for call in file.code.calls(("PrefixLookuper", "Process", "MustProcess")):
            first = call.arguments[0] if call.arguments else None
            if call.receiver == "envconfig" and first is not None and first.kind == "string" and first.text:
                return first.text if call.name == "PrefixLookuper" else f"{first.text.upper()}_"
    return ""


def _read_variables(file: GoFile) -> frozenset[int]:
    """Return where the names of variables that are read stand: `os.Getenv("X")`, `viper.BindEnv("port", "X")`."""
    return frozenset(
        item.start
        for call in file.code.calls_like(_ENVIRONMENT)
        for item in itertools.takewhile(lambda item: item.kind == "string", call.arguments[:2])
    )


def _report_local(addresses: list[_Address], reasons: Reasons) -> None:
    if addresses and all(address.local for address in addresses):
        fix = f'listen on all addresses: `":{addresses[0].port}"`'
        ports.report_local("localhost", addresses[0].origin, fix, reasons)
