"""Ruby apps as container tests."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("ruby-rack-puma", "config.ru"),
    Case("ruby-sinatra-classic", "app.rb"),
    Case("ruby-local-gem", "config.ru"),
)
