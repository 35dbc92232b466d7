"""`environment.yml` of conda: what pip installs of it, and what is said about the rest."""

from __future__ import annotations

import shlex

import pytest
from buildplan.providers.python import project_files
from hypothesis import given
from hypothesis import strategies as st
from python_trees import FLASK, Files, planned, tree

from buildplan.errors import FileError, PlanError


def environment(*lines: str, pip: tuple[str, ...] = ()) -> str:
    text = "".join(f"  - {line}\n" for line in lines)
    listed = "".join(f"    - {line}\n" for line in pip)
    return f"name: x\ndependencies:\n{text}" + (f"  - pip:\n{listed}" if pip else "")


def app(*lines: str, pip: tuple[str, ...] = (), **files: str) -> Files:
    return {
        "environment.yml": environment("flask", *lines, pip=pip),
        "app.py": FLASK,
        **{name.replace("__", "."): text for name, text in files.items()},
    }


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("numpy", "numpy"),
        ("numpy=1.26", "numpy==1.26.*"),
        ("numpy 1.26", "numpy==1.26.*"),
        ("numpy=1.26.*", "numpy==1.26.*"),
        ("numpy==1.26.4", "numpy==1.26.4"),
        ("numpy=1.26.4=py311h64a7726_0", "numpy==1.26.4"),
        ("tqdm=4.66=pyhd8ed1ab_0", "tqdm==4.66"),
        ("numpy>=1.26,<2", "numpy>=1.26,<2"),
        ("numpy >=1.26", "numpy>=1.26"),
        ("conda-forge::numpy=1.26", "numpy==1.26.*"),
        ("\"numpy[version='>=1.26']\"", "numpy>=1.26"),
        ("pytorch=2.1", "torch==2.1.*"),
        ("opencv", "opencv-python-headless"),
    ],
)
def test_a_package_of_conda_is_one_of_pypi(line: str, word: str) -> None:
    found = project_files.read_conda(tree({"environment.yml": environment(line)}), "environment.yml")
    assert project_files.words(found) == (word,)


@pytest.mark.parametrize(
    "line", ["pip", "libgcc-ng=13.2.0=h807b86a_5", "_openmp_mutex=4.5", "openssl=3.0", "zlib=1.2.13=h166bdaf_4"]
)
def test_a_part_of_every_environment_is_left_out(line: str) -> None:
    found = project_files.read_conda(tree({"environment.yml": environment(line)}), "environment.yml")
    assert (project_files.words(found), found.missing) == ((), [])


def test_the_plan_installs_the_list_with_the_python_that_it_asks_for() -> None:
    made = planned(app("python=3.11", "gunicorn=23", "ffmpeg", pip=("plotly==5.20.0", "git+https://host/a/b.git")))
    assert made.run.runtime is not None
    assert made.run.runtime.version == "3.11"
    install = made.phase("install")
    assert shlex.split(install.commands[0].partition("&& ")[2]) == [
        *(".venv/bin/pip", "install", "flask", "gunicorn==23.*", "plotly==5.20.0", "git+https://host/a/b.git"),
    ]
    assert [item.path for item in install.inputs] == ["environment.yml"]
    assert made.run.apt_packages == ("ffmpeg",)
    assert made.start == "gunicorn app:app"
    assert made.diagnostic("BP615").severity == "info"


def test_what_conda_alone_has_is_said() -> None:
    made = planned(app("cudatoolkit=11.8", "r-base"))
    assert "`cudatoolkit`, `r-base` comes from conda alone" in made.diagnostic("BP625").text


def test_a_list_that_it_names_is_read_too() -> None:
    made = planned(app(pip=("-r lists/all.txt",)) | {"lists/all.txt": "gunicorn\nredis\n"})
    install = made.phase("install")
    assert "-r lists/all.txt" in install.commands[0]
    assert [item.path for item in install.inputs] == ["environment.yml", "lists/all.txt"]
    assert made.start == "gunicorn app:app"


def test_a_list_for_pip_beside_it_says_more() -> None:
    made = planned(app("numpy") | {"requirements.txt": "flask\ngunicorn\n"})
    assert "-r requirements.txt" in made.phase("install").commands[0]
    assert "BP615" not in made.codes()


def test_a_lock_of_conda_alone_is_refused_with_what_to_do() -> None:
    with pytest.raises(PlanError, match="only conda can install") as caught:
        planned({"conda-lock.yml": "package: []\n", "pyproject.toml": "[tool.x]\n", "main.py": FLASK})
    assert caught.value.hint is not None
    assert "requirements.txt" in caught.value.hint


@pytest.mark.parametrize("text", ["dependencies: [\n", "- a\n", "dependencies:\n  - pip:\n    - 'a b c'\n"])
def test_what_cannot_be_read_names_the_file(text: str) -> None:
    with pytest.raises(FileError) as caught:
        planned({"environment.yml": text, "app.py": FLASK})
    assert str(caught.value.origin).startswith("environment.yml")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40), max_size=5))
def test_no_line_escapes_into_the_command(lines: list[str]) -> None:
    listed = "".join(f"  - {line!r}\n" for line in lines)
    text = f"dependencies:\n  - flask\n{listed}"
    try:
        found = project_files.read_conda(tree({"environment.yml": text}), "environment.yml")
    except FileError:
        return
    for word in project_files.words(found):
        assert shlex.split(shlex.quote(word)) == [word]
        assert not word.startswith("-")
