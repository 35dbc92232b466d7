"""Elixir apps for the container tests: without packages of Hex."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("elixir-runtime-config", "lib/greeter/application.ex"),
    Case("elixir-umbrella", "apps/shop/lib/shop.ex"),
    Case("elixir-npm-assets", "lib/board/application.ex"),
)
