"""`python -m buildplan`."""

from buildplan.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
