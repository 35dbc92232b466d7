from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from buildplan.config.load import load
from buildplan.config.options import Options
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.requests import CommandRequest, Extend, ListEdit, Overrides, Replace
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from buildplan.model.build_plan import Diagnostic


def toml(text: str) -> Overrides:
    return load(SourceTree(MemoryBackend({"nixpacks.toml": text})), Options())


def as_json(data: object) -> Overrides:
    return load(SourceTree(MemoryBackend({"nixpacks.json": json.dumps(data)})), Options())


def values(edit: ListEdit | None) -> list[str]:
    assert edit is not None
    items = edit.items if isinstance(edit, Replace) else (*edit.before, *edit.after)
    return [item.value for item in items]


def only(overrides: Overrides) -> Diagnostic:
    assert len(overrides.diagnostics) == 1, [str(item) for item in overrides.diagnostics]
    return overrides.diagnostics[0]


FIRST_REAL_FILE = """\
[phases.setup]
nixPkgs = ["nodejs_20"]

[phases.build]
cmds = ["echo 'Build completed'"]

[start]
cmd = ["node", "server.js"]

[variables]
NODE_ENV = "development"
PORT = "3001"
"""


def test_the_first_real_file_is_read_whole() -> None:
    result = toml(FIRST_REAL_FILE)
    assert result.versions["node"].value == "20"
    assert result.versions["node"].origin.line == 2
    assert isinstance(result.phases["build"].commands, Replace)
    assert values(result.phases["build"].commands) == ["echo 'Build completed'"]
    assert result.start is not None
    assert result.start.value == CommandRequest(argv=("node", "server.js"))
    assert result.start.origin == Origin("nixpacks.toml", 8, "start.cmd")
    assert {name: item.value for name, item in result.variables.items()} == {"NODE_ENV": "development", "PORT": "3001"}
    assert result.variables["PORT"].origin == Origin("nixpacks.toml", 12, "variables.PORT")
    assert result.providers is None
    assert result.diagnostics == ()


def test_every_key_of_a_phase_has_a_home() -> None:
    result = toml(
        """
[phases.docs]
cmds = ["...", "make docs"]
dependsOn = ["install"]
onlyIncludeFiles = ["docs", "Makefile"]
cacheDirectories = ["~/.cache/docs"]
paths = ["/app/bin"]
name = "docs"
"""
    )
    phase = result.phases["docs"]
    assert isinstance(phase.commands, Extend)
    assert values(phase.commands) == ["make docs"]
    assert values(phase.depends_on) == ["install"]
    assert values(phase.inputs) == ["docs", "Makefile"]
    assert values(phase.caches) == ["~/.cache/docs"]
    assert values(phase.paths) == ["/app/bin"]
    assert result.diagnostics == ()


def test_aliases_are_the_same_keys() -> None:
    result = toml(
        '[phases.setup]\nnixPackages = ["nodejs_22"]\nnixLibraries = ["zlib"]\naptPackages = ["curl"]\n'
        '[phases.build]\ncommands = ["make"]\nenvPaths = ["/app/bin"]\n'
    )
    assert result.versions["node"].value == "22"
    assert values(result.apt_run) == ["curl", "zlib1g"]
    assert values(result.phases["build"].commands) == ["make"]
    assert values(result.phases["build"].paths) == ["/app/bin"]


def test_a_key_and_its_alias_together_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match="`cmds` and `commands` are the same key") as caught:
        toml('[phases.build]\ncmds = ["a"]\ncommands = ["b"]\n')
    assert caught.value.origin == Origin("nixpacks.toml", 3, "phases.build.commands")


def test_absent_empty_and_extended_lists_are_three_things() -> None:
    result = toml('[phases.install]\ncmds = []\n[phases.build]\ncmds = ["...", "x"]\n')
    assert result.phases["install"].commands == Replace(())
    assert isinstance(result.phases["build"].commands, Extend)
    assert result.phases["build"].inputs is None
    assert toml("[phases.setup]\nonlyIncludeFiles = []\n").phases["setup"].inputs == Replace(())


def test_packages_without_a_marker_add_to_what_the_app_needs() -> None:
    result = toml('[phases.setup]\naptPkgs = ["ffmpeg"]\nnixPkgs = ["imagemagick"]\n')
    assert isinstance(result.apt_run, Extend)
    assert isinstance(result.apt_build, Extend)
    assert values(result.apt_run) == ["ffmpeg", "imagemagick"]


