"""The `Staticfile` of Cloud Foundry, Nixpacks and Railpack.

Sources, checked 2026-11-24: https://docs.cloudfoundry.org/buildpacks/staticfile/index.html (`root`, `directory`,
`pushstate`, `Staticfile.auth`), https://nixpacks.com/docs/providers/staticfile (`gzip`, `status_code`),
https://railpack.com/languages/staticfile (`index_fallback`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

PATH = "Staticfile"
PASSWORDS = "Staticfile.auth"

_KNOWN = ("root", "directory", "gzip", "status_code", "index_fallback", "pushstate")
_ON = {"on", "true", "yes", "enabled", "visible", "1"}
_OFF = {"off", "false", "no", "disabled", "0", ""}
_STATUS = re.compile(r"[345]\d\d")


class Staticfile(NamedTuple):
    """What the file asks for; `error_pages` are status → path as written."""

    root: Sourced[str] | None = None
    directory_listing: Sourced[bool] | None = None
    fallback: Sourced[bool] | None = None
    error_pages: tuple[tuple[int, Sourced[str]], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def read(tree: SourceTree) -> Staticfile | None:
    """Return what the `Staticfile` says, or None when there is none; an empty one says nothing.

    Raises FileError for what is not YAML and for values of the wrong type.
    """
    if not tree.has(PATH):
        return None
    from buildplan.read import yaml_document

    document = yaml_document.read(tree, PATH)
    diagnostics = [_unknown(document, key) for key in document.data if key not in _KNOWN]
    if _switch(document, "gzip") is False:
        diagnostics.append(
            Diagnostic("BP651", "info", "`gzip` is off, but the web server compresses text", document.origin("gzip"))
        )
    return Staticfile(
        root=document.string("root"),
        directory_listing=_sourced(document, "directory"),
        fallback=_sourced(document, "index_fallback") or _sourced(document, "pushstate"),
        error_pages=_error_pages(document),
        diagnostics=tuple(diagnostics),
    )


def _unknown(document: Document, key: str) -> Diagnostic:
    import difflib

    near = difflib.get_close_matches(key, _KNOWN, n=1)
    fix = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(f'`{name}`' for name in _KNOWN)}"
    return Diagnostic("BP651", "warning", f"`{key[:60]}` is not understood", document.origin(key), fix)


def _sourced(document: Document, key: str) -> Sourced[bool] | None:
    value = _switch(document, key)
    return None if value is None else Sourced(value, document.origin(key))


def _switch(document: Document, key: str) -> bool | None:
    value: Any = document.get(key)
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else None
    if text in _ON:
        return True
    if text in _OFF:
        return False
    raise document.wrong_type((key,), value, "`on` or `off`")


def _error_pages(document: Document) -> tuple[tuple[int, Sourced[str]], ...]:
    pages = []
    for status, page in sorted(document.table("status_code").items()):
        if not _STATUS.fullmatch(status) or not isinstance(page, str) or not page.strip():
            raise document.wrong_type(
                ("status_code", status), page, "a status from 300 to 599 and a page, `404: /404.html`"
            )
        pages.append((int(status), Sourced(page, document.origin("status_code", status))))
    return tuple(pages)


def origin() -> Origin:
    """Return the place of the whole file."""
    return Origin(PATH)
