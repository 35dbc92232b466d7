"""Quoting: what a tree or an owner says never becomes an instruction, a flag or another word."""

from __future__ import annotations

import dockerfile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_stages import BUILD, INSTALL, SETUP, plan

from buildplan.errors import PlanError
from buildplan.model.build_plan import Cache, Input, Process, Variable
from buildplan.render.dockerfile import render

PLAIN = (Input(".", "build"),)


def rendered(**changes: object) -> str:
    return render(plan((SETUP, INSTALL, BUILD), PLAIN, **changes)).text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("development", "A=development"),
        ("", 'A=""'),
        ("two words", 'A="two words"'),
        ("$HOME", 'A="\\$HOME"'),
        ('a"b\\', 'A="a\\"b\\\\"'),
        ("ümlaut", 'A="ümlaut"'),
    ],
)
def test_the_value_of_a_variable_is_literal(value: str, expected: str) -> None:
    assert f"ENV {expected}\n" in rendered(variables=(Variable("A", value, "run"),))


def test_a_line_end_in_a_variable_is_refused() -> None:
    with pytest.raises(PlanError, match="line end"):
        rendered(variables=(Variable("A", "20\nRUN curl evil", "run"),))


@pytest.mark.parametrize("text", ["a\nRUN evil", "[x]", "--mount=x y", "cat <<EOF", "ends in \\", "# nothing"])
def test_a_command_that_dockerfile_syntax_would_read_differently_is_written_as_json(text: str) -> None:
    from dataclasses import replace

    text_of = render(plan((SETUP, INSTALL, replace(BUILD, commands=(text,))), PLAIN)).text
    runs = [item for item in dockerfile.parse_string(text_of) if item.cmd.upper() == "RUN"]
    assert runs[-1].value == ("/bin/sh", "-c", text)


@given(st.text(min_size=1, max_size=40))
def test_no_command_adds_an_instruction(text: str) -> None:
    from dataclasses import replace

    built = plan((SETUP, INSTALL, replace(BUILD, commands=(text,))), PLAIN)
    if "\0" in text:
        with pytest.raises(PlanError):
            render(built)
        return
    commands = [item.cmd.upper() for item in dockerfile.parse_string(render(built).text)]
    expected = [item.cmd.upper() for item in dockerfile.parse_string(rendered())]
    assert commands == expected


@given(st.text(min_size=1, max_size=40))
def test_no_value_of_a_variable_adds_an_instruction_or_a_second_variable(text: str) -> None:
    try:
        text_of = rendered(variables=(Variable("A", text, "run"),))
    except PlanError:
        return
    environments = [item for item in dockerfile.parse_string(text_of) if item.cmd.upper() == "ENV"]
    assert len(environments) == 1
    assert environments[0].value[0] == "A"
    assert len(environments[0].value) in {2, 3}


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4))
def test_a_start_command_keeps_its_words(words: list[str]) -> None:
    try:
        text_of = rendered(processes=(Process("web", argv=tuple(words)),))
    except PlanError:
        assert any("\0" in word for word in words)
        return
    start = [item for item in dockerfile.parse_string(text_of) if item.cmd.upper() == "CMD"]
    assert start[0].value == tuple(words)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a b.json", 'COPY ["a b.json", "./"]'),
        ("a[1].json", 'COPY ["a[[]1].json", "./"]'),
        ("$HOME.json", 'COPY ["\\\\$HOME.json", "./"]'),
    ],
)
def test_an_awkward_file_name_is_copied_as_it_is(path: str, expected: str) -> None:
    from dataclasses import replace

    install = replace(INSTALL, inputs=(Input(path),))
    assert expected in render(plan((SETUP, install, BUILD), PLAIN)).text


def test_a_file_name_with_a_line_end_is_refused() -> None:
    from dataclasses import replace

    install = replace(INSTALL, inputs=(Input("a\nRUN evil"),))
    with pytest.raises(PlanError, match="control character"):
        render(plan((SETUP, install, BUILD), PLAIN))


def test_a_secret_is_mounted_for_the_one_step_that_reads_it() -> None:
    from dataclasses import replace

    install = replace(INSTALL, secrets=("NPM_TOKEN",), caches=(Cache("npm", "/root/.npm"),))
    text = render(plan((SETUP, install, BUILD), PLAIN)).text
    assert (
        "RUN --mount=type=cache,id=npm,target=/root/.npm \\\n"
        "    --mount=type=secret,id=NPM_TOKEN \\\n"
        '    NPM_TOKEN="$(cat /run/secrets/NPM_TOKEN)" npm ci\n'
    ) in text
    assert text.count("NPM_TOKEN") == 3


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("next start -p ${PORT}", '["sh", "-c", "exec next start -p ${PORT}"]'),
        ("migrate && node x", '["sh", "-c", "migrate && node x"]'),
        ("cd web", '["sh", "-c", "cd web"]'),
    ],
)
def test_a_shell_line_gives_its_place_to_the_process_when_it_is_one(line: str, expected: str) -> None:
    assert f"CMD {expected}\n" in rendered(processes=(Process("web", shell=line),))


def test_a_base_image_that_is_not_a_reference_is_refused() -> None:
    from dataclasses import replace

    built = plan((SETUP, INSTALL, BUILD), PLAIN)
    runtime = replace(built.run.runtime, image="node:24\nRUN evil")
    with pytest.raises(PlanError, match="not a valid image reference"):
        render(replace(built, run=replace(built.run, runtime=runtime)))
