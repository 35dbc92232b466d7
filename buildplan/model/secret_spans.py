"""Where a shell line, a value or a message holds secrets: what is hidden there, and by which name it can be given.

A secret is a value by its name (`API_TOKEN=…`, `--password …`, `-Dx.password=…`, `Authorization: …`, a default in
`${TOKEN:-…}`), by its program (`mysql -p…`, `curl -u a:…`), or by its own shape (`model/secrets.py`).

Sources, checked 2026-11-25: the manual pages of the programs in `_SHORT`; quoting and `${NAME:-default}`:
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.secrets import (
    FERNET_PLACEHOLDER,
    HARMLESS_VALUES,
    HIDDEN,
    ISSUERS,
    LONG_PLACEHOLDER,
    is_secret_name,
    looks_secret,
    shapes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Without any of these a text holds no secret that this module knows; most commands do not.
_TRIGGERS = (
    *("pass", "pwd", "pw", "token", "secret", "key", "auth", "cred", "jwt", "bearer", "cookie", "salt", "pin", "pat"),
    *("sk", "connection", "config", "://", "code", "sig", "account", "shared", "-----begin", "eyj"),
    *("-p", "-a", "-u", "-n"),
    *(text.lower() for text in ISSUERS),
)
_WORD = re.compile(r"(?:[^\s\"'\\;|&()`]++|\\.|\"(?:[^\"\\]|\\.)*+\"|'[^']*+'|[\"'\\])++|[;|&()\n`]", re.DOTALL)
_QUOTED = re.compile(r"\\.|\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'", re.DOTALL)
_ENDS_COMMAND = frozenset(";|&()\n`")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w{0,100}+)=", re.ASCII)
_OPTION = re.compile(r"(-D|--?|/)([A-Za-z][\w.:-]{0,100}+)(?:=|$)", re.ASCII)
_PAIR = re.compile(
    r"([A-Za-z_][\w.-]{1,80}+)\\{0,3}+[\"']?\s{0,9}[=:]\s{0,9}\\{0,3}+[\"']?+([^\s\"',;}&\\]{4,}+)", re.ASCII
)
# `//registry.example.com/:_authToken=…`, `auth.password=…`
_PAIR_OF_WORD = re.compile(r"[^\"'=]{0,200}?([A-Za-z_][\w.-]{1,80}+)=", re.ASCII)
_SCHEMES = frozenset({"Bearer", "Basic", "Token", "ApiKey"})
_LIST = re.compile(r"\[\s{0,9}\"[^\[\]]*+\]")
_HEADER = re.compile(r"([A-Za-z][\w-]{0,60}+):\s{0,9}((?:Bearer|Basic|Token|ApiKey)\s{1,9})?+(?=\S)", re.IGNORECASE)
_DEFAULT = re.compile(r"\$\{(\w{1,100}+):?[-=]([^{}]++)\}", re.ASCII)
_REFERENCE = re.compile(r"[\"']?(?:\$(?:[\w({@*#?$!-]|$)|`|%\w+%|<|\{\{|•|@|env:|file:|id=|type=)", re.ASCII)
_FILE = re.compile(r"(?:~|\.{1,2})?/[\w./@-]+|[\w-]+\.(?:js|json|ya?ml|toml|pem|key|crt|txt|py|rb|ts|env)", re.ASCII)
_PLACEHOLDERS = {"build", "dummy", "placeholder", LONG_PLACEHOLDER, FERNET_PLACEHOLDER}
_LONGEST_LINE = 65_536
_MAX_DEPTH = 3
# The option of a program that takes a password; `:` says that only what follows a colon is one, and `+` that it may be
# glued to the option.
_SHORT = {
    "mysql": "-p+",
    "mysqladmin": "-p+",
    "mysqldump": "-p+",
    "mariadb": "-p+",
    "mariadb-dump": "-p+",
    "sshpass": "-p+",
    "mongo": "-p",
    "mongosh": "-p",
    "mongodump": "-p",
    "mongorestore": "-p",
    "docker": "-p",
    "podman": "-p",
    "az": "-p",
    "cf": "-p",
    "redis-cli": "-a",
    "curl": "-u:",
    "zip": "-P",
    "unzip": "-P+",
    "7z": "-p+",
    "wget": "",
    "ssh-keygen": "-N",
}
# What runs the app of the tree; its own `-p` is a port where it is a number, and else may be a password.
_INTERPRETERS = frozenset(
    {"node", "python", "python3", "ruby", "deno", "bun", "java", "php", "dotnet", "tsx", "ts-node"}
)
_USER_OPTIONS = frozenset({"--user", "--proxy-user", "--userpwd", "--auth"})
_ALONE = frozenset({"PASS", "PW", "PWD", "REQUIREPASS", "MASTERAUTH", "COOKIE", "AUTHORIZATION"})
# What stands before a command in a file: an instruction of a Dockerfile, the name of a process.
_BEFORE = re.compile(r"(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK)$|[\w.\"'-]{1,100}:$", re.ASCII)
_EXPORTS = frozenset({"export", "declare", "readonly", "local"})
_RUNS_REST = frozenset({"env", "cross-env", "exec", "dotenv", "time", "nohup", "sudo"})


class Span(NamedTuple):
    """A secret in a text.

    `start` and `end` are the value's. `quote` is what it stands in. Where the name stands there too and is enough,
    `cut` is where the text to leave out begins: the assignment of a variable that the container is given, a default.
    """

    start: int
    end: int
    name: str
    quote: str = ""
    cut: int | None = None


class _Command:
    """What the words of a command say so far; each takes the same time, however many there are."""

    __slots__ = ("config", "exports", "last", "login", "program", "starts")

    def __init__(self) -> None:
        self.program = ""
        self.last = ""
        self.starts = True
        self.config = self.login = self.exports = False

    def add(self, word: str) -> None:
        """Take the next word; an empty one stands for a secret."""
        before = not word or _BEFORE.match(word) or word in _RUNS_REST or _ASSIGNMENT.match(word)
        if not before and not self.program and not word.startswith("-"):
            self.program = word.strip("\"'")
        self.exports = self.exports or (self.starts and word in _EXPORTS)
        self.starts = self.starts and bool(before)
        self.config = self.config or word in {"config", "configure"}
        self.login = self.login or word == "login"
        self.last = word

    @property
    def name(self) -> str:
        """The program without its folder."""
        return self.program.rpartition("/")[2].lower()


def holds_secret(name: str, value: str) -> bool:
    """Return whether a variable's value is a secret, or has one in it: `ARGS="--token abc"`."""
    return looks_secret(name, value) or bool(spans(value))


