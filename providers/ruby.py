"""Ruby: Bundler; Rails, with and without Node; Sinatra, Hanami, Roda, Grape and what else is a Rack app; workers.

Bundler installs into `/usr/local/bundle`, where the official image keeps gems, and that folder is shipped. Downloads
stay in a cache of their own. With a lock file nothing else is installed than what it says (`BUNDLE_DEPLOYMENT`).

jsbundling-rails, cssbundling-rails, vite_ruby and Shakapacker hook their own `yarn build` (or npm, pnpm, Bun) into
`assets:precompile`, and what they bundle may come from Ruby: files that a gem brings, routes written as JavaScript. So
Node and its packages go into the stage in which Ruby builds; packages are installed in a stage of Node's own, which
source code does not touch.

Sources, checked 2026-11-24:
- https://bundler.io/man/gemfile.5.html, https://bundler.io/man/bundle-config.1.html
- https://github.com/ruby/rubygems/blob/master/bundler/lib/bundler/lockfile_parser.rb
- https://github.com/docker-library/ruby (GEM_HOME, BUNDLE_APP_CONFIG)
- https://guides.rubyonrails.org/asset_pipeline.html, https://guides.rubyonrails.org/configuring.html
- the Dockerfile that `rails new` writes (Rails 7.1 and newer)
"""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan import catalogue
from buildplan.catalogue.versions import Request
from buildplan.errors import BuildplanError, FileError, NoStartError
from buildplan.language import (
    engine,
    health_probe,
    lower_interpreted,
    node_tools,
    ports,
    start,
    stated,
    subfolder,
    versions,
)
from buildplan.language import packages as system
from buildplan.language.contract import Detection, ProviderPlan, Strength
from buildplan.language.packages import Dependency
from buildplan.language.ports import Found
from buildplan.language.start import Start
from buildplan.language.stated import Stated
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Cache, Diagnostic, Evidence, HealthCheck, Input, Phase, Process, Runtime
from buildplan.model.origin import Origin, Sourced, rule
from buildplan.model.origin import catalogue as catalogued
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import dotted, numbers_of, shown
from buildplan.read import ruby_source, version_files

from .ruby_tables import (
    BOTS,
    BUNDLERS,
    FRAMEWORKS,
    GENERATORS,
    HELD,
    NEEDS,
    PROGRAMS,
    RAILS_LIMITS,
    SERVERS,
    SKIPS,
    TOOLS,
    WORKERS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.language.contract import PlanContext
    from buildplan.language.packages import Need, Packages
    from buildplan.language.rules import Framework
    from buildplan.language.subfolder import Folder
    from buildplan.model.build_plan import Run
    from buildplan.model.requests import CommandRequest
    from buildplan.read.ruby_source import Statement, Token
    from buildplan.source import SourceTree

# --- facts: the Gemfile -----------------------------------------------------------------------------------------------

LOCKS = {"Gemfile": "Gemfile.lock", "gems.rb": "gems.locked"}
# Groups that no image needs.
DEVELOPMENT = frozenset({"development", "test"})
_OPENS = frozenset({"if", "unless", "case", "while", "until", "begin", "def", "class", "module", "for"})
_SOURCES = ("git", "github", "gitlab", "bitbucket", "gist")
_MOST_GEMFILES = 20
Options = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Gem:
    """A gem that is asked for. `options` hold what is written as text or symbol, `path:` and `git:` among them."""

    name: str
    origin: Origin
    requirements: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)

    @property
    def ships(self) -> bool:
        """Whether the gem is in an image: some group of it is not for developers."""
        return not self.groups or any(group not in DEVELOPMENT for group in self.groups)

    @property
    def path(self) -> str | None:
        """The folder that the gem lies in, None for a gem from elsewhere."""
        found = self.options.get("path")
        return found[0] if found else None

    @property
    def from_git(self) -> bool:
        """Whether the gem is fetched with git."""
        return any(name in self.options for name in _SOURCES)


@dataclass(slots=True)
class Gemfile:
    """What a Gemfile says. `reads` are other files that it reads, `whole` is true where nobody can tell which."""

    path: str
    gems: list[Gem] = field(default_factory=list)
    ruby: list[Sourced[str]] = field(default_factory=list)
    ruby_file: Sourced[str] | None = None
    engine: Sourced[str] | None = None
    sources: list[Sourced[str]] = field(default_factory=list)
    gemspec: Origin | None = None
    reads: list[str] = field(default_factory=list)
    whole: bool = False
    groups: set[str] = field(default_factory=set)

    def gem(self, *names: str) -> Gem | None:
        """Return the first of these gems that an image gets, None when there is none."""
        return next((gem for name in names for gem in self.gems if gem.name == name and gem.ships), None)


def manifest_path(tree: SourceTree) -> str | None:
    """Return the path of the Gemfile at the root, None when there is none."""
    return tree.first(*LOCKS)


def read_gemfile(tree: SourceTree) -> Gemfile | None:
    """Return the Gemfile, None when there is none; raises FileError for one that cannot be read or is in conflict."""
    path = manifest_path(tree)
    return None if path is None else tree.memo("ruby gemfile", path, lambda: _gemfile(tree, path))


def _gemfile(tree: SourceTree, path: str) -> Gemfile:
    _refuse_conflicts(path, tree.text(path))
    made = Gemfile(path)
    _GemfileReader(tree, made).file(path)
    return made


