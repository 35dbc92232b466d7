from __future__ import annotations

import re
import time

import pytest
from buildplan.providers.python import project_files
from buildplan.providers.python.project_files import NotARequirementError, holds, normalised, parse

from buildplan.errors import FileError
from buildplan.model.origin import Origin

PLACE = Origin("requirements.txt", 3)


@pytest.mark.parametrize("name", ["Ruamel.YAML", "ruamel_yaml", "ruamel--yaml", "RUAMEL-.-YAML"])
def test_names_compare_without_case_and_kind_of_separator(name: str) -> None:
    assert normalised(name) == "ruamel-yaml"


@pytest.mark.parametrize(
    ("text", "name", "extras", "specifier", "marker"),
    [
        ("flask", "flask", set(), "", None),
        ("Flask>=2", "flask", set(), ">=2", None),
        ("flask >= 2, < 4", "flask", set(), ">= 2,< 4", None),
        ("flask (>=2,<4)", "flask", set(), ">=2,<4", None),
        ("uvicorn[standard]", "uvicorn", {"standard"}, "", None),
        ("celery[redis, S3] ~=5.4", "celery", {"redis", "s3"}, "~=5.4", None),
        ("tzdata==2024.1 ; sys_platform == 'win32'", "tzdata", set(), "==2024.1", "sys_platform == 'win32'"),
        ("x===1.0+local", "x", set(), "===1.0+local", None),
        ("x==1.*", "x", set(), "==1.*", None),
    ],
)
def test_a_dependency_has_a_name_extras_a_specifier_and_a_marker(
    text: str, name: str, extras: set[str], specifier: str, marker: str | None
) -> None:
    found = parse(text)
    assert (found.name, found.extras, found.specifier, found.marker) == (name, extras, specifier, marker)


def test_a_dependency_can_be_a_url_whose_semicolons_are_its_own() -> None:
    found = parse("pkg[x] @ git+https://host/a;b.git@main#egg=pkg ; python_version < '4'")
    assert found.url == "git+https://host/a;b.git@main#egg=pkg"
    assert found.marker == "python_version < '4'"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it does not begin with the name of a package"),
        ("<<<<<<< HEAD", "it does not begin with the name of a package"),
        ("numpy=1.19.2=py38h54aff64_0", "`=1.19.2=py38h54aff64_0` is no version specifier"),
        ("flask>>2", "`>>2` is no version specifier"),
        ("flask[a b]", "`a b` are no names of extras"),
        ("flask @", "what follows `@` is no URL"),
        ("x" * 3000, "it has 3000 characters"),
    ],
)
def test_what_is_no_dependency_says_why(text: str, reason: str) -> None:
    with pytest.raises(NotARequirementError, match="^" + re.escape(reason)):
        parse(text)


def test_a_wrong_line_is_an_error_with_its_place_and_a_hint() -> None:
    with pytest.raises(FileError) as caught:
        project_files.requirement("flask=3", PLACE)
    assert str(caught.value) == (
        "requirements.txt:3: BP102 `flask=3` is no dependency: `=3` is no version specifier\n\n"
        "hint: write `name`, `name>=1.2` or `name[extra]==1.2; python_version < '3.12'`"
    )


def test_what_is_never_installed_on_linux_is_no_requirement() -> None:
    assert project_files.requirement("pywin32; sys_platform == 'win32'", PLACE) is None
    assert project_files.requirement("uvloop; sys_platform != 'win32'", PLACE) is not None


@pytest.mark.parametrize(
    ("marker", "python", "expected"),
    [
        ("python_version >= '3.10'", "3.13", True),
        ("python_version < '3.9'", "3.13", False),
        ("python_version < '3.9'", None, None),
        ("python_version == '3.*'", "3.13", True),
        ("python_version ~= '3.10'", "3.13", True),
        ("python_version in '3.6, 3.7'", "3.13", False),
        ("python_version not in '3.6 3.7'", "3.13", True),
        ("python_full_version < '3.13.1'", "3.13", False),
        ("python_full_version == '3.12.4'", "3.12.4", True),
        ("python_version > '3'", "3.13", True),
        ("sys_platform == 'linux'", None, True),
        ("'linux' in sys_platform", None, True),
        ("os_name == 'nt'", None, False),
        ("platform_system != 'Darwin'", None, True),
        ("platform_python_implementation == 'PyPy'", None, False),
        ("platform_machine == 'x86_64'", "3.13", None),
        ("platform_machine == 'x86_64' and os_name == 'nt'", "3.13", False),
        ("platform_machine == 'x86_64' or os_name == 'posix'", "3.13", True),
        ("(os_name == 'nt' or sys_platform == 'linux') and python_version >= '3'", "3.13", True),
        ("extra == 'test'", "3.13", False),
    ],
)
def test_a_marker_holds_does_not_hold_or_depends_on_what_is_not_known(
    marker: str, python: str | None, expected: object
) -> None:
    assert holds(marker, python) is expected


@pytest.mark.parametrize(
    "marker",
    [
        "python_version",
        "python_version >=",
        ">= '3'",
        "(os_name == 'nt'",
        "os_name == 'nt' or",
        "a == b",
        "os_name = 'x'",
    ],
)
def test_what_is_no_marker_is_refused(marker: str) -> None:
    with pytest.raises(NotARequirementError):
        holds(marker, "3.13")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1900,
        "flask" + "[" * 1900,
        "flask" + "-" * 1900,
        "a" * 1999 + "!",
        "flask @ " + "x " * 900,
        "flask; " + "os_name == 'nt' and " * 90 + "os_name == 'nt'",
        "flask;" + " " * 1900 + "x",
    ],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    started = time.perf_counter()
    try:
        found = parse(text)
        if found.marker is not None:
            holds(found.marker, "3.13")
    except NotARequirementError:
        pass
    assert time.perf_counter() - started < 0.5
