"""Names that a configuration may use, as the languages declare them; others belong to providers of other packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

_LANGUAGES = registry.languages().values()

RUNTIMES = tuple(sorted({name for language in _LANGUAGES for name in language.runtimes}))
TOOLS = tuple(sorted({name for language in _LANGUAGES for name in language.tools}))

# Provider → option → what it says. Values are texts; `true` and `false` are texts here.
PROVIDER_OPTIONS: dict[str, Mapping[str, str]] = {
    language.name: language.options for language in _LANGUAGES if language.options
}
