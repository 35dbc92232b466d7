from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from buildplan.config import apt_packages
from buildplan.config.mistakes import Mistakes
from buildplan.errors import ConfigError
from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from buildplan.model.build_plan import Diagnostic

PLACE = Origin("nixpacks.toml", 3, "phases.setup.aptPkgs")


def fitted(*names: str) -> tuple[list[str], tuple[Diagnostic, ...]]:
    mistakes = Mistakes()
    items, diagnostics = apt_packages.fitted([Sourced(name, PLACE) for name in names], mistakes)
    mistakes.raise_all()
    assert all(item.origin == PLACE for item in items)
    return [item.value for item in items], diagnostics


@pytest.mark.parametrize(
    "name", ["ffmpeg", "g++", "libstdc++6", "ffmpeg=7:7.1*", "libc6:arm64", "nginx/trixie", "a1", "..."]
)
def test_names_that_apt_accepts_are_kept(name: str) -> None:
    assert fitted(name) == ([name], ())


@pytest.mark.parametrize(
    "name", ["a;b", "-y", "--yes", "$(x)", "A", "Ffmpeg", "ffmpeg-", "`x`", "a'b", "https://x/y.deb", "x", "ä"]
)
def test_what_is_no_name_is_a_mistake(name: str) -> None:
    with pytest.raises(ConfigError, match="is no apt package"):
        fitted(name)


def test_one_item_may_hold_several_names() -> None:
    assert fitted("ffmpeg  imagemagick,curl") == (["ffmpeg", "imagemagick", "curl"], ())


def test_a_name_of_ubuntu_is_replaced_and_reported() -> None:
    items, (diagnostic,) = fitted("libgl1-mesa-glx")
    assert items == ["libgl1"]
    assert str(diagnostic) == (
        "nixpacks.toml:3: BP669 info: Debian 13 has no apt package `libgl1-mesa-glx`; `libgl1` is installed\n"
        "  fix: write `libgl1`"
    )


def test_a_name_that_nothing_needs_is_left_out() -> None:
    items, (diagnostic,) = fitted("libgconf-2-4", "curl")
    assert items == ["curl"]
    assert "it is left out" in diagnostic.text


def test_a_name_without_a_replacement_is_a_warning() -> None:
    items, (diagnostic,) = fitted("wkhtmltopdf")
    assert items == ["wkhtmltopdf"]
    assert diagnostic.severity == "warning"


def test_renamed_packages_are_not_renamed_again() -> None:
    table = apt_packages.table()
    assert {*table["renamed"].values()}.isdisjoint(
        {*table["renamed"], *table["dropped"]["names"], *table["unavailable"]}
    )
    assert all(apt_packages.NAME.fullmatch(name) for name in table["renamed"].values())
