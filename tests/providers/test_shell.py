"""A start command without a language."""

from __future__ import annotations

import pytest

import buildplan
from buildplan.errors import BuildplanError

START = {"start.sh": "#!/bin/sh\necho hello\n"}


def test_a_given_command_is_enough_for_a_plan() -> None:
    plan = buildplan.plan({**START, "Procfile": "web: ./start.sh\nworker: ./start.sh --jobs\n"})
    assert plan.providers[0].name == "shell"
    assert plan.dockerfile().endswith('CMD ["sh", "-c", "exec ./start.sh"]\n')
    assert plan.dockerfile(process="worker").endswith('CMD ["sh", "-c", "exec ./start.sh --jobs"]\n')


def test_a_script_called_start_is_a_command() -> None:
    plan = buildplan.plan(START)
    assert plan.providers[0].name == "shell"
    assert "start.sh" in plan.dockerfile()


def test_without_a_command_nobody_knows_the_tree() -> None:
    with pytest.raises(BuildplanError, match="no provider knows this tree"):
        buildplan.plan({"run.sh": START["start.sh"]})


def test_a_manifest_of_a_language_is_stronger_than_a_command() -> None:
    tree = {**START, "package.json": '{"name": "tools"}', "Procfile": "web: ./start.sh\n"}
    assert buildplan.plan(tree).providers[0].name == "node"


def test_plain_files_are_weaker_than_a_command() -> None:
    tree = {**START, "index.html": "<p>hello</p>", "Procfile": "web: ./start.sh\n"}
    assert buildplan.plan(tree).providers[0].name == "shell"


def test_commands_and_packages_of_a_configuration_are_built_into_the_image() -> None:
    config = '[phases.setup]\naptPkgs = ["...", "jq"]\n[phases.build]\ncmds = ["make"]\n[start]\ncmd = "./start.sh"\n'
    text = buildplan.plan({**START, "nixpacks.toml": config}).dockerfile()
    assert "RUN make\n" in text
    assert "COPY --from=build --chown=1000:1000 /app ." in text
    assert text.count("jq") == 2


def test_an_empty_list_of_providers_means_only_what_the_configuration_says() -> None:
    config = 'providers = []\n[start]\ncmd = "./start.sh"\n'
    tree = {**START, "package.json": '{"scripts": {"start": "node x"}}', "nixpacks.toml": config}
    assert buildplan.plan(tree).providers[0].name == "shell"
