from __future__ import annotations

import re

import pytest
from buildplan.providers.go import native
from buildplan.providers.go.modules import read
from buildplan.providers.go.native_tables import NEEDS
from buildplan.providers.go.packages import Packages
from go_trees import MOD, SERVER, serving
from planned import codes, decision, diagnostic, of, plan

from buildplan.catalogue.tables import table_file

C = 'package main\n\n%s\nimport "C"\n\nfunc twice() {}\n'


def with_imports(*paths: str, **files: str) -> dict[str, str]:
    return {"go.mod": MOD, "main.go": serving(imports=paths), **files}


def environment(files: dict[str, str], **options: object) -> dict[str, str]:
    phase = plan(files, **options).phase("build")
    assert phase is not None
    return dict(phase.environment)


def test_pure_go_needs_no_c_library() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER})
    assert "ENV CGO_ENABLED=0" in made.dockerfile()
    assert made.run.runtime.image == "gcr.io/distroless/static-debian13:nonroot"
    assert decision(made, "run.base").rule == "pure Go needs certificates, time zones and a user, no more"


@pytest.mark.parametrize("path", ["github.com/mattn/go-sqlite3", "github.com/confluentinc/confluent-kafka-go/v2/kafka"])
def test_a_module_made_of_c_gets_glibc(path: str) -> None:
    made = plan(with_imports(path))
    assert "ENV CGO_ENABLED=1" in made.dockerfile()
    assert made.run.runtime.image == "gcr.io/distroless/base-nossl-debian13:nonroot"
    assert str(decision(made, "phases.build.environment.CGO_ENABLED").origin) == f"main.go:6 {path}"


def test_a_module_made_of_cxx_gets_its_library_too() -> None:
    made = plan(with_imports("github.com/marcboeker/go-duckdb"))
    assert made.run.runtime.image == "gcr.io/distroless/cc-debian13:nonroot"


@pytest.mark.parametrize("suffix", ["", " // indirect"])
def test_a_module_made_of_c_counts_when_only_another_module_imports_it(suffix: str) -> None:
    files = {"go.mod": f"{MOD}\nrequire github.com/mattn/go-sqlite3 v1.14.0{suffix}\n", "main.go": SERVER}
    assert environment({**files, "go.sum": ""})["CGO_ENABLED"] == "1"


def test_libraries_come_from_apt_split_into_build_and_run() -> None:
    made = plan(with_imports("github.com/davidbyttow/govips/v2/vips"))
    assert made.phases[0].apt_packages == ("libvips-dev",)
    assert made.run.apt_packages == ("ca-certificates", "libvips42t64", "tzdata")
    assert made.run.runtime.image == "debian:trixie-slim"
    assert decision(made, "apt.run.libvips42t64").origin.path == "main.go"


@pytest.mark.parametrize(
    ("version", "package", "image"),
    [
        ("1.23", "libvips42", "debian:bookworm-slim"),
        ("1.26", "libvips42t64", "debian:trixie-slim"),
        ("1.19", "libvips42", "debian:bullseye-slim"),
    ],
)
def test_the_image_has_the_release_that_the_build_linked_with(version: str, package: str, image: str) -> None:
    files = with_imports("github.com/h2non/bimg") | {"go.mod": f"module shop\n\ngo {version}\n"}
    if version == "1.19":
        files |= {".go-version": "1.19.5"}
    made = plan(files)
    assert package in made.run.apt_packages
    assert made.run.runtime.image == image


def test_packages_of_a_release_that_left_the_mirrors_come_from_its_archive() -> None:
    text = plan(
        with_imports("github.com/h2non/bimg") | {"go.mod": "module shop\n\ngo 1.15\n", ".go-version": "1.15\n"}
    ).dockerfile()
    assert text.count("archive.debian.org") == 2
    assert text.index("archive.debian.org") < text.index("libvips-dev")


def test_code_of_the_apps_own_that_imports_c_needs_glibc() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER, "twice.go": C % "// int x;"})
    assert made.run.runtime.image == "gcr.io/distroless/base-nossl-debian13:nonroot"
    assert str(decision(made, "run.base").origin) == 'twice.go:4 import "C"'


def test_code_that_has_another_way_without_c_is_built_without_it() -> None:
    other = "//go:build !cgo\n\npackage main\n\nfunc twice() {}\n"
    made = plan({"go.mod": MOD, "main.go": SERVER, "twice.go": C % "", "other.go": other})
    assert "ENV CGO_ENABLED=0" in made.dockerfile()


@pytest.mark.parametrize("name", ["twice_test.go", "twice_darwin.go", "unused/twice.go"])
def test_c_code_that_is_not_built_does_not_count(name: str) -> None:
    assert environment({"go.mod": MOD, "main.go": SERVER, name: C % ""})["CGO_ENABLED"] == "0"


def test_libraries_of_cgo_directives_are_found_in_the_table() -> None:
    text = C % "// #cgo pkg-config: vips\n// #cgo darwin LDFLAGS: -lmac\n// #cgo linux LDFLAGS: -lpcap -lm"
    made = plan({"go.mod": MOD, "main.go": SERVER, "twice.go": text})
    assert made.phases[0].apt_packages == ("libpcap-dev", "libvips-dev")
    assert "BP625" not in codes(made)


def test_a_library_that_no_table_knows_is_reported() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER, "twice.go": C % "// #cgo LDFLAGS: -lweird"})
    found = diagnostic(made, "BP625")
    assert found.text == "the C code links with `weird`, and no table says which packages hold it"


def test_the_owner_can_switch_c_on_and_off() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER}, env={"CGO_ENABLED": "1"})
    assert made.run.runtime.image == "gcr.io/distroless/base-nossl-debian13:nonroot"
    assert made.dockerfile().count("CGO_ENABLED=1") == 1
    made = plan(with_imports("github.com/mattn/go-sqlite3"), env={"CGO_ENABLED": "0"})
    assert made.run.runtime.image == "gcr.io/distroless/static-debian13:nonroot"
    text = "`CGO_ENABLED` is 0, and `github.com/mattn/go-sqlite3` is made of C: that part will not work"
    assert diagnostic(made, "BP629").text == text


def test_the_table_is_sound() -> None:
    seen: set[str] = set()
    for row in NEEDS:
        assert row.names
        assert row.compiles or row.writes
        assert bool(row.build) == bool(row.run)
        assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name) for name in (*row.build, *row.run))
        assert seen.isdisjoint(row.names)
        seen.update(row.names)


def test_needs_of_an_empty_closure_are_none() -> None:
    tree = of({"go.mod": MOD})
    assert Packages(tree, read(tree), frozenset()).at("") is None
    assert native.needs(tree, read(tree), (), "trixie").cgo is None


def test_the_distroless_table_has_a_flavour_for_each_need() -> None:
    assert set(table_file("distroless")["images"]) == {"slim", "glibc", "cxx"}