def _refuse_conflicts(path: str, text: str) -> None:
    """Raise FileError for a file with git's conflict markers in it."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise FileError(
                "it holds the markers of a merge conflict", origin=Origin(path, number), hint="resolve the conflict"
            )


@dataclass(frozen=True, slots=True)
class _Block:
    groups: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)


class _GemfileReader:
    def __init__(self, tree: SourceTree, made: Gemfile) -> None:
        self._tree = tree
        self._made = made
        self._files: set[str] = set()
        self._blocks: list[_Block] = []
        self._shipped: set[str] = set()

    def file(self, path: str) -> None:
        """Read a Gemfile, and those that it evaluates."""
        self._files.add(path)
        kept, self._blocks = self._blocks, []
        for statement in ruby_source.statements(self._tree, path):
            self._statement(path, statement)
        self._blocks = kept

    def _statement(self, path: str, statement: Statement) -> None:
        first = statement[0]
        if first.kind == "name" and first.text == "end":
            if self._blocks:
                self._blocks.pop()
            return
        word = first.text if first.kind == "name" else ""
        plain, options = _arguments(statement[1:])
        block = _Block()
        if word == "gem" and plain:
            self._gem(path, first, plain, options)
        elif word == "group":
            names = tuple(dict.fromkeys(plain))
            block = _Block(names)
            self._made.groups.update(names)
        elif word in {"git", "github", "path"} and plain:
            block = _Block((), {word: (plain[0],)})
        elif word == "source" and plain:
            self._made.sources.append(Sourced(plain[0], Origin(path, first.line, "source")))
        elif word == "ruby":
            self._ruby(path, first, plain, options)
        elif word == "gemspec":
            self._made.gemspec = Origin(path, first.line, "gemspec")
        elif word in {"eval_gemfile", "require_relative", "instance_eval", "eval", "load"}:
            self._other(word, plain)
        elif "Dir" in {token.text for token in statement if token.kind == "constant"}:
            self._made.whole = True
        opened = _opens(statement)
        self._blocks += [block] * opened

    def _gem(self, path: str, first: Token, plain: list[str], options: Options) -> None:
        groups = [group for block in self._blocks for group in block.groups]
        groups += [*options.get("group", ()), *options.get("groups", ())]
        inherited: Options = {}
        for block in self._blocks:
            inherited |= block.options
        own = {**inherited, **options}
        gem = Gem(plain[0], Origin(path, first.line, plain[0]), tuple(plain[1:]), tuple(groups), own)
        self._made.groups.update(groups)
        # Named twice, for two platforms: the first that is shipped counts.
        if gem.name not in self._shipped:
            self._made.gems.append(gem)
        if gem.ships:
            self._shipped.add(gem.name)

    def _ruby(self, path: str, first: Token, plain: list[str], options: Options) -> None:
        origin = Origin(path, first.line, "ruby")
        named = options.get("file")
        if named:
            self._made.ruby_file = Sourced(named[0], origin)
        elif plain and self._tree.has(plain[0].removeprefix("./")):
            # `ruby File.read(".ruby-version").strip`
            self._made.ruby_file = Sourced(plain[0].removeprefix("./"), origin)
        elif plain:
            self._made.ruby.append(Sourced(", ".join(plain), origin))
        engine = options.get("engine")
        if engine and engine[0] != "ruby":
            self._made.engine = Sourced(engine[0], origin)

    def _other(self, word: str, plain: list[str]) -> None:
        target = plain[0].removeprefix("./") if plain else ""
        if word == "require_relative" and target and not target.endswith(".rb"):
            target += ".rb"
        if not target or target.startswith(("/", "..")) or not self._tree.has(target):
            self._made.whole = True
            return
        self._made.reads.append(target)
        if word == "eval_gemfile" and target not in self._files and len(self._files) < _MOST_GEMFILES:
            self.file(target)


def _opens(statement: Statement) -> int:
    """Return how many blocks the statement opens that an `end` closes."""
    count = 0
    for index, token in enumerate(statement):
        if token.kind != "name":
            continue
        if token.text == "do":
            count += 1
        elif token.text == "end":
            count -= 1
        elif token.text in _OPENS and (index == 0 or statement[index - 1].is_operator("=", "(")):
            count += 1
    return max(0, count)


def _arguments(arguments: Statement) -> tuple[list[str], Options]:
    """Return the texts that stand first, and the options behind them; a text that is not known is left out."""
    plain: list[str] = []
    options: Options = {}
    key: str | None = None
    for index, token in enumerate(arguments):
        if token.kind == "label":
            key = token.text
            options.setdefault(key, ())
            continue
        if token.kind == "name" and token.text in {"do", "if", "unless"}:
            break
        after = arguments[index + 1] if index + 1 < len(arguments) else None
        if after is not None and after.is_operator("=>") and token.kind in {"symbol", "string"}:
            key = token.text
            options.setdefault(key, ())
            continue
        value = token.text if token.kind in {"symbol", "string"} and token.whole else None
        if token.kind == "name" and token.text in {"true", "false"}:
            value = token.text
        if value is None:
            continue
        if key is None:
            plain.append(value)
        else:
            options[key] = (*options[key], *value.split())
    return plain, options


# --- facts: Gemfile.lock ----------------------------------------------------------------------------------------------

_SPEC = re.compile(r" {4}([\w.-]{1,100}) \(([0-9][\w.]{0,40})(?:-([\w.-]{1,60}))?\)", re.ASCII)
_RUBY = re.compile(r" +ruby ([0-9][\w.]{0,40}?)(?:p-?[0-9]{1,5})?(?: \(.{0,80}\))?")
_BUNDLER = re.compile(r" +([0-9]{1,4}(?:\.[0-9]{1,4}){0,3})(?:\.[a-z]\w{0,20})?")


@dataclass(slots=True)
class Lock:
    """What a lock file says. `built_for` maps a gem to the platforms it is locked for; `""` is source."""

    path: str
    versions: dict[str, str] = field(default_factory=dict)
    built_for: dict[str, set[str]] = field(default_factory=dict)
    platforms: list[str] = field(default_factory=list)
    platforms_line: int | None = None
    ruby: Sourced[str] | None = None
    bundler: Sourced[str] | None = None
    git: list[Sourced[str]] = field(default_factory=list)
    remotes: list[Sourced[str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def origin(self, name: str) -> Origin:
        """Return where a gem stands."""
        return Origin(self.path, self.names.get(name), name)


def read_lock(tree: SourceTree) -> Lock | None:
    """Return the lock file, None when there is none; raises FileError for one that cannot be read."""
    manifest = manifest_path(tree)
    path = LOCKS[manifest] if manifest is not None else "Gemfile.lock"
    if not tree.has(path):
        return None
    return tree.memo("ruby lock", path, lambda: _lock(path, tree.text(path)))


def _lock(path: str, text: str) -> Lock:
    _refuse_conflicts(path, text)
    made = Lock(path)
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line[0].isspace():
            section = line.strip()
            if section == "PLATFORMS":
                made.platforms_line = number
        elif section in {"GEM", "GIT", "PATH"}:
            _add_source(made, section, number, line)
        elif section == "PLATFORMS" and line.strip():
            made.platforms.append(line.strip()[:60])
        elif section == "RUBY VERSION" and made.ruby is None:
            match = _RUBY.fullmatch(line.rstrip())
            made.ruby = Sourced(match[1], Origin(path, number, section)) if match is not None else None
        elif section == "BUNDLED WITH" and made.bundler is None:
            match = _BUNDLER.fullmatch(line.rstrip())
            made.bundler = Sourced(match[1], Origin(path, number, section)) if match is not None else None
    return made


def _add_source(made: Lock, section: str, number: int, line: str) -> None:
    if line.startswith("  remote: "):
        remote = Sourced(line[10:].strip(), Origin(made.path, number, "remote"))
        if section == "PATH":
            made.paths.append(remote.value)
        else:
            (made.git if section == "GIT" else made.remotes).append(remote)
    match = _SPEC.fullmatch(line)
    if match is not None:
        made.versions.setdefault(match[1], match[2])
        made.built_for.setdefault(match[1], set()).add(match[3] or "")
        made.names.setdefault(match[1], number)


# --- facts: the project -----------------------------------------------------------------------------------------------

_APPLICATION = "config/application.rb"


class Project(NamedTuple):
    """A tree and what is known of it; `rails` is where the Rails application is defined."""

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    gemfile: Gemfile | None
    lock: Lock | None
    rails: Origin | None

    def installed(self, *names: str) -> Origin | None:
        """Return where the first of these gems that an image gets is named, None when there is none."""
        for name in names:
            gem = self.gemfile.gem(name) if self.gemfile is not None else None
            if gem is not None:
                return gem.origin
            if self.lock is not None and name in self.lock.versions and not self._is_development(name):
                return self.lock.origin(name)
        return None

    def _is_development(self, name: str) -> bool:
        """Return whether the Gemfile names the gem for developers only."""
        gems = self.gemfile.gems if self.gemfile is not None else ()
        named = [gem for gem in gems if gem.name == name]
        return bool(named) and not any(gem.ships for gem in named)

    def is_built(self, name: str) -> bool:
        """Return whether the lock file holds the gem with its extension compiled for Linux."""
        platforms = self.lock.built_for.get(name, set()) if self.lock is not None else set()
        return any("linux" in platform for platform in platforms)

    def version(self, name: str) -> tuple[int, ...]:
        """Return the locked version of a gem as numbers, empty when nothing locks it."""
        return numbers_of(self.lock.versions.get(name, "")) if self.lock is not None else ()

    @property
    def framework(self) -> Framework | None:
        """The row of the framework, None when there is none."""
        if self.rails is not None:
            return FRAMEWORKS[0]
        for row in FRAMEWORKS[1:]:
            if self.gemfile is not None and self.gemfile.gem(*row.names) is not None:
                return row
        return FRAMEWORKS[-1] if self.tree.has("config.ru") else None


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the gems that an image gets. Raises as `plan`."""
    gemfile = read_project(tree, overrides).gemfile
    for gem in gemfile.gems if gemfile is not None else ():
        if gem.ships:
            yield Dependency(gem.name, gem.origin)


