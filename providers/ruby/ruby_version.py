"""Which Ruby a project asks for.

Strongest first: what was configured; an exact `ruby` of the Gemfile, which Bundler insists on; `.ruby-version`,
`.tool-versions`, mise; `RUBY VERSION` of the lock file; a range of the Gemfile; the authors' Dockerfile;
where nothing asks, what the locked Rails runs on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.model.build_plan import Diagnostic
from buildplan.model.version_ranges import numbers_of, shown
from buildplan.read import base_image, data_table, version_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Origin, Sourced

    from .project import Project

_RELEASE = re.compile(r"(?:ruby[-@ ]?)?v?([0-9]{1,4}(?:\.[0-9]{1,4}){0,2})(?:-?p[0-9]{1,4})?", re.ASCII)
_EXACT = re.compile(r"=?\s*[0-9]{1,4}(?:\.[0-9]{1,4}){1,2}(?:-?p[0-9]{1,4})?", re.ASCII)
_OTHER = re.compile(r"(?:j|truffle|mini-?|m)ruby|rbx|rubinius|mruby|truffleruby", re.IGNORECASE)


def resolve(project: Project) -> Resolution:
    """Return the version of Ruby; raises VersionError for a request that cannot be met."""
    if project.gemfile is not None and project.gemfile.engine is not None:
        _other(project, project.gemfile.engine)
    requests = list(_requests(project)) or list(_limits(project))
    return versions.resolve("ruby", requests, project.reasons)


def _limits(project: Project) -> Iterator[Request]:
    """Return what an old Rails allows: the default is newer than it runs on."""
    rails = project.version("railties")
    if project.lock is None or not rails:
        return
    for row in data_table.read(__file__, "frameworks")["rails_limits"]:
        if rails < numbers_of(row["below"]):
            yield Request(row["ruby"], project.lock.origin("railties"), "gem")
            return


def _requests(project: Project) -> Iterator[Request]:
    tree, manifest = project.tree, project.gemfile
    asked = project.overrides.versions.get("ruby")
    if asked is not None:
        yield Request(asked.value, asked.origin, "npm")
    written = manifest.ruby if manifest is not None else ()
    for item in written:
        if _EXACT.fullmatch(item.value):
            yield Request(re.sub(r"-?p[0-9]+$", "", item.value.removeprefix("=").strip()), item.origin, "exact")
    named = manifest.ruby_file if manifest is not None else None
    paths = [".ruby-version"]
    if named is not None and named.value not in {".ruby-version", ".tool-versions"}:
        paths.insert(0, named.value)
    files = (
        *(version_files.single_line(tree, path) for path in paths),
        version_files.tool_versions(tree, "ruby"),
        version_files.mise(tree, "ruby"),
    )
    for found in files:
        request = _understood(project, found) if found is not None else None
        if request is not None:
            yield request
    if project.lock is not None and project.lock.ruby is not None:
        yield Request(_release(project.lock.ruby.value), project.lock.ruby.origin, "exact")
    for item in written:
        if not _EXACT.fullmatch(item.value):
            yield Request(item.value, item.origin, "gem")
    image = base_image.version(tree, "ruby")
    if image is not None:
        yield Request(image.value, image.origin, "exact")


def _release(text: str) -> str:
    match = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}", text)
    return match[0] if match else text


def _understood(project: Project, found: Sourced[str]) -> Request | None:
    """Return the request that a version file means; what is no release of CRuby is noted."""
    text = found.value.strip()
    match = _RELEASE.fullmatch(text)
    if match is not None:
        return Request(match[1], found.origin, "exact")
    if _OTHER.match(text):
        _other(project, found)
        return None
    return Request(text, found.origin, "npm")


def _other(project: Project, found: Sourced[str]) -> None:
    origin: Origin = found.origin
    text = f"`{shown(found.value)}` is not CRuby, and only CRuby's images are known"
    project.reasons.report(Diagnostic("BP605", "warning", text, origin, "write a version of CRuby, such as `3.4`"))
