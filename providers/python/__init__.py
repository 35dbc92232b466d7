"""Python: web apps, user interfaces, workers, bots and scripts, with uv, Poetry, PDM, Pipenv and pip."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="python",
    title="Python",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".manifest:dependencies", __package__),
    versions=late(".python_version:VERSIONS", __package__),
    below=late(".detect:nested_apps", __package__),
    members=late(".manifest:app_members", __package__),
    looks_for="a manifest (`pyproject.toml`, `requirements.txt`, `Pipfile`, `setup.py`, …) or a `.py` file that starts",
    start_help="an app object (`app = FastAPI()`) in `main.py` or `app.py`, or a Procfile with a `web:` line",
    manifests=(
        "pyproject.toml",
        "requirements.txt",
        "requirements.in",
        "setup.cfg",
        "Pipfile",
        "Pipfile.lock",
        "environment.yml",
        "environment.yaml",
        "pylock.toml",
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
    ),
    sources=("*.py",),
    runtimes=("python",),
    tools=("hatch", "pdm", "pipenv", "poetry", "uv"),
    options={
        "app": "which member of a workspace: its name or its folder",
        "django_app": "the Django project to start",
        "entry": "what to start: `module:name`, or a file to run",
        "package_manager": "pip, poetry, pdm, uv or pipenv",
    },
    app_option="app",
    programs=(
        "celery",
        "daphne",
        "fastapi",
        "flask",
        "gunicorn",
        "hypercorn",
        "pipenv",
        "poetry",
        "python",
        "python3",
        "streamlit",
        "uv",
        "uvicorn",
        "uwsgi",
        "waitress-serve",
    ),
)
