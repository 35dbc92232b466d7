"""Detection, gems, assets and processes of Ruby apps."""

from __future__ import annotations

import pytest
from planned import codes, commands, diagnostic, plan, started
from ruby_trees import RACK, RAILS, detected, lock

from buildplan.errors import NoStartError
from buildplan.language.contract import Strength

PIPELINE = {**RAILS, "Gemfile": RAILS["Gemfile"] + 'gem "propshaft"\n', "app/assets/a.css": ""}


@pytest.mark.parametrize(
    ("files", "strength"),
    [
        (RACK, Strength.APP),
        (RAILS, Strength.APP),
        ({"Gemfile": 'gem "fastlane"\n'}, Strength.TOOLING),
        ({"Gemfile": 'gem "jekyll"\n', "config.ru": "run 1"}, Strength.TOOLING),
        ({"Gemfile": 'gem "money"\n'}, Strength.MANIFEST),
        ({"config.ru": "run 1"}, Strength.STRAY),
        ({"Gemfile": "<<<<<<< ours\n"}, Strength.MANIFEST),
    ],
)
def test_evidence_has_a_strength(files: dict[str, str], strength: Strength) -> None:
    found = detected(files)
    assert found is not None
    assert found.strength is strength


def test_a_rails_app_with_a_package_json_that_starts_is_still_rails() -> None:
    made = plan({**RAILS, "package.json": '{"scripts": {"start": "node server.js"}}'})
    assert [use.name for use in made.providers if use.role == "app"] == ["ruby"]


def test_a_library_says_what_would_start() -> None:
    with pytest.raises(NoStartError):
        plan({"Gemfile": 'gem "money"\n'})


def test_a_lock_file_decides_and_developers_gems_stay_out() -> None:
    text = 'group :development do\n  gem "debug"\nend\n'
    files = {**RACK, "Gemfile": RACK["Gemfile"] + text}
    assert "BUNDLE_DEPLOYMENT" not in plan(files).dockerfile()
    assert "BP612" in codes(plan(files))
    made = plan({**files, "Gemfile.lock": lock("puma (6.4.0)")})
    assert dict(made.run.environment)["BUNDLE_DEPLOYMENT"] == "1"
    assert dict(made.run.environment)["BUNDLE_WITHOUT"] == "development"
    assert "BP612" not in codes(made)


def test_a_lock_file_without_linux_is_reported_where_it_says_so() -> None:
    made = plan({**RACK, "Gemfile.lock": lock("puma (6.4.0)", platforms=("arm64-darwin-23",))})
    found = diagnostic(made, "BP659")
    assert found.origin is not None
    assert found.origin.line == 6
    # Frozen, `bundle install` would stop; the versions are those of the file all the same.
    assert "BUNDLE_DEPLOYMENT" not in made.dockerfile()
    assert "COPY Gemfile Gemfile.lock" in made.dockerfile()


def test_an_old_ruby_gets_the_bundler_of_the_lock_file() -> None:
    files = {**RACK, ".ruby-version": "2.7.8", "Gemfile.lock": lock("puma (5.0)", bundler="2.3.9")}
    assert commands(plan(files), "install")[0].startswith("gem install bundler --no-document --version 2.3.9 && ")
    files[".ruby-version"] = "3.4.1"
    assert commands(plan(files), "install")[0].startswith("bundle install")


@pytest.mark.parametrize(
    ("specs", "build", "run"),
    [
        (("pg (1.5.9)",), "libpq-dev", "libpq5"),
        (("nokogiri (1.18.0)",), "libxml2-dev", "libxml2"),
        (("ruby-vips (2.2.0)",), "build-essential", "libvips42t64"),
        (("mysql2 (0.5.6)",), "default-libmysqlclient-dev", "libmariadb3"),
    ],
)
def test_gems_bring_their_libraries(specs: tuple[str, ...], build: str, run: str) -> None:
    made = plan({**RACK, "Gemfile.lock": lock(*specs)})
    setup = made.phase("setup")
    assert setup is not None
    assert build in setup.apt_packages
    assert run in made.run.apt_packages
    assert build not in made.run.apt_packages


def test_a_gem_that_is_compiled_already_needs_nothing() -> None:
    made = plan({**RACK, "Gemfile.lock": lock("nokogiri (1.18.0)", "nokogiri (1.18.0-x86_64-linux-gnu)")})
    assert "libxml2" not in made.run.apt_packages


