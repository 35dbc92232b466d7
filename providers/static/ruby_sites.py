"""Generators that come as Ruby gems: Jekyll and Middleman, with the versions that the tree's Gemfile names.

Sources, checked 2026-11-24: https://jekyllrb.com/docs/step-by-step/10-deployment/,
https://middlemanapp.com/basics/build-and-deploy/, https://bundler.io/man/bundle-config.1.html.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.errors import PlanError
from buildplan.language.versions import resolve_runtime
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import Origin, Sourced

from .generators import build_phase, output, setting, table, title
from .python_sites import Written

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .generators import Generator

_LOCK = "Gemfile.lock"
_COMMANDS = {"jekyll": "bundle exec jekyll build", "middleman": "bundle exec middleman build"}
_ENVIRONMENT = {"jekyll": (("JEKYLL_ENV", "production"),), "middleman": ()}
_BUILD_DIR = re.compile(r"""^[ \t]*set[ \t(]+:build_dir[ \t]*,[ \t]*["']([^"'\n]{1,200})["']""", re.MULTILINE)


def phases(tree: SourceTree, generator: Generator, overrides: Overrides, reasons: Reasons) -> Written:
    """Return how the site is written.

    Raises PlanError where no Gemfile says which versions to take, FileError for a configuration that cannot be read.
    """
    if not tree.has("Gemfile"):
        known = table(generator.name)
        raise PlanError(
            f"nothing says which version of {title(generator.name)} and of its plugins to take",
            origin=generator.origin,
            hint=f"write a Gemfile with `{known['gemfile_line']}`, run `bundle lock`, and commit both",
        )
    lock = tree.text_or_none(_LOCK)
    gemfile = tree.text("Gemfile")
    ruby = resolve_runtime("ruby", tree, overrides, reasons)
    runtime = Runtime("ruby", ruby.version, ruby.requested)
    packages = []
    if catalogue.suite("ruby", runtime.version) is None:
        # Packages of a Debian that old are gone from the mirrors; this image has a compiler and git.
        runtime = replace(runtime, flavour="full")
    else:
        packages.append("build-essential")
        why = "gems with C extensions are compiled"
        reasons.decide("apt.build.build-essential", "build-essential", Origin("Gemfile"), why)
    if packages and ("git:" in gemfile or "github:" in gemfile or (lock is not None and "\nGIT\n" in f"\n{lock}")):
        packages.append("git")
        reasons.decide("apt.build.git", "git", Origin("Gemfile"), "a gem comes from a git repository")
    setup = Phase("setup", runtime=runtime, apt_packages=tuple(packages))
    frozen = lock is not None and not _is_foreign(lock, reasons)
    install = Phase(
        "install",
        comment=f"Install {title(generator.name)} and its plugins",
        commands=("bundle install",),
        inputs=_inputs(tree, gemfile),
        caches=(Cache("bundler", "/root/.bundle/cache"),),
        environment=(("BUNDLE_FROZEN", "true"),) if frozen else (),
        depends_on=("setup",),
    )
    place = Origin(_LOCK if lock is not None else "Gemfile")
    reasons.decide("phases.install.commands", "bundle install", place, "the gems that the tree names")
    if frozen:
        why = "the lock file decides, or the build stops"
        reasons.decide("phases.install.environment.BUNDLE_FROZEN", "true", place, why)
    if lock is None:
        text = "there is no Gemfile.lock, so two builds may get different gems"
        reasons.report(Diagnostic("BP659", "warning", text, Origin("Gemfile"), "run `bundle lock` and commit the file"))
    command = _COMMANDS[generator.name]
    reasons.decide("phases.build.commands", command, generator.origin, f"the build command of {title(generator.name)}")
    for name, value in _ENVIRONMENT[generator.name]:
        reasons.decide(f"phases.build.environment.{name}", value, generator.origin, "the site is built for visitors")
    folder = output(generator.name, _destination(tree, generator), reasons)
    build = build_phase(generator, (command,), folder, environment=_ENVIRONMENT[generator.name])
    return Written((setup, install, build), folder)


def _inputs(tree: SourceTree, gemfile: str) -> tuple[Input, ...]:
    # What a Gemfile reads beside itself: a gemspec, gems of the tree, another Gemfile, a version file.
    if re.search(r"^[ \t]*(?:gemspec|eval_gemfile)\b|\bpath:|:path[ \t]*=>", gemfile, re.MULTILINE):
        return (Input("."),)
    names = ["Gemfile", _LOCK]
    if "ruby file:" in gemfile or "ruby(file:" in gemfile:
        names += [".ruby-version", ".tool-versions"]
    return tuple(Input(name) for name in names if tree.has(name))


def _destination(tree: SourceTree, generator: Generator) -> Sourced[str] | None:
    if generator.name == "middleman":
        text = tree.text(generator.config)
        found = _BUILD_DIR.search(text)
        if found is None:
            return None
        return Sourced(found[1], Origin(generator.config, text.count("\n", 0, found.start(1)) + 1, "build_dir"))
    from buildplan.read import toml_document, yaml_document

    reader = toml_document.read if generator.config.endswith(".toml") else yaml_document.read
    return setting(reader(tree, generator.config), "destination")


def _is_foreign(lock: str, reasons: Reasons) -> bool:
    """Return whether a lock was made on a Mac only, and report it: what is frozen does not install on Linux."""
    section = lock.partition("\nPLATFORMS\n")[2].partition("\n\n")[0]
    names = section.split()
    if not names or any(name == "ruby" or "linux" in name for name in names):
        return False
    line = lock[: lock.index("\nPLATFORMS\n") + 1].count("\n") + 1
    shown = ", ".join(f"`{name[:40]}`" for name in names[:4])
    text = f"the lock file knows only the platforms {shown}, and the image is Linux: it is completed in the build"
    fix = "run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit the file"
    reasons.report(Diagnostic("BP659", "warning", text, Origin(_LOCK, line), fix))
    return True
