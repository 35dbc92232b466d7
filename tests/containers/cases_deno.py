"""Deno apps for the container tests; packages come from npm."""

from __future__ import annotations

from container_case import Case

CASES = (
    # Locked packages of package.json in a `node_modules` of the image.
    Case("deno-package-json", "src/index.js"),
    # A port and a host that are fixed in the code.
    Case("deno-fixed-port", "main.ts"),
    # A member of a workspace, in its folder.
    Case("deno-workspace", "packages/server/src/main.ts"),
    # Files that Vite builds, behind a web server.
    Case("deno-vite-site", "main.ts"),
)
