"""What is a secret: the one list of names and of shapes of values, and how a secret is hidden in a text.

Sources, checked 2026-11-24: the documents of the programs that read such variables (`PGPASSWORD`,
https://www.postgresql.org/docs/current/libpq-envars.html; `REDISCLI_AUTH`, https://redis.io/docs/latest/develop/tools/cli/;
`DOCKER_AUTH_CONFIG`, https://docs.gitlab.com/ci/docker/using_docker_images/; `_auth`, https://docs.npmjs.com/cli/configuring-npm/npmrc;
`ClearTextPassword`, https://learn.microsoft.com/nuget/reference/nuget-config-file; `github-oauth`,
https://getcomposer.org/doc/articles/authentication-for-private-packages.md), and the prefixes of tokens that their
issuers document (https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns).
"""

from __future__ import annotations

import itertools
import re

HIDDEN = "•••"

_SECRET_WORDS = {
    "APIKEY",
    "BEARER",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "PASSCODE",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "SECRET",
    "SECRETS",
    "TOKEN",
}
# Only at the end of a longer name: `PWD` is the working directory, `PASS_THROUGH` passes through.
_SECRET_LAST_WORDS = {"PASS", "PWD", "PAT", "PW", "SK"}
# Only at the end, or alone: `JWT_EXPIRES_IN`, `AUTH_METHOD`, `PIN_COUNT` are settings.
_SECRET_ENDS = {"AUTH", "JWT", "OAUTH", "PIN", "SALT"}
# Also at the end of a word: `PGPASSWORD`, `MYSQLPASSWORD`.
_SECRET_SUFFIXES = ("PASSWORD", "PASSWD", "SECRET", "APIKEY")
_SECRET_PAIRS = {("AUTH", "CONFIG"), ("CONNECTION", "STRING")}
# `…_KEY` alone says little (`CACHE_KEY`, `PRIMARY_KEY`); with one of these words before it, it is a secret.
_SECRET_KEYS = {
    "ACCESS",
    "ADMIN",
    "API",
    "APP",
    "AUTH",
    "ENCRYPTION",
    "HMAC",
    "JWT",
    "LICENCE",
    "LICENSE",
    "MASTER",
    "PRIVATE",
    "ROLE",
    "SECRET",
    "SERVICE",
    "SESSION",
    "SIGNING",
    "SSH",
    "STRIPE",
}
# Names that only speak about a secret: `TOKEN_EXPIRES_IN`, `PASSWORD_MIN_LENGTH`, `SECRET_NAME`, `API_KEY_HEADER`.
_ABOUT = {
    "ALGORITHM",
    "ARN",
    "AUDIENCE",
    "COUNT",
    "DAYS",
    "DIR",
    "DISABLED",
    "ENABLED",
    "ENDPOINT",
    "EXPIRATION",
    "EXPIRES",
    "EXPIRY",
    "FILE",
    "HEADER",
    "HOST",
    "HOURS",
    "ID",
    "IN",
    "ISSUER",
    "LENGTH",
    "LIMIT",
    "MAX",
    "MIN",
    "MINUTES",
    "NAME",
    "PARALLELISM",
    "PATH",
    "PORT",
    "PREFIX",
    "REGION",
    "ROUNDS",
    "SECONDS",
    "SIZE",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
}
# What frameworks put into the browser's code is public by their contract, whatever it is called.
_PUBLIC_WORDS = {"PUBLIC", "PUBLISHABLE", "ANON"}
_PUBLIC_PREFIXES = ("VITE_", "REACT_APP_", "GATSBY_", "VUE_APP_", "STORYBOOK_", "NG_APP_", "PARCEL_PUBLIC_")
_HARMLESS_VALUES = {"", "0", "1", "true", "false", "yes", "no", "on", "off", "none", "null"}
_FILE = re.compile(r"\.{0,2}/[\w./-]+", re.ASCII)
# Stands for a secret whose value nobody kept.
STAND_IN = "<not recorded>"
_ISSUED = (
    r"(?<![\w-])(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|sk-|[sr]k_(?:live|test)_|xox[abp]-|AKIA|AIza|SG\.|hvs\.)"
    r"[\w.-]{12,}"
)
# A password or a token inside of an address, or as a parameter of one.
_ADDRESS = r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^/\s:@]{0,400}:[^/\s@]{1,400}@|https?://(?!git@)[^/\s:@]{1,400}@"
_PARAMETER = (
    r"(?:^|[?&;])\s{0,9}(?:password|passwd|pwd|access_?token|auth_?token|token|api_?key|access_?key|account_?key|"
    r"shared_?access_?key|secret|client_?secret|sig|signature)\s{0,9}=\s{0,9}"
)
_SECRET_VALUE = re.compile(
    rf"{_ADDRESS}|-----BEGIN [A-Z ]{{0,30}}PRIVATE KEY|{_ISSUED}|{re.escape(STAND_IN)}|(?i:{_PARAMETER}[^&;\s])"
)
_IN_ADDRESS = re.compile(r"(://)[^/\s@'\"$]{1,400}(?=@)")
_TOKENS = re.compile(_ISSUED)
_IN_PARAMETER = re.compile(rf"({_PARAMETER})[^&;\s\"'<]+", re.IGNORECASE)
# What commands of our own set where a framework wants any value while it is built; a long one, and a key of Fernet.
LONG_PLACEHOLDER = "build" * 8
FERNET_PLACEHOLDER = "YnVpbGRidWlsZGJ1aWxkYnVpbGRidWlsZGJ1aWxkYnU="
_PLACEHOLDERS = {"build", "dummy", "placeholder", LONG_PLACEHOLDER, FERNET_PLACEHOLDER}
# `NAME=value` where a command begins, also behind `env` or `cross-env`.
_ASSIGNMENT = re.compile(
    r"(?:^|(?<=[\s;&|(]))([A-Za-z_]\w{0,100}+)=(\"[^\"$`]*+\"|'[^']*+'|[^\s;&|\"'`$()]++)(?=[\s;&|)]|$)(\s*+)"
)


