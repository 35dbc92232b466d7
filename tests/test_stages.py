"""Phases become stages: one per chain, one more where chains part; nothing that nobody needs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buildplan.errors import PlanError
from buildplan.image.instructions import Command, Copy, Environment, From
from buildplan.image.mirrors import reference
from buildplan.image.stages import lower, ordered
from buildplan.model.build_plan import BuildPlan, Input, Phase, Process, ProviderUse, Run, Runtime, Site, Variable

NODE = Runtime("node", "24", image="node:24-trixie-slim")
SETUP = Phase("setup", runtime=NODE)
INSTALL = Phase("install", commands=("npm ci",), inputs=(Input("package.json"),), depends_on=("setup",))
BUILD = Phase("build", commands=("npm run build",), inputs=(Input("."),), depends_on=("install",))
PRUNE = Phase("prune", commands=("npm prune --omit=dev",), depends_on=("install",))


def plan(phases: tuple[Phase, ...], copies: tuple[Input, ...], **changes: object) -> BuildPlan:
    base = BuildPlan(
        providers=(ProviderUse("node", "app"),),
        phases=phases,
        run=Run(NODE, copies=copies),
        processes=(Process("web", argv=("node", "x.js"), port=3000),),
        start="web",
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # keyword pass-through


def names(built: BuildPlan) -> list[str]:
    return [stage.name for stage in lower(built)]


def bases(built: BuildPlan) -> list[tuple[str, str | None]]:
    firsts = [stage.instructions[0] for stage in lower(built)]
    return [(first.image, first.name) for first in firsts if isinstance(first, From)]


def test_a_chain_of_phases_is_one_stage_named_after_its_last_phase() -> None:
    built = plan((SETUP, INSTALL, BUILD), (Input(".", "build"),))
    assert names(built) == ["build", ""]


def test_phases_that_go_on_from_the_same_phase_get_a_common_stage_below_them() -> None:
    built = plan((SETUP, INSTALL, BUILD, PRUNE), (Input("node_modules/", "prune"), Input("dist/", "build")))
    assert bases(built) == [
        ("node:24-trixie-slim", "deps"),
        ("deps", "build"),
        ("deps", "prod-deps"),
        ("node:24-trixie-slim", None),
    ]


def test_a_phase_that_the_image_copies_from_ends_a_stage_even_when_others_go_on_from_it() -> None:
    built = plan((SETUP, INSTALL, BUILD), (Input("node_modules/", "install"), Input("dist/", "build")))
    assert names(built) == ["deps", "build", ""]


def test_a_phase_whose_result_nobody_needs_is_left_out() -> None:
    lint = Phase("lint", commands=("npm run lint",), depends_on=("install",))
    built = plan((SETUP, INSTALL, BUILD, lint), (Input(".", "build"),))
    assert not any("lint" in str(stage.instructions) for stage in lower(built))


def test_a_phase_that_depends_on_two_branches_sees_the_results_of_both() -> None:
    first = Phase("first", commands=("one",), depends_on=("install",))
    second = Phase("second", commands=("two",), depends_on=("install",))
    last = Phase("last", commands=("three",), depends_on=("first", "second"))
    built = plan((SETUP, INSTALL, first, second, last), (Input(".", "last"),))
    (stage, _) = lower(built)
    text = str(stage.instructions)
    assert text.index("'one'") < text.index("'two'") < text.index("'three'")


def test_phases_in_a_circle_are_an_error_that_prints_the_circle() -> None:
    a = Phase("a", depends_on=("b",))
    b = Phase("b", depends_on=("a",))
    with pytest.raises(PlanError, match="a → b → a"):
        ordered((a, b))


def test_a_repeated_dependency_is_not_a_circle() -> None:
    twice = replace(BUILD, depends_on=("install", "install"))
    assert [phase.name for phase in ordered((twice, INSTALL, SETUP))] == ["setup", "install", "build"]


def test_a_phase_without_a_runtime_and_without_dependencies_is_an_error() -> None:
    with pytest.raises(PlanError, match="starts from nothing"):
        lower(plan((Phase("build", commands=("make",)),), (Input(".", "build"),)))


def test_files_for_one_directory_are_copied_by_one_instruction() -> None:
    install = replace(INSTALL, inputs=(Input("package.json"), Input("package-lock.json"), Input("ui/package.json")))
    (stage, _) = lower(plan((SETUP, install), (Input("node_modules/", "install"),)))
    copies = [item for item in stage.instructions if isinstance(item, Copy)]
    assert [(item.sources, item.destination) for item in copies] == [
        (("package.json", "package-lock.json"), "./"),
        (("ui/package.json",), "./ui/"),
    ]


def test_variables_reach_the_build_after_the_dependencies_and_the_image() -> None:
    variables = (Variable("A", "1"), Variable("B", "2", "run"), Variable("C", "3", "build"))
    built = plan((SETUP, INSTALL, BUILD), (Input(".", "build"),), variables=variables)
    build, shipped = lower(built)
    (in_build,) = [item for item in build.instructions if isinstance(item, Environment)]
    (in_image,) = [item for item in shipped.instructions if isinstance(item, Environment)]
    assert in_build.variables == (("A", "1"), ("C", "3"))
    assert in_image.variables == (("A", "1"), ("B", "2"))
    assert build.instructions.index(in_build) > str(build.instructions).count("npm ci")


def test_a_process_that_the_plan_does_not_have_is_an_error_that_lists_what_it_has() -> None:
    with pytest.raises(PlanError, match="no process `cron`; the plan has `web`"):
        lower(plan((SETUP, INSTALL), (Input(".", "install"),)), process="cron")


def test_a_site_is_copied_below_the_root_of_the_web_server() -> None:
    built = plan((SETUP, INSTALL, BUILD), (Input("dist/", "build", ""),))
    built = replace(built, run=replace(built.run, site=Site(), user="101:101"))
    copies = [item for item in lower(built)[-1].instructions if isinstance(item, Copy)]
    assert [(item.sources, item.destination) for item in copies] == [(("/app/dist",), "/usr/share/nginx/html/")]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("node:24", "mirror.corp/hub/library/node:24"),
        ("nginxinc/nginx-unprivileged:1.30", "mirror.corp/hub/nginxinc/nginx-unprivileged:1.30"),
        ("ghcr.io/astral-sh/uv:1", "ghcr.io/astral-sh/uv:1"),
        ("localhost:5000/x:1", "localhost:5000/x:1"),
    ],
)
def test_a_mirror_takes_the_place_of_the_registry_that_it_mirrors(image: str, expected: str) -> None:
    assert reference(image, (("docker.io", "mirror.corp/hub"),)) == expected


@pytest.mark.parametrize(("suite", "archived"), [("buster", True), ("stretch", True), ("bookworm", False)])
def test_apt_asks_the_archive_for_a_release_that_the_mirrors_no_longer_have(suite: str, archived: bool) -> None:  # noqa: FBT001  # a column
    old = Runtime("node", "14", image=f"node:14-{suite}-slim")
    setup = Phase("setup", runtime=old, apt_packages=("gcc",))
    built = plan((setup, INSTALL), (Input("node_modules/", "install"),), run=Run(old, apt_packages=("libpq5",)))
    for stage in lower(built):
        texts = [line for item in stage.instructions if isinstance(item, Command) for line in item.lines]
        switched = [index for index, text in enumerate(texts) if "archive.debian.org" in text]
        assert switched == ([0] if archived else [])
        assert ("apt-get update" in texts) is True


def test_an_image_without_packages_keeps_its_sources() -> None:
    old = Runtime("node", "14", image="node:14-buster-slim")
    built = plan((Phase("setup", runtime=old), INSTALL), (Input("node_modules/", "install"),), run=Run(old))
    assert not any("archive" in str(stage) for stage in lower(built))
