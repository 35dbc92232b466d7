"""PHP: Composer; Laravel, Symfony, WordPress, Drupal and 30 more; plain scripts; Apache in front, or Octane."""

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
    name="php",
    title="PHP",
    detect=detect,
    plan=plan,
    start_help="an `index.php` at the root or in `public/`, or a Procfile with a `web:` line",
)
