"""What a project declares: which file counts, groups and extras of production, scripts, packages, the Python range."""

from __future__ import annotations

import pytest
from python_installs import PROJECT, Files, asked, names, read, requirements

import buildplan
from buildplan.errors import ConfigError, FileError, PlanError

DEPENDENCIES = 'dependencies = ["flask>=3"]\n'


def project(*lines: str) -> str:
    return PROJECT + "".join(f"{line}\n" for line in lines)


def test_an_empty_tree_declares_nothing() -> None:
    found, noted = read({"main.py": ""})
    assert (found.governing, found.requirements, found.sources) == (None, (), ())
    assert noted.codes() == []


@pytest.mark.parametrize(
    ("files", "name", "lockfile"),
    [
        ({"pyproject.toml": project(DEPENDENCIES), "uv.lock": "version = 1\n"}, "uv", "uv.lock"),
        ({"pyproject.toml": project(DEPENDENCIES), "poetry.lock": ""}, "poetry", "poetry.lock"),
        ({"pyproject.toml": project(DEPENDENCIES), "pdm.lock": ""}, "pdm", "pdm.lock"),
        ({"pyproject.toml": project(DEPENDENCIES), "requirements.txt": "flask\n"}, "pip", None),
        ({"pyproject.toml": project(DEPENDENCIES, "[tool.uv]", "managed = true")}, "uv", None),
        ({"pyproject.toml": project(DEPENDENCIES, "[tool.pdm]")}, "pdm", None),
        ({"pyproject.toml": project(DEPENDENCIES, "[tool.hatch]")}, "hatch", None),
        ({"pyproject.toml": project(DEPENDENCIES)}, "setuptools", None),
        ({"setup.py": "from setuptools import setup\nsetup(install_requires=['flask'])\n"}, "setuptools", None),
        ({"Pipfile": "[packages]\nflask = '*'\n"}, "pipenv", None),
        ({"Pipfile": "[packages]\nflask = '*'\n", "Pipfile.lock": "{}"}, "pipenv", "Pipfile.lock"),
        ({"pyproject.toml": "[tool.ruff]\n", "requirements.txt": "flask\n"}, "pip", None),
    ],
)
def test_the_file_that_says_most_governs(files: Files, name: str, lockfile: str | None) -> None:
    found, _ = read(files)
    assert found.governing is not None
    assert (found.governing.name, found.governing.lockfile) == (name, lockfile)
    assert names(found) == ["flask"]


def test_what_lost_is_kept_for_the_explanation() -> None:
    found, noted = read({"pyproject.toml": project(DEPENDENCIES), "uv.lock": "", "requirements.txt": "django\n"})
    assert found.governing is not None
    assert [item.value for item in found.governing.runners_up] == ["pip", "setuptools"]
    assert noted.codes() == ["BP611"]


def test_two_locks_are_reported_and_the_order_decides() -> None:
    found, noted = read({"pyproject.toml": project(DEPENDENCIES), "poetry.lock": "", "uv.lock": ""})
    assert found.governing is not None
    assert found.governing.name == "uv"
    assert "BP610" in noted.codes()


def test_groups_and_extras_count_where_their_name_says_production() -> None:
    found, noted = read(
        {
            "pyproject.toml": project(
                DEPENDENCIES,
                "[project.optional-dependencies]",
                'production = ["gunicorn"]',
                'admin = ["flower"]',
                "[dependency-groups]",
                'dev = ["pytest"]',
            )
        }
    )
    assert names(found) == ["flask", "gunicorn"]
    assert [item.name for item in found.optional] == ["flower"]
    assert [item.name for item in found.development] == ["pytest"]
    assert noted.decided()["python.extras"] == "production"


def test_extras_that_were_asked_for_replace_those_of_the_name_and_unknown_ones_are_said() -> None:
    text = project(DEPENDENCIES, "[project.optional-dependencies]", 'prod = ["gunicorn"]', 'admin = ["flower"]')
    found, noted = read({"pyproject.toml": text}, asked(options={"python.extras": "admin, gone"}))
    assert names(found) == ["flask", "flower"]
    assert "`gone`" in noted.diagnostic("BP618").text


