"""An app in a folder of a tree whose root holds documents only."""

from __future__ import annotations

import planned
from rust_trees import AXUM, SERVER, package

BACKEND = {"README.md": "", "justfile": "", "backend/Cargo.toml": AXUM, "backend/src/main.rs": SERVER}
SITE = {"frontend/package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}'}


def test_a_backend_is_the_app_beside_a_frontend() -> None:
    made = planned.plan(
        {**BACKEND, **SITE, "backend/static/x.css": "", "backend/src/a.rs": 'fn a() { ServeDir::new("static"); }'}
    )
    assert made.providers[0].name == "rust"
    assert planned.diagnostic(made, "BP635").text == "the app is in `backend`"
    text = made.dockerfile()
    assert "COPY backend/Cargo.toml ./\n" in text
    assert "COPY backend .\n" in text or "COPY backend ./\n" in text
    assert "COPY --chown=1000:1000 backend/static ./static\n" in text


def test_an_option_names_the_folder() -> None:
    files = {**BACKEND, "other/Cargo.toml": package("other", 'axum = "0.8"'), "other/src/main.rs": SERVER}
    assert planned.started(planned.plan(files)) == "/app/bin/shop"
    assert planned.started(planned.plan(files, app="other")) == "/app/bin/other"


def test_a_library_in_a_folder_is_no_app() -> None:
    made = planned.plan({**SITE, "native/Cargo.toml": AXUM, "native/src/lib.rs": "", "index.html": "<p>"})
    assert made.providers[0].name != "rust"
