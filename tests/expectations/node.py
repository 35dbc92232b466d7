"""What is expected of the fixtures `node-*`."""

from __future__ import annotations

from fixture_expectation import WEB_SERVER, Expected


def server(framework: str | None, start: str, why: str, directory: str = "/app") -> Expected:
    return Expected("node", framework, "server", start, why, directory)


def built(framework: str, why: str) -> Expected:
    return Expected("node", framework, "static", WEB_SERVER, why)


def site(framework: str | None, why: str) -> Expected:
    return Expected("static", framework, "static", WEB_SERVER, why)


TABLE = {
    "node-angular": built("angular", "Angular without a server; `ng serve` is for development"),
    "node-astro-ssr": server("astro", "node dist/server/entry.mjs", "the Node adapter in standalone mode"),
    "node-astro-static": built("astro", "Astro without an adapter writes files"),
    "node-better-sqlite3": server("express", "node server.js", "the start script; a native package is compiled"),
    "node-bun-hono": server("hono", "bun run src/index.ts", "the start script runs Bun, which runs TypeScript"),
    "node-bun-lock-node-runtime": server("express", "node server.js", "Bun installs, Node runs: the script says so"),
    "node-cra": built("cra", "`react-scripts start` is for development; `build/` is served"),
    "node-cross-env-start": server("express", "node server.js", "variables of cross-env belong to the environment"),
    "node-dev-server-start": server("express", "node server.js", "nodemon is for development"),
    "node-docusaurus": built("docusaurus", "`docusaurus start` is for development"),
    "node-eleventy": built("eleventy", "`eleventy --serve` is for development"),
    "node-engines-range": server(None, "node server.js", "the start script"),
    "node-esm-type-module": server("hono", "node index.js", "no script; `main` names the entry"),
    "node-express-npm-start": server("express", "node src/index.js", "`npm start` is resolved to what it runs"),
    "node-express-plain": server("express", "node server.js", "no script; `main` names the entry"),
    "node-express-pnpm": server("express", "node server.js", "the start script"),
    "node-express-react-source": server("express", "node server.js", "the server of the script serves what Vite built"),
    "node-express-yarn-berry": server("express", "node server.js", "the start script"),
    "node-express-yarn1": server(None, "node server.js", "the start script"),
    "node-fastify-pnpm-typescript": server("fastify", "node dist/server.js", "the start script, after `tsc`"),
    "node-husky-prepare": server("express", "node server.js", "the start script; git hooks are no build"),
    "node-main-only": server(None, "node lib/web.js", "no script; `main` names the entry"),
    "node-nest-pnpm": server("nest", "node dist/main", "`nest start` is for development; `start:prod` says how"),
    "node-next-export": built("next", "`output: 'export'` writes files; `next start` would refuse them"),
    "node-next-plain": server("next", "next start", "the start script"),
    "node-next-standalone": server("next", "node server.js", "the standalone output holds its own server"),
    "node-nixpacks-express": server("express", "node server.js", "`start.cmd` of nixpacks.toml, a list of words"),
    "node-no-lockfile": server("express", "node server.js", "the start script"),
    "node-npm-workspace": server("express", "node server.js", "the root's start script names the app", "/app/apps/web"),
    "node-nuxt": server("nuxt", "node .output/server/index.mjs", "no start script; Nitro's server"),
    "node-nvmrc-lts-iron": server(None, "node server.js", "the start script"),
    "node-pnpm-workspace": server(
        "express", "node server.js", "the root's start script names the app", "/app/apps/web"
    ),
    "node-port-variable": server(
        None, 'API_PORT="${API_PORT:-$PORT}" exec node server.js', "the code reads API_PORT, and platforms set PORT"
    ),
    "node-prestart-chain": server(
        "express", "node scripts/prepare-data.js && exec node server.js", "`prestart`, then the followed script"
    ),
    "node-prisma": server("express", "node server.js", "the start script"),
    "node-private-registry": server("express", "node server.js", "the start script"),
    "node-procfile": server("express", "node server.js", "`web` of the Procfile is `npm start`, which is resolved"),
    "node-react-router": server(
        "react-router", "react-router-serve ./build/server/index.js", "the start script, in production mode"
    ),
    "node-sharp": server("express", "node server.js", "the start script; sharp brings its library"),
    "node-sveltekit-node": server("sveltekit", "node build", "no start script; the Node adapter's server"),
    "node-tool-versions": server(None, "node server.js", "the start script"),
    "node-tooling-only-beside-html": site(None, "a package.json with a formatter is weaker than pages at the root"),
    "node-turbo": server("express", "node dist/server.js", "the only member with a start script", "/app/apps/api"),
    "node-two-lockfiles": server("express", "node server.js", "the start script"),
    "node-typescript-tsx": server("express", "tsx src/server.ts", "the start script; tsx is a production dependency"),
    "node-vite-react-spa": built("vite", "a single-page app; `vite preview` is for development"),
    "node-vitepress": built("vitepress", "`docs:build` holds the framework's command"),
    "node-volta": server(None, "node server.js", "the start script"),
    "node-vue-vite": built("vite", "a single-page app in a folder of its own name"),
    "node-worker-only": Expected("node", None, "worker", "node worker.js", "the start script; nothing listens"),
    "node-yarn-berry-pnp": server(
        "express",
        "node -r ./.pnp.cjs --experimental-loader ./.pnp.loader.mjs server.js",
        "the start script, through Plug'n'Play",
    ),
    "node-yarn-berry-workspace": server(
        "express", "node server.js", "the root's start script names the app", "/app/apps/web"
    ),
    "node-yarn-zero-install": server(None, "node server.js", "the start script"),
}
