"""Python: web apps, user interfaces, workers, bots and scripts, with uv, Poetry, PDM, Pipenv and pip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Detection, PlanContext, ProviderPlan
    from buildplan.language.members import Member
    from buildplan.language.packages import Dependency
    from buildplan.language.subfolder import Folder
    from buildplan.language.versions import Versions
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def _detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    from .detect import detect

    return detect(tree, overrides)


def _plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    from .plan import plan

    return plan(tree, context)


def _versions() -> tuple[Versions[Any], ...]:
    from .python_version import VERSIONS

    return VERSIONS


def _below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    from .nested import find

    return find(tree, overrides)


def _members(tree: SourceTree) -> tuple[Member, ...]:
    from .apps import members

    return members(tree)


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="python",
    title="Python",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    below=_below,
    members=_members,
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
