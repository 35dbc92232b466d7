"""docs/configuration.md is true: it names every key, every kind of mirror, and only codes that there are."""

from __future__ import annotations

import re
import tomllib

from conftest import ROOT

from buildplan.catalogue.mirrors import mirrors
from buildplan.config import buildplan_toml
from buildplan.config.schema import Apt, BaseImages, Check, Lock, Phase, Settings
from buildplan.model.diagnostic_codes import CODES
from buildplan.model.origin import Origin

PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`\[?([a-z_]+)[\]`.]", PAGE))


def test_every_key_is_named() -> None:
    tables = (Settings, Apt, BaseImages, Check, Lock, Phase)
    known = {name for table in tables for name in table.model_fields}
    assert known - NAMED - {"required"} == set()
    assert "required = true" in PAGE


def test_every_kind_of_mirror_has_its_row() -> None:
    assert set(mirrors()) <= set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))


def test_the_codes_are_those_of_the_code() -> None:
    assert set(re.findall(r"BP\d{3}", PAGE)) <= set(CODES)


def test_the_examples_are_accepted() -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) >= 2
    for text in examples:
        buildplan_toml.overrides_from(tomllib.loads(text), lambda _: Origin("buildplan.toml"))
