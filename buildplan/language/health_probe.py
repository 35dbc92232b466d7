"""How a container is asked whether its app answers: by the app's own runtime, since slim images hold no curl."""

from __future__ import annotations

from buildplan.catalogue.tables import table_file


def probe(runtime: str, path: str) -> tuple[str, ...] | None:
    """Return the argv that exits 0 when the app answers at the path, or None for a runtime that cannot ask."""
    words = table_file("health_probes")["probes"].get(runtime)
    return tuple(word.replace("{path}", path) for word in words) if words else None
