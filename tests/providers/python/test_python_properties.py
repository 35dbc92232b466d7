"""Random and hostile Python trees: a plan or a typed error, and never a word of the tree in a shell."""

from __future__ import annotations

from hostile import EVIL, examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st

lines = st.one_of(
    words,
    st.sampled_from(
        (
            "from flask import Flask",
            "app = Flask(__name__)",
            "from fastapi import FastAPI as F",
            "api = F()",
            "import streamlit as st",
            "import gradio as gr",
            "gr.Blocks().launch(server_port=7)",
            "from .b import *",
            "from app import app",
            "def create_app(x=1):",
            "    return create_app()",
            "    return Flask('x')",
            "if __name__ == '__main__':",
            "    app.run(port=PORT)",
            "PORT = PORT",
            "import os; PORT = os.environ['PORT']",
            "BASE_DIR = BASE_DIR / BASE_DIR",
            "STATIC_ROOT = os.path.join(BASE_DIR, 'x')",
            'INSTALLED_APPS = ["django.contrib.staticfiles"]',
            'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
            "import django",
            "application = get_wsgi_application()",
            'WSGI_APPLICATION = "shop.wsgi.application"',
            "class Site(Site): ...",
            "from celery import Celery",
            "queue = Celery('x')",
            "bind = '127.0.0.1:81'",
            "@",
            "(",
        )
    ),
)
sources = st.one_of(st.lists(lines, max_size=8).map("\n".join), st.binary(max_size=60))
PATHS = (
    "app.py",
    "main.py",
    "manage.py",
    "wsgi.py",
    "shop/__init__.py",
    "shop/settings.py",
    "shop/wsgi.py",
    "shop/celery.py",
    "src/a b.py",
    f"$({EVIL}).py",
    "gunicorn.conf.py",
    "it's.py",
)
declared = st.lists(
    st.one_of(
        st.sampled_from(("flask", "fastapi", "django", "gunicorn", "streamlit", "gradio", "celery", "daphne")), words
    ),
    max_size=4,
)
commands = st.one_of(
    words,
    st.sampled_from(
        (
            "gunicorn app:app -b 127.0.0.1:80",
            "flask run",
            "python manage.py runserver",
            "uvicorn x:y --port",
            "cd src && python 'a b.py'",
            "poetry run",
            "env A=b",
        )
    ),
)


@slowly(200)
@given(st.dictionaries(st.sampled_from(PATHS), sources, max_size=6), declared, st.lists(commands, max_size=2))
def test_any_python_tree_gives_a_plan_or_a_typed_error(
    files: dict[str, str | bytes], requirements: list[str], procfile: list[str]
) -> None:
    tree: dict[str, str | bytes] = {**files, "requirements.txt": "\n".join(requirements)}
    if procfile:
        tree["Procfile"] = "\n".join(f"{name}: {text}" for name, text in zip(("web", "worker"), procfile, strict=False))
    examine(tree, "python")
