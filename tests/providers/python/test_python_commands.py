from __future__ import annotations

import pytest
from python_trees import FASTAPI, FLASK, asked, planned

FILES = {
    "requirements.txt": "flask\nfastapi\nuvicorn\ngunicorn\nhypercorn\nwaitress\nstreamlit\ncelery\ndaphne\n",
    "app.py": FLASK,
    "api/main.py": FASTAPI,
    "tools/__init__.py": "",
    "seed.py": "print()\n",
}


@pytest.mark.parametrize(
    ("written", "started", "port"),
    [
        ("gunicorn app:app", "gunicorn app:app", 8000),
        ("python -m gunicorn app:app", "gunicorn app:app", 8000),
        ("gunicorn -b 0.0.0.0:$PORT app:app", "gunicorn -b 0.0.0.0:$PORT app:app", 8000),
        ("gunicorn --bind=0.0.0.0:5000 app:app", "gunicorn --bind=0.0.0.0:${PORT} app:app", 5000),
        ("gunicorn -b 127.0.0.1:5000 app:app", "gunicorn -b 0.0.0.0:${PORT} app:app", 5000),
        ("gunicorn -b :5000 --reload app:app", "gunicorn -b :${PORT} app:app", 5000),
        ("gunicorn -b unix:/run/x.sock app:app", "gunicorn -b unix:/run/x.sock app:app", 8000),
        ("poetry run gunicorn app:app", "gunicorn app:app", 8000),
        ("uv run --no-dev --extra web gunicorn app:app", "gunicorn app:app", 8000),
        ("pipenv run gunicorn app:app", "gunicorn app:app", 8000),
        ("exec env gunicorn app:app", "gunicorn app:app", 8000),
        ("uvicorn api.main:app", "uvicorn api.main:app --host 0.0.0.0 --port ${PORT}", 8000),
        ("uvicorn api.main:app --reload", "uvicorn api.main:app --host 0.0.0.0 --port ${PORT}", 8000),
        (
            "uvicorn api.main:app --reload-dir api --host localhost --port 80",
            "uvicorn api.main:app --host 0.0.0.0 --port ${PORT}",
            80,
        ),
        ("uvicorn api.main:app --uds /run/x", "uvicorn api.main:app --uds /run/x", 8000),
        ("hypercorn api.main:app", "hypercorn api.main:app --bind 0.0.0.0:${PORT}", 8000),
        ("daphne -p 9000 api.main:app", "daphne -p ${PORT} api.main:app -b 0.0.0.0", 9000),
        ("waitress-serve --port=$PORT app:app", "waitress-serve --port=$PORT app:app", 8000),
        ("streamlit run app.py", "streamlit run app.py --server.port ${PORT}", 8000),
        ("FLASK_DEBUG=0 gunicorn app:app", "FLASK_DEBUG=0 exec gunicorn app:app", 8000),
        ("flask run", "gunicorn app:app", 8000),
        ("flask --app app run --debug -p 5000", "gunicorn app:app", 8000),
        ("python -m flask run", "gunicorn app:app", 8000),
        ("fastapi dev api/main.py", "fastapi run api/main.py", 8000),
        ("python app.py", "python app.py", 8000),
        ("./start.sh --now", "./start.sh --now", 8000),
    ],
)
def test_a_written_command_is_left_alone_where_it_is_right_and_mended_where_not(
    written: str, started: str, port: int
) -> None:
    plan = planned(FILES, asked(start=written))
    assert (plan.start, plan.main.port) == (started, port)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("flask run", "BP640"),
        ("uvicorn api.main:app --reload", "BP640"),
        ("gunicorn -b 127.0.0.1:5000 app:app", "BP649"),
        ("gunicorn -b 0.0.0.0:5000 app:app", "BP647"),
        ("python missing.py", "BP644"),
        ("granian app:app", "BP690"),
        ("python seed.py && gunicorn app:app", "BP642"),
    ],
)
def test_what_is_odd_about_a_command_is_reported_at_its_place(written: str, code: str) -> None:
    notice = planned(FILES, asked(start=written)).diagnostic(code)
    assert str(notice.origin) == "Procfile:1"
    assert notice.fix


def test_a_command_that_is_right_is_not_reported() -> None:
    assert planned(FILES, asked(start="gunicorn -b 0.0.0.0:$PORT app:app")).codes() == []


def test_a_list_of_words_stays_one() -> None:
    plan = planned(FILES, asked(start=["gunicorn", "app:app", "--access-logfile", "-"]))
    assert plan.main.argv == ("gunicorn", "app:app", "--access-logfile", "-")


def test_what_comes_before_the_server_stays_and_the_server_takes_the_place_of_the_shell() -> None:
    plan = planned(FILES, asked(start="flask db upgrade; python seed.py && gunicorn app:app"))
    assert plan.main.shell == "flask db upgrade; python seed.py && exec gunicorn app:app"
    notice = plan.diagnostic("BP642")
    assert notice.fix is not None
    assert "release: flask db upgrade" in notice.fix


def test_a_change_of_directory_is_where_it_starts() -> None:
    plan = planned(FILES, asked(start="cd api && uvicorn main:app --host 0.0.0.0 --port $PORT"))
    assert plan.run.working_dir == "/app/api"
    assert plan.start == "uvicorn main:app --host 0.0.0.0 --port $PORT"


@pytest.mark.parametrize(
    "line", ["gunicorn app:app & celery worker", "a | b", "if true; then x; fi", "x $(y)", "x `y`"]
)
def test_a_line_that_only_a_shell_understands_stays_as_it_is(line: str) -> None:
    assert planned(FILES, asked(start=line)).main.shell == line


def test_a_server_that_is_started_and_not_declared_is_installed() -> None:
    files = {"requirements.txt": "flask\n", "app.py": FLASK}
    plan = planned(files, asked(start="gunicorn app:app"))
    assert plan.phase("server").commands[0].endswith("install gunicorn==27.0.1")


def test_other_processes_do_not_listen() -> None:
    plan = planned(
        FILES, asked(start="gunicorn app:app", processes={"worker": "celery -A tasks worker", "ws": "uvicorn x:y"})
    )
    assert plan.process("worker") == "celery -A tasks worker"
    assert [item.port for item in plan.plan.processes] == [8000, None, None]


def test_a_procfile_with_only_a_worker_starts_it() -> None:
    files = {"requirements.txt": "celery\n", "jobs.py": "x = 1\n"}
    plan = planned(files, asked(processes={"worker": "celery -A jobs worker"}))
    assert (plan.main.name, plan.start, plan.main.port) == ("worker", "celery -A jobs worker", None)


def test_a_script_that_is_asked_for_says_its_port() -> None:
    files = FILES | {"serve.py": "import http.server\nhttp.server.HTTPServer(('', 8123), X).serve_forever()\n"}
    plan = planned(files, asked(start="python serve.py"))
    assert plan.main.port == 8123
    assert plan.run.init