def read_project(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts; raises FileError for a broken Gemfile or lock file."""
    manifest = read_gemfile(tree)
    lock = read_lock(tree) if manifest is not None else None
    return Project(
        tree, overrides, Reasons(), manifest, lock, _rails_application(tree) if manifest is not None else None
    )


def _rails_application(tree: SourceTree) -> Origin | None:
    """Return where `class Application < Rails::Application` stands."""
    if not tree.has(_APPLICATION):
        return None
    for statement in ruby_source.statements(tree, _APPLICATION):
        words = [token.text for token in statement]
        if words[:1] == ["class"] and "Rails" in words:
            return Origin(_APPLICATION, statement[0].line)
    return None


# --- versions ---------------------------------------------------------------------------------------------------------

_RELEASE = re.compile(r"(?:ruby[-@ ]?)?v?([0-9]{1,4}(?:\.[0-9]{1,4}){0,2})(?:-?p[0-9]{1,4})?", re.ASCII)
_EXACT = re.compile(r"=?\s*[0-9]{1,4}(?:\.[0-9]{1,4}){1,2}(?:-?p[0-9]{1,4})?", re.ASCII)
_OTHER = re.compile(r"(?:j|truffle|mini-?|m)ruby|rbx|rubinius|mruby|truffleruby", re.IGNORECASE)


def resolve_version(project: Project) -> Resolution:
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
    for below_this, ruby in RAILS_LIMITS:
        if rails < numbers_of(below_this):
            yield Request(ruby, lock.origin("railties"), "gem", "range")
            return


def _written(project: Project) -> Iterable[Sourced[str]]:
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


def _version_facts(tree: SourceTree, _: str) -> Project:
    return read_project(tree, Overrides())


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
    _version_facts,
    inside=True,
)
VERSIONS = (RUBY,)


# --- installation: system packages, gems, Node ------------------------------------------------------------------------

_THREADED = ("puma", "sidekiq", "good_job", "solid_queue", "shoryuken", "sneakers", "karafka")


def system_packages(project: Project, version: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Debian packages of the build and those of the shipped image, each with a decision.

    There are none where nothing can be installed: then the image is one that holds compilers and libraries.
    """
    manifest = project.gemfile
    if manifest is None:
        return (), ()
    found = system.Packages()
    found.add(Dependency("a gem with a C extension", Origin(manifest.path)), build=("build-essential",))
    git = next((gem for gem in manifest.gems if gem.from_git and gem.ships), None)
    if git is not None:
        found.add(Dependency(git.name, git.origin), build=("git",))
    elif project.lock is not None and project.lock.git:
        found.add(Dependency("a gem from a git repository", project.lock.git[0].origin), build=("git",))

    def find(name: str, _row: Need) -> Dependency | None:
        place = project.installed(name)
        return None if place is None else Dependency(name, place, declared=manifest.gem(name) is not None)

    system.apt(system.matches(NEEDS, find, app=project), project.reasons, found)
    threads = _threads(project)
    if threads is not None:
        found.add(threads, run=("libjemalloc2",))
    if is_nameless(version):
        _report_nameless(version, found, project)
        return (), ()
    return found.decided(project.reasons, catalogue.suite("ruby", version), ("{} needs it", "{} needs it"))


def _threads(project: Project) -> Dependency | None:
    """Return what runs threads, which fragment memory with the usual allocator."""
    if project.rails is not None and project.gemfile is not None:
        why = "Rails, whose threads fragment memory with the usual allocator,"
        return Dependency(why, Origin(project.gemfile.path))
    for name in _THREADED:
        place = project.installed(name)
        if place is not None:
            return Dependency(f"{name}, whose threads fragment memory with the usual allocator,", place)
    return None


def is_nameless(version: str) -> bool:
    """Return whether the tags of a version are older than names of Debian's releases in tags.

    Then nobody knows which release it is, so not where its packages are either: the mirrors dropped them.
    """
    return catalogue.suite("ruby", version) is None


def _report_nameless(version: str, wanted: Packages, project: Project) -> None:
    found = {**wanted.build, **wanted.run}
    missing = [name for name in found if name not in HELD and name != "libjemalloc2"]
    old = f"the image of Ruby {version} is on an old Debian, whose packages are gone"
    text = f"{old}, so the one with compilers and more is used"
    if missing:
        text += f"; {', '.join(f'`{name}`' for name in missing)} cannot be installed"
    place = next((found[name].origin for name in missing), Origin("Gemfile"))
    project.reasons.report(Diagnostic("BP626", "warning", text, place, "use a supported Ruby version"))


GEMS = "/usr/local/bundle/"
_DOWNLOADS = Cache("bundler", "/root/.bundle/cache")
# Since Ruby 3.1 the Bundler that comes with it fetches the one that the lock file names.
_SWITCHES = (3, 1)
_BUNDLERS: dict[tuple[int, ...], tuple[int, ...]] = {(2, 6): (2, 4, 22), (2, 7): (2, 4, 22), (3, 0): (2, 5, 23)}
_PUBLIC = ("https://rubygems.org", "http://rubygems.org", "rubygems")
_WHY = {
    "BUNDLE_DEPLOYMENT": "the lock file decides, or the build stops",
    "BUNDLE_GLOBAL_GEM_CACHE": "downloads go into the cache, outside of the image",
    "BUNDLE_PATH": "where the official image keeps gems",
    "BUNDLE_WITHOUT": "what only developers need is not installed",
}


def install(project: Project, version: str) -> Phase | None:
    """Return the phase `install`, None when there is no Gemfile."""
    manifest = project.gemfile
    if manifest is None:
        return None
    command = f"bundle install && rm -rf {GEMS}ruby/*/cache"
    bundler = _bundler_version(project, version)
    if bundler is not None:
        command = f"gem install bundler --no-document --version {bundler} && {command}"
    place = Origin(project.lock.path if project.lock is not None else manifest.path)
    inputs = _install_inputs(project, manifest)
    why = "what Bundler reads, and nothing else" if inputs[0].path != "." else "the Gemfile reads other files"
    settings = (*bundler_settings(project), ("BUNDLE_GLOBAL_GEM_CACHE", "true"))
    login = "gems come from a source that may want a login"
    made = stated.phase(
        "install",
        project.reasons,
        Stated("commands", (command,), place, "the gems that the tree names; downloads are not shipped"),
        Stated("inputs", inputs, Origin(manifest.path), why),
        Stated("caches", (_DOWNLOADS,), rule("caches"), "downloads are kept between builds"),
        *(Stated("environment", ((name, value),), place, _WHY[name]) for name, value in settings),
        *(Stated("secrets", (name,), origin, login) for name, origin in _bundler_secrets(project, manifest).items()),
        comment="Gems",
        depends_on=("setup",),
    )
    if project.lock is None:
        text = f"there is no `{LOCKS[manifest.path]}`, so two builds may get different gems"
        fix = "run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit the file"
        project.reasons.report(Diagnostic("BP612", "warning", text, Origin(manifest.path), fix))
    _report_platforms(project)
    return made


def bundler_settings(project: Project) -> tuple[tuple[str, str], ...]:
    """Return Bundler's settings, which the build and the running app share."""
    values = {"BUNDLE_PATH": GEMS.rstrip("/")}
    if project.lock is not None and not _is_foreign(project.lock):
        values["BUNDLE_DEPLOYMENT"] = "1"
    groups = project.gemfile.groups if project.gemfile is not None else frozenset()
    without = [name for name in ("development", "test") if name in groups]
    if without:
        values["BUNDLE_WITHOUT"] = ":".join(without)
    return tuple(sorted((name, value) for name, value in values.items() if name not in project.overrides.variables))


def _bundler_version(project: Project, version: str) -> str | None:
    """Return the Bundler to install first: a Ruby before 3.1 does not fetch the one of the lock file."""
    written = project.lock.bundler if project.lock is not None else None
    ruby = numbers_of(version)[:2]
    if written is None or ruby >= _SWITCHES or numbers_of(written.value) < (2, 2):
        return None
    newest = _BUNDLERS.get(ruby, (2, 3, 27))
    numbers = min(numbers_of(written.value), newest)
    chosen = ".".join(map(str, numbers))
    project.reasons.decide("bundler.version", chosen, written.origin, f"as new as Ruby {version} allows")
    return chosen


def _install_inputs(project: Project, manifest: Gemfile) -> tuple[Input, ...]:
    tree = project.tree
    if manifest.whole:
        return (Input("."),)
    names = [manifest.path]
    if project.lock is not None:
        names.append(project.lock.path)
    names += manifest.reads
    if manifest.ruby_file is not None:
        names.append(manifest.ruby_file.value)
    text = tree.text(manifest.path)
    names += [name for name in (".ruby-version", ".tool-versions") if name in text]
    if tree.has(".bundle/config"):
        names.append(".bundle/config")
    folders: list[str] = ["vendor/cache/"] if tree.has_directory("vendor/cache") else []
    local = {gem.path for gem in manifest.gems if gem.path is not None}
    local |= set(project.lock.paths) if project.lock is not None else set()
    for path in sorted(local):
        clean = posixpath.normpath(path)
        if clean == "." or clean.startswith(("..", "/")) or not tree.has_directory(clean):
            return (Input("."),)
        folders.append(f"{clean}/")
    if manifest.gemspec is not None:
        return (Input("."),)
    found = [name for name in dict.fromkeys(names) if tree.has(name)]
    kept = [folder for folder in folders if not any(folder != o and folder.startswith(o) for o in folders)]
    return tuple(Input(path) for path in (*found, *kept))


def _bundler_secrets(project: Project, manifest: Gemfile) -> dict[str, Origin]:
    """Return the variables with which Bundler logs in to private sources: `BUNDLE_GEMS__EXAMPLE__COM`."""
    found: dict[str, Origin] = {}
    remotes = project.lock.remotes if project.lock is not None else ()
    for source in (*manifest.sources, *remotes):
        if source.value.startswith(_PUBLIC):
            continue
        match = re.match(r"https?://(?:[^/@\s]{1,200}@)?([A-Za-z0-9.-]{1,100})", source.value, re.ASCII)
        if match is not None:
            # https://bundler.io/man/bundle-config.1.html: a dot is two underscores there, a dash three.
            name = match[1].upper().replace("-", "___").replace(".", "__")
            found.setdefault(f"BUNDLE_{name}", source.origin)
    return found


def _is_foreign(lock: Lock) -> bool:
    """Return whether a lock file was made on another system only: what is frozen does not install on Linux."""
    return bool(lock.platforms) and not any(name == "ruby" or "linux" in name for name in lock.platforms)


def _report_platforms(project: Project) -> None:
    """Report a lock file without a platform of the image: Bundler adds it in the build, and keeps the versions."""
    lock = project.lock
    if lock is None or not _is_foreign(lock):
        return
    shown = ", ".join(f"`{name[:40]}`" for name in lock.platforms[:4])
    text = f"the lock file knows only the platforms {shown}, and the image is Linux: it is completed in the build"
    fix = "run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit the file"
    project.reasons.report(Diagnostic("BP659", "warning", text, Origin(lock.path, lock.platforms_line), fix))


# Where Sprockets is told to look into the packages.
_SPROCKETS_SETTINGS = ("config/initializers/assets.rb", "app/assets/config/manifest.js", "config/application.rb")


class Node(NamedTuple):
    """Phases that make Node and its packages, and what the build copies.

    `installed`: there are packages. `packages`: they lie in `node_modules`.
    """

    phases: tuple[Phase, ...]
    inputs: tuple[Input, ...]
    secrets: tuple[str, ...] = ()
    installed: bool = False
    packages: bool = False


def skipped_installs(project: Project) -> dict[str, str]:
    """Return the variables that keep the build from installing again what is installed."""
    return dict(variable for gem, variable in SKIPS.items() if project.installed(gem) is not None)


def find_node(project: Project) -> Node | None:
    """Return what the build needs of Node, None when it needs nothing; raises what reading a package.json raises."""
    if project.tree.has("package.json"):
        place = project.installed(*BUNDLERS) or _reads_packages(project)
        if place is not None:
            return _with_packages(project, place)
    place = project.installed("execjs")
    if place is None or project.installed("mini_racer", "therubyracer", "duktape") is not None:
        return None
    version = catalogue.runtime(node_tools.NAME).default
    project.reasons.decide("node.version", version, place, "`execjs` runs JavaScript while assets are built")
    phase, copied = node_tools.program(version)
    return Node((phase,), (copied,))


def _reads_packages(project: Project) -> Origin | None:
    for path in _SPROCKETS_SETTINGS:
        if "node_modules" in (project.tree.text_or_none(path) or ""):
            return Origin(path)
    return None


def _with_packages(project: Project, place: Origin) -> Node:
    asked = Overrides(versions=project.overrides.versions)
    found = node_tools.tools(project.tree, asked, project.reasons)
    project.reasons.decide("ruby.node", node_tools.NAME, place, "the app's own build runs Node and reads its packages")
    return Node(found.phases, found.inputs(), found.secrets, found.installed, found.in_folder)


# --- Rails and Puma ---------------------------------------------------------------------------------------------------

# What hooks into `assets:precompile`; without one of these there is no such task.
_PIPELINES = ("propshaft", "sprockets-rails", "sprockets", "vite_rails", "vite_ruby", "shakapacker", "webpacker")
_DUMMY = (7, 1)
_PRODUCTION = "config/environments/production.rb"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,80}", re.ASCII)
_FETCH = re.compile(r"ENV\.fetch\(\s?[\"']([A-Z][A-Z0-9_]{0,80})[\"']\s?\)(?!\s{0,3}(?:\{|do\b))", re.ASCII)
# What Rails and its servers set or know themselves.
_KNOWN = frozenset({"RAILS_ENV", "RACK_ENV", "PORT", "SECRET_KEY_BASE", "HOME", "PATH", "RAILS_MAX_THREADS"})
_MOST_INITIALIZERS = 60


