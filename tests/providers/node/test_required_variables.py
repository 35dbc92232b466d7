"""What the build of an app looks for before it does anything."""

from __future__ import annotations

import pytest
from node_plans import Planned, package, planned

T3 = """import { createEnv } from "@t3-oss/env-nextjs"
import { z } from "zod"
export const env = createEnv({
  server: {
    DATABASE_URL: z.string().url(),
    AUTH_SECRET: z.string().min(32),
    LIMIT: z.coerce.number(),
    LATER: z.string().optional(),
    USUAL: z
      .string()
      .default("x"),
  },
  client: {
    %s
  },
%s})
"""
STOPS = """const wanted = ["API_TOKEN", "SHOP_URL"]
for (const name of wanted) { if (!process.env[name]) { process.exit(1) } }
if (process.env.CLOUD) { check(["CLOUD_ACCOUNT_ID"]) }
"""


def next_app(env: str, **scripts: str) -> Planned:
    manifest = package(scripts={"build": "next build", **scripts}, dependencies={"next": "15", "react": "19"})
    return planned({**manifest, "next.config.js": 'import "./src/env.js"\nexport default {}\n', "src/env.js": env})


def build(found: Planned) -> str:
    return next(" && ".join(phase.commands) for phase in found.plan.phases if phase.name == "build")


def test_the_variable_that_skips_the_check_is_set_in_that_command_only() -> None:
    found = next_app(T3 % ("", "  skipValidation: !!process.env.SKIP_ENV_VALIDATION,\n"))
    assert build(found) == "SKIP_ENV_VALIDATION=1 npm run build"
    assert "SKIP_ENV_VALIDATION" not in found.environment


def test_what_a_check_demands_gets_a_placeholder_that_passes() -> None:
    found = next_app(T3 % ("", ""))
    long = "build" * 8
    database = "DATABASE_URL=postgresql://build@localhost/build"
    assert build(found) == f"{database} AUTH_SECRET={long} LIMIT=1 npm run build"
    assert "`DATABASE_URL`, `AUTH_SECRET`" in found.diagnostic("BP633").text


def test_what_ends_up_in_the_pages_is_an_error() -> None:
    found = next_app(T3 % ("NEXT_PUBLIC_KEY: z.string(),", ""))
    assert found.diagnostic("BP952").text.startswith("the build stops without `NEXT_PUBLIC_KEY`")
    assert "NEXT_PUBLIC_KEY" not in build(found)


@pytest.mark.parametrize("script", ["node scripts/check.js && vite build", "node --no-warnings ./scripts/check.js"])
def test_a_script_that_the_build_runs_may_demand_variables(script: str) -> None:
    manifest = package(scripts={"build": script, "start": "node server.js"}, dependencies={"express": "5"})
    files = {"scripts/check.js": STOPS, "server.js": "require('express')().listen(process.env.PORT)"}
    assert build(planned({**manifest, **files})) == "API_TOKEN=build SHOP_URL=http://localhost npm run build"


def test_a_build_for_images_that_leaves_a_check_out_is_taken() -> None:
    scripts = {
        "build": "npm-run-all check-db build-app",
        "build-docker": "npm-run-all build-app",
        "build-app": "vite build",
        "check-db": "node scripts/check.js",
        "start": "node server.js",
    }
    files = {"scripts/check.js": STOPS, "server.js": "require('express')().listen(process.env.PORT)"}
    found = planned({**package(scripts=scripts, dependencies={"express": "5"}), **files})
    assert build(found) == "npm run build-docker"


def test_a_script_that_builds_images_is_no_build() -> None:
    scripts = {"build": "npm-run-all check-db build-app", "docker:build": "docker build .", "check-db": "x"}
    manifest = package(scripts={**scripts, "start": "node server.js"}, dependencies={"express": "5"})
    assert build(planned({**manifest, "server.js": ""})) == "npm run build"
