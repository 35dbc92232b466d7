"""What the tests of the `nixpacks` command share: calls of it, and what PHP does to its plans."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildplan.nixpacks.main import main

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"


@dataclass(frozen=True)
class Answer:
    code: int
    stdout: str
    stderr: str


def nixpacks(*words: str | Path) -> Answer:
    """Return what `nixpacks WORDS` answers."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(word) for word in words])
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    return Answer(code, out.getvalue(), err.getvalue())


def plan(*words: str | Path) -> dict[str, Any]:
    """Return the plan that `nixpacks plan WORDS` prints; stderr must be silent."""
    answer = nixpacks("plan", *words)
    assert (answer.code, answer.stderr) == (0, "")
    content: dict[str, Any] = json.loads(answer.stdout)
    return content


def as_php_writes(content: dict[str, Any]) -> str:
    """Return the JSON text after `json_encode(json_decode($text, true))`: no empty object survives, `/` is escaped."""

    def arrays(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: arrays(item) for key, item in value.items()} or []
        return [arrays(item) for item in value] if isinstance(value, list) else value

    return json.dumps(arrays(content)).replace("/", "\\/")