def test_a_private_source_gets_its_login_as_a_secret() -> None:
    files = {**RACK, "Gemfile": 'source "https://gems.my-shop.example" do\n  gem "x"\nend\n' + RACK["Gemfile"]}
    made = plan(files)
    assert made.secrets == ("BUNDLE_GEMS__MY___SHOP__EXAMPLE",)


def test_local_gems_are_copied_before_the_installation() -> None:
    files = {**RACK, "Gemfile": 'gem "x", path: "gems/x"\n' + RACK["Gemfile"], "gems/x/x.gemspec": ""}
    install = plan(files).phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == ["Gemfile", "gems/x/"]


def test_assets_are_built_without_node_where_nothing_runs_it() -> None:
    made = plan(PIPELINE)
    assert commands(made, "build") == ("SECRET_KEY_BASE_DUMMY=1 bin/rails assets:precompile",)
    assert not [phase for phase in made.phases if phase.name.startswith("node")]


def test_node_goes_into_the_build_that_runs_it() -> None:
    files = {
        **PIPELINE,
        "Gemfile": PIPELINE["Gemfile"] + 'gem "jsbundling-rails"\n',
        "package.json": '{"scripts": {"build": "esbuild a.js"}, "dependencies": {"esbuild": "0.25.0"}}',
    }
    made = plan(files)
    assert [phase.name for phase in made.phases][:2] == ["node:setup", "node:install"]
    assert made.phase("node:build") is None
    build = made.phase("build")
    assert build is not None
    assert "node_modules/" in [item.path for item in build.inputs]
    assert build.commands[-1].endswith("assets:precompile && rm -rf node_modules")


def test_execjs_needs_node_and_no_packages() -> None:
    made = plan({**PIPELINE, "Gemfile.lock": lock("execjs (2.9)", "propshaft (1.0)", "rails (7.0.8)")})
    assert made.phase("node") is not None
    assert commands(made, "build")[0].startswith("SECRET_KEY_BASE=1 ")


def test_variables_without_a_default_get_a_placeholder() -> None:
    files = {
        **PIPELINE,
        "config/initializers/mail.rb": 'A = ENV.fetch("SMTP_HOST")\nB = ENV.fetch("X", 1)\nC = ENV.fetch("Y") { 1 }\n',
        "config/database.yml": 'production:\n  url: <%= ENV.fetch("DATABASE_URL") %>\n',
    }
    line = commands(plan(files), "build")[0]
    assert "SMTP_HOST=placeholder DATABASE_URL=postgresql://localhost/placeholder bin/rails" in line
    assert " X=" not in line
    assert " Y=" not in line


def test_migrations_are_a_release_process_and_workers_are_processes() -> None:
    files = {**RAILS, "Gemfile": RAILS["Gemfile"] + 'gem "sidekiq"\n', "db/schema.rb": ""}
    made = plan(files)
    assert {item.name: item.text for item in made.processes} == {
        "web": "bin/rails server",
        "worker": "bundle exec sidekiq",
        "release": "bin/rails db:migrate",
    }
    several = plan({**files, "db/queue_schema.rb": ""})
    release = several.process("release")
    assert release is not None
    assert release.text == "bin/rails db:prepare"


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"Procfile": "web: puma -p $PORT\n"}, "bundle exec puma -p $PORT"),
        ({"Procfile": "web: bundle exec thrust bin/x\n"}, "HTTP_PORT=${PORT} exec bundle exec thrust bin/x"),
        ({"Procfile": "web: ./run\n"}, "./run"),
        ({"Procfile": "web: rackup\n"}, "bundle exec rackup -p ${PORT}"),
        (
            {"Procfile": "web: bundle exec puma -t 1:5 -p 4567 -e production\n"},
            "bundle exec puma -t 1:5 -p ${PORT} -e production",
        ),
        ({"Procfile": "web: bundle exec puma\n", "config/puma.rb": "port ENV['PORT']\n"}, "bundle exec puma"),
        ({"config/puma.rb": 'port ENV.fetch("PORT", 1)\n'}, "bundle exec puma -C config/puma.rb"),
        ({"config/puma.rb": "# port ENV['PORT']\nport 80\n"}, "bundle exec puma -p ${PORT}"),
        ({}, "bundle exec puma -p ${PORT}"),
    ],
)
def test_start_commands(files: dict[str, str], command: str) -> None:
    assert started(plan({**RACK, **files})) == command


