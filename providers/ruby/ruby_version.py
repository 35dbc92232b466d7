"""Which Ruby a project asks for.

Strongest first: what was configured; an exact `ruby` of the Gemfile, which Bundler insists on; `.ruby-version`,
`.tool-versions`, mise; `RUBY VERSION` of the lock file; a range of the Gemfile; the authors' Dockerfile;
where nothing asks, what the locked Rails runs on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue.versions import Request
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import dotted, numbers_of, shown
from buildplan.read import data_table, version_files

from . import project as projects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .project import Project

_RELEASE = re.compile(r"(?:ruby[-@ ]?)?v?([0-9]{1,4}(?:\.[0-9]{1,4}){0,2})(?:-?p[0-9]{1,4})?", re.ASCII)
_EXACT = re.compile(r"=?\s*[0-9]{1,4}(?:\.[0-9]{1,4}){1,2}(?:-?p[0-9]{1,4})?", re.ASCII)
_OTHER = re.compile(r"(?:j|truffle|mini-?|m)ruby|rbx|rubinius|mruby|truffleruby", re.IGNORECASE)


def resolve(project: Project) -> Resolution:
    """Return the version of Ruby; raises VersionError for a request that cannot be met."""
    if project.gemfile is not None and project.gemfile.engine is not None:
        _report_other(project.gemfile.engine, project.reasons)
    return versions.resolve(RUBY, Asking(project.tree, project, project.overrides, project.reasons))


def _exact(asking: Asking[Project]) -> Iterator[Request]:
    for item in _written(asking.facts):
        if _EXACT.fullmatch(item.value):
            text = re.sub(r"-?p[0-9]+$", "", item.value.removeprefix("=").strip())
            yield Request(text, item.origin, "exact", "range")


def _named_file(asking: Asking[Project]) -> Iterator[Request]:
    """Yield what `ruby file: "…"` of the Gemfile names, where that is not a file that is read anyway."""
    named = asking.facts.gemfile.ruby_file if asking.facts.gemfile is not None else None
    if named is not None and named.value not in {".ruby-version", ".tool-versions"}:
        found = version_files.single_line(asking.tree, named.value)
        request = _understood(found, asking.reasons) if found is not None else None
        if request is not None:
            yield request


def _locked(asking: Asking[Project]) -> Iterator[Request]:
    lock = asking.facts.lock
    if lock is not None and lock.ruby is not None:
        match = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}", lock.ruby.value)
        text = match[0] if match else lock.ruby.value
        # Bundler itself only rewrites it when another Ruby installs.
        yield Request(text, lock.ruby.origin, "exact", works=dotted(numbers_of(text)[:2]))


def _ranges(asking: Asking[Project]) -> Iterator[Request]:
    for item in _written(asking.facts):
        if not _EXACT.fullmatch(item.value):
            yield Request(item.value, item.origin, "gem", "range")


def _limits(asking: Asking[Project]) -> Iterator[Request]:
    """Yield what an old Rails allows: the default is newer than it runs on."""
    lock, rails = asking.facts.lock, asking.facts.version("railties")
    if lock is None or not rails:
        return
    for row in data_table.read(__file__, "frameworks")["rails_limits"]:
        if rails < numbers_of(row["below"]):
            yield Request(row["ruby"], lock.origin("railties"), "gem", "range")
            return


def _written(project: Project) -> tuple[Sourced[str], ...]:
    return project.gemfile.ruby if project.gemfile is not None else ()


def _understood(found: Sourced[str], reasons: Reasons) -> Request | None:
    """Return the request that a version file means; what is no release of CRuby is noted."""
    text = found.value.strip()
    match = _RELEASE.fullmatch(text)
    if match is not None:
        return Request(match[1], found.origin, "exact")
    if _OTHER.match(text):
        _report_other(found, reasons)
        return None
    return Request(text, found.origin, "npm")


def _report_other(found: Sourced[str], reasons: Reasons) -> None:
    text = f"`{shown(found.value)}` is not CRuby, and only CRuby's images are known"
    reasons.report(Diagnostic("BP605", "warning", text, found.origin, "write a version of CRuby, such as `3.4`"))


def _facts(tree: SourceTree, _: str) -> Project:
    return projects.read(tree, Overrides())


RUBY: Versions[Project] = Versions(
    "ruby",
    (
        versions.configured("ruby"),
        versions.declared(_exact),
        versions.declared(_named_file),
        versions.single_line(".ruby-version", understand=_understood),
        versions.tool_versions("ruby", understand=_understood),
        versions.mise("ruby", understand=_understood),
        versions.declared(_locked),
        versions.declared(_ranges),
        versions.own_dockerfile("ruby", grammar="exact"),
        versions.otherwise(_limits),
    ),
    _facts,
    inside=True,
)
VERSIONS = (RUBY,)