def test_an_empty_list_of_apt_packages_removes_the_generated_ones() -> None:
    assert toml("[phases.setup]\naptPkgs = []\n").apt_run == Replace(())


def test_packages_of_any_phase_are_in_the_image_too() -> None:
    result = toml('[phases.fonts]\naptPkgs = ["fonts-noto-core"]\ncmds = ["fc-cache"]\n')
    assert values(result.apt_build) == values(result.apt_run) == ["fonts-noto-core"]


def test_the_order_of_install_and_build_needs_no_words() -> None:
    result = toml(
        '[phases.install]\ncmds = ["a"]\ndependsOn = ["setup"]\n'
        '[phases.build]\ncmds = ["b"]\ndependsOn = ["...", "install", "check"]\n'
    )
    assert result.phases["install"].depends_on is None
    assert values(result.phases["build"].depends_on) == ["check"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"6"', "6"),
        ("6", "6"),
        ("6.5", "6.5"),
        ("true", "true"),
        ("false", "false"),
        ('""', ""),
    ],
)
def test_variables_are_texts_whatever_the_file_holds(text: str, expected: str) -> None:
    result = toml(f"[variables]\nLEVEL = {text}\n")
    assert result.variables["LEVEL"].value == expected
    assert result.variables["LEVEL"].scope == "both"
    assert result.diagnostics == ()


def test_null_variables_are_left_out_and_named() -> None:
    result = as_json({"variables": {"A": None, "B": "b"}})
    assert list(result.variables) == ["B"]
    assert only(result).severity == "info"
    assert "`variables.A` is null" in only(result).text


def test_a_single_command_is_a_list_of_one_and_is_reported() -> None:
    result = toml('[phases.build]\ncmds = "make all"\n')
    assert values(result.phases["build"].commands) == ["make all"]
    assert str(only(result)) == (
        "nixpacks.toml:2: BP663 warning: `phases.build.cmds` is a text where a list is expected; "
        'it is read as a list of one\n  fix: write `cmds = ["…"]`'
    )


# What real files hold in the wrong place: the file, the line of the diagnostic, its key, a part of its fix.
MISPLACED = [
    ("[phases.start]\ncmd = 'x'\n", 1, "phases.start", "`start.cmd`"),
    ("[phases.setup]\nproviders = ['node']\n", 2, "phases.setup.providers", "above all tables"),
    ("[build]\ncmds = ['x']\n", 1, "build", "`phases.build`"),
    ("[install]\ncmds = ['x']\n", 1, "install", "`phases.install`"),
    ("[env]\nA = 'b'\n", 1, "env", "`variables`"),
    ("[start]\ncommand = 'x'\n", 2, "start.command", "`cmd`"),
    ("[phases.setup]\nnixpkgs = ['nodejs']\n", 2, "phases.setup.nixpkgs", "`nixPkgs`"),
    ("[phases.setup]\napkPkgs = ['curl']\n", 2, "phases.setup.apkPkgs", "Debian names in `aptPkgs`"),
    ("[phases.build]\ncmd = 'x'\n", 2, "phases.build.cmd", "`cmds`"),
    ("[phases.install]\ndep_commands = ['x']\n", 2, "phases.install.dep_commands", "`cmds`"),
    ("[phases.setup.packages]\nx = 1\n", 1, "phases.setup.packages", "`nixPkgs`"),
    ("[phases.setup.env]\nA = 'b'\n", 1, "phases.setup.env", "`variables`, at the top level"),
    ("pkgs = ['php81']\n", 1, "pkgs", "`phases.setup.nixPkgs`"),
    ("[python]\nversion = '3.12'\n", 1, "python", "`NIXPACKS_PYTHON_VERSION`"),
    ("[deploy]\nstartCommand = 'x'\n", 1, "deploy", "railway.toml"),
]


@pytest.mark.parametrize(("text", "line", "key", "fix"), MISPLACED, ids=[case[2] for case in MISPLACED])
def test_a_misplaced_key_is_told_where_it_belongs(text: str, line: int, key: str, fix: str) -> None:
    result = toml(text)
    diagnostic = only(result)
    assert diagnostic.code == "BP662"
    assert diagnostic.severity == "warning"
    assert f"`{key}`" in diagnostic.text
    assert diagnostic.origin is not None
    assert diagnostic.origin.line == line
    assert fix in (diagnostic.fix or "")
    assert result.start is None
    assert result.phases == {}


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_name() -> None:
    assert str(only(toml('[phases.build]\nonlyIncludeFile = ["x"]\n'))) == (
        "nixpacks.toml:2: BP661 warning: `phases.build.onlyIncludeFile` is no key of this file, so it is ignored\n"
        "  fix: did you mean `onlyIncludeFiles`?"
    )


