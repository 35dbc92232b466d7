from __future__ import annotations

import pytest
from buildplan.providers.python import project_files
from python_installs import Files, names, read, requirements, tree

from buildplan.errors import FileError
from buildplan.model.reasons import Reasons


def test_a_requirement_knows_its_line() -> None:
    project, _ = read(requirements("# the app", "", "Flask==3.1.3  # web", "gunicorn"))
    flask = project.requirement("flask")
    assert flask is not None
    assert (flask.specifier, str(flask.origin)) == ("==3.1.3", "requirements.txt:3")
    assert names(project) == ["flask", "gunicorn"]


def test_included_files_count_and_constraints_do_not() -> None:
    project, _ = read(
        {
            "requirements.txt": "-r requirements/prod.txt\n",
            "requirements/prod.txt": "--requirement=base.txt\n-c ../constraints.txt\ngunicorn\n",
            "requirements/base.txt": "flask\n-r prod.txt\n",
            "constraints.txt": "flask<4\nwerkzeug<4\n",
        }
    )
    assert names(project) == ["flask", "gunicorn"]
    assert project.requirements_files == (
        "requirements.txt",
        "requirements/prod.txt",
        "requirements/base.txt",
        "constraints.txt",
    )


def test_lines_go_on_after_a_backslash_and_hashes_are_no_part_of_a_requirement() -> None:
    project, _ = read(
        requirements("flask==3.1.3 \\", "    --hash=sha256:aa \\", "    --hash=sha256:bb", "gunicorn \\", "  >= 27")
    )
    assert [(item.name, item.specifier, item.origin.line) for item in project.requirements] == [
        ("flask", "==3.1.3", 1),
        ("gunicorn", ">= 27", 4),
    ]


@pytest.mark.parametrize(
    ("line", "name", "url"),
    [
        (
            "git+https://host/team/greeting.git@v1#egg=greeting",
            "greeting",
            "git+https://host/team/greeting.git@v1#egg=greeting",
        ),
        ("git+https://host/team/greeting.git@v1", "greeting", "git+https://host/team/greeting.git@v1"),
        ("greeting @ git+https://host/x.git", "greeting", "git+https://host/x.git"),
        ("https://host/dl/greeting-1.0-py3-none-any.whl", "greeting", "https://host/dl/greeting-1.0-py3-none-any.whl"),
        ("-e git+ssh://git@host/team/greeting.git", "greeting", "git+ssh://git@host/team/greeting.git"),
        ("./libs/greeting", "greeting", "./libs/greeting"),
        ("-e ./libs/greeting[fast]", "greeting", "./libs/greeting[fast]"),
        ("greeting @ file:./libs/greeting", "greeting", "file:./libs/greeting"),
    ],
)
def test_places_are_requirements_with_a_name(line: str, name: str, url: str) -> None:
    project, _ = read(requirements(line, **{"libs/greeting/pyproject.toml": ""}))
    (found,) = project.requirements
    assert (found.name, found.url) == (name, url)


def test_local_packages_are_paths_of_the_tree() -> None:
    project, noted = read(
        requirements("./libs/a", "-e libs/b", "wheels/c-1.0-py3-none-any.whl", "-e .")
        | {"libs/a/setup.py": "", "libs/b/setup.py": "", "wheels/c-1.0-py3-none-any.whl": "PK", "setup.py": ""}
    )
    assert [item.value for item in project.local] == ["libs/a", "libs/b", "wheels/c-1.0-py3-none-any.whl", "."]
    assert noted.codes() == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("../shared", "`../shared` is outside of the tree, so it cannot be installed"),
        (
            "certifi @ file:///croot/certifi_16/work/certifi",
            "`/croot/certifi_16/work/certifi` is outside of the tree, so it",
        ),
        ("./libs/none", "`./libs/none` is not in the tree, so it cannot be installed"),
    ],
)
def test_a_path_that_an_image_does_not_have_is_an_error_with_its_line(line: str, text: str) -> None:
    _, noted = read(requirements("flask", line))
    found = noted.diagnostic("BP620")
    assert (found.severity, str(found.origin)) == ("error", "requirements.txt:2")
    assert found.text.startswith(text)


def test_what_a_compiler_pinned_for_others_is_not_declared() -> None:
    project, _ = read(
        requirements(
            "#    pip-compile requirements.in",
            "blinker==1.9.0",
            "    # via flask",
            "flask==3.1.3",
            "    # via",
            "    #   flask-cors",
            "    #   locust",
            "flask-cors==6.0.5  # via locust",
            "locust==2.1",
            "    # via -r requirements.in",
            "werkzeug==3.1  # via -r requirements.in, flask",
        )
    )
    assert names(project) == ["locust", "werkzeug"]
    assert project.transitive == {"blinker", "flask", "flask-cors"}
    assert not project.has("flask")


