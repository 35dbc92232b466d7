"""The package manager and the runtime: lock files, what manifests declare, versions, how it gets into the image."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.catalogue import tool_version
from buildplan.catalogue.versions import Request
from buildplan.errors import FileError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced, catalogue, rule
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import NotUnderstoodError, first_of, intervals, numbers_of, shown, span
from buildplan.read import yaml_document

from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.catalogue.versions import Kind, Resolution
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .workspaces import Workspace

    IsLocked = Callable[[str, str], bool]

    Finder = Callable[[Asking[tuple[Manifest, ...]]], Iterator[Request]]

# Lock files: which are there, in which format, and what their text says without being parsed whole.
#
# Sources, checked 2026-11-24:
# - npm: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json
# - the others: written and read by their own tools, see the table below


Name = Literal["npm", "pnpm", "yarn", "berry", "bun"]

# The strongest first: whoever has one of the later files beside it usually forgot to delete it. npm itself prefers
# npm-shrinkwrap.json, bun prefers bun.lock.
FILES: tuple[tuple[str, Name], ...] = (
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("npm-shrinkwrap.json", "npm"),
    ("package-lock.json", "npm"),
)
# The format stands in the first lines of every one of them.
_HEAD = 1000
_FORMAT = {
    "npm": re.compile(r'"lockfileVersion"\s{0,9}:\s{0,9}(\d{1,3})', re.ASCII),
    "pnpm": re.compile(r"^lockfileVersion:\s{0,9}['\"]?(\d{1,3}\.\d{1,3})", re.ASCII | re.MULTILINE),
    "berry": re.compile(r"^__metadata:\n\s{1,9}version: (\d{1,3})", re.ASCII | re.MULTILINE),
    "bun": re.compile(r'"lockfileVersion"\s{0,9}:\s{0,9}(\d{1,3})', re.ASCII),
}
# How lock files write a repository that git itself has to clone; an archive of one (`codeload`) needs no git.
_GIT_MARKS = (
    "git+ssh://",
    "git+https://",
    "git+http://",
    "git+file://",
    '"git://',
    ".git#",
    "type: git}",
    "type: git\n",
)
_GIT_RANGE = re.compile(r"git[+:@]|(?:github|gitlab|bitbucket|gist):|[\w-][\w.-]*/[\w.-]+(?:#.*)?$", re.ASCII)
_REMOTE_RANGE = re.compile(r"https?://", re.ASCII)
_MAX_NAMED = 200


class Lockfile(NamedTuple):
    """A lock file. `format` is the number that it names itself, None where it names none (`bun.lockb`)."""

    path: str
    manager: Name
    format: str | None
    origin: Origin


class Format(NamedTuple):
    """What is known of a format: the releases that read it (a range), and which one to install."""

    reads: str
    line: str | None = None
    install: str | None = None


# Lock file formats: which releases of the manager accept a lock file in a frozen install, and the newest of them.
# Where `install` is missing the newest release of `line` in our table of tools is taken.
# Source, checked 2026-11-24: each format written and read by pnpm 6-12, Yarn 2.4-4.18, Bun 1.1-1.4, npm 10-12 on small
# projects; pnpm.io/next/lockfile-format for pnpm 5 and 6.
_FORMATS: dict[Name, dict[str, Format]] = {
    "npm": {
        "1": Format(reads=">=5"),
        "2": Format(reads=">=5"),
        "3": Format(reads=">=7", line="10"),
    },
    "pnpm": {
        "5.1": Format(reads="3 - 6", line="6"),
        "5.2": Format(reads="5 - 6", line="6"),
        "5.3": Format(reads="6", line="6"),
        "5.4": Format(reads="7", line="7"),
        "6.0": Format(reads="8 - 9", line="8"),
        "6.1": Format(reads="8 - 9", line="8"),
        # 9 is dead, 11 and 12 refuse dependencies' install scripts that the project did not allow in a newer key.
        "9.0": Format(reads=">=9", line="10"),
    },
    # Yarn 2 and newer want exactly the format that they write.
    "berry": {
        "4": Format(reads="2 || 3.0", line="2"),
        "5": Format(reads="3.1", install="3.1.1"),
        "6": Format(reads=">=3.2 <4", line="3"),
        "8": Format(reads=">=4.0 <4.14", install="4.13.0"),
        "9": Format(reads=">=4.14 <4.16", install="4.15.0"),
        "10": Format(reads=">=4.16", line="4"),
    },
    "yarn": {
        "1": Format(reads="1", line="1"),
    },
    "bun": {
        "0": Format(reads=">=1.1.39", line="1"),
        "1": Format(reads=">=1.2", line="1"),
        "2": Format(reads=">=1.4", line="1"),
    },
}


def known_format(manager: Name, number: str | None) -> Format | None:
    """Return what is known of a manager's lock file format, or None."""
    return _FORMATS[manager].get(number) if number is not None else None


def found_lockfiles(tree: SourceTree, directory: str = "") -> tuple[Lockfile, ...]:
    """Return the lock files in a directory, the strongest first; one per manager."""
    prefix = f"{directory}/" if directory else ""
    names = tree.directory(directory).files
    seen: dict[Name, Lockfile] = {}
    for name, manager in FILES:
        if name in names and manager not in seen:
            seen[manager] = _read(tree, prefix + name, manager)
    return tuple(seen.values())


