"""What npm packages need beside themselves: Debian packages, variables, a place to write.

Only packages that need something are listed; those with binaries for glibc on amd64 and arm64 in the registry itself
(sharp, argon2, bcrypt 6, bufferutil, sodium-native, classic-level, lmdb, esbuild, …) need nothing and are not.

Source, checked 2026-11-24: the packages' install scripts and release pages; Debian's package lists for trixie.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.language.packages import Need

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.language.packages import Dependency

_VERSION = re.compile(r"(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?", re.ASCII)


def lower_bound(range_: str) -> tuple[int, int, int] | None:
    """Return the first version number in a range, None when there is none (`latest`, `*`)."""
    match = _VERSION.search(range_)
    if match is None:
        return None
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


def not_prebuilt(*rows: tuple[str, int]) -> Callable[[int, Dependency], bool]:
    """Return the condition that there are no binaries for the Node version: pairs (below this, binaries up to)."""

    def applies(node: int, package: Dependency) -> bool:
        version = lower_bound(package.version or "")
        if version is None:
            return False
        for below, last_node in rows:
            limit = lower_bound(below)
            if limit is not None and version < limit:
                return node > last_node
        return False

    return applies


def only_for_development(_node: int, package: Dependency) -> bool:
    """Return whether nothing needs the package at run time."""
    return not package.ships


NEEDS = (
    # Their binaries come from a code host that many builds cannot reach; then they are compiled.
    Need(("better-sqlite3", "sqlite3"), compiles="node-gyp", writes=True),
    Need(
        (
            "lowdb",
            "nedb",
            "@seald-io/nedb",
            "level",
            "leveldown",
            "classic-level",
            "lmdb",
            "pouchdb",
            "node-persist",
            "conf",
            "tingodb",
            "lokijs",
            "keyv-file",
            "quick.db",
            "enmap",
        ),
        writes=True,
    ),
    Need(
        ("multer", "formidable", "express-fileupload", "busboy-body-parser", "winston-daily-rotate-file"), writes=True
    ),
    Need(("bcrypt",), compiles="node-gyp", when=not_prebuilt(("5", 13))),
    Need(
        ("canvas",),
        build=("libcairo2-dev", "libgif-dev", "libjpeg62-turbo-dev", "libpango1.0-dev", "librsvg2-dev", "pkg-config"),
        run=("libcairo2", "libgif7", "libjpeg62-turbo", "libpango-1.0-0", "libpangocairo-1.0-0", "librsvg2-2"),
        compiles="node-gyp",
        when=not_prebuilt(("3", 20)),
    ),
    Need(
        ("node-sass",),
        compiles="node-gyp",
        when=not_prebuilt(("5", 14), ("6", 15), ("7", 16), ("8", 17), ("9", 19), ("10", 20)),
        locked=True,
    ),
    Need(("re2",), compiles="node-gyp", when=not_prebuilt(("1.18", 18), ("1.21", 21), ("1.22", 23))),
    Need(("isolated-vm",), compiles="node-gyp", when=not_prebuilt(("4.7", 18), ("5", 20), ("6", 22))),
    Need(("deasync",), compiles="node-gyp", when=not_prebuilt(("1", 18))),
    Need(
        (
            "node-pty",
            "heapdump",
            "node-expat",
            "unix-dgram",
            "iltorb",
            "hiredis",
            "xxhash",
            "sse4_crc32",
            "usocket",
            "node-opus",
            "sodium",
            "hnswlib-node",
            "iconv",
            "libxmljs",
            "ref-napi",
            "ffi-napi",
            "node-zopfli",
            "raw-socket",
            "pcap",
            "mmmagic",
            "gc-stats",
            "event-loop-stats",
            "nodegit",
            "integer",
            "segfault-handler",
        ),
        compiles="node-gyp",
    ),
    Need(("pg-native", "libpq"), build=("libpq-dev",), run=("libpq5",), compiles="node-gyp"),
    Need(
        ("node-rdkafka",),
        build=("librdkafka-dev", "libsasl2-dev", "libssl-dev"),
        run=("librdkafka1", "libsasl2-2"),
        compiles="node-gyp",
    ),
    Need(("kerberos",), run=("libgssapi-krb5-2",)),
    Need(("keytar",), run=("libsecret-1-0",)),
    Need(("odbc",), run=("unixodbc",)),
    Need(("usb", "node-hid", "@serialport/bindings-cpp"), run=("libudev1",)),
    Need(("magick", "imagemagick-native", "imagemagick", "imagemagick-convert"), run=("imagemagick",)),
    Need(("gm", "easyimage"), run=("graphicsmagick",)),
    Need(("pdf2pic", "pdf-thumbnail"), run=("ghostscript", "graphicsmagick")),
    Need(("node-poppler", "pdf-poppler", "pdftotextjs"), run=("poppler-utils",)),
    Need(("node-qpdf", "node-qpdf2"), run=("qpdf",)),
    Need(
        ("fluent-ffmpeg", "ffmpeg", "node-ffmpeg", "simple-ffmpeg"),
        run=("ffmpeg",),
        unless=("ffmpeg-static", "@ffmpeg-installer/ffmpeg"),
    ),
    Need(("node-tesseract-ocr", "node-ts-ocr"), run=("tesseract-ocr",)),
    Need(("libreoffice-convert", "carbone"), run=("libreoffice-writer",)),
    Need(("exiftool-vendored", "node-exiftool"), run=("perl",)),
    Need(("youtube-dl-exec", "yt-dlp-wrap"), build=("python3",), run=("python3",)),
    Need(("simple-git", "gitlog", "download-git-repo"), run=("ca-certificates", "git")),
    Need(
        ("wkhtmltopdf", "html-pdf"),
        notice="the program behind it is no longer in Debian",
        fix="make PDFs with `puppeteer`, or use a base image that holds the program",
    ),
    Need(
        ("puppeteer", "whatsapp-web.js", "html-pdf-node", "venom-bot"),
        run=("chromium", "fonts-liberation"),
        environment=(("PUPPETEER_EXECUTABLE_PATH", "/usr/bin/chromium"),),
        install_environment=(("PUPPETEER_SKIP_DOWNLOAD", "true"),),
        notice="Chromium comes from Debian; as another user than root it needs `--no-sandbox`, "
        "or a container that allows user namespaces",
        fix="start it with `args: ['--no-sandbox']` where the platform gives no namespaces",
    ),
    Need(
        ("chromium",),
        run=("chromium", "fonts-liberation"),
        environment=(("CHROME_PATH", "/usr/bin/chromium"),),
        install_environment=(("NODE_CHROMIUM_SKIP_INSTALL", "true"),),
    ),
    Need(
        ("puppeteer-core",),
        run=("chromium", "fonts-liberation"),
        environment=(("PUPPETEER_EXECUTABLE_PATH", "/usr/bin/chromium"),),
    ),
    Need(
        ("playwright", "playwright-chromium", "playwright-core"),
        run=(
            "libasound2t64",
            "libatk-bridge2.0-0t64",
            "libatk1.0-0t64",
            "libatspi2.0-0t64",
            "libcairo2",
            "libcups2t64",
            "libdbus-1-3",
            "libdrm2",
            "libgbm1",
            "libglib2.0-0t64",
            "libnspr4",
            "libnss3",
            "libpango-1.0-0",
            "libx11-6",
            "libxcb1",
            "libxcomposite1",
            "libxdamage1",
            "libxext6",
            "libxfixes3",
            "libxkbcommon0",
            "libxrandr2",
            "fonts-liberation",
        ),
        environment=(("PLAYWRIGHT_BROWSERS_PATH", "/app/.playwright"),),
        install_environment=(("PLAYWRIGHT_BROWSERS_PATH", "/app/.playwright"),),
        fetch=("playwright install --only-shell chromium", ".playwright/"),
    ),
    Need(("xvfb", "node-xvfb", "headless"), run=("xauth", "xvfb")),
    Need(("ping",), run=("iputils-ping",)),
    Need(("cypress",), install_environment=(("CYPRESS_INSTALL_BINARY", "0"),), when=only_for_development),
    Need(("electron",), install_environment=(("ELECTRON_SKIP_BINARY_DOWNLOAD", "1"),)),
)
