from __future__ import annotations

import importlib
import json

import pytest
from static_trees import PAGE, diagnostics, of, planned

from buildplan.model.origin import Origin

hosting = importlib.import_module("buildplan.providers.static.pages")


def test_the_rule_that_makes_a_single_page_app_is_understood() -> None:
    found = hosting.read_hosting(of({"_redirects": "# all\n\n/*  /index.html  200\n"}))
    assert found.fallback is not None
    assert found.fallback.origin == Origin("_redirects", 3)
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("netlify.toml", '[[redirects]]\nfrom = "/*"\nto = "/index.html"\nstatus = 200\n'),
        ("vercel.json", '{"rewrites": [{"source": "/(.*)", "destination": "/index.html"}]}'),
        ("firebase.json", '{"hosting": {"rewrites": [{"source": "**", "destination": "/index.html"}]}}'),
    ],
)
def test_other_hosts_say_it_in_their_own_words(path: str, text: str) -> None:
    found = hosting.read_hosting(of({path: text}))
    assert found.fallback is not None
    assert found.fallback.value == "index.html"
    assert found.fallback.origin.path == path
    assert found.diagnostics == ()


def test_other_rules_are_counted_and_reported() -> None:
    plan = planned({"index.html": PAGE, "_redirects": "/old /new 301\n/blog/* https://blog.example.com/:splat\n"})
    found = diagnostics(plan, "BP650")[0]
    assert found.text == "2 rules of `_redirects`, written for another host, are not applied by the web server"
    assert found.origin == Origin("_redirects", 1)


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("_headers", "/*\n  X-Frame-Options: DENY\n", "the headers of `_headers`"),
        (".htaccess", "RewriteEngine On", "the rules of `.htaccess`"),
        ("nginx.conf", "server {}", "the rules of `nginx.conf`"),
        ("netlify.toml", '[[headers]]\nfor = "/*"\n', "1 redirects and headers of `netlify.toml`"),
        (
            "vercel.json",
            '{"cleanUrls": true, "redirects": [{}], "headers": [{}]}',
            "`redirects`, `headers` of `vercel.json`",
        ),
        ("firebase.json", '{"hosting": {"headers": [{}]}}', "redirects and headers of `firebase.json`"),
    ],
)
def test_what_the_web_server_does_not_do_is_reported(path: str, text: str, what: str) -> None:
    found = hosting.read_hosting(of({path: text})).diagnostics
    assert [item.text for item in found] == [f"{what}, written for another host, are not applied by the web server"]


def test_rules_beside_the_pages_count_like_those_at_the_root() -> None:
    assert hosting.read_hosting(of({"public/_redirects": "/a /b"}), "public").diagnostics[0].origin == Origin(
        "public/_redirects", 1
    )


def test_build_variables_are_read_the_production_ones_first() -> None:
    text = '[build.environment]\nHUGO_VERSION = "0.150.0"\n[context.production.environment]\nHUGO_VERSION = "0.160.0"\n'
    found = hosting.read_hosting(
        of({"netlify.toml": text, "vercel.json": '{"build": {"env": {"HUGO_VERSION": "0.1.0"}}}'})
    )
    assert found.environment["HUGO_VERSION"].value == "0.160.0"
    assert str(found.environment["HUGO_VERSION"].origin) == "netlify.toml:4 context.production.environment.HUGO_VERSION"


@pytest.mark.parametrize("path", ["netlify.toml", "vercel.json", "firebase.json"])
@pytest.mark.parametrize("text", ["", "[", "{", "\0", "[]", "null", '"x"'])
def test_a_file_that_cannot_be_read_is_reported_and_left_out(path: str, text: str) -> None:
    found = hosting.read_hosting(of({path: text}))
    assert found.publish is None
    assert all(item.code == "BP650" for item in found.diagnostics)


@pytest.mark.parametrize(
    "value", [None, 3, True, "x", [], {}, [3], [[]], [{}], [{"source": [], "destination": {}}], {"a": 1}]
)
def test_values_of_any_type_are_survived(value: object) -> None:
    document = {"outputDirectory": value, "rewrites": value, "redirects": value, "build": value, "hosting": value}
    found = hosting.read_hosting(of({"vercel.json": json.dumps(document), "firebase.json": json.dumps(document)}))
    assert found.fallback is None


def test_toml_of_any_shape_is_survived() -> None:
    for text in ("build = 3", "redirects = 3", "[[redirects]]\nstatus = [1]\nfrom = {a = 1}", "context = [1]"):
        assert hosting.read_hosting(of({"netlify.toml": text})).fallback is None
