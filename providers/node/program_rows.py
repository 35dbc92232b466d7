"""What the programs that scripts call are for, as rows.

A table maps a program to sub-commands: `""` is the program without one, `*` is any other. What is in no table is taken
as the process that the script wants to run.

Source, checked 2026-11-24: the programs' command-line help, and their own documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reader(NamedTuple):
    """A program that reads files when packages are installed: every one of `paths` that is there.

    `option` names another one. Without any of `one_of` there is nothing to read: then the tree is needed.
    """

    subcommands: tuple[str, ...]
    paths: tuple[str, ...]
    option: str = ""
    one_of: tuple[str, ...] = ()


# Servers for development: they compile on demand, reload, or bind to localhost.
DEVELOPMENT: Mapping[str, tuple[str, ...]] = {
    "next": ("dev", ""),
    "vite": ("", "dev", "serve"),
    "rolldown-vite": ("", "dev", "serve"),
    "nuxt": ("dev", ""),
    "nuxi": ("dev",),
    "nitro": ("dev",),
    "nitropack": ("dev",),
    "vinxi": ("dev",),
    "astro": ("dev", ""),
    "gatsby": ("develop", "dev"),
    "react-scripts": ("start",),
    "react-app-rewired": ("start",),
    "craco": ("start",),
    "ng": ("serve", "s", "dev"),
    "vue-cli-service": ("serve", ""),
    "webpack": ("serve", "watch", "server"),
    "webpack-dev-server": ("*",),
    "rspack": ("serve", "dev", "s"),
    "rsbuild": ("dev", ""),
    "farm": ("start", "dev", ""),
    "parcel": ("serve", "watch", "", "*"),
    "rollup": (),
    "nest": ("start",),
    "remix": ("dev",),
    "react-router": ("dev",),
    "strapi": ("develop", "dev"),
    "medusa": ("develop", "dev"),
    "keystone": ("dev",),
    "mastra": ("dev",),
    "waku": ("dev",),
    "rw": ("dev",),
    "redwood": ("dev",),
    "ace": ("serve",),
    "adonis": ("serve",),
    "midway-bin": ("dev",),
    "egg-bin": ("dev",),
    "sapper": ("dev",),
    "svelte-kit": ("dev",),
    "solid-start": ("dev",),
    "hydrogen": ("dev",),
    "docusaurus": ("start", "dev"),
    "docusaurus-start": ("*",),
    "vitepress": ("dev", "", "*"),
    "vuepress": ("dev",),
    "vuepress-vite": ("dev",),
    "hexo": ("server", "s"),
    "gridsome": ("develop",),
    "ember": ("serve", "server", "s"),
    "stencil": (),
    "ionic": ("serve",),
    "expo": ("start", "web", ""),
    "quasar": ("dev",),
    "umi": ("dev",),
    "max": ("dev",),
    "preact": ("watch",),
    "slidev": ("", "*"),
    "sanity": ("dev", "start"),
    "storybook": ("dev",),
    "start-storybook": ("*",),
    "observable": ("preview", "dev"),
    "rspress": ("dev", ""),
    "vocs": ("dev",),
    "meteor": ("run", "", "*"),
    "wrangler": ("dev",),
    "netlify": ("dev",),
    "vercel": ("dev",),
    "partykit": ("dev",),
    "browser-sync": ("*",),
    "live-server": ("*",),
    "electron": ("*",),
    "electron-forge": ("start",),
    "nx": ("serve", "dev"),
    "blitz": ("dev",),
    "payload": ("dev",),
    "shopify": ("hydrogen dev",),
    "snowpack": ("dev",),
    "wmr": ("start", "", "*"),
    "react-native": ("start", "run-android", "run-ios"),
    "tauri": ("dev",),
}

# Servers of files that are there already: a static site.
SITE: Mapping[str, tuple[str, ...]] = {
    "serve": ("*", ""),
    "http-server": ("*", ""),
    "sirv": ("*", ""),
    "superstatic": ("*", ""),
    "local-web-server": ("*",),
    "ws-static": ("*",),
    "pushstate-server": ("*", ""),
    "vite": ("preview",),
    "astro": ("preview",),
    "gatsby": ("serve",),
    "docusaurus": ("serve",),
    "vitepress": ("serve", "preview"),
    "rsbuild": ("preview",),
    "farm": ("preview",),
    "rspress": ("preview",),
    "vocs": ("preview",),
    "slidev": ("serve",),
    "react-static": ("start",),
    "vue-cli-service": (),
}

# What makes files; in front of a server it belongs into the build.
BUILD: Mapping[str, tuple[str, ...]] = {
    "tsc": ("*", ""),
    "tsup": ("*", ""),
    "tsdown": ("*", ""),
    "unbuild": ("*", ""),
    "pkgroll": ("*", ""),
    "tspc": ("*", ""),
    "tsc-alias": ("*", ""),
    "tsconfig-replace-paths": ("*", ""),
    "resolve-tspaths": ("*", ""),
    "swc": ("*",),
    "babel": ("*",),
    "esbuild": ("*",),
    "rollup": ("*", ""),
    "webpack": ("*", "", "build"),
    "webpack-cli": ("*", ""),
    "rspack": ("build",),
    "rsbuild": ("build",),
    "vite": ("build", "optimize"),
    "rolldown-vite": ("build",),
    "next": ("build", "export"),
    "nuxt": ("build", "generate"),
    "nuxi": ("build", "generate", "prepare"),
    "nitro": ("build",),
    "vinxi": ("build",),
    "astro": ("build", "check", "sync"),
    "gatsby": ("build", "clean"),
    "react-scripts": ("build",),
    "react-app-rewired": ("build",),
    "craco": ("build",),
    "ng": ("build", "run"),
    "vue-cli-service": ("build",),
    "nest": ("build",),
    "remix": ("build", "vite:build"),
    "react-router": ("build", "typegen"),
    "strapi": ("build",),
    "medusa": ("build",),
    "keystone": ("build", "postinstall"),
    "ace": ("build",),
    "lb-tsc": ("*", ""),
    "lb-clean": ("*", ""),
    "ncc": ("build",),
    "parcel": ("build",),
    "gulp": ("*", ""),
    "grunt": ("*", ""),
    "sass": ("*",),
    "node-sass": ("*",),
    "lessc": ("*",),
    "postcss": ("*",),
    "tailwindcss": ("*", ""),
    "tailwind": ("build",),
    "unocss": ("*",),
    "mix": ("*", ""),
    "encore": ("production", "prod", "dev"),
    "prisma": ("generate",),
    "graphql-codegen": ("*", ""),
    "tsr": ("generate",),
    "contentlayer": ("build",),
    "velite": ("*", ""),
    "paraglide-js": ("compile",),
    "lingui": ("compile", "extract"),
    "copyfiles": ("*",),
    "cpx": ("*",),
    "cpy": ("*",),
    "ncp": ("*",),
    "shx": ("*",),
    "rimraf": ("*",),
    "del": ("*",),
    "del-cli": ("*",),
    "rm": ("*",),
    "mkdir": ("*",),
    "mkdirp": ("*",),
    "make-dir": ("*",),
    "cp": ("*",),
    "mv": ("*",),
    "vue-tsc": ("*", ""),
    "svelte-check": ("*", ""),
    "svelte-kit": ("sync",),
    "eslint": ("*",),
    "biome": ("*",),
    "prettier": ("*",),
    "stylelint": ("*",),
    "tslint": ("*",),
    "typecheck": ("*", ""),
    "turbo": ("build", "run build"),
    "nx": ("build", "run-many"),
    "hexo": ("generate", "g", "clean"),
    "eleventy": ("*", ""),
    "storybook": ("build",),
    "docusaurus": ("build",),
    "vitepress": ("build",),
    "vuepress": ("build",),
    "vuepress-vite": ("build",),
    "workbox": ("*",),
    "ngc": ("*",),
    "ngcc": ("*",),
}

# Does nothing that a container needs.
NOTHING: Mapping[str, tuple[str, ...]] = {
    "echo": ("*", ""),
    "true": ("",),
    ":": ("",),
    "clear": ("",),
    "sleep": ("*",),
    "kill-port": ("*",),
    "fkill": ("*",),
    "npm-check": ("*", ""),
    "check-node-version": ("*",),
    "is-ci": ("*", ""),
    "husky": ("*", ""),
    "open-cli": ("*",),
    "docker-compose": ("*",),
    "docker": ("*",),
}

# Restarts a program when files change; what follows is what runs.
WATCHER: Mapping[str, tuple[str, ...]] = {
    "nodemon": ("*", ""),
    "node-dev": ("*",),
    "ts-node-dev": ("*",),
    "tsnd": ("*",),
    "supervisor": ("*",),
    "forever": ("*",),
}

# Keeps processes alive: the platform's work in a container.
SUPERVISOR: Mapping[str, tuple[str, ...]] = {
    "pm2": ("start", "restart", "reload"),
    "pm2-runtime": ("*",),
    "pm2-docker": ("*",),
}

# Starts several commands at once, or one after another.
PARALLEL: Mapping[str, tuple[str, ...]] = {
    "concurrently": ("*",),
    "run-p": ("*",),
    "npm-run-all": ("*",),
    "npm-run-all2": ("*",),
}

# Flags that turn a build into a development server or a watcher.
WATCH_FLAGS = ("--watch", "-w", "--serve", "--hot")
WATCHING = (
    "tsc",
    "tsup",
    "rollup",
    "webpack",
    "esbuild",
    "babel",
    "swc",
    "sass",
    "tailwindcss",
    "postcss",
    "eleventy",
    "stencil",
    "vite",
    "parcel",
    "gulp",
    "rspack",
    "tsdown",
    "nest",
    "ng",
    "mix",
    "encore",
    "tsc-alias",
)

# Runs TypeScript or newer JavaScript without a build.
RUN_TYPESCRIPT = (
    "ts-node",
    "ts-node-esm",
    "ts-node-script",
    "tsx",
    "esno",
    "esmo",
    "babel-node",
    "vite-node",
    "jiti",
    "swc-node",
    "sucrase-node",
    "esr",
    "tsimp",
    "esbuild-runner",
)

# Reads PORT when no option says otherwise, so that `-p $PORT` and a fixed `-p 4000` can be left to the variable.
PORT_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "next": ("-p", "--port"),
    "blitz": ("-p", "--port"),
    "serve": ("-l", "--listen", "-p"),
    "fastify": ("-p", "--port"),
    "medusa": ("-p", "--port"),
    "probot": ("-p", "--port"),
    "nuxt": ("-p", "--port"),
    "waku": (),
}

# The package that brings a program of another name.
PACKAGES: Mapping[str, str] = {
    "ts-node-esm": "ts-node",
    "ts-node-script": "ts-node",
    "babel-node": "@babel/node",
    "nest": "@nestjs/cli",
    "remix-serve": "@remix-run/serve",
    "react-router-serve": "@react-router/serve",
    "fastify": "fastify-cli",
    "strapi": "@strapi/strapi",
    "medusa": "@medusajs/cli",
    "keystone": "@keystone-6/core",
    "sirv": "sirv-cli",
    "sequelize": "sequelize-cli",
    "pm2-runtime": "pm2",
    "rw-server": "@redwoodjs/api-server",
    "rw": "@redwoodjs/core",
    "swc-node": "@swc-node/register",
    "run-p": "npm-run-all",
    "run-s": "npm-run-all",
    "dotenv": "dotenv-cli",
    "eleventy": "@11ty/eleventy",
    "midway-bin": "@midwayjs/cli",
    "feathers": "@feathersjs/cli",
    "lb": "@loopback/cli",
    "mikro-orm": "@mikro-orm/cli",
    "apollo": "apollo",
    "mastra": "mastra",
    "shopify": "@shopify/cli",
    "colyseus": "@colyseus/tools",
}

# Nobody misses what they do in an image: git hooks, checks of the developer's machine, types for editors.
DISPENSABLE: Mapping[str, tuple[str, ...]] = {
    "husky": ("*", ""),
    "husky-init": ("*", ""),
    "lefthook": ("*", ""),
    "simple-git-hooks": ("*", ""),
    "yorkie": ("*", ""),
    "ghooks": ("*", ""),
    "pinst": ("*", ""),
    "is-ci": ("*", ""),
    "skip-ci": ("*", ""),
    "in-ci": ("*", ""),
    "only-allow": ("*",),
    "check-node-version": ("*",),
    "check-engines": ("*", ""),
    "engines-ok": ("*", ""),
    "opencollective": ("*", ""),
    "opencollective-postinstall": ("*", ""),
    "nuxt": ("prepare",),
    "nuxi": ("prepare",),
    "wxt": ("prepare",),
    "svelte-kit": ("sync",),
    "astro": ("sync",),
    "react-router": ("typegen",),
    "fumadocs-mdx": ("",),
    "playwright": ("install",),
    "cypress": ("install",),
    "git": ("config", "init", "submodule", "update-index"),
    "pre-commit": ("install",),
    "commitlint": ("*", ""),
    "allow-scripts": ("*", ""),
    "npm-force-resolutions": ("*", ""),
    "npx-force-resolutions": ("*", ""),
    "echo": ("*", ""),
    "exit": ("*", ""),
    "true": ("*", ""),
    ":": ("*", ""),
    "test": ("*",),
}

# These come with no package and are not in the image, so that even a full install stops at them.
ABSENT = ("git", "pre-commit")

# These do their work on the installed packages, with nothing else of the tree.
SELF_CONTAINED: Mapping[str, tuple[str, ...]] = {
    "ngcc": ("*", ""),
    "electron-builder": ("install-app-deps",),
    "electron-rebuild": ("*", ""),
    "node-pre-gyp": ("*",),
    "esbuild": ("--version",),
    "vue-demi-switch": ("*",),
    "vue-demi-fix": ("*", ""),
    "next": ("telemetry",),
    "turbo": ("telemetry",),
}

# These read files, from the folder of the manifest.
READERS = {
    "patch-package": Reader(subcommands=("*", ""), paths=("patches/",)),
    "prisma": Reader(
        subcommands=("generate",),
        paths=("prisma/", "schema.prisma", "prisma.config.ts", "prisma.config.mjs", "prisma.config.js"),
        option="--schema",
        one_of=("prisma/", "schema.prisma"),
    ),
}
