"""What is expected of the fixtures `php-*`."""

from __future__ import annotations

from fixture_expectation import Expected


def apache(framework: str | None, why: str) -> Expected:
    return Expected("php", framework, "server", "apache2-foreground", why)


TABLE = {
    "php-bedrock": apache("bedrock", "WordPress is a package, below the folder `web`"),
    "php-composer-path": apache(None, "`web/index.php`; a package lies in the tree"),
    "php-form-beside-html": apache(None, "the page sends its form to a script: it is no static site"),
    "php-front-controller": apache(None, "`public/index.php` is the only script"),
    "php-htaccess": apache(None, "`index.php` at the root, with rewrite rules"),
    "php-in-a-folder": apache("slim", "the only PHP app is in a folder below documents"),
    "php-laravel-octane": Expected(
        "php",
        "laravel",
        "server",
        "php artisan octane:frankenphp --host=0.0.0.0 --port=${PORT} --admin-port=2019",
        "Octane is required, with FrankenPHP in its configuration",
    ),
    "php-laravel-vite": apache("laravel", "Laravel is required; Node builds its assets"),
    "php-nixpacks-fpm": apache(None, "the start command is that of an image that Nixpacks made"),
    "php-plain": apache(None, "`index.php` at the root"),
    "php-procfile-heroku": apache(None, "the Procfile starts Heroku's Apache with a folder"),
    "php-slim": apache("slim", "Slim is required"),
    "php-symfony": apache("symfony", "Symfony is required"),
    "php-vite": apache(None, "`public/index.php`; Node builds its assets"),
    "php-wordpress": apache("wordpress", "the files of WordPress are in the tree"),
    "php-worker": Expected("php", None, "worker", "php worker.php", "the Procfile has a worker only"),
}
