"""Text of the owner's files as it may be shown: what looks like a secret is not in it. Lines keep their numbers."""

from __future__ import annotations

import re

from buildplan.model.secret_spans import masked
from buildplan.model.secrets import HIDDEN, looks_secret

_ENV_FILE = re.compile(r"(?:\.env(?:rc|\..+)?|.+\.env)", re.IGNORECASE)
_ENV_LINE = re.compile(r"(\s*(?:#\s*)?(?:export\s+)?[A-Za-z_]\w*\s*=).*", re.ASCII)
_PAIR = re.compile(r"([\w.-]{1,80})(['\"]?\s{0,9}[=:]\s{0,9})(\S.*)", re.ASCII)
_FLAG = re.compile(
    r"(--?[\w-]{0,40}(?:password|passwd|token|secret|api-?key|credential|auth)[\w-]{0,20}+[ =]++)[^\s\"']++",
    re.IGNORECASE,
)
# An option and its value in a list of words: `"--password", "…"`.
_LISTED = re.compile(r"""(["'])(-[\w.-]{1,80})\1(\s{0,9},\s{0,9}["'])([^"']++)""")
_ELEMENT = re.compile(r"(<([\w.-]{1,80})>)[^<>]++(?=</)")
_NUGET = re.compile(
    r"""(key\s{0,9}=\s{0,9}["']([\w.-]{1,80})["']\s{1,9}value\s{0,9}=\s{0,9}["'])[^"']*+""", re.IGNORECASE
)
_COOKIE = re.compile(r"(\bcookie:\s{0,9})[^\s,\]})]++")
# Composer names hosts below these keys, and their tokens as values.
_BLOCK = re.compile(r'"(?:[a-z]{1,20}-oauth|[a-z]{1,20}-token|http-basic|bearer)"\s{0,9}:\s{0,9}\{')
_VALUE = re.compile(r'(:\s{0,9}")[^"]++(?=")')
_NAMES_SECRET = re.compile(r"token|secret|pass|pwd|key|auth|credential", re.IGNORECASE)


def shown(path: str, text: str) -> tuple[str, ...]:
    """Return the lines of a file without values of secrets; of an env file only the names are left."""
    lines = text.split("\n")
    if _ENV_FILE.fullmatch(path.rpartition("/")[2]):
        return tuple(_env_line(line) for line in lines)
    result = []
    in_key = in_block = False
    for line in lines:
        begins = "-----BEGIN" in line and "PRIVATE KEY" in line
        in_block = in_block or _BLOCK.search(line) is not None
        hidden = _VALUE.sub(rf"\1{HIDDEN}", line) if in_block else line
        in_block = in_block and "}" not in line
        result.append(HIDDEN if in_key or begins else _line(hidden))
        in_key = (in_key or begins) and "-----END" not in line
    return tuple(result)


def _env_line(line: str) -> str:
    found = _ENV_LINE.fullmatch(line)
    if found:
        return found[1] + HIDDEN
    return HIDDEN if line.strip() else ""


def _line(line: str) -> str:
    line = _FLAG.sub(rf"\1{HIDDEN}", masked(line))
    line = _LISTED.sub(_listed, line)
    line = _COOKIE.sub(rf"\1{HIDDEN}", line)
    for expression in (_ELEMENT, _NUGET):
        line = expression.sub(lambda match: f"{match[1]}{HIDDEN}" if _is_secret(match[2]) else match[0], line)
    found = _PAIR.search(line)
    while found:
        value = found[3].strip("'\", ;")
        if _is_secret(found[1], value or "?") and "$" not in value[:1]:
            return line[: found.start(3)] + HIDDEN
        found = _PAIR.search(line, found.start(3))
    return line


def _listed(found: re.Match[str]) -> str:
    option, value = found[2], found[4]
    shown = value if masked(f"node {option} {value}").endswith(value) else HIDDEN
    return f"{found[1]}{option}{found[1]}{found[3]}{shown}"


def _is_secret(name: str, value: str = "?") -> bool:
    # `.npmrc` writes `_authToken`, `_password` and `_auth` after the address of the registry.
    plain = name.rpartition(":")[2].replace(".", "_").strip("_")
    return _NAMES_SECRET.search(plain) is not None and looks_secret(plain, value)
