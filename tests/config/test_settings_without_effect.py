"""A setting of Nixpacks or Railpack that does nothing for an app is a finding with its name."""

from __future__ import annotations

import json

import planned
import pytest

SITE = {
    "package.json": json.dumps({"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7.0.0"}}),
    "index.html": "<html></html>",
}
DJANGO = {
    "requirements.txt": "django\ngunicorn\n",
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n# django\n",
    "shop/__init__.py": "",
    "shop/settings.py": "SECRET_KEY = ''\n",
    "shop/wsgi.py": "application = None\n",
}
SERVER = {"package.json": json.dumps({"scripts": {"start": "node a.js", "build": "tsc"}}), "a.js": ""}


@pytest.mark.parametrize(
    ("files", "name", "value", "text"),
    [
        (SITE, "RAILPACK_NO_SPA", "1", "no script of this app starts a server"),
        (SITE, "NIXPACKS_SPA_CADDY", "false", "no script of this app starts a server"),
        (DJANGO, "RAILPACK_DJANGO_APP_NAME", "nowhere.wsgi", "there is no module `nowhere.wsgi`"),
        (SERVER, "NIXPACKS_MOON_BUILD_TASK", "bundle", "`bundle` is not a script of `package.json`"),
        (SERVER, "NIXPACKS_MOON_START_TASK", "serve", "`serve` is not a script of `package.json`"),
    ],
)
def test_it_is_reported(files: dict[str, str], name: str, value: str, text: str) -> None:
    found = planned.diagnostic(planned.plan(files, env={name: value}), "BP664")
    assert f"`{name}` has no effect" in found.text
    assert text in found.text
    assert found.fix


@pytest.mark.parametrize(
    ("files", "name", "value"),
    [
        (DJANGO, "RAILPACK_DJANGO_APP_NAME", "shop.wsgi"),
        (DJANGO, "RAILPACK_DJANGO_APP_NAME", "shop"),
        (SERVER, "RAILPACK_NO_SPA", "1"),
        (SERVER, "NIXPACKS_MOON_BUILD_TASK", "build"),
    ],
)
def test_one_that_does_something_is_not(files: dict[str, str], name: str, value: str) -> None:
    assert "BP664" not in planned.codes(planned.plan(files, env={name: value}))
