"""What is a secret: the one list of names and of shapes of values. Where a text holds them: `model/secret_spans.py`.

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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_SECRET_SUFFIXES = ("APIKEY", "PASSPHRASE", "PASSWD", "PASSWORD", "SECRET", "TOKEN")
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
HARMLESS_VALUES = {"", "0", "1", "true", "false", "yes", "no", "on", "off", "none", "null"}
_FILE = re.compile(r"\.{0,2}/[\w./-]+", re.ASCII)
# Stands for a secret whose value nobody kept.
STAND_IN = "<not recorded>"
# What commands of our own set where a framework wants a long value while it is built, or a key of Fernet.
LONG_PLACEHOLDER = "build" * 8
FERNET_PLACEHOLDER = "YnVpbGRidWlsZGJ1aWxkYnVpbGRidWlsZGJ1aWxkYnU="
# Beginnings of tokens, and what the variable is called that their programs read.
ISSUERS = {
    "AGE-SECRET-KEY-": "AGE_SECRET_KEY",
    "AIza": "GOOGLE_API_KEY",
    "AKIA": "AWS_ACCESS_KEY_ID",
    "ASIA": "AWS_ACCESS_KEY_ID",
    "ATATT": "ATLASSIAN_TOKEN",
    "ATCTT": "ATLASSIAN_TOKEN",
    "GOCSPX-": "GOOGLE_CLIENT_SECRET",
    "NRAK-": "NEW_RELIC_API_KEY",
    "PMAK-": "POSTMAN_API_KEY",
    "SG.": "SENDGRID_API_KEY",
    "cio": "CARGO_REGISTRY_TOKEN",
    "dapi": "DATABRICKS_TOKEN",
    "dckr_pat_": "DOCKER_TOKEN",
    "doo_v1_": "DIGITALOCEAN_TOKEN",
    "dop_v1_": "DIGITALOCEAN_TOKEN",
    "dp.pt.": "DOPPLER_TOKEN",
    "dp.st.": "DOPPLER_TOKEN",
    "figd_": "FIGMA_TOKEN",
    "gho_": "GITHUB_TOKEN",
    "ghp_": "GITHUB_TOKEN",
    "ghr_": "GITHUB_TOKEN",
    "ghs_": "GITHUB_TOKEN",
    "ghu_": "GITHUB_TOKEN",
    "github_pat_": "GITHUB_TOKEN",
    "gldt-": "GITLAB_TOKEN",
    "glpat-": "GITLAB_TOKEN",
    "glptt-": "GITLAB_TOKEN",
    "glrt-": "GITLAB_TOKEN",
    "glsa_": "GRAFANA_TOKEN",
    "gsk_": "GROQ_API_KEY",
    "hf_": "HF_TOKEN",
    "hvb.": "VAULT_TOKEN",
    "hvs.": "VAULT_TOKEN",
    "lin_api_": "LINEAR_API_KEY",
    "npm_": "NPM_TOKEN",
    "nfp_": "NETLIFY_AUTH_TOKEN",
    "pscale_pw_": "PLANETSCALE_PASSWORD",
    "pscale_tkn_": "PLANETSCALE_TOKEN",
    "pul-": "PULUMI_ACCESS_TOKEN",
    "pypi-": "PYPI_TOKEN",
    "r8_": "REPLICATE_API_TOKEN",
    "rk_live_": "STRIPE_API_KEY",
    "rk_test_": "STRIPE_API_KEY",
    "rubygems_": "GEM_HOST_API_KEY",
    "sbp_": "SUPABASE_ACCESS_TOKEN",
    "shpat_": "SHOPIFY_TOKEN",
    "shpss_": "SHOPIFY_SECRET",
    "sk-": "API_KEY",
    "sk_live_": "STRIPE_SECRET_KEY",
    "sk_test_": "STRIPE_SECRET_KEY",
    "sq0csp-": "SQUARE_SECRET",
    "whsec_": "WEBHOOK_SECRET",
    "xapp-": "SLACK_TOKEN",
    "xoxa-": "SLACK_TOKEN",
    "xoxb-": "SLACK_TOKEN",
    "xoxp-": "SLACK_TOKEN",
    "xoxs-": "SLACK_TOKEN",
    "ya29.": "GOOGLE_TOKEN",
}
# These begin other words too (`npm_config_cache`, `sk-learn-…`): a token of theirs has a digit.
_SHORT_ONES = ("cio", "dapi", "hf_", "npm_", "pul-", "sk-")
_ISSUED = re.compile(
    rf"(?<![A-Za-z0-9])(?!(?:{'|'.join(_SHORT_ONES)})[^\W\d]*+(?:-[^\W\d]*+){{0,9}}(?![\w-]))"
    rf"({'|'.join(map(re.escape, sorted(ISSUERS, reverse=True)))})[\w.-]{{12,}}+"
)
_WEB_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.eyJ[\w-]{8,}+(?:\.[\w-]++)?")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY")
_WEBHOOK = re.compile(
    r"(?:hooks\.slack\.com/(?:services|workflows)|discord(?:app)?\.com/api/webhooks/\d{1,30}|\.webhook\.office\.com)/"
    r"([\w/@-]++)"
)
# What stands before a host: `user:password@`, or a token alone, which `git@` and a plain user are not.
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20}+)://([^/\s'\"`<>]++)")
_PARAMETER = re.compile(r"(?:^|[\s?&;\"'])([\w.-]{2,40}+(?: [\w.-]{1,20}+)?)\s{0,9}=\s{0,9}([^&;\s\"'<>]++)", re.ASCII)
_PARAMETERS = {"PWD", "PASS", "SIG", "SIGNATURE", "SHARED_ACCESS_KEY", "ACCOUNT_KEY", "APIKEY", "AUTH"}
_PARAMETER_MARKS = ("?", "&", ";")


def looks_secret(name: str, value: str) -> bool:
    """Return whether the value should not be stored in an image, judged by the name and by the value's shape."""
    if value.strip().lower() in HARMLESS_VALUES or _is_public(name):
        return False
    return is_secret_name(name, value) or STAND_IN in value or any(True for _ in shapes(value))


