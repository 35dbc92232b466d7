from __future__ import annotations

import json
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from nixpacks_calls import FIXTURES, nixpacks, plan

SEED = FIXTURES / "node-nixpacks-express"


def test_a_plan_has_the_shape_that_nixpacks_prints() -> None:
    content = plan("-f", "json", SEED)
    assert content["providers"] == []
    assert content["variables"] == {"NIXPACKS_METADATA": "node", "NODE_ENV": "development", "PORT": "3001"}
    assert content["phases"]["setup"] == {"nixPkgs": ["nodejs_20"]}
    assert content["phases"]["install"]["cmds"] == ["npm ci"]
    assert content["phases"]["build"] == {"dependsOn": ["install"], "cmds": ["echo 'Build completed'"]}
    assert content["start"] == {"cmd": "node server.js"}


def test_the_plan_as_toml_is_the_same_plan() -> None:
    assert tomllib.loads(nixpacks("plan", "--format=toml", SEED).stdout) == plan(SEED)


@pytest.mark.parametrize(
    ("fixture", "name"),
    [
        ("node-nixpacks-express", "node"),
        ("python-django-vite", "python"),
        ("go-net-http", "go"),
        ("static-staticfile", "staticfile"),
        ("dotnet-minimal-api", "c#"),
        ("dotnet-fsharp", "f#"),
        ("php-laravel-vite", "php"),
        ("rust-axum", "rust"),
        ("ruby-rails-api", "ruby"),
        ("elixir-otp", "elixir"),
        ("java-spring-boot", "java"),
        ("node-vite-react-spa", "node"),
    ],
)
def test_detect_prints_the_name_of_nixpacks_and_nothing_else(fixture: str, name: str) -> None:
    answer = nixpacks("detect", FIXTURES / fixture)
    assert (answer.code, answer.stdout, answer.stderr) == (0, f"{name}\n", "")


def test_detect_prints_an_empty_line_for_a_tree_that_nobody_knows(tmp_path: Path) -> None:
    assert nixpacks("detect", tmp_path).stdout == "\n"


def test_a_tree_that_nobody_knows_has_a_plan_without_phases_and_no_build(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    assert plan(tmp_path)["phases"] == {}
    answer = nixpacks("build", tmp_path, "-o", tmp_path / "out")
    assert answer.code == 1
    assert "unable to generate a build plan" in answer.stderr
    assert "notes.txt" in answer.stderr
    assert not (tmp_path / "out").exists()


def test_options_stand_before_and_after_the_command_and_the_path(tmp_path: Path) -> None:
    first = nixpacks("--env", "A=1", "plan", SEED, "--build-cmd=make", "-s", "node other.js")
    assert first.code == 0
    content = json.loads(first.stdout)
    assert content["variables"]["A"] == "1"
    assert content["phases"]["build"]["cmds"] == ["make"]
    assert content["start"]["cmd"] == "node other.js"


def test_every_option_of_build_is_taken(tmp_path: Path) -> None:
    words = shlex.split(
        "--name n --tag a --tag b --label x=1 --platform linux/amd64 --cache-key k --current-dir --no-cache "
        "--incremental-cache-image i --cache-from c --docker-host tcp://h:1 --add-host h:1.2.3.4 --docker-tls-verify 1 "
        "--docker-output type=docker --docker-cert-path /c --inline-cache --no-error-without-start --cpu-quota 50 "
        "--memory 1g --verbose --libs zlib --pkgs jq --apt curl"
    )
    answer = nixpacks("build", *words, SEED, "--out", tmp_path)
    assert (answer.code, answer.stderr) == (0, "")
    script = (tmp_path / ".nixpacks" / "build.sh").read_text(encoding="utf-8")
    for part in (
        "-t n --progress=plain --add-host h:1.2.3.4 --network host --no-cache --cache-from c",
        "--output type=docker",
        "-t a -t b --label x=1 --platform linux/amd64 --cpu-quota 50 --memory 1g",
    ):
        assert part in script


@pytest.mark.parametrize(
    "words", [[], ["plan"], ["plan", ".", "--nonsense"], ["detect", ".", "--no-cache"], ["x", "."]]
)
def test_a_wrong_command_line_exits_with_two(words: list[str]) -> None:
    assert nixpacks(*words).code == 2


def test_a_missing_directory_is_an_error_that_nixpacks_words(tmp_path: Path) -> None:
    answer = nixpacks("plan", tmp_path / "gone")
    assert answer.code == 1
    assert "Failed to read app source directory" in answer.stderr


def test_an_app_without_a_start_command_is_planned_and_built_only_when_that_is_allowed(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "package.json").write_text('{"name": "x", "dependencies": {"left-pad": "1.3.0"}}', encoding="utf-8")
    content = plan(app)
    assert content["start"] == {}
    assert content["phases"]["install"]
    refused = nixpacks("build", app, "-o", app)
    assert refused.code == 1
    assert "No start command could be found" in refused.stderr
    allowed = nixpacks("build", app, "--no-error-without-start", "-o", app)
    assert (allowed.code, allowed.stderr) == (0, "")
    assert "has no start command" in (app / ".nixpacks" / "Dockerfile").read_text(encoding="utf-8")


def test_a_config_file_may_lie_outside_of_the_tree(tmp_path: Path) -> None:
    file = tmp_path / "nixpacks.toml"
    file.write_text('[start]\ncmd = "node main.js"\n', encoding="utf-8")
    assert plan("--config", file, FIXTURES / "node-express-plain")["start"]["cmd"] == "node main.js"


def test_values_of_variables_are_on_no_docker_command_line(tmp_path: Path) -> None:
    nixpacks("build", SEED, "--env", "API_TOKEN=hush", "-o", tmp_path)
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / ".nixpacks").iterdir())
    assert "hush" not in written