def test_a_phase_called_start_is_never_run_in_the_build() -> None:
    result = toml("[phases.start]\ncmds = ['node server.js']\naptPkgs = ['curl']\n")
    assert result.phases == {}
    assert result.apt_run is None
    assert only(result).code == "BP662"


WRONG = [
    ("[providers]\npython = true\n", 1, "`providers` is a table; expected a list of texts"),
    ("[phases]\nbuild = 'make'\n", 2, "`phases.build` is a text; expected a table"),
    ("phases = []\n", 1, "`phases` is a list; expected a table"),
    ("start = 'node x'\n", 1, "`start` is a text; expected a table"),
    ("[start]\ncmd = { a = 1 }\n", 2, "`start.cmd` is a table; expected a text"),
    ("[start]\ncmd = ['a', ['b']]\n", 2, "`start.cmd[1]` is a list; expected a text"),
    ("[phases.build]\ncmds = [['x']]\n", 2, "`phases.build.cmds[0]` is a list; expected a text"),
    ("[phases.build]\ncmds = 3\n", 2, "`phases.build.cmds` is a number; expected a list of texts"),
    ("variables = 'A=b'\n", 1, "`variables` is a text; expected a table"),
    ("[variables]\nA = []\n", 2, "`variables.A` is a list; expected a text"),
    ("[variables]\n'A-B' = 'x'\n", 2, "`A-B` is no name for a variable"),
    ("[variables]\nA = '''x\ny'''\n", 2, "the value of `A` has more than one line"),
    ("[phases.'a b']\ncmds = ['x']\n", 1, "`a b` is no name for a phase"),
    ("[phases.setup]\naptPkgs = ['a;reboot']\n", 2, "`a;reboot` is no apt package"),
    ("buildImage = 'a b'\n", 1, "`a b` is no name of an image"),
    ("x = \n", 1, "it is not TOML"),
    ("a = 1\na = 2\n", 2, "it is not TOML"),
]


@pytest.mark.parametrize(("text", "line", "problem"), WRONG, ids=[case[2] for case in WRONG])
def test_what_cannot_be_understood_is_an_error_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        toml(text)
    assert problem in caught.value.problem
    assert caught.value.origin is not None
    assert caught.value.origin.path == "nixpacks.toml"
    assert caught.value.origin.line == line
    assert caught.value.exit_code == 2


def test_all_mistakes_are_reported_at_once_in_the_order_of_lines() -> None:
    with pytest.raises(ConfigError) as caught:
        toml('[start]\ncmd = {}\n[phases.setup]\nnixPkgs = ["fmpeg"]\naptPkgs = ["A B"]\n')
    assert str(caught.value) == (
        "nixpacks.toml:2: BP201 `start.cmd` is a table; expected a text\n"
        "nixpacks.toml:4: BP201 the nix package `fmpeg` has no translation (hint: did you mean `ffmpeg`? otherwise "
        'write the Debian package that holds it, `aptPkgs = ["...", "fmpeg"]`)\n'
        "nixpacks.toml:5: BP201 `A` is no apt package; expected a package name, `ffmpeg` or `ffmpeg=7:7.1*` "
        "(hint: correct the name)\n"
        "nixpacks.toml:5: BP201 `B` is no apt package; expected a package name, `ffmpeg` or `ffmpeg=7:7.1*` "
        "(hint: correct the name)"
    )


def test_json_with_a_trailing_comma_names_the_line() -> None:
    with pytest.raises(ConfigError, match="a trailing comma") as caught:
        load(SourceTree(MemoryBackend({"nixpacks.json": '{\n  "providers": ["node"],\n}\n'})), Options())
    assert caught.value.origin == Origin("nixpacks.json", 3)


