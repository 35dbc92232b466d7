from __future__ import annotations

import json

from php_trees import INDEX, laravel
from planned import codes, commands, plan

VITE = {"vite": "^7", "laravel-vite-plugin": "^2"}
LOCK = json.dumps({"lockfileVersion": 3, "packages": {"": {"devDependencies": VITE}}})


def package(scripts: dict[str, str], **dependencies: str) -> dict[str, str]:
    manifest = {"private": True, "scripts": scripts, "devDependencies": {**VITE, **dependencies}}
    return {"package.json": json.dumps(manifest), "package-lock.json": LOCK, "vite.config.js": ""}


def order(text: str, *words: str) -> list[int]:
    return [text.index(word) for word in words]


def test_node_builds_what_laravel_serves() -> None:
    made = plan({**laravel(), **package({"build": "vite build"})})
    assert [(use.name, use.role) for use in made.providers] == [("php", "app"), ("node", "assets")]
    text = made.dockerfile()
    assert "COPY --from=node-build /app/public/build ./public/build" in text
    assert "node" not in text[text.rindex("\nFROM ") :]
    assert "public/build" in made.dockerignore().split("\n")


def test_templates_of_packages_are_there_when_they_are_read() -> None:
    css = {"resources/css/app.css": "@source '../../vendor/laravel/framework/x.blade.php';\n"}
    text = plan({**laravel(), **package({"build": "vite build"}), **css}).dockerfile()
    places = order(text, " AS deps", " AS node-build", "COPY --from=deps /app/vendor ./vendor", "npm run build")
    assert places == sorted(places)


def test_packages_that_composer_brings_are_there_when_node_installs() -> None:
    files = package({"build": "vite build"}, **{"@symfony/ux-turbo": "file:vendor/symfony/ux-turbo/assets"})
    made = plan({**laravel(), **files})
    text = made.dockerfile()
    places = order(text, " AS deps", "COPY --from=deps /app/vendor ./vendor", "npm ci")
    assert places == sorted(places)
    assert "BP674" not in codes(made)


def test_a_build_whose_files_are_not_known_fills_the_document_root() -> None:
    scripts = {"build": "run-p build:*:dev", "production": "node dev/build.js production"}
    files = {"package.json": json.dumps({"scripts": scripts, "devDependencies": {"esbuild": "^0.25"}})}
    made = plan({**laravel(), **files, "package-lock.json": LOCK})
    assert commands(made, "node:build") == ("npm run production",)
    assert "COPY --from=node-build /app/public ./public" in made.dockerfile()


def test_files_of_a_build_beside_scripts_at_the_root_are_not_guessed() -> None:
    files = {"package.json": json.dumps({"scripts": {"build": "node x.js"}}), "index.php": INDEX, "x.js": ""}
    made = plan(files)
    assert "BP814" in codes(made)
    assert made.phase("node:build") is None


def test_plain_php_gets_its_assets_too() -> None:
    made = plan({"public/index.php": INDEX, **package({"build": "vite build"})})
    text = made.dockerfile()
    assert text.index("COPY --chown=33:33 . .") < text.index("COPY --from=node-build")
