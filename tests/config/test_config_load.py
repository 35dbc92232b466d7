from __future__ import annotations

import subprocess
import sys

import pytest

from buildplan.config.load import load
from buildplan.config.options import Options
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend


def loaded(files: dict[str, str], options: Options | None = None) -> Overrides:
    return load(SourceTree(MemoryBackend(files)), options or Options())


ALL = {
    "Procfile": "web: procfile\nworker: procfile\n",
    "nixpacks.toml": '[start]\ncmd = "file"\n[variables]\nA = "file"\n',
}


def test_nothing_asks_for_nothing() -> None:
    assert loaded({"package.json": "{}"}) == Overrides()


def test_each_source_beats_the_one_below_it_and_the_losers_are_kept() -> None:
    result = loaded(ALL, Options(env={"NIXPACKS_START_CMD": "environment", "A": "environment"}, start_cmd="option"))
    assert result.start is not None
    assert result.start.value.shell == "option"
    assert [(field, lost.value, str(winner)) for field, lost, winner in result.beaten] == [
        ("start", "procfile", "nixpacks.toml:2 start.cmd"),
        ("start", "file", "<environment> NIXPACKS_START_CMD"),
        ("variables.A", "file", "<environment> A"),
        ("start", "environment", "<option> --start-cmd"),
    ]
    assert result.variables["A"].value == "environment"
    assert result.processes["worker"].value.shell == "procfile"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Options(), "file"),
        (Options(env={"NIXPACKS_START_CMD": "environment"}), "environment"),
        (Options(env={"NIXPACKS_START_CMD": "environment"}, set=("start=option",)), "option"),
    ],
)
def test_the_start_command_of_the_strongest_source_wins(options: Options, expected: str) -> None:
    start = loaded(ALL, options).start
    assert start is not None
    assert start.value.shell == expected


FILES = {
    "buildplan.toml": 'start = "buildplan.toml"\n',
    "pyproject.toml": '[tool.buildplan]\nstart = "pyproject.toml"\n',
    "nixpacks.toml": '[start]\ncmd = "nixpacks.toml"\n',
    "nixpacks.json": '{"start": {"cmd": "nixpacks.json"}}',
    "railpack.json": '{"deploy": {"startCommand": "railpack.json"}}',
    "railpack.jsonc": '{"deploy": {"startCommand": "railpack.jsonc"}}',
}


@pytest.mark.parametrize("first", range(len(FILES)))
def test_of_several_config_files_the_first_wins_whole_and_the_others_are_named(first: int) -> None:
    there = dict(list(FILES.items())[first:])
    result = loaded(there)
    winner, *others = there
    assert result.start is not None
    assert result.start.value.shell == winner
    assert [(item.code, item.origin) for item in result.diagnostics] == [("BP660", Origin(path)) for path in others]
    assert all(f"`{winner}` wins" in item.text for item in result.diagnostics)
    assert result.beaten == ()


def test_a_pyproject_of_others_is_no_config_file() -> None:
    result = loaded({"pyproject.toml": "[project]\nname = 'x'\n", "nixpacks.toml": FILES["nixpacks.toml"]})
    assert result.diagnostics == ()
    assert result.start is not None


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        (".nixpacks.toml", "rename it to `nixpacks.toml`"),
        (".nixpacks", "rename it to `nixpacks.toml`"),
        ("nixpacks.yaml", "rename it to `nixpacks.toml`"),
        (".buildplan.toml", "rename it to `buildplan.toml`"),
        ("railpack.toml", "rename it to `railpack.json`"),
    ],
)
def test_a_file_that_no_tool_reads_is_reported_and_not_read(path: str, fix: str) -> None:
    result = loaded({path: "not even [ valid"})
    (diagnostic,) = result.diagnostics
    assert str(diagnostic) == f"{path}: BP660 warning: `{path}` is a name that no tool reads\n  fix: {fix}"


