"""What is known of JavaScript: frameworks, the programs that scripts call, and what packages need of the system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.language.packages import Need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildplan.language.packages import Dependency

# What JavaScript frameworks need, as rows: how they are recognised, built and run.
#
# Recognition reads the app's own dependencies, production and development: `any` of these, `all` of these, `none` of
# these. `supersedes`: this row is meant where the other matches too. A variant changes fields when all of its `When`
# holds; the last one that holds wins.
#
# Source, checked 2026-11-24: the frameworks' deployment guides and their command-line help.


Kind = Literal["server", "static", "code", "worker"]


class When(NamedTuple):
    """When a variant applies; every part that is given has to hold."""

    literal: Mapping[str, Any] = {}
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    script: str = ""
    files: tuple[str, ...] = ()


class Variant(NamedTuple):
    """Keys of a framework that are different under a condition."""

    when: When
    changes: Mapping[str, Any]


class Framework(NamedTuple):
    """One row of the table; what is left out has the value that most frameworks share.

    `kind`: `server` has a start command of its own; `static` builds files; `code` is started by the app's code and
    listens; `worker` is the same and does not listen.
    """

    id: str
    title: str
    kind: Kind
    # Recognition.
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    below: str = ""  # only below that major version of the dependency
    files: tuple[str, ...] = ()  # one of these files is enough
    build_script: bool = False  # a script calls it, or there is an index.html and no build script
    in_production: bool = False  # a development dependency says nothing
    for_another_app: bool = False  # another language's app serves what it builds
    last_resort: bool = False  # only when nothing else matches
    supersedes: tuple[str, ...] = ()
    # Building. Texts may hold `{output}`, `{root}`.
    build: str = ""
    build_programs: tuple[str, ...] = ()
    build_environment: Mapping[str, str] = {}
    cache: str = ""  # a folder worth keeping between builds
    config: tuple[str, ...] = ()  # names without extension of the files that hold its literals
    output: str = ""
    output_key: str = ""
    output_flags: tuple[str, ...] = ()
    output_below: str = ""
    output_call: tuple[str, ...] = ()  # function, key: the literal is in a call
    output_variable: str = ""
    output_yaml: tuple[str, ...] = ()  # file, key
    output_name_key: str = ""  # the output lies in a folder named by that key
    # Running.
    start: tuple[str, ...] = ()
    start_shell: str = ""
    start_programs: tuple[str, ...] = ()  # what else is the framework's own start
    replaces_start: bool = False  # those are not in the image, `start` is meant
    nested_start: bool = False  # in a workspace the output repeats the app's directory
    entries: tuple[str, ...] = ()
    port: int | None = None
    environment: Mapping[str, str] = {}
    variables: tuple[str, ...] = ()  # what it does not start without
    sigterm: bool = False  # its server ends on SIGTERM by itself
    health: str = ""
    release: str = ""
    bun: bool = False
    meteor: bool = False
    copies: tuple[tuple[str, str], ...] = ()  # from the build, source and destination; default: the output
    keeps: tuple[str, ...] = ()  # what else is read at run time
    whole: bool = False  # the whole tree is needed at run time
    packages_at_run: bool = True
    development_at_run: bool = False
    config_at_run: bool = False  # the configuration, and what it imports, is read at run time
    writable: tuple[str, ...] = ()
    # Sites.
    fallback: str = ""
    fallback_call: tuple[str, ...] = ()
    not_found: str = ""
    immutable: tuple[str, ...] = ()
    immutable_key: str = ""
    base_key: str = ""  # the path that the site is built for
    # What the owner should know.
    no_start: str = ""
    no_start_fix: str = ""
    notice: str = ""
    notice_fix: str = ""
    variants: tuple[Variant, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether its process listens on a port."""
        return self.kind != "worker"

    @property
    def commands(self) -> tuple[str, ...]:
        """What a build script that calls it holds: program and sub-command."""
        own = " ".join(self.build.split()[:2]) if self.build else ""
        return tuple(text for text in (own, *self.build_programs) if text)


_ANYWHERE = "0.0.0.0"  # noqa: S104  # a container has to be reached from outside

# Rows that others are like.
_NEXT = Framework(
    id="next",
    base_key="basePath",
    title="Next.js",
    kind="server",
    any=("next",),
    supersedes=("vite", "webpack"),
    build="next build",
    config=("next.config",),
    output=".next",
    output_key="distDir",
    start=("next", "start"),
    start_programs=("next start",),
    port=3000,
    sigterm=True,
    build_environment={"NEXT_TELEMETRY_DISABLED": "1"},
    cache=".next/cache",
    writable=(".next/cache",),
    keeps=("public/", "next.config", "package.json"),
    config_at_run=True,
    variants=(
        Variant(
            When(literal={"key": "output", "equals": "standalone"}),
            {
                "copies": (("{output}/standalone", ""), ("{output}/static", "{output}/static"), ("public", "public")),
                "start": ("node", "server.js"),
                "environment": {"HOSTNAME": _ANYWHERE},
                "packages_at_run": False,
                "replaces_start": True,
                "nested_start": True,
                "keeps": (),
                "config_at_run": False,
            },
        ),
        Variant(
            When(literal={"key": "output", "equals": "export"}),
            {"kind": "static", "output": "out", "not_found": "404.html", "immutable": ("_next/static",)},
        ),
        Variant(
            When(script="next export"),
            {
                "kind": "static",
                "output": "out",
                "output_key": "",
                "not_found": "404.html",
                "immutable": ("_next/static",),
            },
        ),
    ),
)
_NITRO = Framework(
    id="nitro",
    title="Nitro",
    kind="server",
    any=("nitropack", "nitro"),
    supersedes=("vite", "h3"),
    build="nitro build",
    config=("nitro.config",),
    output=".output",
    start=("node", ".output/server/index.mjs"),
    start_programs=("nitro start", "nitropack start", "nitro preview"),
    port=3000,
    sigterm=True,
    packages_at_run=False,
    replaces_start=True,
)
_ANGULAR = Framework(
    id="angular",
    title="Angular",
    kind="static",
    any=("@angular/core", "@angular/cli"),
    supersedes=("vite", "webpack"),
    build="ng build",
    output="dist",
    fallback="index.html",
    cache=".angular/cache",
)
_VITE = Framework(
    id="vite",
    base_key="base",
    title="Vite",
    kind="static",
    any=("vite", "rolldown-vite"),
    build_script=True,
    supersedes=("esbuild", "rollup", "webpack"),
    build="vite build",
    config=("vite.config",),
    output="dist",
    output_key="build.outDir",
    output_flags=("--outDir",),
    fallback="index.html",
    immutable=("assets",),
    immutable_key="build.assetsDir",
)

