"""Python apps for the container tests."""

from __future__ import annotations

from container_case import Case

# Lock files of uv and Poetry hold the address of the index, so each is made by its own tool where the test runs. An
# index that lacks the interface that Poetry prefers is used through the one that all have.
_SOURCE = """printf '\\n[[tool.poetry.source]]\\nname = "index"\\nurl = "%s"\\n' \
"$(python -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)')" >> pyproject.toml"""
UV_LOCK = ("python -m pip install --quiet --target .tools uv && .tools/bin/uv lock --quiet && rm -r .tools",)
POETRY_LOCK = (
    "python -m venv .tools && .tools/bin/pip install --quiet poetry",
    _SOURCE,
    ".tools/bin/poetry lock --quiet && rm -r .tools",
)

CASES = (
    Case("python-flask-gunicorn", "app.py"),
    Case("python-flask-sqlite-release", "app/__init__.py"),
    Case("python-procfile-fixed-port", "wsgi.py"),
    Case("python-fastapi-standard", "app/text.py"),
    Case("python-fastapi-uv", "main.py", prepare=UV_LOCK),
    Case("python-fastapi-beside-frontend", "backend/database.py"),
    Case("python-starlette-reexport", "site_app/factory.py"),
    Case("python-console-script", "src/greeting_server/cli.py"),
    Case("python-gradio", "app.py"),
    Case("python-django-poetry", "shop/urls.py", prepare=POETRY_LOCK),
    Case("python-django-vite", "site_config/urls.py"),
    Case("python-pdm", "app.py"),
    Case("python-pip-psycopg2", "app.py"),
    Case("python-hatch-vcs", "src/greeter/app.py"),
    Case("python-django-asgi", "chat/urls.py"),
)

# Nothing answers over HTTP here: what the log of a running container says, and a file that installs nothing again.
WORKERS = (
    Case("python-celery-worker", "tasks.py", says="ready."),
    Case("python-plain-script", "main.py", says="hello from python-plain-script"),
)
