from __future__ import annotations

import pytest
from buildplan.providers.go.constraints import holds

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("//go:build linux", True),
        ("//go:build windows", False),
        ("//go:build !windows", True),
        ("//go:build linux && !cgo", True),
        ("//go:build cgo", False),
        ("//go:build ignore", False),
        ("//go:build (linux || darwin) && amd64", True),
        ("//go:build linux && (darwin || ignore)", False),
        ("//go:build go1.21", True),
        ("//go:build production", False),
        ("//go:build linux &&", False),
        ("//go:build linux)", False),
        ("//go:build " + "(" * 5000, False),
        ("//go:build " + "!" * 5000 + "linux", False),
        ("//go:build {", False),
        ("// +build linux,!cgo darwin", True),
        ("// +build windows darwin", False),
        ("// go:build windows", True),
        ("// an ordinary comment about +build windows", True),
    ],
)
def test_a_constraint_decides_whether_a_file_is_part_of_a_build_for_linux(comment: str, *, expected: bool) -> None:
    assert holds("main.go", (comment,), NONE, cgo=False) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("main.go", True),
        ("main_test.go", False),
        ("main_linux.go", True),
        ("main_windows.go", False),
        ("main_linux_amd64.go", True),
        ("main_linux_arm64.go", False),
        ("windows.go", True),
        ("_draft.go", False),
        (".hidden.go", False),
    ],
)
def test_a_file_name_decides_too(name: str, *, expected: bool) -> None:
    assert holds(name, (), NONE, cgo=False) is expected


def test_configured_tags_hold() -> None:
    assert holds("main.go", ("//go:build production",), frozenset({"production"}), cgo=False)


def test_all_old_constraint_lines_have_to_hold() -> None:
    assert not holds("main.go", ("// +build linux", "// +build windows"), NONE, cgo=False)
    assert holds("main.go", ("// +build linux", "// +build !windows"), NONE, cgo=False)


def test_the_new_form_wins_over_the_old_one() -> None:
    assert holds("main.go", ("//go:build linux", "// +build windows"), NONE, cgo=False)
