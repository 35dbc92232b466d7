"""Version files as people really write them."""

from __future__ import annotations

import pytest

from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced
from buildplan.read.version_files import MISE_FILES, mise, single_line, tool_versions
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend


def tree(path: str, content: str | bytes) -> SourceTree:
    return SourceTree(MemoryBackend({path: content}))


@pytest.mark.parametrize(
    ("content", "value", "line", "note"),
    [
        ("22\n", "22", 1, None),
        ("v22.11.0", "v22.11.0", 1, None),
        ("\ufeff22\r\n", "22", 1, None),
        ("  lts/*  \n\n", "lts/*", 1, None),
        ("# node of the team\n\n22 # until 2027\n", "22", 3, None),
        (">= 18 < 21\n", ">= 18 < 21", 1, None),
        ("18 - 20", "18 - 20", 1, None),
        ("3.12.1 3.11.4\n", "3.12.1", 1, "first of 2"),
        ("3.12.1\n3.11.4\npypy3.10\n", "3.12.1", 1, "first of 3"),
        ("20\nRUN curl evil", "20", 1, "first of 2"),
        ("22#1", "22#1", 1, None),
    ],
)
def test_the_first_significant_line_is_the_version(content: str, value: str, line: int, note: str | None) -> None:
    assert single_line(tree(".nvmrc", content), ".nvmrc") == Sourced(value, Origin(".nvmrc", line, note))


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing here\n", "\ufeff", " \t\r\n"])
def test_a_file_without_a_version_says_nothing(content: str) -> None:
    assert single_line(tree(".nvmrc", content), ".nvmrc") is None
    assert single_line(tree("other", "22"), ".nvmrc") is None
    assert tool_versions(tree(".tool-versions", content), "node") is None


@pytest.mark.parametrize("content", [b"\xff\xfe2\x002\x00", b"\xff22", b"22\0"])
def test_a_file_that_is_no_text_is_an_error_with_its_name(content: bytes) -> None:
    with pytest.raises(FileError, match=r"^\.nvmrc"):
        single_line(tree(".nvmrc", content), ".nvmrc")


def test_a_huge_file_gives_its_first_line_and_no_more() -> None:
    found = single_line(tree(".nvmrc", "22\n" * 300_000), ".nvmrc")
    assert found == Sourced("22", Origin(".nvmrc", 1, "first of 300000"))
    assert single_line(tree(".nvmrc", "9" * 100_000), ".nvmrc") == Sourced("9" * 100_000, Origin(".nvmrc", 1))


TOOLS = """\
# tools of the team
python 3.12.1 system
nodejs 22.11.0 20.9.0   # two
ruby
java   system temurin-21.0.2
elixir ref:main
golang path:/opt/go
"""


@pytest.mark.parametrize(
    ("names", "value", "line", "key"),
    [
        (("node", "nodejs"), "22.11.0", 3, "nodejs"),
        (("python",), "3.12.1", 2, "python"),
        (("java",), "temurin-21.0.2", 5, "java"),
        (("elixir",), "ref:main", 6, "elixir"),
        (("golang",), "path:/opt/go", 7, "golang"),
    ],
)
def test_tool_versions_gives_the_first_release_of_a_tool(
    names: tuple[str, ...], value: str, line: int, key: str
) -> None:
    found = tool_versions(tree(".tool-versions", TOOLS.replace("\n", "\r\n")), *names)
    assert found == Sourced(value, Origin(".tool-versions", line, key))


def test_a_tool_without_a_version_is_not_there() -> None:
    assert tool_versions(tree(".tool-versions", TOOLS), "ruby", "rust") is None
    assert tool_versions(SourceTree(MemoryBackend({})), "node") is None


def test_version_files_of_a_member_of_a_workspace_lie_in_its_folder() -> None:
    files = {"apps/web/.tool-versions": "nodejs 22\n", "apps/web/mise.toml": '[tools]\nnode = "20"\n'}
    source = SourceTree(MemoryBackend(files))
    assert tool_versions(source, "nodejs", directory="apps/web") == Sourced(
        "22", Origin("apps/web/.tool-versions", 1, "nodejs")
    )
    assert mise(source, "node", directory="apps/web") == Sourced("20", Origin("apps/web/mise.toml", 2, "tools.node"))
    assert tool_versions(source, "nodejs") is None
    assert mise(source, "node") is None