def precompile(project: Project) -> tuple[str, Origin] | None:
    """Return the command that builds assets and its reason, None in a Rails app without any."""
    place = project.installed(*_PIPELINES)
    if place is None or not any(project.tree.has_directory(name) for name in ("app/assets", "app/javascript", "app")):
        return None
    program = rails_program(project)
    values: dict[str, str] = {}
    if "SECRET_KEY_BASE" not in project.overrides.variables:
        version = project.version("rails") or project.version("railties")
        values["SECRET_KEY_BASE_DUMMY" if not version or version >= _DUMMY else "SECRET_KEY_BASE"] = "1"
    for name in _wanted(project):
        if name not in project.overrides.variables:
            values[name] = "postgresql://localhost/placeholder" if name == "DATABASE_URL" else "placeholder"
    assignments = "".join(f"{name}={shlex.quote(value)} " for name, value in values.items())
    return f"{assignments}{program} assets:precompile", place


def rails_program(project: Project) -> str:
    """Return how Rails' own command is called."""
    return "bin/rails" if project.tree.has("bin/rails") else "bundle exec rails"


def _wanted(project: Project) -> list[str]:
    """Return the variables that the configuration reads without a default, so that Rails does not load without them."""
    found: dict[str, None] = {}
    for path in _configuration(project):
        for statement in ruby_source.statements(project.tree, path):
            words = [token.text for token in statement]
            for index in range(len(statement) - 4):
                if words[index : index + 4] != ["ENV", ".", "fetch", "("] or statement[index + 4].kind != "string":
                    continue
                after = statement[index + 5 : index + 7]
                bare = bool(after) and after[0].is_operator(")")
                block = len(after) > 1 and (after[1].is_operator("{") or after[1].text == "do")
                name = words[index + 4]
                if bare and not block and _VARIABLE.fullmatch(name) and name not in _KNOWN:
                    found.setdefault(name)
    text = project.tree.text_or_none("config/database.yml") or ""
    for line in text.split("\n"):
        if not line.lstrip().startswith("#"):
            found.update(dict.fromkeys(name for name in _FETCH.findall(line[:500]) if name not in _KNOWN))
    return list(found)


