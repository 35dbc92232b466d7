from __future__ import annotations

import pytest
from python_trees import FASTAPI, FLASK, SCRIPT, Files, asked, detected

from buildplan.language.contract import Strength


@pytest.mark.parametrize(
    ("files", "strength"),
    [
        ({"requirements.txt": "flask\n", "app.py": FLASK}, Strength.APP),
        ({"requirements.txt": "celery\n"}, Strength.APP),
        ({"requirements.txt": "requests\n", "main.py": SCRIPT}, Strength.APP),
        ({"requirements.txt": "", "manage.py": "import django\n"}, Strength.APP),
        ({"pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["fastapi"]\n'}, Strength.APP),
        ({"requirements.txt": "requests\n"}, Strength.MANIFEST),
        ({"requirements.txt": "aiohttp\n", "lib/x.py": "import aiohttp\n"}, Strength.MANIFEST),
        ({"requirements.txt": "ruff\npre-commit\npytest-cov\nmkdocs-material\n"}, Strength.TOOLING),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}, Strength.TOOLING),
        ({"main.py": SCRIPT}, Strength.STRAY),
        ({"only.py": SCRIPT}, Strength.STRAY),
    ],
)
def test_what_a_tree_holds_decides_how_strong_the_claim_is(files: Files, strength: Strength) -> None:
    found = detected(files)
    assert found is not None
    assert found.strength == strength
    assert found.role == "app"
    assert found.evidence


@pytest.mark.parametrize(
    "files",
    [{}, {"README.md": "x"}, {"docs/conf.py": "x = 1\n"}, {"a.py": "", "b.py": ""}, {"setup.pyc": ""}],
)
def test_what_lies_deeper_or_says_nothing_is_no_claim(files: Files) -> None:
    assert detected(files) is None


def test_a_start_command_of_python_makes_stray_files_an_app() -> None:
    found = detected({"server.py": SCRIPT, "index.html": "x"}, asked(start="python server.py"))
    assert found is not None
    assert found.strength == Strength.APP


def test_a_manifest_that_cannot_be_read_is_still_a_claim() -> None:
    found = detected({"pyproject.toml": "[project\n"})
    assert found is not None
    assert found.strength == Strength.MANIFEST


def test_the_frameworks_are_named_in_the_order_of_the_table() -> None:
    found = detected({"requirements.txt": "fastapi\nstreamlit\n", "main.py": FASTAPI})
    assert found is not None
    assert found.frameworks == ("streamlit", "fastapi")
