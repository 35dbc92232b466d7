from __future__ import annotations

import pytest
from buildplan.providers.python import django
from python_trees import Files, asked, planned, tree

from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Overrides

MANAGE = """import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
WSGI = """import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = get_wsgi_application()
"""
ASGI = WSGI.replace("wsgi", "asgi")
SETTINGS = """import os
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "x")
INSTALLED_APPS = ["django.contrib.staticfiles"]
MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
WSGI_APPLICATION = "shop.wsgi.application"
DATABASES = {}
STATIC_ROOT = BASE_DIR / "staticfiles"
"""


def project(settings: str = SETTINGS, requirements: str = "django\ngunicorn\n", **more: str) -> Files:
    return {
        "requirements.txt": requirements,
        "manage.py": MANAGE,
        "shop/__init__.py": "",
        "shop/settings.py": settings,
        "shop/wsgi.py": WSGI,
        **{name.replace("__", "/") + ".py": text for name, text in more.items()},
    }


def test_the_wsgi_application_is_served_and_migrations_are_a_release() -> None:
    plan = planned(project())
    assert plan.start == "gunicorn shop.wsgi:application"
    assert plan.process("release") == "python manage.py migrate --noinput"
    assert plan.plan.frameworks[0] == "django"
    assert "DJANGO_SETTINGS_MODULE" not in plan.environment


def test_the_number_of_workers_is_left_to_where_the_container_runs() -> None:
    plan = planned(project())
    assert "worker" not in plan.start
    assert "WEB_CONCURRENCY" not in plan.environment
    assert "WEB_CONCURRENCY" in plan.plan.run_only_variables


def test_static_files_are_collected_in_the_build_and_only_they_are_taken_from_it() -> None:
    plan = planned(project())
    build = plan.phase("build")
    assert build.commands == ("python manage.py collectstatic --noinput",)
    assert build.outputs == ("staticfiles/",)
    assert plan.copies == [(".venv/", "install"), (".", None), ("staticfiles/", "build")]
    assert "staticfiles" in plan.plan.artifacts


@pytest.mark.parametrize(
    ("requirements", "more", "start"),
    [
        ("django\nuvicorn\n", {}, "uvicorn shop.asgi:application --host 0.0.0.0 --port ${PORT}"),
        ("django\ndaphne\n", {}, "daphne shop.asgi:application -b 0.0.0.0 -p ${PORT}"),
        ("django\nchannels[daphne]\n", {}, "daphne shop.asgi:application -b 0.0.0.0 -p ${PORT}"),
        ("django\ngunicorn\nuvicorn\n", {}, "gunicorn shop.wsgi:application"),
        (
            "django\ngunicorn\nuvicorn-worker\n",
            {},
            "gunicorn --worker-class uvicorn_worker.UvicornWorker shop.asgi:application",
        ),
        ("django\nwaitress\n", {}, 'waitress-serve "--listen=*:${PORT}" shop.wsgi:application'),
        ("django\n", {}, "gunicorn shop.wsgi:application"),
    ],
)
def test_asgi_is_served_when_a_server_for_it_is_declared(requirements: str, more: Files, start: str) -> None:
    assert planned(project(requirements=requirements, shop__asgi=ASGI, **more)).start == start


def test_the_setting_asgi_application_decides_when_both_kinds_of_servers_are_declared() -> None:
    settings = SETTINGS + 'ASGI_APPLICATION = "shop.asgi.application"\n'
    files = project(settings, requirements="django\ngunicorn\nuvicorn\n", shop__asgi=ASGI)
    assert planned(files).start == "uvicorn shop.asgi:application --host 0.0.0.0 --port ${PORT}"


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        ('BASE_DIR / "static" / "root"', "static/root/"),
        ('os.path.join(BASE_DIR, "static")', "static/"),
        ('os.path.join(os.path.dirname(os.path.dirname(__file__)), "collected")', "collected/"),
        ('str(BASE_DIR.joinpath("a", "b"))', "a/b/"),
        ('Path(__file__).parents[1] / "x"', "x/"),
        ('f"{BASE_DIR}/collected"', "collected/"),
        ('BASE_DIR.as_posix() + "/collected"', "collected/"),
        ('"staticfiles"', "staticfiles/"),
        ('"/var/www/static/"', "/var/www/static/"),
        ('os.environ.get("STATIC_ROOT", "/srv/static")', "/srv/static/"),
        ('env("STATIC_ROOT", default=BASE_DIR / "s")', "s/"),
    ],
)
def test_where_static_files_land_is_worked_out(expression: str, output: str) -> None:
    settings = SETTINGS.replace('BASE_DIR / "staticfiles"', expression)
    assert planned(project(settings)).phase("build").outputs == (output,)


@pytest.mark.parametrize("expression", ["where()", 'os.environ["STATIC_ROOT"]', "BASE_DIR", "A / A", "ROOTS[0]"])
def test_a_place_that_only_running_the_settings_would_tell_keeps_the_whole_tree(expression: str) -> None:
    settings = f"A = B / B\nB = A / A\n{SETTINGS}".replace('BASE_DIR / "staticfiles"', expression)
    settings = settings.replace("import os\n", "", 1).replace("A = B", "import os\nA = B", 1)
    plan = planned(project(settings))
    assert plan.phase("build").outputs == ()
    assert plan.copies == [(".", "build")]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (SETTINGS.replace("STATIC_ROOT =", "OTHER ="), "BP691"),
        (SETTINGS + "from .secrets import *\n", "BP691"),
        (SETTINGS.replace("whitenoise", "other"), "BP692"),
        (SETTINGS + "ALLOWED_HOSTS = []\n", "BP693"),
    ],
)
def test_what_does_not_work_in_production_is_reported(settings: str, code: str) -> None:
    plan = planned(project(settings))
    assert code in plan.codes()
    assert ("build" in [phase.name for phase in plan.plan.phases]) == (code != "BP691")


def test_an_import_that_may_fail_does_not_stop_the_collection() -> None:
    settings = SETTINGS + "try:\n    from .local import *\nexcept ImportError:\n    pass\n"
    assert planned(project(settings)).phase("build").commands


def test_collection_can_be_switched_off() -> None:
    plan = planned(project(), asked(variables={"DISABLE_COLLECTSTATIC": "1"}))
    assert "build" not in [phase.name for phase in plan.plan.phases]


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ('X = os.environ["SECRET_KEY"]', "SECRET_KEY=build "),
        ('X = env("SECRET_KEY")', "SECRET_KEY=build "),
        ('X = config("DEBUG", cast=bool)', "DEBUG=false "),
        ('X = env.int("LIMIT")', "LIMIT=1 "),
        ("X = env.db()", "DATABASE_URL=sqlite:////tmp/build.sqlite3 "),
        ('X = os.environ["REDIS_URL"]', "REDIS_URL=redis://localhost:6379/0 "),
        ('X = os.environ["SHOP_DB_ENGINE"]', "SHOP_DB_ENGINE=django.db.backends.sqlite3 "),
        ('X = os.environ["LOG_LEVEL"]', "LOG_LEVEL=INFO "),
        ('X = os.getenv("SECRET_KEY")', "SECRET_KEY=build "),
        ('X = os.getenv("OTHER")', ""),
        ('X = os.environ.get("SECRET_KEY", "x")', ""),
        ('X = env("SECRET_KEY", default="x")', ""),
        ('env = environ.Env(DEBUG=(bool, False))\nX = env("DEBUG")', ""),
        ('if "BUCKET" in os.environ:\n    X = os.environ["BUCKET"]', ""),
        ('def f():\n    return os.environ["LATER"]', ""),
        ('X = os.environ["lower; touch x"]', ""),
    ],
)
def test_a_variable_without_a_default_gets_a_placeholder_in_that_command_only(line: str, given: str) -> None:
    plan = planned(project(SETTINGS + line + "\n"))
    assert plan.phase("build").commands == (f"{given}python manage.py collectstatic --noinput",)
    assert plan.phase("build").environment == ()
    assert "SECRET_KEY" not in plan.environment


def test_a_variable_that_the_owner_sets_needs_no_placeholder() -> None:
    files = project(SETTINGS + 'X = os.environ["BRAND"]\n')
    plan = planned(files, asked(variables={"BRAND": "x"}))
    assert plan.phase("build").commands == ("python manage.py collectstatic --noinput",)


def test_settings_for_a_server_are_preferred_to_those_of_a_developer() -> None:
    files = project()
    del files["shop/settings.py"]
    files |= {
        "shop/settings/__init__.py": "",
        "shop/settings/base.py": SETTINGS.replace(".parent.parent", ".parent.parent.parent"),
        "shop/settings/dev.py": "from .base import *\nDEBUG = True\n",
        "shop/settings/production.py": "from .base import *\nDEBUG = False\n",
    }
    for name in ("manage.py", "shop/wsgi.py"):
        files[name] = files[name].replace("shop.settings", "shop.settings.dev")
    plan = planned(files)
    assert plan.environment["DJANGO_SETTINGS_MODULE"] == "shop.settings.production"
    assert [item.value for item in plan.decision("run.environment.DJANGO_SETTINGS_MODULE").runners_up] == [
        "shop.settings.dev"
    ]
    assert plan.phase("build").commands[0].startswith("DJANGO_SETTINGS_MODULE=shop.settings.production python")
    own = planned(files, asked(variables={"DJANGO_SETTINGS_MODULE": "shop.settings.base"}))
    assert "DJANGO_SETTINGS_MODULE" not in own.environment
    assert "DJANGO_SETTINGS_MODULE" not in own.phase("build").commands[0]


def test_a_project_in_a_folder_starts_there() -> None:
    files = {f"src/{name}" if name != "requirements.txt" else name: text for name, text in project().items()}
    plan = planned(files)
    assert plan.run.working_dir == "/app/src"
    assert plan.start == "gunicorn shop.wsgi:application"
    assert plan.phase("build").working_dir == "src"
    assert plan.phase("build").outputs == ("src/staticfiles/",)


def test_the_development_server_is_replaced() -> None:
    plan = planned(project(), asked(start="python manage.py runserver 0.0.0.0:8000"))
    assert plan.start == "gunicorn shop.wsgi:application"
    assert "BP640" in plan.codes()


def test_a_manage_py_of_something_else_is_no_django_project() -> None:
    files = {"requirements.txt": "flask\ngunicorn\n", "manage.py": "from flask import Flask\napp = Flask('x')\n"}
    assert planned(files).start == "gunicorn manage:app"


def test_without_a_database_there_is_nothing_to_migrate() -> None:
    assert planned(project(SETTINGS.replace("DATABASES", "OTHER"))).process("release") is None


def test_the_settings_that_are_poured_in_are_read_in_order_and_circles_end() -> None:
    source = tree(
        {
            "shop/a.py": "from .b import *\nNAME = 'a'\n",
            "shop/b.py": "from .a import *\nNAME = 'b'\nOTHER = 'b'\n",
        }
    )
    settings = django.read_settings(source, "shop.a", "")
    assert settings is not None
    name, other = settings.text("NAME"), settings.text("OTHER")
    assert name is not None
    assert other is not None
    assert (name.value, other.value) == ("a", "b")


def test_a_project_without_a_file_for_servers_is_served_by_djangos_own_function() -> None:
    files = project()
    del files["shop/wsgi.py"]
    files["shop/settings.py"] = SETTINGS.replace('WSGI_APPLICATION = "shop.wsgi.application"\n', "")
    made = planned(files)
    assert made.start == "gunicorn 'django.core.wsgi:get_wsgi_application()'"
    assert made.environment["DJANGO_SETTINGS_MODULE"] == "shop.settings"


def test_a_package_can_hold_the_application() -> None:
    files = project(requirements="django\nuvicorn\n")
    del files["shop/wsgi.py"]
    files["shop/settings.py"] = SETTINGS.replace('WSGI_APPLICATION = "shop.wsgi.application"\n', "")
    files["shop/asgi/__init__.py"] = ASGI
    assert planned(files).start == "uvicorn shop.asgi:application --host 0.0.0.0 --port ${PORT}"


def test_a_file_of_another_name_in_a_folder_for_servers_holds_the_application() -> None:
    files = project()
    del files["shop/wsgi.py"]
    files["shop/settings.py"] = SETTINGS.replace('WSGI_APPLICATION = "shop.wsgi.application"\n', "")
    files["wsgi/__init__.py"] = ""
    files["wsgi/app.py"] = WSGI
    assert planned(files).start == "gunicorn wsgi.app:application"


def test_the_variables_without_which_the_settings_do_not_load_are_named() -> None:
    settings = SETTINGS.replace('os.environ.get("SECRET_KEY", "x")', 'os.environ["SECRET_KEY"]')
    settings = settings.replace("DATABASES = {}", 'DATABASES = {"default": {"NAME": os.environ["DB_NAME"]}}')
    notice = planned(project(settings)).diagnostic("BP633")
    assert notice.text == "the settings do not load without the variables `SECRET_KEY`, `DB_NAME`"
    assert str(notice.origin).startswith("shop/settings.py:4")
    given = asked(variables={"SECRET_KEY": "x", "DB_NAME": "y"})
    assert "BP633" not in planned(project(settings), given).codes()
    assert "SECRET_KEY" not in planned(project(settings)).environment


SQLITE = """
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "data" / "db.sqlite3"}}
"""


def database(settings: str, **more: str) -> Files:
    return project(SETTINGS.replace("DATABASES = {}\n", "") + settings, **more)


def test_the_folder_of_a_database_that_git_does_not_hold_is_made_for_the_build_and_for_the_app() -> None:
    plan = planned(database(SQLITE))
    assert plan.phase("build").commands == ("mkdir -p data && python manage.py collectstatic --noinput",)
    assert plan.run.writable == (".", "data")


def test_the_folder_of_a_nested_project_is_named_from_where_the_command_runs() -> None:
    files = {f"src/{name}" if name != "requirements.txt" else name: text for name, text in database(SQLITE).items()}
    plan = planned(files)
    assert plan.phase("build").commands == ("mkdir -p data && python manage.py collectstatic --noinput",)
    assert plan.run.writable == (".", "src", "src/data")


@pytest.mark.parametrize(
    ("settings", "folders"),
    [
        ('DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}', ()),
        ('DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}', ()),
        ('DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/db.sqlite3"}}', ("/data",)),
        (
            'import dj_database_url\nDATABASES = {"default": dj_database_url.config(default="sqlite:///var/a.db")}',
            ("var",),
        ),
        (f"if os.getenv('HOST'):\n    DATABASES = {{}}\nelse:{SQLITE.replace(chr(10), chr(10) + '    ')}", ("data",)),
        (f"if DEBUG:{SQLITE.replace(chr(10), chr(10) + '    ')}\nelse:\n    DATABASES = {{}}", ()),
        (f"if not DEBUG:{SQLITE.replace(chr(10), chr(10) + '    ')}\nelse:\n    DATABASES = {{}}", ("data",)),
        (f"(BASE_DIR / 'data').mkdir(exist_ok=True){SQLITE}", ()),
        (f"os.makedirs(BASE_DIR / 'data', exist_ok=True){SQLITE}", ()),
        (
            'LOGGING = {"handlers": {"a": {"class": "logging.FileHandler", "filename": BASE_DIR / "logs" / "a.log"}}}',
            ("logs",),
        ),
    ],
)
def test_only_folders_that_a_server_needs_and_nothing_else_makes_are_made(
    settings: str, folders: tuple[str, ...]
) -> None:
    assert planned(database(settings)).run.writable == (".", *folders)


def test_a_folder_of_the_tree_is_not_made_again() -> None:
    assert planned({**database(SQLITE), "data/.gitkeep": ""}).run.writable == (".",)


def test_a_database_in_the_container_is_a_warning() -> None:
    found = planned(database(SQLITE)).diagnostic("BP950")
    assert found.severity == "warning"
    assert "`data/db.sqlite3`" in found.text
    assert "volume at `/app/data`" in (found.fix or "")
    assert found.origin is not None
    assert found.origin.path == "shop/settings.py"


def test_a_database_that_a_variable_replaces_is_only_mentioned() -> None:
    settings = f"""
if os.getenv("ENGINE") == "postgres":
    DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "a"}}}}
else:{SQLITE.replace(chr(10), chr(10) + "    ")}
"""
    assert planned(database(settings)).diagnostic("BP950").severity == "info"


def test_a_database_in_a_volume_is_not_mentioned() -> None:
    volume = Overrides(volumes=(Sourced("/app/data", Origin("buildplan.toml")),))
    assert "BP950" not in planned(database(SQLITE), volume).codes()


def test_the_manage_py_beside_its_settings_wins_over_one_that_changes_the_search_path() -> None:
    files = {f"site/{name}": text for name, text in project().items() if name != "requirements.txt"}
    top = 'import sys\nsys.path.insert(0, "site")\n' + MANAGE
    plan = planned({"requirements.txt": "django\ngunicorn\n", "manage.py": top, **files})
    assert plan.start == "gunicorn shop.wsgi:application"
    assert plan.plan.run is not None
    assert plan.plan.run.working_dir == "/app/site"


def test_a_settings_module_that_is_not_there_is_an_error() -> None:
    files = project()
    del files["shop/settings.py"]
    assert planned(files).diagnostic("BP953").severity == "error"
