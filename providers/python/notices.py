"""What the owner of an app is told about how it is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin

_MOST_SHOWN = 8

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons

    from .entry_points import Entry
    from .imported import Imported
    from .listening import Listening


def server(requirement: str, origin: Origin, reasons: Reasons) -> None:
    """Say that a server is installed which nothing declares."""
    name = requirement.partition("==")[0]
    text = f"nothing declares a server for production, so `{requirement}` is installed"
    fix = f"add `{name}` to the dependencies; then its version is yours"
    reasons.report(Diagnostic("BP690", "warning", text, origin, fix))


def listens(found: Listening, path: str, reasons: Reasons, *, forwards: bool = True) -> None:
    """Say when a file listens where nobody reaches it, on a port that cannot be changed, or on another variable."""
    origin = Origin(path, found.line)
    if found.host in ports.LOCAL:
        ports.report_local(found.host, origin, "listen on `0.0.0.0`", reasons)
    if found.variable and found.variable != "PORT":
        address = found.takes_address
        other = Found("variable", found.port or 0, origin, "", variable=found.variable, takes_address=address)
        ports.report(other, reasons, forwards=forwards)
    elif found.options:
        ports.report(Found("option", found.port or 0, origin, "", options=found.options), reasons)
    elif found.port is not None and not found.reads_port:
        fix = f'read it: `int(os.environ.get("PORT", "{found.port}"))`'
        ports.report(Found("fixed", found.port, origin, "", fix), reasons)


def ambiguous(chosen: Entry, other: Entry, reasons: Reasons) -> None:
    """Say that another entry is as good as the one that is taken."""
    text = f"`{chosen.target}` is started; `{other.target}` could be meant just as well"
    fix = f'choose with the option `python.entry = "{other.target}"`'
    reasons.report(Diagnostic("BP697", "warning", text, other.origin, fix))


def imports(found: Imported, entry: Entry, reasons: Reasons) -> None:
    """Say that what the source imports is installed, as nothing declares it, and what is not."""
    text = "no file declares what to install"
    if found.packages:
        text += f", so what the source imports is, in its newest version: {_listed(found.packages)}"
    if found.unknown:
        text += f"; `{_listed(found.unknown)}` of no known package is imported too, and will be missing"
    fix = "write a file `requirements.txt`; `pip freeze` lists what your own environment holds"
    reasons.report(Diagnostic("BP694", "warning", text, entry.origin, fix))


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(name[:40] for name in names[:_MOST_SHOWN])
    return f"{shown}, …" if len(names) > _MOST_SHOWN else shown


def undeclared(chosen: Entry, reasons: Reasons) -> None:
    """Say that nothing declares what the app is made of."""
    row = chosen.framework
    name = row.packages[0] if row.packages else row.id
    text = f"`{chosen.path}` uses {row.title}, and no manifest declares `{name}`"
    reasons.report(Diagnostic("BP694", "warning", text, chosen.origin, f"add `{name}` to the dependencies"))
