"""Python: web apps, user interfaces, workers, bots and scripts, with uv, Poetry, PDM, Pipenv and pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.contract import PlanContext, Provider, ProviderPlan

from .detect import detect

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    # Every command asks every provider whether a tree is its own; only one of them has to plan it.
    from .plan import plan as make

    return make(tree, context)


PROVIDER = Provider(
    name="python",
    title="Python",
    detect=detect,
    plan=plan,
    looks_for="a manifest (`pyproject.toml`, `requirements.txt`, `Pipfile`, `setup.py`, …) or a `.py` file that starts",
    start_help="an app object (`app = FastAPI()`) in `main.py` or `app.py`, or a Procfile with a `web:` line",
)
