"""Reports for people, programs and code hosts. Each returns the whole text.

Sources, checked 2026-11-24: SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/; GitHub's workflow commands,
https://docs.github.com/actions/reference/workflow-commands-for-github-actions (percent sign and line ends are
escaped, in properties also `:` and `,`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from buildplan import __version__
from buildplan.model.diagnostic_codes import ADVICE, DRIFT, kind
from buildplan.model.visible_text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from buildplan.drift.check import Report
    from buildplan.drift.findings import Finding
    from buildplan.model.origin import Origin

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_STATUS = {"in_sync": "in sync", "drift": "drift", "unknown": "cannot tell"}


def text(reports: Iterable[Report], *, quiet: bool = False) -> str:
    """Return the findings as lines, and one line for each file with how it stands; `quiet`: failed files only."""
    parts = []
    for report in reports:
        if quiet and not report.failed and report.status != "unknown":
            continue
        parts += [f"{finding}\n" for finding in report.findings]
        parts.append(f"{report.path}: {_STATUS[report.status]}{_counted(report)}\n")
    return "".join(parts)


def _counted(report: Report) -> str:
    counts: Counter[str] = Counter(finding.severity for finding in report.findings)
    shown = [
        f"{counts[name]} {name}{'s' if counts[name] > 1 and name != 'info' else ''}" for name in _LEVELS if counts[name]
    ]
    return f" ({', '.join(shown)})" if shown else ""


def as_json(reports: Iterable[Report]) -> str:
    """Return the reports as JSON."""
    content = [
        {
            "path": report.path,
            "status": report.status,
            "failed": report.failed,
            "findings": [_finding(item) for item in report.findings],
        }
        for report in reports
    ]
    return json_text({"version": 1, "reports": content}, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    content: dict[str, Any] = {
        "code": finding.code,
        "severity": finding.severity,
        "kind": finding.kind,
        "text": finding.text,
        "place": _place(finding.place),
        "other": _place(finding.other) if finding.other is not None else None,
        "fix": finding.fix,
        "edits": [{"line": edit.line, "old": edit.old, "new": edit.new} for edit in finding.edits],
    }
    return {key: value for key, value in content.items() if value not in (None, [])}


def _place(origin: Origin) -> dict[str, Any]:
    content = {"path": origin.path, "line": origin.line, "key": origin.key}
    return {key: value for key, value in content.items() if value is not None}


def sarif(reports: Iterable[Report]) -> str:
    """Return one SARIF 2.1.0 run with all findings."""
    codes = sorted(DRIFT)
    rules = [
        {
            "id": code,
            "shortDescription": {"text": DRIFT[code]},
            "fullDescription": {"text": ADVICE[code][1]},
            "help": {"text": f"{ADVICE[code][1]} What to do: {ADVICE[code][2]}."},
            "defaultConfiguration": {"level": _LEVELS[ADVICE[code][0]]},
            "properties": {"tags": [kind(code)]},
        }
        for code in codes
    ]
    results = [_result(finding, codes.index(finding.code)) for report in reports for finding in report.findings]
    driver = {"name": "buildplan", "version": __version__, "rules": rules}
    content = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json_text(content, indent=2) + "\n"


def _result(finding: Finding, index: int) -> dict[str, Any]:
    message = finding.text if finding.fix is None else f"{finding.text}; {finding.fix}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [_location(finding.place)],
        # The line may move; what is said about which file does not.
        "partialFingerprints": {"buildplan/v1": _fingerprint(finding)},
    }
    if finding.other is not None and not finding.other.path.startswith("<"):
        related = _location(finding.other)
        result["relatedLocations"] = [{"id": 1, **related, "message": {"text": str(finding.other)}}]
    return result


def _fingerprint(finding: Finding) -> str:
    content = f"{finding.code} {finding.place.path} {finding.text}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _location(origin: Origin) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(origin.path), "uriBaseId": "%SRCROOT%"}}
    place["region"] = {"startLine": origin.line or 1}
    return {"physicalLocation": place}


def github(reports: Iterable[Report]) -> str:
    """Return the findings as commands that GitHub turns into annotations of a pull request."""
    lines = []
    for report in reports:
        for finding in report.findings:
            message = finding.text
            if finding.other is not None:
                message += f"\nsee: {finding.other}"
            if finding.fix is not None:
                message += f"\nfix: {finding.fix}"
            place = f"file={_property(finding.place.path)},line={finding.place.line or 1}"
            command = _COMMANDS[finding.severity]
            lines.append(f"::{command} {place},title={_property(finding.code)}::{_data(message)}\n")
    return "".join(lines)


def _data(value: str) -> str:
    return visible(value).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[Iterable[Report]], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
