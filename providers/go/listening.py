"""What makes a command a server, and where it listens: frameworks, `PORT`, and addresses in the code."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.origin import Origin, catalogue, rule
from buildplan.read import data_table

from .words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.ports import Listening
    from buildplan.model.reasons import Reasons

    from .packages import Package
    from .source_file import GoFile

DEFAULT_PORT = 8080
_ADDRESS = re.compile(r"(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:([0-9]{2,5})")
_NUMBER = re.compile(r":?([0-9]{2,5})")
# Where an address stands in code: `Listen(":80")`, `Listen("tcp", ":80")`, `Addr: ":80"`, `port = ":80"`.
_CALL = re.compile(
    r'\b(?:ListenAndServe(?:TLS)?|Listen(?:TLS)?|Run(?:TLS)?|Start(?:TLS)?)\s*\(\s*(?:"\d+"\s*,\s*)?"(\d+)"'
)
_NAMED = re.compile(
    r'\b(\w{0,30}(?:[Aa]ddr|ADDR|[Pp]ort|PORT|[Bb]ind|[Ll]isten)\w{0,20})\s{0,9}(?::=|=|:)\s{0,9}"(\d+)"'
)
_NAMED_NUMBER = re.compile(r"\b(\w{0,30}[Pp]ort\w{0,20})\s{0,9}(?::=|=|:)\s{0,9}(\d{2,5})\b")
# A flag or setting with its default; functions that end in `P` take a short name between.
_FLAG = re.compile(
    r'\.(?:(?:String|Int)(?:Var)?|SetDefault)\s*\([^"()]{0,80}"(\d+)"\s*,\s*(?:"(\d+)"|(\d{2,5}))'
    r'|\.(?:String|Int)(?:Var)?P\s*\([^"()]{0,80}"(\d+)"\s*,\s*"\d+"\s*,\s*(?:"(\d+)"|(\d{2,5}))'
)
# `Flag("listen-address", "…").Default("0.0.0.0:9090")`, as kingpin has it.
_DEFAULTED = re.compile(r'\bFlag\(\s*"(\d+)"[^()]{0,300}\)\s*\.\s*Default\(\s*"(\d+)"')
_PLACE = re.compile(r"Port|Addr|Bind|Listen|^(?:port|addr|bind|listen)|_(?:port|addr|bind|listen)|PORT|ADDR")
_NO_PORT = re.compile(r"(?:re|im|ex|sup|trans|pass|rap|air)port", re.IGNORECASE)
# Struct tags: `env:"SHOP_PORT" default:"3000"`.
_TAGGED = re.compile(r'\b(?:env|envconfig)\s*:\s*"((?:\w{1,60}_)?PORT)\b')
_TAG_DEFAULT = re.compile(r'\b(?:default|envDefault|env-default)\s*:\s*":?([0-9]{2,5})"')
_FLAG_NAMES = re.compile(
    r"(?:\w+[._-])?(?:port|bind|(?:listen|http)[._-]port|(?:(?:listen|http)[._-])?addr(?:ess)?|listen|http)",
    re.IGNORECASE,
)
_TAG = re.compile(r'\b(?:env|envconfig|envDefault|mapstructure)\s*:\s*"PORT\b')
# What stands before the name of a variable that is read: `os.Getenv(`, `getEnv(`, `viper.BindEnv("port", `.
_READ = r'(?i:env\w{0,20})\s{0,4}\(\s{0,4}(?:"\d{1,6}"\s{0,4},\s{0,4})?'
_TAGGED_VARIABLE = re.compile(r'\b(?:env|envconfig)\s*:\s*"([A-Z][A-Z0-9_]{1,60})\b')
_MAJOR = re.compile(r"/v[0-9]{1,3}$")
_GIN_RUN = re.compile(r"\.Run\s*\(\s*\)")
_DEFAULT = re.compile(r'"(\d+)"|[=,]\s{0,4}(\d{4,5})\b')
# How far behind the word `PORT` its default is looked for.
_DEFAULT_WITHIN = 300


@dataclass(frozen=True, slots=True)
class Framework:
    """A row of `frameworks.toml`."""

    id: str
    title: str
    imports: tuple[str, ...]
    calls: tuple[str, ...] = ()
    port: int | None = None
    reads_port: bool = False
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A framework and the import, or the call, that shows it."""

    framework: Framework
    origin: Origin


