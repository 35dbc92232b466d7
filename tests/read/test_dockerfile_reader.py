"""Any Dockerfile is read, and agrees with the official parser on what its instructions are."""

from __future__ import annotations

import time
from pathlib import Path

import dockerfile
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from buildplan.errors import FileError
from buildplan.read.dockerfile import Dockerfile, Word, commands_of
from buildplan.read.dockerfile_reader import MAX_STAGES, MergeConflictError, parse, read
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

SNAPSHOTS = sorted((ROOT / "tests" / "snapshots").glob("*.Dockerfile"))


def problem_of(text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        parse(text)
    return caught.value


def spans(found: Dockerfile) -> list[tuple[str, int, int]]:
    items = [*found.arguments]
    for stage in found.stages:
        items += [stage.start, *stage.instructions]
    return [("ONBUILD" if item.on_build else item.name, item.first, item.last) for item in items]


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_our_own_dockerfiles_are_read_as_the_official_parser_reads_them(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    official = [(item.cmd.upper(), item.start_line, item.end_line) for item in dockerfile.parse_string(text)]
    assert spans(parse(text)) == official


LINES = (
    "RUN echo 'a b' \\\n  && ls",
    "RUN <<EOF\necho $A\nFROM x\nEOF",
    "RUN cat <<-'X' > f\n\tY\n\tX",
    'COPY <<A <<"B" /x/\na\nA\nb\nB',
    'COPY ["a b", "c"]',
    "COPY --from=0 --chown=1:1 a b /c/",
    "ENV A=1 B='x y' \\\n# comment\n  C=\"$A\"",
    "ENV OLD style value",
    "ARG X",
    "ARG Y=1 Z",
    'CMD ["node", "x.js"]',
    "CMD node x.js",
    "ONBUILD RUN npm ci",
    "HEALTHCHECK --interval=5s CMD curl x || exit 1",
    "HEALTHCHECK NONE",
    "EXPOSE 80 443/tcp",
    'LABEL a=b c="d e"',
    "VOLUME /data",
    'SHELL ["/bin/bash", "-c"]',
    "# a comment",
    "",
    "   WORKDIR /app",
    "FROM scratch AS last",
    "user 1000",
    "STOPSIGNAL SIGINT",
    "MAINTAINER somebody",
)


@given(st.lists(st.sampled_from(LINES), max_size=12), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=150, deadline=None)
def test_the_official_parser_agrees_on_every_mix_of_instructions(lines: list[str], end: str) -> None:
    text = "\n".join(["# syntax=docker/dockerfile:1", "FROM a AS b", *lines, ""]).replace("\n", end)
    official = [(item.cmd.upper(), item.start_line, item.end_line) for item in dockerfile.parse_string(text)]
    assert spans(parse(text)) == official


def test_arguments_before_the_first_from_give_images_their_version() -> None:
    found = parse("ARG V=22\nARG S=slim\nFROM node:${V}-${S} AS base\nFROM base\n")
    assert found.stages[0].image == Word("node:${V}-${S}", "node:22-slim", ("V", "S"))
    assert found.stages[1].base == found.stages[0]


def test_a_variable_that_only_the_builder_knows_has_no_value() -> None:
    found = parse("ARG V\nFROM node:$V\nARG TARGETARCH=amd64\nCOPY app-$TARGETARCH-$HOME /x\n")
    assert found.stages[0].image.value is None
    assert found.stages[0].instructions[1].words[0].value is None


def test_defaults_in_a_reference_and_escapes_are_understood() -> None:
    found = parse("ARG V\nFROM node:${V:-24}${W:+x}\nWORKDIR /a/${B:-b}/\\$C\n")
    assert found.stages[0].image.value == "node:24"
    assert found.stages[0].instructions[0].words[0].value == "/a/b/$C"


def test_an_argument_ends_with_its_stage_and_env_does_not() -> None:
    found = parse("ARG A=1\nFROM x AS one\nARG A\nENV B=$A\nFROM one\nWORKDIR /$A/$B\n")
    assert found.stages[1].instructions[0].words[0].value is None
    assert found.stages[1].variable("B") is not None
    assert parse("FROM x AS one\nENV B=2\nFROM one\nWORKDIR /$B\n").stages[1].instructions[0].words[0].value == "/2"


def test_env_beats_an_argument_of_the_same_name() -> None:
    found = parse("FROM x\nENV P=1\nARG P=2\nWORKDIR /$P\n")
    assert found.stages[0].instructions[2].words[0].value == "/1"


def test_a_run_knows_what_the_names_in_it_stand_for() -> None:
    found = parse("FROM x\nARG V=9\nENV W=8\nRUN npm i -g pnpm@$V <<EOF\n${W} $X\nEOF\n")
    assert dict(found.stages[0].instructions[2].variables) == {"V": "9", "W": "8"}


def test_the_escape_directive_is_honoured() -> None:
    found = parse("# escape=`\nFROM x\nRUN dir `\n  c:\\\nCOPY c:\\a `\n  c:\\b\n")
    assert found.directives == (("escape", "`"),)
    assert [item[1:] for item in spans(found)] == [(2, 2), (3, 4), (5, 6)]
    assert found.stages[0].instructions[1].words[0].text == "c:\\a"


def test_onbuild_holds_the_instruction_that_it_is_for() -> None:
    found = parse("FROM x\nONBUILD COPY . /app\nONBUILD ENV A=1\n")
    copied, variable = found.stages[0].instructions
    assert (copied.name, copied.on_build, copied.first) == ("COPY", True, 2)
    assert variable.names == ("A",)
    assert found.stages[0].variable("A") is None


def test_stages_are_found_by_name_and_number() -> None:
    found = parse("FROM a AS Build\nFROM b\n")
    assert found.stage("build") is found.stages[0]
    assert found.stage("1") is found.stages[1]
    assert found.stage("2") is None
    assert found.stage("99999999999") is None


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "it holds no `FROM`"),
        ("# only a comment\n", None, "it holds no `FROM`"),
        ("ARG A=1\n", None, "it holds no `FROM`"),
        ("RUN x\nFROM a\n", 1, "`RUN` stands before the first `FROM`"),
        ("FROM a\nRNU x\n", 2, "it is no Dockerfile: unknown instruction: RNU"),
        ("FROM a b\n", 1, "`FROM` has 2 words; expected an image, or `image AS name`"),
        ("FROM a\nENV A=1 B\n", 2, 'it is no Dockerfile: syntax error - can\'t find = in "B"'),
        ('FROM a\nCMD ["x", 1]\n', 2, "it is no Dockerfile: only strings are supported in JSON arrays"),
        ("FROM a\nRUN <<EOF\nx\n", 2, "it is no Dockerfile: unterminated heredoc"),
        ("# escape=`\n# escape=`\nFROM a\n", 2, "it is no Dockerfile: only one escape parser directive can be used"),
        ("FROM a\nCMD " + "[" * 20_000, None, "it is nested too deeply to be read"),
        ("FROM a\nRUN " + "x" * 66_000, 2, "a line has more than 65535 characters, which no builder reads"),
        ("FROM a\n" + "RUN x\n" * 300_000, None, "it has more than 256 kB, so it is not read"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else None,
)
def test_what_is_no_dockerfile_is_an_error_with_its_line(text: str, line: int | None, message: str) -> None:
    error = problem_of(text)
    assert error.problem.startswith(message)
    assert error.origin is not None
    assert (error.origin.path, error.origin.line) == ("Dockerfile", line)


def test_a_merge_conflict_is_an_error_of_its_own() -> None:
    error = problem_of("FROM a\nRUN x \\\n<<<<<<< HEAD\n  a\n=======\n  b\n>>>>>>> topic\n")
    assert isinstance(error, MergeConflictError)
    assert error.problem == "a merge conflict is left in it, from line 3 to 7"


def test_a_line_of_equals_signs_alone_is_no_conflict() -> None:
    assert len(parse("FROM a\nRUN <<EOF\n=======\nEOF\n").stages) == 1


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    plain = "FROM a\nRUN x \\\n  && y\nCOPY a b\n"
    marked = "\ufeff" + plain.replace("\n", "\r\n")
    assert spans(parse(plain)) == spans(parse(marked))
    assert read(SourceTree(MemoryBackend({"Dockerfile": marked})), "Dockerfile") == parse(plain)


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n" + "RUN echo hi && ls\nENV A=1\nCOPY a b\n" * 3_500,
        "FROM a AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\nENV X{n}=1\n" for n in range(MAX_STAGES - 1)),
        "# syntax=a" + " " * 60_000 + "b\nFROM a\n",
        "FROM a\n" + "ENV A=" + "$A" * 20_000 + "\n",
        "FROM a\nRUN " + "$(" * 30_000 + "\n",
    ],
    ids=["lines", "stages", "spaces", "references", "brackets"],
)
def test_large_and_hostile_files_are_read_in_a_moment(text: str) -> None:
    start = time.process_time()
    parse(text)
    assert time.process_time() - start < 5


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_dockerfile_or_a_typed_error(text: str) -> None:
    try:
        found = parse("FROM a\n" + text)
    except FileError as error:
        assert error.problem  # noqa: PT017  # either outcome is right
    else:
        assert found.stages


