"""Which version wins, what it beat, and what the owner is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildplan.catalogue import image
from buildplan.catalogue.versions import Request, Resolution, resolve
from buildplan.errors import PluginError, VersionError
from buildplan.model.build_plan import Decision, Diagnostic
from buildplan.model.origin import Origin, option
from buildplan.model.reasons import Reasons

if TYPE_CHECKING:
    from buildplan.model.version_ranges import Grammar

NVMRC = Origin(".nvmrc", 1)
ENGINES = Origin("package.json", 7, "engines.node")


def asked(
    text: str, *, runtime: str = "node", grammar: Grammar = "npm", origin: Origin = NVMRC
) -> tuple[Resolution, Decision, tuple[Diagnostic, ...]]:
    return asked_all(Request(text, origin, grammar), runtime=runtime)


def asked_all(*requests: Request, runtime: str = "node") -> tuple[Resolution, Decision, tuple[Diagnostic, ...]]:
    reasons = Reasons()
    resolution = resolve(runtime, requests, reasons)
    (decision,) = reasons.decisions
    return resolution, decision, reasons.diagnostics


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [diagnostic.code for diagnostic in diagnostics]


def test_without_a_request_the_default_line_is_taken_from_the_table() -> None:
    resolution, decision, diagnostics = asked_all()
    assert resolution == Resolution("24", None, Origin("<catalogue>", key="node.default"))
    assert decision.field == "node.version"
    assert decision.value == "24"
    assert decision.rule == "nothing asks for a version: the default line"
    assert diagnostics == ()


@pytest.mark.parametrize(
    ("text", "version", "rule"),
    [
        (">=18", "24", "the default line fits `>=18`"),
        ("^20.19.0 || >=22.12.0", "24", "the default line fits `^20.19.0 || >=22.12.0`"),
        (">=18.0.0 <25", "24", "the default line fits `>=18.0.0 <25`"),
        (">= 18", "24", "the default line fits `>= 18`"),
        ("22", "22", "the version that was asked for"),
        ("v22", "22", "the version that was asked for"),
        ("=22", "22", "the version that was asked for"),
        ("nodejs-22", "22", "the version that was asked for"),
        ("node@22", "22", "the version that was asked for"),
        ("22.x", "22", "only line 22 fits `22.x`"),
        ("22.*", "22", "only line 22 fits `22.*`"),
        ("^22.12", "22", "only line 22 fits `^22.12`"),
        (">=22.12 <23", "22", "only line 22 fits `>=22.12 <23`"),
        ("<24", "22", "the newest line with long-term support that fits `<24`"),
        (">=18 <21 || 22", "22", "the newest line with long-term support that fits `>=18 <21 || 22`"),
        (">=25", "26", "the newest line with long-term support that fits `>=25`"),
        ("lts/*", "26", "`lts/*` is line 26 of the tables"),
        ("lts", "26", "`lts` is line 26 of the tables"),
        ("lts-latest", "26", "`lts-latest` is line 26 of the tables"),
        ("lts/jod", "22", "`lts/jod` is line 22 of the tables"),
        ("lts/Krypton", "24", "`lts/Krypton` is line 24 of the tables"),
        ("lts-jod", "22", "`lts-jod` is line 22 of the tables"),
        ("jod", "22", "`jod` is line 22 of the tables"),
        ("lts/-1", "24", "`lts/-1` is line 24 of the tables"),
        ("node", "26", "`node` is line 26 of the tables"),
        ("latest", "26", "`latest` is line 26 of the tables"),
        ("current", "26", "`current` is line 26 of the tables"),
        ("stable", "26", "`stable` is line 26 of the tables"),
        ("latest:22", "22", "only line 22 fits `latest:22`"),
    ],
)
def test_a_range_or_alias_picks_a_line_and_not_a_patch(text: str, version: str, rule: str) -> None:
    resolution, decision, diagnostics = asked(text)
    assert (resolution.version, resolution.requested, resolution.origin) == (version, text, NVMRC)
    assert (decision.value, decision.origin, decision.rule) == (version, NVMRC, rule)
    assert diagnostics == ()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("22.11", "22.11"),
        ("~22.12", "22.12"),
        ("~22.12.1", "22.12"),
        ("22.12.x", "22.12"),
        ("<22.15", "22.14"),
        ("<22.14.5", "22.13"),
        ("<22.90", "22.23"),
        (">=22.14.1 <22.14.5", "22.14.1"),
        ("22.11.0", "22.11.0"),
        ("v22.11.0", "22.11.0"),
        ("=22.11.0", "22.11.0"),
        ("22.9.0 || 22.11.0", "22.11.0"),
    ],
)
def test_where_only_a_part_of_a_line_fits_the_coarsest_tag_inside_is_taken(text: str, version: str) -> None:
    resolution, _, diagnostics = asked(text)
    assert resolution.version == version
    assert diagnostics == ()


@pytest.mark.parametrize(
    ("text", "version", "line", "date"),
    [
        ("20", "20", "20", "2026-04-30"),
        ("v20.9.0", "20.9.0", "20", "2026-04-30"),
        ("18 - 20", "20", "20", "2026-04-30"),
        ("18 || 20", "20", "20", "2026-04-30"),
        ("^18.0.0, ^20", "20", "20", "2026-04-30"),
        ("lts/iron", "20", "20", "2026-04-30"),
        ("25.x", "25", "25", "2026-06-01"),
        ("<=16.13", "16.13", "16", "2023-09-11"),
        (">=18 <20", "18", "18", "2025-04-30"),
    ],
)
def test_a_line_past_its_end_of_life_is_used_with_a_warning_that_names_the_supported_ones(
    text: str, version: str, line: str, date: str
) -> None:
    resolution, _, diagnostics = asked(text)
    assert resolution.version == version
    assert diagnostics == (
        Diagnostic(
            "BP601",
            "warning",
            f"Node.js {line} reached its end of life on {date}",
            NVMRC,
            "move to a supported line: 26, 24, 22",
        ),
    )


@pytest.mark.parametrize(
    ("text", "version", "end"),
    [
        ("27", "27", "26"),
        ("^28", "28", "26"),
        (">=27", "27", "26"),
        ("27.1", "27.1", "26"),
        ("27.1.0", "27.1.0", "26"),
        (">26", "27", "26"),
        ("22.99.1", "22.99.1", "22.23.4"),
        ("~22.99.0", "22.99", "22.23.4"),
        ("~22.23.9", "22.23", "22.23.4"),
        ("^22.99.0", "22", "22.23.4"),
    ],
)
def test_what_is_newer_than_the_tables_is_passed_through_with_a_warning(text: str, version: str, end: str) -> None:
    resolution, _, diagnostics = asked(text)
    assert resolution.version == version
    assert diagnostics == (
        Diagnostic(
            "BP602",
            "warning",
            f"`{text}` asks for a release of Node.js that is unknown to this release of buildplan; "
            f"its tables of 2026-11-24 end at {end}",
            NVMRC,
            "update buildplan, or check that the image exists",
        ),
    )


@pytest.mark.parametrize("text", ["9", "0.12", "<4", "^5.1.0"])
def test_an_old_line_without_a_known_image_is_an_error(text: str) -> None:
    with pytest.raises(VersionError, match=f"BP304 `{re.escape(text)}` fits no line of Node.js") as caught:
        asked(text)
    assert caught.value.origin == NVMRC


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("20\nRUN curl evil", r"`20\nRUN curl evil`"),
        ("banana", "`banana`"),
        ("lts/argon", "`lts/argon`"),
        ("lts/-99", "`lts/-99`"),
        ("22 # why", "`22 # why`"),
        ("9" * 10_000, "`" + "9" * 60 + "…`"),
        ("\x1b[31m22", r"`\x1b[31m22`"),
    ],
)
def test_a_request_that_is_no_version_is_an_error_with_a_safe_literal_and_examples(text: str, literal: str) -> None:
    with pytest.raises(VersionError) as caught:
        asked(text)
    assert caught.value.problem.startswith(f"{literal} cannot be understood as a version of Node.js: ")
    assert caught.value.origin == NVMRC
    assert caught.value.hint == "write a version such as `24`, `>=22 <25`, `^24.4.0` or `lts/*`"


def test_an_impossible_range_is_an_error() -> None:
    with pytest.raises(VersionError, match=r"`>=18 <18` allows no release of Node\.js"):
        asked(">=18 <18")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("system", "it names something of the developer's machine"),
        ("path:/opt/node", "it names something of the developer's machine"),
        ("ref:main", "it names something of the developer's machine"),
        ("*", "it allows every version"),
        ("", "it is empty"),
        (">=0", "it allows every version"),
    ],
)
def test_a_request_that_says_nothing_leaves_the_word_to_the_next(text: str, reason: str) -> None:
    resolution, decision, _ = asked_all(Request(text, NVMRC), Request("22", ENGINES))
    assert (resolution.version, resolution.origin) == ("22", ENGINES)
    assert [(r.value, r.origin, r.reason) for r in decision.runners_up if r.origin == NVMRC] == [(text, NVMRC, reason)]
    assert asked(text)[0].version == "24"


def test_the_strongest_request_wins_and_the_decision_keeps_what_it_beat() -> None:
    resolution, decision, diagnostics = asked_all(Request("22", NVMRC), Request(">=18", ENGINES))
    assert resolution == Resolution("22", "22", NVMRC)
    assert [(r.value, str(r.origin), r.reason) for r in decision.runners_up] == [
        (">=18", "package.json:7 engines.node", "beaten by .nvmrc:1"),
        ("24", "<catalogue> node.default", "it is used only when nothing asks"),
    ]
    assert diagnostics == ()


def test_two_places_that_contradict_each_other_are_both_named() -> None:
    resolution, _, diagnostics = asked_all(Request("22", NVMRC), Request("^20", ENGINES))
    assert resolution.version == "22"
    assert diagnostics == (
        Diagnostic(
            "BP603",
            "warning",
            "`^20` in package.json:7 engines.node does not allow Node.js 22, which `22` in .nvmrc:1 asks for",
            ENGINES,
            "make both ask for the same version",
        ),
    )


@pytest.mark.parametrize(
    ("strong", "weak", "contradicts"),
    [
        ("22", ">=22.12", False),
        ("22", "22.11.0", True),
        ("22.11", "22.11.0", False),
        ("22.11.0", "^22.12", True),
        ("22", "lts/*", False),
        ("lts/*", "22", True),
        ("22", "latest", False),
        ("^22.90", ">=22.80", False),
        (">=18", "22", True),
        (">=18", ">=20 <27", False),
    ],
)
def test_a_contradiction_is_judged_by_what_the_tag_stands_for(strong: str, weak: str, contradicts: bool) -> None:  # noqa: FBT001  # a column
    _, _, diagnostics = asked_all(Request(strong, NVMRC), Request(weak, ENGINES))
    assert ("BP603" in codes(diagnostics)) == contradicts


def test_a_weaker_request_that_is_no_version_is_reported_and_does_not_stop_the_plan() -> None:
    resolution, decision, diagnostics = asked_all(Request("22", NVMRC), Request("banana\n", ENGINES))
    assert resolution.version == "22"
    assert [(d.code, d.origin) for d in diagnostics] == [("BP605", ENGINES)]
    assert decision.runners_up[-1].reason == "it cannot be understood"


def test_a_stronger_request_that_is_no_version_is_an_error_even_when_a_weaker_one_is_fine() -> None:
    with pytest.raises(VersionError, match="banana"):
        asked_all(Request("banana", NVMRC), Request("22", ENGINES))


@pytest.mark.parametrize(
    ("text", "version", "found"),
    [
        (">=3.11,<3.14", "3.13", []),
        (">=3.8", "3.13", []),
        ("~=3.12", "3.13", []),
        ("^3.11", "3.13", []),
        ("==3.12.*", "3.12", []),
        ("3.12", "3.12", []),
        ("<3.13", "3.12", []),
        ("<3.12.5", "3.11", []),
        ("==3.12.5", "3.12.5", []),
        ("<3.12.5,>=3.12", "3.12.4", []),
        ("3.15", "3.15", []),
        (">=3.10,<3.11", "3.10", ["BP601"]),
        (">=3.16", "3.16", ["BP602"]),
    ],
)
def test_python_specifiers_pick_a_python_line(text: str, version: str, found: list[str]) -> None:
    resolution, _, diagnostics = asked(text, runtime="python", grammar="pep440")
    assert (resolution.version, codes(diagnostics)) == (version, found)


def test_a_line_that_is_a_few_weeks_old_is_taken_only_when_nothing_else_fits() -> None:
    assert asked(">=3.14", runtime="python", grammar="pep440")[0].version == "3.14"
    assert asked(">=3.15", runtime="python", grammar="pep440")[0].version == "3.15"


@pytest.mark.parametrize(
    ("runtime", "text", "version", "found"),
    [
        ("python", "python-3.12.1", "3.12.1", []),
        ("python", "3.16.0a1", "3.16.0a1", ["BP602"]),
        ("python", "3", "3.13", []),
        ("go", "go1.26", "1.26", []),
        ("go", "1.22.3", "1.22.3", ["BP601"]),
        ("java", "21", "21", []),
        ("java", "1.8", "8", []),
        ("java", "temurin-21.0.2", "21", ["BP604"]),
        ("java", "21.0.2-tem", "21", ["BP604"]),
        ("dotnet", "net10.0", "10.0", []),
        ("dotnet", "10.0.400", "10.0", ["BP604"]),
        ("elixir", "1.17.3-otp-27", "1.17.3-otp-27", []),
        ("elixir", "1.19", "1.19", []),
        ("rust", "1.75", "1.75", ["BP601"]),
        ("rust", "stable", "1.100", []),
        ("ruby", "ruby-3.3.9", "3.3.9", []),
    ],
)
def test_exact_versions_of_other_runtimes(runtime: str, text: str, version: str, found: list[str]) -> None:
    resolution, _, diagnostics = asked(text, runtime=runtime, grammar="exact")
    assert (resolution.version, codes(diagnostics)) == (version, found)


@pytest.mark.parametrize(("runtime", "text"), [("python", "pypy3.10"), ("python", "3.13t"), ("ruby", "jruby-9.4")])
def test_another_implementation_is_not_taken_for_the_runtime(runtime: str, text: str) -> None:
    with pytest.raises(VersionError, match="cannot be understood"):
        asked(text, runtime=runtime, grammar="exact")


def test_an_old_release_of_a_runtime_with_a_release_train_is_only_noted() -> None:
    (diagnostic,) = asked("1.75", runtime="rust", grammar="exact")[2]
    assert (diagnostic.code, diagnostic.severity) == ("BP601", "info")


def test_an_unknown_runtime_is_an_error_of_the_provider() -> None:
    with pytest.raises(PluginError, match="there is no runtime `cobol`"):
        resolve("cobol", (), Reasons())


_PIECES = st.sampled_from([*"0123456789.xX*<>=~^|-, v", "18", "20", "22.11", "||", ">=", "lts/", "\n", "RUN ", "é"])


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(st.one_of(st.lists(_PIECES, max_size=10).map("".join), st.text(max_size=20)), max_size=3),
    runtime=st.sampled_from(["node", "python", "java", "elixir"]),
    grammar=st.sampled_from(["npm", "pep440", "exact"]),
)
def test_whatever_is_asked_the_version_is_fit_for_an_image_tag(
    texts: list[str], runtime: str, grammar: Grammar
) -> None:
    reasons = Reasons()
    requests = [Request(text, option(f"request {index}"), grammar) for index, text in enumerate(texts)]
    problem = ""
    try:
        resolution = resolve(runtime, requests, reasons)
    except VersionError as error:
        resolution, problem = None, error.problem
    assert problem.isprintable()
    if resolution is None:
        return
    assert re.fullmatch(r"[0-9]+(\.[0-9]+){0,2}((a|b|rc)[0-9]+|-otp-[0-9]+)?", resolution.version)
    assert re.fullmatch(r"[a-z/-]+:[0-9a-z.-]+", image(runtime, resolution.version))
    shown = [text for d in reasons.decisions for text in (d.value, d.rule, *(r.value for r in d.runners_up))]
    assert all(text.isprintable() for text in (*shown, *(d.text for d in reasons.diagnostics)))


IMAGE = Origin("Dockerfile", 1, "FROM")


def test_the_image_of_the_authors_refuses_nothing() -> None:
    guess = Request("9.6.1", IMAGE, "exact", "guess")
    resolution, decision, diagnostics = asked_all(guess, Request(">=20", ENGINES))
    assert (resolution.version, resolution.origin) == ("24", ENGINES)
    assert [(item.value, item.reason) for item in decision.runners_up] == [("9.6.1", "no image has it")]
    assert [(item.code, item.origin) for item in diagnostics] == [("BP605", IMAGE)]
    assert "fits no line of Node.js" in diagnostics[0].text


def test_an_image_that_is_not_the_strongest_contradicts_as_any_request() -> None:
    _, _, diagnostics = asked_all(Request("22", NVMRC), Request("9.6.1", IMAGE, "exact", "guess"))
    assert [(item.code, item.origin) for item in diagnostics] == [("BP603", IMAGE)]


def test_a_file_that_asks_for_what_no_image_has_still_refuses() -> None:
    with pytest.raises(VersionError, match="fits no line"):
        asked_all(Request("9.6.1", NVMRC, "exact"), Request("22", IMAGE, "exact", "guess"))


@pytest.mark.parametrize(
    ("runtime", "text", "version", "expected"),
    [
        # The line's tag has the patch, whenever it came.
        ("go", "~1.26.99", "1.26", []),
        ("python", ">=3.13.99,<3.14", "3.13", []),
        ("node", "^24.21.99", "24", []),
        # A minor that nobody has seen may be a slip of the pen, and an exact tag may not be there yet.
        ("node", "^24.99.0", "24", ["BP602"]),
        ("go", "1.26.99", "1.26.99", ["BP602"]),
    ],
)
def test_a_patch_newer_than_the_table_is_no_matter_where_the_tag_is_the_line(
    runtime: str, text: str, version: str, expected: list[str]
) -> None:
    grammar: Grammar = "pep440" if runtime == "python" else "npm"
    resolution, _, diagnostics = asked(text, runtime=runtime, grammar=grammar)
    assert (resolution.version, codes(diagnostics)) == (version, expected)


def test_messages_quote_the_words_of_the_file() -> None:
    request = Request("~1.99.0", NVMRC, "npm", written="go 1.99.0")
    _, _, (found,) = asked_all(request, runtime="go")
    assert found.text.startswith("`go 1.99.0` asks for a release of Go that is unknown")
