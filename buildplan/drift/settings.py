"""What a project says about `check`: the table `[check]` of its buildplan.toml, and the options of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from buildplan.config import buildplan_toml
from buildplan.read import toml_document

if TYPE_CHECKING:
    from buildplan.drift.findings import Finding
    from buildplan.source import SourceTree


@dataclass(frozen=True, slots=True)
class Settings:
    """Filters. A code stands for itself and for all that begin with it: `BP73` is BP730 and BP731.

    `select` empty means all. What is selected by name counts as drift whatever its severity. `dockerfiles` are
    patterns of the files to check when a call names none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    dockerfiles: tuple[str, ...] = ()

    def over(self, low: Settings) -> Settings:
        """Return these settings laid over a project's: what is ignored adds up."""
        return Settings(
            self.select or low.select,
            tuple(dict.fromkeys((*low.ignore, *self.ignore))),
            self.dockerfiles or low.dockerfiles,
        )

    def keeps(self, finding: Finding) -> bool:
        """Return whether a finding is reported."""
        return not finding.code.startswith(self.ignore or ("-",)) and finding.code.startswith(self.select or ("BP",))

    def is_drift(self, finding: Finding) -> bool:
        """Return whether a finding means that the Dockerfile is out of sync."""
        return finding.severity != "info" or (bool(self.select) and finding.code.startswith(self.select))


def read(tree: SourceTree, directory: str = "") -> Settings:
    """Return the settings of the nearest buildplan.toml, in the directory or above; raises ConfigError."""
    current = directory
    while True:
        path = f"{current}/{buildplan_toml.PATH}".lstrip("/")
        if tree.has(path):
            buildplan_toml.read(tree, path)  # refuses what is wrong, with the line
            return _settings(toml_document.read(tree, path).get("check"))
        if not current:
            break
        current = current.rpartition("/")[0]
    if buildplan_toml.in_pyproject(tree):
        buildplan_toml.read(tree, buildplan_toml.PYPROJECT)
        return _settings(toml_document.read(tree, buildplan_toml.PYPROJECT).get("tool", "buildplan", "check"))
    return Settings()


def _settings(table: Any) -> Settings:
    if not isinstance(table, dict):
        return Settings()
    return Settings(*(tuple(table.get(name, ())) for name in ("select", "ignore", "dockerfiles")))
