"""Words of Deno's command line and of its API, frameworks, and packages that need more than others.

Sources, checked 2026-11-24: `deno --help` and `deno run --help` of Deno 2.9.6; https://docs.deno.com/api/deno/ for the
names of `Deno`; the import specifiers in each framework's own documentation; the packages' README files.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["server", "site", "worker"]


class Framework(NamedTuple):
    """A framework: a `server` answers over HTTP, a `site` writes files, a `worker` talks to a service.

    A name matches an import without its scheme (`jsr:`, `npm:`, `https://`) up to a `/`, a `@` or its end.
    """

    id: str
    kind: Kind
    names: tuple[str, ...]


# Strongest first.
FRAMEWORKS = (
    Framework("fresh", "server", ("$fresh", "@fresh/core", "deno.land/x/fresh", "fresh")),
    Framework("lume", "site", ("lume", "deno.land/x/lume", "cdn.jsdelivr.net/gh/lumeland/lume")),
    Framework("aleph", "server", ("deno.land/x/aleph", "aleph")),
    Framework("oak", "server", ("@oak/oak", "deno.land/x/oak", "oak")),
    Framework("hono", "server", ("@hono/hono", "deno.land/x/hono", "hono")),
    Framework("opine", "server", ("deno.land/x/opine",)),
    Framework("express", "server", ("express",)),
    Framework("fastify", "server", ("fastify",)),
    Framework("discordeno", "worker", ("deno.land/x/discordeno", "@discordeno/bot", "discordeno")),
    Framework("harmony", "worker", ("deno.land/x/harmony", "@harmony/harmony")),
    Framework("discord", "worker", ("discord.js",)),
    Framework("grammy", "worker", ("grammy", "@grammyjs/grammy", "deno.land/x/grammy")),
)
# fmt: off
# Packages that keep their data in a file.
DATABASES = (
    "@db/sqlite", "deno.land/x/sqlite3", "deno.land/x/sqlite", "better-sqlite3", "sqlite3", "node:sqlite",
    "@libsql/client", "lowdb", "nedb", "@seald-io/nedb", "level", "duckdb",
)
# Packages that call a library or another program, for which the usual permissions of a server are not enough.
NATIVE = (
    "@db/sqlite", "deno.land/x/sqlite3", "deno.land/x/plug", "@denosaurs/plug", "better-sqlite3", "@libsql/client",
    "libsql", "sharp", "canvas", "@napi-rs/canvas", "@gfx/canvas", "argon2", "@node-rs/argon2", "bcrypt",
    "@prisma/client", "duckdb", "@duckdb/node-api", "puppeteer", "playwright", "@astral/astral", "esbuild", "vite",
    "@b-fuze/deno-dom/native",
)
# Sub-commands of `deno`.
SUBCOMMANDS = frozenset({
    "add", "audit", "bench", "bundle", "cache", "check", "clean", "compile", "completions", "coverage", "deploy",
    "desktop", "doc", "eval", "fmt", "help", "info", "init", "install", "jupyter", "lint", "list", "lsp", "outdated",
    "publish", "remove", "repl", "run", "serve", "task", "test", "types", "uninstall", "update", "upgrade", "vendor",
    "why", "x",
})
# What checks or fetches in front of a start; the build does it.
BEFORE_A_START = frozenset({
    "cache", "check", "install", "fmt", "lint", "test", "types", "clean",
})
# What makes nothing that the app reads.
MAKES_NOTHING = frozenset({
    "compile", "check", "fmt", "lint", "test", "publish", "doc", "deploy",
})
# Programs that a task calls to pack the app for elsewhere; nobody needs that in the image.
FOR_ELSEWHERE = frozenset({
    "docker", "podman", "buildah", "deployctl", "wrangler", "git", "gh",
})
# Flags whose value is a word of its own.
FLAGS_WITH_VALUE = frozenset({
    "--import-map", "--config", "-c", "--port", "--host", "--cert", "--location", "--ext", "-L", "--log-level",
    "--seed", "--preload", "--require", "--cwd", "--filter", "--node-modules-linker", "--min-dep-age",
})
# Flags for development: starting over when a file changes, waiting for a debugger.
WATCHING = frozenset({
    "--watch", "--watch-hmr", "--watch-exclude", "--hmr", "--inspect", "--inspect-brk", "--inspect-wait",
})
# Flags that mean nothing without one of those.
ONLY_WHEN_WATCHED = frozenset({
    "--no-clear-screen",
})
# Flags that decide which files are fetched, and how.
FETCHING = frozenset({
    "--import-map", "--config", "-c", "--no-config", "--lock", "--no-lock", "--node-modules-dir", "--no-remote",
    "--no-npm", "--vendor", "--cert", "--allow-import", "-I", "--allow-scripts",
})
# Names of `Deno` that need more than the network, the environment and the app's own files.
NEEDS_MORE = frozenset({
    "Command", "openKv", "dlopen", "writeTextFile", "writeTextFileSync", "writeFile", "writeFileSync", "mkdir",
    "mkdirSync", "run", "create", "remove", "rename", "makeTempDir", "makeTempFile",
})
# Names of `Deno` that make files or folders.
WRITERS = frozenset({
    "writeTextFile", "writeTextFileSync", "writeFile", "writeFileSync", "mkdir", "mkdirSync", "create", "createSync",
    "copyFile", "copyFileSync", "rename", "renameSync", "makeTempDir", "makeTempFile",
})
# Servers that a bundler has for looking at its result; they are not for production.
BUNDLERS = frozenset({
    "vite", "astro", "next", "nuxt", "svelte-kit", "snowpack", "parcel", "wrangler", "netlify",
})
# Programs that hand signals on, in front of the command of an image.
INITS = frozenset({
    "tini", "dumb-init",
})
# Flags that Deno 2 took away: it warns of them, or stops.
REMOVED = frozenset({
    "--unstable", "--allow-hrtime", "--allow-plugin", "--lock-write", "--prompt", "--compat",
})
# fmt: on
# Names of `Deno` that are there only with a flag of their own.
UNSTABLE = {"openKv": "--unstable-kv", "cron": "--unstable-cron"}