def _configuration(project: Project) -> Iterator[str]:
    for path in ("config/boot.rb", "config/application.rb", _PRODUCTION):
        if project.tree.has(path):
            yield path
    names = project.tree.directory("config/initializers").files
    yield from (f"config/initializers/{name}" for name in names[:_MOST_INITIALIZERS] if name.endswith(".rb"))


def rails_environment(project: Project) -> dict[str, tuple[str, Origin]]:
    """Return what older production configurations want to hear: logs on stdout, files served by Rails."""
    text = project.tree.text_or_none(_PRODUCTION) or ""
    names = ("RAILS_LOG_TO_STDOUT", "RAILS_SERVE_STATIC_FILES")
    return {name: ("1", Origin(_PRODUCTION, key=name)) for name in names if name in text}


def health_route(project: Project) -> Origin | None:
    """Return where the route of Rails' own health check stands, None when there is none or hosts are limited."""
    path = "config/routes.rb"
    for statement in ruby_source.statements(project.tree, _PRODUCTION):
        words = [token.text for token in statement]
        if words[:3] == ["config", ".", "hosts"]:
            return None
    for statement in ruby_source.statements(project.tree, path) if project.tree.has(path) else ():
        texts = [token.text for token in statement]
        if "rails/health#show" in texts and texts[0] == "get" and "up" in texts:
            return Origin(path, statement[0].line, "up")
    return None


def report_rails(project: Project) -> None:
    """Say what has to be set where the container runs, and what stops the build of assets."""
    for statement in ruby_source.statements(project.tree, _PRODUCTION):
        words = [token.text for token in statement]
        if words[:3] == ["config", ".", "require_master_key"] and words[-1] == "true":
            origin = Origin(_PRODUCTION, statement[0].line, "require_master_key")
            text = "`require_master_key` is set, and the build of assets has no key"
            fix = "remove the line: credentials that are missed fail anyway when they are read"
            project.reasons.report(Diagnostic("BP801", "warning", text, origin, fix))
    credentials = project.tree.first("config/credentials/production.yml.enc", "config/credentials.yml.enc")
    name = "RAILS_MASTER_KEY" if credentials is not None else "SECRET_KEY_BASE"
    if name not in project.overrides.variables and project.rails is not None:
        place = Origin(credentials) if credentials is not None else project.rails
        text = f"the app does not start without the variable `{name}`"
        fix = f"give it when the container runs: `docker run --env {name} …`"
        project.reasons.report(Diagnostic("BP633", "info", text, place, fix))


_PUMA = "config/puma.rb"
_LOCAL = ("127.0.0.1", "localhost", "::1")
_STARTS = re.compile(r"(?:exec )?(?:bundle exec )?puma(?=\s|$)")
_CONFIGURATION = re.compile(r"\s(?:-C|--config)[ =]\s{0,4}([\w./-]{1,200})", re.ASCII)
_LISTENS = re.compile(r"\s(?:-p|--port|-b|--bind)(?=[ =\d]|$)")
# Not `HANAMI_PORT`.
_PORT = re.compile(r"(?<![A-Za-z0-9_])PORT(?![A-Za-z0-9_])")


def puma_address(project: Project) -> Origin | None:
    """Return where Puma's configuration binds to an address inside the container only."""
    statements = ruby_source.statements(project.tree, _PUMA)
    if any(statement[0].kind == "name" and statement[0].text == "port" for statement in statements):
        return None
    found: Origin | None = None
    for statement in statements:
        first = statement[0]
        if first.kind != "name" or first.text != "bind":
            continue
        text = next((token.text for token in statement if token.kind == "string"), "")
        if not text.startswith("unix:") and not any(f"//{name}" in text for name in _LOCAL):
            return None
        found = Origin(_PUMA, first.line, text[:80])
    return found


def puma_reads_port(project: Project, path: str) -> bool:
    """Return whether Puma's configuration listens on PORT."""
    for statement in ruby_source.statements(project.tree, path):
        first = statement[0]
        if first.kind == "name" and first.text in {"port", "bind"}:
            texts = [token.text for token in statement if token.kind == "string"]
            if any(_PORT.search(text) for text in texts):
                return True
    return False


def puma_variable(project: Project, line: str) -> str | None:
    """Return the variable that Puma, started by a command line, takes its port from where that is not PORT."""
    if _STARTS.match(line) is None or _LISTENS.search(line) is not None:
        return None
    given = _CONFIGURATION.search(line)
    path = given[1].removeprefix("./") if given is not None else _PUMA
    if not project.tree.has(path) or puma_reads_port(project, path):
        return None
    for statement in ruby_source.statements(project.tree, path):
        words = [token.text for token in statement]
        if words[:2] != ["port", "ENV"]:
            continue
        name = next((token.text for token in statement if token.kind == "string"), "")
        if _VARIABLE.fullmatch(name):
            return name
    return None


# --- start: servers, scripts, workers ---------------------------------------------------------------------------------

DEFAULT_PORT = 3000
# Where the app listens behind Thruster, which listens on PORT.
_BEHIND_THRUSTER = (("TARGET_PORT", "3999"),)


def entry(project: Project) -> Start | None:
    """Return what starts the app by itself: a server, else a worker; None when nothing does."""
    return start.first(project, STARTS)


def rails_server(project: Project) -> Start | None:
    if project.rails is None:
        return None
    tree = project.tree
    program = rails_program(project)
    if tree.has("config.ru") and project.installed("puma") is None:
        # Rails' own command starts Puma only.
        served = _declared_server(project, "Rails")
        if served is not None:
            return served
    # Whoever gives a start command has chosen the configuration that goes with it.
    address = puma_address(project) if project.overrides.start is None else None
    line = f"{program} server"
    if address is not None:
        line += " -b 0.0.0.0"
        text = f"`config/puma.rb` binds to `{address.key}`, which nothing outside of a container can reach"
        fix = 'write `port ENV.fetch("PORT", 3000)` instead of `bind`'
        project.reasons.report(Diagnostic("BP649", "warning", text, Origin(address.path, address.line), fix))
    thruster = project.installed("thruster")
    if thruster is not None and tree.has("bin/thrust"):
        why = "Thruster serves files and compresses in front of Rails, which the Gemfile asks for"
        return _serving(f"HTTP_PORT=${{PORT}} exec bin/thrust {line}", thruster, why, _BEHIND_THRUSTER)
    return _serving(line, project.rails, "the Rails application; its server reads PORT and config/puma.rb")


def rack_server(project: Project) -> Start | None:
    if not project.tree.has("config.ru") or project.gemfile is None:
        return None
    row = project.framework
    title = row.title if row is not None else "Rack"
    served = _declared_server(project, title)
    if served is not None:
        return served
    text = "no server for production is declared"
    fix = "run `bundle add puma` and commit the lock file"
    project.reasons.report(Diagnostic("BP800", "warning", text, Origin("config.ru"), fix))
    return _serving("bundle exec rackup -o 0.0.0.0 -p ${PORT}", Origin("config.ru"), f"`config.ru` of {title}")


