"""Logs of builds and starts that failed, and the cause that is named for each."""

from __future__ import annotations

import time

import pytest

from buildplan.verify.signatures import SIGNATURES, diagnose

# One line of a log that was seen, and words of the cause and of the fix.
SEEN = [
    ("ModuleNotFoundError: No module named 'pkg_resources'", "setuptools 82", "setuptools<82"),
    ("ModuleNotFoundError: No module named 'celery.utils'", "`celery.utils`", "dependencies"),
    ("Error: Cannot find module 'express'", "`express`", "devDependencies"),
    ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'vite' imported from /app/dist/index.js", "`vite`", "build"),
    ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "shared library", "apt.run"),
    ("error: command 'gcc' failed: No such file or directory", "no compiler", "build-essential"),
    ("Error: pg_config executable not found.", "psycopg2", "libpq-dev"),
    (
        "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync",
        "agree",
        "npm",
    ),
    ("ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with frozen-lockfile", "pnpm-lock.yaml", "pnpm install"),
    ("The lockfile would have been modified by this install, which is explicitly forbidden.", "yarn.lock", "yarn"),
    ("npm ERR! code ERESOLVE", "peer dependencies", "legacy-peer-deps"),
    ("Error: error:0308010C:digital envelope routines::unsupported", "OpenSSL 3", "older Node"),
    ("FATAL ERROR: Ineffective mark-compacts near heap limit - JavaScript heap out of memory", "heap", "NODE_OPTIONS"),
    ("sh: 1: cross-env: not found", "`cross-env`", "`cross-env`"),
    ('exec: "gunicorn": executable file not found in $PATH', "`gunicorn`", "start command"),
    ("exec /app/server: exec format error", "another processor", "--platform"),
    ("django.db.utils.OperationalError: unable to open database file", "SQLite", "writable"),
    ('psycopg2.errors.UndefinedTable: relation "users" does not exist', "no tables", "release"),
    ("Error: connect ECONNREFUSED 127.0.0.1:5432", "cannot reach", "--service postgres"),
    ("Error: getaddrinfo ENOTFOUND db", "cannot be resolved", "--env"),
    ("KeyError: 'SECRET_KEY'", "`SECRET_KEY` is not set", "--env SECRET_KEY"),
    ("Error: Missing required environment variable: SESSION_SECRET", "`SESSION_SECRET`", "--env SESSION_SECRET"),
    ("JWT_SECRET is not defined", "`JWT_SECRET`", "--env JWT_SECRET"),
    ("Error: EACCES: permission denied, mkdir '/app/data'", "`/app/data`", "writable"),
    ("Error: listen EADDRINUSE: address already in use :::3000", "same port", "$PORT"),
    ("Error: ENOENT: no such file or directory, open '/app/config.yaml'", "`/app/config.yaml`", ".dockerignore"),
    ("FileNotFoundError: [Errno 2] No such file or directory: 'models/a.bin'", "`models/a.bin`", ".dockerignore"),
    ('ERROR: failed to compute cache key: "/package-lock.json": not found', "`/package-lock.json`", "committed"),
    ("go: go.mod requires go >= 1.25 (running go 1.24.1; GOTOOLCHAIN=local)", "Go 1.25", "versions.go"),
    ('Your bundle only supports platforms ["arm64-darwin-22"]', "platform", "--add-platform"),
    ("x509: certificate signed by unknown authority", "not trusted", "ca_certificates"),
    ("write error: No space left on device", "disk space", "prune"),
    ("toomanyrequests: You have reached your pull rate limit", "registry", "again"),
    ("c++: fatal error: Killed", "memory", "memory"),
]


@pytest.mark.parametrize(("line", "cause", "fix"), SEEN, ids=[line[:40] for line, _, _ in SEEN])
def test_the_cause_of_a_failure_is_named(line: str, cause: str, fix: str) -> None:
    found = diagnose(f"#9 [build 4/7] RUN something\n{line}\n#9 ERROR: process did not complete\n")
    assert found is not None
    assert cause in found.text
    assert fix in found.fix
    assert found.line == line[:300]


def test_a_log_without_a_known_line_has_no_cause() -> None:
    assert diagnose("everything went well\n" * 50) is None
    assert diagnose("") is None


def test_hostile_lines_take_no_time() -> None:
    started = time.process_time()
    for text in ("Missing " * 50_000, "A_" * 500_000, "not set " + "A" * 1_000_000, "permission denied '" * 100_000):
        diagnose(text)
    assert time.process_time() - started < 2


def test_every_signature_names_a_cause_and_a_fix() -> None:
    for row in SIGNATURES:
        assert row.cause
        assert row.fix
        assert not row.cause.endswith(".")
