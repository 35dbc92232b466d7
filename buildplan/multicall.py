"""One program under several names: what it is called decides whose command line it has."""

from __future__ import annotations

import sys
from pathlib import PurePath


def main() -> int:
    """Run the command that the program is called by, buildplan's own for any other name; return its exit code."""
    name = PurePath(sys.argv[0]).name.removesuffix(".exe").removesuffix(".pyz")
    if name == "nixpacks":
        from buildplan.nixpacks.main import main as command
    elif name == "railpack":
        from buildplan.railpack.main import main as command
    else:
        from buildplan.cli.main import main as command
    return command()


if __name__ == "__main__":
    raise SystemExit(main())
