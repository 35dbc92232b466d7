"""`buildplan check`: does a Dockerfile, ours or anybody's, still agree with the code beside it?

    from buildplan.drift.check import check, check_all, exit_code

Pure like the rest: nothing is written, run or asked for.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from buildplan import api
from buildplan.config import lock_file
from buildplan.config.options import Options
from buildplan.drift import contexts, discover, generated, ignore_comments, locked, settings, whole_files
from buildplan.drift.contexts import Context
from buildplan.drift.findings import Finding, ordered
from buildplan.drift.image_files import ImageFiles
from buildplan.drift.rules import base_images, contents, copies, package_managers, ports, secrets, start
from buildplan.drift.settings import Settings
from buildplan.drift.subject import Subject
from buildplan.errors import BuildplanError, ConfigError, FileError
from buildplan.model.origin import Origin
from buildplan.read import dockerfile_reader, own_dockerfile
from buildplan.source.folder import tree_of
from buildplan.write import recorded_options
from buildplan.write.merge import regenerate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildplan.model.build_plan import BuildPlan
    from buildplan.source import SourceTree

Status = Literal["in_sync", "drift", "unknown"]

RULES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    base_images.versions,
    base_images.ends_of_life,
    base_images.moving_tags,
    package_managers.installs,
    package_managers.pinned_managers,
    copies.paths,
    start.entry_files,
    start.scripts,
    start.process_one,
    ports.exposed,
    secrets.stored,
    contents.development_dependencies,
    contents.root_user,
    contents.system_libraries,
)
_UNKNOWN = {"BP700", "BP701", "BP702"}
_NO_OPTIONS = Options()
_NO_SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one Dockerfile; `unknown` when it cannot be told, and the findings say why.

    `in_sync` is about the code alone: there may be findings of other kinds. `failed` is what the project's settings and
    the call make of all of them.
    """

    path: str
    status: Status
    findings: tuple[Finding, ...] = ()
    failed: bool = False


def check(
    tree: SourceTree, path: str = "Dockerfile", options: Options = _NO_OPTIONS, asked: Settings = _NO_SETTINGS
) -> Report:
    """Return what is out of sync in a Dockerfile of the tree.

    `options` are those of the plan, instead of the ones that a generated file was written with. Raises ConfigError for
    a broken configuration and FileError when there is no such file; a Dockerfile that cannot be read is a finding.
    """
    return _Checking(tree, options, asked).report(path)


def check_all(
    tree: SourceTree,
    paths: Iterable[str] = (),
    options: Options = _NO_OPTIONS,
    asked: Settings = _NO_SETTINGS,
) -> tuple[Report, ...]:
    """Return a report for each Dockerfile: those at `paths` (files or directories), or all that the tree's apps have.

    Raises as `check`, and FileError for a path with no Dockerfile.
    """
    checking = _Checking(tree, options, asked)
    applied = asked.over(settings.read(tree))
    named = tuple(path.removeprefix("./").strip("/") for path in paths)
    around = whole_files.paths(tree)
    rest = tuple(path for path in named if path not in around)
    wanted = _paths(tree, rest, applied) if rest or not named else ()
    if not named or not {"", "."}.isdisjoint(named):
        kept = discover.not_excluded(around, applied.exclude)
    else:
        kept = tuple(path for path in around if path in named)
    whole = whole_files.WholeFiles(tree)
    return (
        *(checking.report(path) for path in wanted),
        *(_reported(path, whole.findings(path), applied) for path in kept),
    )


def _reported(path: str, findings: Iterable[Finding], applied: Settings) -> Report:
    found = ordered([finding for finding in findings if applied.keeps(finding)])
    failed = any(applied.is_failure(finding) for finding in found if finding.code not in _UNKNOWN)
    return Report(path, _status(found, applied), found, failed)


def exit_code(reports: Iterable[Report]) -> int:
    """Return 1 when a file has failed, 2 when none has and one cannot be told, else 0."""
    found = tuple(reports)
    if any(report.failed for report in found):
        return 1
    return 2 if any(report.status == "unknown" for report in found) else 0


def _paths(tree: SourceTree, paths: tuple[str, ...], applied: Settings) -> tuple[str, ...]:
    if not paths:
        return discover.dockerfiles(tree, applied.dockerfiles, applied.exclude)
    found: dict[str, None] = {}
    for path in paths:
        plain = path.removeprefix("./").strip("/")
        plain = "" if plain == "." else plain
        if tree.has(plain):
            found[plain] = None
            continue
        below = [
            item
            for item in discover.dockerfiles(tree, (), applied.exclude)
            if not plain or item.startswith(f"{plain}/")
        ]
        if not below:
            raise FileError(
                "there is no Dockerfile", origin=Origin(path), hint="name a Dockerfile, or a directory that has one"
            )
        found |= dict.fromkeys(below)
    return tuple(found)


def _status(found: tuple[Finding, ...], applied: Settings) -> Status:
    """Return how a file stands; what has surely drifted has, whatever else cannot be told."""
    if any(applied.is_drift(finding) for finding in found if finding.code not in _UNKNOWN):
        return "drift"
    return "unknown" if any(finding.code in _UNKNOWN for finding in found) else "in_sync"


