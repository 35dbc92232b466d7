from __future__ import annotations

import sys
import warnings

import pytest
from buildplan.providers.python import source_code
from python_trees import tree

from buildplan.read import python_source


def read(text: str) -> source_code.Code:
    code = source_code.read(tree({"a.py": text}), "a.py")
    assert code is not None
    return code


def bound(text: str) -> dict[str, str]:
    return {item.name: item.value for item in read(text).bindings}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("from fastapi import FastAPI\napp = FastAPI()", "fastapi.FastAPI"),
        ("from fastapi import FastAPI as F\napp = F()", "fastapi.FastAPI"),
        ("import fastapi\napp = fastapi.FastAPI()", "fastapi.FastAPI"),
        ("import fastapi as f\napp = f.FastAPI()", "fastapi.FastAPI"),
        ("import fastapi.applications\napp = fastapi.applications.FastAPI()", "fastapi.applications.FastAPI"),
        ("from fastapi import FastAPI\napp: FastAPI = FastAPI()", "fastapi.FastAPI"),
        ("from .core import make\napp = make()", ".core.make"),
        ("from . import make\napp = make()", ".make"),
        ("def make(): ...\napp = make()", ":make"),
    ],
)
def test_a_name_is_bound_to_what_its_import_means(text: str, value: str) -> None:
    assert bound(text)["app"] == value


def test_statements_inside_of_if_try_and_with_count_and_those_in_functions_do_not() -> None:
    text = (
        "import a\nif True:\n    x = a.X()\nelse:\n    y = a.Y()\n"
        "try:\n    z = a.Z()\nexcept ImportError:\n    z2 = a.Z()\nwith a.b():\n    w = a.W()\n"
        "def f():\n    inside = a.X()\n"
        "if __name__ == '__main__':\n    guarded = a.X()\n"
    )
    assert set(bound(text)) == {"x", "y", "z", "z2", "w"}
    assert read(text).guard == 14


def test_a_function_knows_what_it_returns_and_whether_it_can_be_called_bare() -> None:
    code = read(
        "from flask import Flask\n"
        "def one(config=None, *rest, key='x', **more):\n    app = Flask(__name__)\n    return app\n"
        "def two(config):\n    return Flask(__name__)\n"
        "def three() -> Flask: ...\n"
        "async def four():\n    return Flask(__name__)\n"
        "def five():\n    from quart import Quart\n    return Quart(__name__)\n"
    )
    found = {name: code.function(name) for name in code.function_names}
    returns = {name: item.returns for name, item in found.items() if item is not None}
    assert returns["one"] == returns["two"] == returns["three"] == returns["four"] == ("flask.Flask",)
    assert returns["five"] == ("quart.Quart",)
    assert [name for name, item in found.items() if item is not None and item.bare] == ["one", "three", "five"]


def test_calls_decorators_and_methods_of_expressions_are_named() -> None:
    code = read("import chainlit as cl\n@cl.on_message\ndef f(): ...\nimport gradio\ngradio.Blocks().launch()\n")
    assert {call.name for call in code.calls} >= {"chainlit.on_message", "gradio.Blocks", "?.launch"}


def test_a_statement_that_cannot_be_parsed_is_left_out_and_the_rest_is_read() -> None:
    code = read("from flask import Flask\n\ndef broken(:\n    pass\n\napp = Flask(__name__)\n")
    assert code.stumbled == 3
    assert {item.name for item in code.bindings} == {"app"}


def test_python_2_and_newer_syntax_do_not_hide_the_app() -> None:
    code = read("print 'hello'\nfrom flask import Flask\nmatch = lambda ::: 1\napp = Flask(__name__)\n")
    assert code.stumbled == 1
    assert code.binding("app") is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "(" * 300 + ")" * 300,
        "-" * 100_000 + "1",
        "1" + "+1" * 100_000,
        "a" + ".b" * 50_000,
        "not " * 50_000 + "1",
        "if a: pass\n" + "elif a: pass\n" * 20_000,
        "x = (\n" * 50,
        "def f(\n" * 2000,
        "\\\n" * 1000,
        "'''",
        "\t  if x:\n\tpass\n        y",
    ],
    ids=range(13),
)
def test_hostile_text_gives_an_empty_module_or_what_is_left(text: str) -> None:
    code = source_code.read(tree({"a.py": f"import flask\n{text}"}), "a.py")
    assert code is None or isinstance(code.bindings, tuple)


def test_a_file_above_the_limit_is_not_read() -> None:
    text = "from flask import Flask\napp = Flask(__name__)\n" + "#" * python_source.MAX_CHARACTERS
    assert source_code.read(tree({"a.py": text}), "a.py") is None
    assert source_code.read(tree({"a.py": text}), "b.py") is None


def test_odd_escapes_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read('import re\nx = re.compile("\\d")\n').stumbled is None


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert bound("\ufefffrom flask import Flask\r\napp = Flask(__name__)\r\n") == {"app": "flask.Flask"}


def test_the_recursion_limit_is_left_alone() -> None:
    before = sys.getrecursionlimit()
    read("x = " + "[" * 150 + "]" * 150)
    assert sys.getrecursionlimit() == before
