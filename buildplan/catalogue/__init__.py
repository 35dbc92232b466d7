"""What this release knows about runtimes, their images, and tools: dated tables, nothing asked at run time."""

from buildplan.catalogue.tables import (
    RUNTIMES,
    Line,
    RuntimeTable,
    add,
    archived_suites,
    end_of_life,
    has_tini,
    image,
    is_dead,
    runtime,
    suite,
)
from buildplan.catalogue.tools import tool_version, tools

__all__ = [
    "RUNTIMES",
    "Line",
    "RuntimeTable",
    "add",
    "archived_suites",
    "end_of_life",
    "has_tini",
    "image",
    "is_dead",
    "runtime",
    "suite",
    "tool_version",
    "tools",
]