FRAMEWORKS = (
    # Servers.
    _NEXT,
    _NEXT._replace(
        id="payload",
        title="Payload",
        all=("payload", "next"),
        any=(),
        supersedes=("next",),
        variables=("PAYLOAD_SECRET", "DATABASE_URI"),
    ),
    _NEXT._replace(
        id="blitz",
        title="Blitz",
        any=("blitz",),
        supersedes=("next",),
        build="blitz build",
        start=("blitz", "start"),
        start_programs=("blitz start", "next start"),
    ),
    _NITRO,
    _NITRO._replace(
        id="nuxt",
        base_key="app.baseURL",
        title="Nuxt",
        any=("nuxt", "nuxt3", "nuxt-edge", "nuxt-nightly"),
        supersedes=("nitro", "vite", "h3", "webpack"),
        build="nuxt build",
        config=("nuxt.config",),
        start_programs=("nuxt start", "nuxi start", "nuxt preview", "nuxi preview"),
        build_environment={"NUXT_TELEMETRY_DISABLED": "1"},
        variants=(
            Variant(
                When(script="nuxt generate"),
                {"kind": "static", "output": ".output/public", "not_found": "404.html", "immutable": ("_nuxt",)},
            ),
            Variant(
                When(script="nuxi generate"),
                {"kind": "static", "output": ".output/public", "not_found": "404.html", "immutable": ("_nuxt",)},
            ),
        ),
    ),
    Framework(
        id="nuxt2",
        title="Nuxt 2",
        kind="server",
        any=("nuxt",),
        below="3",
        supersedes=("nuxt", "webpack"),
        build="nuxt build",
        config=("nuxt.config",),
        output=".nuxt",
        output_key="buildDir",
        start=("nuxt", "start"),
        port=3000,
        environment={"HOST": _ANYWHERE},
        keeps=("static/", "nuxt.config", "package.json"),
        config_at_run=True,
        whole=True,
        variants=(
            Variant(
                When(script="nuxt generate"),
                {
                    "kind": "static",
                    "output": "dist",
                    "output_key": "generate.dir",
                    "fallback": "200.html",
                    "immutable": ("_nuxt",),
                },
            ),
        ),
    ),
    Framework(
        id="react-router",
        title="React Router",
        kind="server",
        any=("@react-router/dev",),
        supersedes=("vite", "remix"),
        build="react-router build",
        config=("react-router.config",),
        output="build",
        output_key="buildDirectory",
        start=("react-router-serve", "{output}/server/index.js"),
        port=3000,
        sigterm=True,
        keeps=("package.json",),
        variants=(
            Variant(
                When(literal={"key": "ssr", "equals": False}),
                {"kind": "static", "output_below": "client", "fallback": "index.html", "immutable": ("assets",)},
            ),
        ),
    ),
    Framework(
        id="remix",
        title="Remix",
        kind="server",
        any=("@remix-run/dev", "@remix-run/serve"),
        supersedes=("vite",),
        build="remix build",
        config=("remix.config",),
        output="build",
        copies=(("build", "build"), ("public", "public")),
        start=("remix-serve", "build/index.js"),
        port=3000,
        sigterm=True,
        keeps=("package.json",),
        variants=(
            Variant(
                When(files=("vite.config",)),
                {
                    "build": "remix vite:build",
                    "copies": (("build", "build"),),
                    "start": ("remix-serve", "build/server/index.js"),
                },
            ),
        ),
    ),
    Framework(
        id="hydrogen",
        title="Hydrogen",
        kind="server",
        any=("@shopify/hydrogen",),
        supersedes=("remix", "react-router", "vite"),
        build="shopify hydrogen build",
        output="dist",
        port=3000,
        no_start="it is built for Oxygen, an edge runtime",
        no_start_fix="add a Node server (`@react-router/node` and `@react-router/serve`) and a `start` script",
    ),
    Framework(
        id="sveltekit",
        title="SvelteKit",
        kind="server",
        any=("@sveltejs/kit",),
        supersedes=("vite",),
        build="vite build",
        config=("svelte.config", "vite.config"),
        output="build",
        port=3000,
        start_shell="vite preview --host 0.0.0.0 --port $PORT",
        whole=True,
        development_at_run=True,
        notice=(
            "no adapter for a server of its own is installed; Vite's preview server, which is not made "
            "for production, is started"
        ),
        notice_fix="install `@sveltejs/adapter-node` and use it as the adapter",
        variants=(
            Variant(
                When(has=("@sveltejs/adapter-auto",)),
                {
                    "start": ("node", "{output}"),
                    "start_shell": "",
                    "whole": False,
                    "development_at_run": False,
                    "build_environment": {"GCP_BUILDPACKS": "true"},
                    "keeps": ("package.json",),
                    "notice": (
                        "`@sveltejs/adapter-auto` only knows hosting platforms; the build is told to "
                        "fetch and use the Node adapter"
                    ),
                    "notice_fix": "install `@sveltejs/adapter-node` and use it in `svelte.config.js`",
                },
            ),
            Variant(
                When(has=("@sveltejs/adapter-static",)),
                {
                    "kind": "static",
                    "output_call": ("adapter", "pages"),
                    "fallback_call": ("adapter", "fallback"),
                    "not_found": "404.html",
                    "immutable": ("_app/immutable",),
                    "notice": "",
                    "build_environment": {},
                },
            ),
            Variant(
                When(has=("@sveltejs/adapter-node",)),
                {
                    "kind": "server",
                    "output_call": ("adapter", "out"),
                    "start": ("node", "{output}"),
                    "start_shell": "",
                    "whole": False,
                    "development_at_run": False,
                    "keeps": ("package.json",),
                    "sigterm": True,
                    "notice": "",
                    "build_environment": {},
                },
            ),
        ),
    ),
    Framework(
        id="astro",
        base_key="base",
        title="Astro",
        kind="static",
        any=("astro",),
        supersedes=("vite", "solid", "tanstack-router", "react-router"),
        build="astro build",
        config=("astro.config",),
        output="dist",
        output_key="outDir",
        output_flags=("--outDir",),
        not_found="404.html",
        immutable=("_astro",),
        immutable_key="build.assets",
        cache="node_modules/.astro",
        variants=(
            Variant(
                When(literal={"key": "output", "equals": "server"}, lacks=("@astrojs/node",)),
                {
                    "kind": "server",
                    "port": 4321,
                    "no_start": "`output` is `server`, with an adapter for a hosting platform or none",
                    "no_start_fix": "install `@astrojs/node` and use it as `adapter` in the Astro configuration",
                },
            ),
            Variant(
                When(has=("@astrojs/node",)),
                {
                    "kind": "server",
                    "start": ("node", "{output}/server/entry.mjs"),
                    "port": 4321,
                    "environment": {"HOST": _ANYWHERE},
                    "keeps": ("package.json",),
                    "no_start": "",
                },
            ),
        ),
    ),
    _NITRO._replace(
        id="solid-start",
        title="SolidStart",
        any=("@solidjs/start",),
        supersedes=("vite", "solid", "vinxi", "nitro"),
        build="vinxi build",
        config=("app.config",),
        start_programs=("vinxi start", "vinxi preview"),
    ),
    Framework(
        id="solid-start-0",
        title="SolidStart 0",
        kind="server",
        any=("solid-start",),
        supersedes=("vite", "solid"),
        build="solid-start build",
        output="dist",
        start=("node", "dist/server.js"),
        start_programs=("solid-start start",),
        replaces_start=True,
        port=3000,
        keeps=("package.json",),
        variants=(
            Variant(
                When(has=("solid-start-static",)),
                {"kind": "static", "output": "dist/public", "fallback": "index.html", "immutable": ("assets",)},
            ),
        ),
    ),
    Framework(
        id="tanstack-start",
        title="TanStack Start",
        kind="server",
        any=("@tanstack/react-start", "@tanstack/solid-start", "@tanstack/vue-start"),
        supersedes=("vite", "solid", "tanstack-router", "nitro", "h3"),
        build="vite build",
        output="dist",
        port=3000,
        keeps=("package.json",),
        start_shell="vite preview --host 0.0.0.0 --port $PORT",
        whole=True,
        development_at_run=True,
        notice="the build is a request handler; Vite's preview server, which is not made for production, is started",
        notice_fix="install `nitro` and add its plugin to `vite.config.ts`, or install `srvx`",
        variants=(
            Variant(
                When(has=("srvx",)),
                {
                    "start": ("srvx", "--prod", "-s", "../client", "dist/server/server.js"),
                    "start_shell": "",
                    "whole": False,
                    "development_at_run": False,
                    "notice": "",
                },
            ),
            Variant(
                When(has=("nitro", "nitropack", "@tanstack/nitro-v2-vite-plugin")),
                {
                    "output": ".output",
                    "start": ("node", ".output/server/index.mjs"),
                    "start_shell": "",
                    "whole": False,
                    "development_at_run": False,
                    "packages_at_run": False,
                    "sigterm": True,
                    "keeps": (),
                    "notice": "",
                },
            ),
        ),
    ),
    _NITRO._replace(
        id="tanstack-start-vinxi",
        title="TanStack Start (Vinxi)",
        any=("@tanstack/start", "@tanstack/react-start"),
        all=("vinxi",),
        supersedes=("vite", "solid", "tanstack-router", "tanstack-start", "vinxi", "nitro", "h3"),
        build="vinxi build",
        config=("app.config",),
        start_programs=("vinxi start",),
    ),
    _NITRO._replace(
        id="vinxi",
        title="Vinxi",
        any=("vinxi",),
        supersedes=("vite", "nitro", "h3"),
        build="vinxi build",
        config=("app.config",),
        start_programs=("vinxi start",),
    ),
    Framework(
        id="qwik",
        title="Qwik City",
        kind="static",
        any=("@builder.io/qwik", "@qwik.dev/core"),
        supersedes=("vite",),
        build="qwik build",
        output="dist",
        fallback="index.html",
        immutable=("build",),
        variants=(
            Variant(
                When(files=("src/entry.express",)),
                {
                    "kind": "server",
                    "copies": (("dist", "dist"), ("server", "server")),
                    "start": ("node", "server/entry.express"),
                    "port": 3000,
                    "keeps": ("package.json",),
                },
            ),
            Variant(
                When(files=("src/entry.fastify",)),
                {
                    "kind": "server",
                    "copies": (("dist", "dist"), ("server", "server")),
                    "start": ("node", "server/entry.fastify"),
                    "port": 3000,
                    "keeps": ("package.json",),
                },
            ),
            Variant(
                When(files=("src/entry.node-server",)),
                {
                    "kind": "server",
                    "copies": (("dist", "dist"), ("server", "server")),
                    "start": ("node", "server/entry.node-server"),
                    "port": 3000,
                    "keeps": ("package.json",),
                },
            ),
        ),
    ),
    Framework(
        id="analog",
        title="Analog",
        kind="server",
        any=("@analogjs/platform",),
        supersedes=("vite", "angular", "angular-ssr", "nitro", "h3"),
        build="vite build",
        output="dist/analog",
        start=("node", "dist/analog/server/index.mjs"),
        port=3000,
        sigterm=True,
        packages_at_run=False,
    ),
    _ANGULAR,
    Framework(
        id="angular-ssr",
        title="Angular SSR",
        kind="server",
        any=("@angular/ssr", "@nguniversal/express-engine"),
        supersedes=("angular", "vite", "webpack", "express"),
        build="ng build",
        output="dist",
        start=("node", "{output}/server/server.mjs"),
        port=4000,
        cache=".angular/cache",
        keeps=("package.json",),
    ),
    Framework(
        id="vike",
        title="Vike",
        kind="static",
        any=("vike", "vite-plugin-ssr"),
        supersedes=("vite",),
        build="vike build",
        output="dist/client",
        not_found="404.html",
        immutable=("assets",),
    ),
    Framework(
        id="waku",
        title="Waku",
        kind="server",
        any=("waku",),
        supersedes=("vite",),
        build="waku build",
        output="dist",
        start_shell="waku start --port $PORT",
        start_programs=("waku start",),
        port=8080,
        keeps=("package.json", "waku.config"),
    ),
    Framework(
        id="redwood",
        title="RedwoodJS",
        kind="server",
        any=("@redwoodjs/core", "@cedarjs/core"),
        files=("redwood.toml",),
        supersedes=("vite",),
        build="rw build",
        output="web/dist",
        start=("rw", "serve"),
        start_programs=("rw serve", "rw-server", "redwood serve"),
        port=8910,
        whole=True,
        development_at_run=True,
    ),
    Framework(
        id="medusa",
        title="Medusa",
        kind="server",
        any=("@medusajs/medusa",),
        supersedes=("express", "vite"),
        build="medusa build",
        output=".medusa/server",
        copies=((".medusa/server", ""),),
        start=("medusa", "start"),
        port=9000,
        environment={"HOST": _ANYWHERE},
        health="/health",
        release="medusa db:migrate",
        variables=("DATABASE_URL", "JWT_SECRET", "COOKIE_SECRET"),
    ),
    Framework(
        id="strapi",
        title="Strapi",
        kind="server",
        any=("@strapi/strapi", "strapi"),
        supersedes=("koa", "vite", "webpack"),
        build="strapi build",
        output="build",
        start=("strapi", "start"),
        port=1337,
        environment={"HOST": _ANYWHERE},
        health="/_health",
        whole=True,
        writable=("public/uploads", ".tmp"),
        variables=("APP_KEYS", "API_TOKEN_SALT", "ADMIN_JWT_SECRET", "JWT_SECRET"),
    ),
    Framework(
        id="keystone",
        title="Keystone",
        kind="server",
        any=("@keystone-6/core",),
        supersedes=("next", "express"),
        build="keystone build",
        output=".keystone",
        start=("keystone", "start"),
        port=3000,
        whole=True,
        variables=("DATABASE_URL", "SESSION_SECRET"),
    ),
    Framework(
        id="directus",
        title="Directus",
        kind="server",
        any=("directus",),
        start=("directus", "start"),
        port=8055,
        environment={"HOST": _ANYWHERE},
        health="/server/ping",
        whole=True,
        release="directus bootstrap",
        variables=("KEY", "SECRET"),
    ),
    Framework(
        id="ghost",
        title="Ghost",
        kind="server",
        all=("ghost",),
        start=("node", "node_modules/ghost/index.js"),
        port=2368,
        whole=True,
        notice="Ghost publishes an image of its own, which is easier to keep up to date",
        notice_fix="use the image `ghost`, and mount your content into it",
    ),
    Framework(
        id="n8n",
        title="n8n",
        kind="server",
        all=("n8n",),
        start=("n8n", "start"),
        port=5678,
        whole=True,
        notice="n8n publishes an image of its own, which is easier to keep up to date",
        notice_fix="use the image `n8nio/n8n`",
    ),
    Framework(
        id="mastra",
        title="Mastra",
        kind="server",
        any=("mastra", "@mastra/core"),
        build_script=True,
        build="mastra build",
        output=".mastra/output",
        start=("node", ".mastra/output/index.mjs"),
        start_programs=("mastra start",),
        replaces_start=True,
        port=4111,
        packages_at_run=False,
    ),
    Framework(
        id="nest",
        title="NestJS",
        kind="code",
        any=("@nestjs/core",),
        supersedes=("express", "fastify", "graphql", "trpc", "socket.io", "ws", "webpack", "workers"),
        build="nest build",
        entries=("src/main.ts",),
    ),
    Framework(
        id="adonis",
        title="AdonisJS",
        kind="server",
        any=("@adonisjs/core",),
        supersedes=("vite", "webpack"),
        build="node ace build",
        output="build",
        copies=(("build", ""),),
        start=("node", "bin/server.js"),
        port=3333,
        environment={"HOST": _ANYWHERE},
        variables=("APP_KEY",),
        variants=(Variant(When(files=(".adonisrc.json",)), {"start": ("node", "server.js")}),),
    ),
    Framework(
        id="loopback",
        title="LoopBack",
        kind="code",
        any=("@loopback/core", "@loopback/boot"),
        supersedes=("express",),
        build="lb-tsc",
        port=3000,
        environment={"HOST": _ANYWHERE},
    ),
    Framework(
        id="meteor",
        title="Meteor",
        kind="server",
        any=("meteor-node-stubs",),
        files=(".meteor/release",),
        supersedes=("express", "vite", "solid", "tanstack-router", "rspack"),
        meteor=True,
        build="meteor build",
        output=".meteor-build/bundle",
        copies=((".meteor-build/bundle", ""),),
        start=("node", "main.js"),
        port=3000,
        packages_at_run=False,
        variables=("ROOT_URL", "MONGO_URL"),
    ),
    # Servers that the app's own code starts.
    Framework(
        id="express",
        title="Express",
        kind="code",
        any=("express",),
    ),
    Framework(
        id="fastify",
        title="Fastify",
        kind="code",
        any=("fastify", "fastify-cli"),
        supersedes=("express",),
    ),
    Framework(
        id="koa",
        title="Koa",
        kind="code",
        any=("koa",),
    ),
    Framework(
        id="hapi",
        title="hapi",
        kind="code",
        any=("@hapi/hapi", "hapi"),
    ),
    Framework(
        id="polka",
        title="Polka",
        kind="code",
        any=("polka",),
    ),
    Framework(
        id="restify",
        title="Restify",
        kind="code",
        any=("restify",),
    ),
    Framework(
        id="hono",
        title="Hono",
        kind="code",
        any=("hono",),
    ),
    Framework(
        id="hono-vite",
        title="Hono (Vite build)",
        kind="server",
        all=("hono",),
        any=("@hono/vite-build",),
        supersedes=("hono", "vite"),
        build="vite build",
        config=("vite.config",),
        output="dist",
        output_key="build.outDir",
        start=("node", "{output}/index.js"),
        port=3000,
        keeps=("package.json",),
        notice=(
            "the server that `@hono/vite-build` writes listens on the port of the plug-in's options, whatever PORT says"
        ),
        notice_fix=(
            "give the plug-in the port that the platform uses, or start the app with `@hono/node-server` yourself"
        ),
    ),
    Framework(
        id="elysia",
        title="Elysia",
        kind="code",
        any=("elysia",),
        bun=True,
    ),
    Framework(
        id="feathers",
        title="Feathers",
        kind="code",
        any=("@feathersjs/feathers",),
        supersedes=("express", "koa", "socket.io"),
        port=3030,
    ),
    Framework(
        id="sails",
        title="Sails",
        kind="code",
        any=("sails",),
        supersedes=("express",),
        start=("node", "app.js", "--prod"),
        port=1337,
    ),
    Framework(
        id="probot",
        title="Probot",
        kind="code",
        any=("probot",),
        supersedes=("express",),
        variables=("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"),
        environment={"HOST": _ANYWHERE},
    ),
    Framework(
        id="parse",
        title="Parse Server",
        kind="code",
        any=("parse-server",),
        supersedes=("express",),
        port=1337,
    ),
    Framework(
        id="h3",
        title="h3",
        kind="code",
        any=("h3",),
    ),
    Framework(
        id="graphql",
        title="GraphQL server",
        kind="code",
        any=("graphql-yoga", "@apollo/server", "apollo-server", "apollo-server-express", "mercurius"),
        supersedes=("express", "fastify", "koa"),
        port=4000,
    ),
    Framework(
        id="trpc",
        title="tRPC server",
        kind="code",
        any=("@trpc/server",),
    ),
    Framework(
        id="grpc",
        title="gRPC server",
        kind="code",
        any=("@grpc/grpc-js",),
    ),
    Framework(
        id="socket.io",
        title="Socket.IO",
        kind="code",
        any=("socket.io",),
    ),
    Framework(
        id="ws",
        title="WebSocket server",
        kind="code",
        any=("ws", "uWebSockets.js", "@hocuspocus/server", "@colyseus/core", "colyseus"),
        in_production=True,
    ),
    Framework(
        id="moleculer",
        title="Moleculer",
        kind="code",
        any=("moleculer",),
    ),
    Framework(
        id="midway",
        title="Midway",
        kind="code",
        any=("@midwayjs/core",),
        supersedes=("koa", "express"),
        port=7001,
    ),
    Framework(
        id="egg",
        title="Egg",
        kind="code",
        any=("egg",),
        supersedes=("koa",),
        port=7001,
    ),
    Framework(
        id="json-server",
        title="JSON Server",
        kind="code",
        any=("json-server",),
        in_production=True,
    ),
    Framework(
        id="slack",
        title="Slack Bolt",
        kind="code",
        any=("@slack/bolt",),
        supersedes=("express",),
    ),
    Framework(
        id="mcp",
        title="MCP server",
        kind="code",
        any=("@modelcontextprotocol/sdk",),
        in_production=True,
    ),
    Framework(
        id="xmcp",
        title="xmcp",
        kind="server",
        any=("xmcp",),
        supersedes=("mcp", "express"),
        build="xmcp build",
        output="dist",
        start=("node", "dist/http.js"),
        port=3001,
        keeps=("package.json",),
    ),
    # Processes that listen on no port.
    Framework(
        id="discord",
        title="Discord bot",
        kind="worker",
        any=("discord.js", "eris", "oceanic.js", "@sapphire/framework", "discordeno"),
    ),
    Framework(
        id="telegram",
        title="Telegram bot",
        kind="worker",
        any=("grammy", "telegraf", "node-telegram-bot-api"),
    ),
    Framework(
        id="whatsapp",
        title="WhatsApp bot",
        kind="worker",
        any=("whatsapp-web.js", "@whiskeysockets/baileys"),
    ),
    Framework(
        id="workers",
        title="job worker",
        kind="worker",
        any=("bullmq", "bull", "bee-queue", "agenda", "pg-boss", "graphile-worker", "@temporalio/worker", "kafkajs"),
        in_production=True,
    ),
    # Single-page apps and their bundlers.
    _VITE,
    # Bundlers' plug-ins that put the files where another language's app serves them.
    _VITE._replace(
        id="laravel-vite",
        title="Laravel's Vite plugin",
        any=("laravel-vite-plugin",),
        supersedes=("vite",),
        build_script=False,
        output="public/build",
        output_key="",
        for_another_app=True,
    ),
    _VITE._replace(
        id="vite-ruby",
        title="Vite Ruby",
        any=("vite-plugin-ruby", "vite-plugin-rails"),
        supersedes=("vite",),
        build_script=False,
        output="public/vite",
        output_key="",
        for_another_app=True,
    ),
    Framework(
        id="laravel-mix",
        title="Laravel Mix",
        kind="static",
        any=("laravel-mix",),
        supersedes=("webpack",),
        build="mix --production",
        output="public",
        for_another_app=True,
    ),
    Framework(
        id="encore",
        title="Webpack Encore",
        kind="static",
        any=("@symfony/webpack-encore",),
        supersedes=("webpack",),
        build="encore production",
        config=("webpack.config",),
        output="public/build",
        for_another_app=True,
    ),
    _VITE._replace(
        id="solid",
        title="SolidJS",
        kind="static",
        all=("solid-js", "vite"),
        any=(),
        supersedes=("vite", "esbuild", "rollup", "webpack"),
    ),
    _VITE._replace(
        id="tanstack-router",
        title="TanStack Router",
        kind="static",
        all=("vite",),
        any=("@tanstack/react-router", "@tanstack/solid-router", "@tanstack/vue-router"),
        supersedes=("vite", "solid", "esbuild", "rollup", "webpack"),
    ),
    Framework(
        id="cra",
        title="Create React App",
        kind="static",
        any=("react-scripts", "@craco/craco", "react-app-rewired"),
        supersedes=("vite", "webpack", "rollup", "gulp"),
        build="react-scripts build",
        build_programs=("craco build", "react-app-rewired build"),
        output="build",
        output_variable="BUILD_PATH",
        fallback="index.html",
        immutable=("static",),
        cache="node_modules/.cache",
    ),
    Framework(
        id="vue-cli",
        base_key="publicPath",
        title="Vue CLI",
        kind="static",
        any=("@vue/cli-service",),
        supersedes=("vite", "webpack"),
        build="vue-cli-service build",
        config=("vue.config",),
        output="dist",
        output_key="outputDir",
        output_flags=("--dest",),
        fallback="index.html",
        cache="node_modules/.cache",
    ),
    Framework(
        id="svelte-rollup",
        title="Svelte (Rollup)",
        kind="static",
        all=("svelte", "rollup"),
        any=("sirv-cli", "rollup-plugin-svelte"),
        none=("@sveltejs/kit", "sapper"),
        supersedes=("rollup",),
        build="rollup -c",
        build_script=True,
        output="public",
        fallback="index.html",
    ),
    Framework(
        id="preact-cli",
        title="Preact CLI",
        kind="static",
        any=("preact-cli",),
        supersedes=("webpack",),
        build="preact build",
        output="build",
        output_flags=("--dest",),
        fallback="index.html",
    ),
    Framework(
        id="ember",
        title="Ember",
        kind="static",
        any=("ember-cli", "ember-source"),
        supersedes=("vite", "webpack"),
        build="ember build --environment=production",
        output="dist",
        output_flags=("--output-path", "-o"),
        fallback="index.html",
        immutable=("assets",),
    ),
    Framework(
        id="stencil",
        title="Stencil",
        kind="static",
        any=("@stencil/core",),
        build="stencil build",
        output="www",
        fallback="index.html",
    ),
    _ANGULAR._replace(
        id="ionic-angular",
        title="Ionic Angular",
        any=("@ionic/angular",),
        supersedes=("angular", "vite", "webpack"),
        output="www",
    ),
    _VITE._replace(
        id="ionic-react",
        title="Ionic React",
        all=("@ionic/react",),
        any=("vite", "react-scripts"),
        supersedes=("vite", "cra", "webpack"),
        variants=(
            Variant(
                When(has=("react-scripts",)),
                {"build": "react-scripts build", "output": "build", "output_key": "", "immutable": ("static",)},
            ),
        ),
    ),
    _VITE._replace(
        id="ionic-vue",
        title="Ionic Vue",
        all=("@ionic/vue",),
        any=("vite", "@vue/cli-service"),
        supersedes=("vite", "vue-cli", "webpack"),
    ),
    Framework(
        id="expo",
        title="Expo",
        kind="static",
        all=("expo",),
        any=("react-native-web", "expo-router"),
        supersedes=("webpack",),
        build="expo export --platform web",
        build_script=False,
        output="dist",
        output_flags=("--output-dir",),
        fallback="index.html",
        immutable=("_expo/static",),
        build_environment={"EXPO_NO_TELEMETRY": "1"},
    ),
    Framework(
        id="quasar",
        title="Quasar",
        kind="static",
        any=("@quasar/app-vite", "@quasar/app-webpack", "@quasar/app", "quasar-cli"),
        supersedes=("vite", "webpack"),
        build="quasar build",
        config=("quasar.config", "quasar.conf"),
        output="dist/spa",
        output_key="build.distDir",
        fallback="index.html",
        immutable=("assets",),
        variants=(
            Variant(
                When(script="-m ssr"),
                {
                    "kind": "server",
                    "output": "dist/ssr",
                    "copies": (("dist/ssr", ""),),
                    "start": ("node", "index.js"),
                    "port": 3000,
                },
            ),
            Variant(When(script="-m pwa"), {"output": "dist/pwa"}),
        ),
    ),
    Framework(
        id="umi",
        title="UmiJS",
        kind="static",
        any=("umi", "@umijs/max"),
        supersedes=("vite", "webpack"),
        build="umi build",
        build_programs=("max build",),
        config=(".umirc", "config/config"),
        output="dist",
        output_key="outputPath",
        fallback="index.html",
    ),
    Framework(
        id="rsbuild",
        title="Rsbuild",
        kind="static",
        any=("@rsbuild/core",),
        build_script=True,
        supersedes=("webpack", "rspack"),
        build="rsbuild build",
        config=("rsbuild.config",),
        output="dist",
        output_key="output.distPath.root",
        fallback="index.html",
        immutable=("static",),
    ),
    Framework(
        id="rspack",
        title="Rspack",
        kind="static",
        any=("@rspack/cli",),
        build_script=True,
        supersedes=("webpack",),
        build="rspack build",
        config=("rspack.config",),
        output="dist",
        output_key="output.path",
        fallback="index.html",
    ),
    Framework(
        id="farm",
        title="Farm",
        kind="static",
        any=("@farmfe/core", "@farmfe/cli"),
        build_script=True,
        build="farm build",
        config=("farm.config",),
        output="dist",
        output_key="compilation.output.path",
        fallback="index.html",
    ),
    Framework(
        id="webpack",
        title="webpack",
        kind="static",
        any=("webpack-cli",),
        build_script=True,
        build="webpack",
        build_programs=("webpack-cli",),
        config=("webpack.config", "webpack.prod", "webpack.config.prod", "webpack.production"),
        output="dist",
        output_key="output.path",
        output_flags=("--output-path", "-o"),
        fallback="index.html",
    ),
    Framework(
        id="parcel",
        title="Parcel",
        kind="static",
        any=("parcel", "parcel-bundler"),
        build_script=True,
        build="parcel build",
        output="dist",
        output_flags=("--dist-dir", "--out-dir", "-d"),
        fallback="index.html",
        cache=".parcel-cache",
    ),
    Framework(
        id="rollup",
        title="Rollup",
        kind="static",
        any=("rollup",),
        build_script=True,
        build="rollup",
        output="public",
        output_flags=("--dir", "-d"),
        fallback="index.html",
    ),
    Framework(
        id="esbuild",
        title="esbuild",
        kind="static",
        any=("esbuild",),
        build_script=True,
        build="esbuild",
        output="dist",
        output_flags=("--outdir",),
        fallback="index.html",
    ),
    Framework(
        id="react-static",
        title="React Static",
        kind="static",
        any=("react-static",),
        build="react-static build",
        output="dist",
        not_found="404.html",
    ),
    Framework(
        id="polymer",
        title="Polymer CLI",
        kind="static",
        any=("polymer-cli",),
        build="polymer build",
        output="build/default",
        fallback="index.html",
    ),
    Framework(
        id="brunch",
        title="Brunch",
        kind="static",
        any=("brunch",),
        build="brunch build --production",
        output="public",
        fallback="index.html",
    ),
    Framework(
        id="dojo",
        title="Dojo",
        kind="static",
        any=("@dojo/framework", "@dojo/cli"),
        build="dojo build",
        output="output/dist",
        fallback="index.html",
    ),
    Framework(
        id="saber",
        title="Saber",
        kind="static",
        any=("saber",),
        build="saber build",
        output="public",
        not_found="404.html",
    ),
    Framework(
        id="wmr",
        title="WMR",
        kind="static",
        any=("wmr",),
        build="wmr build",
        output="dist",
        fallback="index.html",
    ),
    Framework(
        id="gulp",
        title="Gulp",
        kind="static",
        any=("gulp",),
        build_script=True,
        build="gulp",
        output="dist",
    ),
    Framework(
        id="grunt",
        title="Grunt",
        kind="static",
        any=("grunt",),
        build_script=True,
        build="grunt",
        output="dist",
    ),
    # Documents and static sites.
    Framework(
        id="gatsby",
        title="Gatsby",
        kind="static",
        any=("gatsby",),
        supersedes=("webpack", "vite"),
        build="gatsby build",
        output="public",
        not_found="404.html",
        immutable=("static",),
        build_environment={"GATSBY_TELEMETRY_DISABLED": "1"},
    ),
    Framework(
        id="docusaurus",
        base_key="baseUrl",
        config=("docusaurus.config",),
        title="Docusaurus",
        kind="static",
        any=("@docusaurus/core",),
        supersedes=("webpack", "vite"),
        build="docusaurus build",
        output="build",
        output_flags=("--out-dir",),
        not_found="404.html",
        immutable=("assets",),
        cache="node_modules/.cache",
    ),
    Framework(
        id="docusaurus-1",
        title="Docusaurus 1",
        kind="static",
        any=("docusaurus",),
        build="docusaurus-build",
        config=("siteConfig",),
        output="build",
        output_name_key="projectName",
        not_found="404.html",
    ),
    Framework(
        id="vitepress",
        base_key="base",
        title="VitePress",
        kind="static",
        any=("vitepress",),
        supersedes=("vite",),
        build="vitepress build",
        config=("{root}/.vitepress/config", "{root}/.vitepress/config/index"),
        output="{root}/.vitepress/dist",
        output_key="outDir",
        output_flags=("--outDir",),
        not_found="404.html",
        immutable=("assets",),
    ),
    Framework(
        id="vuepress",
        title="VuePress",
        kind="static",
        any=("vuepress", "@vuepress/cli", "vuepress-vite", "vuepress-webpack"),
        supersedes=("vite", "webpack"),
        build="vuepress build",
        config=("{root}/.vuepress/config",),
        output="{root}/.vuepress/dist",
        output_key="dest",
        output_flags=("--dest", "-d"),
        not_found="404.html",
        immutable=("assets",),
    ),
    Framework(
        id="eleventy",
        title="Eleventy",
        kind="static",
        any=("@11ty/eleventy",),
        supersedes=("vite", "webpack", "esbuild", "gulp", "rollup"),
        build="eleventy",
        build_programs=("@11ty/eleventy",),
        config=(".eleventy", "eleventy.config"),
        output="_site",
        output_key="dir.output",
        output_flags=("--output",),
        not_found="404.html",
    ),
    Framework(
        id="hexo",
        title="Hexo",
        kind="static",
        any=("hexo",),
        supersedes=("gulp",),
        build="hexo generate",
        output="public",
        output_yaml=("_config.yml", "public_dir"),
        not_found="404.html",
    ),
    Framework(
        id="gridsome",
        base_key="pathPrefix",
        title="Gridsome",
        kind="static",
        any=("gridsome",),
        supersedes=("webpack",),
        build="gridsome build",
        config=("gridsome.config",),
        output="dist",
        output_key="outputDir",
        not_found="404.html",
        immutable=("assets",),
    ),
    Framework(
        id="storybook",
        title="Storybook",
        kind="static",
        any=("storybook", "@storybook/react", "@storybook/vue3", "@storybook/html"),
        last_resort=True,
        build="storybook build",
        build_programs=("build-storybook",),
        output="storybook-static",
        output_flags=("--output-dir", "-o"),
        cache="node_modules/.cache",
    ),
    Framework(
        id="sanity",
        title="Sanity Studio",
        kind="static",
        any=("sanity",),
        build_script=True,
        supersedes=("vite",),
        build="sanity build",
        output="dist",
        fallback="index.html",
        immutable=("static",),
    ),
    Framework(
        id="observable",
        title="Observable Framework",
        kind="static",
        any=("@observablehq/framework",),
        supersedes=("vite",),
        build="observable build",
        config=("observablehq.config",),
        output="dist",
        output_key="output",
        not_found="404.html",
    ),
    Framework(
        id="slidev",
        title="Slidev",
        kind="static",
        any=("@slidev/cli",),
        supersedes=("vite",),
        build="slidev build",
        output="dist",
        output_flags=("--out", "-o"),
        fallback="index.html",
        immutable=("assets",),
    ),
    Framework(
        id="rspress",
        base_key="base",
        title="Rspress",
        kind="static",
        any=("rspress", "@rspress/core"),
        supersedes=("rsbuild", "rspack"),
        build="rspress build",
        config=("rspress.config",),
        output="doc_build",
        output_key="outDir",
        not_found="404.html",
        immutable=("static",),
    ),
    Framework(
        id="vocs",
        title="Vocs",
        kind="static",
        any=("vocs",),
        supersedes=("vite",),
        build="vocs build",
        config=("vocs.config",),
        output="docs/dist",
        fallback="index.html",
        immutable=("assets",),
    ),
    Framework(
        id="nue",
        title="Nue",
        kind="static",
        any=("nuejs-core", "nuekit"),
        build="nue build --production",
        output=".dist/prod",
        not_found="404.html",
    ),
    Framework(
        id="sapper",
        title="Sapper",
        kind="static",
        any=("sapper",),
        supersedes=("rollup", "svelte-rollup", "webpack", "polka", "express"),
        build="sapper export",
        output="__sapper__/export",
        not_found="404.html",
        variants=(
            Variant(
                When(script="sapper build"),
                {
                    "kind": "server",
                    "output": "__sapper__",
                    "copies": (("__sapper__", "__sapper__"), ("static", "static")),
                    "start": ("node", "__sapper__/build"),
                    "port": 3000,
                    "keeps": ("package.json",),
                },
            ),
        ),
    ),
    Framework(
        id="scully",
        title="Scully",
        kind="static",
        any=("@scullyio/init", "@scullyio/scully"),
        supersedes=("angular",),
        build="scully",
        output="dist/static",
        not_found="404.html",
    ),
    Framework(
        id="metalsmith",
        title="Metalsmith",
        kind="static",
        any=("metalsmith",),
        build="metalsmith",
        output="build",
    ),
    Framework(
        id="docpad",
        title="DocPad",
        kind="static",
        any=("docpad",),
        build="docpad generate --env static",
        output="out",
    ),
    Framework(
        id="harp",
        title="Harp",
        kind="static",
        any=("harp",),
        build="harp . www",
        output="www",
    ),
    Framework(
        id="roots",
        title="Roots",
        kind="static",
        any=("roots",),
        build="roots compile",
        output="public",
    ),
    Framework(
        id="wintersmith",
        title="Wintersmith",
        kind="static",
        any=("wintersmith",),
        build="wintersmith build",
        output="build",
    ),
    Framework(
        id="assemble",
        title="Assemble",
        kind="static",
        any=("assemble",),
        build="assemble",
        output="dist",
    ),
    Framework(
        id="phenomic",
        title="Phenomic",
        kind="static",
        any=("@phenomic/core", "phenomic"),
        build="phenomic build",
        output="dist",
        not_found="404.html",
    ),
)

