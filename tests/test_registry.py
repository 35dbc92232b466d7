"""Third-party providers: found by entry point, and refused with one line when they are broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint
from itertools import takewhile
from pathlib import Path

import pytest
from buildplan.providers.deno import manifest as deno_manifest
from buildplan.providers.java import detect as java_detect
from buildplan.providers.python.detect import MANIFESTS
from conftest import FIXTURE_NAMES, FIXTURES, ROOT

from buildplan import catalogue
from buildplan.api import open_source
from buildplan.errors import ConfigError, PluginError
from buildplan.language import registry
from buildplan.language.contract import Provider
from buildplan.language.declare import Language, _call
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides

PLUGIN = """
from buildplan.contract import Detection, Evidence, Input, Origin, Process, Provider, ProviderPlan
from buildplan.contract import Run, Runtime, Strength


def detect(tree, overrides):
    if not tree.has("main.toy"):
        return None
    return Detection(Strength.APP, (Evidence("a toy program", Origin("main.toy")),))


def plan(tree, context):
    return ProviderPlan(
        run=Run(Runtime("node", "24"), copies=(Input("main.toy"),)),
        processes=(Process("web", argv=("node", "main.toy"), port=3000),),
    )


PROVIDER = Provider("toy", "Toy", detect, plan, "add a main.toy")
"""
# A language of its own: its runtime is in no table of buildplan, and its version is resolved like any other.
ZIGGY = """
from datetime import date

from buildplan.contract import Detection, Evidence, Input, Line, Origin, Phase, Process, Provider, ProviderPlan
from buildplan.contract import Reasons, Request, Run, Runtime, RuntimeTable, Strength, resolve

TABLE = RuntimeTable(
    name="ziggy",
    title="Ziggy",
    source="the releases of Ziggy",
    as_of=date(2026, 11, 1),
    default="1.18",
    lines=(
        Line("1.18", (1, 18), (1, 18, 2), date(2026, 9, 1)),
        Line("1.14", (1, 14), (1, 14, 1), date(2024, 10, 9)),
    ),
    images={"slim": "ziggylang/ziggy:{version}"},
)
BUILD = Phase("build", commands=("ziggy build",), inputs=(Input("."),), depends_on=("setup",))


def detect(tree, overrides):
    if not tree.has("ziggy.yml"):
        return None
    return Detection(Strength.APP, (Evidence("a shard", Origin("ziggy.yml")),))


def plan(tree, context):
    reasons = Reasons()
    written = tree.text_or_none(".ziggy-version")
    asked = [Request(written, Origin(".ziggy-version", 1))] if written is not None else []
    found = resolve("ziggy", asked, reasons)
    if found.version == "1.14":
        runtime = Runtime("ziggy", found.version, found.requested, image="ziggylang/ziggy:1.14-alpine")
    else:
        runtime = Runtime("ziggy", found.version, found.requested)
    reasons.decide("start", "bin/app", Origin("ziggy.yml"), "the target")
    return ProviderPlan(
        phases=(Phase("setup", runtime=runtime), BUILD),
        run=Run(runtime, copies=(Input("bin/app", phase="build"),)),
        processes=(Process("web", argv=("bin/app",), port=3000),),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def detect_broken(tree, overrides):
    return [][0] if tree.has("main.broken") else None


PROVIDER = Provider("ziggy", "Ziggy", detect, plan, "name a target in ziggy.yml", catalogue=(TABLE,))
BROKEN = Provider("broken", "Broken", detect_broken, plan, "none")
"""
PROJECT = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "buildplan-toy"
version = "1.0"

[project.entry-points."buildplan.providers"]
toy = "buildplan_toy:PROVIDER"
ziggy = "buildplan_ziggy:PROVIDER"
broken = "buildplan_ziggy:BROKEN"

[tool.setuptools]
py-modules = ["buildplan_toy", "buildplan_ziggy"]
"""


def test_a_provider_of_another_package_is_found_in_a_fresh_environment(tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.mkdir()
    (plugin / "buildplan_toy.py").write_text(PLUGIN)
    (plugin / "buildplan_ziggy.py").write_text(ZIGGY)
    (plugin / "pyproject.toml").write_text(PROJECT)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "main.toy").write_text("console.log(1)")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
    install: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        str(ROOT),
        str(plugin),
    ]
    # A registry that is slow for a moment is asked again.
    tries = (subprocess.run(install, capture_output=True, text=True, check=False, cwd=tmp_path) for _ in range(3))
    errors = [done.stderr for done in takewhile(lambda done: done.returncode != 0, tries)]
    assert len(errors) < 3, errors
    shown = subprocess.run(
        [python, "-m", "buildplan", "detect", tree], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert shown.stdout.startswith("toy")
    printed = subprocess.run(
        [python, "-m", "buildplan", tree], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert 'CMD ["node", "main.toy"]' in printed.stdout

    shard = tmp_path / "shard"
    shard.mkdir()
    (shard / "ziggy.yml").write_text("name: app")
    for version, image in ((None, "1.18"), ("1.18.1", "1.18.1"), ("1.14", "1.14-alpine")):
        if version is not None:
            (shard / ".ziggy-version").write_text(version)
        printed = subprocess.run(
            [python, "-m", "buildplan", shard], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert f"FROM ziggylang/ziggy:{image} AS build" in printed.stdout, printed.stderr

    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "main.broken").write_text("")
    failed = subprocess.run([python, "-m", "buildplan", broken], capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert failed.stderr.startswith(
        "<entry point buildplan.providers> broken: BP401 the provider `broken` of `buildplan-toy` failed in `detect`: "
        "IndexError: list index out of range\n\nhint: report it to the authors of `buildplan-toy`"
    )


def entry(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    points = [EntryPoint(name, value, registry.GROUP)]
    monkeypatch.setattr(registry, "_may_have_entry_points", lambda: True)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: points)


def installed(folder: Path, group: str) -> None:
    """Lay down what an installer writes for a package with one entry point that is not a provider."""
    metadata = folder / "toy-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{group}]\ntoy = json:JSONDecoder\n")


def test_a_provider_is_found_by_the_metadata_in_any_folder_of_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed(tmp_path, registry.GROUP)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match="the provider `toy` of `toy` is a `type`"):
        registry.third_party()


def test_a_provider_is_found_in_an_archive_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed(tmp_path / "content", registry.GROUP)
    archive = shutil.make_archive(str(tmp_path / "packages"), "zip", tmp_path / "content")
    monkeypatch.syspath_prepend(archive)
    with pytest.raises(PluginError, match="the provider `toy` of `toy` is a `type`"):
        registry.third_party()


def test_the_metadata_library_is_not_loaded_for_entry_points_of_other_groups(tmp_path: Path) -> None:
    installed(tmp_path, "console_scripts")
    code = (
        "import sys; from buildplan.language import registry; found = registry.third_party()\n"
        "print(found, 'importlib.metadata' in sys.modules)"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[1]}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("() False\n", "")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("node", "json:loads", "has the name of a built-in provider"),
        ("zig", "no_such_module:PROVIDER", "cannot be loaded: ModuleNotFoundError"),
        ("zig", "json:JSONDecoder", "expected a `Provider`"),
    ],
)
def test_a_broken_provider_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    entry(monkeypatch, name, value)
    with pytest.raises(PluginError, match=message):
        registry.third_party()


