"""`python -m buildplan.railpack`."""

from buildplan.railpack.main import main

if __name__ == "__main__":
    raise SystemExit(main())
