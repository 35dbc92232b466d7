"""Elixir apps for the container tests: without packages of Hex."""

from __future__ import annotations

from container_case import Case

CASES = (Case("elixir-otp", "lib/server.ex"),)