def _declared_server(project: Project, title: str) -> Start | None:
    """Return the first declared server for a `config.ru`."""
    server = next((row for row in SERVERS if project.installed(row.gem) is not None), None)
    if server is None:
        return None
    line = server.command
    if server.configuration and project.tree.has(server.configuration):
        if server.always:
            line = server.always
        elif puma_reads_port(project, server.configuration):
            line = server.configured
    return _serving(line, Origin("config.ru"), f"`config.ru` of {title} is served by {server.gem}, a declared gem")


def _serving(line: str, origin: Origin, why: str, environment: tuple[tuple[str, str], ...] = ()) -> Start:
    return Start(line, origin, why, DEFAULT_PORT, environment)


def hanami_server(project: Project) -> Start | None:
    gem = project.gemfile.gem("hanami") if project.gemfile is not None else None
    if gem is None or not project.tree.has("config/app.rb"):
        return None
    return _serving("bundle exec hanami server --host 0.0.0.0 --port ${PORT}", gem.origin, "Hanami's own server")


_FILES = ("app.rb", "server.rb", "main.rb", "web.rb", "application.rb")
_PROGRAMS = ("main.rb", "bot.rb", "app.rb", "server.rb", "run.rb")
_SERVES = ("sinatra", "webrick", "socket", "rack", "grape", "roda")
_WITH_RACKUP = (4,)
# More scripts than this at the root are a collection of programs.
_MAX_SCRIPTS = 50


def script_server(project: Project) -> Start | None:
    """Return a file that requires something that serves: of a usual name, else the one that requires Sinatra."""
    for path in (*(name for name in _FILES if project.tree.has(name)), *_only_sinatra(project)):
        required, fixed, variable = _required(project, path)
        if not any(name.partition("/")[0] in _SERVES for name in required):
            continue
        sinatra = project.version("sinatra")
        if project.installed("sinatra") is not None and (not sinatra or sinatra >= _WITH_RACKUP):
            _report_rackup(project, path)
        program = "bundle exec ruby" if project.gemfile is not None else "ruby"
        line = f"{program} {path}"
        port = DEFAULT_PORT
        if fixed is not None:
            port = fixed[0]
            fix = 'write `set :port, ENV.fetch("PORT", 4567)`'
            ports.report(Found("fixed", port, Origin(path, fixed[1]), "", fix), project.reasons)
        elif variable is not None:
            name, place = variable
            ports.report(Found("variable", port, Origin(path, place), "", variable=name), project.reasons)
            line = ports.forward(Process("web", tuple(line.split())), name).text
        _report_local(project, path)
        return Start(line, Origin(path), "the file that serves", port)
    return None


def _only_sinatra(project: Project) -> Iterator[str]:
    """Yield the one script at the root that requires Sinatra, whatever its name; nothing where there are several."""
    if project.installed("sinatra") is None:
        return
    scripts = [name for name in project.tree.directory().files if name.endswith(".rb")]
    texts = ((name, project.tree.text_or_none(name) or "") for name in scripts[:_MAX_SCRIPTS])
    named = [name for name, text in texts if "sinatra" in text]
    serving = [
        name for name in named if any(item.partition("/")[0] == "sinatra" for item in _required(project, name)[0])
    ]
    if len(serving) == 1:
        yield serving[0]


def _report_rackup(project: Project, path: str) -> None:
    if project.installed("rackup") is not None:
        return
    text = "Sinatra 4 starts a server only with the gem `rackup`, which is not declared"
    fix = "run `bundle add rackup` and commit the lock file"
    project.reasons.report(Diagnostic("BP800", "warning", text, Origin(path), fix))


def _required(project: Project, path: str) -> tuple[list[str], tuple[int, int] | None, tuple[str, int] | None]:
    """Return what a file requires, and the port or the variable that Sinatra is told there, with its line."""
    required: list[str] = []
    fixed: tuple[int, int] | None = None
    variable: tuple[str, int] | None = None
    for statement in ruby_source.statements(project.tree, path):
        words = [token.text for token in statement]
        if words[0] == "require" and len(statement) > 1 and statement[1].kind == "string":
            required.append(words[1])
        elif words[:2] == ["set", "port"] and statement[-1].kind == "number" and "ENV" not in words:
            number = statement[-1].text
            if ports.is_port(number):
                fixed = (int(number), statement[0].line)
        elif words[:2] == ["set", "port"] and "ENV" in words and "PORT" not in words:
            name = next((token.text for token in statement if token.kind == "string"), "")
            variable = (name, statement[0].line) if _VARIABLE.fullmatch(name) else None
    return required, fixed, variable


def _report_local(project: Project, path: str) -> None:
    """Report that Sinatra is told to listen inside of the container only."""
    for statement in ruby_source.statements(project.tree, path):
        words = [token.text for token in statement]
        if words[:2] == ["set", "bind"] and words[-1] in ports.LOCAL:
            fix = 'write `set :bind, "0.0.0.0"`'
            ports.report_local(words[-1], Origin(path, statement[0].line), fix, project.reasons)


def script_program(project: Project) -> Start | None:
    """Return a file with a program's usual name, in a tree whose gems are no web framework: a bot, a job."""
    path = project.tree.first(*_PROGRAMS) or _bot(project)
    if path is None or project.rails is not None:
        return None
    program = "bundle exec ruby" if project.gemfile is not None else "ruby"
    return Start(f"{program} {path}", Origin(path), "the program at the root")


def _bot(project: Project) -> str | None:
    """Return the one script at the root of an app that talks to a chat: such an app has no usual name for it."""
    if project.installed(*BOTS) is None:
        return None
    scripts = [name for name in project.tree.directory().files if name.endswith(".rb")]
    named = [name for name in scripts if "bot" in name]
    return next((found[0] for found in (named, scripts) if len(found) == 1), None)


def workers(project: Project) -> list[tuple[str, Start]]:
    """Return the workers of the declared gems, by the names of their processes."""
    found = []
    for row in WORKERS:
        gem = project.gemfile.gem(row.gem) if project.gemfile is not None else None
        if gem is None or (row.needs and not project.tree.has(row.needs)):
            continue
        line = row.file if row.file and project.tree.has(row.file) else row.command
        if row.gem == "sidekiq" and project.rails is None:
            script = project.tree.first("config/boot.rb", "config/environment.rb", "worker.rb", "app.rb", "main.rb")
            if script is None:
                continue
            line += f" -r ./{script}"
        found.append((row.name, Start(line, gem.origin, f"{row.gem} works through its queue")))
    return found


def lone_worker(project: Project) -> Start | None:
    """Return the worker of an app that is nothing else."""
    found = workers(project) if project.rails is None else []
    return found[0][1] if found else None


def release_task(project: Project) -> Start | None:
    """Return what prepares the database; in a Rails app with several databases that loads their schemas too."""
    tree, manifest = project.tree, project.gemfile
    why = "the database is prepared before a release"
    hanami = manifest.gem("hanami") if manifest is not None else None
    if hanami is not None and project.rails is None:
        migrations = any(tree.has_directory(name) for name in ("config/db/migrate", "db/migrations"))
        return Start("bundle exec hanami db migrate", hanami.origin, why) if migrations else None
    if not (tree.has_directory("db/migrate") or tree.has("db/schema.rb") or tree.has("db/structure.sql")):
        return None
    if project.rails is not None:
        several = any(tree.has(f"db/{name}_schema.rb") for name in ("queue", "cache", "cable"))
        task = "db:prepare" if several else "db:migrate"
        return Start(f"{rails_program(project)} {task}", Origin("db"), why)
    gem = manifest.gem("sinatra-activerecord") if manifest is not None else None
    if gem is not None and tree.has("Rakefile"):
        return Start("bundle exec rake db:migrate", gem.origin, why)
    return None


