"""Ruby: Bundler; Rails, with and without Node; Sinatra, Hanami, Roda, Grape and what else is a Rack app; workers."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="ruby",
    title="Ruby",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    versions=late(".ruby_version:VERSIONS", __package__),
    below=late(".detect:below", __package__),
    start_help="a Rails app, a `config.ru`, a framework's `app.rb`, a worker's gem in the Gemfile, or a Procfile",
    manifests=("Gemfile", "gems.rb"),
    sources=("*.rb", "*.ru"),
    runtimes=("ruby",),
    tools=("bundler",),
    programs=("bundle", "foreman", "puma", "rackup", "rails", "rake", "ruby", "sidekiq"),
)
