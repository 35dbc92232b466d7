from __future__ import annotations

import re
import tomllib

import pytest

from buildplan.config import buildplan_toml
from buildplan.config.known import PROVIDER_OPTIONS
from buildplan.config.load import load
from buildplan.config.options import Options
from buildplan.errors import ConfigError, LimitError
from buildplan.model.origin import Origin
from buildplan.model.requests import Extend, ListEdit, Overrides, Replace
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend


def config(text: str, path: str = "buildplan.toml") -> Overrides:
    return load(SourceTree(MemoryBackend({path: text})), Options())


def values(edit: ListEdit | None) -> list[str]:
    assert edit is not None
    items = edit.items if isinstance(edit, Replace) else (*edit.before, *edit.after)
    return [item.value for item in items]


def uncommented() -> str:
    """Return the template as a user would make it: every key switched on, the explanations left."""
    return re.sub(r"^#(?! )", "", buildplan_toml.template(), flags=re.MULTILINE)


WHOLE = """\
providers = ["node"]
app = "apps/web"
start = ["node", "server.js"]
port = 3000
user = 1001
health_check = "/healthz"
secrets = ["NPM_TOKEN", "..."]
ca_certificates = ["certs/corp.crt"]
ignore = ["BP612"]

[versions]
node = 22
pnpm = "10"

[apt]
build = ["...", "libvips-dev"]
run = ["ffmpeg"]

[variables]
LOG = "info"
LEVEL = 3
DEBUG = false
RELEASE = { value = "1", scope = "build" }

[processes]
worker = "node worker.js"

[phases.build]
commands = ["first", "...", "last"]
apt = ["graphviz"]
inputs = []
caches = ["..."]
secrets = ["TOKEN"]
outputs = ["dist"]
paths = ["/app/bin"]
depends_on = ["install"]
environment = { CI = true }

[base_images]
run = "registry.corp/node:24"

[mirrors]
"docker.io" = "mirror.corp/dockerhub"

[node]
spa = true

[static]
root = "public"
"""


def test_every_key_has_a_home() -> None:
    result = config(WHOLE)
    assert values(result.providers) == ["node"]
    assert result.app is not None
    assert result.app.value == "apps/web"
    assert result.options["node.spa"].value == "true"
    assert result.options["static.root"].value == "public"
    assert result.start is not None
    assert result.start.value.argv == ("node", "server.js")
    assert result.port is not None
    assert result.port.value == 3000
    assert result.user is not None
    assert result.user.value == "1001"
    assert result.health_check is not None
    assert result.health_check.value == "/healthz"
    assert [item.value for item in result.secrets] == ["NPM_TOKEN"]
    assert [item.value for item in result.ca_certificates] == ["certs/corp.crt"]
    assert [item.value for item in result.ignore_codes] == ["BP612"]
    assert {name: item.value for name, item in result.versions.items()} == {"node": "22", "pnpm": "10"}
    assert values(result.apt_build) == ["libvips-dev"]
    assert isinstance(result.apt_build, Extend)
    assert isinstance(result.apt_run, Replace)
    assert {name: (item.value, item.scope) for name, item in result.variables.items()} == {
        "LOG": ("info", "both"),
        "LEVEL": ("3", "both"),
        "DEBUG": ("false", "both"),
        "RELEASE": ("1", "build"),
    }
    assert result.processes["worker"].value.shell == "node worker.js"
    assert result.base_images["run"].value == "registry.corp/node:24"
    assert result.mirrors["docker.io"].value == "mirror.corp/dockerhub"
    assert result.diagnostics == ()


def test_every_key_of_a_phase_has_a_home() -> None:
    phase = config(WHOLE).phases["build"]
    assert isinstance(phase.commands, Extend)
    assert [item.value for item in phase.commands.before] == ["first"]
    assert [item.value for item in phase.commands.after] == ["last"]
    assert values(phase.apt_packages) == ["graphviz"]
    assert phase.inputs == Replace(())
    assert phase.caches == Extend()
    assert values(phase.secrets) == ["TOKEN"]
    assert values(phase.outputs) == ["dist"]
    assert values(phase.paths) == ["/app/bin"]
    assert values(phase.depends_on) == ["install"]
    assert phase.environment["CI"].value == "true"


