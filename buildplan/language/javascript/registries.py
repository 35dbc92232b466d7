"""Private registries: the environment variables that the package managers' configuration reads.

Sources, checked 2026-11-24:
- npm, pnpm: https://docs.npmjs.com/cli/v11/configuring-npm/npmrc (`${NAME}`, `${NAME?}`)
- Yarn: https://yarnpkg.com/configuration/yarnrc (`${NAME}`, `${NAME-fallback}`, `${NAME:-fallback}`)
- Bun: https://bun.sh/docs/runtime/bunfig (`$NAME`, `${NAME}`)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

FILES = (".npmrc", ".yarnrc.yml", ".yarnrc", "bunfig.toml")
_BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,99})(?:\?|:?-([^{}\n]{0,200}))?\}", re.ASCII)
_BARE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]{0,99})", re.ASCII)
# A key that grants access, with something else than a variable behind it.
_LITERAL_TOKEN = re.compile(
    r"^[ \t]{0,40}(?:[^\s#;=]{0,300}:)?(_authToken|_auth|_password|npmAuthToken|npmAuthIdent|token|password)"
    r"[ \t]{0,9}[=:]"
    r"[ \t]{0,9}[\"']?([^\s\"'${}][^\s\"'${}]{7,})[\"']?[ \t]*$",
    re.ASCII | re.MULTILINE,
)
# Set in every shell; not worth a secret.
_ORDINARY = frozenset({"HOME", "PWD", "PATH", "USER", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "NODE_ENV", "CI"})


def variables(
    tree: SourceTree, directories: tuple[str, ...], names: tuple[str, ...] = FILES
) -> tuple[Sourced[str], ...]:
    """Return the variables that configuration files of these names in these folders read, each once, in order.

    What stands in a comment does not count, nor does a variable that has a default of its own which is not empty.
    """
    found: dict[str, Sourced[str]] = {}
    for directory in dict.fromkeys(directories):
        for name in names:
            path = f"{directory}/{name}" if directory else name
            if tree.has(path):
                for sourced in _names(tree.text(path), path):
                    found.setdefault(sourced.value, sourced)
    return tuple(found.values())


def _names(text: str, path: str) -> list[Sourced[str]]:
    found: list[Sourced[str]] = []
    comments = ("#", ";") if path.endswith(".npmrc") else ("#",)
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(comments) or "$" not in line:
            continue
        matches = [(match[1], match[2]) for match in _BRACED.finditer(line)]
        if path.endswith("bunfig.toml"):
            matches += [(match[1], None) for match in _BARE.finditer(line)]
        found.extend(
            Sourced(name, Origin(path, number))
            for name, fallback in matches
            if not (fallback or "").strip("\"'") and name not in _ORDINARY
        )
    return found


def report_literal_tokens(tree: SourceTree, reasons: Reasons) -> None:
    """Report each access token that is written into a configuration file of the tree."""
    for name in FILES:
        if not tree.has(name):
            continue
        text = tree.text(name)
        for match in _LITERAL_TOKEN.finditer(text):
            line = text.count("\n", 0, match.start(1)) + 1
            reasons.report(
                Diagnostic(
                    "BP622",
                    "warning",
                    f"`{match[1]}` is a token in plain text; whoever reads the repository or a layer can use it",
                    Origin(name, line),
                    f"revoke the token, and write `{match[1]}` with `${{NPM_TOKEN}}` in its place",
                )
            )
