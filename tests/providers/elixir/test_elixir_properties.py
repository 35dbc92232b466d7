"""Random and hostile Elixir trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

import json

from hostile import examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st

pieces = st.sampled_from(
    (
        "def project do [",
        "app: :",
        "app: :shop, ",
        "version: ",
        'elixir: "~> 1.15"',
        "deps: deps()",
        "{:phoenix, ",
        "path: ",
        "releases: [",
        "aliases: [",
        '"assets.deploy": [',
        'apps_path: "apps"',
        "]",
        "}",
        "end",
        '"',
        "'",
        "~s(",
        "#{",
        '"""',
        "# ",
        "\n",
        ", ",
    )
)
code = st.lists(st.one_of(pieces, words), max_size=25).map("".join)


@slowly(200)
@given(code, code, words)
def test_any_mix_file_and_settings_give_a_plan_or_a_typed_error(mix: str, runtime: str, version: str) -> None:
    head = "defmodule Shop.MixProject do\n  use Mix.Project\n"
    settings = {"config/runtime.exs": runtime, ".tool-versions": f"elixir {version}\nerlang {version}\n"}
    examine({"mix.exs": head + mix, "lib/shop.ex": runtime, **settings}, "elixir")
    examine({"mix.exs": mix, **settings}, "elixir")


@slowly(150)
@given(words, words)
def test_names_of_the_tree_never_leave_their_word(release: str, path: str) -> None:
    project = f'[app: :shop, releases: ["{release}": []], deps: [{{:lib, path: "{path}"}}]]'
    mix = f"defmodule Shop.MixProject do\n  def project do\n    {project}\n  end\nend\n"
    examine({"mix.exs": mix, "lib/shop.ex": "defmodule Shop do\nend\n"}, "elixir")


@slowly(100)
@given(words.filter(lambda word: "\n" not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    mix = "defmodule Shop.MixProject do\n  def project do\n    [app: :shop]\n  end\nend\n"
    examine({"mix.exs": mix, "Procfile": f"web: {line}\nworker: mix {line}\n"}, "elixir")


@slowly(150)
@given(words, words, code)
def test_folders_releases_and_secrets_of_the_tree_never_leave_their_word(folder: str, name: str, config: str) -> None:
    root = f'defmodule U.MixProject do\n def project, do: [apps_path: "{folder}", releases: [{name}: []]]\nend\n'
    needs = f'{{:a, "1", repo: "{name}", organization: "{name}"}}'
    member = f"defmodule W do\n def project, do: [app: :web, deps: [{needs}]]\nend\n"
    lock = f'%{{\n  "{name}": {{:hex, :x, "1.0", "a", [:mix], [], "{folder}", "b"}},\n}}\n'
    files = {"mix.exs": root, "mix.lock": lock, "config/config.exs": config, "config/runtime.exs": config}
    inside = "".join(char for char in folder if char.isprintable() and char != "/").strip(". ") or "apps"
    examine({**files, f"apps/{inside}/mix.exs": member, f"{inside}/mix.exs": member}, "elixir")
    examine({**files, f"{inside}/web/mix.exs": member, f"{inside}/web/assets/package.json": "{}"}, "elixir")


@slowly(100)
@given(words, words)
def test_scripts_and_aliases_never_leave_their_word(script: str, step: str) -> None:
    quoted = step.replace("\\", "").replace('"', "").replace("#", "")
    aliases = f' defp aliases, do: ["assets.deploy": ["npm run {quoted}"], "assets.setup": ["{quoted}"]]\n'
    mix = f'defmodule Shop do\n def project, do: [app: :shop, deps: [{{:phoenix, "1.7"}}]]\n{aliases}end\n'
    package = json.dumps({"scripts": {f"deploy:{script}": step, "deploy": step}, "dependencies": {script: step}})
    examine({"mix.exs": mix, "assets/package.json": package}, "elixir")
    examine({"mix.exs": mix.replace(aliases, ""), "assets/package.json": package}, "elixir")
