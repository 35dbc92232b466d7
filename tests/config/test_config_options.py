from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from buildplan.config import options
from buildplan.config.options import Options
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.requests import Extend, ListEdit, Overrides, Replace

if TYPE_CHECKING:
    from collections.abc import Callable


def values(edit: ListEdit | None) -> list[str]:
    assert edit is not None
    items = edit.items if isinstance(edit, Replace) else (*edit.before, *edit.after)
    return [item.value for item in items]


def test_no_options_ask_for_nothing() -> None:
    assert options.read(Options()) == Overrides()


def test_options_survive_a_process_pool() -> None:
    given = Options(env={"A": "b"}, set=("port=1",), apt=("curl",))
    assert pickle.loads(pickle.dumps(given)) == given  # noqa: S301  # our own bytes


def test_commands_replace_those_of_their_phase() -> None:
    result = options.read(Options(install_cmd="npm i", build_cmd="make", start_cmd=" node x "))
    assert values(result.phases["install"].commands) == ["npm i"]
    assert values(result.phases["build"].commands) == ["make"]
    assert result.start is not None
    assert result.start.value.shell == "node x"
    assert result.start.origin == Origin("<option>", None, "--start-cmd")


def test_an_empty_build_command_means_no_build() -> None:
    result = options.read(Options(build_cmd="", start_cmd=""))
    assert result.phases["build"].commands == Replace(())
    assert result.start is None


def test_packages_are_added() -> None:
    result = options.read(Options(apt=("ffmpeg", "curl wget"), pkgs=("nodejs_20", "python@3.12", "zlib cowsay")))
    assert isinstance(result.apt_run, Extend)
    assert values(result.apt_run) == ["ffmpeg", "curl", "wget", "zlib1g", "cowsay"]
    assert {name: item.value for name, item in result.versions.items()} == {"node": "20", "python": "3.12"}


@pytest.mark.parametrize("name", ["fmpeg", "unknown@3", "(x)"])
def test_a_package_without_translation_is_an_error_of_the_option(name: str) -> None:
    with pytest.raises(ConfigError, match="translat") as caught:
        options.read(Options(pkgs=(name,)))
    assert caught.value.origin == Origin("<option>", None, "--pkgs")


def test_provider_and_app_are_choices() -> None:
    result = options.read(Options(provider=("node", "static"), app="web"))
    assert values(result.providers) == ["node", "static"]
    assert isinstance(result.providers, Replace)
    assert result.app is not None
    assert result.app.value == "web"
    assert isinstance(options.read(Options(provider=("...", "node"))).providers, Extend)


SET = [
    ("versions.node=22", lambda result: result.versions["node"].value, "22"),
    ('versions.python="3.10"', lambda result: result.versions["python"].value, "3.10"),
    ("port=3000", lambda result: result.port.value, 3000),
    ("start=node server.js", lambda result: result.start.value.shell, "node server.js"),
    ("start=['node', 'x']", lambda result: result.start.value.argv, ("node", "x")),
    ('apt.run=["...", "curl"]', lambda result: values(result.apt_run), ["curl"]),
    ("phases.build.commands=['a', 'b']", lambda result: values(result.phases["build"].commands), ["a", "b"]),
    ('mirrors."docker.io"=m.corp/x', lambda result: result.mirrors["docker.io"].value, "m.corp/x"),
    ("variables.LOG=a=b", lambda result: result.variables["LOG"].value, "a=b"),
    ("variables.DEBUG=true", lambda result: result.variables["DEBUG"].value, "true"),
    ("node.spa=false", lambda result: result.options["node.spa"].value, "false"),
    ("app=apps/web", lambda result: result.app.value, "apps/web"),
]


@pytest.mark.parametrize(("text", "pick", "expected"), SET, ids=[case[0] for case in SET])
def test_set_takes_every_key_of_the_config_file(text: str, pick: Callable[[Any], object], expected: object) -> None:
    assert pick(options.read(Options(set=(text,)))) == expected


def test_a_number_that_would_lose_its_last_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected a version in quotes"):
        options.read(Options(set=("versions.python=3.10",)))


def test_a_later_set_wins_and_the_others_add_up() -> None:
    result = options.read(Options(set=("port=1", "versions.node=20", "port=2")))
    assert result.port is not None
    assert result.port.value == 2
    assert "node" in result.versions


@pytest.mark.parametrize("text", ["", "x", "=3", "a b=3", "a..b=3", "[x]=1", "a=1\nb=2", "a\nb=2", "#=1"])
def test_what_is_no_assignment_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options.read(Options(set=(text,)))
    assert caught.value.origin is not None
    assert caught.value.origin.path == "<option>"


def test_a_mistake_in_a_set_names_the_key() -> None:
    with pytest.raises(ConfigError, match="`verions` is no key that is known") as caught:
        options.read(Options(set=("verions.node=22",)))
    assert caught.value.hint == "did you mean `versions`?"
    assert caught.value.origin == Origin("<option>", None, "--set verions.node")


def test_a_secret_given_with_set_leaves_only_its_name() -> None:
    result = options.read(Options(set=("variables.NPM_TOKEN=hunter2",)))
    assert [item.value for item in result.secrets] == ["NPM_TOKEN"]
    assert "hunter2" not in repr(result)


def test_a_plan_as_json_lies_below_the_other_options() -> None:
    plan = '{"providers": [], "phases": {"build": {"cmds": ["a"]}}, "start": {"cmd": "x"}}'
    result = options.read(Options(json_plan=plan, start_cmd="y"))
    assert result.providers == Replace(())
    assert values(result.phases["build"].commands) == ["a"]
    assert result.start is not None
    assert result.start.value.shell == "y"
    with pytest.raises(ConfigError, match="it is not JSON") as caught:
        options.read(Options(json_plan="{"))
    assert caught.value.origin == Origin("--json-plan", 1)
