"""Requests as intervals: compared with npm's own semver and with `packaging`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from buildplan.model.version_ranges import (
    ANY,
    END,
    Grammar,
    Intervals,
    NotUnderstoodError,
    Release,
    dotted,
    intervals,
    numbers_of,
    shown,
)

NPM_TABLE = (Path(__file__).parent / "data" / "npm_ranges.tsv").read_text(encoding="utf-8").splitlines()


def release(version: str) -> Release:
    major, minor, patch = numbers_of(version)
    return major, minor, patch


def inside(version: str, allowed: Intervals) -> bool:
    return any(interval.low <= release(version) < interval.high for interval in allowed)


VERSIONS = NPM_TABLE[2].partition("Versions: ")[2].split()
NPM_CASES = [tuple(line.split("\t")) for line in NPM_TABLE[3:]]
NPM_VALID = [case for case in NPM_CASES if case[1] != "invalid"]


@pytest.mark.parametrize(("text", "expected"), NPM_VALID, ids=[repr(case[0]) for case in NPM_VALID])
def test_a_range_allows_what_npms_own_semver_allows(text: str, expected: str) -> None:
    allowed = intervals(text, "npm")
    assert "".join(str(int(inside(version, allowed))) for version in VERSIONS) == expected


def test_the_table_of_ranges_is_as_large_as_it_was_made() -> None:
    assert len(NPM_CASES) == 290
    assert len(NPM_VALID) > 220


def test_what_npm_refuses_is_refused_but_for_commas_and_numbers_after_a_wildcard() -> None:
    lenient = re.compile(r",|[xX*]\.[0-9]")
    accepted = []
    for text, expected in NPM_CASES:
        if expected != "invalid" or lenient.search(text):
            continue
        try:
            intervals(text, "npm")
        except NotUnderstoodError:
            continue
        accepted.append(text)
    assert accepted == []


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("^18.0.0, ^20", ["18.1.0", "20.9.0"], ["19.0.0", "21.0.0"]),
        (">=18, <21", ["18.0.0", "20.9.0"], ["21.0.0"]),
        (">=18<20", ["18.0.0", "19.9.0"], ["20.0.0"]),
        ("=>18", ["18.0.0", "30.0.0"], ["17.9.0"]),
        ("=<18", ["18.9.0", "1.0.0"], ["19.0.0"]),
        ("\t>=18\t<21 ", ["18.0.0"], ["21.0.0"]),
        ("22.x.1", ["22.0.0", "22.9.9"], ["23.0.0"]),
        ("node 22", ["22.1.0"], ["23.0.0"]),
        ("node@22.x", ["22.1.0"], ["23.0.0"]),
        ("nodejs-22", ["22.1.0"], ["23.0.0"]),
        ("nodejs_22", ["22.1.0"], ["23.0.0"]),
    ],
)
def test_spellings_of_real_files_that_npm_does_not_know_are_understood(
    text: str, allowed: list[str], refused: list[str]
) -> None:
    found = intervals(text, "npm", ("node", "nodejs"))
    assert all(inside(version, found) for version in allowed)
    assert not any(inside(version, found) for version in refused)


@pytest.mark.parametrize("text", ["*", "", "x", ">=0", ">=0.0.0", "^*", "20 || *"])
def test_a_request_without_a_limit_allows_everything(text: str) -> None:
    assert intervals(text, "npm") == ANY


@pytest.mark.parametrize("text", [">=18 <18", "18 20", "<0", ">*", "22.0.0-rc.1"])
def test_a_request_that_nothing_satisfies_has_no_interval(text: str) -> None:
    assert intervals(text, "npm") == ()


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        (">=3.11,<3.14", ["3.11.0", "3.13.9"], ["3.14.0", "3.10.9"]),
        ("==3.12.*", ["3.12.0", "3.12.9"], ["3.13.0"]),
        ("==3.12", ["3.12.0"], ["3.12.1"]),
        ("3.12", ["3.12.0", "3.12.9"], ["3.13.0"]),
        ("~=3.12", ["3.12.0", "3.99.0"], ["4.0.0"]),
        ("~=3.12.1", ["3.12.1", "3.12.9"], ["3.12.0", "3.13.0"]),
        ("!=3.12.*,>=3.11", ["3.11.0", "3.13.0"], ["3.12.5"]),
        ("<=3.12", ["3.12.0", "3.11.9"], ["3.12.1"]),
        (">3.11", ["3.11.1"], ["3.11.0"]),
        ("^3.11", ["3.11.0", "3.99.0"], ["4.0.0"]),
        ("~3.11", ["3.11.9"], ["3.12.0"]),
        ("~3", ["3.99.0"], ["4.0.0"]),
        ("^3.8 || ^3.9", ["3.8.0"], ["4.0.0"]),
        (">=3.9 <3.13", ["3.12.0"], ["3.13.0"]),
        (">=3.12.0rc1", ["3.12.0"], ["3.11.9"]),
        ("3.*", ["3.0.0", "3.99.0"], ["4.0.0"]),
    ],
)
def test_python_specifiers_and_poetrys_own_are_understood(text: str, allowed: list[str], refused: list[str]) -> None:
    found = intervals(text, "pep440")
    assert [version for version in allowed if not inside(version, found)] == []
    assert [version for version in refused if inside(version, found)] == []


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("~> 3.3", ["3.3.0", "3.9.0"], ["4.0.0", "3.2.9"]),
        ("~> 3.3.1", ["3.3.1", "3.3.9"], ["3.3.0", "3.4.0"]),
        ("~> 3", ["3.0.0", "3.9.0"], ["4.0.0"]),
        (">= 3.2, < 3.5", ["3.4.9"], ["3.5.0"]),
        ("3.3.6", ["3.3.6"], ["3.3.7"]),
        ("3.3", ["3.3.0"], ["3.3.6"]),
        ("!= 3.3.0, ~> 3.3", ["3.3.1"], ["3.3.0"]),
    ],
)
def test_requirements_of_gems_are_understood(text: str, allowed: list[str], refused: list[str]) -> None:
    found = intervals(text, "gem")
    assert [version for version in allowed if not inside(version, found)] == []
    assert [version for version in refused if inside(version, found)] == []


_pep_version = st.tuples(st.integers(2, 4), st.integers(0, 4), st.integers(0, 3))
_pep_clause = st.one_of(
    st.tuples(
        st.sampled_from([">=", "<=", ">", "<", "==", "!=", "~="]),
        _pep_version.flatmap(lambda v: st.sampled_from([v[:2], v])),
    ).map(lambda pair: pair[0] + dotted(pair[1])),
    st.tuples(st.sampled_from(["==", "!="]), _pep_version).map(lambda pair: f"{pair[0]}{dotted(pair[1][:2])}.*"),
)


@settings(max_examples=150, deadline=None)
@given(clauses=st.lists(_pep_clause, min_size=1, max_size=3), versions=st.lists(_pep_version, min_size=1, max_size=8))
def test_a_specifier_allows_what_packaging_allows(clauses: list[str], versions: list[Release]) -> None:
    text = ",".join(clauses)
    specifiers, allowed = SpecifierSet(text), intervals(text, "pep440")
    # An impossible set with a comma is read as a choice.
    if any(specifiers.contains(dotted(version)) for version in versions) or len(clauses) == 1:
        for version in versions:
            assert inside(dotted(version), allowed) == specifiers.contains(dotted(version)), (text, version)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3.12", (3, 12, 0), (3, 13, 0)),
        ("1.22.3", (1, 22, 3), (1, 22, 4)),
        ("go1.22", (1, 22, 0), (1, 23, 0)),
        ("temurin-21.0.2", (21, 0, 2), (21, 0, 3)),
        ("17.0.9.8.1", (17, 0, 9), (17, 0, 10)),
        ("17.0.9+9", (17, 0, 9), (17, 0, 10)),
        ("v20", (20, 0, 0), (21, 0, 0)),
        ("3.12.x", (3, 12, 0), (3, 13, 0)),
        ("3", (3, 0, 0), (4, 0, 0)),
    ],
)
def test_an_exact_version_is_a_release_or_the_start_of_one(text: str, low: Release, high: Release) -> None:
    (found,) = intervals(text, "exact", ("go", "temurin"))
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize("grammar", ["npm", "pep440", "gem", "exact"])
@pytest.mark.parametrize(
    "text",
    [
        "banana",
        "20\nRUN curl evil",
        "20; rm -rf /",
        "$(id)",
        "22 && id",
        "٢٢",
        "22.0.0.0.0.0.0",
        "0x16",
        "1e3",
        "-22",
        "022",
        "22\0",
        "\u202e22",
        "9" * 10_000,
        "9" * 20,
        "|" * 300,
        " ".join(["22"] * 500),
    ],
)
def test_what_is_no_version_is_refused_and_never_guessed(text: str, grammar: Grammar) -> None:
    with pytest.raises(NotUnderstoodError):
        intervals(text, grammar)


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(st.text(max_size=60), st.text(alphabet="0123456789.xX*<>=~^|-, v!ab", max_size=40)),
    grammar=st.sampled_from(["npm", "pep440", "gem", "exact"]),
)
def test_any_text_gives_sorted_intervals_or_a_typed_error(text: str, grammar: Grammar) -> None:
    try:
        found = intervals(text, grammar, ("node",))
    except NotUnderstoodError:
        return
    edges = [edge for interval in found for edge in (interval.low, interval.high)]
    assert edges == sorted(set(edges))
    assert not edges or edges[-1] <= END


def test_text_for_a_message_is_one_short_line() -> None:
    assert shown("20\nRUN curl evil") == "20\\nRUN curl evil"
    assert shown("\u202eevil\x1b[31m") == "\\u202eevil\\x1b[31m"
    assert shown("9" * 10_000) == "9" * 60 + "…"
