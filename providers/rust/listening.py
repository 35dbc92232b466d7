"""Where a server listens: `PORT`, other variables, addresses in the code and in its configuration."""

from __future__ import annotations

import itertools
import operator
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from buildplan.language import ports
from buildplan.language.ports import ANYWHERE, LARGEST, Found, Listening
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, catalogue, rule
from buildplan.read import own_dockerfile, toml_document

from . import addresses, clap_port, settings_files, source_file, tables
from .addresses import ADDRESS, LOCAL, SMALLEST, Address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.language.ports import By
    from buildplan.model.reasons import Reasons
    from buildplan.read.corpus import Corpus
    from buildplan.read.syntax import Attribute, Source, Value
    from buildplan.source import SourceTree

    from .tables import Framework

DEFAULT_PORT = 8080
# What gives the value that is taken without a variable.
_DEFAULTS = ("unwrap_or", "unwrap_or_else", "or", "map_or", "map_or_else", "Ok", "default")
_OTHER_VARIABLE = re.compile(
    r"(?:[A-Z][A-Z0-9]*_)*(?:HTTP|SERVER|LISTEN|WEB|API|APP|BIND|SITE)_(?:PORT|ADDR|ADDRESS)|LISTEN|BIND|ADDR|LISTEN_ON"
)
# How far behind a variable's name its default is looked for, and in a call its value.
_WITHIN = 300
_NEAR = 60
_MOST_NAMES = 50
_CONFIG_SECTIONS = ("server", "application", "app", "http", "web", "service", "")
_CONFIG_KEYS = ("port", "http_port")


def find(
    tree: SourceTree,
    files: Corpus[Source],
    framework: Framework | None,
    config: tuple[str, ...],
    reasons: Reasons,
) -> Listening:
    """Return where the app listens; notes why, and reports what a platform trips over."""
    environment = tuple(_environment(files, reasons))
    known = _reads_port(files)
    if known is not None:
        heard = ports.decide(Found("PORT", *known), reasons)
        local = [item for item in addresses.find(files) if item.port == heard.port]
        _report_local(local, environment, reasons)
        return heard._replace(environment=environment)
    if framework is not None and framework.id == "rocket":
        number, origin = _rocket_port(tree, framework)
        why = "`ROCKET_PORT` is set to `PORT`; this is what is taken without it"
        return ports.decide(Found("PORT", number, origin, why), reasons)
    found = sorted(addresses.find(files), key=lambda item: item.local)
    clap = clap_port.find(files)
    if clap is not None:
        number = clap.port or (found[0].port if found else DEFAULT_PORT)
        by: By = "variable" if clap.variable else "option"
        why = f"what the program takes without `{clap.variable or clap.options[0]}`"
        said = Found(by, number, clap.origin, why, variable=clap.variable or "PORT", options=clap.options)
        return ports.decide(said, reasons)._replace(environment=environment)
    named = next(_named_variables(files), None)
    if named is not None:
        number, name, origin = named
        why = f"what the code takes without `{name}`"
        return ports.decide(
            Found("variable", number, origin, why, variable=name, takes_address=ports.is_address(name)), reasons
        )._replace(
            environment=environment,
        )
    configured = next(_configured(tree, config), None)
    if configured is not None:
        why = "the port of the app's configuration"
        by = "usual" if _reported(files, reasons) else "fixed"
        fixed = Found(by, configured.port, configured.origin, why, _fix(configured.port), where="in the configuration")
        heard = ports.decide(fixed, reasons)
        _report_local([configured], environment, reasons)
        return heard._replace(environment=environment)
    if found:
        first = found[0]
        other = _other_variable(files)
        why = "the address that the code listens on"
        heard = ports.decide(
            Found("usual" if other else "fixed", first.port, first.origin, why, _fix(first.port)), reasons
        )
        if other is not None:
            _report_variable(*other, reasons)
            if first.local and other[0].endswith(("ADDR", "ADDRESS", "BIND", "LISTEN", "LISTEN_ON")):
                value = f"{ANYWHERE}:{first.port}"
                why = "without it the app listens on localhost only"
                reasons.decide(f"run.environment.{other[0]}", value, other[1], why)
                environment = (*environment, (other[0], value))
        _report_local(found[:1], environment, reasons)
        return heard._replace(environment=environment)
    if framework is not None and framework.port is not None:
        place = catalogue(f"frameworks.{framework.id}")
        usual = Found("usual", framework.port, place, f"the default of {framework.title}")
        return ports.decide(usual, reasons)._replace(environment=environment)
    exposed = own_dockerfile.exposed(tree)
    usual = Found("usual", DEFAULT_PORT, rule("port"), "nothing in the code says which")
    if exposed is not None:
        usual = Found("usual", exposed.value, exposed.origin, "the tree's Dockerfile exposes it")
    _reported(files, reasons)
    return ports.decide(usual, reasons)._replace(environment=environment)


