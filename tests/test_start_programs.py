"""A start command whose program no stage brings is an error that is said; one that can be installed is."""

from __future__ import annotations

import pytest
from planned import codes, decision, diagnostic, plan

APP = {"app.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": "flask\ngunicorn==23.0.0\n"}
NODE = {"package.json": '{"scripts": {"start": "func start"}}', "index.js": "module.exports = {}\n"}


def test_a_program_that_nothing_brings_is_reported_where_it_is_written() -> None:
    found = diagnostic(plan(NODE), "BP911")
    assert found.severity == "error"
    assert "`func`" in found.text
    assert str(found.origin) == "package.json:1 scripts.start"


def test_a_package_of_the_app_may_bring_it() -> None:
    package = '{"scripts": {"start": "func start"}, "dependencies": {"azure-functions-core-tools": "4"}}'
    assert "BP911" not in codes(plan({**NODE, "package.json": package}))


@pytest.mark.parametrize("command", ["java -jar app.jar", "go run .", "node server.js", "A=1 exec node x.js"])
def test_a_program_of_another_language_is_reported(command: str) -> None:
    assert "BP911" in codes(plan(APP, start_cmd=command))


@pytest.mark.parametrize("command", ["gunicorn app:app", "python3 app.py", "./go run", "some-script", "bin/node x"])
def test_a_program_of_the_image_and_an_unknown_one_are_not(command: str) -> None:
    assert "BP911" not in codes(plan(APP, start_cmd=command))


def test_a_program_that_is_installed_by_the_owner_is_not() -> None:
    assert "BP911" not in codes(plan(APP, start_cmd="node x.js", apt=("nodejs",)))


def test_xvfb_is_installed_for_its_wrapper() -> None:
    made = plan(APP, start_cmd="xvfb-run -a python app.py")
    assert {"xvfb", "xauth"} <= set(made.run.apt_packages)
    assert decision(made, "apt.run.xvfb").rule == "the start command runs `xvfb-run`"
    assert "BP911" not in codes(made)
