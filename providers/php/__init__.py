"""PHP: Composer; Laravel, Symfony, WordPress, Drupal and 30 more; plain scripts; Apache in front, or Octane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Detection, PlanContext, ProviderPlan
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


def _below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    from .detect import below

    return below(tree, overrides)


def _versions() -> tuple[Versions[Any], ...]:
    from .php_version import VERSIONS

    return VERSIONS


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="php",
    title="PHP",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    below=_below,
    start_help="an `index.php` at the root or in `public/`, or a Procfile with a `web:` line",
    manifests=("composer.json",),
    sources=("*.php",),
    runtimes=("php",),
    tools=("composer",),
    options={
        "extensions": "extensions to install, with commas between",
        "fallback": "the script that answers unknown paths",
        "root": "the document root",
    },
    programs=(
        "apache2-foreground",
        "artisan",
        "frankenphp",
        "heroku-php-apache2",
        "heroku-php-nginx",
        "php",
        "php-fpm",
    ),
)
