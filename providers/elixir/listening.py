"""Where the app listens, what tells it to, and which variables it does not start without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, rule

from . import config_files, tokens
from .config_files import Read

if TYPE_CHECKING:
    from .project import Project
    from .shipping import Shipping

_PORT = 4000
_MAX_FILES = 2000
_RAISES = re.compile(r"environment variable ([A-Z][A-Z0-9_]{1,60}) is missing", re.ASCII)


class Listening(NamedTuple):
    """The port, None for what listens on none, and the variables that the shipped image sets.

    `variable` is the one that the configuration takes the port from.
    """

    port: int | None
    environment: tuple[tuple[str, str], ...]
    variable: str = "PORT"


def find(project: Project, shipping: Shipping) -> Listening:
    """Return where the app listens, and note and report what is odd."""
    reasons, config = project.reasons, project.config
    environment: list[tuple[str, str]] = []

    def put(name: str, value: str, origin: Origin, why: str) -> None:
        environment.append((name, value))
        reasons.decide(f"run.environment.{name}", value, origin, why)

    put("LANG", "C.UTF-8", rule("utf-8"), "Erlang reads file names as Latin-1 without it")
    _report_variables(project)
    serving = _serving(project) if "phoenix" in project.frameworks and shipping.kind != "mix" else None
    if serving is not None:
        put(*serving, "the endpoint listens only with it")
    read = _reads_port(project)
    if not project.frameworks and project.overrides.port is None and read is None and config.port is None:
        return Listening(None, tuple(environment))
    if config.localhost is not None:
        ports.report_local("127.0.0.1", config.localhost, "bind to {0, 0, 0, 0}", reasons)
    own = config.port
    if read is None and own is not None and own.name == "PORT":
        read = own
    if read is not None:
        place, port = read.origin, _default(read) or _PORT
        ports.decide(Found("PORT", port, place, "PORT changes it"), reasons)
        put("PORT", str(port), place, "the app reads its port from it")
        return Listening(port, tuple(environment))
    if own is not None:
        port = _default(own) or _PORT
        why = f"the default of `{own.name}`, which changes it"
        ports.decide(Found("variable", port, own.origin, why, variable=own.name), reasons)
        put("PORT", str(port), own.origin, "the app reads its port from it")
        return Listening(port, tuple(environment), own.name)
    fixed = config.ports[-1] if config.ports else None
    if fixed is not None:
        fix = 'write `port: String.to_integer(System.get_env("PORT") || "4000")` in config/runtime.exs'
        why = "the port of the configuration"
        ports.decide(Found("fixed", fixed.value, fixed.origin, why, fix, where="in the configuration"), reasons)
        return Listening(fixed.value, tuple(environment))
    text = "nothing in the app reads PORT, so that its port is not known"
    fix = "read PORT in config/runtime.exs"
    reasons.report(Diagnostic("BP647", "warning", text, Origin(project.root.path), fix))
    reasons.decide("port", str(_PORT), rule("port"), "the port that Phoenix has by custom")
    put("PORT", str(_PORT), rule("port"), "platforms ask it for the port")
    return Listening(_PORT, tuple(environment))


def _default(read: Read) -> int | None:
    text = read.default or ""
    return int(text) if ports.is_port(text) else None


def _serving(project: Project) -> tuple[str, str, Origin] | None:
    """Return the variable that lets Phoenix listen: `mix phx.server` does it, a release has to be told."""
    config = project.config
    phoenix = project.dependency("phoenix") or Origin(project.root.path)
    if config.serves is not None:
        return ("PHX_SERVER", "true", config.serves) if config.serves.key == "PHX_SERVER" else None
    text = "the configuration says nowhere that the endpoint listens (`server: true`), as `mix phx.server` would"
    fix = (
        'write `if System.get_env("PHX_SERVER"), do: config :app, AppWeb.Endpoint, server: true` in config/runtime.exs'
    )
    project.reasons.report(Diagnostic("BP865", "info", f"{text}: the image says it", phoenix, fix))
    # The variables before it, ERL_AFLAGS and ERL_FLAGS, are often set by rel/env.sh.eex.
    return "ERL_ZFLAGS", "-phoenix serve_endpoints true", phoenix


def _reads_port(project: Project) -> Read | None:
    """Return where code or configuration of production reads PORT."""
    found = project.config.reads("PORT")
    if found is not None:
        return found
    tree = project.tree
    below = f"{project.directory}/" if project.directory else ""
    paths = [path for path in tree.with_suffix(".ex") if path.startswith(below) and "/test/" not in f"/{path}"]
    late = (project.config.late_file,) if project.config.late_file else ()
    for path in (*late, *project.config.early_files, *paths[:_MAX_FILES]):
        text = tree.text_or_none(path) or ""
        at = text.find('"PORT"')
        if at >= 0:
            read = next((item for item in config_files.reads(tokens.of(tree, path), path) if item.name == "PORT"), None)
            return read or Read("PORT", Origin(path, text.count("\n", 0, at) + 1, "PORT"), None, needed=False)
    return None


def _report_variables(project: Project) -> None:
    config = project.config
    if config.late_file is None:
        for missing in config.missing:
            text = f"`{missing.value}` is not in the tree, and the build stops without it"
            fix = "move its settings into config/runtime.exs, which reads them from variables"
            project.reasons.report(Diagnostic("BP864", "warning", text, missing.origin, fix))
    if config.late_file is None:
        return
    names = {item.name for item in config.late if item.needed}
    names |= set(_RAISES.findall(project.tree.text_or_none(config.late_file) or ""))
    if names:
        listed = ", ".join(f"`{name}`" for name in sorted(names)[:12])
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""  # noqa: PLR2004  # a dozen is enough to read
        text = f"the app may not start without {listed}{more}"
        project.reasons.report(Diagnostic("BP633", "info", text, Origin(config.late_file), "set them where it runs"))
    host = next((item for item in config.late if item.name == "PHX_HOST"), None)
    if host is not None and not host.needed:
        text = f"links point to `{host.default or 'localhost'}` until `PHX_HOST` names the app's own host"
        project.reasons.report(Diagnostic("BP632", "info", text, host.origin, "set it where the app runs"))
