"""How a container is asked whether its app answers: by the app's own runtime, since slim images hold no curl."""

from __future__ import annotations

from importlib import resources


def probe(runtime: str, path: str) -> tuple[str, ...] | None:
    """Return the argv that exits 0 when the app answers at the path, or None for a runtime that cannot ask."""
    import tomllib

    text = resources.files("buildplan.catalogue").joinpath("health_probes.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)["probes"].get(runtime)
    return tuple(word.replace("{path}", path) for word in words) if words else None
