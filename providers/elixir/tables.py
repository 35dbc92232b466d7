"""What is known of Elixir's packages, repositories and images.

Sources, checked 2026-11-24: the packages' documentation on hexdocs.pm and their makefiles; Debian's package lists;
https://oban.pro/docs/pro/installation.html; the history of library/elixir in docker-library/official-images, 2016-03-04
to 2026-08-20; the changelog of plug_crypto; https://github.com/elixir-lang/elixir/issues/12653
"""

from __future__ import annotations

from typing import NamedTuple

from buildplan.language.packages import Need

# Packages of Hex that make an app a web app, strongest first, and the task of Mix that starts the server where no
# release does; `plug` alone is a library.
FRAMEWORKS = {
    "phoenix": "",
    "kitto": "kitto.server",
    "bandit": "",
    "plug_cowboy": "",
    "cowboy": "",
    "elli": "",
    "ace": "",
}


class Repository(NamedTuple):
    """A Hex repository beside the public one: where it is, the fingerprint of its key, and the names of its secret.

    The secret has other names on platforms; the usual one comes first.
    """

    url: str
    fingerprint: str
    secrets: tuple[str, ...]


# By the name that `repo:` of a dependency has.
REPOSITORIES = {
    "oban": Repository(
        "https://repo.oban.pro",
        "SHA256:4/OSKi0NRF91QVVXlGAhb/BIMLnK8NHcx/EWs+aIWPc",
        ("OBAN_AUTH_KEY", "OBAN_LICENSE_KEY", "OBAN_PRO_AUTH_KEY", "OBAN_KEY"),
    )
}


class Limit(NamedTuple):
    """A package of old lock files that newer Elixir, or the Erlang/OTP of its images, cannot run.

    It is one below a version; `elixir` is the first line that cannot, `why` the reason.
    """

    package: str
    below: str
    elixir: str
    why: str


