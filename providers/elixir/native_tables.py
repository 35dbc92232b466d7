"""What Hex packages need from the system.

Source, checked 2026-11-24: the packages' documentation and makefiles; Debian's package lists.
"""

from __future__ import annotations

from buildplan.language.packages import Need

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
