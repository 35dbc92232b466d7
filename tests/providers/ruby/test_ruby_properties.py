"""Hostile Ruby trees give a plan or an error of ours, and none of their text becomes a command."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st
from planned import of, plan
from ruby_trees import RAILS

from buildplan.errors import BuildplanError
from buildplan.read import ruby_source

PIECES = st.sampled_from(
    [
        'gem "', "gem 'rails'", "group :a do", "end", "\n", '"', "'", "#{", "}", "%w[", "<<~EOS", "EOS", "=begin\n",
        "\n=end\n", ", path: ", "ruby ", "3.4", ":", "=>", "\\", "(", ")", "ENV.fetch(", "source ", "$(touch /x)",
        "; rm -rf /", "`id`", "eval_gemfile ", "\x00", "\u2028", "GEM\n", "  specs:\n", "    pg (1.0)\n", "PLATFORMS\n",
        "  ruby\n", "BUNDLED WITH\n", "   2.5.0\n", "<<<<<<< x\n",
    ]
)  # fmt: skip
SOURCES = st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join)


@given(SOURCES)
def test_any_text_splits_into_statements(source: str) -> None:
    for statement in ruby_source.statements(of({"a.rb": source}), "a.rb"):
        assert statement
        assert all(token.line >= 1 for token in statement)


@given(SOURCES, SOURCES, SOURCES, SOURCES)
def test_random_files_give_a_plan_or_an_error(gemfile: str, lock: str, puma: str, version: str) -> None:
    files = {**RAILS, "Gemfile": gemfile, "Gemfile.lock": lock, "config/puma.rb": puma, ".ruby-version": version}
    with contextlib.suppress(BuildplanError):
        text = plan(files).dockerfile()
        assert "touch /x" not in text
        assert "rm -rf / " not in text


@given(SOURCES)
def test_names_in_initializers_never_leave_their_word(name: str) -> None:
    gemfile = RAILS["Gemfile"] + 'gem "propshaft"\n'
    files = {**RAILS, "Gemfile": gemfile, "app/assets/a.css": "", "config/initializers/a.rb": f'ENV.fetch("{name}")'}
    with contextlib.suppress(BuildplanError):
        assert "touch /x" not in plan(files).dockerfile()
