from __future__ import annotations

import pytest
from python_trees import FASTAPI, FLASK, Files, discovered, targets

REQUIREMENTS = {"requirements.txt": "flask\nfastapi\nuvicorn\ngunicorn\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.py": FLASK}, "app:app"),
        ({"hello.py": FLASK.replace("app =", "server =")}, "hello:server"),
        ({"app/main.py": FASTAPI}, "app.main:app"),
        ({"app/__init__.py": "", "app/main.py": FASTAPI}, "app.main:app"),
        ({"app/__init__.py": FASTAPI}, "app:app"),
        ({"src/main.py": FASTAPI}, "main:app"),
        ({"src/shop/__init__.py": "", "src/shop/main.py": FASTAPI}, "shop.main:app"),
        ({"src/__init__.py": "", "src/main.py": FASTAPI}, "src.main:app"),
        ({"src/main.py": f"from src.db import x\n{FASTAPI}", "src/db.py": "x = 1\n"}, "src.main:app"),
        ({"backend/main.py": f"import database\n{FASTAPI}", "backend/database.py": ""}, "main:app"),
        ({"backend/app/__init__.py": "", "backend/app/main.py": FASTAPI}, "app.main:app"),
        ({"shop/__init__.py": "", "shop/web/__init__.py": "", "shop/web/site.py": FLASK}, "shop.web.site:app"),
    ],
    ids=range(12),
)
def test_an_app_is_found_and_named_as_its_imports_want_it(files: Files, expected: str) -> None:
    assert targets(REQUIREMENTS | files)[0] == expected


def test_an_app_below_src_needs_src_on_the_import_path_and_one_in_backend_starts_there() -> None:
    below = discovered(REQUIREMENTS | {"src/main.py": FASTAPI}).entries[0]
    assert (below.directory, below.import_path, below.file) == ("", "src", "src/main.py")
    beside = {"backend/main.py": f"import database\n{FASTAPI}", "backend/database.py": ""}
    entry = discovered(REQUIREMENTS | beside).entries[0]
    assert (entry.directory, entry.import_path, entry.file) == ("backend", None, "main.py")


def test_a_factory_is_an_entry_when_it_needs_no_arguments() -> None:
    factory = "from flask import Flask\ndef create_app(config=None):\n    return Flask(__name__)\n"
    assert targets(REQUIREMENTS | {"shop/__init__.py": factory}) == ["shop:create_app"]
    assert targets(REQUIREMENTS | {"shop/__init__.py": factory.replace("config=None", "config")}) == []


def test_an_app_that_an_imported_factory_makes_is_found() -> None:
    files = {
        "wsgi.py": "from shop import create_app\n\napplication = create_app()\n",
        "shop/__init__.py": "from .factory import create_app\n",
        "shop/factory.py": "import flask\n\ndef create_app():\n    app = flask.Flask('x')\n    return app\n",
    }
    assert targets(REQUIREMENTS | files)[0] == "wsgi:application"


def test_a_reexported_app_is_found() -> None:
    files = {
        "app/__init__.py": "from .main import app\n",
        "app/main.py": FASTAPI,
        "wsgi.py": "from app import app\n",
    }
    assert targets(REQUIREMENTS | files)[:2] == ["wsgi:app", "app.main:app"]


def test_a_subclass_of_the_framework_is_an_app() -> None:
    files = {"main.py": "from flask import Flask\nclass Site(Flask): ...\napp = Site('x')\n"}
    assert targets(REQUIREMENTS | files) == ["main:app"]


def test_the_better_name_the_shallower_file_and_the_server_file_win() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": FLASK,
        "run.py": FLASK,
        "wsgi.py": FLASK,
        "main.py": FLASK.replace("app =", "thing ="),
    }
    assert targets(REQUIREMENTS | files) == ["wsgi:app", "run:app", "shop.app:app", "main:thing"]


@pytest.mark.parametrize("folder", ["tests", "examples", "venv", "node_modules/x", "migrations", ".hidden"])
def test_what_lies_in_a_folder_that_is_no_app_is_no_entry(folder: str) -> None:
    assert targets(REQUIREMENTS | {f"{folder}/app.py": FLASK}) == []


def test_an_app_in_a_guard_or_a_function_is_none() -> None:
    files = {
        "main.py": "from flask import Flask\nif __name__ == '__main__':\n    app = Flask('x')\n",
        "app.py": "from flask import Flask\ndef f():\n    app = Flask('x')\n",
    }
    assert targets(REQUIREMENTS | files) == []


def test_a_comment_or_a_text_that_names_a_framework_is_none() -> None:
    assert targets(REQUIREMENTS | {"main.py": '"""app = Flask(__name__)"""\n# from flask import Flask\n'}) == []


def test_a_library_for_interfaces_comes_before_the_framework_that_it_embeds() -> None:
    files = {
        "requirements.txt": "fastapi\nstreamlit\n",
        "app.py": "import streamlit as st\nst.title('x')\n",
        "main.py": FASTAPI,
    }
    assert targets(files)[0] == "app.py"


def test_gradio_mounted_in_fastapi_is_fastapi() -> None:
    code = f"import gradio as gr\n{FASTAPI}app = gr.mount_gradio_app(app, gr.Blocks(), path='/')\n"
    entries = discovered({"requirements.txt": "gradio\nfastapi\n", "app.py": code}).entries
    assert [entry.framework.id for entry in entries] == ["fastapi"]


def test_what_nothing_declares_ranks_last_and_says_so() -> None:
    entries = discovered({"requirements.txt": "requests\n", "main.py": FLASK}).entries
    assert [(entry.target, entry.declared) for entry in entries] == [("main:app", False)]


def test_a_file_that_cannot_be_parsed_is_noted() -> None:
    found = discovered(REQUIREMENTS | {"main.py": "def broken(:\n", "app.py": FLASK})
    assert [str(place) for place in found.stumbled] == ["main.py:1"]
    assert [entry.target for entry in found.entries] == ["app:app"]


def test_functions_that_return_each_other_end() -> None:
    names = [f"f{index}" for index in range(60)]
    body = "\n".join(f"def {name}():\n" + "".join(f"    return {other}()\n" for other in names) for name in names)
    assert targets(REQUIREMENTS | {"main.py": f"import flask\n{body}\napp = f0()\n"}) == []


def test_many_files_are_not_all_read() -> None:
    files = {f"pkg{index}/mod{number}.py": "x = 1\n" for index in range(40) for number in range(40)}
    found = discovered(REQUIREMENTS | files)
    assert found.entries == ()
    assert len(found.looked) < 100
