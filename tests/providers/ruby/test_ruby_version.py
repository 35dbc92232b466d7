"""Which Ruby is taken."""

from __future__ import annotations

import pytest
from planned import codes, plan
from ruby_trees import RACK, lock

GEMS = RACK["Gemfile"]


@pytest.mark.parametrize(
    ("files", "version", "place"),
    [
        ({}, "3.4", "<catalogue>"),
        ({".ruby-version": "ruby-3.3.5\n"}, "3.3.5", ".ruby-version"),
        ({".ruby-version": "3.3.5-p100\n"}, "3.3.5", ".ruby-version"),
        ({"Gemfile": f'ruby "3.4.2"\n{GEMS}', ".ruby-version": "3.4.2\n"}, "3.4.2", "Gemfile"),
        ({"Gemfile": f'ruby "3.3.4"\n{GEMS}', ".ruby-version": "3.3.5\n"}, "3.3.4", "Gemfile"),
        ({"Gemfile": f'ruby "~> 3.3.0"\n{GEMS}'}, "3.3", "Gemfile"),
        ({"Gemfile": f'ruby ">= 3.2", "< 3.4"\n{GEMS}', ".ruby-version": "3.2.4"}, "3.2.4", ".ruby-version"),
        ({"Gemfile": f'ruby file: "here.txt"\n{GEMS}', "here.txt": "3.3.1\n"}, "3.3.1", "here.txt"),
        (
            {"Gemfile": f'ruby File.read(".ruby-version").strip\n{GEMS}', ".ruby-version": "3.3.2\n"},
            "3.3.2",
            ".ruby-version",
        ),
        ({".tool-versions": "nodejs 22.1.0\nruby 3.4.1\n"}, "3.4.1", ".tool-versions"),
        ({"mise.toml": '[tools]\nruby = "3.3"\n'}, "3.3", "mise.toml"),
        ({"Gemfile.lock": lock("puma (6.0)", ruby="3.3.1p55")}, "3.3.1", "Gemfile.lock"),
        (
            {"Dockerfile": "ARG RUBY_VERSION=3.3.9\nFROM docker.io/library/ruby:$RUBY_VERSION-slim AS base\n"},
            "3.3.9",
            "Dockerfile",
        ),
    ],
)
def test_the_strongest_pin_wins(files: dict[str, str], version: str, place: str) -> None:
    made = plan({**RACK, **files})
    found = made.decision("ruby.version")
    assert found is not None
    assert (found.value, found.origin.path) == (version, place)


def test_files_that_disagree_are_reported() -> None:
    assert "BP603" in codes(plan({**RACK, ".ruby-version": "3.3.5", ".tool-versions": "ruby 3.4.1\n"}))


def test_another_ruby_than_cruby_is_reported() -> None:
    assert "BP605" in codes(plan({**RACK, ".ruby-version": "jruby-9.4.5.0\n"}))


def test_an_old_rails_without_a_pin_gets_a_ruby_that_it_runs_on() -> None:
    made = plan({**RACK, "Gemfile.lock": lock("railties (6.1.7)", "rails (6.1.7)")})
    found = made.decision("ruby.version")
    assert found is not None
    assert found.value == "3.2"
    assert found.origin.path == "Gemfile.lock"
