"""`write --all`, `--compose` and `--bake`: the files of a whole repository, and what becomes of a person's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import buildplan
from buildplan.cli.main import main
from buildplan.errors import BuildplanError, ConfigError, FileError, RefusedError
from buildplan.write import yaml_file
from buildplan.write.stamp import read_stamp

SECRET = "do-not-copy-me"  # noqa: S105
WEB = {"name": "@acme/web", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5", "@acme/db": "*"}}
WORKSPACE = {
    "package.json": json.dumps({"name": "acme", "private": True, "workspaces": ["apps/*", "packages/*"]}),
    "package-lock.json": json.dumps({"name": "acme", "lockfileVersion": 3, "packages": {}}),
    "apps/web/package.json": json.dumps(WEB),
    "apps/web/server.js": "app.listen(process.env.PORT || 3000)\n",
    "apps/api/package.json": json.dumps({**WEB, "name": "@acme/api"}),
    "apps/api/server.js": "app.listen(process.env.PORT || 3000)\n",
    "packages/db/package.json": json.dumps({"name": "@acme/db", "version": "1.0.0", "dependencies": {"pg": "8"}}),
    "packages/db/index.js": "new Pool({connectionString: process.env.DATABASE_URL})\n",
}
BESIDE = {
    "backend/go.mod": "module example.com/api\n\ngo 1.26\n\nrequire github.com/jackc/pgx/v5 v5.7.0\n",
    "backend/main.go": 'package main\n\nimport (\n\t"net/http"\n\t"os"\n\n\t_ "github.com/jackc/pgx/v5"\n)\n\n'
    'func main() {\n\t_ = os.Getenv("DATABASE_URL")\n\thttp.ListenAndServe(":8080", nil)\n}\n',
    "frontend/package.json": json.dumps(
        {"name": "frontend", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}
    ),
    "frontend/package-lock.json": json.dumps({"name": "frontend", "lockfileVersion": 3, "packages": {}}),
    "frontend/index.html": "<html></html>",
    "frontend/vite.config.js": "export default {}\n",
}
DJANGO = {
    "requirements.txt": "django\ngunicorn\npsycopg\ncelery\nredis\n",
    "manage.py": "import os\nimport sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    "shop/__init__.py": "",
    "shop/migrations/0001_initial.py": "",
    "shop/celery.py": "from celery import Celery\napp = Celery('shop')\n",
    "shop/wsgi.py": "application = get_wsgi_application()\n",
    "shop/settings.py": "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nWSGI_APPLICATION = 'shop.wsgi.application'\n"
    "CELERY_BROKER_URL = os.environ['REDIS_URL']\n"
    "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': os.environ['DB_HOST'],"
    " 'NAME': os.environ['DB_NAME'], 'USER': os.environ['DB_USER'], 'PASSWORD': os.environ['DB_PASSWORD']}}\n",
}
ONE = {
    "package.json": json.dumps(
        {"name": "shop", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5", "pg": "8"}}
    ),
    "server.js": "new Pool({connectionString: process.env.DATABASE_URL})\napp.listen(process.env.PORT || 3000)\n",
}


def tree(place: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def composed(place: Path, name: str = "compose.yaml") -> dict[str, Any]:
    loaded: dict[str, Any] = yaml_file.load((place / name).read_text(), name)
    return loaded


def statuses(changes: tuple[buildplan.Change, ...]) -> dict[str, str]:
    return {change.path: change.result.status for change in changes}


# --- a Dockerfile for each app ----------------------------------------------------------------------------------------


def test_a_member_of_a_workspace_is_built_in_the_root_and_says_so(tmp_path: Path) -> None:
    place = tree(tmp_path, WORKSPACE)
    found = statuses(buildplan.write_all(place))
    assert found == {
        "apps/api/Dockerfile": "new",
        "apps/api/Dockerfile.dockerignore": "new",
        "apps/web/Dockerfile": "new",
        "apps/web/Dockerfile.dockerignore": "new",
    }
    text = (place / "apps/web/Dockerfile").read_text()
    assert "COPY apps/web" in text
    assert "# buildplan write --app=apps/web --file=apps/web/Dockerfile\n" in text
    assert {report.status for report in buildplan.check(place)} == {"in_sync"}
    assert set(statuses(buildplan.write_all(place)).values()) == {"unchanged"}


def test_a_folder_that_stands_alone_is_its_own_context(tmp_path: Path) -> None:
    place = tree(tmp_path, BESIDE)
    buildplan.write_all(place, compose=True)
    assert "COPY go.mod" in (place / "backend/Dockerfile").read_text()
    services = composed(place)["services"]
    assert services["backend"]["build"] == "./backend"
    assert services["frontend"]["build"] == "./frontend"
    assert "environment" not in services["frontend"]
    assert services["backend"]["environment"]["DATABASE_URL"].startswith(
        "postgresql://app:${POSTGRES_PASSWORD}@postgres"
    )
    ports = [services[name]["ports"][0].partition(":")[0] for name in ("backend", "frontend")]
    assert len(set(ports)) == 2


def test_a_dockerfile_of_a_person_stays_and_is_built(tmp_path: Path) -> None:
    place = tree(tmp_path, {**BESIDE, "backend/Dockerfile": "FROM golang:1.26\n"})
    found = statuses(buildplan.write_all(place, compose=True))
    assert found["backend/Dockerfile"] == "kept"
    assert "backend/.dockerignore" not in found
    assert (place / "backend/Dockerfile").read_text() == "FROM golang:1.26\n"
    assert composed(place)["services"]["backend"]["build"] == "./backend"
    buildplan.write_all(place, force=True)
    assert "buildplan" in (place / "backend/Dockerfile").read_text()


def test_options_about_one_app_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tree(tmp_path, WORKSPACE)
    with pytest.raises(ConfigError, match="is about one app"):
        buildplan.write_all(place, buildplan.Options(app="web"))
    assert main(["write", str(place), "--all", "--file", "x/Dockerfile"]) == 2
    assert "do not go together" in capsys.readouterr().err
    assert not list(place.rglob("Dockerfile"))


def test_a_tree_without_an_app_says_why(tmp_path: Path) -> None:
    with pytest.raises(BuildplanError):
        buildplan.write_all(tree(tmp_path, {"README.md": "x"}), compose=True)


def test_names_with_a_slash_upper_case_and_the_same_name_twice_are_told_apart(tmp_path: Path) -> None:
    files = {**WORKSPACE, "services/Web/package.json": json.dumps({**WEB, "name": "@other/Web", "dependencies": {}})}
    files |= {"services/Web/server.js": "require('http').createServer().listen(3000)\n"}
    files["package.json"] = files["package.json"].replace('"packages/*"', '"packages/*", "services/*"')
    buildplan.write_all(tree(tmp_path, files), compose=True, bake=True)
    names = set(composed(tmp_path)["services"])
    assert names == {"api", "apps-web", "services-web", "postgres"}
    assert 'target "services-web" {' in (tmp_path / "docker-bake.hcl").read_text()


# --- the compose file -------------------------------------------------------------------------------------------------


def test_every_process_is_a_service_and_waits_for_what_it_needs(tmp_path: Path) -> None:
    place = tree(tmp_path, DJANGO)
    buildplan.write_all(place, compose=True)
    document = composed(place)
    services = document["services"]
    assert list(services) == ["web", "worker", "release", "postgres", "redis"]
    assert services["release"]["restart"] == "no"
    assert services["release"]["command"][:2] == ["python", "manage.py"]
    healthy = {"condition": "service_healthy"}
    waits = {"postgres": healthy, "redis": healthy, "release": {"condition": "service_completed_successfully"}}
    assert services["web"]["depends_on"] == services["worker"]["depends_on"] == waits
    assert services["release"]["depends_on"] == {"postgres": healthy, "redis": healthy}
    assert services["web"]["environment"]["DB_HOST"] == "postgres"
    assert services["worker"]["environment"]["REDIS_URL"] == "redis://redis:6379/0"
    assert "ports" not in services["worker"]
    assert services["postgres"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert set(document["volumes"]) == {"postgres-data", "redis-data"}
    assert services["web"]["env_file"] == [{"path": ".env", "required": False}]
    assert (place / ".env.example").read_text().splitlines()[2:] == [
        "POSTGRES_PASSWORD=change-me",
        "SECRET_KEY=change-me",
    ]


def test_the_same_tree_gives_the_same_file_wherever_it_lies(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "Other_NAME"):
        place = tree(tmp_path / name, ONE)
        buildplan.write_all(place, compose=True, bake=True)
        texts.append([(place / file).read_text() for file in ("compose.yaml", "docker-bake.hcl", "Dockerfile")])
    assert texts[0] == texts[1]


def test_a_shared_package_of_the_workspace_brings_the_database(tmp_path: Path) -> None:
    buildplan.write_all(tree(tmp_path, WORKSPACE), compose=True)
    services = composed(tmp_path)["services"]
    assert services["web"]["build"] == {"context": ".", "dockerfile": "apps/web/Dockerfile"}
    assert services["web"]["environment"] == services["api"]["environment"]
    assert services["api"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert [services[name]["ports"] for name in ("api", "web")] == [["3000:3000"], ["3001:3000"]]


def test_no_secret_of_an_env_file_is_written(tmp_path: Path) -> None:
    env = f"POSTGRES_PASSWORD={SECRET}\nDATABASE_URL=postgres://u:{SECRET}@localhost/db\nAPI_KEY={SECRET}\n"
    buildplan.write_all(tree(tmp_path, {**ONE, ".env": env}), compose=True, bake=True)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".env"]
    assert all(SECRET not in path.read_text() for path in written)
    assert "POSTGRES_PASSWORD=change-me\n" in (tmp_path / ".env.example").read_text()


def test_the_owners_example_is_only_added_to(tmp_path: Path) -> None:
    own = "# Mine\nPOSTGRES_PASSWORD=\nexport OTHER=1\n"
    buildplan.write_all(tree(tmp_path, {**DJANGO, ".env.example": own}), compose=True)
    text = (tmp_path / ".env.example").read_text()
    assert text.startswith(own)
    assert text.count("POSTGRES_PASSWORD") == 1
    assert text.endswith("SECRET_KEY=change-me\n")


THEIRS = """\
# Our stack
x-logging: &logging
    driver: json-file   # kept small
    options: {max-size: "10m"}

