"""What is expected of the fixtures `ruby-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "ruby-grape-falcon": Expected(
        "ruby",
        "grape",
        "server",
        "bundle exec falcon serve --bind http://0.0.0.0:${PORT}",
        "`config.ru` of Grape is served by falcon, a declared gem",
    ),
    "ruby-hanami": Expected(
        "ruby",
        "hanami",
        "server",
        "bundle exec puma -C config/puma.rb",
        "`config.ru` of Hanami is served by puma, a declared gem",
    ),
    "ruby-in-a-folder": Expected(
        "ruby", "sinatra", "server", "bundle exec ruby app.rb", "the only Ruby app is in a folder below documents"
    ),
    "ruby-local-gem": Expected(
        "ruby", "rack", "server", "bundle exec puma -p ${PORT}", "`config.ru` of Rack is served by puma, a declared gem"
    ),
    "ruby-rack-no-server": Expected(
        "ruby",
        "rack",
        "server",
        "bundle exec rackup -o 0.0.0.0 -p ${PORT}",
        "`config.ru` of Rack is served by rackup, a declared gem",
    ),
    "ruby-rack-puma": Expected(
        "ruby", "rack", "server", "bundle exec puma -p ${PORT}", "`config.ru` of Rack is served by puma, a declared gem"
    ),
    "ruby-rails-api": Expected(
        "ruby", "rails", "server", "bin/rails server", "the Rails application; its server reads PORT and config/puma.rb"
    ),
    "ruby-rails-esbuild": Expected(
        "ruby", "rails", "server", "bin/rails server", "the Rails application; its server reads PORT and config/puma.rb"
    ),
    "ruby-rails-importmap": Expected(
        "ruby",
        "rails",
        "server",
        "HTTP_PORT=${PORT} exec bin/thrust bin/rails server",
        "Thruster serves files and compresses in front of Rails, which the Gemfile asks for",
    ),
    "ruby-rails-vite": Expected(
        "ruby", "rails", "server", "bin/rails server", "the Rails application; its server reads PORT and config/puma.rb"
    ),
    "ruby-roda": Expected(
        "ruby", "roda", "server", "bundle exec puma -p ${PORT}", "`config.ru` of Roda is served by puma, a declared gem"
    ),
    "ruby-sidekiq-worker": Expected(
        "ruby", None, "worker", "bundle exec sidekiq -r ./worker.rb", "sidekiq works through its queue"
    ),
    "ruby-sinatra-classic": Expected("ruby", "sinatra", "server", "bundle exec ruby app.rb", "the file that serves"),
    "ruby-sinatra-modular-procfile": Expected(
        "ruby", "sinatra", "server", "bundle exec puma -C config/puma.rb", "the start command that was asked for"
    ),
}
