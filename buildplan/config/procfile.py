"""`Procfile`: one process type per line, `name: command`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.config.mistakes import as_config_error, shown
from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import CommandRequest, Overrides
from buildplan.source.budget import check_size

if TYPE_CHECKING:
    from buildplan.source import SourceTree

PATH = "Procfile"
MAX_LINES = 1_000

# https://devcenter.heroku.com/articles/procfile: a name of letters, digits, `-` and `_`, a colon, a command.
# What buildpacks put into an app: proxies in front of the process, which the line is wrapped in.
_WRAPPER = re.compile(r"(?:\./)?(bin/start-(?:nginx(?:-solo|-debug)?|pgbouncer(?:-stunnel)?|stunnel))[ \t]+(?=\S)")
_LINE = re.compile(r"([A-Za-z0-9_-]+):[ \t]*(\S.*)")


def read(tree: SourceTree) -> Overrides:
    """Return `web` as the start command and the others as processes; a line of another form is a diagnostic.

    `release` is a process like any other: it is never run while an image is built. Raises ConfigError for a file that
    cannot be read.
    """
    try:
        text = tree.text(PATH)
    except FileError as error:
        raise as_config_error(error) from error
    check_size(PATH, "lines", text.count("\n"), MAX_LINES)
    commands: dict[str, Sourced[CommandRequest]] = {}
    diagnostics = []
    for number, line in enumerate(text.split("\n"), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        match = _LINE.fullmatch(content)
        if match is None:
            diagnostics.append(
                Diagnostic(
                    "BP666",
                    "warning",
                    f"{shown(content)} is no line of a Procfile, so it is ignored; expected `name: command`",
                    Origin(PATH, number),
                    "write `web: node server.js`, or put `#` before a comment",
                )
            )
            continue
        name, command = match.groups()
        if name in commands:
            diagnostics.append(
                Diagnostic(
                    "BP666",
                    "warning",
                    f"the process `{name}` stands twice; line {number} is taken",
                    commands[name].origin,
                    "remove one of the lines",
                )
            )
        wrapper = _WRAPPER.match(command)
        if wrapper is not None and not tree.has(wrapper[1]):
            text = f"`{wrapper[1]}` comes from a buildpack and is not in the tree, so the process is started without it"
            origin, fix = Origin(PATH, number, name), "put such a proxy in front of the container"
            diagnostics.append(Diagnostic("BP641", "info", text, origin, fix))
            command = command[wrapper.end() :]
        commands[name] = Sourced(CommandRequest(shell=command), Origin(PATH, number, name))
    start = commands.pop("web", None)
    return Overrides(start=start, processes=commands, diagnostics=tuple(diagnostics))
