"""Node.js: servers, sites and assets, with npm, pnpm, Yarn and Bun."""

from __future__ import annotations

from buildplan.contract import Provider

from .detect import detect
from .plan import plan

PROVIDER = Provider(
    name="node",
    title="Node.js",
    detect=detect,
    plan=plan,
    start_help='a `start` script in package.json (`"start": "node server.js"`), or a Procfile with a `web:` line',
)
