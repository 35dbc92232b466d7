from __future__ import annotations

import pytest
from python_trees import FLASK, Files, asked, planned
from test_django import SETTINGS, project


@pytest.mark.parametrize(
    ("requirement", "files", "command"),
    [
        (
            "celery",
            {"tasks.py": "from celery import Celery\napp = Celery('x')\n"},
            "celery --app tasks worker --loglevel INFO",
        ),
        (
            "celery",
            {"jobs/__init__.py": "", "jobs/queue.py": "import celery\nqueue = celery.Celery('x')\n"},
            "celery --app jobs.queue:queue worker --loglevel INFO",
        ),
        (
            "celery",
            {"shop/__init__.py": "", "shop/celery.py": "from celery import Celery\napp = Celery('x')\n"},
            "celery --app shop worker --loglevel INFO",
        ),
        ("rq", {}, "rq worker --url ${REDIS_URL}"),
        ("dramatiq", {"jobs.py": "import dramatiq\n@dramatiq.actor\ndef f(): ...\n"}, "dramatiq jobs"),
        (
            "huey",
            {"tasks.py": "from huey import RedisHuey\nqueue = RedisHuey('x')\n"},
            "huey_consumer tasks.queue",
        ),
        ("arq", {"worker.py": "class WorkerSettings:\n    functions = []\n"}, "arq worker.WorkerSettings"),
        (
            "taskiq",
            {"broker.py": "from taskiq_redis import ListQueueBroker\nbroker = ListQueueBroker('x')\n"},
            "taskiq worker broker:broker",
        ),
        (
            "procrastinate",
            {"tasks.py": "import procrastinate\napp = procrastinate.App(x)\n"},
            "procrastinate --app tasks.app worker",
        ),
    ],
)
def test_a_queue_is_a_worker_and_the_app_when_nothing_else_is(requirement: str, files: Files, command: str) -> None:
    alone = planned({"requirements.txt": f"{requirement}\n", **files})
    assert (alone.main.name, alone.start, alone.main.port) == ("worker", command, None)
    beside = planned({"requirements.txt": f"{requirement}\nflask\ngunicorn\n", "app.py": FLASK, **files})
    assert (beside.start, beside.process("worker")) == ("gunicorn app:app", command)


def test_a_schedule_of_celery_is_one_more_process() -> None:
    code = "from celery import Celery\napp = Celery('x')\napp.conf.beat_schedule = {}\n"
    plan = planned({"requirements.txt": "celery\n", "tasks.py": code})
    assert plan.process("beat") == "celery --app tasks beat --loglevel INFO --schedule /tmp/celerybeat-schedule"
    assert (
        planned({"requirements.txt": "celery\n", "tasks.py": code.replace("app.conf", "# app.conf")}).process("beat")
        is None
    )


def test_the_workers_of_django_are_its_commands() -> None:
    celery = "from celery import Celery\napp = Celery('x')\n"
    plan = planned(project(requirements="django\ngunicorn\ncelery\ndjango-celery-beat\n", shop__celery=celery))
    assert plan.process("worker") == "celery --app shop worker --loglevel INFO"
    assert plan.process("beat") == (
        "celery --app shop beat --loglevel INFO --scheduler django_celery_beat.schedulers:DatabaseScheduler"
    )
    assert planned(project(requirements="django\ngunicorn\ndjango-rq\nrq\n")).process("worker") == (
        "python manage.py rqworker default"
    )
    settings = SETTINGS.replace('"django.contrib', '"huey.contrib.djhuey", "django.contrib')
    assert planned(project(settings, requirements="django\ngunicorn\nhuey\n")).process("worker") == (
        "python manage.py run_huey"
    )


def test_a_procfile_with_workers_is_taken_as_it_is() -> None:
    files = {
        "requirements.txt": "celery\nflask\ngunicorn\n",
        "app.py": FLASK,
        "tasks.py": "from celery import Celery\napp = Celery('x')\napp.conf.beat_schedule = {}\n",
    }
    plan = planned(files, asked(processes={"jobs": "celery -A tasks worker -B"}))
    assert [item.name for item in plan.plan.processes] == ["web", "jobs"]


def test_a_worker_of_a_project_in_a_folder_goes_there() -> None:
    celery = "from celery import Celery\napp = Celery('x')\n"
    files = project(requirements="django\ngunicorn\ncelery\n", shop__celery=celery)
    moved = {f"backend/{name}" if name != "requirements.txt" else name: text for name, text in files.items()}
    plan = planned(moved)
    assert plan.run.working_dir == "/app/backend"
    assert plan.process("worker") == "celery --app shop worker --loglevel INFO"
