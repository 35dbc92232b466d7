from __future__ import annotations

import json

import pytest
from php_trees import INDEX, composer, detected, laravel
from planned import plan

from buildplan.errors import FileError, NoStartError, PlanError
from buildplan.language.contract import Strength

VITE = json.dumps({"scripts": {"build": "vite build"}, "devDependencies": {"vite": "^7"}})
EXPRESS = json.dumps({"scripts": {"start": "node server.js"}, "dependencies": {"express": "^5"}})


@pytest.mark.parametrize(
    ("files", "strength"),
    [
        ({"index.php": INDEX}, Strength.APP),
        ({"public/index.php": INDEX}, Strength.APP),
        ({"app/webroot/index.php": INDEX}, Strength.APP),
        (laravel(), Strength.APP),
        ({"composer.json": composer({"slim/slim": "^4"})}, Strength.APP),
        ({"composer.json": composer({"monolog/monolog": "^3"})}, Strength.MANIFEST),
        ({"composer.json": "{broken"}, Strength.MANIFEST),
        ({"composer.json": composer({"monolog/monolog": "^3"}, type="library")}, Strength.TOOLING),
        ({"composer.json": composer(**{"require-dev": {"phpunit/phpunit": "^11"}})}, Strength.TOOLING),
        ({"index.html": '<form action="contact.php">', "contact.php": INDEX}, Strength.MANIFEST),
        ({"index.html": "<p>hello", "old.php": INDEX}, Strength.STRAY),
        ({"wp-load.php": "", "wp-settings.php": ""}, Strength.APP),
        ({"index.html": "x", "backend/a.php": INDEX, "Dockerfile": "FROM php:8-apache\n"}, Strength.MANIFEST),
        ({"shop/index.php": INDEX, "compose.yaml": "    - ./shop:/var/www/html\n"}, Strength.APP),
    ],
)
def test_evidence_weighs_what_the_tree_is_about(files: dict[str, str], strength: Strength) -> None:
    found = detected(files)
    assert found is not None
    assert found.strength is strength


@pytest.mark.parametrize("files", [{}, {"tools/x.php": INDEX}, {"index.html": "x"}, {"deep/in/a/tree/index.php": ""}])
def test_a_tree_without_php_near_its_root_is_none(files: dict[str, str]) -> None:
    assert detected(files) is None


@pytest.mark.parametrize("manifest", [VITE, EXPRESS, '{"devDependencies": {"prettier": "^3"}}'])
def test_a_package_json_does_not_take_a_php_app(manifest: str) -> None:
    made = plan({**laravel(), "package.json": manifest, "server.js": "", "vite.config.js": ""})
    assert made.providers[0].name == "php"
    assert made.providers[0].frameworks == ("laravel",)


def test_a_page_with_packages_is_the_app_and_its_javascript_a_part() -> None:
    files = {"composer.json": composer({"a/b": "1"}), "composer.lock": '{"packages": []}', "index.php": INDEX}
    vue = json.dumps({"dependencies": {"vue": "^3"}, "devDependencies": {"@vue/cli-service": "^5"}})
    made = plan({**files, "package.json": vue, "vue.config.js": ""})
    assert made.providers[0].name == "php"


def test_a_composer_json_of_tools_does_not_take_a_node_app() -> None:
    server = "require('express')().listen(process.env.PORT)"
    manifest = composer(**{"require-dev": {"friendsofphp/php-cs-fixer": "^3"}})
    made = plan({"package.json": EXPRESS, "server.js": server, "composer.json": manifest})
    assert made.providers[0].name == "node"


def test_a_broken_manifest_is_an_error_with_its_place() -> None:
    with pytest.raises(FileError) as caught:
        plan({"composer.json": '{\n  "require": {,}\n}', "index.php": INDEX})
    assert caught.value.origin is not None
    assert (caught.value.origin.path, caught.value.origin.line) == ("composer.json", 2)


def test_a_value_of_the_wrong_type_is_an_error_that_names_the_key() -> None:
    with pytest.raises(FileError, match="`require` is a list"):
        plan({"composer.json": '{"require": []  , "x": [1]}'.replace("[]", "[1]"), "index.php": INDEX})


def test_nothing_to_serve_is_an_error_that_says_what_would_help() -> None:
    with pytest.raises(NoStartError, match=r"index\.php"):
        plan({"composer.json": composer({"monolog/monolog": "^3"})})


def test_php_builds_no_assets_for_others() -> None:
    with pytest.raises(PlanError, match="builds no files"):
        plan({"package.json": EXPRESS, "server.js": "", "index.php": ""}, provider=("node", "php"))
