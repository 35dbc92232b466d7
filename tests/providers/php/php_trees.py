"""What the tests of the PHP provider share: trees in memory and the plan of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from planned import of

from buildplan.language import registry
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.language.contract import Detection
    from buildplan.model.build_plan import BuildPlan

PROVIDER = registry.named("php", Origin("<test>"))
INDEX = "<?php echo 'hello';\n"


def detected(files: dict[str, str]) -> Detection | None:
    return PROVIDER.detect(of(files), Overrides())


def composer(require: dict[str, str] | None = None, **rest: Any) -> str:
    """Return a composer.json."""
    return json.dumps({"type": "project", "require": require or {}, **rest}, indent=2)


def lock(*packages: Mapping[str, Any], **rest: Any) -> str:
    """Return a composer.lock."""
    return json.dumps({"packages": list(packages), "packages-dev": [], **rest}, indent=2)


def laravel(**rest: Any) -> dict[str, str]:
    """Return a Laravel app."""
    require = {"php": "^8.2", "laravel/framework": "^12.0"}
    return {
        "composer.json": composer(require, **rest),
        "composer.lock": lock(),
        "public/index.php": INDEX,
        "artisan": "",
    }


def extensions(made: BuildPlan) -> list[str]:
    """Return the extensions that are installed."""
    prefix = "php.extensions."
    return [item.value for item in made.decisions if item.field.startswith(prefix)]


def processes(made: BuildPlan) -> dict[str, str]:
    return {process.name: process.text for process in made.processes}
