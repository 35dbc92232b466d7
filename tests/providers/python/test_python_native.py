"""What Python packages need beside wheels: browsers, compilers, programs that fetch, an older setuptools."""

from __future__ import annotations

import pytest
from planned import commands, copied, plan

APP = {"app.py": "from flask import Flask\napp = Flask(__name__)\n"}


def built(*lines: str, **files: str) -> tuple[str, ...]:
    made = plan({**APP, "requirements.txt": "\n".join(("flask", "gunicorn==23.0.0", *lines)) + "\n", **files})
    setup = made.phase("setup")
    assert setup is not None
    return setup.apt_packages


def test_playwright_gets_its_browser_and_what_that_is_linked_with() -> None:
    made = plan({**APP, "requirements.txt": "flask\ngunicorn==23.0.0\nplaywright==1.50.0\n"})
    assert commands(made, "browser") == ("playwright install --only-shell chromium",)
    assert ".playwright/" in copied(made)
    assert "libnss3" in made.run.apt_packages
    assert dict(made.run.environment)["PLAYWRIGHT_BROWSERS_PATH"] == "/app/.playwright"
    older = plan({**APP, "requirements.txt": "flask\ngunicorn==23.0.0\nplaywright==1.40.0\n"})
    assert commands(older, "browser") == ("playwright install chromium",)


@pytest.mark.parametrize(
    ("line", "program"), [("x @ hg+https://h.example/x", "mercurial"), ("x @ svn+https://h.example/x", "subversion")]
)
def test_a_dependency_is_fetched_with_its_own_program(line: str, program: str) -> None:
    assert program in built(line)


def test_a_pin_that_is_older_than_its_wheels_gets_a_compiler() -> None:
    assert {"gcc", "g++"} <= set(built("multidict==6.0.4", **{".python-version": "3.12\n"}))
    assert built("multidict==6.0.5", **{".python-version": "3.12\n"}) == ()
    assert built("multidict", **{".python-version": "3.12\n"}) == ()


def test_a_package_that_imports_pkg_resources_gets_a_setuptools_that_has_it() -> None:
    made = plan({**APP, "requirements.txt": "flask\ngunicorn==20.1.0\n", ".python-version": "3.13\n"})
    assert commands(made, "setuptools")[0].endswith("install 'setuptools<82'")
    for lines in ("gunicorn==23.0.0\n", "gunicorn==20.1.0\nsetuptools==80.9.0\n"):
        other = plan({**APP, "requirements.txt": f"flask\n{lines}", ".python-version": "3.13\n"})
        assert other.phase("setuptools") is None
    older = plan({**APP, "requirements.txt": "flask\ngunicorn==20.1.0\n", ".python-version": "3.11\n"})
    assert older.phase("setuptools") is None


def test_geodjango_gets_the_libraries_that_it_loads() -> None:
    manage = (
        "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
        "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
    )
    files = {
        "requirements.txt": "django==5.2\ngunicorn==23.0.0\n",
        "manage.py": manage,
        "shop/__init__.py": "",
        "shop/settings.py": "INSTALLED_APPS = ['django.contrib.gis']\nROOT_URLCONF = 'shop.urls'\n",
        "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    }
    assert {"libgdal36", "libgeos-c1t64", "libproj25"} <= set(plan(files).run.apt_packages)
