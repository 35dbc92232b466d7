"""What a log says when a build or a start fails: known signatures, the cause in plain words, and the change to make.

Every row comes from a failure that was seen in a real build. The first row that matches the last lines wins; patterns
are searched line by line in lines cut to a bounded length, so that a log of a stranger cannot slow them down.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_LINE = 2_000
_LINES = 400


class Signature(NamedTuple):
    """A pattern; `{0}` in the texts is its first group."""

    pattern: str
    cause: str
    fix: str


class Cause(NamedTuple):
    """Why it failed, the line of the log that says so, and what to change."""

    text: str
    line: str
    fix: str


SIGNATURES = (
    Signature(
        r"No module named '?pkg_resources'?",
        "a package imports `pkg_resources`, which setuptools 82 and later no longer contain",
        "require `setuptools<82`, or a newer release of the package that imports it",
    ),
    Signature(
        r"(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?",
        "the Python module `{0}` is not installed in the image",
        "add the package that provides `{0}` to the production dependencies",
    ),
    Signature(
        r"(?:Cannot find (?:module|package)|ERR_MODULE_NOT_FOUND\]?: Cannot find package) '([^']{1,200})'",
        "the Node module `{0}` is not in the image",
        "move it from devDependencies to dependencies if it is used at run time, or build the package that makes it",
    ),
    Signature(
        r"(?:cannot open shared object file|error while loading shared libraries): ?([\w.+-]*)",
        "a shared library is missing in the image",
        "add the Debian package that holds it to `apt.run` in buildplan.toml",
    ),
    Signature(
        r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file",
        "the shared library `{0}` is missing in the image",
        "add the Debian package that holds it to `apt.run` in buildplan.toml",
    ),
    Signature(
        r"(?:error: command '[^']*(?:gcc|g\+\+|cc)[^']*' failed|(?:gcc|g\+\+|cc|make): (?:command )?not found)",
        "a package is compiled from source and there is no compiler",
        "add `build-essential` to `apt.build` in buildplan.toml, or use a release that has a wheel",
    ),
    Signature(
        r"pg_config executable not found|Error: pg_config",
        "psycopg2 is compiled from source and needs PostgreSQL's headers",
        "add `libpq-dev` and `gcc` to `apt.build`, or depend on `psycopg2-binary`",
    ),
    Signature(
        r"npm (?:error|ERR!) .*(?:package\.json and package-lock\.json|can only install packages when)",
        "package-lock.json does not agree with package.json",
        "run `npm install` and commit the lock file",
    ),
    Signature(
        r"ERR_PNPM_OUTDATED_LOCKFILE",
        "pnpm-lock.yaml does not agree with package.json",
        "run `pnpm install` and commit the lock file",
    ),
    Signature(
        r"The lockfile would have been modified by this install|Your lockfile needs to be updated",
        "yarn.lock does not agree with package.json",
        "run `yarn install` and commit the lock file",
    ),
    Signature(
        r"npm (?:error|ERR!) (?:code )?ERESOLVE",
        "npm cannot satisfy all peer dependencies",
        "commit a lock file made with the same npm, or set `legacy-peer-deps=true` in .npmrc",
    ),
    Signature(
        r"digital envelope routines::unsupported|ERR_OSSL_EVP_UNSUPPORTED",
        "an old webpack uses a hash that OpenSSL 3 (Node 17 and later) refuses",
        "pin an older Node, or upgrade webpack",
    ),
    Signature(
        r"JavaScript heap out of memory",
        "Node ran out of heap during the build",
        "set `NODE_OPTIONS=--max-old-space-size=4096` for the build, or give the builder more memory",
    ),
    Signature(
        r"(?:sh|bash|/bin/sh): (?:\d+: |line \d+: )?([\w./@+-]{1,100}): (?:command )?not found",
        "the program `{0}` is not in the image",
        "add the package that brings `{0}`: to the dependencies, or to `apt.run` in buildplan.toml",
    ),
    Signature(
        r"exec: \"?([^\s\":]{1,200})\"?: (?:executable file not found|stat .*no such file)",
        "the start command's program `{0}` is not in the image",
        "check the start command (`buildplan explain start`), or add what brings `{0}`",
    ),
    Signature(
        r"exec format error",
        "the program was built for another processor, or is a script without `#!`",
        "build for the platform that runs it (`--platform`), or add a `#!` line",
    ),
    Signature(
        r"unable to open database file",
        "the folder of the SQLite file does not exist, or the app's user may not write to it",
        "make the folder in the image and name it in `writable` in buildplan.toml",
    ),
    Signature(
        r"(?:no such table:|relation \"[^\"]{1,200}\" does not exist|Table '[^']{1,200}' doesn't exist)",
        "the database has no tables yet",
        "run the `release` process (migrations) before the app starts",
    ),
    Signature(
        r"(?:ECONNREFUSED|[Cc]onnection refused|could not connect to server|Can't connect to (?:MySQL|local))",
        "the app cannot reach a service that it needs",
        "start it beside the app (`--service postgres`), and pass its address with `--env`",
    ),
    Signature(
        r"(?:ENOTFOUND|getaddrinfo|could not translate host name|Name or service not known|no such host)",
        "the host name of a service cannot be resolved",
        "pass the service's address with `--env`, or start it beside the app (`--service postgres`)",
    ),
    Signature(
        r"KeyError: '([A-Z][A-Z0-9_]{2,60})'",
        "the variable `{0}` is not set",
        "pass it with `--env {0}=…`",
    ),
    Signature(
        r"(?:[Mm]issing|[Rr]equired|[Mm]ust (?:be )?(?:set|define|provide)|not (?:set|defined)|is required)"
        r".{0,60}\b([A-Z][A-Z0-9]{1,30}_[A-Z0-9_]{1,60})\b",
        "the variable `{0}` is not set",
        "pass it with `--env {0}=…`",
    ),
    Signature(
        r"\b([A-Z][A-Z0-9]{1,30}_[A-Z0-9_]{1,60})\b.{0,60}"
        r"(?:is (?:missing|required|not set|not defined|undefined)|must (?:be set|not be empty)|[Rr]equired)",
        "the variable `{0}` is not set",
        "pass it with `--env {0}=…`",
    ),
    Signature(
        r"(?:EACCES|[Pp]ermission denied|PermissionError).{0,40}?'?(/[^\s':\"]{1,200})",
        "the app's user may not use `{0}`",
        "name the folder in `writable` in buildplan.toml",
    ),
    Signature(
        r"EADDRINUSE|[Aa]ddress already in use",
        "two processes want the same port",
        "let the app listen on `$PORT` only",
    ),
    Signature(
        r"ENOENT: no such file or directory, \w+ '([^']{1,200})'",
        "the file `{0}` is not in the image",
        "check that the build makes it, or that `.dockerignore` does not hide it",
    ),
    Signature(
        r"FileNotFoundError: .{0,60}'([^']{1,200})'",
        "the file `{0}` is not in the image",
        "check that the build makes it, or that `.dockerignore` does not hide it",
    ),
    Signature(
        r"\"(/?[^\"]{1,200})\": not found|failed to compute cache key.*\"(/?[^\"]{1,200})\"",
        "the Dockerfile copies `{0}`, which is not in the build context",
        "check that the file is committed and not hidden by `.dockerignore`",
    ),
    Signature(
        r"go: .*requires go >= ?([\d.]+)",
        "a module needs Go {0} or newer",
        "raise the `go` line of go.mod, or set `versions.go`",
    ),
    Signature(
        r"rustc ([\d.]+) is not supported|requires rustc ([\d.]+)",
        "a crate needs another Rust than {0}",
        "raise `rust-version`, or set `versions.rust`",
    ),
    Signature(
        r"Your bundle only supports platforms",
        "Gemfile.lock lacks the platform of the image",
        "run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit the lock file",
    ),
    Signature(
        r"(?:certificate verify failed|unable to get local issuer certificate|x509: certificate signed by unknown)",
        "a TLS certificate is not trusted inside of the image",
        "add `ca-certificates` to `apt.run`, or name your company's certificates in `ca_certificates`",
    ),
    Signature(
        r"(?:No space left on device|ENOSPC)",
        "the builder has no disk space left",
        "free some, for example with `docker builder prune`",
    ),
    Signature(
        r"(?:toomanyrequests|429 Too Many Requests|TLS handshake timeout|i/o timeout|ETIMEDOUT|ECONNRESET)",
        "a registry did not answer",
        "try again; this is not a fault of the Dockerfile",
    ),
    Signature(
        r"(?:^|\s)Killed$|signal: killed|SIGKILL",
        "a process was killed, most often because the memory ran out",
        "give the builder or the container more memory",
    ),
)

_COMPILED: list[re.Pattern[str]] = []


def diagnose(log: str) -> Cause | None:
    """Return the first known cause in the end of a log, None when no signature matches."""
    if not _COMPILED:
        _COMPILED.extend(re.compile(row.pattern) for row in SIGNATURES)
    lines = [line[:_LINE].rstrip() for line in log.splitlines()[-_LINES:]]
    for row, pattern in zip(SIGNATURES, _COMPILED, strict=True):
        for line in lines:
            match = pattern.search(line)
            if match is not None:
                name = next((group for group in match.groups() if group), "")
                return Cause(row.cause.replace("{0}", name), line.strip()[:300], row.fix.replace("{0}", name))
    return None