LIMITS = (
    Limit("plug_crypto", "1.2.1", "1.12", "it calls `:crypto.hmac`, which Erlang/OTP 24 has not"),
    Limit("ssl_verify_fun", "1.1.7", "1.15", "it does not compile with Elixir 1.15"),
)
# What Hex packages need from the system.
NEEDS = (
    Need(("mogrify", "ex_magick", "gm_ex"), run=("imagemagick",)),
    Need(("ffmpex", "ffmpegex", "thumbnex", "boombox", "xav_ffmpeg"), run=("ffmpeg",)),
    Need(("chromic_pdf", "puppeteer_pdf"), run=("chromium", "ghostscript")),
    Need(("majic", "gen_magic"), build=("libmagic-dev",), run=("libmagic1t64",)),
    Need(("enacl", "libsalty2", "salty", "kcl_nif", "ex_libsodium"), build=("libsodium-dev",), run=("libsodium23",)),
    Need(("fast_html", "myhtmlex", "rocksdb", "erocksdb", "ex_rocksdb", "torchx", "brotli_nif"), build=("cmake",)),
    Need(("fast_yaml",), run=("libyaml-0-2",)),
    Need(("fast_xml",), build=("libexpat1-dev",), run=("libexpat1",)),
    Need(("eimp",), build=("libgd-dev",), run=("libgd3", "libjpeg62-turbo", "libwebp7")),
    Need(("epam",), build=("libpam0g-dev",), run=("libpam0g",)),
    Need(("libsecp256k1", "libsecp256k1_source"), run=("libgmp10",)),
    Need(("ex_srtp", "ex_libsrtp_native"), build=("libsrtp2-dev",), run=("libsrtp2-1",)),
    Need(("egit", "geef"), build=("libgit2-dev",), run=("libgit2-1.9",)),
    Need(("re2",), build=("libre2-dev",), run=("libre2-11",)),
    Need(("tesseract_ocr",), run=("tesseract-ocr",)),
    Need(("git_cli", "gitex"), run=("git",)),
    Need(("nodejs", "live_svelte", "live_vue", "live_react", "phoenix_live_react_ssr"), run=("nodejs",)),
    Need(
        ("pdf_generator",),
        notice="it runs `wkhtmltopdf`, which Debian 13 does not have",
        fix="use Chromium (`use_chrome: true`) and add `chromium` to `apt`, or another package",
        severity="warning",
    ),
)
# From this OTP on its images are on Debian 12 or later: glibc, OpenSSL 3 and ncurses 6 of Debian 13 serve what they
# built. Older ones are on Debian 11 (OTP 24, 25) and 10, with OpenSSL 1.1.
DEBIAN_13_SERVES = 26
# Which images of Elixir there are: each release that ever had one, the Erlang/OTP of the plain tag (`elixir:1.14.4`),
# and those that have a tag of their own (`elixir:1.14.4-otp-24`), with `-slim` too. Releases that are not listed here,
# such as 1.15.5, never had an image. A line's own row is about its newest release.
RELEASES: dict[str, tuple[int, tuple[int, ...]]] = {
    "1.20.3": (29, (27, 28, 29)),
    "1.20.2": (29, (27, 28, 29)),
    "1.20.1": (29, (27, 28, 29)),
    "1.20.0": (29, (27, 28, 29)),
    "1.20": (29, (27, 28, 29)),
    "1.19.5": (28, (26, 27, 28)),
    "1.19.4": (28, (26, 27, 28)),
    "1.19.3": (28, (26, 27, 28)),
    "1.19.2": (28, (26, 27, 28)),
    "1.19.1": (28, (26, 27, 28)),
    "1.19.0": (28, (26, 27, 28)),
    "1.19": (28, (26, 27, 28)),
    "1.18.4": (28, (25, 26, 27, 28)),
    "1.18.3": (27, (25, 26, 27)),
    "1.18.2": (27, (25, 26, 27)),
    "1.18.1": (27, (25, 26, 27)),
    "1.18.0": (27, (25, 26, 27)),
    "1.18": (28, (25, 26, 27, 28)),
    "1.17.3": (27, (25, 26, 27)),
    "1.17.2": (27, (25, 26, 27)),
    "1.17.1": (27, (25, 26, 27)),
    "1.17.0": (27, (25, 26, 27)),
    "1.17": (27, (25, 26, 27)),
    "1.16.3": (26, (24, 25, 26)),
    "1.16.2": (26, (24, 25, 26)),
    "1.16.1": (26, (24, 25, 26)),
    "1.16.0": (26, (24, 25)),
    "1.16": (26, (24, 25, 26)),
    "1.15.8": (26, (24, 25, 26)),
    "1.15.7": (26, (24, 25, 26)),
    "1.15.6": (26, (24, 25)),
    "1.15.4": (26, (24, 25)),
    "1.15.1": (26, (24, 25)),
    "1.15.0": (26, (24, 25)),
    "1.15": (26, (24, 25, 26)),
    "1.14.5": (26, (24, 25, 26)),
    "1.14.4": (25, (24,)),
    "1.14.3": (25, (24,)),
    "1.14.2": (25, (24,)),
    "1.14.1": (25, ()),
    "1.14.0": (25, ()),
    "1.14": (26, (24, 25, 26)),
    "1.13.4": (24, (24, 25)),
    "1.13.3": (24, ()),
    "1.13.2": (24, ()),
    "1.13.1": (24, ()),
    "1.13.0": (24, ()),
    "1.13": (24, (24, 25)),
    "1.12.3": (24, (24,)),
    "1.12.2": (24, ()),
    "1.12.1": (24, ()),
    "1.12.0": (24, ()),
    "1.12": (24, (24,)),
    "1.11.4": (23, ()),
    "1.11.3": (23, ()),
    "1.11.2": (23, ()),
    "1.11.1": (23, ()),
    "1.11": (23, ()),
    "1.10.4": (22, ()),
    "1.10.3": (22, ()),
    "1.10.2": (22, ()),
    "1.10.1": (22, ()),
    "1.10.0": (22, ()),
    "1.10": (22, ()),
    "1.9.4": (22, ()),
    "1.9.2": (22, ()),
    "1.9.1": (22, ()),
    "1.9.0": (22, ()),
    "1.9": (22, ()),
    "1.8.2": (21, ()),
    "1.8.1": (21, ()),
    "1.8.0": (21, ()),
    "1.8": (21, ()),
    "1.7.4": (21, ()),
    "1.7.3": (21, ()),
    "1.7.2": (21, ()),
    "1.7.1": (21, ()),
    "1.7": (21, ()),
    "1.6.6": (20, ()),
    "1.6.5": (20, ()),
    "1.6.4": (20, ()),
    "1.6.3": (20, ()),
    "1.6.2": (20, ()),
    "1.6.1": (20, ()),
    "1.6.0": (20, ()),
    "1.6": (20, ()),
    "1.5.3": (20, ()),
    "1.5.2": (20, ()),
    "1.5.1": (20, ()),
    "1.5.0": (20, ()),
    "1.5": (20, ()),
    "1.4.5": (19, ()),
    "1.4.4": (19, ()),
    "1.4.2": (19, ()),
    "1.4.1": (19, ()),
    "1.4.0": (19, ()),
    "1.4": (19, ()),
    "1.3.4": (19, ()),
    "1.3.3": (19, ()),
    "1.3.2": (19, ()),
    "1.3.1": (19, ()),
    "1.3.0": (19, ()),
    "1.3": (19, ()),
}
