"""Whether a tree is an Elixir app, and how strong the evidence is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_MANIFEST = "mix.exs"


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None without a mix.exs at its root, or in a folder of a root that has none."""
    if not tree.has(_MANIFEST) and not any(tree.has(f"{name}/{_MANIFEST}") for name in tree.directory().directories):
        return None
    from . import location, mix_file

    path = location.find(tree, overrides)
    if path is None:
        return None
    found = Evidence(f"there is `{path}`", Origin(path))
    project = mix_file.read(tree, path)
    if path != _MANIFEST:
        return Detection(Strength.STRAY, (found,), frameworks=_ids(project.frameworks))
    frameworks = dict.fromkeys(project.frameworks)
    for member in location.members(tree, project):
        frameworks.update(dict.fromkeys(member.frameworks))
    # A library has an `app` too, and nothing that starts.
    starts = project.module is not None or project.escript is not None or bool(project.frameworks)
    is_app = (project.app is not None and starts) or project.apps_path is not None
    strength = Strength.APP if is_app else Strength.MANIFEST
    return Detection(strength, (found,), frameworks=_ids(tuple(frameworks)))


def _ids(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", "-") for name in names)
