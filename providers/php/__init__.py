"""PHP: Composer; Laravel, Symfony, WordPress, Drupal and 30 more; plain scripts; Apache in front, or Octane."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="php",
    title="PHP",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".php_project:dependencies", __package__),
    versions=late(".php_version:VERSIONS", __package__),
    below=late(".detect:below", __package__),
    start_help="an `index.php` at the root or in `public/`, or a Procfile with a `web:` line",
    manifests=("composer.json",),
    sources=("*.php",),
    runtimes=("php",),
    tools=("composer",),
    options={
        "extensions": "extensions to install, with commas between",
        "fallback": "the script that answers unknown paths",
        "root": "the document root",
    },
    programs=(
        "apache2-foreground",
        "artisan",
        "frankenphp",
        "heroku-php-apache2",
        "heroku-php-nginx",
        "php",
        "php-fpm",
    ),
)
