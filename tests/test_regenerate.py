"""Hand edits survive; a conflict shows both sides; nothing of the owner's is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildplan.write.merge import regenerate
from buildplan.write.stamp import read_stamp, stamped

GENERATED = '# Generated\n\nFROM node:22\nWORKDIR /app\nRUN npm ci\nCOPY . .\nUSER 1000:1000\nCMD ["node"]\n'
NEWER = GENERATED.replace("node:22", "node:24")


def test_a_file_that_nobody_edited_follows_the_plan() -> None:
    result = regenerate(stamped(GENERATED), NEWER)
    assert (result.status, result.text) == ("regenerated", stamped(NEWER))


def test_a_second_run_changes_nothing() -> None:
    assert regenerate(stamped(GENERATED), GENERATED).status == "unchanged"


def test_a_line_that_was_added_by_hand_survives_every_generation() -> None:
    edited = stamped(GENERATED).replace("RUN npm ci\n", "RUN npm ci\nRUN echo mine\n")
    result = regenerate(edited, NEWER)
    assert result.status == "merged"
    assert "FROM node:24\n" in result.text
    assert "RUN npm ci\nRUN echo mine\nCOPY" in result.text
    again = regenerate(result.text, NEWER)
    assert (again.status, again.text) == ("unchanged", result.text)
    assert "RUN echo mine\n" in regenerate(result.text, GENERATED).text


def test_a_line_that_was_removed_by_hand_stays_away() -> None:
    edited = stamped(GENERATED).replace("USER 1000:1000\n", "")
    result = regenerate(edited, NEWER)
    assert result.status == "merged"
    assert "USER" not in result.text


def test_a_line_that_both_changed_is_a_conflict_with_both_sides() -> None:
    edited = stamped(GENERATED).replace("node:22", "node:22.19")
    result = regenerate(edited, NEWER)
    assert result.status == "conflict"
    (conflict,) = result.conflicts
    assert (conflict.line, conflict.own, conflict.generated) == (3, ("FROM node:22.19",), ("FROM node:24",))


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    edited = stamped(GENERATED).replace("node:22", "node:24")
    result = regenerate(edited, NEWER)
    assert result.status in {"merged", "regenerated"}
    assert result.text == stamped(NEWER)


def test_a_file_that_a_person_wrote_is_foreign() -> None:
    assert regenerate("FROM alpine:3\n", GENERATED).status == "foreign"


def test_windows_line_ends_are_no_edit() -> None:
    edited = stamped(GENERATED).replace("\n", "\r\n")
    assert regenerate(edited, NEWER).status == "regenerated"


@pytest.mark.parametrize("text", ["", "# buildplan", "# buildplan 1 wrote: !!!\n", "# buildplan  wrote: \n"])
def test_what_is_no_stamp_is_not_taken_for_one(text: str) -> None:
    assert read_stamp(text)[1] is None


@given(st.lists(st.sampled_from("abcdefg"), max_size=12), st.lists(st.sampled_from("abcdefg"), max_size=12), st.data())
def test_a_line_that_was_added_by_hand_is_in_the_result_or_nothing_is_written(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    generated = "".join(f"{line}\n" for line in before)
    place = data.draw(st.integers(0, len(before)))
    edited = "".join(f"{line}\n" for line in (*before[:place], "mine", *before[place:]))
    trailer = stamped(generated).splitlines()[-1]
    result = regenerate(f"{edited}{trailer}\n", "".join(f"{line}\n" for line in after))
    if result.status == "conflict":
        assert result.conflicts
    else:
        assert "mine" in result.text.splitlines()