def test_a_project_of_its_own_name_is_no_package_that_others_need() -> None:
    project, _ = read(requirements("flask==3.1.3", "    # via greeter (pyproject.toml)"))
    assert names(project) == ["flask"]


def test_a_name_without_a_comment_is_declared_whatever_another_line_says() -> None:
    project, _ = read(requirements("flask==3.1.3", "    # via locust", "locust", "flask"))
    assert names(project) == ["flask", "locust", "flask"]


def test_utf16_is_read_as_pip_reads_it_and_reported() -> None:
    project, noted = read({"requirements.txt": "flask==3.1.3\r\ngunicorn\r\n".encode("utf-16")})
    assert names(project) == ["flask", "gunicorn"]
    found = noted.diagnostic("BP618")
    assert found.text == "it is UTF-16, as PowerShell's `>` writes it; pip reads it, other tools do not"
    assert found.fix == "save it as UTF-8: `pip freeze | Out-File -Encoding utf8 requirements.txt`"


def test_variables_and_indexes_are_kept() -> None:
    project, _ = read(
        requirements("--extra-index-url https://${USER_1}:${TOKEN}@host/simple", "-i https://other/simple", "flask")
    )
    assert [item.value for item in project.variables] == ["USER_1", "TOKEN"]
    assert [item.value for _, item in project.indexes] == [
        "https://${USER_1}:${TOKEN}@host/simple",
        "https://other/simple",
    ]


def test_a_list_that_pip_would_fetch_is_reported() -> None:
    project, noted = read(requirements("-r https://host/base.txt", "flask"))
    assert names(project) == ["flask"]
    assert noted.diagnostic("BP618").fix == "commit the file"


def test_a_missing_include_is_an_error_with_its_line() -> None:
    with pytest.raises(FileError) as caught:
        read(requirements("flask", "-r requirements/base.txt"))
    assert str(caught.value) == (
        "requirements.txt:2: BP102 it includes `requirements/base.txt`, which is not in the tree\n\n"
        "hint: add the file, or remove the line; the path is relative to this file"
    )


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "a/../../x.txt"])
def test_an_include_cannot_leave_the_tree(path: str) -> None:
    with pytest.raises(FileError, match="which is not in the tree"):
        read(requirements(f"-r {path}"))


def test_a_conda_export_is_no_list_for_pip() -> None:
    with pytest.raises(FileError, match="is no version specifier"):
        read(requirements("numpy=1.19.2=py38h54aff64_0"))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfflask\r\ngunicorn\r\n",
        b"flask\rgunicorn\r",
        b"flask\ngunicorn",
        "flask # ünïcode\ngunicorn # 中\n".encode(),
        b"\n\n  flask  \n\t\ngunicorn\n\n# end",
        b"'flask'\n\"gunicorn\"\n",
        b"flask\ngunicorn \\",
    ],
)
def test_marks_line_ends_and_blanks_do_not_matter(content: bytes) -> None:
    project, _ = read({"requirements.txt": content})
    assert names(project) == ["flask", "gunicorn"]


def test_bytes_that_are_no_text_are_an_error() -> None:
    with pytest.raises(FileError, match="it is not UTF-8: byte 0xff"):
        read({"requirements.txt": b"flask\n\xff\xfa"})
    with pytest.raises(FileError, match="it holds a NUL byte"):
        read({"requirements.txt": b"f\0l\0a\0"})


def test_files_that_include_each_other_without_end_are_an_error() -> None:
    files: Files = {f"r{index}.txt": f"-r r{index + 1}.txt\n" for index in range(80)}
    with pytest.raises(FileError, match="more than 50 files that include each other"):
        project_files.read_requirements(tree(files), ("r0.txt",), Reasons())


@pytest.mark.parametrize(
    ("line", "specifier"),
    [
        ("Pillow>=9.0.0 --only-binary=Pillow", ">=9.0.0"),
        ("pillow --only-binary all; sys_platform == 'linux'", ""),
        ("pillow==1.0 -q", "==1.0"),
        ("pillow == 1.0 --global-option='-x'", "== 1.0"),
    ],
)
def test_options_behind_a_requirement_are_no_part_of_it_as_in_pip(line: str, specifier: str) -> None:
    project, _ = read(requirements(line))
    assert [(item.name, item.specifier.strip()) for item in project.requirements] == [("pillow", specifier)]