def is_secret_name(name: str, value: str = "", *, alone: frozenset[str] = frozenset()) -> bool:
    """Return whether a name says that its value is a secret; `alone` are words that say so where nothing precedes."""
    if _is_public(name):
        return False
    words = _words(name)
    if words[-1] in _ABOUT:
        return False
    if words[-1].endswith(_SECRET_SUFFIXES) or words[-1] in _SECRET_ENDS:
        return True
    if words[-1].startswith("CREDENTIAL") and _FILE.fullmatch(value):
        return False  # GOOGLE_APPLICATION_CREDENTIALS names the file that holds them
    if _SECRET_WORDS.intersection(words) or (len(words) > 1 and words[-1] in _SECRET_LAST_WORDS):
        return True
    if len(words) == 1 and words[0] in alone:
        return True
    pairs = set(itertools.pairwise(words))
    return bool(pairs & _SECRET_PAIRS) or any(second == "KEY" and first in _SECRET_KEYS for first, second in pairs)


def _words(name: str) -> list[str]:
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()
    return [word for word in split.split("_") if word] or [""]


def _is_public(name: str) -> bool:
    return name.upper().startswith(_PUBLIC_PREFIXES) or not _PUBLIC_WORDS.isdisjoint(_words(name))


def shapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield begin, end and the name of a variable for each secret that a text shows by its shape."""
    for found in _ISSUED.finditer(text):
        yield found.start(), found.end(), ISSUERS[found[1]]
    if "eyJ" in text:
        yield from ((found.start(), found.end(), "TOKEN") for found in _WEB_TOKEN.finditer(text))
    if "-----BEGIN" in text:
        yield from ((found.start(), len(text), "PRIVATE_KEY") for found in _PRIVATE_KEY.finditer(text))
    if "://" in text:
        yield from ((found.start(1), found.end(1), "WEBHOOK_TOKEN") for found in _WEBHOOK.finditer(text))
        yield from _in_addresses(text)
    if "=" in text:
        yield from _in_parameters(text)


def _in_addresses(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _ADDRESS.finditer(text):
        user, at, _ = found[2].rpartition("@")
        if not at:
            continue
        start = found.start(2)
        name, colon, password = user.partition(":")
        if colon and password and not _is_reference(password):
            yield start + len(name) + 1, start + len(user), f"{_variable_of(found[1])}_PASSWORD"
        if not _is_reference(name) and (
            (not colon and found[1].lower() in {"http", "https"} and name != "git")
            or (colon and (len(name) >= 20 or not password) and name)  # noqa: PLR2004  # a token, not a person
        ):
            yield start, start + len(name), f"{_variable_of(found[1])}_TOKEN"


def _in_parameters(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the passwords of addresses and connection strings: `?password=…`, `;AccountKey=…`."""
    has_marks = any(mark in text for mark in _PARAMETER_MARKS)
    position = 0
    while has_marks and (found := _PARAMETER.search(text, position)) is not None:
        position = found.end(1)
        name = re.sub(r"[ .-]", "_", found[1])
        before = text[found.start() : found.start(1)]
        known = is_secret_name(name, alone=frozenset(_PARAMETERS)) or "_".join(_words(name)) in _PARAMETERS
        is_parameter = (
            before in _PARAMETER_MARKS or text[found.end() : found.end() + 1] == ";" or ";" in text[: found.start()]
        )
        if known and is_parameter and not _is_reference(found[2]):
            yield found.start(2), found.end(2), _variable_of(name)


def _is_reference(text: str) -> bool:
    return bool(re.match(r"\$[\w({]|%\w+%|\{\{|<|•", text, re.ASCII)) or text.lower() in HARMLESS_VALUES


def _variable_of(text: str) -> str:
    return re.sub(r"\W+", "_", "_".join(_words(text)), flags=re.ASCII)
