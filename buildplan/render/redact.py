"""Text of the owner's files as it may be shown: what looks like a secret is not in it. Lines keep their numbers."""

from __future__ import annotations

import re

from buildplan.config.variables import looks_secret

HIDDEN = "•••"
_ENV_FILE = re.compile(r"(?:\.env(?:rc|\..+)?|.+\.env)", re.IGNORECASE)
_ENV_LINE = re.compile(r"(\s*(?:#\s*)?(?:export\s+)?[A-Za-z_]\w*\s*=).*", re.ASCII)
_IN_ADDRESS = re.compile(r"(://)[^/\s@'\"]{1,400}(?=@)")
_PAIR = re.compile(r"([\w.-]{1,80})(['\"]?\s{0,9}[=:]\s{0,9})(\S.*)", re.ASCII)
_TOKEN = re.compile(
    r"(?:gh[pousr]_|github_pat_|glpat-|npm_|sk-|sk_live_|rk_live_|xox[abp]-|AKIA|AIza|SG\.|hvs\.)[\w.-]{12,}"
)


def shown(path: str, text: str) -> tuple[str, ...]:
    """Return the lines of a file without values of secrets; of an env file only the names are left."""
    lines = text.split("\n")
    if _ENV_FILE.fullmatch(path.rpartition("/")[2]):
        return tuple(_env_line(line) for line in lines)
    result = []
    in_key = False
    for line in lines:
        begins = "-----BEGIN" in line and "PRIVATE KEY" in line
        result.append(HIDDEN if in_key or begins else _line(line))
        in_key = (in_key or begins) and "-----END" not in line
    return tuple(result)


def _env_line(line: str) -> str:
    found = _ENV_LINE.fullmatch(line)
    if found:
        return found[1] + HIDDEN
    return HIDDEN if line.strip() else ""


def _line(line: str) -> str:
    line = _TOKEN.sub(HIDDEN, _IN_ADDRESS.sub(rf"\1{HIDDEN}", line))
    found = _PAIR.search(line)
    while found:
        value = found[3].strip("'\", ;")
        if _names_secret(found[1]) and looks_secret(found[1].strip("_"), value or "?") and "$" not in value[:1]:
            return line[: found.start(3)] + HIDDEN
        found = _PAIR.search(line, found.start(3))
    return line


def _names_secret(name: str) -> bool:
    # `.npmrc` writes `_authToken`, `_password` and `_auth` after the address of the registry.
    return bool(re.search(r"token|secret|pass|key|auth|credential", name, re.IGNORECASE))