def test_an_address_that_nobody_can_reach_is_mended() -> None:
    made = plan({**RAILS, "config/puma.rb": 'bind "tcp://127.0.0.1:3000"\n'})
    assert started(made) == "bin/rails server -b 0.0.0.0"
    assert "BP649" in codes(made)


def test_a_server_that_is_not_declared_is_reported() -> None:
    made = plan({"Gemfile": 'gem "sinatra"\n', "app.rb": 'require "sinatra"\n'})
    assert started(made) == "bundle exec ruby app.rb"
    assert "BP800" in codes(made)


def test_a_demanded_master_key_is_reported() -> None:
    made = plan({**PIPELINE, "config/environments/production.rb": "config.require_master_key = true\n"})
    assert "BP801" in codes(made)


def test_rails_health_check_is_asked_unless_hosts_are_limited() -> None:
    files = {**RAILS, "config/routes.rb": 'get "up" => "rails/health#show", as: :up\n'}
    assert plan(files).run.health_check is not None
    files["config/environments/production.rb"] = 'config.hosts << "example.com"\n'
    assert plan(files).run.health_check is None


def test_rails_without_puma_is_served_by_what_is_declared() -> None:
    files = {**RAILS, "Gemfile": 'gem "rails"\ngem "unicorn"\n', "config/unicorn.rb": ""}
    assert started(plan(files)) == "bundle exec unicorn -c config/unicorn.rb -p ${PORT}"


def test_a_bot_is_a_worker() -> None:
    made = plan({"Gemfile": 'gem "discordrb"\n', "bot.rb": 'require "discordrb"\n'})
    assert (made.start, started(made)) == ("worker", "bundle exec ruby bot.rb")


def test_imagemagick_comes_with_the_gem_that_calls_it() -> None:
    gems = ("image_processing (1.14)", "mini_magick (5.0)", "ruby-vips (2.2)")
    files = {**RACK, "Gemfile.lock": lock(*gems)}
    assert "imagemagick" not in plan(files).run.apt_packages
    files["Gemfile"] += 'gem "mini_magick"\n'
    assert "imagemagick" in plan(files).run.apt_packages


def test_a_package_json_without_dependencies_installs_nothing() -> None:
    gemfile = PIPELINE["Gemfile"] + 'gem "jsbundling-rails"\n'
    made = plan({**PIPELINE, "Gemfile": gemfile, "package.json": '{"scripts": {"build": "node build.js"}}'})
    assert made.phase("node:install") is None
    build = made.phase("build")
    assert build is not None
    assert "node_modules/" not in [item.path for item in build.inputs]
    assert "/usr/local/bin/" in [item.path for item in build.inputs]


def test_what_the_mirrors_dropped_comes_from_the_archive() -> None:
    rails = {**RAILS, "Gemfile": RAILS["Gemfile"] + 'gem "pg"\ngem "streamio-ffmpeg"\n', ".ruby-version": "2.7.1"}
    text = plan(rails).dockerfile()
    assert "FROM ruby:2.7.1-slim-buster AS" in text
    assert text.count("archive.debian.org") == 2
    assert "ffmpeg" in text


def test_where_nobody_knows_the_debian_the_image_holds_compilers() -> None:
    rails = {**RAILS, "Gemfile": RAILS["Gemfile"] + 'gem "pg"\ngem "streamio-ffmpeg"\n', ".ruby-version": "2.3.1"}
    made = plan(rails)
    text = made.dockerfile()
    assert "FROM ruby:2.3.1 AS" in text
    assert "FROM ruby:2.3.1\n" in text
    assert "apt-get" not in text
    assert "LD_PRELOAD" not in text
    assert "`ffmpeg` cannot be installed" in diagnostic(made, "BP626").text
    site = {"Gemfile": 'gem "jekyll"\nruby "2.3.1"\n', "_config.yml": "title: x\n", "index.md": "x"}
    assert "apt-get" not in plan(site).dockerfile()


def test_a_ruby_older_than_the_names_of_suites_has_a_plain_tag() -> None:
    assert "FROM ruby:2.2.1 AS" in plan({**RAILS, ".ruby-version": "2.2.1"}).dockerfile()


