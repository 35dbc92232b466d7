"""Which provider wins each fixture, what it is taken for, how it starts, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from conftest import FIXTURE_NAMES, FIXTURES

import buildplan


@dataclass(frozen=True)
class Expected:
    """What has to be decided; `framework` is the strongest one, None where there is none.

    `kind` is `server` (a process that listens), `static` (a web server for files) or `worker` (nothing listens).
    `start` is the command as a person would type it in `directory`; for a static site it is always the web server's.
    """

    provider: str
    framework: str | None
    kind: str
    start: str
    why: str
    directory: str = "/app"


WEB_SERVER = "nginx -g 'daemon off;'"


def server(framework: str | None, start: str, why: str, directory: str = "/app") -> Expected:
    return Expected("node", framework, "server", start, why, directory)


def go(framework: str, start: str, why: str) -> Expected:
    return Expected("go", framework, "server", start, why)


def built(framework: str, why: str) -> Expected:
    return Expected("node", framework, "static", WEB_SERVER, why)


def site(framework: str | None, why: str) -> Expected:
    return Expected("static", framework, "static", WEB_SERVER, why)


TABLE = {
    "config-buildplan-toml": server("express", "node dist/server.js", "the start script; the configuration adds to it"),
    "config-nixpacks-json": server("express", "node dist/server.js", "`start.cmd` beats the dev server of the script"),
    "config-nixpacks-spread": server("express", "node dist/server.js", "the start script; the lists are extended"),
    "go-build-tags": go("net-http", "/app/bin/go-build-tags", "the only command; build tags are an option"),
    "go-cgo-own-code": go("net-http", "/app/bin/go-cgo-own-code", "the only command; it imports C"),
    "go-cmd-layout": go("net-http", "/app/bin/server", "the Procfile names one of the commands below `cmd/`"),
    "go-embed": go("net-http", "/app/bin/go-embed", "the only command; files are embedded"),
    "go-embed-frontend": go("net-http", "/app/bin/go-embed-frontend", "Go embeds what package.json builds"),
    "go-embed-frontend-folder": go("net-http", "/app/bin/app", "Go embeds what a folder's package.json builds"),
    "go-gin": go("gin", "/app/bin/go-gin", "the only command"),
    "go-net-http": go("gorilla-mux", "/app/bin/go-net-http", "the only command"),
    "go-nixpacks": go("net-http", "/app/out", "the configuration starts what it calls `out`"),
    "go-private-module": go("net-http", "/app/bin/go-private-module", "the only command; a module is private"),
    "go-replace-local": go("net-http", "/app/bin/go-replace-local", "the only command; a module lies in the tree"),
    "go-shell-start": go("net-http", '/app/bin/go-shell-start -addr ":$PORT"', "only a shell can fill in the port"),
    "go-single-file": go("net-http", "/app/bin/app", "one file without a module"),
    "go-sqlite-cgo": go("net-http", "/app/bin/go-sqlite-cgo", "the only command; its database driver needs C"),
    "go-templates": go("net-http", "/app/bin/go-templates", "the only command; it reads templates"),
    "go-vendor": go("net-http", "/app/bin/go-vendor", "the only command; dependencies are vendored"),
    "go-worker": Expected("go", None, "worker", "/app/bin/go-worker", "nothing listens"),
    "go-workspace": go("chi", "/app/bin/api", "the only command of the workspace that listens"),
    "node-angular": built("angular", "Angular without a server; `ng serve` is for development"),
    "node-astro-ssr": server("astro", "node dist/server/entry.mjs", "the Node adapter in standalone mode"),
    "node-astro-static": built("astro", "Astro without an adapter writes files"),
    "node-better-sqlite3": server("express", "node server.js", "the start script; a native package is compiled"),
    "node-bun-hono": server("hono", "bun run src/index.ts", "the start script runs Bun, which runs TypeScript"),
    "node-bun-lock-node-runtime": server("express", "node server.js", "Bun installs, Node runs: the script says so"),
    "node-cra": built("cra", "`react-scripts start` is for development; `build/` is served"),
    "node-cross-env-start": server("express", "node server.js", "variables of cross-env belong to the environment"),
    "node-dev-server-start": server("express", "node server.js", "nodemon is for development"),
    "node-docusaurus": built("docusaurus", "`docusaurus start` is for development"),
    "node-eleventy": built("eleventy", "`eleventy --serve` is for development"),
    "node-engines-range": server(None, "node server.js", "the start script"),
    "node-esm-type-module": server("hono", "node index.js", "no script; `main` names the entry"),
    "node-express-npm-start": server("express", "node src/index.js", "`npm start` is resolved to what it runs"),
    "node-express-plain": server("express", "node server.js", "no script; `main` names the entry"),
    "node-express-pnpm": server("express", "node server.js", "the start script"),
    "node-express-react-source": server("express", "node server.js", "the server of the script serves what Vite built"),
    "node-express-yarn-berry": server("express", "node server.js", "the start script"),
    "node-express-yarn1": server(None, "node server.js", "the start script"),
    "node-fastify-pnpm-typescript": server("fastify", "node dist/server.js", "the start script, after `tsc`"),
    "node-husky-prepare": server("express", "node server.js", "the start script; git hooks are no build"),
    "node-main-only": server(None, "node lib/web.js", "no script; `main` names the entry"),
    "node-nest-pnpm": server("nest", "node dist/main", "`nest start` is for development; `start:prod` says how"),
    "node-next-export": built("next", "`output: 'export'` writes files; `next start` would refuse them"),
    "node-next-plain": server("next", "next start", "the start script"),
    "node-next-standalone": server("next", "node server.js", "the standalone output holds its own server"),
    "node-nixpacks-express": server("express", "node server.js", "`start.cmd` of nixpacks.toml, a list of words"),
    "node-no-lockfile": server("express", "node server.js", "the start script"),
    "node-npm-workspace": server("express", "node server.js", "the root's start script names the app", "/app/apps/web"),
    "node-nuxt": server("nuxt", "node .output/server/index.mjs", "no start script; Nitro's server"),
    "node-nvmrc-lts-iron": server(None, "node server.js", "the start script"),
    "node-pnpm-workspace": server(
        "express", "node server.js", "the root's start script names the app", "/app/apps/web"
    ),
    "node-prestart-chain": server(
        "express", "node scripts/prepare-data.js && exec node server.js", "`prestart`, then the followed script"
    ),
    "node-prisma": server("express", "node server.js", "the start script"),
    "node-private-registry": server("express", "node server.js", "the start script"),
    "node-procfile": server("express", "node server.js", "`web` of the Procfile is `npm start`, which is resolved"),
    "node-react-router": server(
        "react-router", "react-router-serve ./build/server/index.js", "the start script, in production mode"
    ),
    "node-sharp": server("express", "node server.js", "the start script; sharp brings its library"),
    "node-sveltekit-node": server("sveltekit", "node build", "no start script; the Node adapter's server"),
    "node-tool-versions": server(None, "node server.js", "the start script"),
    "node-tooling-only-beside-html": site(None, "a package.json with a formatter is weaker than pages at the root"),
    "node-turbo": server("express", "node dist/server.js", "the only member with a start script", "/app/apps/api"),
    "node-two-lockfiles": server("express", "node server.js", "the start script"),
    "node-typescript-tsx": server("express", "tsx src/server.ts", "the start script; tsx is a production dependency"),
    "node-vite-react-spa": built("vite", "a single-page app; `vite preview` is for development"),
    "node-vitepress": built("vitepress", "`docs:build` holds the framework's command"),
    "node-volta": server(None, "node server.js", "the start script"),
    "node-vue-vite": built("vite", "a single-page app in a folder of its own name"),
    "node-worker-only": Expected("node", None, "worker", "node worker.js", "the start script; nothing listens"),
    "node-yarn-berry-pnp": server(
        "express",
        "node -r ./.pnp.cjs --experimental-loader ./.pnp.loader.mjs server.js",
        "the start script, through Plug'n'Play",
    ),
    "node-yarn-berry-workspace": server(
        "express", "node server.js", "the root's start script names the app", "/app/apps/web"
    ),
    "node-yarn-zero-install": server(None, "node server.js", "the start script"),
    "python-aiohttp": Expected(
        "python", "aiohttp", "server", "python main.py", "aiohttp is declared, and this is its best entry"
    ),
    "python-bottle": Expected(
        "python", "bottle", "server", "gunicorn app:app", "Bottle is declared, and this is its best entry"
    ),
    "python-celery-worker": Expected(
        "python", None, "worker", "celery --app tasks worker --loglevel INFO", "Celery works through its queue"
    ),
    "python-console-script": Expected("python", None, "server", "greeting-server", "the project's own console script"),
    "python-dash": Expected(
        "python", "dash", "server", "gunicorn app:server", "Dash is declared, and this is its best entry"
    ),
    "python-django-asgi": Expected(
        "python",
        "django",
        "server",
        "daphne chat.asgi:application -b 0.0.0.0 -p ${PORT}",
        "Django's own application object",
    ),
    "python-django-celery": Expected(
        "python", "django", "server", "gunicorn mailer.wsgi:application", "Django's own application object"
    ),
    "python-django-poetry": Expected(
        "python", "django", "server", "gunicorn shop.wsgi:application", "Django's own application object"
    ),
    "python-django-settings-package": Expected(
        "python", "django", "server", "gunicorn portal.wsgi:application", "Django's own application object"
    ),
    "python-django-vite": Expected(
        "python", "django", "server", "gunicorn site_config.wsgi:application", "Django's own application object"
    ),
    "python-falcon": Expected(
        "python",
        "falcon",
        "server",
        "granian --interface wsgi app:app --host 0.0.0.0 --port ${PORT}",
        "Falcon is declared, and this is its best entry",
    ),
    "python-fastapi-beside-frontend": Expected(
        "python",
        "fastapi",
        "server",
        "uvicorn main:app --host 0.0.0.0 --port ${PORT}",
        "FastAPI is declared, and this is its best entry",
        "/app/backend",
    ),
    "python-fastapi-src": Expected(
        "python",
        "fastapi",
        "server",
        "uvicorn main:app --host 0.0.0.0 --port ${PORT}",
        "FastAPI is declared, and this is its best entry",
    ),
    "python-fastapi-standard": Expected(
        "python", "fastapi", "server", "fastapi run app/main.py", "FastAPI is declared, and this is its best entry"
    ),
    "python-fastapi-uv": Expected(
        "python",
        "fastapi",
        "server",
        "uvicorn main:app --host 0.0.0.0 --port ${PORT}",
        "FastAPI is declared, and this is its best entry",
    ),
    "python-fasthtml": Expected(
        "python",
        "fasthtml",
        "server",
        "uvicorn main:app --host 0.0.0.0 --port ${PORT}",
        "FastHTML is declared, and this is its best entry",
    ),
    "python-flask-factory": Expected(
        "python",
        "flask",
        "server",
        'waitress-serve --call "--listen=*:${PORT}" shop.application:create_app',
        "Flask is declared, and this is its best entry",
    ),
    "python-flask-gunicorn": Expected(
        "python", "flask", "server", "gunicorn app:app", "Flask is declared, and this is its best entry"
    ),
    "python-flask-no-server": Expected(
        "python", "flask", "server", "gunicorn hello:server", "Flask is declared, and this is its best entry"
    ),
    "python-flask-run-procfile": Expected(
        "python", "flask", "server", "gunicorn service.web:application", "the start command that was asked for"
    ),
    "python-flask-sqlite-release": Expected(
        "python", "flask", "server", "gunicorn blog:app", "Flask is declared, and this is its best entry"
    ),
    "python-gradio": Expected(
        "python",
        "gradio",
        "server",
        "GRADIO_SERVER_PORT=${PORT} exec python app.py",
        "Gradio is declared, and this is its best entry",
    ),
    "python-http-server": Expected(
        "python", "http.server", "server", "python server.py", "http.server is declared, and this is its best entry"
    ),
    "python-litestar": Expected(
        "python",
        "litestar",
        "server",
        "uvicorn app:app --host 0.0.0.0 --port ${PORT}",
        "Litestar is declared, and this is its best entry",
    ),
    "python-mcp-http": Expected(
        "python", "mcp", "server", "python server.py", "MCP server is declared, and this is its best entry"
    ),
    "python-nicegui": Expected(
        "python", "nicegui", "server", "python main.py", "NiceGUI is declared, and this is its best entry"
    ),
    "python-plain-script": Expected(
        "python", None, "worker", "python main.py", "no framework is declared; this is the file to run"
    ),
    "python-procfile-fixed-port": Expected(
        "python",
        "flask",
        "server",
        "python seed.py && exec gunicorn --bind 0.0.0.0:${PORT} --threads 4 wsgi",
        "the start command that was asked for",
    ),
    "python-quart-hypercorn": Expected(
        "python",
        "quart",
        "server",
        "hypercorn main:app --bind 0.0.0.0:${PORT}",
        "Quart is declared, and this is its best entry",
    ),
    "python-sanic": Expected(
        "python",
        "sanic",
        "server",
        "sanic server:app --host 0.0.0.0 --port ${PORT}",
        "Sanic is declared, and this is its best entry",
    ),
    "python-starlette-reexport": Expected(
        "python",
        "starlette",
        "server",
        "gunicorn --worker-class uvicorn_worker.UvicornWorker asgi:app",
        "Starlette is declared, and this is its best entry",
    ),
    "python-streamlit": Expected(
        "python",
        "streamlit",
        "server",
        "streamlit run streamlit_app.py --server.port ${PORT}",
        "Streamlit is declared, and this is its best entry",
    ),
    "python-tooling-package-json": Expected(
        "python", "flask", "server", "gunicorn main:app", "Flask is declared, and this is its best entry"
    ),
    "python-tornado": Expected(
        "python", "tornado", "server", "python main.py", "Tornado is declared, and this is its best entry"
    ),
    "shell-nixpacks-apt": Expected(
        "shell", None, "worker", "./start.sh", "a given command; nothing says that it listens"
    ),
    "static-404-page": site(None, "pages at the root"),
    "static-hugo": site("hugo", "the configuration of Hugo"),
    "static-jekyll": site("jekyll", "the configuration of Jekyll and a Gemfile that names it"),
    "static-mkdocs": site("mkdocs", "the configuration of MkDocs"),
    "static-plain-html": site(None, "pages at the root"),
    "static-public-folder": site(None, "pages in `public/`"),
    "static-spa-prebuilt": site(None, "a finished single-page app in `dist/`"),
    "static-sphinx": site("sphinx", "the configuration of Sphinx"),
    "static-staticfile": site(None, "a Staticfile names the folder"),
}


def test_every_fixture_is_in_the_table_and_nothing_else() -> None:
    assert sorted(TABLE) == FIXTURE_NAMES


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_fixture_answers_with_its_own_name_and_names_no_package_registry(name: str) -> None:
    answers = False
    for path in (FIXTURES / name).rglob("*"):
        if not path.is_file() or path.suffix == ".zip":
            continue
        text = path.read_text("utf-8")
        answers = answers or re.search(rf"(?:from |[\"'`]){re.escape(name)}\b", text) is not None
        assert not re.search(r"\b(?:registry|files)\.[\w-]+\.(?:org|com)\b", text), path
    assert answers


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_right_provider_wins_for_a_reason(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    expected = TABLE[name]
    app = plan.providers[0]
    assert (app.name, app.role) == (expected.provider, "app"), expected.why
    assert (app.frameworks[0] if app.frameworks else None) == expected.framework, expected.why
    assert app.evidence, "a provider says what convinced it"
    reason = plan.decision("providers")
    assert reason is not None
    assert reason.rule


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_app_is_what_it_looks_like_and_starts_as_it_should(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    expected = TABLE[name]
    process = plan.process(plan.start)
    assert process is not None
    kind = "static" if plan.run.site is not None else "server" if process.port is not None else "worker"
    assert (kind, process.text) == (expected.kind, expected.start), expected.why
    assert plan.run.working_dir == expected.directory
