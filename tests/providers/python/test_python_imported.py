"""What is installed where no file declares anything: what everybody knows, and nothing that is guessed."""

from __future__ import annotations

from python_trees import FLASK, SCRIPT, detected, planned

from buildplan.language.contract import Strength


def test_what_the_source_imports_is_installed_and_said() -> None:
    code = "import os, requests\nfrom PIL import Image\nimport helpers\n" + FLASK
    made = planned({"app.py": code, "helpers.py": "import yaml\n"})
    assert made.start == "gunicorn app:app"
    install = made.phase("install").commands[-1]
    assert install.endswith("pip install gunicorn==27.0.1 pillow flask requests pyyaml")
    notice = made.diagnostic("BP694")
    assert "pillow, flask, requests, pyyaml" in notice.text
    assert str(notice.origin).startswith("app.py:6")


def test_an_import_of_a_name_that_is_not_known_is_never_installed() -> None:
    made = planned({"app.py": "import evil_twin\n" + FLASK})
    assert all("evil" not in command for phase in made.plan.phases for command in phase.commands)
    assert "`evil_twin` of no known package" in made.diagnostic("BP694").text


def test_the_framework_that_is_imported_is_the_one_that_is_installed() -> None:
    made = planned({"bot.py": "import aiogram\nd = aiogram.Dispatcher()\nd.run_polling(1)\n"})
    assert made.phase("install").commands[-1].endswith("pip install aiogram")
    assert made.main.name == "worker"


def test_files_of_tests_and_the_standard_library_count_for_nothing() -> None:
    made = planned({"main.py": "import json\n" + SCRIPT, "tests/test_x.py": "import requests\n"})
    assert made.plan.phases == ()
    assert made.codes() == []


def test_a_manifest_is_believed_even_where_it_declares_less() -> None:
    made = planned({"requirements.txt": "flask\ngunicorn\n", "app.py": "import requests\n" + FLASK})
    assert "BP694" not in made.codes()
    assert "requests" not in " ".join(made.phase("install").commands)


def test_of_several_scripts_the_one_that_imports_most_of_the_tree_is_run_and_the_choice_is_said() -> None:
    files = {
        "amap.py": "import sys\n" + SCRIPT,
        "zmap.py": "from lib import core\nfrom lib.net import x\n" + SCRIPT,
        "lib/__init__.py": "",
        "lib/core.py": "",
        "lib/net.py": "x = 1\n",
    }
    found = detected(files)
    assert found is not None
    assert found.strength == Strength.STRAY
    made = planned(files)
    assert made.start == "python zmap.py"
    assert "`amap.py` could be meant" in made.diagnostic("BP697").text


def test_files_that_nothing_runs_are_no_app() -> None:
    assert detected({"one.py": "x = 1\n", "two.py": "y = 1\n"}) is None
