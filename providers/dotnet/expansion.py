"""What a text of MSBuild says once its properties are filled in, and the functions that are asked of them.

What cannot be known is empty.

Source, checked 2026-11-24: https://learn.microsoft.com/visualstudio/msbuild/property-functions
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = re.compile(r"\$\(([A-Za-z_][\w-]{0,100})\)", re.ASCII)
_ABOVE = re.compile(
    r"\$\(\[MSBuild\]::(GetPathOfFileAbove|GetDirectoryNameOfFileAbove)\(([^()]{0,400})\)\)", re.IGNORECASE
)
_PLATFORM = re.compile(r"\$\(\[MSBuild\]::IsOSPlatform\(['\"]?(\w{1,20})['\"]?\)\)", re.IGNORECASE | re.ASCII)
_SEPARATOR = re.compile(r"\$\(\[(?:System\.IO\.)?Path\]::DirectorySeparatorChar\)", re.IGNORECASE)
_ASKED = re.compile(
    r"\$\((\w{1,100})\.(StartsWith|EndsWith|Contains|Equals)\(['\"`]([^'\"`()$]{0,200})['\"`](?:,[^()]{0,80})?\)\)",
    re.IGNORECASE | re.ASCII,
)
_CALL = re.compile(r"\$\([^$()]{0,400}(?:\([^$()]{0,400}\)[^$()]{0,400})*\)")
_LONGEST = 4000


def expanded(text: str, value: Callable[[str], str], above: Callable[[str, str], str]) -> str:
    """Return a text filled in; `value` gives a property, `above` what one of the functions for files above gives."""
    if "$(" not in text:
        return text.strip()
    result = _SEPARATOR.sub("/", text[:_LONGEST])
    result = _ASKED.sub(lambda match: _answer(value(match[1]), match[2], match[3]), result)
    result = _NAME.sub(lambda match: value(match[1]), result)
    if len(result) > _LONGEST:
        return ""
    result = _ABOVE.sub(lambda match: above(match[1], match[2]), result)
    result = _PLATFORM.sub(lambda match: str(match[1].lower() in {"linux", "unix"}), result)
    result = _CALL.sub("", result)
    return result.strip() if len(result) <= _LONGEST else ""


def _answer(value: str, function: str, argument: str) -> str:
    """Return what a function of .NET's strings says of a property's value."""
    name = function.lower()
    if name == "startswith":
        return str(value.startswith(argument))
    if name == "endswith":
        return str(value.endswith(argument))
    return str(argument in value if name == "contains" else value == argument)