@pytest.mark.parametrize(
    ("content", "value", "line"),
    [
        ('[tools]\nnode = "22"\n', "22", 2),
        ('[tools]\nnode = "lts"\n', "lts", 2),
        ("[tools]\nnode = 22\n", "22", 2),
        ('[tools]\npython = "3.12"\nnode = ["22", "20"]\n', "22", 3),
        ('[tools]\nnode = ["system", "20"]\n', "20", 2),
        ('[tools]\nnode = { version = "22", postinstall = "corepack enable" }\n', "22", 2),
        ('[tools.node]\nversion = "22"\n', "22", 1),
        ('[tools]\n"core:node" = "22"\n', "22", 2),
        ('[tools]\nnode = { prefix = "20" }\n', "prefix:20", 2),
        ('[tools]\nnode = [{ version = "22" }]\n', "22", 2),
        ('\ufeff[tools]\r\nnode = "22"\r\n', "22", 2),
    ],
)
def test_mise_gives_the_version_of_a_tool_in_all_its_forms(content: str, value: str, line: int) -> None:
    found = mise(tree("mise.toml", content), "node", "nodejs")
    assert found is not None
    assert (found.value, found.origin.path, found.origin.line) == (value, "mise.toml", line)


@pytest.mark.parametrize("path", MISE_FILES)
def test_every_file_of_mise_is_read(path: str) -> None:
    found = mise(tree(path, '[tools]\nnode = "22"\n'), "node")
    assert found is not None
    assert str(found.origin) == f"{path}:2 tools.node"


def test_the_first_file_of_mise_that_has_the_tool_wins() -> None:
    files = {
        "mise.toml": '[tools]\npython = "3.13"\n',
        ".mise.toml": '[tools]\nnode = "22"\n',
        ".config/mise.toml": '[tools]\nnode = "20"\n',
    }
    found = mise(SourceTree(MemoryBackend(files)), "node")
    assert found is not None
    assert found.value == "22"


@pytest.mark.parametrize("content", ["", "[env]\nA = '1'\n", "[tools]\n", "[tools]\nruby = '3'\n"])
def test_mise_without_the_tool_says_nothing(content: str) -> None:
    assert mise(tree("mise.toml", content), "node") is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[tools\n", "it is not TOML"),
        ("tools = 3\n", "`tools` is a number; expected a table"),
        ("[tools]\nnode = true\n", "`tools.node` is true or false; expected a version in quotes"),
        ("[tools]\nnode = 22.1\n", "`tools.node` is a number; expected a version in quotes"),
        ("[tools]\nnode = []\n", "`tools.node` is a list; expected a version in quotes"),
        ("[tools]\nnode = [[]]\n", "`tools.node` is a list; expected a version in quotes"),
        ("[tools]\nnode = { os = 'linux' }\n", "`tools.node` is a table; expected a version in quotes"),
        ("[tools]\nnode = ['22', 3.1]\n", "`tools.node[1]` is a number; expected a version in quotes"),
        ("[tools]\nnode = " + "[" * 5000 + "\n", "it is n"),
    ],
)
def test_a_broken_mise_file_is_an_error_with_file_and_problem(content: str, problem: str) -> None:
    with pytest.raises(FileError) as caught:
        mise(tree("mise.toml", content), "node")
    assert caught.value.problem.startswith(problem)
    assert caught.value.origin is not None
    assert caught.value.origin.path == "mise.toml"


LOCK = """\
lockfile_version = 3

[[tools.node]]
version = "24.21.0"
backend = "core:node"
specifiers = ["24"]

[[tools.python]]
version = "3.14.2"
specifiers = ["latest"]
"""
OLDER_LOCK = '[[tools.node]]\nversion = "22.11.0"\nbackend = "core:node"\n'


@pytest.mark.parametrize(
    ("tool", "wanted", "lock", "found"),
    [
        ("node", "24", LOCK, Sourced("24.21.0", Origin("mise.lock", 4, "tools.node[0].version"))),
        ("python", "latest", LOCK, Sourced("3.14.2", Origin("mise.lock", 9, "tools.python[0].version"))),
        ("node", "22", OLDER_LOCK, Sourced("22.11.0", Origin("mise.lock", 2, "tools.node[0].version"))),
        ("node", "latest", OLDER_LOCK, Sourced("22.11.0", Origin("mise.lock", 2, "tools.node[0].version"))),
        # What is locked for another request says nothing.
        ("node", "26", LOCK, Sourced("26", Origin("mise.toml", 2, "tools.node"))),
        ("node", "2", OLDER_LOCK, Sourced("2", Origin("mise.toml", 2, "tools.node"))),
        ("ruby", "3.4", LOCK, Sourced("3.4", Origin("mise.toml", 2, "tools.ruby"))),
    ],
)
def test_the_lock_file_of_mise_answers_its_configuration(
    tool: str, wanted: str, lock: str, found: Sourced[str]
) -> None:
    files = {"mise.toml": f'[tools]\n{tool} = "{wanted}"\n', "mise.lock": lock}
    assert mise(SourceTree(MemoryBackend(files)), tool) == found


def test_a_broken_lock_file_of_mise_is_an_error_with_its_name() -> None:
    with pytest.raises(FileError, match=r"^mise\.lock"):
        mise(SourceTree(MemoryBackend({"mise.toml": '[tools]\nnode = "24"\n', "mise.lock": "["})), "node")
