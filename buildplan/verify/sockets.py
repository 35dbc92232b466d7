"""Where the processes of a container listen, read from `/proc/PID/net/tcp` (proc(5)) where the engine is local."""

from __future__ import annotations

from pathlib import Path

_LISTEN = "0A"
_LOOPBACK = {"0100007F", "00000000000000000000000001000000"}


def listening(process: int) -> tuple[tuple[int, bool], ...]:
    """Return (port, loopback only) of each listening socket; empty where it cannot be read."""
    found: dict[int, bool] = {}
    for name in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/{process}/net/{name}").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == _LISTEN:
                number = int(port, 16)
                found[number] = found.get(number, True) and address in _LOOPBACK
    return tuple(sorted(found.items()))
