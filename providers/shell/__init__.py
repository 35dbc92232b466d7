"""A tree that no language claims, with a start command that its owner gave: a script, or programs from apt packages.

Any manifest of a language is stronger; plain files are not, since a web server for them could not run the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.contract import Detection, Strength
from buildplan.language.declare import Language, late
from buildplan.model.build_plan import Evidence

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def _detect(_: SourceTree, overrides: Overrides) -> Detection | None:
    if overrides.start is None:
        return None
    return Detection(Strength.COMMAND, (Evidence("a start command is given", overrides.start.origin),))


LANGUAGE = Language(
    name="shell",
    title="Shell",
    detect=_detect,
    plan=late(".plan:plan", __package__),
    start_help='write `start = "./start.sh"` in buildplan.toml, or a `web:` line in a Procfile',
    looks_for="a start command in the configuration",
    aliases=("procfile",),
    options={"script": "the script to start"},
)