def test_a_variable_of_several_lines_or_an_odd_name_does_not_stop_the_plan() -> None:
    content = plan(SEED, "--env", "CERT=one\ntwo", "--env", "A.B=c", "--env", "EMPTY=")
    assert content["variables"]["CERT"] == "one\ntwo"
    assert "A.B" not in content["variables"]
    assert any("A.B" in note for note in content["buildplan"]["notes"])


def test_help_and_version_are_no_errors() -> None:
    assert nixpacks("--version").stdout == "nixpacks 1.41.0\n"
    assert "--json-plan" in nixpacks("help").stdout
    assert nixpacks("plan", "--help").code == 0


def test_a_plan_that_was_kept_in_the_tree_counts(tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(FIXTURES / "node-express-plain", app)
    kept = nixpacks("plan", app, "--start-cmd", "node kept.js").stdout
    (app / "nixpacks.json").write_text(kept, encoding="utf-8")
    assert plan(app)["start"] == {"cmd": "node kept.js"}


@pytest.mark.parametrize("profile", ["coolify", "dokploy"])
def test_variables_that_package_managers_read_count_where_packages_are_installed(profile: str) -> None:
    words = ("--profile", profile, "--env", "PUPPETEER_SKIP_DOWNLOAD=true", "--env", "REGION=eu", "-d")
    text = nixpacks("build", *words, SEED).stdout
    before = text.partition("    npm ci")[0]
    assert "PUPPETEER_SKIP_DOWNLOAD=true" in before
    assert "REGION" not in before


def test_links_in_the_tree_lead_nothing_out_of_it(tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(FIXTURES / "node-express-plain", app)
    outside = tmp_path / "outside"
    outside.mkdir()
    (app / ".nixpacks").symlink_to(outside)
    assert nixpacks("build", app, "-o", app).code == 1
    (app / ".nixpacks").unlink()
    (app / ".nixpacks").mkdir()
    victim = outside / "victim"
    victim.write_text("mine", encoding="utf-8")
    (app / ".nixpacks" / "Dockerfile").symlink_to(victim)
    assert nixpacks("build", app, "-o", app).code == 0
    assert victim.read_text(encoding="utf-8") == "mine"
    (app / "nixpacks.json").symlink_to(victim)
    answer = nixpacks("plan", app, "-c", app / "nixpacks.json")
    assert answer.code == 1
    assert "leads out of the tree" in answer.stderr
