"""Plans that Nixpacks itself has written, with what a platform adds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nixpacks_calls import FIXTURES, nixpacks

IMAGE = "ghcr.io/railwayapp/nixpacks:ubuntu-1745885067"
VENV = "python -m venv --copies /opt/venv && . /opt/venv/bin/activate && pip install -r requirements.txt"
PHP_START = (
    "node /assets/scripts/prestart.mjs /assets/nginx.template.conf /nginx.conf && "
    "(php-fpm -y /assets/php-fpm.conf & nginx -c /nginx.conf)"
)
PLANS: dict[str, dict[str, Any]] = {
    "node-express-plain": {
        "variables": {
            "CI": "true",
            "NIXPACKS_METADATA": "node",
            "NODE_ENV": "production",
            "NPM_CONFIG_PRODUCTION": "false",
        },
        "phases": {
            "build": {"dependsOn": ["install"], "cacheDirectories": ["node_modules/.cache"]},
            "install": {
                "dependsOn": ["setup"],
                "cmds": ["npm ci"],
                "cacheDirectories": ["/root/.npm"],
                "paths": ["/app/node_modules/.bin"],
            },
            "setup": {
                "nixPkgs": ["nodejs_24", "npm-9_x"],
                "nixOverlays": ["https://github.com/railwayapp/nix-npm-overlay/archive/main.tar.gz"],
                "nixpkgsArchive": "ffeebf0acf3ae8b29f8c7049cd911b9636efd7e7",
            },
        },
        "start": {"cmd": "npm run start"},
    },
    "python-flask-gunicorn": {
        "variables": {"NIXPACKS_METADATA": "python", "PIP_NO_CACHE_DIR": "1", "PYTHONUNBUFFERED": "1"},
        "phases": {
            "install": {"dependsOn": ["setup"], "cmds": [VENV], "paths": ["/opt/venv/bin"]},
            "setup": {"nixPkgs": ["python3", "gcc"], "nixLibs": ["zlib", "stdenv.cc.cc.lib"]},
        },
        "start": {},
    },
    "php-plain": {
        "variables": {"NIXPACKS_METADATA": "php", "PORT": "80"},
        "staticAssets": {"nginx.template.conf": "x", "php-fpm.conf": "x", "scripts/prestart.mjs": "x"},
        "phases": {
            "install": {"cmds": ["mkdir -p /var/log/nginx && mkdir -p /var/cache/nginx"]},
            "setup": {
                "nixPkgs": [
                    "(php84.withExtensions (pe: pe.enabled ++ []))",
                    "nginx",
                    "libmysqlclient",
                    "php84Packages.composer",
                    "nodejs_18",
                    "npm-9_x",
                ],
                "nixLibs": ["libmysqlclient"],
            },
        },
        "start": {"cmd": PHP_START},
    },
    "static-public-folder": {
        "variables": {"NIXPACKS_METADATA": "staticfile"},
        "staticAssets": {"nginx.conf": "x"},
        "phases": {"setup": {"nixPkgs": ["nginx"], "cmds": ["mkdir /etc/nginx/ /var/log/nginx/ /var/cache/nginx/"]}},
        "start": {
            "cmd": '[[ -z "${PORT}" ]] && echo x || sed -i s/a/b/ /assets/nginx.conf && nginx -c /assets/nginx.conf'
        },
    },
    "go-net-http": {
        "variables": {"CGO_ENABLED": "0", "NIXPACKS_METADATA": "go"},
        "phases": {
            "build": {"dependsOn": ["install", "setup"], "cmds": ["go build -o out"]},
            "install": {"cmds": ["go mod download"]},
            "setup": {"nixPkgs": ["go"]},
        },
        "start": {"cmd": "./out", "runImage": "ubuntu:noble"},
    },
}


def dockerfile(fixture: str, tmp_path: Path, plan: dict[str, Any]) -> str:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"providers": [], "buildImage": IMAGE, **plan}), encoding="utf-8")
    answer = nixpacks("build", "-d", "-c", file, FIXTURES / fixture)
    assert (answer.code, answer.stderr) == (0, "")
    return answer.stdout


@pytest.mark.parametrize(
    "fixture", ["node-express-plain", "python-flask-gunicorn", "static-public-folder", "go-net-http"]
)
def test_a_plan_of_nixpacks_gives_the_image_that_the_tree_gives(fixture: str, tmp_path: Path) -> None:
    assert dockerfile(fixture, tmp_path, PLANS[fixture]) == nixpacks("build", "-d", FIXTURES / fixture).stdout


def test_a_plan_for_php_keeps_its_version_and_starts_our_server(tmp_path: Path) -> None:
    text = dockerfile("php-plain", tmp_path, PLANS["php-plain"])
    assert "FROM php:8.4-apache" in text
    assert "/assets" not in text


def test_what_the_owner_added_to_a_plan_of_nixpacks_is_kept(tmp_path: Path) -> None:
    plan = json.loads(json.dumps(PLANS["node-express-plain"]))
    plan["variables"]["REGION"] = "eu"
    plan["phases"]["setup"]["nixPkgs"] = ["nodejs_22", "npm-9_x", "ffmpeg"]
    plan["phases"]["setup"]["aptPkgs"] = ["curl", "wget"]
    plan["phases"]["install"]["cmds"] = ["npm ci", "npm run prepare-data"]
    plan["phases"]["build"]["cmds"] = ["npm run compile"]
    plan["start"]["cmd"] = "node other.js"
    text = dockerfile("node-express-plain", tmp_path, plan)
    last = text.rpartition("\nFROM ")[2]
    assert "FROM node:22" in text
    assert all(part in last for part in ("REGION=eu", "curl", "ffmpeg", "wget", '["node", "other.js"]'))
    assert all(part in text for part in ("    npm ci", "npm run prepare-data", "npm run compile"))