@pytest.mark.parametrize("text", ["[]", "3", "", "{", "[" * 100_000, '{"a": NaN', "\x00"], ids=repr)
def test_json_that_is_no_object_is_an_error_of_the_configuration(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(SourceTree(MemoryBackend({"nixpacks.json": text})), Options())
    assert caught.value.origin is not None
    assert caught.value.origin.path == "nixpacks.json"


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    text = b"\xef\xbb\xbf" + FIRST_REAL_FILE.replace("\n", "\r\n").encode()
    result = load(SourceTree(MemoryBackend({"nixpacks.toml": text})), Options())
    assert result == toml(FIRST_REAL_FILE)


def test_text_that_is_not_utf8_is_an_error_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="it is not UTF-8") as caught:
        load(SourceTree(MemoryBackend({"nixpacks.toml": b'a = 1\nb = "\xe9"\n'})), Options())
    assert caught.value.origin == Origin("nixpacks.toml", 2)


def test_images_are_base_images_unless_they_are_those_of_nixpacks() -> None:
    result = toml('buildImage = "debian:trixie"\n[start]\nrunImage = "debian:trixie-slim"\n')
    assert {name: item.value for name, item in result.base_images.items()} == {
        "build": "debian:trixie",
        "run": "debian:trixie-slim",
    }
    assert toml('buildImage = "ghcr.io/railwayapp/nixpacks:ubuntu-1745885067"\n').base_images == {}


def test_a_numeric_user_is_taken_and_a_name_is_explained() -> None:
    numeric = toml('[start]\nuser = "1001:1001"\n')
    assert numeric.user is not None
    assert numeric.user.value == "1001:1001"
    named = toml('[start]\ncmd = "x"\nuser = "myuser"\n')
    assert named.user is None
    assert "the user `myuser` is not made" in only(named).text


@pytest.mark.parametrize(
    "text",
    [
        '[phases.setup]\nnixpkgsArchive = "abc"\n',
        '[phases.setup]\nnixOverlays = ["https://example.org/x.tar.gz"]\n',
        '[staticAssets]\n"nginx.conf" = "daemon off;"\n',
        '[start]\nrunImage = "a"\nonlyIncludeFiles = ["x"]\n',
        '[variables]\nNIXPACKS_INSTALL_CMD = "x"\n',
        '[variables]\nNIXPACKS_DEBIAN = "1"\n',
    ],
)
def test_what_has_no_effect_says_so(text: str) -> None:
    diagnostic = only(toml(text))
    assert diagnostic.code == "BP664"
    assert diagnostic.fix


def test_settings_of_providers_count_in_the_variables_of_the_file() -> None:
    result = toml('[variables]\nNIXPACKS_NODE_VERSION = "22"\nNIXPACKS_SPA_OUT_DIR = "build"\n')
    assert result.versions["node"].origin == Origin("nixpacks.toml", 2, "variables.NIXPACKS_NODE_VERSION")
    assert result.options["node.output"].value == "build"
    assert result.variables == {}


def test_a_secret_in_the_file_leaves_only_its_name() -> None:
    result = toml('[variables]\nJWT_SECRET = "hunter2hunter2"\n')
    assert [item.value for item in result.secrets] == ["JWT_SECRET"]
    assert "hunter2" not in repr(result)
    assert only(result).code == "BP665"


def test_providers_keep_their_order_and_the_marker() -> None:
    named = toml('providers = ["node", "python"]\n').providers
    assert isinstance(named, Replace)
    assert values(named) == ["node", "python"]
    assert isinstance(toml('providers = ["...", "python"]\n').providers, Extend)
    assert toml("providers = []\n").providers == Replace(())


def test_a_printed_plan_can_be_read_back() -> None:
    plan = {
        "providers": [],
        "buildImage": "ghcr.io/railwayapp/nixpacks:ubuntu-1745885067",
        "variables": {"CI": "true", "NIXPACKS_METADATA": "node", "NODE_ENV": "production"},
        "phases": {
            "build": {
                "dependsOn": ["install"],
                "cmds": ["npm run build"],
                "cacheDirectories": ["node_modules/.cache"],
            },
            "setup": {"nixPkgs": ["nodejs_20", "npm-9_x"], "nixOverlays": [], "aptPkgs": ["tini"]},
        },
        "start": {"cmd": "npm run start"},
    }
    result = as_json(plan)
    assert result.diagnostics == ()
    assert result.providers == Replace(())
    assert result.versions["npm"].value == "9"
    assert list(result.variables) == ["CI", "NODE_ENV"]


def test_an_empty_file_asks_for_nothing() -> None:
    assert toml("") == Overrides()
    assert toml("[phases.setup]\n[start]\n") == Overrides()
