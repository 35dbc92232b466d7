"""Elixir: what is code, and what is a string, a comment, a sigil."""

from __future__ import annotations

import time

import pytest
from buildplan.providers.elixir import mix_project
from planned import of

from buildplan.read import elixir_source

REST = [("other", ","), ("key", "b"), ("word", "1")]


def kinds(text: str) -> list[tuple[str, str]]:
    return [(item.kind, item.text) for item in elixir_source.of(of({"a.exs": text}), "a.exs")]


def mix(text: str) -> mix_project.MixFile:
    return mix_project.read_mix(of({"mix.exs": text}), "mix.exs")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('f app: :shop # app: :other\n"x"', [("word", "f"), ("key", "app"), ("atom", "shop"), ("string", "x")]),
        ('f "assets.deploy": "a", b: 1', [("word", "f"), ("key", "assets.deploy"), ("string", "a"), *REST]),
        ("x # }", [("word", "x")]),
        ("x # a\n # b\n\n", [("word", "x")]),
        ("~w(app: :no) x", [("sigil", "w:app: :no"), ("word", "x")]),
        ('"""\napp: :no\n"""\n:yes', [("atom", "yes")]),
        ('?" x', [("word", "x")]),
        ('"a\\"b"', [("string", 'a"b')]),
        ("'chars' x", [("string", "chars"), ("word", "x")]),
        ("a || b |> c", [("word", "a"), ("operator", "||"), ("word", "b"), ("operator", "|>"), ("word", "c")]),
    ],
)
def test_code_is_told_from_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_code_inside_of_a_string_is_code() -> None:
    found = kinds('"https://#{System.get_env("HOST")}/x" <> :end')
    assert ("interpolated", "https://") in found
    assert ("string", "HOST") in found
    assert found[-1] == ("atom", "end")


def test_lines_are_counted_over_strings_and_heredocs() -> None:
    found = elixir_source.of(of({"a.exs": '"""\n\n"""\n"a\nb"\n:last'}), "a.exs")
    assert [(item.text, item.line) for item in found] == [("a\nb", 4), ("last", 6)]


@pytest.mark.parametrize(
    "text", ['"#{' * 2000, "(" * 100_000, '"' * 99_999, "~w(" * 30_000, "#{}" * 10_000, '"""' * 999]
)
def test_hostile_text_is_read_in_time(text: str) -> None:
    begin = time.process_time()
    assert mix(text).app is None
    assert time.process_time() - begin < 3


def test_a_mix_file_is_read_by_its_meaning_and_not_by_its_form() -> None:
    made = mix(
        """
        defmodule Shop.MixProject do
          @app :shop
          @elixir "~> 1.17"
          def project do
            # app: :wrong
            [app: @app, elixir: @elixir, deps: deps(), releases: releases(), default_release: :web]
          end
          def application, do: [mod: {Shop, []}]
          defp deps do
            [
              {:phoenix, "~> 1.7"},
              {:floki, ">= 0.30.0", only: :test},
              {:credo, "~> 1.0", [only: [:dev, :test], runtime: false]},
              {:core, path: "../core"},
              {:tool, git: "https://example.org/tool", only: :prod}
            ]
          end
          defp releases, do: [web: [applications: [shop: :permanent]], jobs: [], "bad name": []]
        end
        """
    )
    assert made.app is not None
    assert made.elixir is not None
    assert (made.app.value, made.elixir.value, made.elixir.origin.line) == ("shop", "~> 1.17", 7)
    assert sorted(made.shipped) == ["core", "phoenix", "tool"]
    assert made.dependencies["core"].in_tree
    assert [(item.name, item.applications) for item in made.releases] == [("web", ("shop",)), ("jobs", ())]
    assert made.default_release == "web"
    assert made.frameworks == ("phoenix",)


def test_a_lock_file_says_versions_and_repositories() -> None:
    text = (
        "%{\n"
        '  "jason": {:hex, :jason, "1.4.4", "b1", [:mix], '
        '[{:decimal, "~> 1.0", [hex: :decimal, repo: "hexpm"]}], "hexpm", "c5"},\n'
        '  "oban_pro": {:hex, :oban_pro, "1.5.0", "aa", [:mix], [], "oban", "bb"},\n'
        '  "tool": {:git, "https://example.org/tool", "abc", []},\n'
        "}\n"
    )
    found = mix_project.read_lock(of({"mix.lock": text}), "mix.lock")
    assert [(name, item.kind, item.version, item.repo) for name, item in found.items()] == [
        ("jason", "hex", "1.4.4", "hexpm"),
        ("oban_pro", "hex", "1.5.0", "oban"),
        ("tool", "git", None, None),
    ]
    assert found["tool"].source == "https://example.org/tool"
    assert found["tool"].origin.line == 4