def _fix(port: int) -> str:
    return f'read it: `std::env::var("PORT")`, with {port} when it is not set'


def _reads_port(files: Corpus[Source]) -> tuple[int, Origin, str] | None:
    why = "`PORT` decides; this is what the code takes without it"
    usual = "`PORT` decides; nothing says what the code takes without it"
    for file in files.quoting("PORT".__eq__):
        for literal in file.strings():
            if literal.text == "PORT":
                number = _default_of(file, literal)
                origin = file.origin(literal.line, "PORT")
                return (number, origin, why) if number else (DEFAULT_PORT, origin, usual)
    # `#[arg(long, env)] port: u16` of clap, and a field `port` of what `envy` fills.
    for file in files.mentioning(_OPTIONS):
        for field in source_file.fields(file, ("port",)):
            option = next((item for item in field.attributes if _reads_its_name(file, item)), None)
            if option is not None and field.name.text == "port":
                number = _first_port(source_file.defaults(file, option))
                origin = file.origin(field.name.line, "port")
                return (number, origin, why) if number else (DEFAULT_PORT, origin, usual)
    if files.says(("envy::from_env", "envy::prefixed")):
        for file in files.mentioning(("port",)):
            for field in source_file.fields(file, ("port",)):
                if field.name.text == "port":
                    return DEFAULT_PORT, file.origin(field.name.line, "port"), usual
    return None


_OPTIONS = tuple(f"#[{name}(" for name in source_file.OPTIONS)


def _reads_its_name(file: Source, attribute: Attribute) -> bool:
    """Return whether an option is read from the variable that is called like its field: `env`, and not `env = "X"`."""
    if attribute.name not in source_file.OPTIONS:
        return False
    marks = (file.content[item.end : item.end + 4].lstrip()[:1] for item in attribute.arguments if item.text == "env")
    return any(mark != b"=" for mark in marks)


def _default_of(file: Source, name: Value) -> int | None:
    """Return the port that the code takes where a variable is not set: near its name, or in the same attribute."""
    for attribute in file.attributes(source_file.OPTIONS):
        if attribute.start < name.start < attribute.end:
            return _first_port(source_file.defaults(file, attribute))
    values: list[Value] = []
    for call in file.calls(_DEFAULTS):
        for item in call.arguments[:2]:
            if 0 < item.start - name.start < _WITHIN:
                end = min(item.end, item.start + _NEAR)
                values += (value for value in _literals(file) if item.start <= value.start < end)
    return _first_port(sorted(values, key=operator.attrgetter("start")))


def _literals(file: Source) -> Iterator[Value]:
    yield from file.strings()
    yield from (item["number"][0] for item in file.matches("numbers"))


def _first_port(values: Iterable[Value]) -> int | None:
    for value in values:
        address = ADDRESS.fullmatch(value.text)
        number = addresses.number_of(address[2] if address else value.text)
        # The largest port there is stands in checks, not in defaults.
        if number is not None and 0 < number < LARGEST:
            return number
    return None


