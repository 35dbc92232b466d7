"""Packages of npm that have install scripts of their own, which a package manager may refuse to run.

Source, checked 2026-11-24: the packages' own manifests and documentation.
"""

from __future__ import annotations

# Their scripts build or download what the packages cannot work without.
_REQUIRED = (
    "argon2",
    "bcrypt",
    "better-sqlite3",
    "canvas",
    "deasync",
    "ffi-napi",
    "ffmpeg-static",
    "gifsicle",
    "grpc",
    "heapdump",
    "isolated-vm",
    "kerberos",
    "leveldown",
    "libxmljs",
    "libxmljs2",
    "mozjpeg",
    "node-expat",
    "node-libcurl",
    "node-pty",
    "node-rdkafka",
    "node-sass",
    "nodegit",
    "optipng-bin",
    "oracledb",
    "phantomjs-prebuilt",
    "re2",
    "robotjs",
    "serialport",
    "sodium-native",
    "sqlite3",
    "ursa",
    "usb",
    "vscode-ripgrep",
    "youtube-dl-exec",
    "zeromq",
)
# The packages can do without these: they make something faster, print something, or do what another command does later
# (`prisma generate`, a browser from the system).
_DISPENSABLE = (
    "@parcel/watcher",
    "@prisma/client",
    "@prisma/engines",
    "@sentry/cli",
    "@swc/core",
    "bufferutil",
    "core-js",
    "core-js-pure",
    "cpu-features",
    "cypress",
    "electron",
    "es5-ext",
    "esbuild",
    "lmdb",
    "msgpackr-extract",
    "nx",
    "prisma",
    "protobufjs",
    "puppeteer",
    "unrs-resolver",
    "utf-8-validate",
    "vue-demi",
    "workerd",
)


def known_packages() -> tuple[str, ...]:
    """Return the packages that are known to have install scripts of their own."""
    return (*_REQUIRED, *_DISPENSABLE)


def needing_builds(names: frozenset[str]) -> tuple[str, ...]:
    """Return those of the packages that do not work without their own install scripts, sorted."""
    return tuple(sorted(names.intersection(_REQUIRED)))


def with_scripts(names: frozenset[str]) -> tuple[str, ...]:
    """Return those of the packages that are known to have install scripts of their own, sorted."""
    return tuple(sorted(names.intersection(known_packages())))
