from __future__ import annotations

import pytest
from static_trees import PAGE, detected, options

from buildplan.language.contract import Strength

SPHINX = "extensions = []\n"


def strength(files: dict[str, str | bytes]) -> Strength | None:
    found = detected(files)
    return found.strength if found is not None else None


def test_an_index_page_at_the_root_is_a_site() -> None:
    found = detected({"index.html": PAGE})
    assert found is not None
    assert found.strength is Strength.SITE
    assert str(found.evidence[0].origin) == "index.html"
    assert found.evidence[0].text == "`index.html` can be served as it is"


def test_a_tree_without_pages_is_none() -> None:
    assert detected({"main.rs": "fn main() {}", "readme.html": PAGE}) is None


def test_an_empty_tree_is_none() -> None:
    assert detected({}) is None


def test_a_template_folder_is_no_site() -> None:
    assert detected({"templates/index.html": PAGE}) is None


def test_the_source_of_a_bundler_is_no_site() -> None:
    assert detected({"index.html": '<script type="module" src="/src/main.tsx"></script>'}) is None


def test_the_source_of_create_react_app_is_no_site() -> None:
    assert detected({"public/index.html": '<link href="%PUBLIC_URL%/favicon.ico">'}) is None


def test_a_page_that_loads_plain_javascript_from_src_is_a_site() -> None:
    assert strength({"index.html": '<script src="/src/main.js"></script>', "src/main.js": ""}) is Strength.SITE


def test_pages_beside_a_server_program_are_only_a_stray_find() -> None:
    program = "require('http').createServer(() => {}).listen(3000)"
    assert strength({"server.js": program, "public/index.html": PAGE}) is Strength.STRAY


def test_a_script_of_the_page_itself_is_no_server() -> None:
    assert strength({"index.html": PAGE, "app.js": "document.title = 'x'"}) is Strength.SITE


def test_a_python_program_beside_a_folder_of_pages_is_the_app() -> None:
    assert strength({"app.py": "import flask", "static/index.html": PAGE}) is Strength.STRAY


def test_a_php_page_beside_the_index_is_not_ours() -> None:
    assert detected({"index.html": PAGE, "index.php": "<?php"}) is None


def test_a_staticfile_alone_is_a_site() -> None:
    assert strength({"Staticfile": "root: web", "web/a.txt": ""}) is Strength.SITE


def test_a_broken_staticfile_is_still_claimed_so_that_the_plan_can_explain_it() -> None:
    assert strength({"Staticfile": "root: [", "index.html": PAGE}) is Strength.SITE


def test_a_broken_file_of_another_host_does_not_stop_detection() -> None:
    files: dict[str, str | bytes] = {
        "netlify.toml": "[[[",
        "vercel.json": "{",
        "index.html": PAGE,
        "public/index.html": PAGE,
    }
    assert strength(files) is Strength.SITE


def test_a_configured_root_is_a_claim_even_without_an_index_page() -> None:
    found = detected({"web/a.txt": ""}, options(root="web"))
    assert found is not None
    assert found.strength is Strength.SITE


def test_a_configured_root_beats_a_generator() -> None:
    found = detected({"hugo.toml": "", "public/index.html": PAGE}, options(root="public"))
    assert found is not None
    assert found.frameworks == ()


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("hugo", {"hugo.toml": ""}),
        ("hugo", {"hugo.yaml": ""}),
        ("hugo", {"config.toml": 'baseURL = "https://example.com"', "content/a.md": ""}),
        ("hugo", {"config.json": '{"baseurl": "x"}', "themes/a/theme.toml": ""}),
        ("hugo", {"config/_default/hugo.toml": "", "content/a.md": ""}),
        ("zola", {"config.toml": 'base_url = "https://example.com"', "content/_index.md": ""}),
        ("jekyll", {"_config.yml": "", "Gemfile": 'gem "jekyll"'}),
        ("jekyll", {"_config.yml": "", "Gemfile": "gem 'github-pages', group: :jekyll_plugins"}),
        ("jekyll", {"_config.yml": "", "index.md": ""}),
        ("middleman", {"config.rb": "", "Gemfile": 'gem "middleman", "~> 4.6"'}),
        ("mkdocs", {"mkdocs.yml": "site_name: x"}),
        ("sphinx", {"docs/conf.py": SPHINX}),
        ("sphinx", {"docs/source/conf.py": "html_theme = 'furo'"}),
        ("pelican", {"pelicanconf.py": ""}),
        ("nikola", {"conf.py": 'BLOG_TITLE = "x"'}),
        ("mdbook", {"book.toml": '[book]\ntitle = "x"'}),
        ("cecil", {"cecil.yml": ""}),
    ],
)
def test_a_generator_is_known_by_its_configuration(name: str, files: dict[str, str | bytes]) -> None:
    found = detected(files)
    assert found is not None
    assert found.frameworks == (name,)
    assert found.strength >= Strength.MANIFEST


@pytest.mark.parametrize(
    "files",
    [
        {"config.toml": 'baseURL = "x"'},
        {"config.toml": "[server]\nport = 1", "content/a.md": ""},
        {"_config.yml": "title: a hexo site", "package.json": '{"dependencies": {"hexo": "7"}}'},
        {"docs/conf.py": "print('no sphinx')"},
        {"conf.py": "DEBUG = True"},
        {"book.toml": "[chapter]"},
        {"config.rb": "require 'x'", "Gemfile": 'gem "sinatra"'},
    ],
)
def test_a_configuration_of_something_else_is_no_generator(files: dict[str, str | bytes]) -> None:
    assert detected(files) is None


def test_documentation_beside_another_manifest_is_weaker_than_alone() -> None:
    assert strength({"mkdocs.yml": ""}) is Strength.APP
    assert strength({"mkdocs.yml": "", "package.json": "{}"}) is Strength.MANIFEST
    assert strength({"docs/conf.py": SPHINX}) is Strength.MANIFEST
    assert strength({"docs/conf.py": SPHINX, "pyproject.toml": ""}) is Strength.SITE


def test_a_file_that_is_no_text_is_no_configuration() -> None:
    assert detected({"config.toml": b"\xff\xfe\x00", "content/a.md": "", "docs/conf.py": b"\x00"}) is None


def test_a_huge_file_of_blank_lines_is_read_in_a_moment() -> None:
    blank = "\n" * 2_000_000
    assert detected({"config.toml": blank, "content/a.md": "", "docs/conf.py": blank, "Gemfile": blank}) is None