services:
    db:
        image: postgres:16-alpine
        environment:
            POSTGRES_USER: shop
            POSTGRES_PASSWORD: ${DB_SECRET}
        logging: *logging
        volumes: ['data:/var/lib/postgresql/data']
        healthcheck:
            test:   ["CMD", "pg_isready"]   # odd spaces stay

    web:
        image: nginx:1.29
        <<: *defaults-are-elsewhere
"""


def test_a_compose_file_of_a_person_is_extended_and_keeps_its_form(tmp_path: Path) -> None:
    own = THEIRS.replace("        <<: *defaults-are-elsewhere\n", "")
    place = tree(tmp_path, {**ONE, "docker-compose.yml": own})
    found = statuses(buildplan.write_all(place, compose=True))
    assert found["docker-compose.yml"] == "merged"
    assert not (place / "compose.yaml").exists()
    text = (place / "docker-compose.yml").read_text()
    assert text.startswith(own)
    services = yaml_file.load(text, "x")["services"]
    # The name `web` is a person's service, and their database is used, with its own names.
    assert list(services) == ["db", "web", "web-app"]
    assert services["web-app"]["environment"]["DATABASE_URL"] == "postgresql://shop:${DB_SECRET}@db:5432/shop"
    assert services["web-app"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert buildplan.write_all(place, compose=True)[-1].result.status == "unchanged"
    assert statuses(buildplan.write_all(place, compose=True))["docker-compose.yml"] == "unchanged"


def test_a_compose_file_that_builds_the_app_already_stays_as_it_is(tmp_path: Path) -> None:
    own = "services:\n  shop:\n    build: .\n  db:\n    image: postgres:17\n"
    place = tree(tmp_path, {**ONE, "compose.yml": own})
    assert statuses(buildplan.write_all(place, compose=True))["compose.yml"] == "unchanged"
    assert (place / "compose.yml").read_text() == own


def test_an_image_that_is_called_like_the_app_is_the_app_and_a_tool_on_the_same_port_is_not(tmp_path: Path) -> None:
    own = "services:\n  prod:\n    image: ghcr.io/acme/shop:latest\n    ports: ['3000:3000']\n"
    place = tree(tmp_path / "one", {**ONE, "compose.yaml": own})
    assert statuses(buildplan.write_all(place, compose=True))["compose.yaml"] == "unchanged"
    place = tree(tmp_path / "two", {**ONE, "compose.yaml": own.replace("acme/shop", "acme/tool")})
    buildplan.write_all(place, compose=True)
    assert list(composed(place)["services"]) == ["prod", "web", "postgres"]
    assert composed(place)["services"]["web"]["ports"] == ["3001:3000"]


def test_an_empty_compose_file_is_filled(tmp_path: Path) -> None:
    place = tree(tmp_path, {**ONE, "compose.yaml": "# nothing yet\n"})
    buildplan.write_all(place, compose=True)
    assert set(composed(place)["services"]) == {"web", "postgres"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("services:\n  a: [\n", "it is not YAML"),
        ("services:\n  a: {}\n  a: {}\n", "it is not YAML"),
        ("- a\n- b\n", "not a table"),
        ("services: [a]\n", "`services` is not a table"),
        ("a: *nothing\n", "it is not YAML"),
        (THEIRS, "it is not YAML"),
    ],
)
def test_a_compose_file_that_is_none_is_an_error_and_nothing_is_written(
    tmp_path: Path, text: str, problem: str
) -> None:
    place = tree(tmp_path, {**ONE, "compose.yaml": text})
    with pytest.raises(FileError, match=problem) as caught:
        buildplan.write_all(place, compose=True)
    assert caught.value.origin is not None
    assert caught.value.origin.path == "compose.yaml"
    assert (place / "compose.yaml").read_text() == text
    assert not (place / "Dockerfile").exists()


NESTED = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)
PARTS = "ports: [*g, 3, {target: *g}], environment: {POSTGRES_USER: *g}"
HOSTILE = [
    "services:\n  1: {image: postgres:17}\n  2: {build: 7}\n  3: [a]\n  4: null\n",
    f"{NESTED}services:\n  db: {{image: *g, {PARTS}}}\n  other: {{image: postgres, build: {{context: *g}}, {PARTS}}}\n",
    "services:\n  db:\n    image: postgres:17\n    ports: [3000, '70000:1', {published: x}]\n    environment: [A, 1]\n",
    'services:\n  "x: y\\n  evil":\n    image: postgres:17\n',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_strange_compose_file_is_extended_and_nothing_of_it_is_lost(tmp_path: Path, text: str) -> None:
    place = tree(tmp_path, {**ONE, "compose.yaml": text})
    buildplan.write_all(place, compose=True)
    after = (place / "compose.yaml").read_text()
    assert after.startswith(text)
    assert composed(place)["services"]["web"]["build"] == "."


def test_conflict_markers_of_git_are_refused_by_their_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = "services:\n<<<<<<< HEAD\n  a: {}\n=======\n  b: {}\n>>>>>>> other\n"
    place = tree(tmp_path, {**ONE, "compose.yaml": own})
    assert main(["write", str(place), "--compose"]) == 1
    assert "compose.yaml:2 a merge conflict is left in it" in capsys.readouterr().err
    assert not (place / "Dockerfile").exists()


def test_a_file_that_git_ignores_is_not_written_over(tmp_path: Path) -> None:
    place = tree(tmp_path, {**ONE, ".gitignore": "compose.yaml\n", "compose.yaml": "services: {}\n"})
    subprocess.run(["git", "init", "-q", place], check=True)
    with pytest.raises(BuildplanError, match="neither read nor overwritten"):
        buildplan.write_all(place, compose=True)
    assert (place / "compose.yaml").read_text() == "services: {}\n"


# --- edits ------------------------------------------------------------------------------------------------------------


def written(place: Path, edit: tuple[str, str], files: dict[str, str] = ONE) -> str:
    """Write, edit by hand, change the port of the app, write again; return the compose file."""
    tree(place, files)
    buildplan.write_all(place, compose=True)
    file = place / "compose.yaml"
    text = file.read_text()
    assert edit[0] in text
    file.write_text(text.replace(edit[0], edit[1], 1))
    server = place / "server.js"
    server.write_text(server.read_text().replace("3000", "4000"))
    buildplan.write_all(place, compose=True)
    return file.read_text()


EDITS = {
    "a variable": ("    environment:\n", "    environment:\n      LOG_LEVEL: debug  # for now\n"),
    "a label": (
        "    restart: unless-stopped\n",
        "    restart: unless-stopped\n    labels:\n      - traefik.enable=true\n",
    ),
    "a comment": ("\n  postgres:\n    image", "\n  # The one database\n  postgres:\n    image"),
    "a service": ("\n  postgres:\n    image", "\n  adminer:\n    image: adminer\n\n  postgres:\n    image"),
    "another version": ("postgres:18", "postgres:17"),
    "another restart": ("    restart: unless-stopped\n", "    restart: always\n"),
    "a network": ("volumes:\n  postgres-data:\n", "volumes:\n  postgres-data:\nnetworks:\n  inner:\n"),
    "a longer wait": ("retries: 10", "retries: 30"),
    "one more port": ('      - "3000:3000"\n', '      - "3000:3000"\n      - "9229:9229"\n'),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_by_hand_lives_when_the_app_changes(tmp_path: Path, name: str) -> None:
    text = written(tmp_path, EDITS[name])
    for line in EDITS[name][1].splitlines():
        assert line in text or line == '      - "3000:3000"'
    assert '"4000:4000"' in text
    assert '"3000:3000"' not in text
    assert {report.status for report in buildplan.check(tmp_path)} == {"in_sync"}


def test_a_key_that_was_taken_out_stays_out(tmp_path: Path) -> None:
    text = written(tmp_path, ("    restart: unless-stopped\n", ""))
    assert text.count("restart: unless-stopped") == 1


def test_both_changed_the_same_port(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RefusedError, match=r"both changed `services\.web\.ports`"):
        written(tmp_path, ('"3000:3000"', '"8080:3000"'))
    before = (tmp_path / "compose.yaml").read_text()
    (report,) = [report for report in buildplan.check(tmp_path) if report.path == "compose.yaml"]
    assert report.status == "drift"
    assert report.findings[0].code == "BP945"
    assert "--conflict=mine" in str(report.findings[0].fix)
    assert main(["write", str(tmp_path), "--compose"]) == 1
    assert "nothing was written" in capsys.readouterr().err
    assert (tmp_path / "compose.yaml").read_text() == before
    assert main(["write", str(tmp_path), "--compose", "--conflict=markers"]) == 1
    marked = (tmp_path / "compose.yaml").read_text()
    assert '<<<<<<< yours\n      - "8080:3000"\n=======\n      - "4000:4000"\n>>>>>>> buildplan\n' in marked
    (tmp_path / "compose.yaml").write_text(before)
    assert main(["write", str(tmp_path), "--compose", "--conflict=theirs"]) == 0
    assert '"4000:4000"' in (tmp_path / "compose.yaml").read_text()


def test_what_an_app_no_longer_needs_goes_and_a_persons_part_of_it_stays(tmp_path: Path) -> None:
    tree(tmp_path, ONE)
    buildplan.write_all(tmp_path, compose=True)
    file = tmp_path / "compose.yaml"
    file.write_text(file.read_text().replace("    environment:\n", "    environment:\n      LOG: debug\n", 1))
    tree(tmp_path, {"package.json": ONE["package.json"].replace(', "pg": "8"', ""), "server.js": "app.listen(3000)\n"})
    buildplan.write_all(tmp_path, compose=True)
    document = composed(tmp_path)
    assert list(document["services"]) == ["web"]
    assert document["services"]["web"]["environment"] == {"LOG": "debug"}
    assert not document.get("volumes")


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    own = "services:\r\n  db:\r\n    image: postgres:17\r\n"
    place = tree(tmp_path, ONE)
    (place / "compose.yaml").write_bytes(own.encode())
    buildplan.write_all(place, compose=True)
    content = (place / "compose.yaml").read_bytes()
    assert content.startswith(own.encode())
    assert content.count(b"\r\n") == content.count(b"\n")


# --- check and update -------------------------------------------------------------------------------------------------


def test_check_says_what_the_compose_file_lacks_and_update_brings_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tree(tmp_path, ONE)
    buildplan.write_all(place, compose=True, bake=True)
    assert {report.path: report.status for report in buildplan.check(place)} == {
        "Dockerfile": "in_sync",
        "compose.yaml": "in_sync",
        "docker-bake.hcl": "in_sync",
    }
    tree(place, {"package.json": ONE["package.json"].replace('"pg": "8"', '"pg": "8", "ioredis": "5"')})
    (report,) = buildplan.check(place, ["compose.yaml"])
    assert report.status == "drift"
    assert {finding.code for finding in report.findings} == {"BP945"}
    assert any("redis" in finding.text for finding in report.findings)
    assert main(["write", str(place), "--update"]) == 0
    assert "compose.yaml: regenerated" in capsys.readouterr().out
    assert {report.status for report in buildplan.check(place)} == {"in_sync"}


def test_check_looks_at_no_compose_file_that_buildplan_did_not_write(tmp_path: Path) -> None:
    place = tree(tmp_path, {**ONE, "compose.yaml": "services:\n  db:\n    image: postgres:17\n"})
    buildplan.write_all(place)
    assert [report.path for report in buildplan.check(place)] == ["Dockerfile"]


# --- the bake file ----------------------------------------------------------------------------------------------------


def test_the_bake_file_has_every_app_with_platforms_and_a_cache(tmp_path: Path) -> None:
    buildplan.write_all(tree(tmp_path, WORKSPACE), bake=True)
    text = (tmp_path / "docker-bake.hcl").read_text()
    assert 'group "default" {\n  targets = ["api", "web"]\n}\n' in text
    assert '  dockerfile = "apps/web/Dockerfile"\n' in text
    assert '  platforms = ["linux/amd64", "linux/arm64"]\n' in text
    assert '  cache-to = ["type=registry,ref=${REGISTRY}web:buildcache,mode=max"]\n' in text
    assert not (tmp_path / "compose.yaml").exists()


def test_an_edited_bake_file_is_merged_and_a_foreign_one_is_refused(tmp_path: Path) -> None:
    place = tree(tmp_path, ONE)
    buildplan.write_all(place, bake=True)
    file = place / "docker-bake.hcl"
    file.write_text(file.read_text().replace('default = "latest"', 'default = "dev"'))
    assert statuses(buildplan.write_all(place, bake=True))["docker-bake.hcl"] == "unchanged"
    assert 'default = "dev"' in file.read_text()
    file.write_text('target "mine" {}\n')
    with pytest.raises(RefusedError):
        buildplan.write_all(place, bake=True)


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs docker with buildx")
def test_buildx_reads_the_bake_file(tmp_path: Path) -> None:
    if subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode:
        pytest.skip("needs buildx")
    buildplan.write_all(tree(tmp_path, WORKSPACE), bake=True)
    done = subprocess.run(
        ["docker", "buildx", "bake", "-f", "docker-bake.hcl", "--print"], cwd=tmp_path, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["target"]["web"]["dockerfile"] == "apps/web/Dockerfile"


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_became_of_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tree(tmp_path, ONE)
    assert main(["-C", str(place), "write", "--compose", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said == "Dockerfile: new\n.dockerignore: new\ncompose.yaml: new\n.env.example: new\n"
    assert not (place / "Dockerfile").exists()
    assert main(["-C", str(place), "write", "--compose", "--diff"]) == 0
    assert "+++ b/compose.yaml\n" in capsys.readouterr().out
    assert main(["-C", str(place), "write", "--compose", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["path"], row["status"]) for row in rows][2:] == [("compose.yaml", "new"), (".env.example", "new")]
    assert read_stamp((place / "compose.yaml").read_text())[1] is not None
