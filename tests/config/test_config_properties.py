from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from buildplan.config import buildplan_toml, environment
from buildplan.config.load import load
from buildplan.config.options import Options
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from collections.abc import Callable

# Real key names, so that values of any type arrive where the readers look.
KEYS = st.sampled_from(
    [
        *(
            "providers",
            "phases",
            "start",
            "variables",
            "cmd",
            "cmds",
            "nixPkgs",
            "aptPkgs",
            "build",
            "setup",
            "install",
        ),
        *("dependsOn", "steps", "deploy", "commands", "inputs", "include", "step", "packages", "caches", "secrets"),
        *(
            "startCommand",
            "aptPackages",
            "apt",
            "run",
            "versions",
            "node",
            "environment",
            "value",
            "scope",
            "processes",
        ),
        *("port", "user", "mirrors", "base_images", "buildImage", "staticAssets", "base", "paths", "directory", "..."),
    ]
)
SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | KEYS


def tables(scalars: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
        max_leaves=20,
    )
    return st.dictionaries(KEYS, values, max_size=6)


def outcome(call: Callable[[], Overrides]) -> Overrides | ConfigError:
    """Return what came out; anything but overrides or an error of the configuration fails the test."""
    try:
        return call()
    except ConfigError as error:
        return error


@settings(max_examples=150, deadline=None)
@given(tables(SCALARS | st.none()), st.sampled_from(["nixpacks.json", "railpack.json"]))
def test_any_json_gives_overrides_or_an_error_with_its_place(data: object, path: str) -> None:
    found = outcome(lambda: load(SourceTree(MemoryBackend({path: json.dumps(data)})), Options()))
    assert isinstance(found, Overrides) or (found.origin is not None and found.origin.path == path)


@settings(max_examples=150, deadline=None)
@given(tables(SCALARS))
def test_any_table_gives_overrides_or_an_error_with_its_place(data: dict[str, Any]) -> None:
    found = outcome(lambda: buildplan_toml.overrides_from(data, lambda keys: Origin("x.toml", None, str(keys))))
    assert isinstance(found, Overrides) or found.origin is not None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["Procfile", "nixpacks.toml", "buildplan.toml", "railpack.json"]))
def test_any_text_gives_overrides_or_an_error_with_its_place(text: str, path: str) -> None:
    files = {path: text.encode("utf-8", "replace")}
    found = outcome(lambda: load(SourceTree(MemoryBackend(files)), Options()))
    assert isinstance(found, Overrides) or (found.origin is not None and found.origin.path == path)


NAMES = st.sampled_from(sorted(environment.PREFIXES)).flatmap(
    lambda prefix: st.sampled_from(["NODE_VERSION", "APT_PKGS", "PKGS", "PORT", "PROVIDERS", "X"]).map(prefix.__add__)
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES | st.text(max_size=8), st.text(max_size=30), max_size=4))
def test_any_environment_gives_overrides_or_an_error_and_no_value_of_two_lines(env: dict[str, str]) -> None:
    found = outcome(lambda: environment.read(env))
    if isinstance(found, Overrides):
        assert all("\n" not in variable.value for variable in found.variables.values())
    else:
        assert found.origin is not None
