"""Does `buildplan.lock` still fit the Dockerfiles that buildplan wrote for its directory?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.config import lock_file
from buildplan.drift.findings import Finding
from buildplan.image import locked
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.model.build_plan import BuildPlan
    from buildplan.source import SourceTree

_FIX = "run `buildplan lock{where}`"


def missing(path: str, plan: BuildPlan, directory: str) -> Iterator[Finding]:
    """Yield BP946 for each image of the plan that has no digest where a lock file is there or asked for."""
    for item in plan.diagnostics:
        if item.code == "BP946":
            place = None if item.origin is None else Origin(f"{directory}/{item.origin.path}".lstrip("/"))
            yield Finding(item.code, item.severity, item.text, Origin(path, 1), place, _fix(directory))


def unused(path: str, tree: SourceTree, plans: Iterable[BuildPlan], directory: str) -> Iterator[Finding]:
    """Yield BP947 for each row that none of the plans, which are all of the directory, starts from."""
    if not tree.has(lock_file.PATH):
        return
    used = {image for plan in plans for image in locked.images(plan)}
    for image, digest in lock_file.read(tree).items():
        if image not in used:
            origin = Origin(f"{directory}/{digest.origin.path}".lstrip("/"), digest.origin.line)
            text = f"{lock_file.PATH} holds `{image}`, which nothing starts from"
            yield Finding("BP947", "warning", text, Origin(path, 1), origin, _fix(directory))


def _fix(directory: str) -> str:
    import shlex

    return _FIX.format(where=f" {shlex.quote(directory)}" if directory else "")
