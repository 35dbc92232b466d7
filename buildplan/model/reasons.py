"""Why a plan is as it is: decisions and diagnostics, collected while the plan is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.build_plan import Decision, Diagnostic

if TYPE_CHECKING:
    from buildplan.model.build_plan import RunnerUp
    from buildplan.model.origin import Origin

MAX_DIAGNOSTICS = 1_000


class Reasons:
    """Collects decisions and diagnostics while a plan is made, so that no value is noted twice or forgotten."""

    def __init__(self) -> None:
        self._decisions: dict[str, Decision] = {}
        self._diagnostics: dict[Diagnostic, None] = {}

    def decide(
        self,
        name: str,
        value: str,
        origin: Origin,
        rule: str,
        runners_up: tuple[RunnerUp, ...] = (),
    ) -> None:
        """Note why the field has its value; a later note for the same field replaces the earlier one."""
        self._decisions[name] = Decision(name, value, origin, rule, runners_up)

    def dropped(self, name: str) -> Decision | None:
        """Forget the decision for a field that the plan does not have after all, and return it."""
        return self._decisions.pop(name, None)

    def report(self, diagnostic: Diagnostic) -> None:
        """Note a diagnostic once; more than MAX_DIAGNOSTICS tell nobody anything."""
        if len(self._diagnostics) < MAX_DIAGNOSTICS:
            self._diagnostics[diagnostic] = None

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided, in order."""
        return tuple(self._decisions.values())

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was reported, in order."""
        return tuple(self._diagnostics)
