"""`buildplan lock`: the digests of the base images, from the registry through the engine, or from a list.

The only command that wants the network, and it has the engine ask: credentials, proxies and certificates are its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from buildplan.cli import container_engine
from buildplan.config import lock_file
from buildplan.errors import ConfigError, SourceError
from buildplan.image import locked, mirrors
from buildplan.model.origin import Origin, option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from buildplan.model.build_plan import BuildPlan


def wanted(plans: Iterable[BuildPlan]) -> dict[str, str]:
    """Return image → how it is asked for, from the owner's mirror, of all plans of one lock file."""
    return {image: mirrors.reference(image, plan.mirrors) for plan in plans for image in locked.images(plan)}


def from_list(images: Iterable[str], file: str) -> dict[str, str]:
    """Return image → digest out of a list, `-` is stdin; raises ConfigError for images that it lacks."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise SourceError(f"it cannot be read: {reason}", origin=Origin(file), hint="name a text file") from error
    known = lock_file.listed(text, file)
    lacking = [image for image in images if image not in known]
    if lacking:
        listed = "\n".join(f"  {image}" for image in lacking)
        hint = "nothing was written; add a line `IMAGE@sha256:…` for each"
        raise ConfigError(f"`{file}` has no digest of\n{listed}", origin=option("--from"), hint=hint)
    return {image: known[image] for image in images}


def from_registry(images: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return image → digest as the registry has it now; raises EngineError when the engine cannot tell."""
    engine = container_engine.find(environment)
    return {
        image: container_engine.digest(engine, reference, environment) for image, reference in sorted(images.items())
    }


def said(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return a line for each image: what became of its digest."""
    lines = []
    for image in sorted({*before, *after}):
        old, new = before.get(image), after.get(image)
        if old is None or new is None:
            lines.append(f"  {image}: {'no longer used' if new is None else f'new, {new[:19]}…'}")
        elif old != new:
            lines.append(f"  {image}: {old[:19]}… is now {new[:19]}…")
        else:
            lines.append(f"  {image}: unchanged")
    return "".join(f"{line}\n" for line in lines)
