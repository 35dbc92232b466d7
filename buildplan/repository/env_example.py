"""`.env.example`: the variables that an owner sets for the compose file, with stand-ins for values.

Lines of a person are never changed: names that the file lacks are put at its end. No value is ever taken from `.env`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.secrets import looks_secret
from buildplan.repository import compose_services
from buildplan.services.settings import OURS
from buildplan.write.files import Change
from buildplan.write.merge import Regenerated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.repository.targets import Target
    from buildplan.source import SourceTree

PATH = ".env.example"
_NAME = re.compile(r"^[ \t]*+#?[ \t]*+(?:export[ \t]++)?([A-Za-z][A-Za-z0-9_]*+)[ \t]*+=", re.MULTILINE)
_HEAD = f"{OURS}\n# Passwords are part of URLs: letters and digits only.\n"
STAND_IN = "change-me"


def change(tree: SourceTree, targets: Iterable[Target], secrets: Iterable[str]) -> Change | None:
    """Return what becomes of the example, None where nothing is needed; `secrets` are those of the compose file."""
    secrets = tuple(secrets)
    wanted = dict.fromkeys(secrets)
    for target in targets:
        wanted.update(dict.fromkeys(compose_services.required(target)))
    before = tree.text(PATH) if tree.has(PATH) else None
    listed = {
        name for target in targets for path in target.settings.examples for name in _NAME.findall(tree.text(path))
    }
    # Another example of the project has the variables of its apps; those of the compose file belong here.
    known = set(_NAME.findall(before or ""))
    missing = [name for name in wanted if name not in known and (name in secrets or name not in listed)]
    if not missing:
        return None if before is None else Change(PATH, before, Regenerated(before, "unchanged"))
    hidden = {*secrets, *(name for name in missing if looks_secret(name, "value"))}
    lines = "".join(f"{name}={STAND_IN if name in hidden else ''}\n" for name in missing)
    if before is None:
        return Change(PATH, None, Regenerated(_HEAD + lines, "new"))
    if OURS in before:
        own, _, ours = before.partition(_HEAD)
        return Change(PATH, before, Regenerated(f"{own}{_HEAD}{ours.rstrip()}\n{lines}", "merged"))
    gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    return Change(PATH, before, Regenerated(f"{before}{gap}{_HEAD}{lines}", "merged"))
