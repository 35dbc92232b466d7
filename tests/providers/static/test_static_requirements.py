from __future__ import annotations

import pytest
from static_trees import decision, phase, planned

from buildplan.errors import FileError
from buildplan.model.build_plan import Input

MKDOCS: dict[str, str | bytes] = {"mkdocs.yml": "site_name: x\nplugins: [exotic]\n"}


@pytest.mark.parametrize("path", ["docs/requirements.txt", "requirements-docs.txt", "requirements/docs.txt"])
def test_the_requirements_of_the_documentation_are_installed(path: str) -> None:
    plan = planned({**MKDOCS, path: "anything\n", "requirements.txt": "mkdocs\n"})
    assert phase(plan, "install").commands == (f"pip install -r {path}",)
    assert phase(plan, "install").inputs == (Input(path),)
    assert decision(plan, "phases.install.commands").origin.path == path


def test_requirements_of_the_project_count_when_they_name_the_generator() -> None:
    assert phase(planned({**MKDOCS, "requirements.txt": "MkDocs-Material==9\n"}), "install").commands == (
        "pip install -r requirements.txt",
    )


def test_requirements_of_something_else_do_not_count() -> None:
    plan = planned({"mkdocs.yml": "", "requirements.txt": "flask\n"})
    assert phase(plan, "install").commands == ("pip install mkdocs==1.6.1",)


def test_included_files_are_copied_too() -> None:
    files: dict[str, str | bytes] = {
        **MKDOCS,
        "docs/requirements.txt": "-r ../base.txt\n-c constraints.txt\n",
        "base.txt": "-r docs/requirements.txt\nx @ git+https://example.com/x\n",
        "docs/constraints.txt": "",
    }
    plan = planned(files)
    assert [item.path for item in phase(plan, "install").inputs] == [
        "docs/requirements.txt",
        "base.txt",
        "docs/constraints.txt",
    ]
    assert phase(plan, "setup").apt_packages == ("git",)


@pytest.mark.parametrize("line", ["-e .", ".", ".[docs]", "./plugins/mine", "--editable ."])
def test_a_requirement_on_the_tree_itself_needs_the_whole_tree(line: str) -> None:
    plan = planned({**MKDOCS, "docs/requirements.txt": f"{line}\n"})
    assert phase(plan, "install").inputs == (Input("."),)


@pytest.mark.parametrize("line", ["-r ../../etc/passwd", "-r missing.txt", "-r a;b.txt"])
def test_an_included_file_that_is_not_in_the_tree_is_an_error_with_its_line(line: str) -> None:
    with pytest.raises(FileError) as caught:
        planned({**MKDOCS, "docs/requirements.txt": f"# first\n{line}\n"})
    assert caught.value.origin is not None
    assert str(caught.value.origin) == "docs/requirements.txt:2"


def test_read_the_docs_says_what_to_install_with_which_python() -> None:
    text = (
        "version: 2\nbuild:\n  os: ubuntu-24.04\n  apt_packages: [graphviz]\n  tools: {python: '3.12'}\n"
        "python:\n  install:\n    - requirements: docs/pinned.txt\n    - method: pip\n      path: .\n"
        "      extra_requirements: [docs]\n"
    )
    plan = planned({**MKDOCS, ".readthedocs.yaml": text, "docs/pinned.txt": "", "docs/requirements.txt": ""})
    setup = phase(plan, "setup")
    assert setup.runtime is not None
    assert (setup.runtime.name, setup.runtime.version) == ("python", "3.12")
    assert setup.apt_packages == ("git", "graphviz")
    assert phase(plan, "install").commands == ("pip install -r docs/pinned.txt", "pip install '.[docs]'")
    assert phase(plan, "install").inputs == (Input("."),)


@pytest.mark.parametrize(
    "text",
    [
        "build: {apt_packages: ['x; rm -rf /']}",
        "python: {install: [{path: ., extra_requirements: ['a b']}]}",
        "python: {install: [{path: ../up}]}",
        "python: {install: [{requirements: 'a$b.txt'}]}",
    ],
)
def test_names_that_could_be_commands_are_errors(text: str) -> None:
    with pytest.raises(FileError):
        planned({"mkdocs.yml": "", ".readthedocs.yml": text})


@pytest.mark.parametrize(
    "text", ["", "build: 3", "python: [1]", "python: {install: [1, {}]}", "build: {tools: {python: [3]}}"]
)
def test_a_read_the_docs_file_of_any_shape_is_survived(text: str) -> None:
    assert phase(planned({"mkdocs.yml": "", ".readthedocs.yaml": text}), "install").commands == (
        "pip install mkdocs==1.6.1",
    )


def test_a_group_of_pyproject_is_installed_by_its_name() -> None:
    plan = planned({**MKDOCS, "pyproject.toml": '[dependency-groups]\ndocs = ["mkdocs>=1.6"]\n'})
    assert phase(plan, "install").commands == ("pip install --group docs",)
    assert phase(plan, "install").inputs == (Input("pyproject.toml"),)
    assert str(decision(plan, "phases.install.commands").origin) == "pyproject.toml:2 dependency-groups.docs"


def test_an_extra_of_pyproject_needs_the_project() -> None:
    plan = planned({**MKDOCS, "pyproject.toml": '[project.optional-dependencies]\ndocs = ["mkdocs"]\n'})
    assert phase(plan, "install").commands == ("pip install '.[docs]'",)
    assert phase(plan, "install").inputs == (Input("."),)


def test_a_dependency_of_the_project_installs_the_project() -> None:
    plan = planned({**MKDOCS, "pyproject.toml": '[project]\nname = "x"\ndependencies = ["mkdocs-material"]\n'})
    assert phase(plan, "install").commands == ("pip install .",)


def test_requirements_in_a_circle_end() -> None:
    plan = planned(
        {
            **MKDOCS,
            "docs/requirements.txt": "-r requirements.txt\n-r other.txt\n",
            "docs/other.txt": "-r requirements.txt",
        }
    )
    assert len(phase(plan, "install").inputs) == 2
