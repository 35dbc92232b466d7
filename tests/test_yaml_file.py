"""YAML that people edit: three documents are merged by key, and a person's text keeps its form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildplan.write import yaml_file

BASE = """\
services:
  web:
    build: .
    environment:
      A: "1"
      B: "2"
    ports:
      - "3000:3000"

  db:
    image: postgres:18
    command: ["a", "b"]

volumes:
  data:
"""
NEW = BASE.replace("3000", "4000").replace('B: "2"', 'B: "3"').replace('["a", "b"]', '["a", "c"]')
# Lines that a person may put in behind any line of a service, and what stands above that line has the same depth.
COMMENTS = ["# mine", "    # a note", "# ünïcode"]


def test_both_sides_without_a_conflict() -> None:
    own = BASE.replace('      A: "1"\n', '      A: "1"  # kept\n      C: mine\n').replace("postgres:18", "postgres:17")
    result = yaml_file.merged(own, BASE, NEW, "compose.yaml", None)
    assert result.conflicts == ()
    assert result.text == own.replace("3000", "4000").replace('B: "2"', 'B: "3"').replace('["a", "b"]', '["a", "c"]')


@pytest.mark.parametrize("indent", [2, 4, 8])
@pytest.mark.parametrize("end", ["", "\n\n# the end\n"])
def test_a_persons_indentation_stays(indent: int, end: str) -> None:
    own = "".join(
        " " * ((len(line) - len(line.lstrip())) // 2 * indent) + line.lstrip() + "\n" for line in BASE.splitlines()
    )
    result = yaml_file.merged(own + end, BASE, NEW, "compose.yaml", None)
    wanted = own.replace("3000", "4000").replace('B: "2"', 'B: "3"').replace('["a", "b"]', '["a", "c"]')
    assert result.text == wanted + end


def test_anchors_merge_keys_tags_and_extensions_stay() -> None:
    own = "x-common: &common\n  restart: always\n  deploy: {resources: {limits: {memory: 1g}}}\n\n" + BASE.replace(
        "    build: .\n", "    <<: *common\n    build: .\n"
    ).replace("volumes:", "volumes: !override")
    result = yaml_file.merged(own, BASE, NEW, "compose.yaml", None)
    assert result.text == own.replace("3000", "4000").replace('B: "2"', 'B: "3"').replace('["a", "b"]', '["a", "c"]')


def test_words_of_a_command_are_one_value() -> None:
    own = BASE.replace('["a", "b"]', '["a", "mine"]')
    result = yaml_file.merged(own, BASE, NEW, "compose.yaml", None)
    assert [conflict.reason for conflict in result.conflicts] == ["you and the plan both changed `services.db.command`"]
    assert result.conflicts[0].line == 12
    assert result.text == own
    assert '["a", "mine"]' in yaml_file.merged(own, BASE, NEW, "compose.yaml", "mine").text
    theirs = yaml_file.merged(own, BASE, NEW, "compose.yaml", "theirs").text
    assert '["a", "c"]' in theirs
    # Everything else is the same whoever wins.
    assert '"4000:4000"' in theirs
    assert '"4000:4000"' in yaml_file.merged(own, BASE, NEW, "compose.yaml", "mine").text


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    assert yaml_file.merged(NEW, BASE, NEW, "compose.yaml", None) == (NEW, ())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_line_of_a_person_is_lost(data: st.DataObject) -> None:
    lines = BASE.splitlines()
    added = []
    for number in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(1, len(lines)))
        above = lines[place - 1]
        depth = len(above) - len(above.lstrip())
        kind = data.draw(st.sampled_from(["comment", "key"]))
        is_key = ":" in above and not above.endswith(":") and not above.lstrip().startswith(("-", "#"))
        text = f"{' ' * depth}own{number}: {number}" if kind == "key" and is_key else f"{' ' * depth}# mine {number}"
        lines.insert(place, text)
        added.append(text.strip())
    own = "\n".join(lines) + "\n"
    result = yaml_file.merged(own, BASE, NEW, "compose.yaml", None)
    assert result.conflicts == ()
    merged = [line.strip() for line in result.text.splitlines()]
    assert [line for line in merged if line in added] == [line for line in map(str.strip, lines) if line in added]
    assert '- "4000:4000"' in merged
    assert yaml_file.merged(result.text, NEW, NEW, "compose.yaml", None).text == result.text


def test_a_comment_above_what_stays_survives_when_the_plan_takes_something_out() -> None:
    own = BASE.replace("  db:\n", "  # The database, backed up nightly\n  db:\n").replace(
        "volumes:", "# Disks\nvolumes:"
    )
    without_web = BASE.replace(BASE[BASE.index("  web:") : BASE.index("  db:")], "")
    result = yaml_file.merged(own, BASE, without_web, "compose.yaml", None)
    assert result.conflicts == ()
    assert "  web:" not in result.text
    assert "  # The database, backed up nightly\n  db:\n" in result.text
    assert "# Disks\nvolumes:\n" in result.text
    without_db = BASE.replace(BASE[BASE.index("  db:") : BASE.index("volumes:")], "")
    result = yaml_file.merged(own, BASE, without_db, "compose.yaml", None)
    assert "  db:" not in result.text
    assert "# Disks\nvolumes:\n" in result.text
