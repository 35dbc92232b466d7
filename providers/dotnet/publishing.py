"""How the app is published: with the shared runtime, with its own, or as machine code.

Sources, checked 2026-11-24:
- https://learn.microsoft.com/dotnet/core/deploying/
- https://learn.microsoft.com/dotnet/core/deploying/native-aot/ (what it is linked with)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, rule

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons

    from .dotnet_version import DotNet
    from .projects import Project

# Since then a runtime identifier no longer asks for a runtime of the app's own.
_SHARED_WITH_IDENTIFIER = (8, 0)


class Publishing(NamedTuple):
    """`native`: machine code; `contained`: the runtime is in it; `single`: one file.

    `specific` says whether it is made for one system, so that it starts by a program of its own and not by `dotnet`.
    """

    native: bool
    contained: bool
    single: bool
    origin: Origin

    @property
    def specific(self) -> bool:
        """Whether the result is for one system."""
        return self.native or self.contained or self.single

    @property
    def flags(self) -> tuple[str, ...]:
        """What restore and publish are told."""
        return ("--use-current-runtime",) if self.specific else ()


def choose(project: Project, version: DotNet, reasons: Reasons) -> Publishing:
    """Return how the project asks to be published."""
    facts = project.facts
    if project.kind == "wasm":
        return Publishing(native=False, contained=False, single=False, origin=rule("site"))
    native = facts.is_true("PublishAot")
    identifier = facts.get("RuntimeIdentifier")
    single = facts.is_true("PublishSingleFile")
    asked = facts.get("SelfContained").lower() or facts.get("PublishSelfContained").lower()
    old = version.target is not None and version.target.numbers < _SHARED_WITH_IDENTIFIER
    contained = asked == "true" or (
        asked != "false" and (facts.is_true("PublishTrimmed") or (old and (bool(identifier) or single)))
    )
    names = ("PublishAot", "SelfContained", "PublishSelfContained", "PublishTrimmed", "PublishSingleFile")
    named = next((name for name in names if facts.is_true(name)), "RuntimeIdentifier")
    made = Publishing(native, contained and not native, single and not native, facts.origin(named))
    if made.specific:
        what = "machine code" if native else "a runtime of its own" if contained else "one file"
        reasons.decide("dotnet.publish", what, made.origin, f"`{named}` of the project asks for it")
    if identifier and not identifier.startswith("linux-") and made.specific:
        text = f"`{identifier[:40]}` is not the system of the image, so the app is published for Linux"
        reasons.report(
            Diagnostic("BP852", "info", text, facts.origin("RuntimeIdentifier"), "set it only where it is needed")
        )
    return made
