"""Deno: tasks, Fresh, Lume, `deno serve`, and servers with `Deno.serve`, Oak or Hono."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="deno",
    title="Deno",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".plan:dependencies", __package__),
    versions=late(".project:VERSIONS", __package__),
    below=late(".detect:below", __package__),
    members=late(".manifest:members", __package__),
    start_help="a task `start` in `deno.json`, or a `main.ts` that calls `Deno.serve`",
    manifests=("deno.json", "deno.jsonc"),
    sources=("*.ts", "*.tsx", "*.js", "*.jsx", "*.mts", "*.mjs"),
    runtimes=("deno",),
    options={
        "app": "which member of a workspace: its name or its folder",
    },
    app_option="app",
    programs=("deno",),
)