def test_a_named_file_is_read_instead_of_the_one_found() -> None:
    result = loaded(
        {**FILES, "deploy/nixpacks.prod.toml": '[start]\ncmd = "prod"\n'}, Options(config="deploy/nixpacks.prod.toml")
    )
    assert result.start is not None
    assert result.start.value.shell == "prod"
    assert "`buildplan.toml` is not read at all, since `deploy/nixpacks.prod.toml` wins" in result.diagnostics[0].text
    assert result.diagnostics[0].severity == "info"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("conf/app.toml", 'start = "x"\n'),
        ("plans/thegameplan.json", '{"start": {"cmd": "x"}}'),
        ("conf/railpack.json", '{"deploy": {"startCommand": "x"},}'),
        ("sub/pyproject.toml", '[tool.buildplan]\nstart = "x"\n'),
        ("nixpacks.toml", '[start]\ncmd = "x"\n'),
    ],
)
def test_the_kind_of_a_named_file_follows_from_its_name(path: str, content: str) -> None:
    for name in (path, f"./{path}", path.replace("/", "\\")):
        start = loaded({path: content}, Options(config=name)).start
        assert start is not None
        assert start.value.shell == "x"


@pytest.mark.parametrize("name", ["BUILDPLAN_CONFIG", "NIXPACKS_CONFIG_FILE", "RAILPACK_CONFIG_FILE"])
def test_a_variable_can_name_the_file_and_the_option_beats_it(name: str) -> None:
    files = {"a.toml": 'start = "a"\n', "b.toml": 'start = "b"\n'}
    by_variable = loaded(files, Options(env={name: "a.toml"})).start
    by_option = loaded(files, Options(env={name: "a.toml"}, config="b.toml")).start
    assert by_variable is not None
    assert by_option is not None
    assert (by_variable.value.shell, by_option.value.shell) == ("a", "b")


@pytest.mark.parametrize(
    "path", ["missing.toml", "../outside.toml", "/etc/passwd", "a/../../b.toml", "..\\x.toml", "."]
)
def test_a_named_file_that_is_not_in_the_tree_is_an_error(path: str) -> None:
    with pytest.raises(ConfigError, match="the tree") as caught:
        loaded({"a.toml": ""}, Options(config=path))
    assert caught.value.origin == Origin("<option>", None, "--config")
    assert caught.value.exit_code == 2


def test_a_named_file_of_another_kind_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"expected a `\.toml` or `\.json` file"):
        loaded({"config.yaml": ""}, Options(config="config.yaml"))


def test_a_variable_that_another_source_calls_a_secret_is_not_stored() -> None:
    result = loaded({"buildplan.toml": 'secrets = ["PLAIN"]\n'}, Options(env={"PLAIN": "hunter2"}))
    assert result.variables == {}
    assert [item.value for item in result.secrets] == ["PLAIN"]
    assert "hunter2" not in repr(result)
    assert result.diagnostics[-1].code == "BP665"


def test_a_secret_beats_a_value_that_a_file_may_store() -> None:
    files = {"buildplan.toml": '[variables]\nAPI_KEY = { value = "public", secret = false }\n'}
    assert loaded(files).variables["API_KEY"].value == "public"
    result = loaded(files, Options(env={"API_KEY": "hunter2"}))
    assert result.variables == {}
    assert "hunter2" not in repr(result)


def test_lists_of_two_sources_add_up() -> None:
    result = loaded({"nixpacks.toml": '[phases.setup]\naptPkgs = ["ffmpeg"]\n'}, Options(apt=("curl",)))
    assert result.apt_run is not None
    assert [item.value for item in getattr(result.apt_run, "after", ())] == ["ffmpeg", "curl"]


def test_the_order_of_results_does_not_depend_on_the_hash_seed() -> None:
    code = (
        "from buildplan.config.load import load\nfrom buildplan.config.options import Options\n"
        "from buildplan.source import SourceTree\nfrom buildplan.source.memory import MemoryBackend\n"
        'toml = \'x=1\\ny=2\\n[variables]\\nA="1"\\nB="2"\\nC="3"\\n\'\n'
        "files = {'nixpacks.toml': toml, 'Procfile': 'web: a\\nb: c\\n'}\n"
        "env = {name: '9' for name in ('A', 'B', 'C', 'NIXPACKS_X', 'NIXPACKS_NODE_VERSION', 'BUILDPLAN_PORT')}\n"
        "print(repr(load(SourceTree(MemoryBackend(files)), Options(env=env, apt=('libgl1-mesa-glx', 'curl')))))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_tree_without_a_config_file_loads_no_parser() -> None:
    code = (
        "import sys\nfrom buildplan.config.load import load\nfrom buildplan.config.options import Options\n"
        "from buildplan.source import SourceTree\nfrom buildplan.source.memory import MemoryBackend\n"
        "load(SourceTree(MemoryBackend({'package.json': '{}', 'Procfile': 'web: x'})), Options())\n"
        "print([name for name in ('pydantic', 'tomllib', 'json', 'difflib') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