def _named_variables(files: Corpus[Source]) -> Iterator[tuple[int, str, Origin]]:
    """Yield the defaults of variables that are called like `HTTP_PORT` or `HTTP_ADDR`."""
    for file in files.quoting(ports.is_own):
        named = (literal for literal in file.strings() if ports.is_own(literal.text))
        for literal in itertools.islice(named, _MOST_NAMES):
            number = _default_of(file, literal)
            if number is not None and number >= SMALLEST:
                yield number, literal.text, file.origin(literal.line, literal.text)


def _environment(files: Corpus[Source], reasons: Reasons) -> Iterator[tuple[str, str]]:
    """Yield the variables that an app binds to, where it takes localhost without them."""
    seen: set[str] = set()
    for file in files.quoting(tables.ADDRESS_VARIABLES.__contains__):
        for name, value in pairwise(file.strings()):
            if name.text not in tables.ADDRESS_VARIABLES or name.text in seen or value.text not in LOCAL:
                continue
            between = file.text(name.end, value.start)
            if len(between) < _WITHIN // 2 and not re.search(r"[;{}]", between.replace("|_| {", "")):
                seen.add(name.text)
                origin = file.origin(name.line, name.text)
                field = f"run.environment.{name.text}"
                reasons.decide(field, ANYWHERE, origin, "without it the app listens on localhost only")
                yield name.text, ANYWHERE


def _rocket_port(tree: SourceTree, framework: Framework) -> tuple[int, Origin]:
    if tree.has("Rocket.toml"):
        document = toml_document.read(tree, "Rocket.toml")
        for profile in ("release", "production", "default", "global"):
            value = document.get(profile, "port")
            if isinstance(value, int) and 0 < value <= LARGEST:
                return value, document.origin(profile, "port")
    return framework.port or DEFAULT_PORT, catalogue(f"frameworks.{framework.id}")


def _configured(tree: SourceTree, paths: tuple[str, ...]) -> Iterator[Address]:
    """Yield the ports that the app's configuration names, in files that are shipped with it."""
    for path in paths:
        document = settings_files.read(tree, path)
        if document is None:
            continue
        for section in _CONFIG_SECTIONS:
            for key in _CONFIG_KEYS:
                keys = (section, key) if section else (key,)
                value = document.get(*keys)
                if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST:
                    yield Address(value, local=False, origin=document.origin(*keys))
            for key in ("address", "addr", "bind", "listen"):
                keys = (section, key) if section else (key,)
                value = document.get(*keys)
                match = ADDRESS.fullmatch(value) if isinstance(value, str) else None
                if match is not None and 0 < int(match[2]) <= LARGEST:
                    yield Address(int(match[2]), match[1] in LOCAL, document.origin(*keys))


def _other_variable(files: Corpus[Source]) -> tuple[str, Origin] | None:
    """Return the variable, other than `PORT`, that says where the app listens."""
    for file in files.quoting(_OTHER_VARIABLE.fullmatch):
        for literal in file.strings():
            if _OTHER_VARIABLE.fullmatch(literal.text):
                return literal.text, file.origin(literal.line)
    return None


def _reported(files: Corpus[Source], reasons: Reasons) -> bool:
    other = _other_variable(files)
    if other is not None:
        _report_variable(*other, reasons)
    return other is not None


def _report_variable(name: str, origin: Origin, reasons: Reasons) -> None:
    text = f"the code reads where it listens from `{name}`, not from `PORT`"
    reasons.report(Diagnostic("BP648", "info", text, origin, f"set `{name}` where the container runs, or read `PORT`"))


def _report_local(local: list[Address], environment: tuple[tuple[str, str], ...], reasons: Reasons) -> None:
    if local and not environment and all(item.local for item in local):
        fix = f'listen on all addresses: `"{ANYWHERE}:{local[0].port}"`'
        ports.report_local("localhost", local[0].origin, fix, reasons)
