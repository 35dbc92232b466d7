"""Front ends beside a server: which are built into its image, and where what they make goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import buildplan

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan

VITE = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "^8.0.0"}}'
LOCK = '{"lockfileVersion": 3, "packages": {}}'
CLIENT = {
    "client/package.json": VITE,
    "client/package-lock.json": LOCK,
    "client/index.html": '<script type="module" src="/src/main.js"></script>',
    "client/src/main.js": "document.title = 'x'\n",
}
EXPRESS = {
    "package.json": '{"scripts": {"start": "node server/index.js"}, "dependencies": {"express": "^5.0.0"}}',
    "package-lock.json": LOCK,
}


def express(code: str) -> dict[str, str]:
    """Return an Express app whose server has these lines, beside a client."""
    text = (
        f"const express = require('express'), path = require('path')\nconst app = express()\n{code}\napp.listen(3000)\n"
    )
    return {**EXPRESS, **CLIENT, "server/index.js": text}


def target(plan: BuildPlan, folder: str = "client") -> str | None:
    """Return where the front end of a folder goes, None when it is not built."""
    found = plan.decision(f"frontends.{folder}")
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("code", "goes"),
    [
        ("app.use(express.static(path.join(__dirname, '../client/dist')))", "client/dist"),
        ("app.use(express.static(path.join(__dirname, '..', 'client', 'dist')))", "client/dist"),
        ("app.use(express.static('client/dist'))", "client/dist"),
        ("app.get('*', (_, res) => res.sendFile(path.resolve('client', 'dist', 'index.html')))", "client/dist"),
        ("app.use(express.static(`${process.cwd()}/client/dist`))", "client/dist"),
        # What the code reads is not where the build writes: the result is put there.
        ("app.use(express.static(path.join(__dirname, '../client/build')))", "client/build"),
        ("app.use(express.static(path.join(__dirname, 'public')))", "server/public"),
        ("app.use(express.static('public'))", "public"),
        ("app.use('/static', express.static('public'))", "public"),
    ],
)
def test_what_the_server_serves_is_built_and_put_there(code: str, goes: str) -> None:
    plan = buildplan.plan(express(code))
    assert target(plan) == goes
    text = plan.dockerfile()
    assert f"COPY --from=node-client-build --chown=1000:1000 /app/dist ./{goes}" in text
    assert text.index("AS node-client-build") < text.index("COPY --from=node-client-build")
    assert text.index("COPY --chown=1000:1000 . .") < text.index("COPY --from=node-client-build")


@pytest.mark.parametrize(
    "code",
    [
        "app.get('/', (_, res) => res.json({}))",
        "app.use(express.static('uploads'))",
        # Two folders that are not there: which of them is the client's?
        "app.use(express.static('public'))\napp.use(express.static('static'))",
    ],
)
def test_a_front_end_that_nothing_reads_is_left_out_and_reported(code: str) -> None:
    plan = buildplan.plan(express(code))
    assert target(plan) is None
    assert [item.code for item in plan.diagnostics if item.origin and "client" in item.origin.path] == ["BP955"]


def test_what_is_built_and_committed_is_taken_as_it_is() -> None:
    files = express("app.use(express.static('client/dist'))")
    files |= {"client/dist/index.html": "<p>", "client/dist/assets/index.js": "1"}
    plan = buildplan.plan(files)
    assert target(plan) is None
    assert not [item for item in plan.diagnostics if item.code == "BP955"]


def test_a_build_that_goes_into_the_folder_itself_makes_it() -> None:
    files = express("app.use(express.static('client/dist'))")
    files["package.json"] = files["package.json"].replace(
        '"start"', '"build": "npm ci --prefix client && npm run build --prefix client", "start"'
    )
    plan = buildplan.plan(files)
    assert target(plan) is None
    assert "node-client" not in plan.dockerfile()


def test_a_build_that_writes_into_the_app_is_part_of_it() -> None:
    config = "export default { build: { outDir: '../server/public', emptyOutDir: true } }\n"
    plan = buildplan.plan({**express("app.use(express.static(DIR))"), "client/vite.config.js": config})
    assert target(plan) == "server/public"
    assert "COPY --from=node-client-build --chown=1000:1000 /server/public ./server/public" in plan.dockerfile()


def test_another_script_that_writes_what_is_read_builds_it() -> None:
    client = '{"scripts": {"build": "nuxt build", "generate": "nuxt generate"}, "dependencies": {"nuxt": "2.18.0"}}'
    files = {**express("app.use(express.static('client/dist'))"), "client/package.json": client}
    plan = buildplan.plan(files)
    assert target(plan) == "client/dist"
    assert "npm run generate" in plan.dockerfile()
    assert "/app/dist ./client/dist" in plan.dockerfile()


@pytest.mark.parametrize(
    ("server", "goes"),
    [
        ('app.mount("/", StaticFiles(directory="client/dist", html=True), name="spa")', "client/dist"),
        ('app.mount("/static", StaticFiles(directory="static"), name="public")', "static"),
        ('app.mount("/", StaticFiles(directory=Path(__file__).parent / "client" / "dist"))', "client/dist"),
    ],
)
def test_fastapi_gets_the_front_end_that_it_mounts(server: str, goes: str) -> None:
    code = f"from fastapi import FastAPI\nfrom fastapi.staticfiles import StaticFiles\napp = FastAPI()\n{server}\n"
    plan = buildplan.plan({**CLIENT, "requirements.txt": "fastapi==0.120.0\nuvicorn==0.38.0\n", "main.py": code})
    assert target(plan) == goes
    assert f"/app/dist ./{goes}" in plan.dockerfile()


def test_flask_in_a_folder_gets_the_front_end_beside_its_folder() -> None:
    code = "from flask import Flask\napp = Flask(__name__, static_folder='../client/dist', static_url_path='/')\n"
    plan = buildplan.plan({**CLIENT, "backend/requirements.txt": "flask==3.1.0\n", "backend/app.py": code})
    # The image holds the app's folder alone, so that what lies beside it lies above the app's directory.
    assert target(plan) == "/client/dist"
    assert "COPY --from=node-client-build --chown=1000:1000 /app/dist /client/dist" in plan.dockerfile()


def test_go_embeds_what_the_only_front_end_makes() -> None:
    main = (
        'package main\n\nimport (\n\t"embed"\n\t"net/http"\n)\n\n//go:embed site\nvar files embed.FS\n\n'
        'func main() { _ = http.ListenAndServe(":8080", http.FileServer(http.FS(files))) }\n'
    )
    plan = buildplan.plan({**CLIENT, "go.mod": "module x\n\ngo 1.26\n", "main.go": main})
    assert target(plan) == "site"
    text = plan.dockerfile()
    assert text.index("COPY --from=node-client-build /app/dist ./site") < text.index("go build")
    assert not [item for item in plan.diagnostics if item.code == "BP628"]


def test_a_package_of_the_workspace_is_installed_from_the_root() -> None:
    root = '{"private": true, "workspaces": ["client"]}'
    code = "from fastapi import FastAPI\nfrom fastapi.staticfiles import StaticFiles\napp = FastAPI()\n"
    code += 'app.mount("/", StaticFiles(directory="client/dist"))\n'
    files = {
        **CLIENT,
        "package.json": root,
        "package-lock.json": LOCK,
        "requirements.txt": "fastapi==0.120.0\nuvicorn==0.38.0\n",
        "main.py": code,
        "client/package.json": VITE.replace("{", '{"name": "client", ', 1),
    }
    del files["client/package-lock.json"]
    plan = buildplan.plan(files)
    assert target(plan) == "client/dist"
    text = plan.dockerfile()
    assert "COPY package.json package-lock.json ./" in text
    assert "npm ci" in text
    assert "/app/client/dist ./client/dist" in text


DOCKERFILE = """\
FROM node:22 AS web
WORKDIR /web
COPY client/package*.json ./
RUN npm ci
COPY client .
RUN npm run build:prod
FROM python:3.13
WORKDIR /srv
COPY . .
ENV STATIC_ROOT=/srv/www
COPY --from=web /web/dist ./www
CMD ["python", "main.py"]
"""


def test_the_authors_dockerfile_says_where_it_goes_and_which_script_builds() -> None:
    files = {
        **CLIENT,
        "client/package.json": '{"scripts": {"build": "vite build --mode dev", "build:prod": "vite build"}, '
        '"devDependencies": {"vite": "^8.0.0"}}',
        "requirements.txt": "fastapi==0.120.0\nuvicorn==0.38.0\n",
        "main.py": "import os\nfrom fastapi import FastAPI\napp = FastAPI()\n",
        "Dockerfile": DOCKERFILE,
    }
    plan = buildplan.plan(files)
    assert target(plan) == "www"
    chosen = plan.decision("frontends.client")
    assert chosen is not None
    assert str(chosen.origin) == "Dockerfile:11"
    assert "npm run build:prod" in plan.dockerfile()


def test_a_script_that_moves_the_result_says_where_it_goes() -> None:
    files = express("app.use(express.static(folder))")
    files["Makefile"] = "client:\n\tcd client && npm run build\n\tmv client/dist server/public\n"
    assert target(buildplan.plan(files)) == "server/public"


@pytest.mark.parametrize("text", ["{", '{"scripts": 3}', '{"scripts": {"build": 1}}', "[]", ""])
def test_a_broken_package_beside_the_app_is_not_its_front_end(text: str) -> None:
    files = {**express("app.use(express.static('client/dist'))"), "client/package.json": text}
    assert target(buildplan.plan(files)) is None


@pytest.mark.parametrize("folder", ["docs", "examples/web", "e2e", "mobile", "packages/x"])
def test_what_is_shown_or_shipped_by_itself_is_no_front_end(folder: str) -> None:
    moved = {path.replace("client/", f"{folder}/"): text for path, text in CLIENT.items()}
    files = {**EXPRESS, **moved, "server/index.js": "require('express')().listen(3000)\n"}
    plan = buildplan.plan(files)
    assert "node-" not in plan.dockerfile().replace("node-index", "")
    assert not [item for item in plan.diagnostics if item.code == "BP955"]


def test_a_script_that_is_asked_for_and_is_not_there_is_an_error() -> None:
    from buildplan.errors import PlanError

    files = {"package.json": VITE, "index.html": "", "package-lock.json": LOCK}
    with pytest.raises(PlanError, match="there is no script `release`"):
        buildplan.plan(files, buildplan.Options(set=("node.build_script=release",)))


def test_what_esbuild_writes_into_an_embedded_folder_is_built_first() -> None:
    main = (
        'package main\n\nimport (\n\t"embed"\n\t"net/http"\n)\n\n//go:embed ui\nvar files embed.FS\n\n'
        'func main() { _ = http.ListenAndServe(":8080", http.FileServer(http.FS(files))) }\n'
    )
    package = '{"scripts": {"build": "node esbuild.mjs"}, "devDependencies": {"esbuild": "^0.28.0"}}'
    script = (
        'import * as esbuild from "esbuild"\nawait esbuild.build({ entryPoints: ["src/app.js"], outdir: "ui/dist/" })\n'
    )
    files = {"go.mod": "module x\n\ngo 1.26\n", "main.go": main, "ui/index.html": "<p>", "ui/favicon.ico": "x"}
    files |= {"package.json": package, "package-lock.json": LOCK, "esbuild.mjs": script, "src/app.js": ""}
    text = buildplan.plan(files).dockerfile()
    assert text.index("COPY --from=node-build /app/ui/dist ./ui/dist") < text.index("go build")


def test_a_generator_of_documents_beside_the_build_makes_nothing_of_it() -> None:
    main = (
        'package main\n\nimport (\n\t"embed"\n\t"net/http"\n)\n\n//go:embed dist\nvar files embed.FS\n\n'
        'func main() { _ = http.ListenAndServe(":8080", http.FileServer(http.FS(files))) }\n'
    )
    package = (
        '{"scripts": {"build": "vite build", "docs:build": "vitepress build docs"},'
        ' "devDependencies": {"vite": "^8.0.0", "vitepress": "^1.6.0"}}'
    )
    files = {"go.mod": "module x\n\ngo 1.26\n", "main.go": main, "index.html": "<p>"}
    files |= {"package.json": package, "package-lock.json": LOCK, "docs/index.md": "# x\n"}
    text = buildplan.plan(files).dockerfile()
    assert "COPY --from=node-build /app/dist ./dist" in text
    assert ".vitepress" not in text
