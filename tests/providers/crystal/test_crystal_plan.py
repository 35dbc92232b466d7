"""Crystal, which is declared in one file: versions, targets, frameworks, libraries and shards of the tree."""

from __future__ import annotations

import planned
import pytest

from buildplan.errors import BuildplanError

SHARD = "name: shop\nversion: 1.0.0\ntargets:\n  admin:\n    main: src/admin.cr\n  shop:\n    main: src/shop.cr\n"
KEMAL = f"{SHARD}dependencies:\n  kemal:\n    github: kemalcr/kemal\n"
CODE = 'require "kemal"\nKemal.run\n'


@pytest.mark.parametrize(
    ("asked", "version"),
    [("1.18.0", "1.21"), ('">= 1.14, < 1.20"', "1.19"), ('"~> 1.18.0"', "1.18")],
)
def test_the_manifest_asks_for_a_release_of_the_compiler(asked: str, version: str) -> None:
    made = planned.plan({"shard.yml": f"{SHARD}crystal: {asked}\n"})
    assert planned.decision(made, "crystal.version").value == version
    assert f"FROM crystallang/crystal:{version} AS build" in made.dockerfile()


def test_a_version_file_pins_the_compiler() -> None:
    made = planned.plan({"shard.yml": SHARD, ".crystal-version": "1.18.2\n"})
    assert planned.decision(made, "crystal.version").origin.path == ".crystal-version"


def test_the_target_with_the_name_of_the_shard_is_built_and_started() -> None:
    made = planned.plan({"shard.yml": SHARD, "src/shop.cr": ""})
    assert planned.commands(made) == ("shards build --production --release --no-debug shop",)
    assert planned.started(made) == "/app/bin/shop"


def test_kemal_is_told_its_port_unless_the_code_reads_it() -> None:
    made = planned.plan({"shard.yml": KEMAL, "src/shop.cr": CODE})
    assert planned.started(made) == "/app/bin/shop --port ${PORT}"
    read = {"shard.yml": KEMAL, "src/shop.cr": 'Kemal.run ENV["PORT"].to_i\n'}
    assert planned.started(planned.plan(read)) == "/app/bin/shop"
    other = {"shard.yml": KEMAL, "src/shop.cr": 'Kemal.run ENV["HTTP_PORT"].to_i # ENV["PORT"]\n'}
    assert planned.codes(planned.plan(other)) >= {"BP648"}


def test_the_image_holds_what_programs_are_linked_with_and_what_kemal_serves() -> None:
    files = {"shard.yml": KEMAL.replace("  kemal", "  sqlite3:\n    github: x/y\n  kemal"), "public/a.css": ""}
    made = planned.plan({**files, "src/shop.cr": CODE})
    assert {"libgc1", "libpcre2-8-0", "libsqlite3-0"} <= set(made.run.apt_packages)
    assert "public/" in planned.copied(made)
    assert ("KEMAL_ENV", "production") in made.run.environment


def test_an_installation_reads_shards_that_lie_in_the_tree() -> None:
    shard = f"{SHARD}dependencies:\n  own:\n    path: ./shards/own\n"
    made = planned.plan({"shard.yml": shard, "shard.lock": "", "shards/own/shard.yml": "name: own\n"})
    install = made.phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == ["shard.yml", "shard.lock", "shards/own/"]


@pytest.mark.parametrize("text", ["- a list\n", "name: [\n", "targets: x\n"])
def test_a_broken_manifest_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(BuildplanError) as error:
        planned.plan({"shard.yml": text, "src/shop.cr": ""})
    assert "shard.yml" in str(error.value)
