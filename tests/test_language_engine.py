"""What rows mean: a language that is declared, and has no code for detection, phases or images.

The toy's manifest lists packages, one a line, `program NAME` names one that is built.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING

import planned
import pytest
from conftest import FIXTURES

from buildplan.api import open_source
from buildplan.errors import NoStartError, PlanError
from buildplan.language import ports, registry, versions
from buildplan.language.contract import PlanContext, Strength
from buildplan.language.declare import Language, late
from buildplan.language.packages import Dependency, Need
from buildplan.language.rules import App, Compiled, Framework, Interpreted, Manager, Program, Rules
from buildplan.language.start import Start
from buildplan.model.build_plan import Cache, Input
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import CommandRequest, Overrides

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan
    from buildplan.source import SourceTree

MANIFEST = "toy.txt"
OWNER = Origin("Procfile", 1, "web")


def read(tree: SourceTree) -> tuple[str, ...]:
    return tuple(tree.text(MANIFEST).split("\n"))


def dependencies(lines: tuple[str, ...]) -> dict[str, Dependency]:
    return {name: Dependency(name, Origin(MANIFEST, number)) for number, name in enumerate(lines, 1)}


def main_file(app: App[tuple[str, ...]]) -> Start | None:
    return Start("toy main.toy", Origin("main.toy"), "the main file") if app.tree.has("main.toy") else None


def programs(app: App[tuple[str, ...]]) -> tuple[Program, ...]:
    named = [line.removeprefix("program ") for line in app.facts if line.startswith("program ")]
    return tuple(Program(name, f"src/{name}", Origin(MANIFEST)) for name in named)


def reads_port(app: App[tuple[str, ...]]) -> ports.Found | None:
    text = app.tree.text_or_none("main.toy") or ""
    return ports.of_variables(((word, Origin("main.toy")) for word in text.split()), 4000)


SOURCE = Rules(
    read=read,
    dependencies=dependencies,
    versions=versions.usual("ruby"),
    image=Interpreted(build=(("toy compile-assets", "assets"),), writable=("log",), artifacts=("out",)),
    managers=(
        Manager("fast", "fast.lock", "fast install", (MANIFEST, "fast.lock"), "what fast.lock names"),
        Manager(
            "slow",
            "slow.lock",
            "slow install --frozen",
            (MANIFEST, "slow.lock", "vendor/"),
            "what slow.lock names",
            unlocked="slow install",
            fix="run `slow lock`",
            caches=(Cache("slow", "/root/.slow"),),
            makes=("packages/",),
            environment=(("SLOW_QUIET", "1", "a build talks to nobody"),),
        ),
    ),
    frameworks=(
        Framework("big", "Big", ("big",), 3000, environment=(("BIG_ENV", "production"),)),
        Framework("deaf", "Deaf", ("deaf",), 5000, reads_port=False),
        Framework("told", "Told", ("told",), 6000, "--port {port}"),
        Framework("job", "Job", ("job",)),
    ),
    needs=(Need(("pg",), build=("libpq-dev",), run=("libpq5",)),),
    starts=(main_file,),
    ports=reads_port,
)
PROGRAMS = SOURCE._replace(
    image=Compiled("toyc {source} -o {output}", "/out/{name}", "slim", "nothing is linked", artifacts=("bin",)),
    programs=programs,
    starts=(),
    managers=(),
)
TOY = Language("toy", "Toy", start_help="main.toy", manifests=(MANIFEST,), sources=("*.toy",), runtimes=("ruby",))
INTERPRETED = replace(TOY, rules=lambda: SOURCE)
COMPILED = replace(TOY, rules=lambda: PROGRAMS)


def plan(language: Language, files: dict[str, str], overrides: Overrides | None = None) -> ProviderPlan:
    return language.plan(planned.of(files), PlanContext(overrides or Overrides()))


def asking(line: str, origin: Origin = OWNER, **processes: str) -> Overrides:
    others = {name: Sourced(CommandRequest(shell=text), origin) for name, text in processes.items()}
    return Overrides(start=Sourced(CommandRequest(shell=line), origin), processes=others)


def decided(made: ProviderPlan) -> dict[str, str]:
    return {item.field: item.value for item in made.decisions}


def codes(made: ProviderPlan) -> list[str]:
    return [item.code for item in made.diagnostics]


def test_a_tree_is_an_app_where_it_is_known_what_to_start() -> None:
    app = INTERPRETED.detect(planned.of({MANIFEST: "big", "main.toy": ""}), Overrides())
    library = INTERPRETED.detect(planned.of({MANIFEST: "big"}), Overrides())
    asked = INTERPRETED.detect(planned.of({MANIFEST: ""}), asking("toy x"))
    assert app is not None
    assert library is not None
    assert asked is not None
    assert (app.strength, app.frameworks, app.evidence[0].text) == (Strength.APP, ("big",), "the main file")
    assert (library.strength, asked.strength) == (Strength.MANIFEST, Strength.APP)
    assert INTERPRETED.detect(planned.of({"main.toy": ""}), Overrides()) is None


def test_a_manifest_that_cannot_be_read_is_still_a_claim() -> None:
    broken = planned.of({MANIFEST: "\0"})
    claim = INTERPRETED.detect(broken, Overrides())
    assert claim is not None
    assert claim.strength is Strength.MANIFEST


def test_an_app_in_a_folder_is_found_below_a_root_of_documents() -> None:
    assert INTERPRETED.below is not None
    files = {"README.md": "", f"api/{MANIFEST}": "", "api/main.toy": ""}
    (folder,) = INTERPRETED.below(planned.of(files), Overrides())
    assert folder.directory == "api"
    assert INTERPRETED.below(planned.of({**files, MANIFEST: ""}), Overrides()) == ()
    assert INTERPRETED.below(planned.of({**files, "x.toy": ""}), Overrides()) == ()


def test_an_interpreted_app_ships_its_packages_and_what_the_build_made() -> None:
    files = {MANIFEST: "big\npg", "slow.lock": "", "main.toy": "", "vendor/x": ""}
    made = plan(INTERPRETED, files)
    setup, install, build = made.phases
    assert made.run is not None
    assert (setup.apt_packages, made.run.apt_packages) == (("libpq-dev",), ("libpq5",))
    assert install.commands == ("slow install --frozen",)
    assert [item.path for item in install.inputs] == [MANIFEST, "slow.lock", "vendor/"]
    assert install.environment == (("SLOW_QUIET", "1"),)
    assert build.commands == ("toy compile-assets",)
    assert made.run.copies == (Input("packages/", "install"), Input(".", "build"))
    assert made.run.writable == (".", "log")
    assert made.run.environment == (("HOME", "/app"), ("BIG_ENV", "production"), ("PORT", "3000"))
    assert made.processes[0].argv == ("toy", "main.toy")
    assert made.processes[0].port == 3000
    assert made.artifacts == ("out",)
    assert decided(made)["phases.install.commands"] == "slow install --frozen"


def test_the_lock_file_chooses_the_package_manager_and_the_last_one_is_taken_without() -> None:
    made = plan(INTERPRETED, {MANIFEST: "", "fast.lock": "", "main.toy": ""})
    assert made.phases[1].commands == ("fast install",)
    assert codes(made) == []
    unlocked = plan(INTERPRETED, {MANIFEST: "", "main.toy": ""})
    assert unlocked.phases[1].commands == ("slow install",)
    assert codes(unlocked) == ["BP612"]


@pytest.mark.parametrize(
    ("files", "start", "port"),
    [
        ({MANIFEST: "told", "main.toy": ""}, "toy main.toy --port ${PORT}", 6000),
        ({MANIFEST: "told", "main.toy": "PORT"}, "toy main.toy", 4000),
        ({MANIFEST: "deaf", "main.toy": ""}, "toy main.toy", 5000),
        ({MANIFEST: "", "main.toy": "HTTP_PORT"}, 'HTTP_PORT="${HTTP_PORT:-$PORT}" exec toy main.toy', 4000),
        ({MANIFEST: "job", "main.toy": ""}, "toy main.toy", None),
    ],
)
def test_the_port_reaches_the_app_as_its_framework_or_its_code_wants_it(
    files: dict[str, str], start: str, port: int | None
) -> None:
    process = plan(INTERPRETED, files).processes[0]
    assert (process.text, process.port) == (start, port)
    assert process.name == ("worker" if port is None else "web")


def test_a_compiled_app_ships_the_programs_that_are_started_and_nothing_else() -> None:
    made = plan(COMPILED, {MANIFEST: "big\nprogram shop\nprogram jobs"})
    assert made.run is not None
    assert made.phases[-1].commands == ("toyc src/shop -o /out/shop",)
    assert made.phases[-1].outputs == ("/out/shop",)
    assert made.run.runtime.name == "distroless"
    assert made.run.copies == (Input("/out/shop", "build", "bin/"),)
    assert made.processes[0].argv == ("/app/bin/shop",)


@pytest.mark.parametrize("name", ["../shop", "a b", "$(id)", "-rf", "", "x" * 200])
def test_a_program_whose_name_is_not_that_of_a_file_is_not_built(name: str) -> None:
    made = plan(COMPILED, {MANIFEST: f"program {name}\nprogram shop"})
    assert made.phases[-1].outputs == ("/out/shop",)


@pytest.mark.parametrize(
    ("line", "started", "built"),
    [
        ("shop --all", "/app/bin/shop --all", ["shop"]),
        ("exec ./bin/jobs", "/app/bin/jobs", ["jobs"]),
        ("shop && shop", "shop && shop", ["shop"]),
        ("A=1 shop", "A=1 shop", ["shop"]),
        ("jobs up && exec shop", "jobs up && exec shop", ["jobs", "shop"]),
        ("other", "other", ["shop"]),
    ],
)
def test_a_start_command_names_the_programs_that_are_built(line: str, started: str, built: list[str]) -> None:
    made = plan(COMPILED, {MANIFEST: "program shop\nprogram jobs"}, asking(line))
    assert made.processes[0].text == started
    assert made.phases[-1].outputs == tuple(f"/out/{name}" for name in built)


def test_every_program_that_a_process_names_is_built() -> None:
    overrides = asking("./bin/jobs --all", worker="shop")
    made = plan(COMPILED, {MANIFEST: "program shop\nprogram jobs"}, overrides)
    assert made.run is not None
    assert made.phases[-1].outputs == ("/out/jobs", "/out/shop")
    assert [process.argv for process in made.processes] == [("/app/bin/jobs", "--all"), ("/app/bin/shop",)]
    assert made.run.runtime.name == "distroless"
    assert made.processes[0].port == 8080  # `web` of a Procfile listens


@pytest.mark.parametrize(
    ("lines", "overrides"),
    [("program shop\npg", None), ("program shop", asking("shop && other")), ("told\nprogram shop", None)],
)
def test_a_compiled_app_that_needs_libraries_or_a_shell_is_shipped_on_debian(
    lines: str, overrides: Overrides | None
) -> None:
    made = plan(COMPILED, {MANIFEST: lines}, overrides)
    assert made.run is not None
    assert made.run.runtime.name == "debian"
    assert made.run.paths == ("/app/bin",)
    assert {"ca-certificates", "tzdata"} <= set(made.run.apt_packages)


def test_an_app_without_a_start_says_what_would_be_one() -> None:
    with pytest.raises(NoStartError, match="nothing says how to start this Toy app") as error:
        plan(INTERPRETED, {MANIFEST: ""})
    assert error.value.hint == "add main.toy"


def test_a_language_that_makes_no_assets_refuses_the_role() -> None:
    with pytest.raises(PlanError, match="Toy builds no files for the app of another language"):
        INTERPRETED.plan(planned.of({MANIFEST: ""}), PlanContext(Overrides(), "assets"))


def test_what_a_language_does_itself_the_engine_leaves_alone() -> None:
    own = replace(TOY, rules=lambda: SOURCE, detect=lambda _tree, _overrides: None)
    assert own.detect(planned.of({MANIFEST: "", "main.toy": ""}), Overrides()) is None
    assert own.plan(planned.of({MANIFEST: "", "main.toy": ""}), PlanContext()).processes


def test_check_asks_the_rows_for_versions_too() -> None:
    assert INTERPRETED.versions is not None
    (wanted,) = INTERPRETED.versions()
    assert wanted.runtime == "ruby"
    assert wanted.facts(planned.of({MANIFEST: "a\nb"}), "") == ("a", "b")


def test_the_packages_of_an_app_are_told_to_whoever_asks_which_services_it_speaks_to() -> None:
    assert INTERPRETED.dependencies is not None
    found = INTERPRETED.dependencies(planned.of({MANIFEST: "pg\nbig"}), Overrides())
    assert [(item.name, item.origin.line) for item in found] == [("pg", 1), ("big", 2)]


def test_a_late_function_is_imported_when_it_is_called_and_rows_are_returned() -> None:
    assert late(".origin:rule", "buildplan.model")("x") == Origin("<rule>", key="x")
    assert late(".ports:LARGEST", "buildplan.language")() == 65535
    code = (
        "import sys; from buildplan.language.declare import late; f = late('xml.sax.saxutils:escape', '');"
        "assert 'xml.sax.saxutils' not in sys.modules; assert f('<') == '&lt;'"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", sorted(registry.languages()))
def test_every_late_function_of_a_declaration_is_there(name: str) -> None:
    language = registry.languages()[name]
    late_ones = [getattr(language, field.name) for field in fields(language)]
    for function in (item for item in late_ones if isinstance(item, partial)):
        module, _, attribute = function.args[0].partition(":")
        package = function.args[1] if isinstance(function.args[1], str) else None
        found = getattr(importlib.import_module(module, package), attribute)
        assert callable(found) or (isinstance(found, tuple) and found)


def test_planning_an_app_imports_of_languages_that_cannot_claim_it_nothing_but_their_declarations() -> None:
    code = (
        "import sys, buildplan; from buildplan.language import registry; registry.languages();"
        "known = set(sys.modules); buildplan.plan(sys.argv[1]).dockerfile();"
        "more = {name for name in set(sys.modules) - known if name.startswith('buildplan.providers.')};"
        "print(*sorted(more))"
    )
    app = FIXTURES / "node-express-plain"
    done = subprocess.run([sys.executable, "-c", code, app], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "buildplan.providers.node.plan" in loaded
    asked = {language.name for language in registry.builtin(open_source(app))}
    assert "ruby" not in asked
    assert {name.split(".")[2].removesuffix("_tables") for name in loaded} <= asked
    declarations = (
        "import sys; from buildplan.language import registry; registry.languages();"
        "print(*(name for name in sys.modules if name.startswith('buildplan.providers.')))"
    )
    done = subprocess.run([sys.executable, "-c", declarations], capture_output=True, text=True, check=True)
    assert len(done.stdout.split()) == len(registry.languages())