def looks_secret(name: str, value: str) -> bool:
    """Return whether the value should not be stored in an image, judged by the name and by the value's shape."""
    if value.strip().lower() in _HARMLESS_VALUES:
        return False
    upper = name.upper()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().split("_")
    if upper.startswith(_PUBLIC_PREFIXES) or _PUBLIC_WORDS.intersection(words):
        return False
    if _SECRET_VALUE.search(value):
        return True
    if words[-1] in _ABOUT:
        return False
    if words[-1].endswith(_SECRET_SUFFIXES) or words[-1] in _SECRET_ENDS:
        return True
    if words[-1].startswith("CREDENTIAL") and _FILE.fullmatch(value):
        return False  # GOOGLE_APPLICATION_CREDENTIALS names the file that holds them
    if _SECRET_WORDS.intersection(words) or (len(words) > 1 and words[-1] in _SECRET_LAST_WORDS):
        return True
    pairs = set(itertools.pairwise(words))
    return bool(pairs & _SECRET_PAIRS) or any(second == "KEY" and first in _SECRET_KEYS for first, second in pairs)


def masked(text: str) -> str:
    """Return the text without what is a secret by its own shape: tokens, and passwords in addresses."""
    if "://" in text:
        text = _IN_ADDRESS.sub(rf"\1{HIDDEN}", text)
    if "=" in text:
        text = _IN_PARAMETER.sub(rf"\1{HIDDEN}", text)
    return _TOKENS.sub(HIDDEN, text)


def without_assignments(command: str, *, mask: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return a shell line without the values of secrets that it sets, and the names of these.

    `API_TOKEN=abc node server.js` becomes `node server.js`; with `mask` it becomes `API_TOKEN=••• node server.js`.
    """
    names: dict[str, None] = {}

    def replaced(found: re.Match[str]) -> str:
        value = found[2].strip("\"'")
        if value in _PLACEHOLDERS or not looks_secret(found[1], value):
            return found[0]
        names[found[1]] = None
        return f"{found[1]}={HIDDEN}{found[3]}" if mask else ""

    return (_ASSIGNMENT.sub(replaced, command), tuple(names)) if "=" in command else (command, ())
