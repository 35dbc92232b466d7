"""Which class of the app is started, where the build does not pack it into something that starts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import ConfigError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Sourced

from . import names

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides

    from .app_choice import Choice
    from .source_code import Main

_SHOWN = 6
# Words in names of classes that are run by hand beside the app.
_OTHERS = (
    "install",
    "migrat",
    "tool",
    "import",
    "export",
    "client",
    "generat",
    "bench",
    "example",
    "demo",
    "test",
    "cli",
    "util",
    "updat",
)
_USUAL = ("main", "app", "application", "server", "service", "launcher", "bootstrap")


def choose(choice: Choice, overrides: Overrides, reasons: Reasons) -> Sourced[str] | None:
    """Return the class to start, None when there is none; raises ConfigError for an option that is no class."""
    asked = overrides.option("java.main_class")
    if asked is not None:
        name = asked.value.strip()
        if not names.is_class(name):
            raise ConfigError(
                f"`{name[:60]}` is no name of a class", origin=asked.origin, hint="write `com.example.Main`"
            )
        reasons.decide("java.main_class", name, asked.origin, "the configured class")
        return Sourced(name, asked.origin)
    declared = choice.module.main_class
    if declared is not None and names.is_class(declared.value):
        reasons.decide("java.main_class", declared.value, declared.origin, "the build names it")
        return declared
    rated = sorted(choice.mains, key=_order)
    if not rated:
        return None
    first, *rest = rated
    losers = tuple(RunnerUp(item.name, item.origin, "its name or place is less like an app's") for item in rest)
    why = "the only class with a `main`" if not rest else "the class with a `main` that is most like an app's"
    reasons.decide("java.main_class", first.name, first.origin, why, losers)
    rivals = [item for item in rest if _order(item)[:3] == _order(first)[:3]]
    if rivals:
        listed = ", ".join(f"`{item.name}`" for item in rivals[:_SHOWN])
        text = f"several classes have a `main`; `{first.name}` is started where the build names none, not {listed}"
        fix = f'choose one: `main_class = "{rivals[0].name}"` under `[java]` in buildplan.toml'
        reasons.report(Diagnostic("BP823", "warning", text, first.origin, fix))
    return Sourced(first.name, first.origin)


def _order(main: Main) -> tuple[bool, bool, int, int, str]:
    own = main.name.rpartition(".")[2].removesuffix("Kt").lower()
    rank = next((index for index, word in enumerate(_USUAL) if own == word), len(_USUAL) + (not own.endswith(_USUAL)))
    other = any(word in own for word in _OTHERS)
    return (other, not main.serves, rank, main.name.count("."), main.name)