# What the programs that scripts call are for, as rows.
#
# A table maps a program to sub-commands: `""` is the program without one, `*` is any other. What is in no table is
# taken
# as the process that the script wants to run.
#
# Source, checked 2026-11-24: the programs' command-line help, and their own documentation.


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

# What npm packages need beside themselves: Debian packages, variables, a place to write.
#
# Only packages that need something are listed; those with binaries for glibc on amd64 and arm64 in the registry itself
# (sharp, argon2, bcrypt 6, bufferutil, sodium-native, classic-level, lmdb, esbuild, …) need nothing and are not.
#
# Source, checked 2026-11-24: the packages' install scripts and release pages; Debian's package lists for trixie.


_VERSION = re.compile(r"(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?", re.ASCII)


def lower_bound(range_: str) -> tuple[int, int, int] | None:
    """Return the first version number in a range, None when there is none (`latest`, `*`)."""
    match = _VERSION.search(range_)
    if match is None:
        return None
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


def not_prebuilt(*rows: tuple[str, int]) -> Callable[[int, Dependency], bool]:
    """Return the condition that there are no binaries for the Node version: pairs (below this, binaries up to)."""

    def applies(node: int, package: Dependency) -> bool:
        version = lower_bound(package.version or "")
        if version is None:
            return False
        for below, last_node in rows:
            limit = lower_bound(below)
            if limit is not None and version < limit:
                return node > last_node
        return False

    return applies


