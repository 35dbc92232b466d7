"""README is true: its commands print what it shows, its codes are those of the code, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from conftest import ROOT

from buildplan.model.diagnostic_codes import ADVICE, CODES, DRIFT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"```console\n\$ python -m (buildplan [^\n]*)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_of_the_readme_prints_what_the_readme_shows(command: str, shown: str) -> None:
    words = command.split(" >", maxsplit=1)[0].split()
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    printed = done.stderr if command.endswith(">/dev/null") else done.stdout
    assert printed == shown


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) >= 3


def used_codes() -> set[str]:
    files = [
        *(ROOT / "buildplan").rglob("*.py"),
        *(ROOT / "providers").rglob("*.py"),
        *(ROOT / "providers").rglob("*.toml"),
    ]
    files = [file for file in files if file.name != "diagnostic_codes.py"]
    return {code for file in files for code in re.findall(r"\bBP\d{3}\b", file.read_text(encoding="utf-8"))}


def test_the_readme_names_no_code_that_there_is_not() -> None:
    assert set(re.findall(r"BP\d{3}", README)) - set(CODES) == set()


def test_the_table_of_codes_holds_what_is_used_and_nothing_else() -> None:
    assert used_codes() == set(CODES)
    assert list(CODES) == sorted(CODES)
    assert len(set(CODES.values())) == len(CODES)
    assert all(re.fullmatch(r"[^\n]+[^.\n]", meaning) for meaning in CODES.values())
    assert set(ADVICE) == set(DRIFT)


def test_the_help_of_check_lists_its_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "buildplan", "check", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(f"{code}  {meaning}\n" in done.stdout for code, meaning in DRIFT.items())


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
