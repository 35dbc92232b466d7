"""What an owner changes in the phases: where it goes, what is copied for it, and what is shipped then."""

from __future__ import annotations

import json

import pytest

import buildplan
from buildplan.errors import ConfigError

MANIFEST = {
    "name": "app",
    "scripts": {"build": "tsc", "start": "node dist/server.js"},
    "dependencies": {"express": "^4.18.0"},
    "devDependencies": {"typescript": "^5.0.0"},
}
TREE = {
    "package.json": json.dumps(MANIFEST),
    "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
    "tsconfig.json": '{"compilerOptions": {"outDir": "dist", "rootDir": "src"}}',
    "src/server.ts": "import express from 'express'; express().listen(process.env.PORT)",
}


def planned(config: str, **changes: str) -> buildplan.BuildPlan:
    return buildplan.plan({**TREE, "buildplan.toml": config, **changes})


def commands(plan: buildplan.BuildPlan, phase: str) -> tuple[str, ...]:
    found = plan.phase(phase)
    assert found is not None
    return found.commands


def test_a_list_with_the_marker_keeps_what_was_generated_around_it() -> None:
    plan = planned('[phases.build]\ncommands = ["first", "...", "last"]')
    assert commands(plan, "build") == ("first", "npm run build", "last")


def test_a_list_without_the_marker_replaces_what_was_generated_and_explain_names_it() -> None:
    plan = planned('[phases.build]\ncommands = ["make"]')
    assert commands(plan, "build") == ("make",)
    decision = plan.decision("phases.build.commands")
    assert decision is not None
    assert [loser.value for loser in decision.runners_up] == ["npm run build"]
    assert (decision.origin.path, decision.origin.line) == ("buildplan.toml", 2)


def test_a_flag_for_the_generated_install_still_needs_only_the_manifests() -> None:
    plan = planned('[phases.install]\ncommands = ["npm ci --legacy-peer-deps"]')
    text = plan.dockerfile()
    assert text.index("npm ci --legacy-peer-deps") < text.index("COPY . .")


def test_another_install_command_may_need_the_whole_tree() -> None:
    plan = planned('[phases.install]\ncommands = ["./install.sh"]')
    text = plan.dockerfile()
    assert text.index("COPY . .") < text.index("./install.sh")
    assert text.count("COPY . .") == 1


def test_a_command_behind_the_install_keeps_the_install_cached() -> None:
    plan = planned('[phases.install]\ncommands = ["...", "npx prisma generate"]')
    text = plan.dockerfile()
    order = [text.index(part) for part in ("npm ci", "COPY . .", "npx prisma generate", "npm run build")]
    assert order == sorted(order)


def test_a_phase_of_the_owners_goes_between_the_phases_it_names() -> None:
    plan = planned('[phases.check]\ncommands = ["npm run lint"]\ndepends_on = ["install"]')
    text = plan.dockerfile()
    order = [text.index(part) for part in ("npm ci", "npm run lint", "npm run build")]
    assert order == sorted(order)


def test_what_a_last_phase_of_the_owners_makes_is_shipped_without_development_dependencies() -> None:
    plan = planned('[phases.after]\ncommands = ["./make-data.sh"]')
    text = plan.dockerfile()
    order = [text.index(part) for part in ("npm run build", "./make-data.sh", "npm prune")]
    assert order == sorted(order)
    assert "COPY --from=build --chown=1000:1000 /app ." in text


def test_a_phase_that_depends_on_nothing_known_is_reported_with_the_nearest_name() -> None:
    plan = planned('[phases.build]\ncommands = ["..."]\ndepends_on = ["...", "instal"]')
    (found,) = [item for item in plan.diagnostics if item.code == "BP661"]
    assert found.fix == "did you mean `install`?"


@pytest.mark.parametrize("path", ["../secrets", "/etc/passwd", "missing.json"])
def test_an_input_that_is_not_in_the_tree_is_an_error(path: str) -> None:
    with pytest.raises(ConfigError):
        planned(f'[phases.build]\ninputs = ["{path}"]')


def test_a_cache_below_the_home_directory_is_that_of_root() -> None:
    plan = planned('[phases.build]\ncaches = ["...", "~/.cache/x"]')
    build = plan.phase("build")
    assert build is not None
    assert "/root/.cache/x" in [cache.target for cache in build.caches]


def test_outputs_that_the_owner_names_are_what_is_shipped_of_a_phase() -> None:
    plan = planned('[phases.build]\noutputs = ["public"]')
    assert [item.path for item in plan.run.copies if item.phase == "build"] == ["public"]


def test_packages_go_where_they_were_asked_for() -> None:
    text = planned('[apt]\nbuild = ["libpq-dev"]\nrun = ["libpq5"]').dockerfile()
    build, _, shipped = text.rpartition("\nFROM ")
    assert "libpq-dev" in build
    assert "libpq-dev" not in shipped
    assert "libpq5" in shipped


def test_a_port_of_the_owners_is_in_the_environment_and_exposed() -> None:
    text = planned("port = 9000").dockerfile()
    assert "PORT=9000" in text
    assert "EXPOSE 9000" in text


def test_a_health_check_is_asked_by_the_apps_own_runtime() -> None:
    text = planned('health_check = "/healthz"').dockerfile()
    assert 'HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \\\n    CMD ["node", "-e", ' in text


def test_mirrors_and_certificates_reach_every_stage() -> None:
    config = 'ca_certificates = ["corp.crt"]\n[mirrors]\n"docker.io" = "mirror.corp/hub"'
    text = planned(config, **{"corp.crt": "-----BEGIN CERTIFICATE-----"}).dockerfile()
    images = [line for line in text.splitlines() if line.startswith("FROM ") and "node:" in line]
    assert len(images) == 2
    assert all(line.startswith("FROM mirror.corp/hub/library/node:") for line in images)
    assert text.count("COPY corp.crt /usr/local/share/ca-certificates/corp.crt") == 2


def test_a_user_that_is_no_number_is_refused() -> None:
    with pytest.raises(ConfigError, match="a name means nothing to the host"):
        planned('user = "node"')
