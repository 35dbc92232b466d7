from __future__ import annotations

import pytest
from buildplan.providers.python import entry_points
from python_trees import FASTAPI, FLASK, SCRIPT, Files, asked, planned

from buildplan.errors import ConfigError, NoStartError


@pytest.mark.parametrize(
    ("requirements", "code", "start", "form"),
    [
        ("flask\ngunicorn", FLASK, "gunicorn main:app", "exec"),
        ("flask\nwaitress", FLASK, 'waitress-serve "--listen=*:${PORT}" main:app', "shell"),
        ("flask\ngranian", FLASK, "granian --interface wsgi main:app --host 0.0.0.0 --port ${PORT}", "shell"),
        (
            "flask\npyuwsgi",
            FLASK,
            "uwsgi --module main:app --master --die-on-term --enable-threads --http-socket 0.0.0.0:${PORT}",
            "shell",
        ),
        ("fastapi\nuvicorn", FASTAPI, "uvicorn main:app --host 0.0.0.0 --port ${PORT}", "shell"),
        ("fastapi[standard]", FASTAPI, "fastapi run main.py", "exec"),
        ("fastapi\nhypercorn", FASTAPI, "hypercorn main:app --bind 0.0.0.0:${PORT}", "shell"),
        ("fastapi\ndaphne", FASTAPI, "daphne main:app -b 0.0.0.0 -p ${PORT}", "shell"),
        ("fastapi\ngranian", FASTAPI, "granian --interface asgi main:app --host 0.0.0.0 --port ${PORT}", "shell"),
        ("fastapi\ngunicorn", FASTAPI, "gunicorn --worker-class asgi main:app", "exec"),
        ("fastapi\ngunicorn==23.0.0", FASTAPI, "uvicorn main:app --host 0.0.0.0 --port ${PORT}", "shell"),
        (
            "fastapi\ngunicorn\nuvicorn-worker",
            FASTAPI,
            "gunicorn --worker-class uvicorn_worker.UvicornWorker main:app",
            "exec",
        ),
        (
            "flask\nflask-socketio\ngunicorn\ngevent",
            FLASK,
            "gunicorn --worker-class gevent --workers 1 main:app",
            "exec",
        ),
        ("flask\nflask-socketio\ngunicorn", FLASK, "gunicorn --workers 1 --threads 100 main:app", "exec"),
        (
            "sanic",
            "from sanic import Sanic\napp = Sanic('x')\n",
            "sanic main:app --host 0.0.0.0 --port ${PORT}",
            "shell",
        ),
        ("quart", "from quart import Quart\napp = Quart('x')\n", "hypercorn main:app --bind 0.0.0.0:${PORT}", "shell"),
        (
            "litestar[standard]",
            "from litestar import Litestar\napp = Litestar([])\n",
            "uvicorn main:app --host 0.0.0.0 --port ${PORT}",
            "shell",
        ),
        (
            "python-fasthtml",
            "from fasthtml.common import *\napp, rt = fast_app()\nserve()\n",
            "uvicorn main:app --host 0.0.0.0 --port ${PORT}",
            "shell",
        ),
        ("falcon\ngunicorn", "import falcon\napp = falcon.App()\n", "gunicorn main:app", "exec"),
        (
            "falcon\nuvicorn",
            "import falcon.asgi\napp = falcon.asgi.App()\n",
            "uvicorn main:app --host 0.0.0.0 --port ${PORT}",
            "shell",
        ),
        ("bottle\ngunicorn", "import bottle\napp = bottle.default_app()\n", "gunicorn main:app", "exec"),
        (
            "pyramid\ngunicorn",
            "from pyramid.config import Configurator\nconfig = Configurator()\napp = config.make_wsgi_app()\n",
            "gunicorn main:app",
            "exec",
        ),
        ("dash\ngunicorn", "import dash\napp = dash.Dash('x')\nserver = app.server\n", "gunicorn main:server", "exec"),
        ("streamlit", "import streamlit as st\n", "streamlit run main.py --server.port ${PORT}", "shell"),
        (
            "chainlit",
            "import chainlit as cl\n",
            "chainlit run main.py --headless --host 0.0.0.0 --port ${PORT}",
            "shell",
        ),
        (
            "gradio",
            "import gradio as gr\ngr.Interface(f, 'a', 'b').launch()\n",
            "GRADIO_SERVER_PORT=${PORT} exec python main.py",
            "shell",
        ),
        ("shiny", "from shiny import App\n", "shiny run --host 0.0.0.0 --port ${PORT} main.py", "shell"),
        (
            "panel",
            "import panel as pn\npn.Row().servable()\n",
            "panel serve main.py --address 0.0.0.0 --port ${PORT} '--allow-websocket-origin=*'",
            "shell",
        ),
        ("solara", "import solara\n", "solara run main.py --host 0.0.0.0 --port ${PORT} --production", "shell"),
        (
            "marimo",
            "import marimo\napp = marimo.App()\n",
            "marimo run main.py --headless --host 0.0.0.0 --port ${PORT}",
            "shell",
        ),
        (
            "locust",
            "from locust import User\n",
            "locust --locustfile main.py --web-host 0.0.0.0 --web-port ${PORT}",
            "shell",
        ),
    ],
)
def test_a_framework_is_started_for_production_on_the_port_that_is_given(
    requirements: str, code: str, start: str, form: str
) -> None:
    plan = planned({"requirements.txt": requirements + "\n", "main.py": code})
    assert plan.start == start
    assert plan.main.name == "web"
    assert ("shell" if plan.main.shell is not None else "exec") == form
    assert plan.environment["PORT"] == str(plan.main.port)