def test_variables_that_double_with_each_line_become_unknown_at_once() -> None:
    lines = "".join(f"ENV A{number}=$A{number - 1}$A{number - 1}\n" for number in range(1, 60))
    begin = time.process_time()
    stage = parse(f"FROM a\nENV A0=xxxxxxxxxx\n{lines}").stages[0]
    assert time.process_time() - begin < 2
    known = [instruction.words[0].value for instruction in stage.instructions]
    assert known[3] == "x" * 80
    assert known[-1] is None


def test_many_uses_of_a_long_value_become_unknown() -> None:
    begin = time.process_time()
    stage = parse(f"FROM a\nENV A={'x' * 4000}\n" + "ENV B=$A\n" * 20_000).stages[0]
    assert time.process_time() - begin < 8
    assert stage.instructions[1].words[0].value == "x" * 4000
    assert stage.instructions[-1].words[0].value is None


def test_more_stages_than_anybody_writes_are_refused_with_a_line() -> None:
    stages = "".join(f"FROM s{number} AS s{number + 1}\n" for number in range(MAX_STAGES))
    assert len(parse(stages).stages) == MAX_STAGES
    problem = problem_of(f"{stages}FROM node:24\n")
    assert problem.origin is not None
    assert problem.origin.line == MAX_STAGES + 1


def test_a_here_document_is_a_script_or_input() -> None:
    stage = parse(
        "FROM a\nRUN <<EOF\nnpm ci\nls\nEOF\nRUN cat <<EOF > f\nnpm ci\nEOF\nRUN bash <<EOF\nls\nEOF\n"
    ).stages[0]
    found = [[command.program for command in commands_of(item)] for item in stage.instructions]
    assert found == [["npm", "ls"], ["cat"], ["ls"]]
