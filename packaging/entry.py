"""Where the executable starts."""

from buildplan.multicall import main

raise SystemExit(main())