def only_for_development(_node: int, package: Dependency) -> bool:
    """Return whether nothing needs the package at run time."""
    return not package.ships


NEEDS = (
    # Their binaries come from a code host that many builds cannot reach; then they are compiled.
    Need(("better-sqlite3", "sqlite3"), compiles="node-gyp", writes=True),
    Need(
        (
            "lowdb",
            "nedb",
            "@seald-io/nedb",
            "level",
            "leveldown",
            "classic-level",
            "lmdb",
            "pouchdb",
            "node-persist",
            "conf",
            "tingodb",
            "lokijs",
            "keyv-file",
            "quick.db",
            "enmap",
        ),
        writes=True,
    ),
    Need(
        ("multer", "formidable", "express-fileupload", "busboy-body-parser", "winston-daily-rotate-file"), writes=True
    ),
    Need(("bcrypt",), compiles="node-gyp", when=not_prebuilt(("5", 13))),
    Need(
        ("canvas",),
        build=("libcairo2-dev", "libgif-dev", "libjpeg62-turbo-dev", "libpango1.0-dev", "librsvg2-dev", "pkg-config"),
        run=("libcairo2", "libgif7", "libjpeg62-turbo", "libpango-1.0-0", "libpangocairo-1.0-0", "librsvg2-2"),
        compiles="node-gyp",
        when=not_prebuilt(("3", 20)),
    ),
    Need(
        ("node-sass",),
        compiles="node-gyp",
        when=not_prebuilt(("5", 14), ("6", 15), ("7", 16), ("8", 17), ("9", 19), ("10", 20)),
        locked=True,
    ),
    Need(("re2",), compiles="node-gyp", when=not_prebuilt(("1.18", 18), ("1.21", 21), ("1.22", 23))),
    Need(("isolated-vm",), compiles="node-gyp", when=not_prebuilt(("4.7", 18), ("5", 20), ("6", 22))),
    Need(("deasync",), compiles="node-gyp", when=not_prebuilt(("1", 18))),
    Need(
        (
            "node-pty",
            "heapdump",
            "node-expat",
            "unix-dgram",
            "iltorb",
            "hiredis",
            "xxhash",
            "sse4_crc32",
            "usocket",
            "node-opus",
            "sodium",
            "hnswlib-node",
            "iconv",
            "libxmljs",
            "ref-napi",
            "ffi-napi",
            "node-zopfli",
            "raw-socket",
            "pcap",
            "mmmagic",
            "gc-stats",
            "event-loop-stats",
            "nodegit",
            "integer",
            "segfault-handler",
        ),
        compiles="node-gyp",
    ),
    Need(("pg-native", "libpq"), build=("libpq-dev",), run=("libpq5",), compiles="node-gyp"),
    Need(
        ("node-rdkafka",),
        build=("librdkafka-dev", "libsasl2-dev", "libssl-dev"),
        run=("librdkafka1", "libsasl2-2"),
        compiles="node-gyp",
    ),
    Need(("kerberos",), run=("libgssapi-krb5-2",)),
    Need(("keytar",), run=("libsecret-1-0",)),
    Need(("odbc",), run=("unixodbc",)),
    Need(("usb", "node-hid", "@serialport/bindings-cpp"), run=("libudev1",)),
    Need(("magick", "imagemagick-native", "imagemagick", "imagemagick-convert"), run=("imagemagick",)),
    Need(("gm", "easyimage"), run=("graphicsmagick",)),
    Need(("pdf2pic", "pdf-thumbnail"), run=("ghostscript", "graphicsmagick")),
    Need(("node-poppler", "pdf-poppler", "pdftotextjs"), run=("poppler-utils",)),
    Need(("node-qpdf", "node-qpdf2"), run=("qpdf",)),
    Need(
        ("fluent-ffmpeg", "ffmpeg", "node-ffmpeg", "simple-ffmpeg"),
        run=("ffmpeg",),
        unless=("ffmpeg-static", "@ffmpeg-installer/ffmpeg"),
    ),
    Need(("node-tesseract-ocr", "node-ts-ocr"), run=("tesseract-ocr",)),
    Need(("libreoffice-convert", "carbone"), run=("libreoffice-writer",)),
    Need(("exiftool-vendored", "node-exiftool"), run=("perl",)),
    Need(("youtube-dl-exec", "yt-dlp-wrap"), build=("python3",), run=("python3",)),
    Need(("simple-git", "gitlog", "download-git-repo"), run=("ca-certificates", "git")),
    Need(
        ("wkhtmltopdf", "html-pdf"),
        notice="the program behind it is no longer in Debian",
        fix="make PDFs with `puppeteer`, or use a base image that holds the program",
    ),
    Need(
        ("puppeteer", "whatsapp-web.js", "html-pdf-node", "venom-bot"),
        run=("chromium", "fonts-liberation"),
        environment=(("PUPPETEER_EXECUTABLE_PATH", "/usr/bin/chromium"),),
        install_environment=(("PUPPETEER_SKIP_DOWNLOAD", "true"),),
        notice="Chromium comes from Debian; as another user than root it needs `--no-sandbox`, "
        "or a container that allows user namespaces",
        fix="start it with `args: ['--no-sandbox']` where the platform gives no namespaces",
    ),
    Need(
        ("chromium",),
        run=("chromium", "fonts-liberation"),
        environment=(("CHROME_PATH", "/usr/bin/chromium"),),
        install_environment=(("NODE_CHROMIUM_SKIP_INSTALL", "true"),),
    ),
    Need(
        ("puppeteer-core",),
        run=("chromium", "fonts-liberation"),
        environment=(("PUPPETEER_EXECUTABLE_PATH", "/usr/bin/chromium"),),
    ),
    Need(
        ("playwright", "playwright-chromium", "playwright-core"),
        run=(
            "libasound2t64",
            "libatk-bridge2.0-0t64",
            "libatk1.0-0t64",
            "libatspi2.0-0t64",
            "libcairo2",
            "libcups2t64",
            "libdbus-1-3",
            "libdrm2",
            "libgbm1",
            "libglib2.0-0t64",
            "libnspr4",
            "libnss3",
            "libpango-1.0-0",
            "libx11-6",
            "libxcb1",
            "libxcomposite1",
            "libxdamage1",
            "libxext6",
            "libxfixes3",
            "libxkbcommon0",
            "libxrandr2",
            "fonts-liberation",
        ),
        environment=(("PLAYWRIGHT_BROWSERS_PATH", "/app/.playwright"),),
        install_environment=(("PLAYWRIGHT_BROWSERS_PATH", "/app/.playwright"),),
        fetch=("playwright install --only-shell chromium", ".playwright/"),
    ),
    Need(("xvfb", "node-xvfb", "headless"), run=("xauth", "xvfb")),
    Need(("ping",), run=("iputils-ping",)),
    Need(("cypress",), install_environment=(("CYPRESS_INSTALL_BINARY", "0"),), when=only_for_development),
    Need(("electron",), install_environment=(("ELECTRON_SKIP_BINARY_DOWNLOAD", "1"),)),
)
