"""Readers of what the user asks for: each source has a module of its own, and all become `Overrides`."""
