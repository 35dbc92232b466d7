"""What is expected of the fixtures `deno-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "deno-default-export": Expected(
        "deno",
        None,
        "server",
        'deno serve --port="$PORT" --allow-net --allow-env --allow-read --allow-sys main.ts',
        "a default export with `fetch`",
    ),
    "deno-fresh-built": Expected(
        "deno", "fresh", "server", 'deno serve --port="$PORT" -A _fresh/server.js', "what Fresh builds is served"
    ),
    "deno-hono": Expected(
        "deno", "hono", "server", "deno run --allow-net --allow-env --allow-read main.ts", "the task `start`"
    ),
    "deno-jsonc-worker": Expected("deno", None, "worker", "deno run --allow-env worker.ts", "nothing listens"),
    "deno-serve": Expected("deno", None, "server", "deno run --allow-net --allow-env main.ts", "the task `start`"),
    "deno-tasks": Expected(
        "deno", None, "server", "deno run --allow-net --allow-env server.ts", "tasks are followed, watching left out"
    ),
}
