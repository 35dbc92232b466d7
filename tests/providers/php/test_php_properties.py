"""Random and hostile PHP trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

import json
from typing import Any

import hostile
import pytest
from hostile import EVIL, examine, slowly
from hypothesis import given
from hypothesis import strategies as st
from php_trees import INDEX
from planned import decision, plan

words = st.one_of(hostile.words, st.sampled_from(("^8.2", "8.3.0", "*")))
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(words, st.none(), st.booleans(), st.integers(-5, 5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=8,
)
names = st.one_of(
    words,
    words.map(lambda word: f"ext-{word}"),
    st.sampled_from(("php", "ext-gd", "ext-redis", "laravel/framework", "symfony/framework-bundle", "laravel/octane")),
)
requirements = st.dictionaries(names, words, max_size=5)
paths = st.fixed_dictionaries({"type": st.sampled_from(("path", "composer", "vcs")), "url": words})
manifests = st.fixed_dictionaries(
    {},
    optional={
        "require": st.one_of(requirements, values),
        "require-dev": requirements,
        "repositories": st.one_of(st.lists(paths, max_size=3), st.dictionaries(words, paths, max_size=2), values),
        "config": st.one_of(st.fixed_dictionaries({"platform": st.fixed_dictionaries({"php": words})}), values),
        "extra": st.one_of(
            st.fixed_dictionaries({"symfony": st.fixed_dictionaries({"public-dir": words})}),
            st.fixed_dictionaries({"wordpress-install-dir": words}),
            values,
        ),
        "scripts": st.one_of(st.dictionaries(st.just("post-install-cmd"), words), values),
        "autoload": values,
        "type": values,
    },
)
packages = st.lists(
    st.one_of(st.fixed_dictionaries({"name": words, "version": words, "require": requirements}), values), max_size=4
)


@slowly(250)
@given(manifests, packages)
def test_any_manifest_and_any_lock_file_give_a_plan_or_a_typed_error(manifest: Any, locked: Any) -> None:
    lock = json.dumps({"packages": locked})
    examine(
        {"composer.json": json.dumps(manifest), "composer.lock": lock, "public/index.php": INDEX, "index.php": ""},
        "php",
    )


@slowly(100)
@given(words.filter(lambda word: "/" not in word and "\n" not in word), st.text(max_size=80))
def test_any_names_and_any_code_give_a_plan_or_a_typed_error(name: str, code: str) -> None:
    folder = name or "x"
    examine({f"{folder}/index.php": code, "index.php": code, ".env.example": code, "bootstrap/app.php": code}, "php")


@slowly(100)
@given(words.filter(lambda word: "\n" not in word and EVIL not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    examine({"index.php": INDEX, "Procfile": f"web: heroku-php-apache2 {line}\n"}, "php")
    examine({"index.php": INDEX, "Procfile": f"web: {line}\n"}, "php")


@slowly(100)
@given(words.filter(lambda word: "/" not in word and "\n" not in word and EVIL not in word), st.text(max_size=60))
def test_any_server_file_gives_a_plan_or_a_typed_error(name: str, text: str) -> None:
    folder = name or "x"
    files = {
        f"{folder}/index.php": INDEX,
        "Dockerfile": f"FROM php:8.3-apache\nCOPY {folder} /var/www/html\nENV APACHE_DOCUMENT_ROOT=/a/{folder}\n{text}",
        "compose.yaml": f"    - ./{folder}:/var/www/html\n{text}",
        "a.conf": f"root /srv/{folder};\nDocumentRoot {text}\n",
    }
    examine(files, "php")


@pytest.mark.parametrize("piece", ["php -S ", "php -S -t ", "COPY ", "root /", "$APACHE_DOCUMENT_ROOT= "])
def test_a_server_file_is_read_in_one_pass(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    files = {"index.php": INDEX, "Dockerfile": text, "a.conf": text, "compose.yaml": text}
    assert decision(plan(files), "php.root").value == "."
    assert plan({"index.php": INDEX, "Procfile": f"web: {text[:60_000]}"}).start == "web"