def test_values_carry_their_place() -> None:
    result = config(WHOLE)
    assert result.versions["node"].origin == Origin("buildplan.toml", 12, "versions.node")
    assert result.variables["LOG"].origin == Origin("buildplan.toml", 20, "variables.LOG")
    assert result.start is not None
    assert str(result.start.origin) == "buildplan.toml:3 start"


def test_a_table_in_pyproject_is_the_same() -> None:
    result = config(
        '[project]\nname = "x"\n\n[tool.buildplan]\nport = 8000\n\n[tool.buildplan.versions]\npython = "3.12"\n',
        "pyproject.toml",
    )
    assert result.port is not None
    assert result.port.value == 8000
    assert result.versions["python"].origin == Origin("pyproject.toml", 8, "tool.buildplan.versions.python")


def test_mistakes_in_pyproject_name_its_lines() -> None:
    with pytest.raises(ConfigError, match="`prot` is no key that is known") as caught:
        config("[tool.buildplan]\nprot = 8000\n", "pyproject.toml")
    assert caught.value.origin == Origin("pyproject.toml", 2, "tool.buildplan.prot")
    assert caught.value.hint == "did you mean `port`?"


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x'\n", "[tool.ruff]\n", "# buildplan\n[tool]\n", "tool = 3\n", "x = \n# buildplan"]
)
def test_a_pyproject_without_our_table_asks_for_nothing(text: str) -> None:
    assert config(text, "pyproject.toml") == Overrides()


def test_a_broken_pyproject_with_our_table_is_an_error() -> None:
    with pytest.raises(ConfigError, match="it is not TOML"):
        config("[tool.buildplan]\nport = \n", "pyproject.toml")


def test_a_tool_table_that_is_no_table_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"`tool\.buildplan` is no table"):
        config("[tool]\nbuildplan = 3\n", "pyproject.toml")