_THRUST = re.compile(r"(?:exec )?(?:bundle exec thrust|(?:\./)?bin/thrust)\s")
# One command of a server, with its port as a number; or without any port.
_FIXED = re.compile(
    r"(?P<before>bundle exec (?:puma|rackup|rails s(?:erver)?|thin|unicorn)(?: [^;&|\n]{1,300})? (?:-p ?|--port[ =]))"
    r"(?P<port>[0-9]{2,5})(?P<after>(?: [^;&|\n]{0,300})?)"
)
_BARE = re.compile(r"bundle exec (puma|rackup)(?: [\w./-]{1,100}\.ru)?")
_DEVELOPMENT = re.compile(r"\b(?:shotgun|rerun|guard|foreman|overmind|bin/dev)\b")


def main_process(project: Project) -> tuple[str, Start]:
    """Return the name of the main process and its start; raises NoStartError when nothing says how."""
    asked = project.overrides.start
    own = entry(project)
    if asked is not None:
        return "web", _asked(project, asked.value, asked.origin, own)
    if own is not None:
        return ("web" if own.port is not None else "worker"), own
    if any(name == "worker" for name in project.overrides.processes):
        found = project.overrides.processes["worker"]
        return "worker", Start(_with_bundler(start.line(found.value)), found.origin, start.PROCESS_ASKED)
    manifest = project.gemfile.path if project.gemfile is not None else "."
    raise NoStartError(
        "nothing says how to start this Ruby app: no Rails application, no `config.ru`, no worker",
        origin=Origin(manifest),
        hint="write a `config.ru`, or a line `web: bundle exec ruby app.rb` into a Procfile",
    )


def _asked(project: Project, request: CommandRequest, origin: Origin, own: Start | None) -> Start:
    port = own.port if own is not None and own.port is not None else DEFAULT_PORT
    line = _with_bundler(start.line(request))
    fixed = _FIXED.fullmatch(line)
    bare = _BARE.fullmatch(line)
    if fixed is not None and 0 < int(fixed["port"]) < 65536:  # noqa: PLR2004  # TCP
        port = int(fixed["port"])
        line = f"{fixed['before']}${{PORT}}{fixed['after']}"
        text = f"the port {port} was fixed in the start command; it is the default now, and `PORT` changes it"
        project.reasons.report(Diagnostic("BP647", "info", text, origin, "write `-p $PORT`"))
    elif bare is not None and not (bare[1] == "puma" and project.tree.has("config/puma.rb")):
        # Without a word they listen on 9292, whatever PORT is.
        line += " -p ${PORT}"
    variable = puma_variable(project, line)
    if variable is not None:
        line = f"{variable}=${{PORT}} exec {line.removeprefix('exec ')}"
    environment: tuple[tuple[str, str], ...] = ()
    if _THRUST.match(line):
        # Thruster listens on HTTP_PORT, and tells the app another port than its own.
        line = f"HTTP_PORT=${{PORT}} exec {line.removeprefix('exec ')}"
        environment = _BEHIND_THRUSTER
    return Start(line, origin, start.ASKED, port, environment)


def _with_bundler(text: str) -> str:
    """Return a command with `bundle exec` before the program of a gem, which is not on the path without it."""
    line = text.strip()
    own = line.removeprefix("exec ").lstrip()
    program = own.split(maxsplit=1)[0] if own else ""
    if program not in PROGRAMS:
        return line
    return f"bundle exec {own}"


def other_processes(project: Project, name: str) -> dict[str, Start]:
    """Return the processes beside the main one."""
    found: dict[str, Start] = {}
    # Whoever lists processes lists all workers.
    for other, worker in () if set(project.overrides.processes) - {"release"} else workers(project):
        found.setdefault(other, worker)
    release = release_task(project)
    if release is not None:
        found["release"] = release
    for other, request in project.overrides.processes.items():
        found[other] = Start(_with_bundler(start.line(request.value)), request.origin, start.PROCESS_ASKED)
    found.pop(name, None)
    return found


def report_start(project: Project, start: Start) -> None:
    """Say what is odd about a start command that somebody wrote."""
    match = _DEVELOPMENT.search(start.line)
    if match is not None:
        text = f"`{match[0]}` is for a developer's machine"
        fix = "start the server itself: `bundle exec puma -C config/puma.rb`"
        project.reasons.report(Diagnostic("BP640", "warning", text, start.origin, fix))
    if re.search(r"db:(?:migrate|prepare|setup)", start.line) and start.port is not None:
        text = "the database is migrated each time the app starts, in front of it"
        fix = "move it to a line `release: bundle exec rails db:migrate` of a Procfile"
        project.reasons.report(Diagnostic("BP642", "info", text, start.origin, fix))


# The first that finds something is what starts the app.
STARTS = (rails_server, rack_server, hanami_server, script_server, lone_worker, script_program)


# --- plan -------------------------------------------------------------------------------------------------------------