def has_secret(line: str) -> bool:
    """Return whether `referenced` would change the line."""
    return len(line) <= _LONGEST_LINE and bool(spans(line))


def masked(text: str) -> str:
    """Return the text with `•••` for each secret; what no line of a Dockerfile could hold is cut."""
    if len(text) > _LONGEST_LINE:
        text = f"{text[:_LONGEST_LINE]}…"
    result, position = [], 0
    for item in spans(text):
        result += [text[position : item.start], HIDDEN]
        position = item.end
    return "".join((*result, text[position:])) if position else text


def referenced(line: str, names: dict[str, str]) -> str:
    """Return a shell line with `$NAME` for each secret; `names` gets name → value, and keeps equal names apart.

    `API_TOKEN=abc node server.js` becomes `node server.js`: the variable is given to the container. A line that no
    Dockerfile can hold is returned as it is: it is refused when it is rendered.
    """
    if len(line) > _LONGEST_LINE:
        return line
    result, position = [], 0
    for item in spans(line):
        value = line[item.start : item.end].strip("\"'")
        name, end = item.name, item.end
        if item.cut is None:
            number = 1
            while names.get(name, value) != value:
                number += 1
                name = f"{item.name}_{number}"
            closes = item.quote == "'" and line[end : end + 1] == "'"
            end += closes
            reference = {"'": f'\'"${{{name}}}"' + "'" * (not closes), '"': f"${{{name}}}"}.get(item.quote)
            result += [line[position : item.start], reference or f'"${{{name}}}"']
        else:
            result.append(line[position : item.cut])
            if not line[: item.cut].strip() or line[item.cut - 1].isspace():
                end += len(line[end:]) - len(line[end:].lstrip(" "))
        names.setdefault(name, value)
        position = end
    return "".join((*result, line[position:])) if position else line


def spans(text: str) -> tuple[Span, ...]:
    """Return the secrets in a text, in order; none overlaps another."""
    if not _may_hold(text):
        return ()
    found = [*_named(text), *_shaped(text), *_listed(text)]
    found.sort(key=lambda item: (item.start, -item.end))
    result: list[Span] = []
    for item in found:
        if item.end > item.start and (not result or item.start >= result[-1].end):
            result.append(item)
    return tuple(result)


