"""Whether a tree is a Ruby app, and how strong the evidence is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin
from buildplan.read import data_table

from . import gemfile

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

# Words in names of folders that hold no app of their own.
_NO_APPS = subfolder.OTHERS | {"vendor", "spec", "plugins", "themes"}
_PROGRAMS = re.compile(r"(?:exec )?(?:bundle exec|\S{0,9}bin/(?:rails|thrust|jobs)|rails|rackup|puma|ruby|sidekiq)\b")


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Ruby's."""
    path = gemfile.find(tree)
    start = overrides.start
    started = start is not None and _PROGRAMS.match(start.value.text.strip()) is not None
    if path is None:
        return _without_gemfile(tree, started=started)
    found = Evidence(f"there is `{path}`", Origin(path))
    from . import project as projects
    from . import servers

    try:
        project = projects.read(tree, overrides)
    except BuildplanError as error:
        return Detection(Strength.MANIFEST, (Evidence(found.text, error.origin or found.origin),))
    row = project.framework
    ids = (row["id"],) if row is not None else ()
    front = ("",) if project.rails is not None and tree.has("package.json") else ()
    if project.rails is not None:
        evidence = Evidence("a Rails application is defined", project.rails)
        return Detection(Strength.APP, (evidence, found), frameworks=ids, frontends=front)
    site = (
        project.gemfile.gem(*data_table.read(__file__, "frameworks")["generators"])
        if project.gemfile is not None
        else None
    )
    if started and start is not None:
        return Detection(Strength.APP, (Evidence("a start command is given", start.origin), found), frameworks=ids)
    if site is not None:
        return Detection(Strength.TOOLING, (Evidence(f"`{site.name}` writes a static site", site.origin),))
    entry = servers.entry(project)
    if entry is not None:
        return Detection(Strength.APP, (Evidence(entry.rule, entry.origin), found), frameworks=ids)
    tools = frozenset(data_table.read(__file__, "frameworks")["tools"])
    gems = project.gemfile.gems if project.gemfile is not None else ()
    if all(gem.name in tools or gem.name.startswith(("rubocop", "jekyll-", "fastlane-")) for gem in gems if gem.ships):
        return Detection(Strength.TOOLING, (Evidence(f"`{path}` holds tools only", found.origin),))
    return Detection(Strength.MANIFEST, (found,), frameworks=ids)


def below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folder of the only Ruby app near the root; none where there are several, or the root is Ruby's."""
    if gemfile.find(tree) is not None or any(name.endswith((".rb", ".ru")) for name in tree.directory().files):
        return ()
    return subfolder.only_app(tree, "Ruby", ("Gemfile", "gems.rb"), _NO_APPS, overrides, detect)


def _without_gemfile(tree: SourceTree, *, started: bool) -> Detection | None:
    path = tree.first("config.ru", "app.rb", "main.rb", "server.rb")
    if path is None:
        return None
    strength = Strength.COMMAND if started else Strength.STRAY
    return Detection(strength, (Evidence(f"`{path}` is a Ruby file", Origin(path)),))
