from __future__ import annotations

import pytest

from buildplan.config.load import load
from buildplan.config.options import Options
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend


def procfile(text: str | bytes) -> Overrides:
    return load(SourceTree(MemoryBackend({"Procfile": text})), Options())


def test_web_is_the_start_command_and_the_others_are_processes() -> None:
    result = procfile(
        "# processes\n\nweb: node server.js\nworker: node worker.js --queue a:b\nrelease: npm run migrate\n"
    )
    assert result.start is not None
    assert result.start.value.shell == "node server.js"
    assert result.start.value.argv == ()
    assert result.start.origin == Origin("Procfile", 3, "web")
    assert {name: item.value.shell for name, item in result.processes.items()} == {
        "worker": "node worker.js --queue a:b",
        "release": "npm run migrate",
    }
    assert result.phases == {}
    assert result.diagnostics == ()


@pytest.mark.parametrize(
    "line", ["web node server.js", "web:", "web:   ", "we b: x", "- web: x", "web: |x"[:3], ": x", "wéb: x"]
)
def test_a_line_of_another_form_is_a_diagnostic_with_its_number(line: str) -> None:
    result = procfile(f"worker: x\n{line}\n")
    (diagnostic,) = result.diagnostics
    assert diagnostic.code == "BP666"
    assert diagnostic.origin == Origin("Procfile", 2)
    assert list(result.processes) == ["worker"]
    assert result.start is None


@pytest.mark.parametrize("line", ["web: cmd: x", "web: @x", "web: *x", "web: {a}", "web:x", "web:\tx", "  web: x"])
def test_lines_that_trouble_a_yaml_parser_are_ordinary_lines(line: str) -> None:
    result = procfile(line)
    assert result.start is not None
    assert result.diagnostics == ()


def test_a_process_that_stands_twice_is_reported_and_the_last_line_wins() -> None:
    result = procfile("web: a\nweb: b\n")
    assert result.start is not None
    assert result.start.value.shell == "b"
    assert "stands twice; line 2 is taken" in result.diagnostics[0].text


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert procfile(b"\xef\xbb\xbfweb: node x\r\nworker: node y\r\n") == procfile("web: node x\nworker: node y\n")


@pytest.mark.parametrize("text", ["", "\n\n", "# only words\n"])
def test_an_empty_procfile_asks_for_nothing(text: str) -> None:
    assert procfile(text) == Overrides()


def test_bytes_that_are_no_text_are_an_error_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="NUL byte"):
        procfile(b"web: a\x00b")


def test_a_very_long_line_is_read_in_one_pass() -> None:
    result = procfile("web:" + " " * 500_000 + "\nworker: " + "x" * 500_000)
    assert list(result.processes) == ["worker"]


def test_a_proxy_of_a_buildpack_is_left_out_where_the_tree_has_no_such_file() -> None:
    line = "web: bin/start-nginx bundle exec puma\n"
    result = procfile(line)
    assert result.start is not None
    assert result.start.value.shell == "bundle exec puma"
    assert [item.code for item in result.diagnostics] == ["BP641"]
    own = load(SourceTree(MemoryBackend({"Procfile": line, "bin/start-nginx": ""})), Options())
    assert own.start is not None
    assert own.start.value.shell == "bin/start-nginx bundle exec puma"
