"""Which Python is taken, and from which of the places that can say it."""

from __future__ import annotations

import pytest
from python_trees import FLASK, Files, asked, planned

from buildplan.errors import VersionError
from buildplan.model.origin import Sourced, option
from buildplan.model.requests import Overrides

APP: Files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK}


def version(**files: str) -> str:
    """Return the version of the image; `__` in a name is a dot, `DOT` a leading one."""
    named = {name.replace("DOT", ".").replace("__", "."): text for name, text in files.items()}
    made = planned({**APP, **named})
    assert made.run.runtime is not None
    return made.run.runtime.version


def test_without_a_word_it_is_the_default() -> None:
    assert version() == "3.13"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"DOTpython-version": "3.12\n"}, "3.12"),
        ({"DOTpython-version": "# made by pyenv\n3.12.4\n"}, "3.12.4"),
        ({"DOTtool-versions": "nodejs 22\npython 3.11.9\n"}, "3.11.9"),
        ({"mise__toml": '[tools]\npython = "3.12"\n'}, "3.12"),
        ({"runtime__txt": "python-3.11.5"}, "3.11.5"),
        ({"runtime__txt": "Python-3.11.5"}, "3.11.5"),
        ({"runtime__txt": "nodejs-18"}, "3.13"),
        ({"Dockerfile": "FROM python:3.11-slim\nCMD x\n"}, "3.11"),
        ({"Dockerfile": "FROM node:22 AS web\nFROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\n"}, "3.12"),
        # `python:3` says no more than that it is Python.
        ({"Dockerfile": "FROM python:3-alpine\n"}, "3.13"),
        # Strongest first.
        ({"DOTpython-version": "3.12", "runtime__txt": "python-3.11.5"}, "3.12"),
        ({"runtime__txt": "python-3.11.5", "Dockerfile": "FROM python:3.10\n"}, "3.11.5"),
    ],
)
def test_the_places_that_pin_it(files: dict[str, str], expected: str) -> None:
    assert version(**files) == expected


@pytest.mark.parametrize(
    ("python", "expected"),
    [(">=3.10", "3.11"), (">=3.11,<3.12", "3.11"), (">=3.12", "3.13"), ("<3.11", "3.10"), ("no version", "3.11")],
)
def test_the_image_of_the_dockerfile_counts_where_the_manifest_allows_it(python: str, expected: str) -> None:
    files = {
        "pyproject.toml": f'[project]\nname = "x"\nversion = "1"\nrequires-python = "{python}"\n'
        'dependencies = ["flask", "gunicorn"]\n',
        "app.py": FLASK,
        "Dockerfile": "FROM python:3.11-slim\n",
    }
    if python == "no version":
        files["pyproject.toml"] = files["pyproject.toml"].replace('requires-python = "no version"\n', "")
    made = planned(files)
    assert made.run.runtime is not None
    assert made.run.runtime.version == expected


def test_pipenvs_version_is_read_and_its_star_is_none() -> None:
    pipfile = '[packages]\nflask = "*"\n[requires]\npython_version = "{}"\n'
    for text, expected in (("3.12", "3.12"), ("*", "3.13")):
        made = planned({"Pipfile": pipfile.format(text), "app.py": FLASK})
        assert made.run.runtime is not None
        assert made.run.runtime.version == expected


def test_an_old_python_gets_a_pipenv_that_runs_on_it() -> None:
    files = {"Pipfile": '[packages]\nflask = "*"\n', "runtime.txt": "python-3.6.15", "app.py": FLASK}
    made = planned(files)
    assert made.phase("setup").commands == ("pip install --no-cache-dir pipenv==2022.4.8",)
    assert "BP601" in made.codes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("pypy3.10-7.3", "3.10"), ("3.13t", "3.13"), ("3.14-dev", "3.14"), ("my-virtualenv", "3.13"), ("system", "3.13")],
)
def test_what_is_no_plain_cpython_is_read_as_well_as_it_goes(text: str, expected: str) -> None:
    made = planned({**APP, ".python-version": text})
    assert made.run.runtime is not None
    assert made.run.runtime.version == expected
    assert ("BP605" in made.codes()) == (text != "system")


def test_two_places_that_contradict_each_other_are_reported() -> None:
    made = planned(
        {
            "pyproject.toml": '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.12"\n'
            'dependencies = ["flask"]\n',
            ".python-version": "3.11",
            "app.py": FLASK,
        }
    )
    assert "BP603" in made.codes()


def test_a_range_that_nothing_meets_is_an_error() -> None:
    files = {
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\nrequires-python = "<2"\ndependencies = ["flask"]\n',
        "app.py": FLASK,
    }
    with pytest.raises(VersionError):
        planned(files)


def test_what_was_asked_for_wins() -> None:
    overrides = asked()
    overrides = Overrides(versions={"python": Sourced("3.12", option("python"))}, options=overrides.options)
    made = planned({**APP, ".python-version": "3.11"}, overrides)
    assert made.run.runtime is not None
    assert made.run.runtime.version == "3.12"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("numpy==1.26.4", "3.12"),
        ("numpy==2.2.0", "3.13"),
        ("numpy>=1.20", "3.13"),
        ("pillow==8.4.0", "3.10"),
        ("Django==3.2.25", "3.11"),
        ("Django==4.2.1", "3.13"),
        ("tensorflow==2.15.0", "3.11"),
        ("pandas==0.1", "3.7"),
        ("greenlet==3.0.1\nmultidict==6.0.4", "3.11"),
        ("six==1.15.0", "3.11"),
        ("sqlalchemy==2.0.23", "3.12"),
        ("sqlalchemy==1.4.54", "3.13"),
        ("pydantic==1.10.2", "3.11"),
        ("requests==1.0", "3.13"),
    ],
)
def test_an_old_release_that_is_pinned_keeps_the_python_it_runs_on(line: str, expected: str) -> None:
    assert version(requirements__txt=f"flask\ngunicorn\n{line}\n") == expected


def test_of_several_pins_the_oldest_limits_and_is_named() -> None:
    made = planned({**APP, "requirements.txt": "flask\ngunicorn\nnumpy==1.26.4\npandas==1.3.5\n"})
    assert made.run.runtime is not None
    assert made.run.runtime.version == "3.10"
    notice = made.diagnostic("BP698")
    assert notice.text == "`pandas==1.3.5` does not run on Python 3.13, so Python 3.10 is used"
    assert str(notice.origin) == "requirements.txt:4"


def test_a_version_that_is_pinned_wins_over_what_releases_run_on() -> None:
    made = planned({**APP, "requirements.txt": "flask\npandas==1.3.5\n", ".python-version": "3.12"})
    assert made.run.runtime is not None
    assert made.run.runtime.version == "3.12"