def test_every_framework_of_the_table_has_a_start_and_a_signal_that_can_be_found() -> None:
    for row in entry_points.table():
        object_of_a_server = row.kind in {"wsgi", "asgi", "aiohttp"}
        assert row.makes or row.marks or row.imports or row.notebooks or row.id == "django", row.id
        assert object_of_a_server or row.start, row.id
        assert row.port is not None or row.kind == "bot", row.id


def test_a_server_that_nothing_declares_is_installed_and_reported() -> None:
    plan = planned({"requirements.txt": "flask\n", "main.py": FLASK})
    assert plan.start == "gunicorn main:app"
    server = plan.phase("server")
    assert server.depends_on == ("install",)
    assert server.commands[0].endswith("install gunicorn==27.0.1")
    assert plan.copies[0] == (".venv/", "server")
    notice = plan.diagnostic("BP690")
    assert notice.origin is not None
    assert notice.origin.path == "main.py"
    assert notice.fix is not None
    assert "gunicorn" in notice.fix


def test_an_old_python_gets_a_server_that_runs_on_it() -> None:
    plan = planned({"requirements.txt": "flask\n", "main.py": FLASK, ".python-version": "3.9\n"})
    assert plan.phase("server").commands[0].endswith("install gunicorn==23.0.0")


def test_the_shipped_environment_is_the_last_one_even_when_a_server_is_added() -> None:
    plan = planned({"requirements.txt": "fastapi\n", "main.py": FASTAPI})
    assert plan.start == "uvicorn main:app --host 0.0.0.0 --port ${PORT}"
    assert plan.copies == [(".venv/", "server"), (".", None)]


def test_a_dash_app_without_a_server_object_is_run_as_it_is() -> None:
    plan = planned({"requirements.txt": "dash\ngunicorn\n", "app.py": "import dash\napp = dash.Dash('x')\n"})
    assert plan.start == "python app.py"


