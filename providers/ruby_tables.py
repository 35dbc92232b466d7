"""What Ruby is, and what is known of its gems: the declaration, frameworks, servers, workers, system packages.

Sources, checked 2026-11-24: the projects' documentation and source; for system packages the gems' installation pages
and extconf.rb, and Debian's package lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.declare import Language, late
from buildplan.language.packages import Need
from buildplan.language.rules import Framework

if TYPE_CHECKING:
    from buildplan.language.packages import Dependency

    from .ruby import Project

LANGUAGE = Language(
    name="ruby",
    title="Ruby",
    detect=late(".ruby:detect", __package__),
    plan=late(".ruby:plan", __package__),
    dependencies=late(".ruby:dependencies", __package__),
    versions=late(".ruby:VERSIONS", __package__),
    below=late(".ruby:below", __package__),
    start_help="a Rails app, a `config.ru`, a framework's `app.rb`, a worker's gem in the Gemfile, or a Procfile",
    manifests=("Gemfile", "gems.rb"),
    sources=("*.rb", "*.ru"),
    runtimes=("ruby",),
    tools=("bundler",),
    programs=("bundle", "foreman", "puma", "rackup", "rails", "rake", "ruby", "sidekiq"),
)


# --- frameworks, servers, workers -------------------------------------------------------------------------------------

# Rails is the first row, any other Rack app the last.
FRAMEWORKS = (
    Framework("rails", "Rails", ("rails", "railties"), environment=(("RAILS_ENV", "production"),)),
    Framework(
        "hanami", "Hanami", ("hanami",), environment=(("HANAMI_ENV", "production"), ("HANAMI_SERVE_ASSETS", "true"))
    ),
    Framework("sinatra", "Sinatra", ("sinatra",), environment=(("APP_ENV", "production"),)),
    Framework("padrino", "Padrino", ("padrino", "padrino-core")),
    Framework("grape", "Grape", ("grape",)),
    Framework("roda", "Roda", ("roda",)),
    Framework("cuba", "Cuba", ("cuba",)),
    Framework("syro", "Syro", ("syro",)),
    Framework("camping", "Camping", ("camping",)),
    Framework("rage", "Rage", ("rage-rb",), environment=(("RAGE_ENV", "production"),)),
    Framework("rack", "Rack", ("rack",)),
)


class Server(NamedTuple):
    """A gem that serves a `config.ru`; `${PORT}` in its command needs a shell.

    With its `configuration` in the tree the command is `always`, or `configured` where that file reads PORT.
    """

    gem: str
    command: str
    configuration: str = ""
    configured: str = ""
    always: str = ""


# The first that the app has is taken.
SERVERS = (
    Server("puma", "bundle exec puma -p ${PORT}", "config/puma.rb", configured="bundle exec puma -C config/puma.rb"),
    Server("falcon", "bundle exec falcon serve --bind http://0.0.0.0:${PORT}"),
    Server(
        "unicorn",
        "bundle exec unicorn -p ${PORT}",
        "config/unicorn.rb",
        always="bundle exec unicorn -c config/unicorn.rb -p ${PORT}",
    ),
    Server(
        "pitchfork",
        "bundle exec pitchfork -p ${PORT}",
        "config/pitchfork.rb",
        always="bundle exec pitchfork -c config/pitchfork.rb -p ${PORT}",
    ),
    Server("thin", "bundle exec thin start -a 0.0.0.0 -p ${PORT}"),
    Server("iodine", "bundle exec iodine -p ${PORT}"),
    Server("passenger", "bundle exec passenger start --port ${PORT} --address 0.0.0.0"),
    Server("rackup", "bundle exec rackup -o 0.0.0.0 -p ${PORT}"),
)


class Worker(NamedTuple):
    """A process beside the app: its gem, name and command; `file` is a binstub that wins, `needs` a file it needs."""

    gem: str
    name: str
    command: str
    file: str = ""
    needs: str = ""


WORKERS = (
    Worker("sidekiq", "worker", "bundle exec sidekiq"),
    Worker("solid_queue", "worker", "bundle exec rake solid_queue:start", file="bin/jobs"),
    Worker("good_job", "worker", "bundle exec good_job start"),
    Worker("delayed_job_active_record", "worker", "bundle exec rake jobs:work"),
    Worker("delayed_job_mongoid", "worker", "bundle exec rake jobs:work"),
    Worker("que", "worker", "bundle exec que"),
    Worker("resque", "worker", "bundle exec rake resque:work QUEUE=*"),
    Worker("karafka", "worker", "bundle exec karafka server", needs="karafka.rb"),
    Worker("shoryuken", "worker", "bundle exec shoryuken -R -C config/shoryuken.yml", needs="config/shoryuken.yml"),
    Worker("clockwork", "clock", "bundle exec clockwork clock.rb", needs="clock.rb"),
)
# Rails below a version, and the Ruby that it does not run on any more: it counts where nothing pins a Ruby.
RAILS_LIMITS = (("6.0", "< 3.0"), ("6.1", "< 3.1"), ("7.0", "< 3.3"), ("7.1", "< 3.4"))
# fmt: off
# What a Gemfile may hold without being an app.
TOOLS = frozenset({
    "fastlane", "cocoapods", "xcodeproj", "danger", "rubocop", "overcommit", "html-proofer", "jazzy", "jekyll",
    "github-pages", "middleman", "bridgetown", "nanoc", "asciidoctor", "kramdown", "mdl", "rake", "bundler", "minitest",
    "rspec", "licensed", "licensee", "xcpretty", "slather", "compass", "sass", "scss_lint", "pry", "abbrev", "mutex_m",
    "bigdecimal", "concurrent-ruby", "activesupport", "benchmark", "logger", "nkf", "tzinfo", "tzinfo-data", "wdm",
    "webrick", "http_parser.rb", "faraday-retry",
})
# Generators of static sites: a tree of theirs is a site, unless it also holds an app.
GENERATORS = ("jekyll", "github-pages", "middleman", "bridgetown", "nanoc")
# What an app that talks to a chat is made with.
BOTS = (
    "discordrb", "telegram-bot-ruby", "slack-ruby-bot", "slack-ruby-client", "cinch", "twitch-bot",
    "facebook-messenger",
)
# What runs Node while assets are built.
BUNDLERS = (
    "jsbundling-rails", "cssbundling-rails", "vite_rails", "vite_ruby", "shakapacker", "webpacker", "react_on_rails",
    "hanami-assets",
)
# Programs of gems: a command that names one without Bundler finds it only through Bundler.
PROGRAMS = frozenset({
    "puma", "rackup", "rails", "rake", "sidekiq", "unicorn", "unicorn_rails", "thin", "falcon", "iodine", "passenger",
    "hanami", "good_job", "que", "karafka", "shoryuken", "clockwork", "thrust", "pitchfork", "resque", "resque-pool",
    "padrino", "anycable", "sneakers",
})
# fmt: on
# Gem, and the variable that keeps its task from installing the packages again, without the cache and the registry's
# secrets: https://github.com/rails/jsbundling-rails (lib/tasks/jsbundling/build.rake) and
# https://vite-ruby.netlify.app/config/#environment-variables, read 2026-11-24.
SKIPS = {
    "jsbundling-rails": ("SKIP_YARN_INSTALL", "1"),
    "cssbundling-rails": ("SKIP_YARN_INSTALL", "1"),
    "vite_ruby": ("VITE_RUBY_SKIP_ASSETS_PRECOMPILE_INSTALL", "true"),
    "vite_rails": ("VITE_RUBY_SKIP_ASSETS_PRECOMPILE_INSTALL", "true"),
    "vite_hanami": ("VITE_RUBY_SKIP_ASSETS_PRECOMPILE_INSTALL", "true"),
}


# --- what gems need from the system -----------------------------------------------------------------------------------

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