class _Checking:
    """One run: a directory is planned once, however many Dockerfiles it has."""

    def __init__(self, tree: SourceTree, options: Options, asked: Settings) -> None:
        self._tree = tree
        self._options = options
        self._asked = asked
        self._plans: dict[tuple[str, str], BuildPlan | BuildplanError] = {}

    def report(self, path: str) -> Report:
        applied = self._asked.over(settings.read(self._tree, path.rpartition("/")[0]))
        return _reported(path, self._not_ignored(path), applied)

    def _not_ignored(self, path: str) -> Iterator[Finding]:
        found = list(self._findings(path))
        if any(finding.code in {"BP700", "BP701"} for finding in found):
            return iter(found)
        text = self._tree.text(path)
        ignoring = ignore_comments.comments(text, dockerfile_reader.read(self._tree, path))
        return ignore_comments.applied(path, found, ignoring)

    def _findings(self, path: str) -> Iterator[Finding]:
        if not self._tree.has(path):
            raise FileError("there is no such file", origin=Origin(path))
        try:
            dockerfile = dockerfile_reader.read(self._tree, path)
        except FileError as error:
            code = "BP701" if isinstance(error, dockerfile_reader.MergeConflictError) else "BP700"
            yield Finding(code, "error", error.problem, error.origin or Origin(path), None, error.hint)
            return
        text = self._tree.text(path)
        ours = own_dockerfile.is_ours(text)
        is_old = False
        context = contexts.find(self._tree, dockerfile)
        options = self._options
        if ours:
            try:
                recorded = recorded_options.read(path, text)
            except FileError as error:
                yield Finding("BP702", "error", error.problem, error.origin or Origin(path), None, error.hint)
                return
            if path != f"{recorded.directory}/{recorded_options.DOCKERFILE}".lstrip("/"):
                context = Context(recorded.directory, certain=True)
            options = recorded.options if options == _NO_OPTIONS else options
            for finding in self._generated(path, text, recorded.directory, options):
                is_old = is_old or finding.code == "BP760"
                yield finding
        files = ImageFiles(self._tree, dockerfile, context)
        plan = self._plan(context.directory if context.certain else path.rpartition("/")[0], options)
        known = None if isinstance(plan, BuildplanError) or not context.certain else plan
        subject = Subject(self._tree, dockerfile, context, files, known)
        edited = generated.edited_lines(text) if ours else frozenset[int]()
        for finding in (finding for rule in RULES for finding in rule(subject)):
            if not ours or finding.place.line in edited:
                yield finding if not ours else replace(finding, edits=())
            elif finding.kind != "drift":
                # The plan's own line: what the project asks for is its wish, and the plan says it as a note already.
                yield replace(finding, severity="info", edits=())
            elif not is_old:
                # The plan says it too, so that neither an edit nor generating it again would be a fix.
                asks = f"`buildplan explain {path}:{finding.place.line}`: it names what asks for this line"
                yield replace(finding, edits=(), fix=f"run {asks}; let that and the place above agree")

    def _plan(self, directory: str, options: Options) -> BuildPlan | BuildplanError:
        key = (directory, repr(options))
        if key not in self._plans:
            try:
                self._plans[key] = api.plan(tree_of(self._tree, directory), options)
            except ConfigError as error:
                # A wrong option that the file records is the matter of that file alone.
                if options == self._options or error.origin is None or not error.origin.path.startswith("<"):
                    raise
                self._plans[key] = error
            except BuildplanError as error:
                self._plans[key] = error
        return self._plans[key]

    def _plans_of(self, directory: str) -> tuple[str, list[BuildPlan]]:
        """Return the first of the Dockerfiles of ours with this build context, and the plans of all of them."""
        if not tree_of(self._tree, directory).has(lock_file.PATH):
            return "", []
        found: dict[str, BuildPlan] = {}
        for path in discover.dockerfiles(self._tree):
            text = self._tree.text_or_none(path) or ""
            try:
                recorded = recorded_options.read(path, text) if own_dockerfile.is_ours(text) else None
            except FileError:
                return "", []
            if recorded is not None and recorded.directory == directory:
                plan = self._plan(directory, recorded.options)
                if isinstance(plan, BuildplanError):
                    return "", []
                found[path] = plan
        return next(iter(found), ""), list(found.values())

    def _generated(self, path: str, text: str, directory: str, options: Options) -> Iterator[Finding]:
        plan = self._plan(directory, options)
        if isinstance(plan, BuildplanError):
            text = f"buildplan wrote this file, and no plan can be made now: {plan.problem}"
            yield Finding("BP702", "error", text, Origin(path, 1), plan.origin, plan.hint)
            return
        command = f"buildplan write --update{f' {shlex.quote(directory)}' if directory else ''}"
        yield from generated.differences(path, text, plan, directory, options.process, command)
        yield from locked.missing(path, plan, directory)
        first, plans = self._plans_of(directory)
        if path == first and options == recorded_options.read(path, text).options:
            yield from locked.unused(path, tree_of(self._tree, directory), plans, directory)
        ignore = recorded_options.ignore_file(path, directory)
        own = self._tree.text_or_none(ignore)
        status = regenerate(own, plan.dockerignore()).status
        if status not in {"unchanged", "foreign"}:
            said = "is missing" if own is None else "is not what the plan says now"
            yield Finding("BP761", "warning", f"{ignore} {said}", Origin(path, 1), None, f"run `{command}`")