@pytest.mark.parametrize(
    ("code", "port", "codes"),
    [
        ("port=int(os.environ.get('PORT', 9000))", 9000, []),
        ("port=int(os.getenv('PORT', '9001'))", 9001, []),
        ("port=int(os.environ['PORT'])", 8080, []),
        ("port=9002", 9002, ["BP647"]),
        ("host='localhost', port=9003", 9003, ["BP649", "BP647"]),
        ("port=NUMBER", 9004, ["BP647"]),
        ("", 8080, ["BP647"]),
    ],
)
def test_a_script_listens_where_its_code_says(code: str, port: int, codes: list[str]) -> None:
    text = (
        f"import os\nfrom aiohttp import web\nNUMBER = 9004\nif __name__ == '__main__':\n    web.run_app(x, {code})\n"
    )
    plan = planned({"requirements.txt": "aiohttp\n", "main.py": text})
    assert (plan.start, plan.main.port) == ("python main.py", port)
    assert [item for item in plan.codes() if item in {"BP647", "BP649"}] == codes


def test_an_init_comes_before_a_process_that_ignores_sigterm() -> None:
    deaf = {"requirements.txt": "tornado\n", "main.py": "import tornado.web\ntornado.web.Application([]).listen(80)\n"}
    assert planned(deaf).run.init
    assert not planned({"requirements.txt": "flask\ngunicorn\n", "main.py": FLASK}).run.init


@pytest.mark.parametrize(
    ("files", "start"),
    [
        ({"bot.py": "import discord\nclient = discord.Client()\nclient.run('x')\n"}, "python bot.py"),
        (
            {
                "bot/__init__.py": "",
                "bot/__main__.py": "import discord, asyncio\nfrom bot import x\nasyncio.run(x())\n",
            },
            "python -m bot",
        ),
        (
            {"bot/__init__.py": "", "bot/bot.py": "import discord\nimport config\nx.run()\n", "bot/config.py": ""},
            "python bot/bot.py",
        ),
    ],
)
def test_a_bot_is_a_worker_without_a_port(files: Files, start: str) -> None:
    plan = planned({"requirements.txt": "discord.py\n", **files})
    assert (plan.main.name, plan.start, plan.main.port) == ("worker", start, None)
    assert "PORT" not in plan.environment


def test_an_mcp_server_listens_only_when_its_transport_does() -> None:
    code = "from fastmcp import FastMCP\nmcp = FastMCP('x')\nmcp.run({})\n"
    files = {"requirements.txt": "fastmcp\n", "server.py": code.format("")}
    assert planned(files).main.port is None
    files["server.py"] = code.format("transport='http', port=8000")
    assert planned(files).main.port == 8000


def test_a_plain_script_is_a_worker_and_one_that_listens_is_not() -> None:
    files = {"requirements.txt": "requests\n", "main.py": SCRIPT}
    assert (planned(files).main.name, planned(files).start) == ("worker", "python main.py")
    files["main.py"] = "import os\nserve(port=int(os.environ['PORT']))\n"
    assert (planned(files).main.name, planned(files).main.port) == ("web", 8000)


def test_a_script_that_starts_a_package_beats_an_app_of_an_unusual_name_inside_of_it() -> None:
    files = {
        "requirements.txt": "flask\n",
        "watcher.py": "import watching\n\nif __name__ == '__main__':\n    watching.main()\n",
        "watching/__init__.py": "",
        "watching/flask_part.py": FLASK,
    }
    plan = planned(files)
    assert plan.start == "python watcher.py"
    assert [item.value for item in plan.decision("start").runners_up] == ["watching.flask_part:app"]


def test_losing_entries_are_kept_for_the_explanation() -> None:
    plan = planned({"requirements.txt": "flask\ngunicorn\n", "wsgi.py": FLASK, "shop.py": FLASK})
    assert [item.value for item in plan.decision("start").runners_up] == ["shop:app"]
    assert "BP697" not in plan.codes()


def test_two_entries_that_are_equal_are_reported_with_the_line_that_chooses() -> None:
    files = {"requirements.txt": "flask\ngunicorn\n", "blue.py": FLASK, "green.py": FLASK}
    notice = planned(files).diagnostic("BP697")
    assert notice.fix is not None
    assert 'python.entry = "green:app"' in notice.fix
    assert planned(files, asked(options={"python.entry": "green:app"})).start == "gunicorn green:app"


