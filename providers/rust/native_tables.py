"""Crates that need more than a Rust toolchain and gcc, which is all that the slim image of Rust holds.

Source, checked 2026-11-24: the crates' build scripts; Debian's package lists for trixie and bookworm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.packages import Need

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.language.packages import Dependency

    from .crates import Crates

    Condition = Callable[[Crates, Dependency], bool]


class Library(NamedTuple):
    """How a crate compiles a library in instead of linking with that of the system.

    `crate` is what lies in the lock file then, `beside` what the crate itself depends on then; `words` are parts of the
    features that ask for it, of the crate itself or of `askers`.
    """

    crate: str = ""
    beside: str = ""
    words: tuple[str, ...] = ()
    askers: tuple[str, ...] = ()


class Implied(NamedTuple):
    """A crate that brings another one, with a feature (`default`: unless it is turned off), below a version."""

    name: str
    gives: str
    feature: str = ""
    below: str = ""


def linked(library: Library, *, only_locked_by: tuple[str, str] | None = None) -> Condition:
    """Return the condition that a library is that of the system.

    `only_locked_by` is a crate for which the lock file holds this one although nobody uses it, and the feature with
    which it is used: Cargo locks what a weak feature could ask for.
    """

    def applies(crates: Crates, crate: Dependency) -> bool:
        if only_locked_by is not None and crates.users.get(crate.name) == {only_locked_by[0]}:
            used = any(only_locked_by[1] in feature for asked in crates.features.values() for feature in asked)
            if not used:
                return False
        return not _is_bundled(library, crates, crate.name)

    return applies


def compiled_in(library: Library) -> Condition:
    """Return the condition that a library is compiled into the program."""
    return lambda crates, crate: _is_bundled(library, crates, crate.name)


def unless_only_for(users: tuple[str, ...]) -> Condition:
    """Return the condition that a crate is there for others than these, which do without it on Linux."""
    return lambda crates, crate: not (crates.users.get(crate.name) and crates.users[crate.name] <= set(users))


def _is_bundled(library: Library, crates: Crates, name: str) -> bool:
    """Return whether the library is compiled in.

    A member that asks for it proves that, and so does the lock file, as long as no member asks for it under a
    feature of its own: that would be in the lock file too, whether it is on or off.
    """
    askers = {name, *library.askers}
    if any(_named(library, feature) for crate in askers for feature in crates.features.get(crate, ())):
        return True
    if any(crate in askers and _named(library, feature) for crate, feature in crates.possible):
        return False
    locked = crates.locked.get(name)
    if library.beside and locked is not None and locked.depends_on(library.beside):
        return True
    return library.crate in crates.origins


def _named(library: Library, feature: str) -> bool:
    return any(word in feature for word in library.words)


# Crates whose macros or build scripts read the history.
READS_GIT = (
    "git-version",
    "git-testament",
    "vergen-gitcl",
    "vergen-git2",
    "vergen-gix",
    "shadow-rs",
    "build-info-build",
)

# Without a lock file nothing says what a crate is made of; these are the usual ways to the rows below.
IMPLIED = (
    Implied("native-tls", "openssl-sys"),
    Implied("openssl", "openssl-sys"),
    Implied("reqwest", "openssl-sys", feature="default", below="0.13"),
    Implied("reqwest", "openssl-sys", feature="native-tls"),
    Implied("lettre", "openssl-sys", feature="default"),
    Implied("actix-web", "openssl-sys", feature="openssl"),
    Implied("sqlx", "openssl-sys", feature="runtime-tokio-native-tls"),
    Implied("sqlx", "openssl-sys", feature="tls-native-tls"),
    Implied("diesel", "pq-sys", feature="postgres"),
    Implied("diesel", "mysqlclient-sys", feature="mysql"),
    Implied("diesel", "libsqlite3-sys", feature="sqlite"),
    Implied("rusqlite", "libsqlite3-sys"),
    Implied("rdkafka", "rdkafka-sys"),
    Implied("rocksdb", "librocksdb-sys"),
    Implied("tonic-build", "prost-build"),
    Implied("tonic-prost-build", "prost-build"),
    Implied("bindgen", "clang-sys"),
    Implied("tikv-jemallocator", "tikv-jemalloc-sys"),
)

_OPENSSL = Library(
    crate="openssl-src",
    words=("vendored",),
    askers=(
        "git2",
        "hyper-tls",
        "lettre",
        "native-tls",
        "openssl",
        "postgres-native-tls",
        "rdkafka",
        "reqwest",
        "sqlx",
        "tokio-native-tls",
    ),
)

NEEDS = (
    Need(
        ("openssl-sys",),
        build=("libssl-dev", "pkg-config"),
        run=("libssl3t64",),
        when=linked(_OPENSSL),
    ),
    Need(
        ("openssl-sys",),
        build=("make", "perl"),
        when=compiled_in(_OPENSSL),
    ),
    Need(
        ("pq-sys",),
        build=("libpq-dev", "pkg-config"),
        run=("libpq5",),
        when=linked(Library(crate="pq-src", words=("bundled",), askers=("diesel",))),
    ),
    Need(
        ("mysqlclient-sys",),
        build=("default-libmysqlclient-dev", "pkg-config"),
        run=("libmariadb3",),
        when=linked(Library(crate="mysqlclient-src", words=("bundled",))),
    ),
    Need(
        ("mysqlclient-sys",),
        build=("cmake", "g++", "make"),
        when=compiled_in(Library(crate="mysqlclient-src", words=("bundled",))),
    ),
    Need(
        ("libsqlite3-sys",),
        build=("libsqlite3-dev", "pkg-config"),
        run=("libsqlite3-0",),
        when=linked(
            Library(beside="cc", words=("bundled",), askers=("rusqlite",)), only_locked_by=("sqlx-sqlite", "sqlite")
        ),
    ),
    # aws-lc-sys compiles with the C compiler alone on x86-64 and arm64 with glibc.
    Need(("cmake",), build=("cmake", "g++", "make"), when=unless_only_for(("aws-lc-sys",))),
    Need(("aws-lc-fips-sys",), build=("cmake", "g++", "golang-go", "make")),
    Need(
        ("prost-build",),
        build=("libprotobuf-dev", "protobuf-compiler"),
        when=linked(Library(crate="protoc-bin-vendored")),
    ),
    Need(("protobuf-src",), build=("cmake", "g++", "make")),
    Need(("clang-sys",), build=("libclang-dev",), when=unless_only_for(("aws-lc-sys",))),
    Need(("link-cplusplus",), build=("g++",)),
    Need(("librocksdb-sys",), build=("g++", "libclang-dev", "make")),
    Need(("libduckdb-sys",), build=("g++",)),
    Need(("rdkafka-sys",), build=("g++", "make")),
    Need(
        ("sasl2-sys",),
        build=("libsasl2-dev", "pkg-config"),
        run=("libsasl2-2",),
        when=linked(Library(words=("vendored",))),
    ),
    Need(("tikv-jemalloc-sys",), build=("make",)),
    Need(("jemalloc-sys",), build=("make",)),
    Need(("snmalloc-sys",), build=("cmake", "g++", "make")),
    Need(("libsodium-sys",), build=("make",)),
    Need(("libsodium-sys-stable",), build=("make",)),
    Need(("esaxx-rs",), build=("g++",)),
    Need(("ort-sys",), build=("g++",)),
    Need(("nasm-rs",), build=("nasm",)),
    Need(("turbojpeg-sys",), build=("nasm",)),
    Need(("zmq-sys",), build=("libzmq3-dev", "pkg-config"), run=("libzmq5",), when=linked(Library(crate="zeromq-src"))),
    Need(("zmq-sys",), build=("g++",), when=compiled_in(Library(crate="zeromq-src"))),
    Need(("alsa-sys",), build=("libasound2-dev", "pkg-config"), run=("libasound2t64",)),
    Need(
        ("libdbus-sys",),
        build=("libdbus-1-dev", "pkg-config"),
        run=("libdbus-1-3",),
        when=linked(Library(beside="cc", words=("vendored",), askers=("dbus",))),
    ),
    Need(("yeslogic-fontconfig-sys",), build=("libfontconfig-dev", "pkg-config"), run=("libfontconfig1",)),
    Need(
        ("servo-fontconfig-sys",), build=("libfontconfig-dev", "libfreetype-dev", "pkg-config"), run=("libfontconfig1",)
    ),
    Need(("freetype-sys",), build=("libfreetype-dev", "pkg-config"), run=("libfreetype6",)),
    Need(("glib-sys",), build=("libglib2.0-dev", "pkg-config"), run=("libglib2.0-0t64",)),
    Need(("cairo-sys-rs",), build=("libcairo2-dev", "pkg-config"), run=("libcairo-gobject2", "libcairo2")),
    Need(("pango-sys",), build=("libpango1.0-dev", "pkg-config"), run=("libpango-1.0-0", "libpangocairo-1.0-0")),
    Need(("gdk-pixbuf-sys",), build=("libgdk-pixbuf-2.0-dev", "pkg-config"), run=("libgdk-pixbuf-2.0-0",)),
    Need(("gstreamer-sys",), build=("libgstreamer1.0-dev", "pkg-config"), run=("libgstreamer1.0-0",)),
    Need(
        ("gstreamer-base-sys",),
        build=("libgstreamer-plugins-base1.0-dev", "pkg-config"),
        run=("gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "libgstreamer-plugins-base1.0-0"),
    ),
    Need(
        ("ffmpeg-sys-next",),
        build=(
            "libavcodec-dev",
            "libavdevice-dev",
            "libavfilter-dev",
            "libavformat-dev",
            "libavutil-dev",
            "libclang-dev",
            "libswresample-dev",
            "libswscale-dev",
            "pkg-config",
        ),
        run=(
            "libavcodec61",
            "libavdevice61",
            "libavfilter10",
            "libavformat61",
            "libavutil59",
            "libswresample5",
            "libswscale8",
        ),
    ),
    Need(("magick_rust",), build=("libclang-dev", "libmagickwand-dev", "pkg-config"), run=("libmagickwand-7.q16-10",)),
    Need(("libvips",), build=("libvips-dev", "pkg-config"), run=("libvips42t64",)),
    Need(("libheif-sys",), build=("libheif-dev", "pkg-config"), run=("libheif1",)),
    Need(
        ("tesseract-sys",),
        build=("libclang-dev", "libleptonica-dev", "libtesseract-dev", "pkg-config"),
        run=("libtesseract5", "tesseract-ocr"),
    ),
    Need(("libxml",), build=("libclang-dev", "libxml2-dev", "pkg-config"), run=("libxml2",)),
    Need(("libgssapi-sys",), build=("libclang-dev", "libkrb5-dev", "pkg-config"), run=("libgssapi-krb5-2",)),
    Need(("pam-sys",), build=("libpam0g-dev",), run=("libpam0g",)),
    Need(("nettle-sys",), build=("libclang-dev", "nettle-dev", "pkg-config"), run=("libhogweed6t64", "libnettle8t64")),
    Need(("gpgme-sys",), build=("libgpgme-dev", "pkg-config"), run=("libgpgme11t64",)),
    Need(("odbc-sys",), build=("unixodbc-dev",), run=("libodbc2",)),
    Need(("libudev-sys",), build=("libudev-dev", "pkg-config"), run=("libudev1",)),
    Need(("libsystemd-sys",), build=("libsystemd-dev", "pkg-config"), run=("libsystemd0",)),
    Need(("libseccomp-sys",), build=("libseccomp-dev",), run=("libseccomp2",)),
    Need(("pcap",), build=("libpcap-dev",), run=("libpcap0.8t64",)),
    Need(("compress-tools",), build=("libarchive-dev", "pkg-config"), run=("libarchive13t64",)),
    Need(("geos-sys",), build=("libgeos-dev", "pkg-config"), run=("libgeos-c1t64",)),
    Need(("gdal-sys",), build=("libclang-dev", "libgdal-dev", "pkg-config"), run=("libgdal36",)),
    Need(
        ("proj-sys",),
        build=("cmake", "g++", "libproj-dev", "libsqlite3-dev", "make", "pkg-config", "sqlite3"),
        run=("libproj25",),
    ),
    Need(("ldap-sys",), build=("libldap-dev",), run=("libldap2",)),
)
