"""`python -m buildplan`.

Python puts the current folder first on its path for `-m`, and that folder may be a stranger's: an `argparse.py` in it
would be run. So it is taken off the path before anything is imported. A folder `buildplan/` in it has won before this
line; `python -P -m buildplan` and the installed `buildplan` command look at no folder at all.
"""

import sys

if not sys.flags.safe_path and sys.path and __spec__ is not None:
    # The folder stays when buildplan itself lies in it: a checkout, whose code is meant to run.
    _own = __spec__.origin is not None and __spec__.origin.startswith(f"{sys.path[0]}/")
    if not _own:
        del sys.path[0]

from buildplan.cli.main import main  # not before the path is clean

if __name__ == "__main__":
    raise SystemExit(main())
