"""No expression of the package goes back more than linearly, whatever text it is given.

Slow by nature, so it runs in two parts: every expression with shorter texts here, and longer ones by hand
(`BUILDPLAN_ATTACK_SIZE=20000 pytest tests/test_expressions.py`).
"""

from __future__ import annotations

import os
import signal
import time
import warnings
from typing import Any

import pytest
from expressions import ANCHORED, Expression, as_text, attacks, collected, run

SIZE = int(os.environ.get("BUILDPLAN_ATTACK_SIZE", "5000"))
# A quadratic one needs 60 ms and more for 5,000 characters, a linear one less than 1 ms.
LIMIT = 0.1 * max(SIZE / 5000, 1)
PARTS = 8
# Called by another module, or through another name, and only in this way.
CALLED = {
    "buildplan.model.version_ranges._PEP440": ANCHORED,
    "buildplan.providers.go.runtime_files._OF_GO": frozenset({"fullmatch"}),
    "buildplan.providers.rust.runtime_files._OF_RUST": frozenset({"fullmatch"}),
    "buildplan.providers.java.java_version._BUILD_IMAGE": ANCHORED,
    "buildplan.providers.python.django._PLACEHOLDERS": frozenset({"fullmatch"}),
}


class _TooSlowError(Exception):
    pass


def _stop(*_: Any) -> None:
    raise _TooSlowError


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    ALL = collected()


def test_the_expressions_are_found() -> None:
    assert len(ALL) > 500
    assert {"buildplan.model.version_ranges._PEP440", "buildplan.render.redact._PAIR"} <= {item.place for item in ALL}


@pytest.mark.parametrize("part", range(PARTS))
def test_no_expression_goes_back_more_than_linearly(part: int) -> None:
    signal.signal(signal.SIGALRM, _stop)
    slow = []
    for expression in ALL[part::PARTS]:
        methods = CALLED.get(expression.place, expression.methods)
        judged = Expression(expression.place, expression.pattern, methods)
        for text in attacks(expression.pattern, SIZE):
            if _is_slow(judged, as_text(judged, text)) and _is_slow(judged, as_text(judged, text)):
                slow.append(f"{expression.place}: {expression.pattern.pattern!r} on {text[:60]!r}…")
                break
    assert slow == []


def _is_slow(expression: Expression, text: str | bytes) -> bool:
    begin = time.process_time()
    signal.setitimer(signal.ITIMER_REAL, 3)
    try:
        run(expression, text)
    except _TooSlowError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return time.process_time() - begin > LIMIT


def test_a_bad_expression_would_be_noticed() -> None:
    import re

    signal.signal(signal.SIGALRM, _stop)
    for bad in (r"(a+)+b", r"\s*=?\s*x", r"[^/]*a[^/]*a[^/]*b", r"/\*.*?\*/", r"\d+$"):
        pattern = re.compile(bad)
        judged = Expression("here", pattern, ANCHORED | {"search"})
        assert any(_is_slow(judged, text) for text in attacks(pattern, 12_000)), bad
