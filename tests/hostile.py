"""Words that a stranger's tree may hold, and what no plan of such a tree may do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import dockerfile
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import buildplan
from buildplan.errors import BuildplanError

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTRUCTIONS = {
    "FROM",
    "WORKDIR",
    "ENV",
    "COPY",
    "RUN",
    "USER",
    "EXPOSE",
    "HEALTHCHECK",
    "STOPSIGNAL",
    "ENTRYPOINT",
    "CMD",
}
EVIL = "touch /tmp/evil"
NASTY = (
    f"x\nRUN {EVIL}",
    f"$({EVIL})",
    f"`{EVIL}`",
    f"a'; {EVIL}; '",
    f'a"; {EVIL}; "',
    f"x && {EVIL}",
    "../../etc/passwd",
    "/etc/passwd",
    "",
    " ",
    "\\",
    "x\\\n",
    "<<EOF",
    "\u2028",
    "\x00",
    "\x1b[31m",
    "é" * 40,
    "a" * 5000,
    "--flag",
    "[x]",
    "[x]*?",
    "${PORT}",
    "${${a}}",
    "$(A)$(A)",
    "%s",
)
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
_QUOTED = re.compile(r"""'[^']*'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)


def slowly(examples: int) -> settings:
    """Return the settings for a test that plans a tree per example."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def unquoted(line: str) -> str:
    """Return what a shell would act upon: the line without its quoted text, but with what expands in it."""
    return _QUOTED.sub(lambda match: match[1] if match[1] and re.search(r"[`$]", match[1]) else "", line)


def examine(tree: Mapping[str, str | bytes], provider: str | None = None) -> None:
    """Plan a tree: a typed error, or a plan that is read back as it was and runs no word of the tree in a build."""
    chosen = (provider,) if provider is not None else ()
    try:
        plan = buildplan.plan(dict(tree), buildplan.Options(provider=chosen))
        text = plan.dockerfile()
    except BuildplanError:
        return
    found = dockerfile.parse_string(text)
    assert {command.cmd.upper() for command in found} <= INSTRUCTIONS
    assert sum(command.cmd.upper() == "CMD" for command in found) == 1
    for command in found:
        if command.cmd.upper() == "RUN":
            assert EVIL not in unquoted(" ".join(command.value)), command.original
    assert buildplan.BuildPlan.from_json(plan.to_json()) == plan
    plan.dockerignore()