def _read(tree: SourceTree, path: str, manager: Name) -> Lockfile:
    if path.endswith(".lockb"):
        return Lockfile(path, manager, None, Origin(path))
    head = tree.text(path)[:_HEAD]
    if manager == "yarn":
        if "# yarn lockfile v1" in head:
            return Lockfile(path, "yarn", "1", Origin(path))
        directory = path.rpartition("/")[0]
        berry = "__metadata:" in head or tree.has(f"{directory}/.yarnrc.yml" if directory else ".yarnrc.yml")
        manager = "berry" if berry else "yarn"
    pattern = _FORMAT.get(manager)
    match = pattern.search(head) if pattern else None
    if match is None:
        return Lockfile(path, manager, None, Origin(path))
    line = head.count("\n", 0, match.start(1)) + 1
    return Lockfile(path, manager, match[1], Origin(path, line))


def unprefixed_checksums(tree: SourceTree, path: str) -> bool:
    """Return whether a Yarn lock file holds checksums as only Yarn 4.0 wrote them, without their cache key."""
    text = tree.text(path)
    start = text.find("\n  checksum: ")
    return start >= 0 and "/" not in text[start : text.find("\n", start + 1)]


def with_install_scripts(tree: SourceTree, path: str) -> tuple[Sourced[str], ...]:
    """Return the packages that a `package-lock.json` marks as having install scripts, sorted by name.

    A file without the mark is not parsed.
    """
    text = tree.text(path)
    if '"hasInstallScript"' not in text:
        return ()
    from buildplan.read import json_document

    packages = json_document.read(tree, path).table("packages")
    names: dict[str, str] = {}
    for key, entry in packages.items():
        if isinstance(entry, dict) and entry.get("hasInstallScript") is True and "node_modules/" in key:
            own = entry.get("name")
            names.setdefault(own if isinstance(own, str) else key.rpartition("node_modules/")[2], key)
    return tuple(Sourced(name, _place(text, path, f'"{key}"')) for name, key in sorted(names.items())[:_MAX_NAMED])


def _place(text: str, path: str, word: str) -> Origin:
    position = text.find(word)
    return Origin(path, text.count("\n", 0, position) + 1 if position >= 0 else None)


def from_git(tree: SourceTree, path: str | None, manifests: tuple[Manifest, ...]) -> Origin | None:
    """Return where a dependency is taken from a git repository, so that the install needs `git`; None when none is."""
    if path is not None and not path.endswith(".lockb"):
        text = tree.text(path)
        position = next((at for at in map(text.find, _GIT_MARKS) if at >= 0), -1)
        return Origin(path, text.count("\n", 0, position) + 1) if position >= 0 else None
    for manifest in manifests:
        for field, name, range_ in _ranges(manifest):
            if _GIT_RANGE.match(range_):
                return manifest.origin(field, name)
    return None


def from_address(manifests: tuple[Manifest, ...]) -> tuple[Sourced[str], ...]:
    """Return the direct dependencies that are taken from a plain web address."""
    return tuple(
        Sourced(name, manifest.origin(field, name))
        for manifest in manifests
        for field, name, range_ in _ranges(manifest)
        if _REMOTE_RANGE.match(range_) and not range_.endswith(".git") and ".git#" not in range_
    )


