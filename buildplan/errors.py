"""All errors that callers may meet.

    BuildplanError
    ├── SourceError          the tree cannot be opened
    │   ├── FileError        one file cannot be read or parsed
    │   └── LimitError       a file or the tree would take more work than any real one
    ├── ConfigError          a config file, environment variable or option is wrong
    ├── PlanError            the tree was understood, but no plan can be made
    │   ├── NoProviderError  no provider knows the tree
    │   ├── NoStartError     no start command can be found
    │   └── VersionError     a version request that cannot be met
    ├── PluginError          a third-party provider is broken
    ├── RefusedError         `buildplan write`: a file of the owner's would be lost
    └── EngineError          `buildplan build`: no engine, or the build failed

Codes are stable and listed in the README. A code's hundreds digit is its family: 1 source, 2 config, 3 plan, 4 plugins
and writing, 5 engine; warnings (`Diagnostic`) use 6 and up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from buildplan.model.origin import Origin


class BuildplanError(Exception):
    """Base of all expected errors: what was found, where, and what to do."""

    code: ClassVar[str] = "BP100"
    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, origin: Origin | None = None, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.origin = origin
        self.hint = hint

    def __str__(self) -> str:
        """Return `package.json:12: BP102 problem`, then an indented hint."""
        place = ""
        if self.origin is not None:
            line = "" if self.origin.line is None else f":{self.origin.line}"
            # An option or a variable has no line: its name is its place.
            key = f" {self.origin.key}" if self.origin.path.startswith("<") and self.origin.key else ""
            place = f"{self.origin.path}{line}{key}: "
        text = f"{place}{self.code} {self.problem}"
        return _safe(f"{text}\n\nhint: {self.hint}" if self.hint else text)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a process pool: keyword arguments are lost by the default pickling of exceptions."""
        return (_rebuild, (type(self), self.problem, self.origin, self.hint))


def _safe(text: str) -> str:
    """Return a message without control characters and without passwords: both come with a stranger's text."""
    from buildplan.model.secret_spans import masked
    from buildplan.model.visible_text import visible

    return masked(visible(text))


def _rebuild(kind: type[BuildplanError], problem: str, origin: Origin | None, hint: str | None) -> BuildplanError:
    return kind(problem, origin=origin, hint=hint)


class SourceError(BuildplanError):
    """The source tree cannot be opened."""

    code = "BP101"


class FileError(SourceError):
    """A file of the tree cannot be read or parsed."""

    code = "BP102"


class LimitError(SourceError):
    """A file, or the tree as a whole, would take more time or memory than any real one: see `source.budget`."""

    code = "BP921"


class ConfigError(BuildplanError):
    """A config file, an environment variable or an option is wrong."""

    code = "BP201"
    exit_code = 2


class PlanError(BuildplanError):
    """The tree was read, but it cannot be planned."""

    code = "BP301"


class NoProviderError(PlanError):
    """No provider knows the tree."""

    code = "BP302"


class NoStartError(PlanError):
    """A provider knows the tree, but nothing says how to start it."""

    code = "BP303"


class VersionError(PlanError):
    """A requested version that cannot be understood or met."""

    code = "BP304"


class PluginError(BuildplanError):
    """A third-party provider cannot be loaded or breaks the contract."""

    code = "BP401"
    exit_code = 2


class RefusedError(BuildplanError):
    """Writing would lose what a person wrote."""

    code = "BP402"


class EngineError(BuildplanError):
    """No container engine was found, or the image build failed."""

    code = "BP501"
