"""Go: modules, workspaces, vendored trees, and single files of the standard library."""

from __future__ import annotations

from buildplan.contract import Provider

from .detect import detect
from .plan import plan

PROVIDER = Provider(
    name="go",
    title="Go",
    detect=detect,
    plan=plan,
    start_help='a `package main` with `func main` at the root or below `cmd/`, or `package = "…"` under `[go]`',
)
