"""`python -m buildplan`."""

from buildplan.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
