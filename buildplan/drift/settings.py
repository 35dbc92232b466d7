"""What a project says about `check`: the table `[check]` of its buildplan.toml, and the options of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from buildplan.config import buildplan_toml
from buildplan.config.mistakes import nearest
from buildplan.errors import ConfigError
from buildplan.model.diagnostic_codes import DRIFT
from buildplan.model.origin import option
from buildplan.read import toml_document

if TYPE_CHECKING:
    from buildplan.drift.findings import Finding
    from buildplan.source import SourceTree

FailOn = Literal["error", "warning", "drift"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Filters. A code stands for itself and for all that begin with it: `BP73` is BP730 and BP731.

    `select` empty means all. What is selected by name counts as drift whatever its severity. `dockerfiles` are
    patterns of the files to check when a call names none, `exclude` of those to leave out then. `fail_on` says what is
    a failure: `error`, any error; `drift`, drift and any error; `warning`, anything that is not only worth knowing.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    dockerfiles: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: FailOn | None = None

    def checked(self) -> Settings:
        """Return the settings; raises ConfigError for a code that `check` does not have."""
        for flag, codes in (("--select", self.select), ("--ignore", self.ignore)):
            for code in codes:
                if not any(known.startswith(code) for known in DRIFT) or not code:
                    near = nearest(code, DRIFT)
                    hint = f"did you mean `{near}`?" if near else "`buildplan check --help` lists the codes"
                    raise ConfigError(f"`check` has no code `{code[:20]}`", origin=option(flag), hint=hint)
        return self

    def over(self, low: Settings) -> Settings:
        """Return these settings laid over a project's: what is ignored adds up."""
        return Settings(
            self.select or low.select,
            tuple(dict.fromkeys((*low.ignore, *self.ignore))),
            self.dockerfiles or low.dockerfiles,
            tuple(dict.fromkeys((*low.exclude, *self.exclude))),
            self.fail_on or low.fail_on,
        )

    def keeps(self, finding: Finding) -> bool:
        """Return whether a finding is reported."""
        return not finding.code.startswith(self.ignore or ("-",)) and finding.code.startswith(self.select or ("BP",))

    def is_drift(self, finding: Finding) -> bool:
        """Return whether a finding means that the Dockerfile is out of sync with the code."""
        if self.select and finding.code.startswith(self.select):
            return True
        return finding.severity != "info" and finding.kind == "drift"

    def is_failure(self, finding: Finding) -> bool:
        """Return whether a finding makes `check` fail."""
        if self.fail_on == "warning":
            return finding.severity != "info" or self.is_drift(finding)
        return finding.severity == "error" or (self.fail_on != "error" and self.is_drift(finding))


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
    lists = {name: tuple(table.get(name, ())) for name in ("select", "ignore", "dockerfiles", "exclude")}
    return Settings(**lists, fail_on=table.get("fail_on"))