def test_setup_cfg_and_setup_py_fill_in_what_pyproject_leaves_out() -> None:
    found, _ = read(
        {
            "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
            "setup.cfg": "[metadata]\nname = greeter\n[options]\ninstall_requires =\n  flask\npython_requires = >=3.9\n"
            "[options.entry_points]\nconsole_scripts =\n  greet = greeter.app:main\n",
            "setup.py": "from setuptools import setup\nsetup()\n",
            "greeter/__init__.py": "",
        }
    )
    assert (found.name, names(found), found.packages) == ("greeter", ["flask"], ("greeter",))
    assert found.scripts["greet"].value == "greeter.app:main"
    assert [item.value for item in found.python] == [">=3.9"]


def test_a_list_that_setup_py_computes_is_a_source_of_dependencies_all_the_same() -> None:
    found, _ = read({"setup.py": "from setuptools import setup\nsetup(install_requires=open('x').read().split())\n"})
    assert found.sources == ("setup.py",)
    assert found.dynamic == {"dependencies"}


def test_an_editable_dot_brings_what_the_project_declares() -> None:
    found, _ = read({"requirements.txt": "-e .\ngunicorn\n", "pyproject.toml": project(DEPENDENCIES)})
    assert sorted(names(found)) == ["flask", "gunicorn"]


def test_a_requirement_whose_marker_is_false_on_the_python_is_dropped() -> None:
    found, _ = read(requirements("flask", "tomli; python_version < '3.11'", "pywin32; sys_platform == 'win32'"))
    assert names(found) == ["flask", "tomli"]
    assert names(found.for_python("3.13")) == ["flask"]
    assert names(found.for_python("3.10")) == ["flask", "tomli"]


def test_extras_of_a_requirement_are_known() -> None:
    found, _ = read(requirements("fastapi[standard]", "celery[redis]"))
    assert found.extras_of("fastapi") == {"standard"}
    assert found.extras_of("flask") == frozenset()
    assert found.has("celery", "flask")
    assert not found.has("flask")


def test_a_manager_that_was_asked_for_has_to_find_its_files() -> None:
    files: Files = {"pyproject.toml": project(DEPENDENCIES), "requirements.txt": "django\n"}
    found, _ = read(files, asked(options={"python.package_manager": "uv"}))
    assert (found.governing is not None and found.governing.name, names(found)) == ("uv", ["flask"])
    with pytest.raises(PlanError, match="`pipenv` is asked for"):
        read(files, asked(options={"python.package_manager": "pipenv"}))
    with pytest.raises(ConfigError, match="no package manager `npm`"):
        read(files, asked(options={"python.package_manager": "npm"}))


def test_nothing_is_installed_where_that_is_asked_for() -> None:
    found, _ = read(requirements("flask"), asked(options={"python.package_manager": "none"}))
    assert found.governing is None


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"pyproject.toml": "[project\n"}, "pyproject.toml:1"),
        ({"requirements.txt": "flask\n<<<<<<< HEAD\n"}, "requirements.txt:2"),
        ({"Pipfile": "[packages\n"}, "Pipfile:1"),
        ({"requirements.txt": "-r gone.txt\n"}, "requirements.txt:1"),
    ],
)
def test_a_broken_file_is_an_error_with_its_line(files: Files, place: str) -> None:
    with pytest.raises(FileError) as caught:
        read(files)
    assert str(caught.value.origin).startswith(place)


def test_a_text_that_setup_py_puts_together_is_read() -> None:
    code = (
        "from setuptools import setup\npython = '>=3.8'\nif True:\n    python += ',<3.12'\n"
        "setup(python_requires=python, install_requires=['flask'])\n"
    )
    found, _ = read({"setup.py": code})
    assert [item.value for item in found.python] == [">=3.8,<3.12"]


def test_a_member_that_was_taken_out_of_its_workspace_is_told_to_plan_the_root() -> None:
    manifest = (
        '[project]\nname = "web"\nversion = "1"\ndependencies = ["greeting", "flask"]\n'
        "[tool.uv.sources]\ngreeting = { workspace = true }\n"
    )
    with pytest.raises(PlanError, match="`greeting` is a package of a workspace that is not in the tree") as caught:
        buildplan.plan({"pyproject.toml": manifest, "app.py": "from flask import Flask\napp = Flask(__name__)\n"})
    assert str(caught.value.origin) == "pyproject.toml:6 tool.uv.sources.greeting"
    assert caught.value.hint == "plan the root of the workspace and choose this package with `--app`"
