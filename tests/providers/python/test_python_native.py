"""System libraries: what a package needs to be compiled, what it needs to run, and what no image can have."""

from __future__ import annotations

import pytest
from python_installs import PROJECT, installed, requirements


@pytest.mark.parametrize(
    ("line", "build", "run"),
    [
        ("flask", (), ()),
        ("psycopg2", ("gcc", "libc6-dev", "libpq-dev"), ("libpq5",)),
        ("psycopg2-binary", (), ()),
        ("psycopg[binary]", (), ()),
        ("python-ldap", ("gcc", "libc6-dev", "libldap-dev", "libsasl2-dev"), ("libldap-2.5-0", "libsasl2-2")),
        ("git+https://host/team/x.git", ("git",), ()),
    ],
)
def test_what_a_package_needs(line: str, build: tuple[str, ...], run: tuple[str, ...]) -> None:
    made = installed(requirements(line))
    assert set(made.build) == set(build)
    assert {name.rstrip("0123456789.-") for name in made.run} == {name.rstrip("0123456789.-") for name in run}


def test_every_package_says_which_dependency_wants_it() -> None:
    made = installed(requirements("flask", "psycopg2==2.9.10"))
    decisions = [item for item in made.reasons.decisions if "psycopg2" in item.rule]
    assert {item.value for item in decisions} == {"gcc", "libc6-dev", "libpq-dev", "libpq5"}
    assert all(str(item.origin).startswith("requirements.txt:2") for item in decisions)


def test_names_are_those_of_the_debian_release_of_the_image() -> None:
    new = installed(requirements("weasyprint"))
    old = installed({**requirements("weasyprint"), ".python-version": "3.7"})
    assert new.run
    assert not any(name.endswith("t64") for name in old.run)


def test_a_key_for_git_cannot_be_had_in_a_build() -> None:
    made = installed(requirements("git+ssh://git@host/team/x.git#egg=x"))
    assert "git" in made.build
    assert "`x` is fetched over SSH" in made.diagnostic("BP621").text


def test_a_package_of_another_system_fails_and_is_said_unless_its_marker_keeps_it_out() -> None:
    assert "exists for Windows only" in installed(requirements("pywin32==306")).diagnostic("BP620").text
    assert "BP620" not in installed(requirements("pywin32==306; sys_platform == 'win32'")).codes()


def test_torch_brings_cuda_unless_an_index_says_otherwise() -> None:
    assert "brings CUDA" in installed(requirements("torch==2.5.0")).diagnostic("BP696").text
    kept = requirements("--extra-index-url https://download.pytorch.org/whl/cpu", "torch==2.5.0")
    assert "BP696" not in installed(kept).codes()


def test_a_lock_without_a_wheel_for_the_python_brings_a_compiler() -> None:
    wheel = "{ url = 'https://x/cffi-1-cp311-cp311-manylinux_2_17_x86_64.whl', hash = 'sha256:0' }"
    lock = (
        "version = 1\n[[package]]\nname = 'cffi'\nversion = '1'\n"
        f"sdist = {{ url = 'https://x/cffi-1.tar.gz', hash = 'sha256:0' }}\nwheels = [{wheel}]\n"
    )
    made = installed(
        {"pyproject.toml": PROJECT + 'dependencies = ["cffi"]\n', "uv.lock": lock, ".python-version": "3.13"}
    )
    assert {"gcc", "g++"} <= set(made.build)
    assert "no wheel of `cffi` for Python 3.13" in made.diagnostic("BP625").text


def test_without_a_package_manager_there_is_nothing() -> None:
    made = installed({"main.py": "print(1)\n"})
    assert (made.build, made.run) == ((), ())
