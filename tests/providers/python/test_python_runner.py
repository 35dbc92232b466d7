"""Which file is run when the one that holds the server, the bot or the app is only imported by it."""

from __future__ import annotations

import pytest
from python_trees import FLASK, SCRIPT, Files, planned

TORNADO = """import tornado.web

def make():
    return tornado.web.Application([])
"""
BOT = """import telebot

class Bot:
    def run(self):
        self.client = telebot.TeleBot("x")
        self.client.infinity_polling()
"""


def guarded(*imports: str) -> str:
    return "".join(f"{line}\n" for line in imports) + "if __name__ == '__main__':\n    main()\n"


@pytest.mark.parametrize(
    ("files", "start"),
    [
        # A package with a `__main__.py` is run as a whole.
        (
            {
                "requirements.txt": "tornado",
                "viewer/__init__.py": "",
                "viewer/__main__.py": "from .app import main\nmain()\n",
                "viewer/app.py": TORNADO,
            },
            "python -m viewer",
        ),
        # The script at the root that imports the package, not the one that imports that script.
        (
            {
                "requirements.txt": "tornado",
                "Abc.py": guarded("from Tau import main"),
                "Tau.py": guarded("from inner import web", "import os"),
                "inner/__init__.py": "",
                "inner/web.py": TORNADO,
            },
            "python Tau.py",
        ),
        # The script beside it, in a folder that is no package.
        (
            {
                "requirements.txt": "pytelegrambotapi",
                "bot/main.py": guarded("from telegram_bot import Bot"),
                "bot/telegram_bot.py": BOT,
            },
            "python bot/main.py",
        ),
        # A file that runs itself is run itself.
        (
            {
                "requirements.txt": "pytelegrambotapi",
                "bot.py": BOT + "\nBot().run()\n",
                "tool.py": guarded("import bot"),
            },
            "python bot.py",
        ),
        # Nobody imports it.
        ({"requirements.txt": "pytelegrambotapi", "bot.py": BOT}, "python bot.py"),
    ],
)
def test_the_file_that_runs_it(files: Files, start: str) -> None:
    assert planned(files).start == start


def test_what_was_imported_is_the_runner_up_and_says_the_port() -> None:
    server = "import tornado.web\n\ndef make():\n    tornado.web.Application([]).listen(9321)\n"
    made = planned(
        {"requirements.txt": "tornado", "go.py": guarded("import srv.web"), "srv/__init__.py": "", "srv/web.py": server}
    )
    assert made.start == "python go.py"
    assert made.main.port == 9321
    assert made.diagnostic("BP647").origin is not None
    assert str(made.diagnostic("BP647").origin).startswith("srv/web.py:4")
    assert [item.value for item in made.decision("start").runners_up] == ["srv/web.py"]


def test_a_bot_that_is_made_inside_of_a_function_with_its_imports_is_found() -> None:
    code = "def main():\n    import gradio as gr\n    with gr.Blocks() as demo:\n        demo.launch()\n" + SCRIPT
    made = planned({"requirements.txt": "gradio", "main.py": code})
    assert made.start == "GRADIO_SERVER_PORT=${PORT} exec python main.py"


def test_a_program_of_the_package_is_run_and_not_its_bare_app_object() -> None:
    files = {
        "requirements.txt": "flask",
        "cps.py": guarded("from cps.main import main"),
        "cps/__init__.py": FLASK,
        "cps/main.py": "def main():\n    pass\n",
    }
    assert planned(files).start == "python cps.py"


def test_a_developers_run_py_is_not_taken_for_the_app_object_of_its_package() -> None:
    files = {"requirements.txt": "flask\ngunicorn", "run.py": guarded("from app import app"), "app/__init__.py": FLASK}
    assert planned(files).start == "gunicorn run:app"


def test_an_app_that_nothing_declares_does_not_beat_the_script_at_the_root() -> None:
    files = {
        "requirements.txt": "requests",
        "bazaar.py": guarded("from bazaar_web import x"),
        "bazaar_web/__init__.py": "",
        "bazaar_web/server.py": FLASK,
    }
    assert planned(files).start == "python bazaar.py"


@pytest.mark.parametrize(
    ("name", "scripts", "start"),
    [
        ("elastic", {"elastic": "elastic.m:run", "elastic-index": "elastic.i:run"}, "elastic"),
        ("matrix-syn", {"syn_homeserver": "elastic.m:run", "register": "elastic.i:run"}, "syn_homeserver"),
        ("other", {"elastic": "elastic.m:run", "more": "elastic.i:run"}, "elastic"),
        ("other", {"serve": "elastic.m:run", "other": "elastic.i:run"}, "serve"),
    ],
)
def test_the_console_script_among_several(name: str, scripts: dict[str, str], start: str) -> None:
    listed = "".join(f'"{key}" = "{value}"\n' for key, value in scripts.items())
    files = {
        "pyproject.toml": f'[build-system]\nrequires = ["setuptools"]\n[project]\nname = "{name}"\nversion = "1"\n'
        f"[project.scripts]\n{listed}",
        "elastic/__init__.py": "",
        "elastic/m.py": "def run(): pass\n",
        "elastic/i.py": "def run(): pass\n",
    }
    assert planned(files).start == start


def test_a_program_of_the_projects_name_beats_an_app_object_of_an_unusual_one() -> None:
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "flexi"\nversion = "1"\n'
        'dependencies = ["flask"]\n[project.scripts]\nflexi = "flexi:main"\n',
        "flexi/__init__.py": "def main(): pass\n",
        "flexi/api/__init__.py": "",
        "flexi/api/app.py": "from flask import Flask\n\napi_app = Flask(__name__)\n",
    }
    assert planned(files).start == "flexi"
    files["flexi/api/app.py"] = FLASK
    assert planned(files).start == "gunicorn flexi.api.app:app"


def test_the_page_that_adds_to_the_app_and_runs_it_is_started_with_the_object_that_a_server_runs() -> None:
    files = {
        "requirements.txt": "dash\ngunicorn\n",
        "app.py": "import dash\n\napp = dash.Dash(__name__)\nserver = app.server\n",
        "index.py": guarded("from app import app, server"),
    }
    assert planned(files).start == "gunicorn index:server"


def test_of_dash_an_object_that_is_imported_is_none_that_a_server_runs() -> None:
    files = {
        "requirements.txt": "dash\ngunicorn\n",
        "app.py": "import dash\n\napp = dash.Dash(__name__)\nserver = app.server\n",
        "wsgi.py": "from app import app\n",
    }
    assert planned(files).start == "gunicorn app:server"


def test_routes_that_are_added_in_the_file_that_runs_the_app_are_served() -> None:
    files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK, "main.py": guarded("from app import app")}
    assert planned(files).start == "gunicorn main:app"


def test_a_module_in_a_folder_that_imports_from_the_root_is_started_from_the_root() -> None:
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "server/main.py": "from models.api import X\n" + FLASK,
        "models/__init__.py": "",
        "models/api.py": "X = 1\n",
    }
    made = planned(files)
    assert (made.start, made.run.working_dir) == ("gunicorn server.main:app", "/app")


def test_a_factory_deep_in_the_source_is_found() -> None:
    files = {
        "requirements.txt": "litestar\nuvicorn\n",
        "src/py/shop/__init__.py": "",
        "src/py/shop/server/__init__.py": "",
        "src/py/shop/server/asgi.py": "from litestar import Litestar\n\ndef create_app() -> Litestar:\n"
        "    return Litestar([])\n",
    }
    assert planned(files).start.startswith("uvicorn --factory shop.server.asgi:create_app")
