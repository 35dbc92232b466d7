"""`[mirrors]` of buildplan.toml: the hosts of images, and the kinds of packages, that come from somewhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.catalogue import mirrors
from buildplan.config.mistakes import nearest, shown

if TYPE_CHECKING:
    from buildplan.config.mistakes import Mistakes
    from buildplan.model.origin import Origin

_CREDENTIALS = (
    "an address without a user and a password, which would be in the image; give them to the step as a secret: "
    "`[phases.install]` with `secrets`"
)


def check(name: str, value: str, place: Origin, mistakes: Mistakes) -> None:
    """Note what is wrong with one mirror."""
    key = f'mirrors."{name}"' if mirrors.is_registry(name) else f"mirrors.{name}"
    row = mirrors.mirrors().get(name)
    if row is None and not mirrors.is_registry(name):
        mistakes.add(f"`{key}` names no kind of package and no registry of images", place, _meant(name))
        return
    if row is None:
        wrong = mirrors.image_reference(name, value)
        if wrong is not None:
            mistakes.add(f"`{key}` is {shown(value)}; expected {wrong}", place, f'write `"{name}" = "mirror.corp/hub"`')
    elif not mirrors.URL.fullmatch(value):
        example = f'write `{name} = "{row.example}"`'
        expected = _CREDENTIALS if "@" in value else "a URL that begins with `https://`"
        said = "an address with credentials" if "@" in value else shown(value)
        mistakes.add(f"`{key}` is {said}; expected {expected}", place, example)


def _meant(name: str) -> str:
    rows = mirrors.mirrors()
    row = next((row for row in rows.values() if name.lower() in row.also), None)
    if row is not None:
        return f"write `{row.name}`, which serves {', '.join(row.also)}"
    near = nearest(name, rows)
    known = ", ".join(rows)
    return f"did you mean `{near}`?" if near else f'kinds: {known}; a registry is a host, `"docker.io"`'


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the table."""
    kinds = {
        name: {"type": "string", "pattern": "^https?://", "description": f"{row.title}, `{row.example}`."}
        for name, row in mirrors.mirrors().items()
    }
    hosts = {"^.*[.:].*$|^localhost$": {"type": "string", "description": "Images of this registry."}}
    return {"type": "object", "properties": kinds, "patternProperties": hosts, "additionalProperties": False}
