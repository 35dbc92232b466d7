"""The built-in providers. In a checkout they lie in `providers/` at its root; a wheel holds them here."""

from pathlib import Path

__path__ = [str(Path(__file__).parents[2] / "providers")]