def _may_hold(text: str) -> bool:
    lower = text.lower()
    for word in _TRIGGERS:  # noqa: SIM110  # half the time of `any`, and every text of a plan is asked
        if word in lower:
            return True
    return False


def _shaped(text: str) -> Iterator[Span]:
    quotes = [(found.start(), found.end(), found[0][0]) for found in _QUOTED.finditer(text) if found[0][0] != "\\"]
    at = 0
    for start, end, name in shapes(text):
        while at < len(quotes) and quotes[at][1] <= start:
            at += 1
        inside = at < len(quotes) and quotes[at][0] < start
        yield Span(start, end, name, quotes[at][2] if inside else "")
    for found in _DEFAULT.finditer(text):
        if _is_secret(found[1], found[2]):
            yield Span(found.start(2), found.end(2), found[1], cut=found.end(1))


def _listed(text: str) -> Iterator[Span]:
    """Yield the secrets of a command that is a list in JSON: `["node", "server.js", "--password", "…"]`."""
    for found in _LIST.finditer(text):
        # Most commands have no list.
        import json
        import shlex

        try:
            words = json.loads(found[0])
        except ValueError:
            continue
        if not all(isinstance(word, str) for word in words):
            continue
        line = shlex.join(words)
        for item in _named(line):
            value = line[item.start : item.end].strip("\"'")
            at = found[0].find(value) if value else -1
            if at >= 0:
                yield Span(found.start() + at, found.start() + at + len(value), item.name, '"')


def _named(text: str, base: int = 0, quote: str = "", depth: int = 0) -> Iterator[Span]:
    """Yield what names say: of assignments, options, headers and pairs in one line and in what it quotes."""
    command = _Command()
    pending: tuple[str, bool] | None = None
    mixed = False
    for found in _WORD.finditer(text):
        raw, start = found[0], base + found.start()
        if raw in _ENDS_COMMAND:
            command, pending = _Command(), None
            continue
        if pending is not None and (not raw.startswith("-") or raw in {"-", "--"}):
            name, has_user = pending
            cut = raw.find(":") + 1 if has_user else 0
            pending = None
            if (cut or not has_user) and _is_value(raw[cut:]) and (not mixed or _is_mixed(raw)):
                yield _span(raw[cut:], start + cut, name, quote)
                command.add("")
                pending = (name, False) if name == "HTTP_BASIC" else None
                continue
        pending = None
        own = list(_of_word(raw, start, command, quote))
        yield from own
        if not own:
            pending = _awaits(raw, command)
            mixed = raw in {"-p", "-P", "-k"} and raw != _SHORT.get(command.name, "")[:2]
            if depth < _MAX_DEPTH and len(raw) < _LONGEST_LINE:
                yield from _quoted(raw, start, quote, depth)
        command.add(raw)


def _span(raw: str, start: int, name: str, quote: str) -> Span:
    """Return the span of a value; what stands in quotes of its own alone goes with them, unless these are another's."""
    if not quote and len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'":
        return Span(start, start + len(raw), name)
    if quote and len(raw) > 1 and raw[-1] in "\"'" and raw[0] != raw[-1]:
        raw = raw[:-1]
    return Span(start, start + len(raw), name, quote)


def _of_word(raw: str, start: int, command: _Command, quote: str) -> Iterator[Span]:
    """Yield the secret in a word by itself: `NAME=value`, `--name=value`, `-pvalue`."""
    assigned = _ASSIGNMENT.match(raw)
    if assigned is not None:
        value = raw[assigned.end() :]
        if _is_value(value) and (_is_secret(assigned[1], value) or any(True for _ in shapes(value))):
            if not quote and command.starts:
                yield Span(start + assigned.end(), start + len(raw), assigned[1], cut=start)
            elif not quote and command.exports:
                yield Span(start + assigned.end(), start + len(raw), assigned[1], cut=start + assigned.end() - 1)
            else:
                yield _span(value, start + assigned.end(), _variable(assigned[1]), quote)
        return
    option = _OPTION.match(raw)
    if option is not None and option[0].endswith("="):
        value = raw[option.end() :]
        if _is_value(value) and _is_option(option[2], value):
            yield _span(value, start + option.end(), _variable(option[2]), quote)
        return
    pair = _PAIR_OF_WORD.match(raw)
    if pair is not None and _is_value(raw[pair.end() :]) and _is_option(pair[1], raw[pair.end() :]):
        yield _span(raw[pair.end() :], start + pair.end(), _variable(pair[1]), quote)
        return
    short = _SHORT.get(command.name, "")
    if short.endswith("+") and raw.startswith(short[:2]) and len(raw) > 2 and _is_value(raw[2:]):  # noqa: PLR2004
        yield _span(raw[2:], start + 2, "PASSWORD", quote)


