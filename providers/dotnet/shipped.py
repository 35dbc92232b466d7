"""The image of a .NET app: the smallest one with the runtime that it needs.

Images of Ubuntu hold ICU and time zones, so that globalization works. Their user `app` is 1654 since .NET 8; before,
the number owns nothing.

Sources, checked 2026-11-24:
- https://github.com/dotnet/dotnet-docker/blob/main/documentation/image-variants.md
- SIGTERM: https://learn.microsoft.com/dotnet/core/compatibility/core-libraries/10.0/sigterm-signal-handler
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.build_plan import Input, Run, Runtime
from buildplan.model.origin import rule

from . import databases, native, phases, tables

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .app import App
    from .processes import Started

_USER = "1654:1654"
# Since then the runtime leaves SIGTERM to the program, and a process 1 without a handler ignores it.
_NO_HANDLER = (10, 0)


def run(tree: SourceTree, app: App, started: Started) -> Run:
    """Return the image."""
    reasons = app.reasons
    flavour, why = _flavour(app)
    reasons.decide("run.base", flavour, app.publishing.origin if app.publishing.specific else app.project.origin, why)
    reasons.decide("run.user", _USER, rule("non-root"), "the user `app` of the image")
    reasons.decide("run.copies", f"{phases.OUT}/", app.choice.origin, "what was published, and nothing of the source")
    needs_init = _needs_init(app)
    if needs_init:
        why = "without the generic host nothing handles SIGTERM, and process 1 would ignore it"
        reasons.decide("run.init", "tini", app.project.origin, why)
    packages = native.run_packages(app)
    writes = databases.writable(tree, app)
    if writes:
        paths = " ".join(item.value for item in writes)
        reasons.decide("run.writable", paths, writes[0].origin, "the database file and its journal lie there")
    return Run(
        runtime=Runtime("dotnet", app.version.runtime, app.version.requested, flavour=flavour),
        copies=(Input(f"{phases.OUT}/", phase="build", dest=""),),
        environment=started.environment,
        apt_packages=packages,
        writable=tuple(item.value for item in writes),
        user=_USER,
        init=needs_init,
    )


def _flavour(app: App) -> tuple[str, str]:
    if app.publishing.native or app.publishing.contained:
        return "native", "the app brings all of .NET that it needs"
    frameworks = {name for facts in app.closure for name in facts.frameworks}
    sdks = {name for facts in app.closure for name in facts.sdks}
    if app.project.kind == "web" or "microsoft.aspnetcore.app" in frameworks:
        return "slim", "the app needs ASP.NET"
    if any(".aspnetcore" in name for name in app.packages) or "microsoft.net.sdk.web" in sdks:
        return "slim", "a package of the app needs ASP.NET"
    return "console", "the app needs .NET without ASP.NET"


def _needs_init(app: App) -> bool:
    if app.project.kind != "console":
        return False
    target = app.version.target
    if target is not None and target.numbers < _NO_HANDLER and not app.publishing.native:
        return False
    return not app.packages.intersection(tables.HOSTS)
