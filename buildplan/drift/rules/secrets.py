"""Secrets that a Dockerfile puts into the image: in ENV, where everybody who can pull it reads them, or in ARG.

A name alone is reported for the shipped stage only; what looks like a real token is reported wherever it stands, since
the file is committed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.drift.findings import Finding
from buildplan.model.secrets import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.subject import Subject
    from buildplan.read.dockerfile import Instruction, Stage, Word

_FIX = "give it to the container when it starts; a build step reads it with `RUN --mount=type=secret`"
_TOKEN = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,}|glpat-[\w-]{20}|npm_[A-Za-z0-9]{36}|sk_live_\w{20,}"
    r"|xox[abp]-[\w-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{35})\b|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----",
    re.ASCII,
)
# A value that only fills a place: the tool wants one while it builds.
_PLACEHOLDER = re.compile(
    r".*(?:build|change|default|demo|dev|dummy|example|fake|foo|insecure|local|none|not|null|placeholder|sample|secret|"
    r"temp|test|todo|unsafe|unused|xxx|your|<).*|password|postgres|root|admin|\w{0,3}",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_FINGERPRINT = re.compile(r"(?:[0-9A-F]{40}|[0-9a-f]{64})(?:\s.*)?")


def stored(subject: Subject) -> Iterator[Finding]:
    """BP750: names and values of secrets in ENV and ARG, and tokens anywhere."""
    shipped = {stage.index for stage in subject.dockerfile.shipped.chain}
    for item in subject.dockerfile.arguments:
        yield from _tokens(subject, item)
    for stage in subject.dockerfile.stages:
        for item in stage.instructions:
            yield from _tokens(subject, item)
            if item.name in {"ENV", "ARG"} and stage.index in shipped and not item.on_build:
                for name, word in item.pairs:
                    yield from _named(subject, stage, item, name, word)


def _tokens(subject: Subject, item: Instruction) -> Iterator[Finding]:
    texts = [word.text for word in item.words] + [document.content for document in item.here_documents]
    if any(_TOKEN.search(text) for text in texts):
        yield Finding(
            "BP750",
            "error",
            f"`{item.name}` holds what looks like a real token or key",
            subject.place(item),
            fix="revoke it, and take it out of the history of the repository",
        )


def _named(subject: Subject, stage: Stage, item: Instruction, name: str, word: Word) -> Iterator[Finding]:
    value = word.value
    if not looks_secret(name, value or "?") or _TOKEN.search(word.text) or _is_fingerprint(value):
        return
    place = subject.place(item)
    if item.name == "ARG":
        if value and _PLACEHOLDER.fullmatch(value):
            return
        text = f"the build argument `{name}` looks like a secret, and its value stays in the image's history"
        yield Finding("BP750", "warning", text, place, fix=_FIX)
    elif value is None or word.arguments:
        argument = next((name_of for name_of in re.findall(r"\w+", word.text) if _is_argument(stage, name_of)), None)
        if argument is not None and not (value and _PLACEHOLDER.fullmatch(value)):
            text = f"`{name}` looks like a secret, and the build argument `{argument}` puts its value into the image"
            yield Finding("BP750", "error", text, place, fix=_FIX)
    elif value and not _PLACEHOLDER.fullmatch(value):
        text = f"`{name}` looks like a secret, and everybody who can pull the image reads its value"
        yield Finding("BP750", "error", text, place, fix=_FIX)


def _is_argument(stage: Stage, name: str) -> bool:
    return any(name in item.names for item in stage.instructions if item.name == "ARG")


def _is_fingerprint(value: str | None) -> bool:
    return value is not None and _FINGERPRINT.fullmatch(value) is not None
