"""What `--app` can name at the root of a tree: a member of a workspace, or the root itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from buildplan.model.origin import Origin


class Member(NamedTuple):
    """A part of a tree that can be an app: its name in its manifest, its folder (`""` is the root), where it is named.

    `value` is what the language's own option expects, None where it has nothing to choose. `option` is that option
    where it is not the language's `app_option`.
    """

    name: str
    folder: str
    origin: Origin
    value: str | None = None
    option: str | None = None