def _ranges(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    for field, table in (
        ("dependencies", manifest.dependencies),
        ("optionalDependencies", manifest.optional_dependencies),
        ("devDependencies", manifest.dev_dependencies),
    ):
        for name, range_ in table.items():
            yield field, name, range_


def unlocked(
    tree: SourceTree, lock: Lockfile, manifests: tuple[Manifest, ...], local: frozenset[str]
) -> tuple[Sourced[str], ...]:
    """Return the dependencies, as `name@range`, that the lock file does not hold with this range.

    A frozen install stops at each of them. `manifests` begin with the root's; `local` are names of packages of the
    workspace itself. Only what can be told without parsing the whole file and without the manager's own rules
    (catalogs, overrides, resolutions, protocols) is told; the rest counts as locked.
    """
    if lock.path.endswith(".lockb") or _is_rewritten(tree, lock, manifests[0]):
        return ()
    result: list[Sourced[str]] = []
    for manifest in manifests:
        is_locked = _predicate(tree, lock, manifest)
        if is_locked is None:
            continue
        result.extend(
            Sourced(f"{name}@{range_}", manifest.origin(field, name))
            for field, name, range_ in _ranges(manifest)
            if name not in local and ":" not in range_ and "/" not in range_ and not is_locked(name, range_)
        )
    return tuple(result)


def _is_rewritten(tree: SourceTree, lock: Lockfile, root: Manifest) -> bool:
    """Whether ranges in the lock file may differ from those in the manifests by the project's own wish."""
    document = root.document
    pnpm = document.get("pnpm")
    if isinstance(pnpm, dict) and ("overrides" in pnpm or "packageExtensions" in pnpm):
        return True
    if document.get("overrides") or document.get("resolutions"):
        return True
    return (
        lock.manager == "pnpm"
        and re.search(r"^(?:overrides|pnpmfileChecksum):", tree.text(lock.path), re.MULTILINE) is not None
    )


def _predicate(tree: SourceTree, lock: Lockfile, manifest: Manifest) -> IsLocked | None:
    """Return what tells whether a name with a range is locked for the manifest, or None where the file does not say."""
    text = tree.text(lock.path)
    if lock.manager == "npm":
        return _npm_predicate(text, manifest, lock.format)
    if lock.manager == "pnpm":
        return _pnpm_predicate(text, manifest)
    if lock.manager == "bun":
        head = text[: text.find('"packages": {')]
        return lambda name, range_: f"{json.dumps(name)}: {json.dumps(range_)}" in head
    protocol = "npm:" if lock.manager == "berry" else ""
    return lambda name, range_: _is_listed(text, f"{name}@{protocol}{range_}")


def _is_listed(text: str, descriptor: str) -> bool:
    """Whether a Yarn lock file has an entry for the descriptor: `a@^1, a@^2:`, `"@x/a@^1":`."""
    start = text.find(descriptor)
    while start >= 0:
        end = start + len(descriptor)
        if text[start - 1 : start] in {"", "\n", " ", '"'} and text[end : end + 1] in {":", ",", '"'}:
            return True
        start = text.find(descriptor, end)
    return False


def _npm_predicate(text: str, manifest: Manifest, number: str | None) -> IsLocked | None:
    """Read the lock file's copy of one manifest: the entry of its directory among `packages`.

    The first format has no such entry, only the packages themselves.
    """
    if number == "1" and not manifest.directory:
        return lambda name, range_: _npm_fits(text, (name,), range_)
    start = text.find(f"\n    {json.dumps(manifest.directory)}: {{")
    if start < 0:
        return None
    try:
        entry, _ = json.JSONDecoder().raw_decode(text, text.index("{", start))
    except (ValueError, RecursionError):
        return None
    ranges: dict[str, Any] = {}
    for field in ("devDependencies", "optionalDependencies", "dependencies"):
        table = entry.get(field)
        ranges |= table if isinstance(table, dict) else {}

    def is_locked(name: str, range_: str) -> bool:
        keys = (f"{manifest.directory}/node_modules/{name}", f"node_modules/{name}")
        return ranges.get(name) == range_ or _npm_fits(text, keys, range_)

    return is_locked


def _npm_fits(text: str, keys: tuple[str, ...], range_: str) -> bool:
    """Whether the locked version fits another range than the one that was locked: npm takes it then."""
    for key in keys:
        start = text.find(f"\n    {json.dumps(key)}: {{")
        if start >= 0:
            version = re.compile(r'"version": "([^"\n]{1,100})"').search(text, start, start + _HEAD)
            return version is None or accepts(range_, version[1])
    return False


def accepts(range_: str, version: str) -> bool:
    """Return whether an exact version is in a range; true for what is no range (`latest`)."""
    try:
        allowed = intervals(range_, "npm")
    except NotUnderstoodError:
        return True
    own = span(first_of(numbers_of(version)))
    return any(interval.overlaps(own) for interval in allowed)


def _pnpm_predicate(text: str, manifest: Manifest) -> IsLocked | None:
    """Read the lock file's copy of one manifest: its importer, or the top of the file in a plain older project."""
    end = text.find("\npackages:\n")
    head = text[: end if end >= 0 else len(text)]
    if "\n      specifier: " not in head and "\n        specifier: " not in head:
        return None
    start = head.find("\nimporters:\n")
    if start >= 0:
        start = head.find(f"\n  {manifest.directory or '.'}:\n", start)
        if start < 0:
            return None
        next_importer = re.compile(r"\n  \S").search(head, start + 1)
        head = head[start : next_importer.start() if next_importer else len(head)]
    elif manifest.directory:
        return None

    def is_locked(name: str, range_: str) -> bool:
        return any(
            f"{key}:\n{indent}specifier: {value}\n" in head
            for key in (f" {name}", f" '{name}'")
            for value in (range_, f"'{range_}'", f'"{range_}"')
            for indent in ("      ", "        ")
        )

    return is_locked


# What manifests say about the package manager: `packageManager`, `devEngines`, `volta`, `engines`.
#
# Sources, checked 2026-11-24:
# - packageManager: https://github.com/nodejs/corepack#when-authoring-packages (`pnpm@10.34.5+sha512.…`)
# - devEngines: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#devengines
# - volta: https://docs.volta.sh/guide/understanding#managing-your-project


Tool = Literal["npm", "pnpm", "yarn", "bun"]
TOOLS: tuple[Tool, ...] = ("npm", "pnpm", "yarn", "bun")
_FIELD = re.compile(r"([a-z][a-z0-9_-]{0,50})(?:@([^@\n]{1,300}))?")
_VERSION = re.compile(
    r"[vV]?(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,100})?)(?:\+[0-9A-Za-z.+/=_-]{0,250})?", re.ASCII
)
_RANGE = re.compile(r"[0-9A-Za-z.^~<>=|* +-]{1,100}", re.ASCII)


class Declared(NamedTuple):
    """A package manager that a manifest names; `request` is an exact version or a range, None where it says none."""

    tool: Tool
    request: str | None
    origin: Origin


def exact_version(text: str) -> str | None:
    """Return the version in `v10.1.0+sha512.…` without its prefix and hash; None when it is no exact version."""
    match = _VERSION.fullmatch(text.strip())
    return match[1] if match else None


def manager(root: Manifest, reasons: Reasons) -> Declared | None:
    """Return the package manager that the root demands, `packageManager` before `devEngines`.

    Raises FileError for a text that names no package manager, or a value of a wrong type.
    """
    return _field(root, reasons) or next(_dev_engines(root, reasons), None)


def _field(root: Manifest, reasons: Reasons) -> Declared | None:
    field = root.document.string("packageManager")
    if field is None or not field.value.strip():
        return None
    text = field.value.strip()
    match = _FIELD.fullmatch(text)
    request = match[2] if match else None
    if match is None or (request is not None and exact_version(request) is None and not _is_plain(request)):
        raise FileError(
            f"`packageManager` is `{shown(text)}`; expected a name and a version",
            origin=field.origin,
            hint="write the name, `@` and an exact version: `pnpm@10.34.9`",
        )
    tool = _tool(match[1], field.origin, "packageManager", reasons)
    if tool is None:
        return None
    if request is None or exact_version(request) is None:
        reasons.report(
            Diagnostic(
                "BP614",
                "info",
                f"`packageManager` is `{shown(text)}`, which is no exact version; Corepack refuses it",
                field.origin,
                "write the exact version, as in `pnpm@10.34.9`",
            )
        )
    return Declared(tool, request if request is None or not request.startswith("http") else None, field.origin)


def _is_plain(request: str) -> bool:
    """Whether it is a range, a tag, or the address of a release, as Corepack allows for Yarn."""
    return _RANGE.fullmatch(request) is not None or re.fullmatch(r"https?://[^\s;'\"`$\\]+", request) is not None


def _tool(name: str, origin: Origin, field: str, reasons: Reasons) -> Tool | None:
    for tool in TOOLS:
        if tool == name:
            return tool
    reasons.report(
        Diagnostic(
            "BP614",
            "warning",
            f"`{field}` names `{shown(name)}`, which is no package manager that can be planned; it is ignored",
            origin,
            f"name one of {', '.join(f'`{tool}`' for tool in TOOLS)}",
        )
    )
    return None


def _dev_engines(root: Manifest, reasons: Reasons) -> Iterator[Declared]:
    value: Any = root.document.table("devEngines").get("packageManager")
    if value is None:
        return
    for index, entry in enumerate(value if isinstance(value, list) else [value]):
        keys = ("devEngines", "packageManager", *((index,) if isinstance(value, list) else ()))
        if not isinstance(entry, dict):
            raise root.document.wrong_type(keys, entry, "a table with `name` and `version`")
        name = root.document.string(*keys, "name")
        version = root.document.string(*keys, "version")
        if name is None:
            continue
        tool = _tool(name.value, name.origin, "devEngines.packageManager.name", reasons)
        if tool is not None:
            yield Declared(tool, version.value if version else None, (version or name).origin)


def weaker_requests(root: Manifest, tool: Tool) -> Iterator[Declared]:
    """Yield weaker requests for a version of this tool, the stronger first: `volta`, then `engines`."""
    for field in ("volta", "engines"):
        table = root.document.get(field)
        value = table.get(tool) if isinstance(table, dict) else None
        if isinstance(value, str) and value.strip() not in {"", "bundled"}:
            yield Declared(tool, value, root.origin(field, tool))


# Yarn 2 and newer: what `.yarnrc.yml` and the folder `.yarn` say.
#
# Sources, checked 2026-11-24:
# - https://yarnpkg.com/configuration/yarnrc (`nodeLinker`, `yarnPath`)
# - https://yarnpkg.com/features/caching#zero-installs


Linker = Literal["node-modules", "pnp", "pnpm"]
LINKERS: tuple[Linker, ...] = ("node-modules", "pnp", "pnpm")
_RELEASE = re.compile(r"yarn-(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,100})?)\.c?js", re.ASCII)


def settings(tree: SourceTree) -> dict[str, Sourced[object]] | None:
    """Return Yarn's settings with their places, or None where there is no `.yarnrc.yml`."""
    if not tree.has(".yarnrc.yml"):
        return None
    document = yaml_document.read(tree, ".yarnrc.yml")
    return {key: Sourced(value, document.origin(key)) for key, value in document.data.items()}


def vendored_yarn(tree: SourceTree, yarnrc: dict[str, Sourced[object]] | None, reasons: Reasons) -> str | None:
    """Return the release of Yarn that the project holds, or None; one that is missing is reported."""
    setting = (yarnrc or {}).get("yarnPath")
    if setting is None or not isinstance(setting.value, str):
        return None
    path = manifests.path_word(setting.value.removeprefix("./"), setting.origin)
    if ".." not in path.split("/") and tree.has(path):
        return path
    reasons.report(
        Diagnostic(
            "BP617",
            "warning",
            f"`yarnPath` is `{path}`, which is not in the source tree; no Yarn command will work",
            setting.origin,
            "commit the file, or remove the setting and name the version in `packageManager`",
        )
    )
    return None


def release(path: str | None) -> str | None:
    """Return the version in the name of a vendored release: `4.5.0` for `.yarn/releases/yarn-4.5.0.cjs`."""
    match = _RELEASE.fullmatch(path.rpartition("/")[2]) if path else None
    return match[1] if match else None


def linker(yarnrc: dict[str, Sourced[object]] | None, reasons: Reasons) -> Linker:
    """Return how the packages are laid out; Plug'n'Play is Yarn's default."""
    setting = (yarnrc or {}).get("nodeLinker")
    if setting is None:
        return "pnp"
    for known in LINKERS:
        if setting.value == known:
            return known
    reasons.report(
        Diagnostic(
            "BP617",
            "warning",
            f"`nodeLinker` is `{shown(str(setting.value))}`, which Yarn does not know",
            setting.origin,
            "write `node-modules` or `pnp`",
        )
    )
    return "node-modules"


def has_focus_plugin(tree: SourceTree) -> bool:
    """Return whether the project holds the plugin that gives Yarn 2 and 3 `yarn workspaces focus`."""
    return any("workspace-tools" in name for name in tree.directory(".yarn/plugins/@yarnpkg").files)


def is_zero_install(tree: SourceTree) -> bool:
    """Return whether the project holds its packages itself."""
    return any(path.endswith(".zip") for path in tree.directory(".yarn/cache").files)


# Which version of a package manager to install.
#
# An exact request is taken as it is. A range is answered with the version that reads the lock file, else with our
# default
# line, where the range allows them: the newest release of all may refuse what the project was made with.


# Where neither the project nor its lock file says more. pnpm 11 and 12 refuse what older projects allowed.
_DEFAULT_LINES: dict[Name, str] = {"npm": "10", "pnpm": "10", "yarn": "1", "berry": "4", "bun": "1"}
# npm 6, which does not read the third lock format, comes with Node up to 14.
_LAST_NODE_WITH_NPM_6 = 14
_YARN_2 = 2
# What allows every version leaves the choice to the lock file.
_ANY = frozenset({"*", "x", "X"})


def tool_of(manager: Name) -> Tool:
    """Return what the field `packageManager` calls it: both Yarns are `yarn` there."""
    return "yarn" if manager == "berry" else manager


class Said(NamedTuple):
    """What the root's manifest says of managers; `manager` is the one that it demands."""

    root: Manifest
    manager: Declared | None


def demands(tool: Tool) -> Versions[Said]:
    """Return who can ask for a version of the tool that is meant for this machine too, the strongest first."""

    def manager(asking: Asking[Said]) -> Iterator[Request]:
        wanted = asking.facts.manager
        if wanted is not None and wanted.tool == tool and wanted.request:
            yield Request(wanted.request, wanted.origin)

    return Versions(tool, (versions.configured(tool), versions.declared(manager)), _said)


def hints(tool: Tool) -> Versions[Said]:
    """Return who can ask for a version of the tool that is meant for developers first, the strongest first."""

    def pinned(asking: Asking[Said]) -> Iterator[Request]:
        for entry in weaker_requests(asking.facts.root, tool):
            # An `engines` range for npm is a floor for developers; the image's own npm is newer.
            if entry.request and not (tool == "npm" and entry.origin.key == "engines.npm"):
                kind: Kind = "range" if str(entry.origin.key).startswith("engines") else "pin"
                yield Request(entry.request, entry.origin, "npm", kind)

    own = (versions.single_line(".bun-version"),) if tool == "bun" else ()
    rows = (*own, versions.tool_versions(tool), versions.mise(tool, f"npm:{tool}"), versions.declared(pinned))
    return Versions(tool, rows, _said)


def _said(tree: SourceTree, directory: str) -> Said:
    root = manifests.read(tree, directory)
    return Said(root, manager(root, Reasons()))


def name_of(
    tool: Tool,
    demanded: tuple[Request, ...],
    hinted: tuple[Request, ...],
    lock: Lockfile | None,
    *,
    is_berry: bool,
) -> Name:
    """Return which of the two Yarns it is, or the tool itself.

    A lock file and `.yarnrc.yml` (`is_berry`) say it better than a range in `engines`, but not than a demand.
    """
    if tool != "yarn":
        return tool
    named = _yarn_of(demanded)
    if named is not None:
        return named
    if is_berry:
        return "berry"
    return lock.manager if lock is not None else _yarn_of(hinted) or "yarn"


def _yarn_of(requests: tuple[Request, ...]) -> Name | None:
    for request in requests:
        numbers = numbers_of(request.text.strip().lstrip("vV^~>=< "))
        if numbers:
            return "yarn" if numbers[0] < _YARN_2 else "berry"
    return None


def resolve_version(
    name: Name, requests: tuple[Request, ...], lock: Lockfile | None, node_version: str, reasons: Reasons
) -> str | None:
    """Return the exact version to install, and note why; None for npm when the image's own will do."""
    tool = tool_of(name)
    fallbacks = tuple(_fallbacks(name, lock, node_version))
    for request in requests:
        if request.text.strip() in _ANY:
            continue
        found = _answer(tool, request.text.strip(), fallbacks, node_version)
        if found is not None and not _is_package(name, found[0]):
            continue
        if found is not None:
            reasons.decide(f"{tool}.version", found[0], request.origin, found[1])
            return found[0]
        reasons.report(
            Diagnostic(
                "BP614",
                "warning",
                f"`{shown(request.text)}` is no version of {tool} that is known; it is ignored",
                request.origin,
                f"write an exact version of {tool}",
            )
        )
    if name == "npm":
        return _npm_for(lock, node_version, reasons)
    for version, origin, why in fallbacks:
        reasons.decide(f"{tool}.version", version, origin, why)
        return version
    return None


def _is_package(name: Name, version: str) -> bool:
    """Return whether the package of that name has the version: Yarn 1 and the later ones are two packages."""
    return tool_of(name) != "yarn" or (numbers_of(version)[:1] >= (_YARN_2,)) == (name == "berry")


def _fallbacks(name: Name, lock: Lockfile | None, node_version: str) -> Iterator[tuple[str, Origin, str]]:
    """Yield versions that nobody asked for, with their reasons: what reads the lock file, our line, the newest."""
    tool = tool_of(name)
    row = known_format(lock.manager, lock.format) if lock is not None and lock.manager == name else None
    if lock is not None and row is not None:
        version = row.install or (tool_version(tool, row.line, on=node_version) if row.line else None)
        if version is not None:
            yield version, lock.origin, "the newest version that reads this lock file"
    for line in (_DEFAULT_LINES[name], "latest"):
        version = tool_version(tool, line, on=node_version)
        if version is not None:
            yield version, catalogue(f"tools.{tool}"), "the default version"


def _answer(
    tool: Tool, wish: str, fallbacks: tuple[tuple[str, Origin, str], ...], node_version: str
) -> tuple[str, str] | None:
    """Return the version for a request, and the rule; None when it is not understood."""
    exact = exact_version(wish)
    if exact is not None:
        return exact, "the exact version that was asked for"
    newest = tool_version(tool, wish, on=node_version) or tool_version(tool, wish)
    if newest is None:
        return None
    is_range = any(character.isdigit() for character in wish)
    for version, _, why in fallbacks if is_range else ():
        if accepts(wish, version):
            return version, f"{why}, within the requested range"
    return newest, "a version in the requested range"


def _npm_for(lock: Lockfile | None, node_version: str, reasons: Reasons) -> str | None:
    numbers = numbers_of(node_version)
    if lock is None or lock.format != "3" or not numbers or numbers[0] > _LAST_NODE_WITH_NPM_6:
        return None
    version = tool_version("npm", ">=7", on=node_version)
    if version is not None:
        reasons.decide("npm.version", version, lock.origin, "the npm of this Node is too old for the lock file")
    return version


def major_version(name: Name, version: str | None, lock: Lockfile | None, node_version: str) -> int | None:
    """Return the major version of what will run, as far as it can be known before."""
    numbers = numbers_of(version) if version else ()
    if numbers:
        return numbers[0]
    node = numbers_of(node_version)
    if name == "npm" and node and node[0] <= _LAST_NODE_WITH_NPM_6:
        return 6
    if name != "berry" or lock is None:
        return 1 if name == "yarn" else None
    row = known_format("berry", lock.format)
    text = (row.install or row.line) if row else None
    return numbers_of(text)[0] if text else None


BUN: Versions[Said] = Versions("bun", (*demands("bun").sources, *hints("bun").sources), _said)
MANAGER_VERSIONS = (BUN,)

# Package managers: which one a project uses, in which version, and how it gets into the image.
#
# Corepack is not used: Node 25 and newer do not have it, and it asks the network for what `packageManager` already
# says.
#
# Sources, checked 2026-11-24:
# - what the images hold: https://github.com/nodejs/docker-node (Yarn 1 up to Node 24)
# - yarnPath: https://yarnpkg.com/configuration/yarnrc#yarnPath (Yarn 1 starts the release that it names)
# - lock file formats: `lockfiles`


YARN_1 = "1.22.22"
# The newest Node whose image holds Yarn 1.
_LAST_NODE_WITH_YARN = 24
_TITLES = {"npm": "npm", "pnpm": "pnpm", "yarn": "Yarn 1", "berry": "Yarn", "bun": "Bun"}


class PackageManager(NamedTuple):
    """The package manager of a project.

    `yarn` is Yarn 1, `berry` any later Yarn. `version` is the exact one to install; None is the one that comes with
    the runtime (npm), or with the project (`vendored`, a path below `.yarn/releases`). `major` is None where only the
    image knows. `zero_install`: the project holds the packages itself, below `.yarn/cache`. `can_focus`: this Yarn
    can install for one package of a workspace, and without development dependencies.
    """

    name: Name
    version: str | None
    lockfile: str | None
    origin: Origin
    major: int | None = None
    linker: Linker = "node-modules"
    zero_install: bool = False
    vendored: str | None = None
    can_focus: bool = False

    @property
    def title(self) -> str:
        """What a sentence calls it: `pnpm 10`, `Yarn 1`."""
        title = _TITLES[self.name]
        return title if self.major is None or self.name == "yarn" else f"{title} {self.major}"


def choose(
    tree: SourceTree, workspace: Workspace, overrides: Overrides, node_version: str, reasons: Reasons
) -> PackageManager:
    """Return the package manager; `node_version` is the resolved one (`24`, `24.18.2`).

    Raises FileError for a lock file that cannot be read, and for fields that name no package manager.
    """
    locks = found_lockfiles(tree)
    wanted = manager(workspace.root, reasons)
    tool, origin, why = _manager_tool(tree, workspace, wanted, locks)
    yarnrc = settings(tree)
    asking = Asking(tree, Said(workspace.root, wanted), overrides, reasons)
    demanded = tuple(versions.requests(demands(tool), asking))
    hinted = tuple(versions.requests(hints(tool), asking))
    lock = next((entry for entry in locks if tool_of(entry.manager) == tool), None)
    vendored = vendored_yarn(tree, yarnrc, reasons) if tool == "yarn" else None
    name = name_of(tool, demanded, hinted, lock, is_berry=yarnrc is not None)
    requests = (*demanded, *hinted)
    version = None if vendored else resolve_version(name, requests, lock, node_version, reasons)
    major = major_version(name, version or release(vendored), lock, node_version)
    runners_up = tuple(RunnerUp(entry.path, entry.origin, "another lock file") for entry in locks if entry is not lock)
    result = PackageManager(
        name=name,
        version=version,
        lockfile=lock.path if lock else None,
        origin=origin,
        major=major,
        linker=linker(yarnrc, reasons) if name == "berry" else "node-modules",
        zero_install=name == "berry" and is_zero_install(tree),
        vendored=vendored,
        can_focus=name == "berry" and ((major or 0) >= 4 or has_focus_plugin(tree)),  # noqa: PLR2004  # Yarn 4
    )
    reasons.decide("node.package_manager", result.title, origin, why, runners_up)
    _report_locks(result, wanted, lock, locks, reasons)
    _report_format(result, lock, release(vendored), reasons)
    _report_runtime(result, node_version, reasons)
    return result


def _manager_tool(
    tree: SourceTree, workspace: Workspace, wanted: Declared | None, locks: tuple[Lockfile, ...]
) -> tuple[Tool, Origin, str]:
    """Return the tool, where it is said, and the rule."""
    if wanted is not None:
        return wanted.tool, wanted.origin, "the package manager that the manifest names"
    if locks:
        lock, why = _trusted(tree, workspace, locks)
        return tool_of(lock.manager), Origin(lock.path), why
    if workspace.kind == "pnpm":
        return "pnpm", Origin("pnpm-workspace.yaml"), "only pnpm reads the workspace file"
    if tree.has(".yarnrc.yml"):
        return "yarn", Origin(".yarnrc.yml"), "only Yarn reads its configuration file"
    for tool in ("pnpm", "yarn", "bun"):
        entry = next(weaker_requests(workspace.root, tool), None)
        if entry is not None:
            return tool, entry.origin, "the package manager that the manifest asks for"
    return "npm", rule("node.package_manager"), "npm comes with Node, and nothing names another package manager"


def _trusted(tree: SourceTree, workspace: Workspace, locks: tuple[Lockfile, ...]) -> tuple[Lockfile, str]:
    """Return the lock file to go by, and why: of several, the first that is in step with the manifests."""
    if len(locks) > 1:
        for lock in locks:
            if not unlocked(tree, lock, workspace.manifests, workspace.names):
                return lock, "the package manager whose lock file is up to date"
    return locks[0], "the package manager whose lock file is committed"


def _report_locks(
    pm: PackageManager,
    wanted: Declared | None,
    lock: Lockfile | None,
    locks: tuple[Lockfile, ...],
    reasons: Reasons,
) -> None:
    if wanted is not None and lock is None and locks:
        reasons.report(
            Diagnostic(
                "BP611",
                "warning",
                f"the manifest names {_TITLES[pm.name]}, which does not read the only lock file, `{locks[0].path}`",
                wanted.origin,
                f"run the install of {_TITLES[pm.name]}, commit its lock file, and delete `{locks[0].path}`",
            )
        )
    elif len(locks) > 1:
        names = ", ".join(f"`{entry.path}`" for entry in locks)
        kept = lock.path if lock else locks[0].path
        reasons.report(
            Diagnostic(
                "BP610",
                "warning",
                f"there are several lock files: {names}; `{kept}` is used",
                Origin(kept),
                "delete the lock files of the package managers that are not used",
            )
        )


def _report_format(pm: PackageManager, lock: Lockfile | None, release: str | None, reasons: Reasons) -> None:
    """Report a lock file that the version to install will not take as it is."""
    version = pm.version or release
    if lock is None or lock.format is None:
        return
    row = known_format(lock.manager, lock.format)
    if row is None:
        text = f"`{lock.path}` has the format {lock.format}, which is newer than this release of buildplan"
        fix = "name the version that wrote it in `packageManager`"
    elif version is not None and (lock.manager != pm.name or not accepts(row.reads, version)):
        text = f"`{lock.path}` has the format {lock.format}, which {pm.title} ({version}) does not take as it is"
        fix = f"install with the version that is pinned and commit `{lock.path}`, or pin one that fits"
    else:
        return
    reasons.report(Diagnostic("BP613", "warning", text, lock.origin, fix))


def _report_runtime(pm: PackageManager, node_version: str, reasons: Reasons) -> None:
    """Report a manager whose whole major line does not run on the Node that was resolved."""
    if pm.version is None or pm.major is None:
        return
    tool, line = tool_of(pm.name), str(pm.major)
    if tool_version(tool, line) is not None and tool_version(tool, line, on=node_version) is None:
        reasons.report(
            Diagnostic(
                "BP616",
                "warning",
                f"{pm.title} does not run on Node {node_version}",
                pm.origin,
                f"ask for a newer Node, or pin an older {_TITLES[pm.name]}",
            )
        )


def setup_commands(pm: PackageManager, node_version: str) -> tuple[str, ...]:
    """Return the commands that install the manager itself; empty when it is there already."""
    has_yarn = _node_major(node_version) <= _LAST_NODE_WITH_YARN
    force = "--force " if has_yarn else ""
    if pm.name in {"yarn", "berry"} and (pm.vendored or pm.version in {None, YARN_1}):
        # Yarn 1 is in the image; where the project holds a release of Yarn, it starts that one.
        return () if has_yarn else (f"npm install -g yarn@{YARN_1}",)
    if pm.version is None:
        return ()
    packages = {"yarn": f"{force}yarn", "berry": f"{force}@yarnpkg/cli-dist"}
    return (f"npm install -g {packages.get(pm.name, pm.name)}@{pm.version}",)


def setup_comment(pm: PackageManager, node_version: str) -> str:
    """Return why the setup commands are what they are, for the phase's comment; empty when that is plain."""
    commands = setup_commands(pm, node_version)
    if commands and "--force" in commands[0]:
        return f"{pm.title} replaces the Yarn 1 that comes with the image"
    if commands and pm.vendored:
        return f"Yarn 1 starts the release that the project holds, {pm.vendored}"
    return ""


def _node_major(node_version: str) -> int:
    numbers = numbers_of(node_version)
    return numbers[0] if numbers else _LAST_NODE_WITH_YARN + 1


# Which Node version an app asks for: every place that can say so, strongest first.


def resolve_node(tree: SourceTree, workspace: Workspace, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the Node version; raises VersionError for a request that cannot be met, FileError for a broken file."""
    own = (workspace.app, *(() if workspace.app_is_root else (workspace.root,)))
    directories = tuple(dict.fromkeys((workspace.app.directory, "")))
    return versions.resolve(NODE, Asking(tree, own, overrides, reasons, directories))


def _each(read: Callable[[Manifest], Sourced[str] | None], kind: Kind) -> Finder:
    """Return the finder of what the manifests say, the app's before that of the workspace's root."""

    def find(asking: Asking[tuple[Manifest, ...]]) -> Iterator[Request]:
        for found in map(read, asking.facts):
            if found is not None:
                yield Request(found.value, found.origin, "npm", kind)

    return find


def _volta(manifest: Manifest) -> Sourced[str] | None:
    return _text(manifest, "volta", "node")


def _development_engine(manifest: Manifest) -> Sourced[str] | None:
    """Return `devEngines.runtime`: one table or a list of them."""
    runtime = manifest.document.get("devEngines", "runtime")
    keys: tuple[str | int, ...] = ("devEngines", "runtime")
    entries = list(enumerate(runtime)) if isinstance(runtime, list) else [(None, runtime)]
    for index, entry in entries:
        if isinstance(entry, dict) and entry.get("name") == "node" and isinstance(entry.get("version"), str):
            place = keys if index is None else (*keys, index)
            return Sourced(entry["version"], manifest.origin(*place, "version"))
    return None


def _engine(manifest: Manifest) -> Sourced[str] | None:
    """Return `engines.node`; the old form `engines: ["node >= 8"]` is read as npm reads it."""
    engines = manifest.document.get("engines")
    if isinstance(engines, list):
        for index, entry in enumerate(engines):
            name, _, range_ = entry.partition(" ") if isinstance(entry, str) else ("", "", "")
            if name == "node" and range_.strip():
                return Sourced(range_.strip(), manifest.origin("engines", index))
        return None
    return _text(manifest, "engines", "node")


def _text(manifest: Manifest, *keys: str) -> Sourced[str] | None:
    value = manifest.document.get(*keys)
    return Sourced(value, manifest.origin(*keys)) if isinstance(value, str) and value.strip() else None


def _facts(tree: SourceTree, directory: str) -> tuple[Manifest, ...]:
    return (manifests.read(tree, directory),)


NODE: Versions[tuple[Manifest, ...]] = Versions(
    "node",
    (
        versions.configured("node"),
        versions.single_line(".nvmrc"),
        versions.single_line(".node-version"),
        versions.tool_versions("nodejs", "node"),
        versions.mise("node", "nodejs"),
        versions.declared(_each(_volta, "pin")),
        versions.declared(_each(_development_engine, "pin")),
        versions.declared(_each(_engine, "range")),
        versions.own_dockerfile("node"),
    ),
    _facts,
)
NODE_VERSIONS = (NODE,)
