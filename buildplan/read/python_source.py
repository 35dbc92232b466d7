"""Python source, parsed by Python's own parser as far as a tree's budget goes; nothing of it is run.

CPython's parser keeps every prefix of a dotted name, so the memory for `import a.a.a…` grows with its square: a name
with more parts than any program has is not given to it. Other text costs it about eight microseconds a mark.
"""

from __future__ import annotations

import ast
import re
import threading
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.source import SourceTree

# The interpreter reports odd escapes through the warnings module, whose filters are shared by all threads.
_PARSER = threading.Lock()
# The longest hand-written module of Django has 100 kB; more is generated.
MAX_CHARACTERS = 256 * 1024
_MAX_MARKS = 60_000
_LONG_NAME = re.compile(r"(?<![\w.])(?:\w++[\s\\]*+\.[\s\\]*+){100}")
_MARKS = "\n;,()[]{}.=:+-*/%&|^~<>@"


def parse(tree: SourceTree, path: str, text: str) -> ast.Module | None:
    """Return the parsed text; None for one that is too large, or for which the tree's budget has no room.

    Raises SyntaxError, and what else `ast.parse` raises: ValueError, RecursionError, MemoryError.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    marks = sum(map(text.count, _MARKS))
    if marks > _MAX_MARKS or _LONG_NAME.search(text):
        tree.budget.unread.append(path)
        return None
    if not tree.budget.allows(8 * marks + len(text) // 50, path):
        return None
    with _PARSER, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
