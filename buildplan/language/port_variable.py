"""A platform says in `PORT` where an app has to listen; an app that reads another variable is told there too."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.model.build_plan import Process

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}", re.ASCII)


def handed_on(process: Process, variable: str) -> Process:
    """Return the process with `PORT` in the variable that the app reads; a value of the owner's own comes first.

    The same process when that is `PORT` itself, or a name that no shell can set.
    """
    if variable == "PORT" or not _NAME.fullmatch(variable):
        return process
    given = f'{variable}="${{{variable}:-$PORT}}"'
    line = f"{given} exec {shlex.join(process.argv)}"
    if process.shell is not None:
        line = f"export {given}; {process.shell}"
    return replace(process, argv=(), shell=line)