# Since then the command is another one.
_HANAMI = (2,)
_RUN_ONLY = ("PORT", "WEB_CONCURRENCY", "RAILS_MAX_THREADS", "RAILS_LOG_TO_STDOUT", "RAILS_SERVE_STATIC_FILES")
_JUNK = (".bundle/ruby", "vendor/bundle", "log/*", "tmp/*", "coverage", "spec/examples.txt", "node_modules")
# What `rails new` keeps out of an image: keys, and the data of development.
_RAILS_KEYS = ("config/master.key", "config/credentials/*.key", ".kamal/secrets*", "storage/*", "!storage/.keep")
_FOLDERS = ("log", "storage", "tmp/pids")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Ruby app in a tree.

    Raises FileError for a broken Gemfile, VersionError for a version that cannot be met, NoStartError when nothing
    says how to start the app, PlanError for the role `assets`, which Ruby has not.
    """
    engine.refuse_assets("ruby", "Ruby", context)
    project = read_project(tree, context.overrides)
    version = resolve_version(project)
    name, main = main_process(project)
    others = other_processes(project, name)
    apt_build, apt_run = system_packages(project, version.version)
    flavour = "full" if is_nameless(version.version) and project.gemfile is not None else "slim"
    runtime = Runtime("ruby", version.version, version.requested, flavour=flavour)
    installed = install(project, version.version)
    node = _node(project)
    built = _build(project, main, node) if installed is not None else None
    made = [phase for phase in (installed, built) if phase is not None]
    if made or any(asked.commands is not None for asked in project.overrides.phases.values()):
        made.insert(0, Phase("setup", runtime=runtime, apt_packages=apt_build))
    report_start(project, main)
    if project.rails is not None:
        report_rails(project)
    row = project.framework
    return ProviderPlan(
        phases=(*(node.phases if node is not None and built is not None else ()), *made),
        run=_run(project, runtime, apt_run, main, _copies(project, main, installed, built)),
        processes=start.processes(name, main, others, project.reasons),
        secrets=tuple(dict.fromkeys((*(installed.secrets if installed else ()), *(node.secrets if node else ())))),
        artifacts=_artifacts(project, built),
        run_only_variables=_RUN_ONLY,
        own_assets=("node",) if node is not None else (),
        frameworks=(row.id,) if row is not None else (),
        decisions=project.reasons.decisions,
        diagnostics=project.reasons.diagnostics,
    )


def _node(project: Project) -> Node | None:
    has_assets = project.rails is not None and precompile(project) is not None
    return find_node(project) if has_assets or project.installed("hanami-assets") is not None else None


def _build(project: Project, main: Start, node: Node | None) -> Phase | None:
    """Return the phase that builds assets and warms caches, None where the source is shipped as it is."""
    commands: list[str] = []
    origin = Origin(project.gemfile.path) if project.gemfile is not None else rule("build")
    bootsnap = project.installed("bootsnap")
    if project.rails is not None and bootsnap is not None:
        folders = [name for name in ("app/", "lib/") if project.tree.has_directory(name)]
        if folders:
            commands.append(f"bundle exec bootsnap precompile --gemfile {' '.join(folders)}")
            origin = bootsnap
    made = precompile(project) if project.rails is not None else None
    if made is not None:
        commands.append(made[0])
        origin = made[1]
    hanami = project.installed("hanami-assets")
    if hanami is not None and project.rails is None:
        old = project.version("hanami-assets")
        commands.append(f"bundle exec hanami assets {'precompile' if old and old < _HANAMI else 'compile'}")
        origin = hanami
    if not commands:
        return None
    if node is not None and node.packages:
        # Only the build needs them, and the whole folder is shipped.
        commands[-1] += " && rm -rf node_modules"
    inputs = (*(node.inputs if node is not None else ()), Input("."))
    skips = skipped_installs(project) if node is not None and node.installed else {}
    production = _production(project, main)
    installed, shipped = "the packages are installed already", "what is built is for production"
    phase = stated.phase(
        "build",
        project.reasons,
        Stated("commands", tuple(commands), origin, "assets are built, code is cached"),
        Stated("inputs", inputs, origin, "any file may be needed"),
        *(Stated("environment", (pair,), Origin("package.json"), installed) for pair in skips.items()),
        *(Stated("environment", (pair,), main.origin, shipped) for pair in production.items()),
        comment="Source and assets" if made is not None or hanami is not None else "Source, compiled ahead",
        depends_on=("install",),
    )
    return replace(phase, environment=tuple((production | skips).items()))


def _production(project: Project, main: Start) -> dict[str, str]:
    row = project.framework
    # Rails has a variable of its own; a start command may ask for the other one all the same.
    reads_rack = row is None or row.id != "rails" or "RACK_ENV" in main.line
    values = {"RACK_ENV": "production"} if reads_rack else {}
    values |= dict(row.environment) if row is not None else {}
    return {name: value for name, value in values.items() if name not in project.overrides.variables}


def _copies(project: Project, main: Start, installed: Phase | None, built: Phase | None) -> Stated:
    copies = [Input(GEMS, "install")] if installed is not None else []
    if built is not None:
        copies.append(Input(".", "build"))
        return Stated("copies", tuple(copies), main.origin, "the gems, and the source with what the build made")
    copies.append(Input("."))
    if installed is not None and project.lock is None and project.gemfile is not None:
        copies.append(Input(LOCKS[project.gemfile.path], "install"))
    why = "the gems, and the source as it is" if installed is not None else "the source as it is"
    return Stated("copies", tuple(copies), main.origin, why)


def _run(project: Project, runtime: Runtime, apt: tuple[str, ...], main: Start, copies: Stated) -> Run:
    folders = _FOLDERS if project.rails is not None else ()
    writable = lower_interpreted.writable("logs, uploads, caches and SQLite", *folders)
    values = _environment(project, main, jemalloc="libjemalloc2" in apt)
    image = lower_interpreted.run(runtime, project.reasons, copies, values, writable=writable, apt=apt)
    if main.port is None:
        return image
    image = lower_interpreted.with_port(image, main, project.reasons)
    place = health_route(project) if project.rails is not None else None
    probe = health_probe.probe("ruby", "/up") if place is not None else None
    if place is None or probe is None:
        return image
    project.reasons.decide("run.health_check", "/up", place, "Rails' own health check")
    return replace(image, health_check=HealthCheck(probe))


def _environment(project: Project, main: Start, *, jemalloc: bool) -> Iterator[Stated]:
    variable = lower_interpreted.variable
    yield lower_interpreted.home()
    if project.gemfile is not None:
        for name, value in bundler_settings(project):
            why = "Bundler finds at run time what it installed"
            yield variable(name, value, Origin(project.gemfile.path), why)
    row = project.framework
    place = catalogued(f"frameworks.{row.id}") if row is not None else rule("production")
    for name, value in _production(project, main).items():
        yield variable(name, value, place, "the app runs for its users")
    if project.rails is not None:
        for name, (value, origin) in rails_environment(project).items():
            yield variable(name, value, origin, "the production configuration asks for it")
    if jemalloc:
        yield variable("LD_PRELOAD", "libjemalloc.so.2", rule("jemalloc"), "less memory; what `rails new` sets up too")
    for name, value in main.environment:
        yield variable(name, value, main.origin, "where the app listens behind Thruster")


def _artifacts(project: Project, built: Phase | None) -> tuple[str, ...]:
    assets = ("public/assets",) if built is not None and not project.tree.has_directory("public/assets") else ()
    return (*_JUNK, *assets, *(_RAILS_KEYS if project.rails is not None else ()))


# --- detection --------------------------------------------------------------------------------------------------------

# Words in names of folders that hold no app of their own.
_NO_APPS = subfolder.OTHERS | {"vendor", "spec", "plugins", "themes"}
_STARTED_BY = re.compile(r"(?:exec )?(?:bundle exec|\S{0,9}bin/(?:rails|thrust|jobs)|rails|rackup|puma|ruby|sidekiq)\b")


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Ruby's."""
    path = manifest_path(tree)
    start = overrides.start
    started = start is not None and _STARTED_BY.match(start.value.text.strip()) is not None
    if path is None:
        return _without_gemfile(tree, started=started)
    found = Evidence(f"there is `{path}`", Origin(path))
    try:
        project = read_project(tree, overrides)
    except BuildplanError as error:
        return Detection(Strength.MANIFEST, (Evidence(found.text, error.origin or found.origin),))
    row = project.framework
    ids = (row.id,) if row is not None else ()
    front = ("",) if project.rails is not None and tree.has("package.json") else ()
    if project.rails is not None:
        evidence = Evidence("a Rails application is defined", project.rails)
        return Detection(Strength.APP, (evidence, found), frameworks=ids, frontends=front)
    site = project.gemfile.gem(*GENERATORS) if project.gemfile is not None else None
    if started and start is not None:
        return Detection(Strength.APP, (Evidence("a start command is given", start.origin), found), frameworks=ids)
    if site is not None:
        return Detection(Strength.TOOLING, (Evidence(f"`{site.name}` writes a static site", site.origin),))
    own = entry(project)
    if own is not None:
        return Detection(Strength.APP, (Evidence(own.why, own.origin), found), frameworks=ids)
    gems = project.gemfile.gems if project.gemfile is not None else ()
    if all(gem.name in TOOLS or gem.name.startswith(("rubocop", "jekyll-", "fastlane-")) for gem in gems if gem.ships):
        return Detection(Strength.TOOLING, (Evidence(f"`{path}` holds tools only", found.origin),))
    return Detection(Strength.MANIFEST, (found,), frameworks=ids)


def below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folder of the only Ruby app near the root; none where there are several, or the root is Ruby's."""
    if manifest_path(tree) is not None or any(name.endswith((".rb", ".ru")) for name in tree.directory().files):
        return ()
    return subfolder.only_app(tree, "Ruby", ("Gemfile", "gems.rb"), _NO_APPS, overrides, detect)


def _without_gemfile(tree: SourceTree, *, started: bool) -> Detection | None:
    path = tree.first("config.ru", "app.rb", "main.rb", "server.rb")
    if path is None:
        return None
    strength = Strength.COMMAND if started else Strength.STRAY
    return Detection(strength, (Evidence(f"`{path}` is a Ruby file", Origin(path)),))