def _wrong(*_: object) -> str:
    return "not a detection"


WRONG = Provider("wrong", "Wrong", _wrong, _wrong, "none")  # type: ignore[arg-type]  # a plugin has no type checker


@pytest.mark.parametrize("function", ["detect", "plan"])
def test_a_provider_that_returns_something_else_is_named(monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    entry(monkeypatch, "wrong", "test_registry:WRONG")
    provider = registry.third_party()[0]
    with pytest.raises(PluginError, match=f"returned a `str` from `{function}`; expected "):
        getattr(provider, function)(open_source({"a": ""}), Overrides())


def test_a_provider_cannot_replace_a_built_in_runtime() -> None:
    with pytest.raises(PluginError, match="the runtime `node` is built in"):
        catalogue.add(catalogue.runtime("node"))


def test_a_runtime_without_its_default_line_is_refused() -> None:
    with pytest.raises(PluginError, match="the runtime `zig` has no line `1`, which is its default") as caught:
        catalogue.add(catalogue.runtime("node")._replace(name="zig", default="1"))
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("its lines: 26, 25")


def test_an_unknown_name_names_the_nearest_one() -> None:
    with pytest.raises(ConfigError) as caught:
        registry.named("nod", Origin("buildplan.toml", 1))
    assert caught.value.hint == "did you mean `node`?"


def test_the_name_that_nixpacks_uses_is_understood() -> None:
    assert registry.named("staticfile", Origin("nixpacks.toml")).name == "static"


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_a_provider_that_is_not_loaded_would_not_have_claimed_the_tree(name: str) -> None:
    tree = open_source(FIXTURES / name)
    asked = {provider.name for provider in registry.builtin(tree)}
    left_out = [provider for provider in registry.builtin() if provider.name not in asked]
    assert [provider.name for provider in left_out if provider.detect(tree, Overrides()) is not None] == []


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("index.html", {"shell", "static"}),
        ("package.json", {"node", "shell", "static"}),
        ("backend/manage.py", {"python", "shell", "static"}),
        ("src/App.csproj", {"dotnet", "shell", "static"}),
    ],
)
def test_only_providers_that_might_claim_the_tree_are_loaded(file: str, expected: set[str]) -> None:
    tree = open_source({file: ""})
    assert {provider.name for provider in registry.builtin(tree)} == expected


@pytest.mark.parametrize(
    ("provider", "manifests"),
    [("python", MANIFESTS), ("java", java_detect.MANIFESTS), ("deno", deno_manifest.NAMES)],
)
def test_a_manifest_of_a_provider_is_enough_to_load_it(provider: str, manifests: tuple[str, ...]) -> None:
    for name in manifests:
        assert provider in {item.name for item in registry.builtin(open_source({name: ""}))}, name


def test_the_declarations_load_nothing_of_a_provider() -> None:
    code = (
        "import sys\n"
        "from buildplan.language import registry\n"
        "registry.languages()\n"
        "print(sorted(name for name in sys.modules if name.startswith('buildplan.providers.') and name.count('.') > 2))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_option_that_chooses_an_app_is_declared_with_its_help() -> None:
    for language in registry.languages().values():
        assert language.app_option is None or language.app_option in language.options, language.name


def test_an_alias_belongs_to_one_language() -> None:
    names = [*registry.languages(), *(alias for item in registry.languages().values() for alias in item.aliases)]
    assert sorted(names) == sorted(set(names))


def test_every_function_that_a_language_names_is_there() -> None:
    named = [
        (language.name, value.args[0], value.args[1])
        for language in registry.languages().values()
        for name in Language.__dataclass_fields__
        if isinstance(value := getattr(language, name), partial) and value.func is _call
    ]
    assert len(named) > 40
    for language, target, package in named:
        module, _, function = target.partition(":")
        assert hasattr(import_module(module, package or None), function), f"{language}: {target}"