def _awaits(raw: str, command: _Command) -> tuple[str, bool] | None:
    """Return the name of the secret that the next word is, and whether a user comes before it; None for none."""
    option = _OPTION.fullmatch(raw)
    program = command.name
    if option is None or option[1] == "/":
        if command.config:
            last = raw.strip("\"'").rpartition(":")[2]
            names = (last, last.partition(".")[0])
            if "http-basic" in names or any(is_secret_name(name.replace("-", "_"), alone=_ALONE) for name in names):
                return _variable(names[1]), False
            return ("BUNDLE_AUTH", True) if program == "bundle" else None
        if raw == "Bearer" and "uthorization" in command.last[-40:]:
            return "AUTHORIZATION", False
        return ("PASSWORD", False) if raw == "password" and command.login else None
    short = _SHORT.get(program)
    if raw in _USER_OPTIONS and program in {"curl", "wget", "http", "ngrok"}:
        return "PASSWORD", True
    if short is not None and raw == short[:2]:
        return "PASSWORD", short.endswith(":")
    if option[1] != "--" and len(option[2]) == 1:
        # Of the app itself: mostly a port, and a password where it is mixed like one.
        own = program in _INTERPRETERS or "/" in command.program
        return ("PASSWORD", False) if own and raw in {"-p", "-P", "-k"} else None
    return (_variable(option[2]), False) if _is_option(option[2], "x1y2z3") else None


def _quoted(raw: str, start: int, quote: str, depth: int) -> Iterator[Span]:
    """Yield the secrets in the quotes of a word: a header, a pair, another shell's line."""
    for found in _QUOTED.finditer(raw):
        group = 1 if found[1] is not None else 2
        inner = found[group]
        if not inner or not _may_hold(inner):
            continue
        base = start + found.start(group)
        outer = quote or raw[found.start()]
        header = _HEADER.match(inner)
        if header is not None and is_secret_name(header[1].replace("-", "_"), alone=_ALONE):
            if _is_value(inner[header.end() :]):
                yield Span(base + header.end(), base + len(inner), _variable(header[1]), outer)
            continue
        yield from _named(inner, base, outer, depth + 1)
        for pair in _PAIR.finditer(inner):
            if (
                pair[2] not in _SCHEMES
                and _is_value(pair[2])
                and is_secret_name(pair[1].replace("-", "_").replace(".", "_"), alone=_ALONE)
            ):
                yield Span(base + pair.start(2), base + pair.end(2), _variable(pair[1]), outer)


def _is_value(raw: str) -> bool:
    """Return whether a word is a value of its own, and none that a variable or a command gives."""
    plain = raw.strip("\"'")
    if raw[:1] == "'" and plain[:1] == "$" and not re.fullmatch(r"\$\{?[A-Z_][A-Z0-9_]*\}?", plain, re.ASCII):
        return True
    return bool(plain) and not _REFERENCE.match(raw) and not _REFERENCE.match(plain)


def _is_mixed(raw: str) -> bool:
    plain = raw.strip("\"'")
    return (
        len(plain) >= 6  # noqa: PLR2004  # shorter ones are modes and versions
        and re.search(r"[A-Za-z]", plain) is not None
        and re.search(r"[\d!#%^*+~]", plain) is not None
        and re.search(r"[/.:,=]", plain) is None
    )


def _is_secret(name: str, value: str) -> bool:
    plain = value.strip("\"'")
    harmless = plain in _PLACEHOLDERS or plain.strip().lower() in HARMLESS_VALUES
    return not harmless and is_secret_name(name, plain)


def _is_option(name: str, value: str) -> bool:
    plain = value.strip("\"'")
    if plain.lower() in HARMLESS_VALUES or plain in _PLACEHOLDERS or _FILE.fullmatch(plain):
        return False
    return is_secret_name(re.sub(r"[-.:]", "_", name), plain, alone=_ALONE)


def _variable(name: str) -> str:
    """Return a name of an option or a header as that of a variable: `--api-token` is `API_TOKEN`."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip("\"'"))
    return re.sub(r"\W+", "_", split, flags=re.ASCII).upper().strip("_").lstrip("0123456789") or "SECRET"
