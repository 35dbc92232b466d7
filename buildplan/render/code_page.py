"""The page of a code: what it means, why it matters, what to do, and how to be rid of it."""

from __future__ import annotations

import re

from buildplan.config.mistakes import nearest
from buildplan.errors import ConfigError
from buildplan.model.diagnostic_codes import ADVICE, CODES, DRIFT, kind
from buildplan.model.origin import option

_CODE = re.compile(r"BP\d{1,4}", re.IGNORECASE)
_FAMILIES = {
    "BP0": "A bug of buildplan, exit code 3. Report it with what is printed.",
    "BP1": "What was given cannot be read: exit code 1.",
    "BP2": "What was asked for is wrong, here or in a configuration: exit code 2.",
    "BP3": "The tree was read, and no plan can be made of it: exit code 1.",
    "BP4": "A package that adds a language is broken (exit code 2), or a file would be lost (exit code 1).",
    "BP921": "The limit keeps a hostile tree from taking the machine: exit code 1.",
    "BP5": "The container engine failed: exit code 1.",
}
_NOTE = "The plan is made all the same; the message says what was found where, and what to do."


def is_code(query: str) -> bool:
    """Return whether a query can only be a code."""
    return _CODE.fullmatch(query) is not None


def page(query: str) -> str:
    """Return the page of a code; raises ConfigError for one that does not exist, with the nearest."""
    code = query.upper()
    if code not in CODES:
        near = nearest(code, CODES)
        hint = f"did you mean `{near}`?" if near else "`buildplan check --help` lists those of `check`"
        raise ConfigError(f"there is no code `{code[:20]}`", origin=option("query"), hint=hint)
    lines = [f"{code}  {CODES[code]}", ""]
    if code in DRIFT:
        severity, why, do = ADVICE[code]
        lines += [
            f"  found by  `buildplan check`, as {severity} ({kind(code)})",
            f"  why       {why}",
            f"  do        {do}",
            f'  ignore    `# buildplan: ignore {code} REASON` above the instruction; `[check] ignore = ["{code}"]` in',
            f"            buildplan.toml for all files; `--ignore {code}` for one call",
        ]
    elif code in _FAMILIES or code[:3] in _FAMILIES:
        lines += ["  severity  error", f"  why       {_FAMILIES.get(code) or _FAMILIES[code[:3]]}"]
    else:
        lines += [
            "  found by  planning (`buildplan plan`, `write` and all others), as a warning or a note",
            f"  why       {_NOTE}",
            f'  ignore    `ignore = ["{code}"]` in buildplan.toml',
        ]
    return "\n".join(lines) + "\n"
