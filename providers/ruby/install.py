"""The phase that installs gems.

Bundler installs into `/usr/local/bundle`, where the official image keeps gems, and that folder is shipped. Downloads
stay in a cache of their own. With a lock file nothing else is installed than what it says (`BUNDLE_DEPLOYMENT`).

Sources, checked 2026-11-24:
- https://bundler.io/man/bundle-config.1.html
- https://github.com/docker-library/ruby (GEM_HOME, BUNDLE_APP_CONFIG)
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase
from buildplan.model.origin import Origin, rule
from buildplan.model.version_ranges import numbers_of

from . import gemfile as gemfiles

if TYPE_CHECKING:
    from .gemfile import Gemfile
    from .gemfile_lock import Lock
    from .project import Project

GEMS = "/usr/local/bundle/"
_CACHE = Cache("bundler", "/root/.bundle/cache")
# Since Ruby 3.1 the Bundler that comes with it fetches the one that the lock file names.
_SWITCHES = (3, 1)
_BUNDLERS: dict[tuple[int, ...], tuple[int, ...]] = {(2, 6): (2, 4, 22), (2, 7): (2, 4, 22), (3, 0): (2, 5, 23)}
_PUBLIC = ("https://rubygems.org", "http://rubygems.org", "rubygems")


def phase(project: Project, version: str) -> Phase | None:
    """Return the phase `install`, None when there is no Gemfile."""
    manifest = project.gemfile
    if manifest is None:
        return None
    reasons = project.reasons
    command = f"bundle install && rm -rf {GEMS}ruby/*/cache"
    bundler = _bundler(project, version)
    if bundler is not None:
        command = f"gem install bundler --no-document --version {bundler} && {command}"
    place = Origin(project.lock.path if project.lock is not None else manifest.path)
    reasons.decide("phases.install.commands", command, place, "the gems that the tree names; downloads are not shipped")
    inputs = _inputs(project, manifest)
    reasons.decide(
        "phases.install.inputs",
        " ".join(item.path for item in inputs),
        Origin(manifest.path),
        "what Bundler reads, and nothing else" if inputs[0].path != "." else "the Gemfile reads other files",
    )
    reasons.decide("phases.install.caches", _CACHE.target, rule("caches"), "downloads are kept between builds")
    values = (*environment(project), ("BUNDLE_GLOBAL_GEM_CACHE", "true"))
    for name, value in values:
        reasons.decide(f"phases.install.environment.{name}", value, place, _WHY[name])
    secrets = _secrets(project, manifest)
    if project.lock is None:
        text = f"there is no `{gemfiles.LOCKS[manifest.path]}`, so two builds may get different gems"
        fix = "run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit the file"
        reasons.report(Diagnostic("BP612", "warning", text, Origin(manifest.path), fix))
    _check(project)
    return Phase(
        "install",
        comment="Gems",
        commands=(command,),
        inputs=inputs,
        caches=(_CACHE,),
        secrets=secrets,
        environment=values,
        depends_on=("setup",),
    )


_WHY = {
    "BUNDLE_DEPLOYMENT": "the lock file decides, or the build stops",
    "BUNDLE_GLOBAL_GEM_CACHE": "downloads go into the cache, outside of the image",
    "BUNDLE_PATH": "where the official image keeps gems",
    "BUNDLE_WITHOUT": "what only developers need is not installed",
}


def environment(project: Project) -> tuple[tuple[str, str], ...]:
    """Return Bundler's settings, which the build and the running app share."""
    values = {"BUNDLE_PATH": GEMS.rstrip("/")}
    if project.lock is not None and not _is_foreign(project.lock):
        values["BUNDLE_DEPLOYMENT"] = "1"
    groups = project.gemfile.groups if project.gemfile is not None else frozenset()
    without = [name for name in ("development", "test") if name in groups]
    if without:
        values["BUNDLE_WITHOUT"] = ":".join(without)
    return tuple(sorted((name, value) for name, value in values.items() if name not in project.overrides.variables))


def _bundler(project: Project, version: str) -> str | None:
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


def _inputs(project: Project, manifest: Gemfile) -> tuple[Input, ...]:
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


def _secrets(project: Project, manifest: Gemfile) -> tuple[str, ...]:
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
    for name, origin in found.items():
        project.reasons.decide("phases.install.secrets", name, origin, "gems come from a source that may want a login")
    return tuple(found)


def _is_foreign(lock: Lock) -> bool:
    """Return whether a lock file was made on another system only: what is frozen does not install on Linux."""
    return bool(lock.platforms) and not any(name == "ruby" or "linux" in name for name in lock.platforms)


def _check(project: Project) -> None:
    """Report a lock file without a platform of the image: Bundler adds it in the build, and keeps the versions."""
    lock = project.lock
    if lock is None or not _is_foreign(lock):
        return
    shown = ", ".join(f"`{name[:40]}`" for name in lock.platforms[:4])
    text = f"the lock file knows only the platforms {shown}, and the image is Linux: it is completed in the build"
    fix = "run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit the file"
    project.reasons.report(Diagnostic("BP659", "warning", text, Origin(lock.path, lock.platforms_line), fix))