WRONG = [
    ("prots = 3\n", 1, "`prots` is no key that is known", "did you mean `port`?"),
    ("port = 99999\n", 1, "`port` is `99999`; expected a number from 1 to 65535", None),
    ("port = true\n", 1, "`port` is `true`; expected a number from 1 to 65535", None),
    ("start = 3\n", 1, "`start` is `3`; expected a command, as one text or as a list of words", None),
    ("start = ''\n", 1, "`start` is empty; expected a command", None),
    ("start = []\n", 1, "`start` is a list; expected a command", None),
    ("user = 'node'\n", 1, "`user` is `node`; expected a numeric user and group", None),
    ("health_check = 'healthz'\n", 1, "`health_check` is `healthz`; expected a path", None),
    ("providers = 'node'\n", 1, "`providers` is `node`; expected a list", None),
    ("providers = ['']\n", 1, "`providers[0]` is empty; expected a text that is not empty", None),
    ("node = '22'\n", 1, "`node` is `22`; expected a table", 'for a version write `[versions]` with `node = "…"`'),
    ("ruby = '3.3'\n", 1, "`ruby` is no key that is known", 'for a version write `[versions]` with `ruby = "…"`'),
    ("[versions]\npython = 3.10\n", 2, "`versions.python` is `3.1`; expected a version in quotes", None),
    ("[versions]\npython = 2024-01-01\n", 2, "`versions.python` is a date; expected a version in quotes", None),
    ("[phases.build]\ncmds = ['x']\n", 2, "`phases.build.cmds` is no key", 'write `commands = ["…"]`'),
    ("[phases.build]\noutput = ['x']\n", 2, "`phases.build.output` is no key", "did you mean `outputs`?"),
    ("[phases.build]\ncommands = ['a', 3]\n", 2, "`phases.build.commands[1]` is `3`; expected a text", None),
    (
        "[phases.'a b']\ncommands = ['x']\n",
        1,
        "`phases.a b` has a name that cannot be used; expected the name of a phase",
        "rename it",
    ),
    ("phases = 3\n", 1, "`phases` is `3`; expected a table", None),
    ("[apt]\nbuild = ['a; rm -rf /']\n", 2, "`apt.build[0]` is `a; rm -rf /`; expected a package name", None),
    ("[apt]\nruns = ['x']\n", 2, "`apt.runs` is no key", "did you mean `run`?"),
    ("[variables]\nA = ['x']\n", 2, "`variables.A` is a list; expected a text, a number, true or false", None),
    ("[variables]\nA = { valu = 'x' , value = 'y' }\n", 2, "`variables.A.valu` is no key", "did you mean `value`?"),
    ("[variables]\nA = { scope = 'run' }\n", 2, "`variables.A.value` is missing", "write `value = …`"),
    (
        "[variables]\nA = { value = 'x', scope = 'r' }\n",
        2,
        "`variables.A.scope` is a text; expected `build`, `run` or `both`",
        None,
    ),
    (
        "[variables]\nA = { value = 'x', secret = true }\n",
        2,
        "`variables.A.secret` is `true`; expected `false`: the value of a secret is never stored",
        None,
    ),
    ("[variables]\n'A-B' = 'x'\n", 2, "`variables.A-B` has a name that cannot be used", "rename it"),
    ("[variables]\nA = '''x\ny'''\n", 2, "`variables.A` is a text; expected one line", None),
    ("secrets = ['A B']\n", 1, "`secrets[0]` is `A B`; expected the name of a variable", None),
    ("ignore = ['612']\n", 1, "`ignore[0]` is `612`; expected the code of a diagnostic", None),
    ("[base_images]\nbuild = 'a b'\n", 2, "`base_images.build` is `a b`; expected the name of an image", None),
    (
        "[mirrors]\n'docker.io' = 'a b'\n",
        2,
        '`mirrors."docker.io"` is `a b`; expected a registry',
        'write `"docker.io" = "mirror.corp/hub"`',
    ),
    ("[processes]\n'a b' = 'x'\n", 2, "`processes.a b` has a name that cannot be used", "rename it"),
    ("[static]\nroot = ['x']\n", 2, "`static.root` is a list; expected a text, a number, true or false", None),
    ("port = \n", 1, "it is not TOML", "correct line 1, column 8"),
]


@pytest.mark.parametrize(("text", "line", "problem", "hint"), WRONG, ids=[case[0] for case in WRONG])
def test_a_mistake_names_file_line_key_and_what_was_expected(
    text: str, line: int, problem: str, hint: str | None
) -> None:
    with pytest.raises(ConfigError) as caught:
        config(text)
    assert problem in caught.value.problem
    assert caught.value.hint == hint
    assert caught.value.origin is not None
    assert (caught.value.origin.path, caught.value.origin.line) == ("buildplan.toml", line)
    assert caught.value.exit_code == 2


def test_all_mistakes_of_a_file_are_reported_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        config('prots = 3\nstart = 3\n[phases.build]\ncmds = ["x"]\n[erlang]\nx = 1\n')
    assert str(caught.value) == (
        "buildplan.toml:1: BP201 `prots` is no key that is known (hint: did you mean `port`?)\n"
        "buildplan.toml:2: BP201 `start` is `3`; expected a command, as one text or as a list of words\n"
        'buildplan.toml:4: BP201 `phases.build.cmds` is no key that is known (hint: write `commands = ["…"]`)\n'
        "buildplan.toml:5: BP201 `erlang` is no key that is known "
        '(hint: for a version write `[versions]` with `erlang = "…"`)'
    )


def test_an_unknown_key_without_a_near_name_lists_the_keys() -> None:
    with pytest.raises(ConfigError) as caught:
        config("qqq = 1\n")
    assert "keys here: providers, app, versions, phases" in (caught.value.hint or "")
    assert "needs its name in `providers`" in (caught.value.hint or "")


