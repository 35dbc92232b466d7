from __future__ import annotations

import pytest
from php_trees import INDEX, composer, laravel
from planned import commands, decision, plan

from buildplan.errors import ConfigError


def root(files: dict[str, str], **options: object) -> str:
    return decision(plan(files, **options), "php.root").value


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"index.php": INDEX}, "."),
        ({"public/index.php": INDEX}, "public"),
        ({"public/index.php": INDEX, "index.php": INDEX}, "public"),
        ({"web/index.php": INDEX}, "web"),
        ({"htdocs/index.php": INDEX}, "htdocs"),
        (laravel(), "public"),
        (
            {"composer.json": composer({"cakephp/cakephp": "5.*"}), "webroot/index.php": INDEX, "index.php": ""},
            "webroot",
        ),
        ({"composer.json": composer({"drupal/core-recommended": "11.*"})}, "web"),
        (
            {
                "composer.json": composer(
                    {"drupal/core": "11.*"},
                    extra={"drupal-scaffold": {"locations": {"web-root": "docroot/"}}},
                )
            },
            "docroot",
        ),
        ({"composer.json": composer({"a/b": "1"}, extra={"symfony": {"public-dir": "www"}}), "x.php": ""}, "www"),
        ({"composer.json": composer({"roots/wordpress": "6.*"}, extra={"wordpress-install-dir": "site/wp"})}, "site"),
        ({".htaccess": "", "login.php": INDEX}, "."),
        ({"index.php": INDEX, "p/index.php": INDEX, "docker/a.conf": "\tDocumentRoot /var/www/X/p/\n"}, "p"),
        ({"index.php": INDEX, "p/index.php": INDEX, "nginx.conf": "  root /srv/p;\n  root /x;\n"}, "p"),
        (
            {
                "index.php": INDEX,
                "dist/index.php": INDEX,
                "Dockerfile": "FROM x\nENV APACHE_DOCUMENT_ROOT=/app/dist/\n",
            },
            "dist",
        ),
        ({"shop/index.php": INDEX, "Dockerfile": "FROM php:8.3-apache\nCOPY --chown=x shop/ /var/www/html/\n"}, "shop"),
        ({"shop/index.php": INDEX, "docker-compose.yml": '      - "./shop:/var/www/html:ro"\n'}, "shop"),
        (
            {
                "index.php": INDEX,
                "Dockerfile": 'FROM x\nCMD ["php", "-S", "0.0.0.0:80", "-t", "site"]',
                "site/index.php": "",
            },
            "site",
        ),
        ({"index.php": INDEX, "Procfile": "web: php -S 0.0.0.0:$PORT -t site", "site/a.php": ""}, "site"),
        (
            {
                "composer.json": composer({"a/b": "1"}, scripts={"start": "php -S localhost:80 -t site/"}),
                "site/index.php": INDEX,
                "index.php": INDEX,
            },
            "site",
        ),
        ({"index.php": INDEX, "nginx.conf": "root /var/www/../etc;\nroot /nowhere;\n"}, "."),
        ({"index.html": "x", "backend/a.php": INDEX, "Dockerfile": "FROM php:8-apache\n"}, "."),
        ({"composer.json": composer({"a/b": "1"}), "yourls-loader.php": INDEX}, "."),
        (laravel() | {"nginx.conf": "root /var/www/other;\n", "other/index.php": INDEX}, "public"),
        ({"Procfile": "web: vendor/bin/heroku-php-nginx -C nginx.conf site/", "index.php": INDEX}, "site"),
        ({"Procfile": "web: heroku-php-apache2", "index.php": INDEX, "public/index.php": INDEX}, "."),
    ],
)
def test_the_document_root_is_found(files: dict[str, str], expected: str) -> None:
    assert root(files) == expected


def test_the_configuration_says_where_it_is() -> None:
    assert root({"public/index.php": INDEX, "site/a.php": ""}, set=('php.root="site"',)) == "site"
    assert root({"public/index.php": INDEX}, env={"NIXPACKS_PHP_ROOT_DIR": "/app/public"}) == "public"


@pytest.mark.parametrize("value", ["a b", "$(x)", "a'; touch x; '", "../..", "a!b", "-x", "a\\nb"])
def test_a_folder_that_apache_could_not_be_told_of_is_an_error(value: str) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        plan({"index.php": INDEX}, set=(f"php.root={value}",))


def test_a_front_controller_answers_unknown_paths() -> None:
    line = "FallbackResource /index.php"
    assert any(line in text for text in commands(plan(laravel()), "server"))
    assert any(line in text for text in commands(plan({"public/index.php": INDEX}), "server"))
    assert not any("Fallback" in text for text in commands(plan({"index.php": INDEX}), "server"))
    several = {"public/index.php": INDEX, "public/login.php": INDEX}
    assert not any("Fallback" in text for text in commands(plan(several), "server"))
    made = plan({"index.php": INDEX}, set=('php.fallback="/index.php"',))
    assert any(line in text for text in commands(made, "server"))


def test_a_front_controller_may_have_a_name_of_its_own() -> None:
    made = plan({"yourls-loader.php": INDEX, "admin/index.php": INDEX})
    assert any("FallbackResource /yourls-loader.php" in text for text in commands(made, "server"))


def test_a_fallback_that_is_no_script_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no script"):
        plan({"index.php": INDEX}, set=('php.fallback="/a\' b.php"',))
