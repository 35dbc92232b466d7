from __future__ import annotations

from buildplan.providers.python import LANGUAGE
from python_trees import FASTAPI, FLASK, planned, tree

import buildplan
from buildplan.language.contract import PlanContext

FILES = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK}


def test_the_environment_of_the_image_says_what_python_needs() -> None:
    plan = planned(FILES)
    assert plan.environment == {"PYTHONUNBUFFERED": "1", "HOME": "/app", "PORT": "8000"}
    assert plan.run.paths == ("/app/.venv/bin",)
    assert plan.run.user == "1000:1000"
    assert plan.run.writable == (".",)


def test_an_app_below_src_has_it_on_the_import_path() -> None:
    plan = planned({"requirements.txt": "fastapi\nuvicorn\n", "src/main.py": FASTAPI})
    assert plan.environment["PYTHONPATH"] == "/app/src"
    assert plan.run.working_dir == "/app"


def test_local_environments_and_caches_stay_out_of_the_build() -> None:
    assert {".venv", "venv", "**/__pycache__"} <= set(planned(FILES).plan.artifacts)


def test_streamlit_is_asked_for_its_health() -> None:
    plan = planned({"requirements.txt": "streamlit\n", "app.py": "import streamlit\n"})
    assert plan.run.health_check is not None
    assert plan.environment["STREAMLIT_SERVER_HEADLESS"] == "true"


def test_a_frontend_beside_the_app_is_named() -> None:
    files = FILES | {"frontend/package.json": '{"scripts": {"build": "vite build"}}'}
    notice = planned(files).diagnostic("BP695")
    assert notice.fix == "plan it by itself: `buildplan frontend`"


def test_python_beside_another_app_is_its_interpreter_and_packages() -> None:
    beside = LANGUAGE.plan(tree(FILES), PlanContext(role="assets"))
    assert beside.run is not None
    assert [item.path for item in beside.run.copies] == [".venv/"]
    assert beside.run.paths == ("/app/.venv/bin",)
    assert not beside.processes


def test_every_value_has_a_reason_and_every_place_is_in_the_tree() -> None:
    plan = planned(FILES | {"gunicorn.conf.py": "bind = '0.0.0.0:81'\n"})
    fields = {item.field for item in plan.plan.decisions}
    assert {"start", "port", "run.user", "run.copies", "run.paths", "run.writable", "run.environment.HOME"} <= fields
    for item in plan.plan.decisions:
        assert item.origin.path.startswith("<") or item.origin.path in FILES, item


def test_a_build_of_ones_own_is_shipped_whole() -> None:
    options = buildplan.Options(env={"BUILDPLAN_BUILD_COMMAND": "python build.py"})
    whole = buildplan.plan(FILES | {"build.py": "x = 1\n"}, options)
    assert [phase.name for phase in whole.phases] == ["setup", "install", "build"]
    assert "COPY --from=build" in whole.dockerfile()


def test_a_setup_of_ones_own_works_without_any_dependencies() -> None:
    code = "import os, http.server\nhttp.server.HTTPServer(('', int(os.environ['PORT'])), X).serve_forever()\n"
    options = buildplan.Options(env={"BUILDPLAN_BUILD_COMMAND": "python generate.py"})
    plan = buildplan.plan({"server.py": code, "generate.py": "x = 1\n"}, options)
    assert "RUN python generate.py" in plan.dockerfile()


def test_django_with_a_package_json_that_builds_is_python_with_nodes_assets() -> None:
    from test_django import project

    files = project() | {
        "package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "8.0.0"}}',
        "vite.config.js": "export default { build: { outDir: 'assets/dist', rollupOptions: { input: 'src/a.js' } } }",
        "src/a.js": "",
    }
    plan = buildplan.plan(files)
    assert [(item.name, item.role) for item in plan.providers] == [("python", "app"), ("node", "assets")]
    build = plan.phase("build")
    assert build is not None
    assert "node:build" in [item.phase for item in build.inputs]


def test_a_package_json_of_tools_only_does_not_count() -> None:
    files = FILES | {"package.json": '{"scripts": {"lint": "eslint ."}, "devDependencies": {"eslint": "9"}}'}
    assert [item.name for item in buildplan.plan(files).providers] == ["python"]


def test_an_object_of_dunder_main_is_named_with_its_module() -> None:
    app = FLASK + "if __name__ == '__main__':\n    app.run()\n"
    served = planned({"requirements.txt": "flask\ngunicorn\n", "shop/__main__.py": app})
    assert served.start == "gunicorn shop.__main__:app"


def test_dunder_main_without_a_package_is_run_as_a_file() -> None:
    app = FLASK + "if __name__ == '__main__':\n    app.run()\n"
    assert planned({"requirements.txt": "flask\n", "__main__.py": app}).start == "python __main__.py"


def test_a_function_of_the_functions_framework_is_served_by_its_program() -> None:
    code = "import functions_framework\n\ndef helper(): ...\n\n@functions_framework.http\ndef hello(request): ...\n"
    made = planned({"requirements.txt": "functions-framework\n", "main.py": code})
    assert made.start == "functions-framework --source main.py --target hello"
    assert made.environment["PORT"] == "8080"
