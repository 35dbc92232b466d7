from __future__ import annotations

from typing import Any

from node_plans import app, package, planned

from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import CommandRequest, Overrides


def procfile(**lines: str) -> Overrides:
    found = {name: Sourced(CommandRequest(shell=text), Origin("Procfile", 1, name)) for name, text in lines.items()}
    return Overrides(start=found.get("web"), processes=found)


def argv(files: dict[str, Any], name: str, **lines: str) -> tuple[tuple[str, ...], str | None]:
    found = planned(files, procfile(**lines))
    process = next(item for item in found.plan.processes if item.name == name)
    return process.argv, process.shell


def test_every_line_of_a_procfile_is_resolved_like_a_start_command() -> None:
    files = app("node server.js", scripts={"work": "node worker.js"})
    found = planned(files, procfile(web="npm start", worker="npm run work", clock="cross-env A=1 node clock.js"))
    assert [(item.name, item.text) for item in found.plan.processes] == [
        ("web", "node server.js"),
        ("clock", "export A=1 && exec node clock.js"),
        ("worker", "node worker.js"),
    ]
    assert found.plan.processes[2].port is None
    assert found.decision("processes.worker").origin == Origin("Procfile", 1, "worker")


def test_a_process_in_another_folder_goes_there_first() -> None:
    assert argv(app("node server.js"), "worker", web="node server.js", worker="cd jobs && node run.js") == (
        (),
        "cd /app/jobs && exec node run.js",
    )


def test_a_process_that_cannot_be_followed_stays_as_it_is() -> None:
    line = "if x; then node a.js; fi"
    assert argv(app("node server.js"), "worker", web="node server.js", worker=line) == ((), line)


def test_a_process_of_the_packages_is_found_on_path() -> None:
    found = planned(app("node server.js"), procfile(web="node server.js", release="knex migrate:latest"))
    assert found.run.paths == ("/app/node_modules/.bin",)


def test_a_site_has_no_other_processes() -> None:
    found = planned(package(dependencies={"gatsby": "5"}), procfile(worker="node worker.js"))
    assert [item.name for item in found.plan.processes] == ["web"]
    assert "`worker` cannot run" in found.diagnostic("BP634").text


def test_a_framework_that_migrates_a_database_has_a_release_process() -> None:
    files = package(scripts={"build": "medusa build", "start": "medusa start"}, dependencies={"@medusajs/medusa": "2"})
    found = planned(files)
    assert [(item.name, item.text) for item in found.plan.processes] == [
        ("web", "medusa start"),
        ("release", "medusa db:migrate"),
    ]


def test_zipped_packages_are_loaded_by_what_yarn_left() -> None:
    lock = {"yarn.lock": "__metadata:\n  version: 8\n"}
    found = planned(app("node server.js", lock, packageManager="yarn@4.12.0"))
    assert found.main.argv[:3] == ("node", "-r", "./.pnp.cjs")
    program = planned(app("probot run ./server.js", lock, packageManager="yarn@4.12.0"))
    assert program.main.argv == ("yarn", "probot", "run", "./server.js")
    assert program.codes >= {"BP627"}


def test_an_init_cannot_be_installed_where_the_system_has_no_package_of_one() -> None:
    found = planned(app("node server.js", engines={"node": "8.5.0"}))
    assert found.run.init is False
    assert "which has no package of an init" in found.diagnostic("BP626").text
    assert planned(app("node server.js", engines={"node": "14.1.0"})).run.init is True
