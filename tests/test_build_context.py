"""What the `.dockerignore` keeps out of a build, and what it must not."""

from __future__ import annotations

import pytest
from planned import plan

from buildplan.read import dockerignore

POM = """<project><groupId>com.acme</groupId><artifactId>shop</artifactId><version>1</version>
<dependencies><dependency><groupId>io.javalin</groupId><artifactId>javalin</artifactId></dependency></dependencies>
</project>"""
MAIN = (
    "package com.acme; class Main { public static void main(String[] a) { io.javalin.Javalin.create().start(8080); } }"
)
RAILS = {
    "Gemfile": 'gem "rails"\ngem "puma"\n',
    "config/application.rb": "module A\n  class Application < Rails::Application\n  end\nend\n",
    "config.ru": "run Rails.application\n",
}
LARAVEL = {
    "composer.json": '{"require": {"php": "^8.2", "laravel/framework": "^12"}}',
    "artisan": "<?php",
    "public/index.php": "<?php",
}
NODE = {"package.json": '{"scripts": {"start": "node server.js"}}', "server.js": ""}


def hidden(files: dict[str, str], *paths: str) -> list[str]:
    rules = dockerignore.parse(plan(files).dockerignore())
    return [path for path in paths if dockerignore.excluding(rules, path) is not None]


def test_a_package_of_source_may_be_called_as_an_output_folder() -> None:
    files = {
        "pom.xml": POM,
        "src/main/java/com/acme/Main.java": MAIN,
        "src/main/java/com/acme/target/Goal.java": "package com.acme.target; class Goal {}",
    }
    assert hidden(files, "src/main/java/com/acme/target/Goal.java", "target/classes/A.class") == [
        "target/classes/A.class"
    ]


@pytest.mark.parametrize(
    ("files", "secret"),
    [
        (RAILS, "config/master.key"),
        (RAILS, "config/credentials/production.key"),
        (RAILS, ".kamal/secrets"),
        (RAILS, "storage/development.sqlite3"),
        (LARAVEL, "auth.json"),
        (LARAVEL, "storage/oauth-private.key"),
        (LARAVEL, "database/database.sqlite"),
        (NODE, ".netrc"),
        (NODE, "infra/.pypirc"),
        (NODE, ".aws/credentials"),
        (NODE, ".ssh/id_ed25519"),
        (NODE, "deploy/id_rsa"),
        (NODE, "infra/terraform.tfstate"),
    ],
)
def test_keys_and_credentials_stay_out(files: dict[str, str], secret: str) -> None:
    assert hidden(files, secret) == [secret]


def test_the_names_of_one_framework_hide_nothing_of_another_app() -> None:
    files = {"index.php": "<?php", "public/storage/logo.txt": "x", "public/hot": "x"}
    assert hidden(files, "public/storage/logo.txt", "public/hot") == []
    assert hidden(LARAVEL, "public/storage/logo.txt", "public/hot") == ["public/storage/logo.txt", "public/hot"]


def test_an_example_env_file_is_code_and_a_real_one_is_not() -> None:
    files = {**NODE, ".env.example": "A=", ".env.production": "A=1"}
    assert hidden(files, ".env.example", ".env.production", ".env") == [".env.production", ".env"]


def test_an_exception_of_the_owner_counts_though_our_patterns_come_after_it() -> None:
    files = {**NODE, ".dockerignore": "tmp\n!.env.production\n", ".env.production": "A=1"}
    assert hidden(files, ".env.production", ".env.local") == [".env.local"]


def test_composer_gets_its_credentials_as_a_secret_where_auth_json_holds_them() -> None:
    made = plan({**LARAVEL, "auth.json": '{"github-oauth": {"github.com": "x"}}'})
    assert "COMPOSER_AUTH" in made.secrets
    assert "--mount=type=secret,id=COMPOSER_AUTH" in made.dockerfile()


def test_code_that_a_web_server_runs_belongs_to_root_where_its_framework_says_what_it_writes() -> None:
    text = plan(LARAVEL).dockerfile()
    assert "COPY --from=build /app ." in text
    assert "&& chown -R 33:33 /app/storage /app/bootstrap/cache" in text


def test_what_the_owner_hides_and_the_build_copies_is_brought_back() -> None:
    files = NODE | {
        ".dockerignore": "docs\n",
        "package.json": '{"workspaces": ["docs"], "scripts": {"start": "node server.js"}}',
        "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
        "docs/package.json": '{"name": "docs"}',
        "docs/page.md": "",
    }
    made = plan(files)
    assert hidden(files, "docs/package.json") == []
    assert hidden(files, "docs/page.md", "docs/node_modules/a.js") == ["docs/page.md", "docs/node_modules/a.js"]
    found = next(item for item in made.diagnostics if item.code == "BP682")
    assert found.severity == "info"
    assert found.text.endswith("so it is brought back")


def test_what_cannot_be_brought_back_is_an_error() -> None:
    files = NODE | {
        ".dockerignore": "docs\n",
        "package.json": '{"workspaces": ["docs/*"], "scripts": {"start": "node server.js"}}',
        "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
        "docs/[a]/package.json": '{"name": "docs"}',
    }
    assert [item.severity for item in plan(files).diagnostics if item.code == "BP682"] == ["error"]
