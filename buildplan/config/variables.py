"""Variables: their names, and which of them must not be stored.

A variable's value is written into the image, where everybody who can pull it can read it. So a value that looks like
a secret is dropped here, and only its name goes on, as a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.config.mistakes import shown
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.model.secret_spans import holds_secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.config.mistakes import Mistakes
    from buildplan.model.origin import Origin
    from buildplan.model.requests import Items, VariableRequest

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def sorted_out(
    given: Iterable[tuple[str, VariableRequest]], mistakes: Mistakes
) -> tuple[dict[str, VariableRequest], Items, tuple[Diagnostic, ...]]:
    """Return the variables to store, the names of secrets, and a diagnostic for each value that is dropped."""
    variables: dict[str, VariableRequest] = {}
    secrets: list[Sourced[str]] = []
    diagnostics: list[Diagnostic] = []
    for name, request in given:
        if not is_valid(name, request, mistakes):
            continue
        if holds_secret(name, request.value):
            secrets.append(Sourced(name, request.origin))
            diagnostics.append(dropped(name, request))
        else:
            variables[name] = request
    return variables, tuple(secrets), tuple(diagnostics)


def is_valid(name: str, request: VariableRequest, mistakes: Mistakes) -> bool:
    """Return whether a Dockerfile can hold the variable; otherwise note why not."""
    if not NAME.fullmatch(name):
        mistakes.add(
            f"{shown(name)} is no name for a variable; expected letters, digits and `_`, not starting with a digit",
            request.origin,
            "rename the variable",
        )
        return False
    if any(mark in request.value for mark in "\n\r\0"):
        mistakes.add(
            f"the value of `{name}` has more than one line, which the variable of an image cannot hold",
            request.origin,
            "put the text in a file, or give the variable to the container when it starts",
        )
        return False
    return True


def dropped_from_command(name: str, origin: Origin | None) -> Diagnostic:
    """Return the diagnostic that says that a secret in a command is not stored."""
    return Diagnostic(
        "BP665",
        "warning",
        f"`{name}` looks like a secret, so the value that a command gives it is not stored, only its name",
        origin,
        f"give `{name}` to the container when it starts, and replace the secret: whoever can read the tree knows it",
    )


def dropped(name: str, request: VariableRequest) -> Diagnostic:
    """Return the diagnostic that says that the value is not used; it does not show the value."""
    return Diagnostic(
        "BP665",
        "warning",
        f"`{name}` looks like a secret, so its value is not stored; the plan holds its name only",
        request.origin,
        f"give `{name}` to the container when it starts; if it is no secret, write "
        f'`{name} = {{ value = "…", secret = false }}` below `[variables]` in buildplan.toml',
    )