@pytest.mark.parametrize(
    ("entry", "start"),
    [
        ("shop.web:site", "gunicorn shop.web:site"),
        ("shop/web.py", "gunicorn shop.web:site"),
        ("shop.web", "gunicorn shop.web:site"),
        ("tool.py", "python tool.py"),
    ],
)
def test_a_configured_entry_wins(entry: str, start: str) -> None:
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "app.py": FLASK,
        "shop/__init__.py": "",
        "shop/web.py": FLASK.replace("app =", "site ="),
        "tool.py": SCRIPT,
    }
    assert planned(files, asked(options={"python.entry": entry})).start == start


def test_a_configured_entry_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no app `shop:app`"):
        planned({"requirements.txt": "flask\n", "app.py": FLASK}, asked(options={"python.entry": "shop:app"}))


def test_nothing_to_start_is_an_error_that_names_what_was_looked_at() -> None:
    files = {"pyproject.toml": '[project]\nname = "lib"\nversion = "1"\n', "lib/__init__.py": "x = 1\n"}
    with pytest.raises(NoStartError, match=r"looked at `lib/__init__\.py`"):
        planned(files)


def test_a_file_that_cannot_be_read_is_named_when_nothing_starts() -> None:
    files = {"requirements.txt": "flask\n", "shop/__init__.py": "def broken(:\n"}
    with pytest.raises(NoStartError, match=r"line 1 of `shop/__init__\.py`"):
        planned(files)


def test_the_standard_library_needs_no_manifest_and_no_build() -> None:
    code = "import os\nfrom http.server import *\nHTTPServer(('', int(os.environ['PORT'])), X).serve_forever()\n"
    plan = planned({"server.py": code})
    assert plan.plan.phases == ()
    assert plan.copies == [(".", None)]
    assert plan.start == "python server.py"


def test_a_console_script_is_started_by_its_name_when_no_framework_is_there() -> None:
    files = {
        "pyproject.toml": (
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            '[project]\nname = "greeter"\nversion = "1"\n[project.scripts]\ngreet = "greeter.cli:main"\n'
        ),
        "greeter/__init__.py": "",
        "greeter/cli.py": "import os\ndef main():\n    serve(port=int(os.environ.get('PORT', '7000')))\n",
    }
    plan = planned(files)
    assert (plan.start, plan.main.port) == ("greet", 7000)
    assert "install-project" in [phase.name for phase in plan.plan.phases]


def test_flaskenv_names_the_app() -> None:
    files = {
        "requirements.txt": "flask\ngunicorn\n",
        "app.py": FLASK,
        "blog.py": FLASK,
        ".flaskenv": "FLASK_APP=blog.py\n",
    }
    assert planned(files).start == "gunicorn blog:app"


def test_pyproject_names_the_entry_of_fastapi() -> None:
    files = {
        "pyproject.toml": (
            '[project]\nname = "x"\nversion = "1"\ndependencies = ["fastapi", "uvicorn"]\n'
            '[tool.fastapi]\nentrypoint = "service.web:api"\n'
        ),
        "main.py": FASTAPI,
        "service/web.py": FASTAPI.replace("app =", "api ="),
    }
    assert planned(files).start == "uvicorn service.web:api --host 0.0.0.0 --port ${PORT}"


def test_migrations_are_a_process_of_their_own() -> None:
    flask = {"requirements.txt": "flask\nflask-migrate\ngunicorn\n", "app.py": FLASK, "migrations/env.py": ""}
    assert planned(flask).process("release") == "flask --app app:app db upgrade"
    fastapi = {"requirements.txt": "fastapi\nuvicorn\nalembic\n", "main.py": FASTAPI, "alembic.ini": "[alembic]\n"}
    assert planned(fastapi).process("release") == "alembic upgrade head"
    own = asked(processes={"release": "python seed.py"})
    assert planned(fastapi, own).process("release") == "python seed.py"