@dataclass(frozen=True, slots=True)
class _Address:
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
def frameworks() -> tuple[Framework, ...]:
    """Return all rows, what says most about an app first."""
    rows = data_table.read(__file__, "frameworks")["framework"]
    return tuple(_row(row) for row in rows)


def _row(row: dict[str, Any]) -> Framework:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Framework(**fields)


@functools.cache
def _by_import() -> dict[str, Framework]:
    return {path: framework for framework in frameworks() for path in framework.imports}


def matches(closure: tuple[Package, ...]) -> tuple[Match, ...]:
    """Return the frameworks of a command that make it a server, strongest first."""
    known = _by_import()
    found: dict[str, Origin] = {}
    for package in closure:
        for file, item in package.imports:
            framework = known.get(item.text) or known.get(_MAJOR.sub("", item.text))
            if framework is not None and framework.id not in found:
                found[framework.id] = file.origin(item.line, item.text)
    result = []
    for framework in frameworks():
        origin = found.get(framework.id)
        if origin is not None and framework.calls:
            origin = _call(closure, framework.calls)
        if origin is not None:
            result.append(Match(framework, origin))
    return tuple(result)


def _call(closure: tuple[Package, ...], names: tuple[str, ...]) -> Origin | None:
    alternatives = "|".join(rf"\b{re.escape(name)}" if "." in name else rf"\.{name}" for name in names)
    pattern = re.compile(rf"(?:{alternatives})\s*\(")
    for package in closure:
        for file in package.files:
            match = pattern.search(file.code)
            if match:
                return file.origin(file.line_at(match.start()))
    return None


