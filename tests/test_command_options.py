"""The options that a generated Dockerfile records: what is written is read back, and no secret is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildplan.api import Options
from buildplan.config.command_line import from_text, to_text
from buildplan.errors import ConfigError, FileError
from buildplan.model.secrets import looks_secret
from buildplan.write.recorded_options import ignore_file, read
from buildplan.write.stamp import stamped

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
NAMES = st.from_regex(r"[A-Z_]{1,6}", fullmatch=True)


@given(
    st.builds(
        Options,
        env=st.dictionaries(NAMES, TEXT, max_size=3),
        config=st.none() | TEXT,
        provider=WORDS,
        set=WORDS,
        install_cmd=st.none() | TEXT,
        build_cmd=st.none() | TEXT,
        start_cmd=st.none() | TEXT,
        apt=WORDS,
        pkgs=WORDS,
        app=st.none() | TEXT,
        process=st.none() | TEXT,
    ),
    st.none() | TEXT.filter(bool),
)
def test_what_is_recorded_is_read_back(options: Options, file: str | None) -> None:
    assert from_text(to_text(options, file)) == (options, file)


def test_the_record_is_a_command_that_a_person_can_read() -> None:
    options = Options(app="web", start_cmd="node 'x y.js'", env={"A": "b c"})
    words = to_text(options, "apps/web/Dockerfile")
    assert words == """--app=web '--env=A=b c' '--start-cmd=node '"'"'x y.js'"'"'' --file=apps/web/Dockerfile"""


@pytest.mark.parametrize(("name", "value"), [("API_KEY", "abcdef"), ("PLAIN", "ghp_0123456789abcdef")])
def test_a_secret_is_recorded_by_its_name_and_stays_one(name: str, value: str) -> None:
    words = to_text(Options(env={name: value}))
    assert words == f"--env={name}"
    again = from_text(words)[0]
    assert looks_secret(name, again.env[name])
    assert to_text(again) == words


@pytest.mark.parametrize(
    "assignment", ["variables.API_KEY=abcdef", 'variables={API_KEY="abcdef"}', 'variables.API_KEY={value="abcdef"}']
)
def test_a_secret_among_the_settings_is_refused(assignment: str) -> None:
    with pytest.raises(ConfigError, match="`API_KEY` looks like a secret") as caught:
        to_text(Options(set=(assignment,)))
    assert "abcdef" not in str(caught.value)


def test_a_command_of_several_lines_belongs_into_the_config_file() -> None:
    with pytest.raises(ConfigError, match="one line"):
        to_text(Options(build_cmd="a\nb"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [("--app", "expected one argument"), ("'x", "No closing quotation"), ("--nope=1", "unrecognized arguments")],
)
def test_a_record_that_a_person_broke_names_its_line(text: str, problem: str) -> None:
    with pytest.raises(FileError, match=problem) as caught:
        read("a/Dockerfile", stamped("FROM x\n", text))
    assert str(caught.value).startswith("a/Dockerfile:2: BP102 ")


def test_a_dockerfile_with_a_file_option_belongs_to_the_directory_above() -> None:
    found = read("shop/apps/web/Dockerfile", stamped("FROM x\n", "--app=web --file=apps/web/Dockerfile"))
    assert (found.directory, found.file, found.options) == ("shop", "apps/web/Dockerfile", Options(app="web"))


def test_a_dockerfile_that_was_moved_is_not_taken_for_another() -> None:
    with pytest.raises(FileError, match="and here it is `web/Dockerfile`"):
        read("web/Dockerfile", stamped("FROM x\n", "--file=apps/web/Dockerfile"))


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        ("Dockerfile", "", ".dockerignore"),
        ("a/Dockerfile", "a", "a/.dockerignore"),
        ("a/Dockerfile", "", "a/Dockerfile.dockerignore"),
        ("Dockerfile.web", "", "Dockerfile.web.dockerignore"),
    ],
)
def test_each_dockerfile_has_an_ignore_file_that_the_engine_reads(path: str, directory: str, expected: str) -> None:
    assert ignore_file(path, directory) == expected
