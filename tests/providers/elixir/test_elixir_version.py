"""Elixir: which version, with which Erlang/OTP, and whether there is an image of it."""

from __future__ import annotations

import pytest
from elixir_trees import mix, umbrella
from planned import codes, decision, diagnostic, plan


def version(files: dict[str, str]) -> str:
    return decision(plan({"mix.exs": mix(), **files}), "elixir.version").value


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "1.19"),
        ({".tool-versions": "erlang 27.2\nelixir 1.17.3\n"}, "1.17.3-otp-27"),
        ({".tool-versions": "elixir 1.17.3-otp-26\nerlang 26.1\n"}, "1.17.3-otp-26"),
        ({"mise.toml": '[tools]\nelixir = "1.18"\nerlang = "27"\n'}, "1.18-otp-27"),
        ({"mise.toml": '[tools]\nelixir = "1.19.0-rc.0-otp-28"\n'}, "1.19.0-otp-28"),
        ({".tool-versions": "elixir main-otp-28\n"}, "1.20"),
        ({"elixir_buildpack.config": "elixir_version=1.16.3\nerlang_version=26.2\n"}, "1.16.3-otp-26"),
        ({"elixir_buildpack.config": "elixir_version=(branch main)\nerlang_version=27.0\n"}, "1.19-otp-27"),
        ({".elixir-version": "1.18.4\n"}, "1.18.4"),
        ({"Dockerfile": "FROM hexpm/elixir:1.17.2-erlang-27.0.1-debian-bookworm-20240722-slim\n"}, "1.17.2-otp-27"),
        (
            {
                "Dockerfile": "ARG ELIXIR_VERSION=1.18.1\nARG OTP_VERSION=26.2.5\n"
                'ARG BUILDER="docker.io/hexpm/elixir:${ELIXIR_VERSION}-erlang-${OTP_VERSION}-debian-trixie-slim"\n'
                "FROM ${BUILDER} AS builder\n"
            },
            "1.18.1-otp-26",
        ),
        # A range takes a line that has images with the OTP.
        ({".tool-versions": "erlang 25.3\n"}, "1.18-otp-25"),
        # What the plain tag holds has no tag of its own.
        ({".tool-versions": "elixir 1.14.4\nerlang 25.2\n"}, "1.14.4"),
        ({".tool-versions": "elixir 1.9.4-otp-22\n"}, "1.9.4"),
    ],
)
def test_a_pin_says_the_version(files: dict[str, str], expected: str) -> None:
    assert version(files) == expected


def test_a_release_without_an_image_becomes_the_next_of_its_line() -> None:
    made = plan({"mix.exs": mix(), ".tool-versions": "elixir 1.15.5-otp-26\n"})
    assert decision(made, "elixir.version").value == "1.15.6"
    assert "1.15.5" in diagnostic(made, "BP861").text


def test_an_otp_without_an_image_becomes_the_nearest() -> None:
    made = plan({"mix.exs": mix(), ".tool-versions": "elixir 1.10.4\nerlang 23.1\n"})
    assert decision(made, "elixir.version").value == "1.10.4"
    assert "1.11" in (diagnostic(made, "BP861").fix or "")


@pytest.mark.parametrize(
    ("pin", "image"), [("1.17.3-otp-26", "debian:trixie-slim"), ("1.15.8-otp-25", "elixir:1.15.8-otp-25-slim")]
)
def test_a_release_is_shipped_on_what_serves_its_erlang(pin: str, image: str) -> None:
    made = plan({"mix.exs": mix(), ".tool-versions": f"elixir {pin}\n"})
    assert made.run.runtime.image == image


def test_two_files_that_disagree_are_told() -> None:
    files = {
        "mix.exs": mix(),
        ".tool-versions": "elixir 1.17.3\n",
        "elixir_buildpack.config": "elixir_version=1.14.5\n",
    }
    assert "BP603" in codes(plan(files))


def test_an_app_of_an_umbrella_may_say_the_version() -> None:
    root = umbrella(
        web='defmodule W do\n def project, do: [app: :web, elixir: "~> 1.20"]\n'
        " def application, do: [mod: {W, []}]\nend"
    )
    assert decision(plan(root), "elixir.version").value == "1.20"


@pytest.mark.parametrize(
    ("lock", "elixir", "expected"),
    [("1.1.2", "~> 1.5", "1.11"), ("2.1.0", "~> 1.5", "1.19"), ("1.1.2", "~> 1.15", "1.19")],
)
def test_an_old_lock_keeps_the_version_where_its_packages_run(lock: str, elixir: str, expected: str) -> None:
    text = mix(deps='{:phoenix, "~> 1.4"}').replace("~> 1.15", elixir)
    locked = (
        "%{\n"
        '  "phoenix": {:hex, :phoenix, "1.4.0", "a", [:mix], [{:plug_crypto, "~> 1.0", []}], "hexpm", "b"},\n'
        f'  "plug_crypto": {{:hex, :plug_crypto, "{lock}", "a", [:mix], [], "hexpm", "b"}},\n}}\n'
    )
    made = plan({"mix.exs": text, "mix.lock": locked})
    assert decision(made, "elixir.version").value == expected
    assert ("BP867" in codes(made)) is (expected == "1.11")
    pinned = plan({"mix.exs": text, "mix.lock": locked, ".elixir-version": "1.17.3\n"})
    assert decision(pinned, "elixir.version").value == "1.17.3"


def test_a_dockerfile_that_mix_would_refuse_loses_to_mix_exs() -> None:
    made = plan({"mix.exs": mix(), "Dockerfile": "FROM elixir:1.9.0\n"})
    assert decision(made, "elixir.version").value == "1.19"
    assert "BP603" in codes(made)
    both = plan({"mix.exs": mix(), "Dockerfile": "FROM elixir:1.16.2\n"})
    assert decision(both, "elixir.version").value == "1.16.2"
