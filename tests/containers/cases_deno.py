"""Deno apps for the container tests; packages come from npm."""

from __future__ import annotations

from container_case import Case

CASES = (Case("deno-hono", "main.ts"), Case("deno-tasks", "server.ts"), Case("deno-serve", "main.ts"))
