"""What gems need from the system.

Source, checked 2026-11-24: the gems' installation pages and extconf.rb; Debian's package lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Need

if TYPE_CHECKING:
    from buildplan.language.packages import Dependency

    from .project import Project

# What the image with compilers and libraries holds of the packages named below.
# fmt: off
HELD = frozenset({
    "build-essential", "default-libmysqlclient-dev", "git", "imagemagick", "libcurl4-openssl-dev", "libcurl4t64",
    "libffi-dev", "libmagickwand-7.q16-10", "libmagickwand-dev", "libmariadb3", "libpq-dev", "libpq5",
    "libsqlite3-0", "libsqlite3-dev", "libssl-dev", "libxml2", "libxml2-dev", "libxslt1-dev", "libxslt1.1",
    "libyaml-dev", "pkg-config", "zlib1g-dev",
})
# fmt: on


def is_compiled(project: Project, gem: Dependency) -> bool:
    """Return whether the lock file does not hold the gem with its extension compiled for Linux."""
    return not project.is_built(gem.name)


def unless_vips(project: Project, gem: Dependency) -> bool:
    """Return whether the gem is used: the Gemfile names it, or there is no `ruby-vips` to be used instead."""
    return gem.declared or project.installed("ruby-vips") is None


def without_a_lock(project: Project, _gem: Dependency) -> bool:
    """Return whether no lock file tells what else is installed."""
    return project.lock is None


def runs_javascript(project: Project, gem: Dependency) -> bool:
    """Return whether the app itself runs JavaScript: what only builds the assets of Rails does not count."""
    embedded = project.installed("mini_racer", "therubyracer", "duktape", "quickjs") is not None
    return not embedded and (gem.declared or project.rails is None)


def loads_sql(project: Project, _gem: Dependency) -> bool:
    """Return whether the schema is a dump in SQL, which the database's own client loads."""
    return project.tree.has("db/structure.sql")


NEEDS = (
    Need(("pg",), build=("libpq-dev",), run=("libpq5",), when=is_compiled),
    Need(("mysql2",), build=("default-libmysqlclient-dev", "pkg-config"), run=("libmariadb3",)),
    Need(("sqlite3",), build=("libsqlite3-dev", "pkg-config"), run=("libsqlite3-0",), when=is_compiled),
    Need(
        ("nokogiri",),
        build=("libxml2-dev", "libxslt1-dev", "pkg-config"),
        run=("libxml2", "libxslt1.1"),
        when=is_compiled,
    ),
    Need(("ruby-vips",), run=("libvips42t64",)),
    # It brings ruby-vips, and vips is what Active Storage uses; only a lock file would tell.
    Need(("image_processing",), run=("libvips42t64",), when=without_a_lock),
    Need(("execjs",), run=("nodejs",), when=runs_javascript),
    Need(("rmagick",), build=("libmagickwand-dev", "pkg-config"), run=("libmagickwand-7.q16-10",)),
    Need(("mini_magick",), run=("imagemagick",), when=unless_vips),
    Need(("ffi",), build=("libffi-dev",), when=is_compiled),
    Need(("psych",), build=("libyaml-dev",)),
    # Rails brings irb, which brings psych; only a lock file would tell.
    Need(("rails", "railties"), build=("libyaml-dev",), when=without_a_lock),
    Need(("pg",), run=("postgresql-client",), when=loads_sql),
    Need(("charlock_holmes",), build=("libicu-dev", "zlib1g-dev"), run=("libicu76",)),
    Need(("idn-ruby",), build=("libidn-dev",), run=("libidn12",)),
    Need(("rugged",), build=("cmake", "pkg-config", "libssl-dev", "zlib1g-dev")),
    Need(("curb",), build=("libcurl4-openssl-dev",), run=("libcurl4t64",)),
    Need(("typhoeus", "ethon"), run=("libcurl4t64",)),
    Need(("rbnacl",), run=("libsodium23",)),
    Need(("tiny_tds",), build=("freetds-dev",), run=("libsybdb5",), when=is_compiled),
    Need(("ruby-oci8",), notice="Oracle's client libraries are not in Debian", fix="add them in a phase of your own"),
    Need(("rszr",), build=("libimlib2-dev",), run=("libimlib2t64",)),
    Need(("snappy",), build=("libsnappy-dev", "cmake"), run=("libsnappy1v5",)),
    Need(("rdkafka",), build=("libssl-dev", "zlib1g-dev")),
    Need(("taglib-ruby",), build=("libtag1-dev",), run=("libtag1v5",)),
    Need(("streamio-ffmpeg",), run=("ffmpeg",)),
    Need(("rgeo", "rgeo-activerecord"), build=("libgeos-dev",), run=("libgeos-c1t64",)),
    Need(("openssl",), build=("libssl-dev",)),
    Need(("libxml-ruby",), build=("libxml2-dev", "pkg-config"), run=("libxml2",)),
    Need(
        ("wicked_pdf", "pdfkit"),
        notice="it needs the program wkhtmltopdf, which Debian 13 does not have",
        fix="add the gem `wkhtmltopdf-binary`, or make PDFs with grover or ferrum",
    ),
)
