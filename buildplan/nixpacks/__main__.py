"""`python -m buildplan.nixpacks`."""

from buildplan.nixpacks.main import main

if __name__ == "__main__":
    raise SystemExit(main())
