"""What can be seen of each platform's calls without an engine: what they parse, what they get back to build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from callers import Coolify, Dokku, Dokploy, Machine, ZaneOps
from conftest import FIXTURES

APPS = {
    "node-nixpacks-express": "node",
    "node-next-standalone": "node",
    "node-vite-react-spa": "node",
    "python-flask-gunicorn": "python",
    "python-django-vite": "python",
    "php-plain": "php",
    "php-laravel-vite": "php",
    "static-public-folder": "staticfile",
    "ruby-rails-esbuild": "ruby",
    "go-net-http": "go",
}
VARIABLES = {"REGION": "eu", "STRIPE_SECRET": "hush", "NIXPACKS_NODE_VERSION": "22", "GREETING": 'it\'s "me"'}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def copied(machine: Machine, fixture: str) -> Path:
    return Path(shutil.copytree(FIXTURES / fixture, machine.folder / "app"))


@pytest.mark.parametrize(("fixture", "name"), APPS.items())
def test_coolify_parses_edits_and_generates(machine: Machine, fixture: str, name: str) -> None:
    workdir = copied(machine, fixture)
    coolify = Coolify(machine, VARIABLES)
    plan = coolify.plan(workdir)
    assert coolify.detect(workdir) == name
    assert plan["variables"]["NIXPACKS_NODE_VERSION"] == "22"
    text = coolify.generate(workdir, coolify.edit(plan), "x1").read_text(encoding="utf-8")
    assert text.startswith("# Generated")
    assert "hush" not in text
    if name == "node":
        assert "FROM node:22" in text
    if "nginx" not in text.rpartition("\nFROM ")[2]:
        assert "curl" in text.rpartition("\nFROM ")[2]
    rewritten = coolify.with_secrets(text, ["STRIPE_SECRET"])
    assert rewritten.count("RUN --mount=type=secret") == sum(line.startswith("RUN") for line in text.split("\n"))


def test_coolify_keeps_its_three_commands(machine: Machine) -> None:
    workdir = copied(machine, "node-express-plain")
    coolify = Coolify(machine, {})
    plan = coolify.plan(workdir, "--build-cmd 'npm run a' --start-cmd 'node b.js' --install-cmd 'npm install --c'")
    text = coolify.generate(workdir, coolify.edit(plan), "x1").read_text(encoding="utf-8")
    assert all(part in text for part in ("npm run a", '["node", "b.js"]', "npm install --c"))


def test_coolify_marks_laravel_and_its_settings_count(machine: Machine) -> None:
    workdir = copied(machine, "php-laravel-vite")
    coolify = Coolify(machine, {})
    plan = coolify.plan(workdir)
    assert plan["variables"]["IS_LARAVEL"]
    plan["variables"]["NIXPACKS_PHP_FALLBACK_PATH"] = "/index.php"
    plan["variables"]["NIXPACKS_PHP_ROOT_DIR"] = "/app/public"
    assert "/app/public" in coolify.generate(workdir, plan, "x1").read_text(encoding="utf-8")


def test_coolify_sees_that_nothing_was_detected(machine: Machine) -> None:
    workdir = machine.folder / "empty"
    workdir.mkdir()
    coolify = Coolify(machine, {})
    assert coolify.detect(workdir) == ""
    assert coolify.plan(workdir)["phases"] == {}
    code, text = machine.bash(f"nixpacks build --no-error-without-start -n x {workdir} -o {workdir}")
    assert code == 1
    assert "unable to generate a build plan" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("fixture", APPS)
def test_zaneops_reads_variables_and_a_bare_first_line(machine: Machine, fixture: str) -> None:
    workdir = copied(machine, fixture)
    plan, dockerfile = ZaneOps(machine, VARIABLES).generate(workdir)
    assert dict(plan["variables"].items())["STRIPE_SECRET"] == VARIABLES["STRIPE_SECRET"]
    text = dockerfile.read_text(encoding="utf-8")
    first = text.split("\n", 1)[0].split()
    assert len(first) == 2
    assert first[0] == "FROM"
    assert "hush" not in text
    # What a build step of the app may read; an install reads the packages' own secrets only.
    assert ("ARG STRIPE_SECRET" in text) == ("cmds" in plan["phases"].get("build", {}))


@pytest.mark.parametrize("fixture", ["node-vite-react-spa", "node-next-export", "static-mkdocs", "node-angular"])
def test_the_first_stage_of_a_site_holds_what_is_published(machine: Machine, fixture: str) -> None:
    _, dockerfile = ZaneOps(machine, {}).generate(copied(machine, fixture))
    first, _, last = dockerfile.read_text(encoding="utf-8").rpartition("\nFROM ")
    assert "RUN" in first
    assert "COPY --from=0" in last


@pytest.mark.parametrize("fixture", APPS)
def test_dokku_gets_bash_a_writable_folder_and_no_root(machine: Machine, fixture: str) -> None:
    workdir = copied(machine, fixture)
    machine.environment = dict(VARIABLES)
    command = Dokku(machine, VARIABLES).command(workdir, "app:build")
    text = machine.run(f"{command} --dockerfile")
    last = text.rpartition("\nFROM ")[2]
    assert "install -d" in last
    assert "/usr/local/bin" in last
    assert "distroless" not in last
    user = last.rpartition("\nUSER ")[2].split()[0]
    assert user not in {"0", "0:0", "root"}
    assert "hush" not in text


@pytest.mark.parametrize("fixture", APPS)
def test_dokploy_gets_no_secret_into_the_image(machine: Machine, fixture: str) -> None:
    workdir = copied(machine, fixture)
    text = machine.run(f"{Dokploy(machine, VARIABLES).command(workdir, 'app')} --dockerfile")
    assert "hush" not in text


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("plan --config {bad} {app}", 1, "there is no provider `cobalt`"),
        ("build -c {cut} {app} -o {out}", 1, "it is not JSON"),
        ("build -c {gone} {app} -o {out}", 1, "Failed to read Nixpacks config file"),
        ("build {app} -o {out} -c {numbers}", 0, "Saved output"),
        ("build {app} -o {out} --label 'a=\"b\" $(id)'", 0, "Saved output"),
        ("build {app} -o {out} --cache-key 'a\nRUN evil'", 0, "Saved output"),
        ("build {app} -o {out} --env 'A=x\nRUN evil'", 0, "Saved output"),
        ("build {app} -o {out} --start-cmd 'node a.js\nRUN evil'", 0, "Saved output"),
        ("build {app} -o {out} --json-plan '{{\"phases\": []}}'", 0, "Saved output"),
        ("build {app} -o {out} --json-plan '{{'", 1, "is not JSON"),
        ("plan {app} --pkgs '(import ./evil.nix)'", 1, "expression in the Nix language"),
        ("plan {app} --pkgs nosuchpackage", 1, "has no translation"),
    ],
)
def test_bad_input_gets_the_exit_code_of_nixpacks_and_a_message(
    machine: Machine, words: str, code: int, message: str
) -> None:
    files = {
        "bad": ("bad.toml", 'providers = ["cobalt"]\n'),
        "cut": ("cut.json", '{"providers": [], "phases": {"se'),
        "gone": ("gone.json", None),
        "numbers": ("numbers.json", json.dumps({"variables": {"A": 3, "B": None, "C": True, "D": 1.5}})),
    }
    places = {"app": str(copied(machine, "node-express-plain")), "out": str(machine.folder / "out")}
    for name, (file, content) in files.items():
        places[name] = str(machine.folder / file)
        if content is not None:
            Path(places[name]).write_text(content, encoding="utf-8")
    status, text = machine.bash(f"nixpacks {words.format(**places)}")
    assert status == code, text
    assert message in text
    assert "Traceback" not in text
    written = machine.folder / "out" / ".nixpacks" / "Dockerfile"
    if written.exists():
        lines = written.read_text(encoding="utf-8").split("\n")
        assert not any(line.startswith("RUN evil") for line in lines)
