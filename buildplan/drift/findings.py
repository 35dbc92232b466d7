"""What `check` finds: each finding has a stable code, a place in the Dockerfile, the file that says otherwise, a fix.

`error`: the two contradict each other. `warning`: they very likely do, or the image is worse than its author thinks.
`info`: worth knowing, no drift. Codes are listed in the README and never change their meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.build_plan import Severity
    from buildplan.provenance import Origin

# Code → what it is about: the titles of SARIF rules, and the list in the README.
CODES = {
    "BP700": "the Dockerfile cannot be read",
    "BP701": "a merge conflict is left in the Dockerfile",
    "BP702": "it cannot be told whether the Dockerfile is in sync",
    "BP710": "the base image is outside of the version range that the project declares",
    "BP711": "the base image is not the version that a version file pins",
    "BP712": "the base image is past its end of life",
    "BP713": "the image's tag moves",
    "BP720": "the Dockerfile uses another package manager than the lock file",
    "BP721": "a frozen install without a lock file",
    "BP722": "the Dockerfile installs another version of the package manager than the project pins",
    "BP730": "a path that is copied is gone",
    "BP731": "a path that is copied is kept out by .dockerignore",
    "BP740": "the file that is started is gone",
    "BP741": "a script that is run is gone",
    "BP742": "a package manager is process 1",
    "BP743": "EXPOSE does not agree with the port of the app",
    "BP750": "a secret is in the image",
    "BP751": "development dependencies are shipped",
    "BP752": "the container runs as root",
    "BP753": "a system library that a dependency needs is missing",
    "BP760": "the generated Dockerfile is not what the plan says now",
    "BP761": "the .dockerignore is not what the plan says now",
    "BP762": "the generated Dockerfile was edited by hand",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that is safe: `old` stands exactly once in the line and becomes `new`."""

    line: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `place` is in the Dockerfile, `other` where the contradiction comes from.

    `edits` are the safe fix: together they mend the finding and nothing else; empty when a person has to decide.
    """

    code: str
    severity: Severity
    text: str
    place: Origin
    other: Origin | None = None
    fix: str | None = None
    edits: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        """Return `Dockerfile:1: BP710 error: text`, then where it says otherwise and an indented fix."""
        line = "" if self.place.line is None else f":{self.place.line}"
        text = f"{self.place.path}{line}: {self.code} {self.severity}: {self.text}"
        if self.other is not None:
            text += f"\n  see: {self.other}"
        return f"{text}\n  fix: {self.fix}" if self.fix else text


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings once each, by line and code."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda item: (item.place.line or 0, item.code, item.text)))
