"""Random and hostile Rust trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

import json

from hostile import examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st

MAIN = 'fn main() { let port = std::env::var("PORT"); }\n'
texts = words.map(json.dumps)
lines = st.one_of(
    words,
    st.builds(
        lambda key, value: f"{key} = {value}",
        st.sampled_from(("name", "edition", "rust-version", "default-run", "path", "axum", "members", "openssl-sys")),
        st.one_of(texts, texts.map(lambda text: f"[{text}]"), texts.map(lambda text: f"{{ path = {text} }}")),
    ),
    st.sampled_from(("[package]", "[workspace]", "[[bin]]", "[dependencies]", "[lib]", "[toolchain]", "[features]")),
)
manifests = st.lists(lines, max_size=10).map("\n".join)
pieces = st.sampled_from(
    ("TcpListener::bind(", '"127.0.0.1:80"', "PORT", "//", "/*", "*/", 'r#"', "axum::", "#[launch]", "'", '"', "\n")
)
code = st.lists(st.one_of(pieces, words), max_size=15).map("".join)


@slowly(200)
@given(manifests, manifests, code)
def test_any_manifest_lock_and_code_give_a_plan_or_a_typed_error(manifest: str, lock: str, text: str) -> None:
    examine({"Cargo.toml": manifest, "Cargo.lock": lock, "rust-toolchain": lock, "src/main.rs": MAIN + text}, "rust")


@slowly(200)
@given(texts, texts, texts, texts)
def test_names_of_the_tree_never_leave_their_word(package: str, binary: str, path: str, member: str) -> None:
    manifest = (
        f'[package]\nname = {package}\nedition = "2021"\n[[bin]]\nname = {binary}\npath = {path}\n'
        f"[workspace]\nmembers = [{member}]\n"
    )
    examine({"Cargo.toml": manifest, "src/main.rs": MAIN, "src/bin/x.rs": MAIN}, "rust")


@slowly(100)
@given(words.filter(lambda word: "\n" not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    manifest = '[package]\nname = "shop"\nedition = "2021"\n'
    examine({"Cargo.toml": manifest, "src/main.rs": MAIN, "Procfile": f"web: {line}\n"}, "rust")
