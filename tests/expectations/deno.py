"""What is expected of the fixtures `deno-*`."""

from __future__ import annotations

from fixture_expectation import WEB_SERVER, Expected

TABLE = {
    "deno-default-export": Expected(
        "deno",
        None,
        "server",
        'deno serve --port="$PORT" --allow-net --allow-env --allow-read --allow-sys main.ts',
        "a default export with `fetch`",
    ),
    "deno-fixed-port": Expected(
        "deno",
        None,
        "server",
        'env DENO_SERVE_ADDRESS="tcp:0.0.0.0:$PORT" deno run --allow-net main.ts',
        "the port is fixed in the code, and Deno's own variable changes it",
    ),
    "deno-fresh-built": Expected(
        "deno", "fresh", "server", 'deno serve --port="$PORT" -A _fresh/server.js', "what Fresh builds is served"
    ),
    "deno-fresh1": Expected(
        "deno",
        "fresh",
        "server",
        "deno run -A main.ts",
        "the task `start` is for development; `preview` runs the build",
    ),
    "deno-hono": Expected(
        "deno", "hono", "server", "deno run --allow-net --allow-env --allow-read main.ts", "the task `start`"
    ),
    "deno-import-map": Expected(
        "deno",
        "hono",
        "server",
        "deno run --unstable-kv --allow-net --allow-env --allow-read --allow-write=data src/main.ts",
        "the task `prod`; the server is found through the import map",
    ),
    "deno-jsonc-worker": Expected("deno", None, "worker", "deno run --allow-env worker.ts", "nothing listens"),
    "deno-lume": Expected("deno", "lume", "static", WEB_SERVER, "Lume writes files"),
    "deno-oak": Expected(
        "deno",
        "oak",
        "server",
        "deno run --allow-net --allow-env --allow-read --allow-sys server.ts",
        "no manifest: the file's imports are Deno's",
    ),
    "deno-package-json": Expected(
        "deno",
        "express",
        "server",
        "deno run --allow-net --allow-env --allow-read --allow-sys src/index.js",
        "the script `start` of package.json calls Deno",
    ),
    "deno-private-registry": Expected(
        "deno", None, "server", "deno run --allow-net --allow-env main.ts", "the task `start`"
    ),
    "deno-serve": Expected("deno", None, "server", "deno run --allow-net --allow-env main.ts", "the task `start`"),
    "deno-tasks": Expected(
        "deno", None, "server", "deno run --allow-net --allow-env server.ts", "tasks are followed, watching left out"
    ),
    "deno-vite-site": Expected("deno", None, "static", WEB_SERVER, "Vite's own server is not for production"),
    "deno-workspace": Expected(
        "deno",
        None,
        "server",
        "deno run --allow-net --allow-env=PORT --allow-read=public src/main.ts",
        "the member that starts something, in its folder",
        "/app/packages/server",
    ),
    "node-supabase-functions": Expected(
        "node", None, "server", "node server.js", "edge functions and a deno.json that formats are not the app"
    ),
}
