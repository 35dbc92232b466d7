"""Whether a tree is an Elixir app, and how strong the evidence is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.build_plan import Evidence
from buildplan.contract import Detection, Strength
from buildplan.provenance import Origin

from . import mix_file

if TYPE_CHECKING:
    from buildplan.overrides import Overrides
    from buildplan.source import SourceTree


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:  # noqa: ARG001  # the contract's signature
    """Return the claim to a tree; None without a mix.exs at its root."""
    if not tree.has(mix_file.PATH):
        return None
    found = Evidence(f"there is `{mix_file.PATH}`", Origin(mix_file.PATH))
    text = tree.text_or_none(mix_file.PATH)
    if text is None:
        return Detection(Strength.MANIFEST, (found,))
    project = mix_file.parse(text)
    strength = Strength.APP if project.app or project.apps_path else Strength.MANIFEST
    return Detection(strength, (found,), frameworks=project.frameworks)