@pytest.mark.parametrize(
    ("bind", "port"), [("127.0.0.1:9999", 9999), ("0.0.0.0:9999", 9999), ("unix:/tmp/x.sock", 8000)]
)
def test_the_command_line_puts_port_over_what_gunicorns_own_configuration_binds_to(bind: str, port: int) -> None:
    files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK, "gunicorn.conf.py": f'bind = "{bind}"\n'}
    plan = planned(files)
    assert plan.main.shell == "gunicorn --bind 0.0.0.0:${PORT} app:app"
    assert plan.main.port == port
    assert "BP648" in plan.codes()
    assert not {"BP647", "BP649"} & set(plan.codes())


def test_a_name_that_is_no_word_of_a_shell_is_quoted() -> None:
    plan = planned({"requirements.txt": "streamlit\n", "my $(touch x) app.py": "import streamlit\n"})
    assert plan.main.shell == "streamlit run 'my $(touch x) app.py' --server.port ${PORT}"


UV_PROJECT = {
    "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask"]\n',
    "uv.lock": "version = 1\n",
}


@pytest.mark.parametrize(
    ("python", "files", "command"),
    [
        ("3.6.15", {"requirements.txt": "flask\n"}, "/app/.venv/bin/pip install gunicorn=="),
        ("3.8.10", {"requirements.txt": "flask\n"}, "/app/.venv/bin/pip install gunicorn=="),
        ("3.13", {"requirements.txt": "flask\n"}, "pip --python /app/.venv/bin/python install gunicorn=="),
        ("3.10", UV_PROJECT, "uv pip install --python /app/.venv gunicorn=="),
    ],
)
def test_an_environment_is_installed_into_by_a_pip_that_the_image_has(
    python: str, files: dict[str, str], command: str
) -> None:
    tree = {**files, "app.py": FLASK, ".python-version": python}
    assert planned(tree).phase("server").commands[0].startswith(command)


@pytest.mark.parametrize(
    ("notebooks", "word"),
    [
        (("Sales 2024.ipynb",), " 'Sales 2024.ipynb'"),
        (("a.ipynb", "app.ipynb"), " app.ipynb"),
        (("a.ipynb", "b.ipynb"), ""),
    ],
)
def test_a_notebook_is_served_by_voila_and_several_as_a_folder(notebooks: tuple[str, ...], word: str) -> None:
    made = planned({"requirements.txt": "voila\n", **dict.fromkeys(notebooks, "{}")})
    assert made.start == f"voila --no-browser --Voila.ip=0.0.0.0 --port=${{PORT}}{word}"
    assert made.main.port == 8866


def test_voila_without_a_notebook_starts_nothing() -> None:
    with pytest.raises(NoStartError):
        planned({"requirements.txt": "voila\n"})


OPTIONS = """import argparse
from http.server import HTTPServer
parser = argparse.ArgumentParser()
{}
args = parser.parse_args()
HTTPServer((args.host, args.port), None).serve_forever()
"""


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        ('parser.add_argument("-p", "--port", type=int, default=9000)', "python main.py --port ${PORT}"),
        (
            'parser.add_argument("--host", default="127.0.0.1")\nparser.add_argument("--port", default=9000)',
            "python main.py --host 0.0.0.0 --port ${PORT}",
        ),
    ],
)
def test_a_script_gets_port_by_its_option(lines: str, start: str) -> None:
    plan = planned({"requirements.txt": "requests\n", "main.py": OPTIONS.format(lines)})
    assert plan.start == start
    assert plan.process("web") is not None
    assert "BP648" in plan.codes()
    assert plan.environment["PORT"] == "9000"


@pytest.mark.parametrize(
    "lines",
    [
        'parser.add_subparsers()\nparser.add_argument("--port", default=9000)',
        'parser.add_argument("--port", required=True)',
        'parser.add_argument("--db-port", default=5432)',
    ],
)
def test_an_option_that_may_not_be_the_scripts_is_not_given(lines: str) -> None:
    assert planned({"requirements.txt": "requests\n", "main.py": OPTIONS.format(lines)}).start == "python main.py"
