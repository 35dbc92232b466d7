"""What is expected of the fixtures `python-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "python-hatch-vcs": Expected(
        "python", "flask", "server", "gunicorn greeter.app:app", "the version comes from the history"
    ),
    "python-hatch": Expected("python", "flask", "server", "gunicorn greeter.app:app", "an extra holds the server"),
    "python-misnamed-requirements": Expected(
        "python", "flask", "server", "gunicorn app:app", "a misnamed list is read"
    ),
    "python-nixpacks-venv": Expected(
        "python", "flask", "server", "gunicorn app:app", "the environment is active already"
    ),
    "python-pdm": Expected("python", "flask", "server", "gunicorn app:app", "PDM's lock"),
    "python-pip-compiled": Expected("python", "flask", "server", "gunicorn main:app", "what pip-compile wrote"),
    "python-pip-editable": Expected("python", "flask", "server", "gunicorn greeter.web:app", "the Procfile"),
    "python-pip-hashes": Expected("python", "flask", "server", "gunicorn wsgi:app", "pinned with hashes"),
    "python-pip-includes": Expected("python", "flask", "server", "gunicorn app:app", "lists that include lists"),
    "python-pip-local-package": Expected("python", "flask", "server", "gunicorn app:app", "a package of the tree"),
    "python-pip-opencv": Expected("python", "flask", "server", "gunicorn app:app", "OpenCV needs libraries"),
    "python-pip-private-index": Expected("python", "flask", "server", "gunicorn app:app", "a private index"),
    "python-pip-production-list": Expected(
        "python", "flask", "server", "gunicorn app:app", "a second list for production"
    ),
    "python-pip-psycopg2": Expected("python", "flask", "server", "gunicorn app:app", "psycopg2 is compiled"),
    "python-pip-utf16": Expected("python", "flask", "server", "gunicorn app:app", "a list in UTF-16"),
    "python-pipenv": Expected("python", "flask", "server", "gunicorn app:app", "a Pipfile"),
    "python-poetry-1": Expected(
        "python", "bottle", "server", 'waitress-serve "--listen=*:${PORT}" greeter.server:app', "Poetry 1"
    ),
    "python-poetry-2": Expected(
        "python", "bottle", "server", 'waitress-serve "--listen=*:${PORT}" app:app', "Poetry 2"
    ),
    "python-pylock": Expected("python", "http.server", "server", "python server.py", "PEP 751's lock"),
    "python-setup-py": Expected("python", "flask", "server", "gunicorn greeter.app:app", "setup.py"),
    "python-setuptools-dynamic": Expected(
        "python", "flask", "server", "gunicorn greeter.app:app", "dependencies in a file"
    ),
    "python-setuptools-flat": Expected("python", "flask", "server", "gunicorn app:app", "several top-level packages"),
    "python-two-lockfiles": Expected("python", "http.server", "server", "python main.py", "uv's lock beats Poetry's"),
    "python-uv-flask": Expected("python", "flask", "server", "gunicorn greeter.app:app", "uv without a lock"),
    "python-uv-stdlib": Expected("python", "http.server", "server", "python main.py", "uv without dependencies"),
    "python-uv-workspace": Expected("python", None, "server", "web", "a member's own script", "/app/apps/web"),
    "python-version-files": Expected("python", "flask", "server", "gunicorn app:app", "the version files disagree"),
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
    "python-in-a-folder": Expected(
        "python", "fastapi", "server", "uvicorn main:app --host 0.0.0.0 --port ${PORT}", "the only folder with an app"
    ),
    "python-no-manifest": Expected("python", "flask", "server", "gunicorn app:app", "no manifest at all"),
    "python-conda": Expected("python", "flask", "server", "gunicorn app:app", "a conda environment"),
    "python-runner-script": Expected("python", "tornado", "server", "python Serve.py", "the script imports the server"),
    "python-django-no-wsgi": Expected(
        "python", "django", "server", "gunicorn 'django.core.wsgi:get_wsgi_application()'", "Django without wsgi.py"
    ),
}
