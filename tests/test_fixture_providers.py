"""Which provider wins each fixture, what it is taken for, how it starts, and why."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from conftest import FIXTURE_NAMES, FIXTURES
from fixture_expectation import Expected

import buildplan


def expectations() -> dict[str, Expected]:
    """Return the tables of all languages as one: `tests/expectations/ruby.py` holds what is expected of `ruby-*`."""
    folder = Path(__file__).parent / "expectations"
    found: dict[str, Expected] = {}
    for path in sorted(folder.glob("*.py")):
        found |= importlib.import_module(f"expectations.{path.stem}").TABLE
    return found


TABLE = expectations()


def test_every_fixture_is_in_the_table_and_nothing_else() -> None:
    assert sorted(TABLE) == FIXTURE_NAMES


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_fixture_answers_with_its_own_name_and_names_no_package_registry(name: str) -> None:
    answers = False
    for path in (FIXTURES / name).rglob("*"):
        if not path.is_file() or path.suffix == ".zip":
            continue
        data = path.read_bytes()
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8")
        answers = answers or re.search(rf"(?:from |[\"'`]){re.escape(name)}\b", text) is not None
        assert not re.search(r"\b(?:registry|files)\.[\w-]+\.(?:org|com)\b", text), path
    assert answers


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_right_provider_wins_for_a_reason(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    expected = TABLE[name]
    app = plan.providers[0]
    assert (app.name, app.role) == (expected.provider, "app"), expected.why
    assert (app.frameworks[0] if app.frameworks else None) == expected.framework, expected.why
    assert app.evidence, "a provider says what convinced it"
    reason = plan.decision("providers")
    assert reason is not None
    assert reason.rule


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_app_is_what_it_looks_like_and_starts_as_it_should(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    expected = TABLE[name]
    process = plan.process(plan.start)
    assert process is not None
    kind = "static" if plan.run.site is not None else "server" if process.port is not None else "worker"
    assert (kind, process.text) == (expected.kind, expected.start), expected.why
    assert plan.run.working_dir == expected.directory
