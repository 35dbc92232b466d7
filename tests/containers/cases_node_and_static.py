"""Node apps, static sites and commands without a language, as container tests."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("node-nixpacks-express", "server.js"),
    Case("node-express-plain", "server.js"),
    Case("node-port-variable", "server.js"),
    Case("node-express-npm-start", "src/index.js"),
    Case("node-express-react-source", "src/App.jsx"),
    Case("node-express-pnpm", "server.js"),
    Case("node-express-yarn-berry", "server.js"),
    Case("node-yarn-berry-pnp", "server.js"),
    Case("node-yarn-zero-install", "server.js"),
    Case("node-bun-hono", "src/index.ts"),
    Case("node-fastify-pnpm-typescript", "src/server.ts"),
    Case("node-nest-pnpm", "src/app.controller.ts"),
    Case("node-npm-workspace", "packages/greeting/index.js"),
    Case("node-pnpm-workspace", "packages/greeting/index.js"),
    Case("node-yarn-berry-workspace", "packages/greeting/index.js"),
    Case("node-turbo", "packages/greeting/src/index.ts"),
    Case("node-next-standalone", "app/page.js"),
    Case("node-next-plain", "app/page.js"),
    Case("node-next-export", "app/page.js"),
    Case("node-astro-static", "src/pages/index.astro"),
    Case("node-astro-ssr", "src/pages/index.astro"),
    Case("node-sveltekit-node", "src/routes/+page.svelte"),
    Case("node-better-sqlite3", "server.js"),
    Case("node-sharp", "server.js"),
    Case("node-husky-prepare", "server.js"),
    Case("node-private-registry", "server.js"),
    Case("node-prestart-chain", "server.js"),
    Case("node-dev-server-start", "server.js"),
    Case("node-procfile", "server.js"),
    Case("node-vite-react-spa", "index.html"),
    Case("config-nixpacks-spread", "src/server.js"),
    Case("static-plain-html", "index.html"),
    Case("static-404-page", "index.html"),
    Case("static-staticfile", "web/index.html"),
    Case("static-mkdocs", "docs/index.md"),
    Case("shell-nixpacks-apt", "site/index.html"),
)