def test_a_mistake_about_a_variable_does_not_show_its_value() -> None:
    with pytest.raises(ConfigError) as caught:
        config('[variables]\nKEY = """hunter2\nhunter3"""\n[phases.build.environment]\nB = """hunter2\n"""\n')
    assert "hunter" not in str(caught.value)


def test_a_table_of_another_packages_provider_needs_its_name_in_providers() -> None:
    result = config('providers = ["zola", "..."]\n[zola]\ndrafts = true\n')
    assert result.options["zola.drafts"].value == "true"
    with pytest.raises(ConfigError, match=r"`zola\.drafts` is no text"):
        config('providers = ["zola"]\n[zola]\ndrafts = [1]\n')


def test_an_unknown_option_of_a_provider_is_a_diagnostic() -> None:
    result = config('[node]\noutptu = "dist"\n')
    assert result.options["node.outptu"].value == "dist"
    assert str(result.diagnostics[0]) == (
        "buildplan.toml:2: BP661 warning: `node.outptu` is no option that is known\n  fix: did you mean `output`?"
    )


def test_a_version_of_something_unknown_is_reported_when_a_known_name_is_near() -> None:
    assert config('[versions]\nnodejs = "22"\n').diagnostics[0].fix == "did you mean `node`?"
    assert config('[versions]\nhugo = "0.150"\n').diagnostics == ()


def test_an_option_of_the_provider_beats_the_general_app() -> None:
    assert config('app = "a"\n[node]\napp = "b"\n').options["node.app"].value == "b"


def test_a_secret_leaves_only_its_name() -> None:
    result = config('[variables]\nAPI_KEY = "hunter2hunter2"\n[phases.build.environment]\nNPM_TOKEN = "hunter2"\n')
    assert [item.value for item in result.secrets] == ["API_KEY", "NPM_TOKEN"]
    assert values(result.phases["build"].secrets) == ["NPM_TOKEN"]
    assert "hunter2" not in repr(result)


def test_a_value_can_be_declared_not_to_be_a_secret() -> None:
    result = config('[variables]\nA = "1"\nMAP_API_KEY = { value = "public", secret = false }\nB = "2"\n')
    assert list(result.variables) == ["A", "MAP_API_KEY", "B"]
    assert result.secrets == ()


def test_an_empty_file_asks_for_nothing() -> None:
    assert config("") == Overrides()
    assert config("# only words\n") == Overrides()


def test_hostile_depth_and_size_end_in_an_error_or_in_nothing() -> None:
    with pytest.raises(ConfigError):
        config("a = " + "[" * 50_000)
    with pytest.raises(LimitError, match="more than 32 parts"):
        config("a." * 300 + "b = 1\n")


def test_the_template_changes_nothing_until_it_is_edited() -> None:
    assert config(buildplan_toml.template()) == Overrides()


def test_the_template_is_valid_when_it_is_uncommented() -> None:
    result = config(uncommented())
    assert result.diagnostics == ()
    assert values(result.phases["build"].commands) == ["npm run docs"]


def test_the_template_shows_every_key_of_the_schema_with_a_line_before_it() -> None:
    schema = buildplan_toml.json_schema()
    data = tomllib.loads(uncommented())
    assert data.keys() == schema["properties"].keys() - (PROVIDER_OPTIONS.keys() - {"node", "static"})
    for table in ("Phase", "Apt", "BaseImages"):
        shown = (
            data["phases"]["build"] if table == "Phase" else data[{"Apt": "apt", "BaseImages": "base_images"}[table]]
        )
        assert shown.keys() == schema["$defs"][table]["properties"].keys()
    assert max(len(line) for line in buildplan_toml.template().splitlines()) <= 120


def test_the_schema_describes_every_key() -> None:
    schema = buildplan_toml.json_schema()
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["additionalProperties"] is False
    for table in (schema, *schema["$defs"].values()):
        for name, entry in table["properties"].items():
            assert entry.get("description"), name
    assert "spa" in str(schema["properties"]["node"])
