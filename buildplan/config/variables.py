"""Variables: their names, and which of them must not be stored.

A variable's value is written into the image, where everybody who can pull it can read it. So a value that looks like
a secret is dropped here, and only its name goes on, as a secret.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from buildplan.config.mistakes import shown
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.config.mistakes import Mistakes
    from buildplan.model.requests import Items, VariableRequest

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_SECRET_WORDS = {
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "SECRET",
    "SECRETS",
    "TOKEN",
}
# Only at the end of a longer name: `PWD` is the working directory, `PASS_THROUGH` passes through.
_SECRET_LAST_WORDS = {"PASS", "PWD"}
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
    "MASTER",
    "PRIVATE",
    "ROLE",
    "SECRET",
    "SERVICE",
    "SESSION",
    "SIGNING",
    "SSH",
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
# A password inside of an address, and the prefixes of tokens that their issuers document.
_SECRET_VALUE = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|(?:ghp_|gho_|ghs_|github_pat_|glpat-|npm_|sk-|sk_live_|rk_live_|xox[abp]-|AKIA|AIza|SG\.|hvs\.)[\w.-]{12,}"
    rf"|{re.escape(STAND_IN)}"
)


def looks_secret(name: str, value: str) -> bool:
    """Return whether the value should not be stored in an image, judged by the name and by the value's shape."""
    if value.strip().lower() in _HARMLESS_VALUES:
        return False
    upper = name.upper()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().split("_")
    if upper.startswith(_PUBLIC_PREFIXES) or _PUBLIC_WORDS.intersection(words):
        return False
    if _SECRET_VALUE.match(value):
        return True
    if words[-1] in _ABOUT:
        return False
    if words[-1].startswith("CREDENTIAL") and _FILE.fullmatch(value):
        return False  # GOOGLE_APPLICATION_CREDENTIALS names the file that holds them
    if _SECRET_WORDS.intersection(words) or (len(words) > 1 and words[-1] in _SECRET_LAST_WORDS):
        return True
    return any(second == "KEY" and first in _SECRET_KEYS for first, second in itertools.pairwise(words))


def sorted_out(
    given: Iterable[tuple[str, VariableRequest]], mistakes: Mistakes
) -> tuple[dict[str, VariableRequest], Items, tuple[Diagnostic, ...]]:
    """Return the variables to store, the names of secrets, and a diagnostic for each value that is dropped."""
    variables: dict[str, VariableRequest] = {}
    secrets: list[Sourced[str]] = []
    diagnostics: list[Diagnostic] = []
    for name, request in given:
        if not is_valid(name, request, mistakes):
            continue
        if looks_secret(name, request.value):
            secrets.append(Sourced(name, request.origin))
            diagnostics.append(dropped(name, request))
        else:
            variables[name] = request
    return variables, tuple(secrets), tuple(diagnostics)


def is_valid(name: str, request: VariableRequest, mistakes: Mistakes) -> bool:
    """Return whether a Dockerfile can hold the variable; otherwise note why not."""
    if not NAME.fullmatch(name):
        mistakes.add(
            f"{shown(name)} is no name for a variable; expected letters, digits and `_`, not starting with a digit",
            request.origin,
            "rename the variable",
        )
        return False
    if any(mark in request.value for mark in "\n\r\0"):
        mistakes.add(
            f"the value of `{name}` has more than one line, which the variable of an image cannot hold",
            request.origin,
            "put the text in a file, or give the variable to the container when it starts",
        )
        return False
    return True


def dropped(name: str, request: VariableRequest) -> Diagnostic:
    """Return the diagnostic that says that the value is not used; it does not show the value."""
    return Diagnostic(
        "BP665",
        "warning",
        f"`{name}` looks like a secret, so its value is not stored; the plan holds its name only",
        request.origin,
        f"give `{name}` to the container when it starts; if it is no secret, write "
        f'`{name} = {{ value = "…", secret = false }}` below `[variables]` in buildplan.toml',
    )
