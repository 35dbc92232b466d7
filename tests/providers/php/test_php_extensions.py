from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from buildplan.providers.php.tables import BUILTIN, EXTENSIONS
from php_trees import INDEX, composer, extensions, laravel, lock
from planned import codes, decision, plan

from buildplan.catalogue import runtime

if TYPE_CHECKING:
    from collections.abc import Mapping


def of(require: dict[str, str], *packages: Mapping[str, object], **files: str) -> list[str]:
    tree = {"composer.json": composer(require), "composer.lock": lock(*packages), "public/index.php": INDEX, **files}
    return extensions(plan(tree))


def test_what_the_image_holds_is_not_installed() -> None:
    assert of({"ext-json": "*", "ext-mbstring": "*", "ext-PDO": "*", "ext-zend-opcache": "*", "ext-curl": "*"}) == []


def test_extensions_of_the_manifest_and_of_locked_packages_are_installed() -> None:
    package = {"name": "a/b", "version": "1", "require": {"ext-intl": "*", "php": ">=8"}}
    assert of({"ext-gd": "*", "a/b": "1"}, package) == ["gd", "intl"]


def test_development_packages_ask_for_nothing() -> None:
    manifest = composer({"ext-gd": "*"}, **{"require-dev": {"ext-xdebug": "*", "x/y": "1"}})
    dev = [{"name": "x/y", "version": "1", "require": {"ext-soap": "*"}}]
    tree = {"composer.json": manifest, "composer.lock": lock(**{"packages-dev": dev}), "public/index.php": INDEX}
    assert extensions(plan(tree)) == ["gd"]


def test_what_a_polyfill_provides_is_not_wanted_of_the_platform() -> None:
    polyfill = {"name": "symfony/polyfill-apcu", "version": "1", "provide": {"ext-apcu": "*"}}
    user = {"name": "a/b", "version": "1", "require": {"ext-apcu": "*"}}
    assert of({"a/b": "1"}, polyfill, user) == []


def test_a_library_is_installed_in_the_image_and_its_headers_in_the_build_only() -> None:
    made = plan({"composer.json": composer({"ext-gd": "*", "ext-redis": "*"}), "public/index.php": INDEX})
    setup = made.phase("setup")
    assert setup is not None
    assert "libpng-dev" in setup.apt_packages
    assert "libpng16-16t64" in made.run.apt_packages
    assert not any(name.endswith("-dev") for name in made.run.apt_packages)
    assert setup.commands == (
        "docker-php-ext-configure gd --with-freetype --with-jpeg --with-webp",
        'docker-php-ext-install -j"$(nproc)" gd',
        "pecl install redis && docker-php-ext-enable redis",
    )
    assert "COPY --from=server /usr/local/lib/php/extensions /usr/local/lib/php/extensions" in made.dockerfile()


def test_the_libraries_are_those_of_the_images_debian() -> None:
    files = {"composer.json": composer({"php": "8.2.8", "ext-intl": "*"}), "public/index.php": INDEX}
    assert plan(files).run.apt_packages == ("libicu72",)


def test_old_words_for_gd_are_used_with_an_old_php() -> None:
    files = {"composer.json": composer({"php": "7.3.*", "ext-gd": "*"}), "public/index.php": INDEX}
    assert "--with-freetype-dir" in plan(files).dockerfile()


def test_an_extension_without_a_table_is_taken_from_pecl_and_reported() -> None:
    made = plan({"composer.json": composer({"ext-snuffleupagus": "*"}), "public/index.php": INDEX})
    assert extensions(made) == ["snuffleupagus"]
    assert "BP810" in codes(made)


@pytest.mark.parametrize("name", ["ext-a b", "ext-$(touch x)", "ext-", "ext-a;b", "ext-é"])
def test_a_name_that_can_be_none_is_left_out_and_reported(name: str) -> None:
    made = plan({"composer.json": composer({name: "*"}), "public/index.php": INDEX})
    assert extensions(made) == []
    assert "BP810" in codes(made)


def test_a_library_that_left_debian_is_reported() -> None:
    made = plan({"composer.json": composer({"ext-imap": "*"}), "public/index.php": INDEX})
    assert extensions(made) == []
    assert "BP811" in codes(made)