@pytest.mark.parametrize(
    ("line", "configuration", "expected"),
    [
        ("puma -C config/puma.rb", 'port ENV.fetch("APP_PORT", 2300)', "APP_PORT=${PORT} exec bundle exec puma -C"),
        ("puma --config ./p.rb", 'port ENV.fetch "PORT"', "bundle exec puma --config ./p.rb"),
        ("puma -p 4000 -C config/puma.rb", 'port ENV["APP_PORT"]', "bundle exec puma -p ${PORT} -C"),
        ("puma -C config/puma.rb", "port ENV.fetch(name)", "bundle exec puma -C config/puma.rb"),
    ],
)
def test_pumas_own_variable_gets_the_port(line: str, configuration: str, expected: str) -> None:
    files = {**RACK, "Procfile": f"web: {line}\n", "config/puma.rb": f"{configuration}\n", "p.rb": f"{configuration}\n"}
    assert started(plan(files)).startswith(expected)


@pytest.mark.parametrize(("version", "command"), [("1.3.5", "precompile"), ("2.2.0", "compile")])
def test_each_hanami_has_its_own_command_for_assets(version: str, command: str) -> None:
    specs = (f"hanami ({version})", f"hanami-assets ({version})", "puma (6.0)")
    files = {**RACK, "Gemfile": 'gem "hanami"\ngem "puma"\n', "Gemfile.lock": lock(*specs), "db/migrations/1.rb": ""}
    made = plan(files)
    assert commands(made) == (f"bundle exec hanami assets {command}",)
    assert next(item.text for item in made.processes if item.name == "release") == "bundle exec hanami db migrate"


def test_a_bot_is_started_by_its_one_script() -> None:
    made = plan({"Gemfile": 'gem "discordrb"\n', "start_bot.rb": "", "helper.rb": ""})
    assert (made.start, started(made)) == ("worker", "bundle exec ruby start_bot.rb")
    with pytest.raises(NoStartError):
        plan({"Gemfile": 'gem "money"\n', "start_bot.rb": ""})


def test_vite_does_not_install_again_without_the_cache_and_the_secrets() -> None:
    gemfile = PIPELINE["Gemfile"] + 'gem "vite_rails"\n'
    package = '{"devDependencies": {"vite": "7.0.0"}}'
    text = plan({**PIPELINE, "Gemfile": gemfile, "package.json": package}).dockerfile()
    assert "VITE_RUBY_SKIP_ASSETS_PRECOMPILE_INSTALL=true" in text
    bare = plan({**PIPELINE, "Gemfile": gemfile, "package.json": "{}"}).dockerfile()
    assert "VITE_RUBY_SKIP" not in bare


def test_pictures_without_a_lock_file_get_vips() -> None:
    gemfile = RAILS["Gemfile"] + 'gem "image_processing"\n'
    assert "libvips42t64" in plan({**RAILS, "Gemfile": gemfile}).run.apt_packages
    locked = plan({**RAILS, "Gemfile": gemfile, "Gemfile.lock": lock("rails (8.0.0)", "image_processing (1.0)")})
    assert "libvips42t64" not in locked.run.apt_packages


def test_execjs_has_a_javascript_runtime_where_the_app_runs_it() -> None:
    gem = RACK["Gemfile"] + 'gem "execjs"\n'
    assert "nodejs" in plan({**RACK, "Gemfile": gem}).run.apt_packages
    assert "nodejs" not in plan({**RACK, "Gemfile": gem + 'gem "mini_racer"\n'}).run.apt_packages
    assets = plan({**PIPELINE, "Gemfile.lock": lock("rails (8.0.0)", "execjs (2.9.1)", "uglifier (4.2.0)")})
    assert "nodejs" not in assets.run.apt_packages


def test_threads_get_an_allocator_that_does_not_fragment() -> None:
    made = plan({**RACK, "Gemfile": RACK["Gemfile"] + 'gem "puma"\n'})
    assert "libjemalloc2" in made.run.apt_packages
    assert dict(made.run.environment)["LD_PRELOAD"] == "libjemalloc.so.2"


def test_the_only_script_that_requires_sinatra_is_the_app_whatever_its_name() -> None:
    files = {"Gemfile": 'gem "sinatra"\ngem "rackup"\n', "hello.rb": 'require "sinatra"\n', "lib.rb": "# sinatra\n"}
    assert started(plan(files)) == "bundle exec ruby hello.rb"