def find(
    closure: tuple[Package, ...], found: tuple[Match, ...], reasons: Reasons, *, forwards: bool = True
) -> Listening:
    """Return where the app listens; notes why, and reports what a platform trips over.

    `forwards`: the start can put `PORT` into the variable that the code reads.
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


def _reads_port(closure: tuple[Package, ...], found: tuple[Match, ...]) -> tuple[int, Origin, str] | None:
    for package in closure:
        for file in package.files:
            for number, literal in enumerate(file.literals):
                if literal.text != "PORT" and not _TAG.search(literal.text):
                    continue
                default = _default_after(file, number)
                place = file.origin(literal.line, "PORT")
                if default is not None:
                    return default, place, "`PORT` decides; this is what the code takes without it"
                return DEFAULT_PORT, place, "`PORT` decides; this is the usual port of Go servers"
    for match in found:
        if match.framework.reads_port and match.framework.port is not None:
            for package in closure:
                for file in package.files:
                    call = _GIN_RUN.search(file.code)
                    if call is not None:
                        place = file.origin(file.line_at(call.start()))
                        why = f"{match.framework.title} reads `PORT`; this is its default"
                        return match.framework.port, place, why
    return None


def _default_after(file: GoFile, number: int) -> int | None:
    """Return the port that stands shortly behind the word `PORT` in the code, or in the same struct tag."""
    tag = re.search(r'(?:default|envDefault)\s*:\s*":?([0-9]{2,5})"', file.literals[number].text)
    if tag:
        return _checked(tag[1])
    start = file.code.find(f'"{number}"')
    if start < 0:
        return None
    for quoted in _DEFAULT.finditer(file.code[start + 1 : start + _DEFAULT_WITHIN]):
        text = quoted[2] or file.literal(quoted[1]).text
        address = _ADDRESS.fullmatch(text)
        match = _NUMBER.fullmatch(text if address is None else address[2])
        # The largest port there is stands in checks, not in defaults.
        if match and match[1] != str(ports.LARGEST):
            return _checked(match[1])
    return None


def _checked(text: str) -> int | None:
    return int(text) if 0 < int(text) <= ports.LARGEST else None


def _addresses(closure: tuple[Package, ...]) -> Iterator[_Address]:
    for package in closure:
        for file in package.files:
            for item in _addresses_in(file):
                # Where something surely listens, any port may be the app's.
                if item.rank <= 1 or str(item.port) not in listed("other_ports"):
                    yield item


def _addresses_in(file: GoFile) -> Iterator[_Address]:
    """Yield what is listened on, what options set, and what names say: ranks 0, 1 and 2; bare numbers are 3."""
    texts = [("", match[1], 0) for match in _CALL.finditer(file.code)]
    for match in _FLAG.finditer(file.code):
        name, text, number = match.groups()[:3] if match[1] is not None else match.groups()[3:]
        option = file.literal(name).text
        if _FLAG_NAMES.fullmatch(option) and text is not None:
            texts.append((option, text, 1))
        elif _FLAG_NAMES.fullmatch(option) and _checked(number):
            place = file.origin(file.line_at(match.start()))
            yield _Address(int(number), local=False, origin=place, rank=1, other=_is_other(option))
    defaulted = ((file.literal(match[1]).text, match[2]) for match in _DEFAULTED.finditer(file.code))
    texts += [(option, text, 1) for option, text in defaulted if _FLAG_NAMES.fullmatch(option)]
    texts += [(match[1], match[2], 2) for match in _NAMED.finditer(file.code) if _names_place(match[1])]
    for name, number, rank in texts:
        literal = file.literal(number)
        address = _ADDRESS.fullmatch(literal.text)
        if address is not None and _checked(address[2]):
            other = _is_other(name)
            yield _Address(int(address[2]), address[1] in ports.LOCAL, file.origin(literal.line), rank, other)
    for literal in file.literals:
        tagged = _TAGGED.search(literal.text)
        default = _TAG_DEFAULT.search(literal.text) if tagged is not None else None
        if tagged is not None and default is not None and _checked(default[1]):
            yield _Address(
                int(default[1]), local=False, origin=file.origin(literal.line), rank=1, other=_is_other(tagged[1])
            )
    for match in _NAMED_NUMBER.finditer(file.code):
        if _names_place(match[1]) and _checked(match[2]):
            place = file.origin(file.line_at(match.start()))
            yield _Address(int(match[2]), local=False, origin=place, rank=3, other=_is_other(match[1]))


def _names_place(name: str) -> bool:
    """Return whether a name speaks of a port or an address, and not of a report or an import."""
    return _PLACE.search(name) is not None and _NO_PORT.search(name) is None


def _is_other(name: str) -> bool:
    """Return whether a name is that of a service beside the app's own HTTP."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return any(word.lower() in listed("other_services") for word in words)


def _usual(framework: Match | None) -> int:
    return (framework.framework.port if framework is not None else None) or DEFAULT_PORT


def _named_variable(closure: tuple[Package, ...]) -> tuple[str, Origin, int | None] | None:
    """Return the variable, other than `PORT`, that says where the app listens, and the port without it."""
    for package in closure:
        for file in package.files:
            for number, literal in enumerate(file.literals):
                tagged = _TAGGED_VARIABLE.search(literal.text)
                name = tagged[1] if tagged is not None else literal.text
                if not ports.is_own(name) or _is_other(name.lower()):
                    continue
                if tagged is None and not re.search(rf'{_READ}"{number}"', file.code):
                    continue
                following = file.literals[number + 1].text if number + 1 < len(file.literals) else ""
                if ports.is_address(name) and (following in ports.LOCAL or following == ports.ANYWHERE):
                    continue  # It holds a host alone.
                return name, file.origin(literal.line, name), _default_after(file, number)
    return None


def _report_local(addresses: list[_Address], reasons: Reasons) -> None:
    if addresses and all(address.local for address in addresses):
        fix = f'listen on all addresses: `":{addresses[0].port}"`'
        ports.report_local("localhost", addresses[0].origin, fix, reasons)