def test_the_configuration_can_ask_for_extensions() -> None:
    made = plan({"index.php": INDEX}, set=('php.extensions="redis, ext-soap"',))
    assert extensions(made) == ["redis", "soap"]


def test_the_database_of_laravel_is_read_from_its_example() -> None:
    example = {".env.example": "#DB_CONNECTION=sqlite\nDB_CONNECTION=pgsql\nCACHE_STORE=redis\n"}
    assert extensions(plan({**laravel(), **example})) == ["pdo_pgsql", "redis"]


def test_predis_needs_no_extension() -> None:
    require = {"laravel/framework": "^12", "predis/predis": "^3"}
    tree = {**laravel(), "composer.json": composer(require), ".env.example": "CACHE_STORE=redis\n"}
    assert extensions(plan(tree)) == []


def test_the_database_of_symfony_is_the_scheme_of_its_url() -> None:
    tree = {
        "composer.json": composer({"symfony/framework-bundle": "7.*"}),
        "public/index.php": INDEX,
        ".env": 'DATABASE_URL="mysql://app:x@127.0.0.1:3306/app"\n',
    }
    assert extensions(plan(tree)) == ["pdo_mysql"]


def test_code_without_a_manifest_says_what_it_calls() -> None:
    made = plan({"index.php": "<?php\n$db = mysqli_connect('db');\n"})
    assert extensions(made) == ["mysqli"]
    assert str(decision(made, "php.extensions.mysqli").origin) == "index.php:2"


def test_the_tables_name_packages_that_could_be_packages() -> None:
    suites = {suite for line in runtime("php").lines for _, suite in line.suites}
    for name, row in EXTENSIONS.items():
        assert name not in BUILTIN, name
        for package in (*row.build, *row.run):
            assert re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", package), package
        assert set(row.not_on) <= suites, name


@pytest.mark.parametrize(
    ("package", "path", "text", "expected"),
    [
        (
            "codeigniter4/framework",
            "app/Config/Database.php",
            "'DBDriver' => 'MySQLi', 'SQLite3'",
            ["intl", "mysqli"],
        ),
        ("cakephp/cakephp", "config/app.php", "'driver' => Postgres::class, Mysql::class", ["intl", "pdo_pgsql"]),
        ("yiisoft/yii2", "config/db.php", "'dsn' => 'sqlite:@runtime/a.db', // mysql:", []),
    ],
)
def test_the_first_driver_of_a_frameworks_configuration_is_installed(
    package: str, path: str, text: str, expected: list[str]
) -> None:
    assert of({package: "*"}, **{path: f"<?php\n{text}\n"}) == expected


def test_what_the_code_of_a_small_framework_calls_is_installed_too() -> None:
    code = {"src/Db.php": "<?php new PDO('mysql:host=x');"}
    assert of({"slim/slim": "4.*"}, **code) == ["pdo_mysql"]
    assert of({"some/package": "1"}, **code) == ["pdo_mysql"]
    assert "pdo_mysql" not in of({"symfony/framework-bundle": "7.*"}, **code)


def test_another_name_of_opcache_is_known() -> None:
    tree = {"composer.json": composer({"ext-zend-opcache": "*"}), "index.php": INDEX}
    assert "BP810" not in codes(plan(tree))


def test_laravels_fallback_counts_in_any_quotes() -> None:
    config = '<?php return ["default" => env("DB_CONNECTION" , "pgsql")];\n'
    assert "pdo_pgsql" in extensions(plan({**laravel(), "config/database.php": config}))


@pytest.mark.parametrize(
    "line", ["        driver: 'pdo_mysql'", "    env(DATABASE_URL): 'mysql://db:3306/app'", "  driver: mysql"]
)
def test_the_driver_of_doctrine_counts_without_an_address(line: str) -> None:
    files = {"composer.json": composer({"symfony/framework-bundle": "^7"}), "public/index.php": INDEX}
    assert "pdo_mysql" in extensions(plan({**files, "config/packages/doctrine.yaml": f"doctrine:\n{line}\n"}))


@pytest.mark.parametrize(("version", "said"), [("8.5", []), ("8.6", ["BP811"])])
def test_an_image_without_pecl_is_reported(version: str, said: list[str]) -> None:
    files = {"composer.json": composer({"ext-redis": "*"}), "public/index.php": INDEX, ".php-version": version}
    assert [item.code for item in plan(files).diagnostics if item.code == "BP811"] == said
