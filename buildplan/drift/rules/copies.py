"""What COPY and ADD take from the build context: it has to be there, and `.dockerignore` has to let it in."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.drift import artifacts, contexts
from buildplan.drift.findings import Finding
from buildplan.model.origin import Origin
from buildplan.read import dockerignore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.contexts import Source
    from buildplan.drift.subject import Subject
    from buildplan.read.dockerignore import Rule

# Names without a suffix that are sources; any other may be a program that was built before, where programs are built.
_PLAIN_NAMES = {
    *(
        "Brewfile",
        "Caddyfile",
        "Gemfile",
        "LICENSE",
        "Makefile",
        "Pipfile",
        "Procfile",
        "README",
        "Rakefile",
        "artisan",
    ),
    *("cmd", "config", "configs", "db", "docs", "frontend", "gradle", "gradlew", "internal", "justfile", "lib", "libs"),
    *(
        "locales",
        "macros",
        "migrations",
        "mvnw",
        "packages",
        "patches",
        "prisma",
        "priv",
        "proto",
        "resources",
        "scripts",
    ),
    *("src", "templates", "test", "tests", "views"),
}
_PROGRAM_MANIFESTS = ("go.mod", "Cargo.toml", "CMakeLists.txt", "Makefile", "Package.swift", "build.zig", "meson.build")
_FEW = 3
_MANY = 3


def paths(subject: Subject) -> Iterator[Finding]:
    """BP730, BP731: each path that is copied from the build context."""
    if not subject.context.certain:
        yield from _nothing_there(subject)
        return
    ignore = contexts.ignore_file(subject.tree, subject.dockerfile, subject.context)
    text = subject.tree.text_or_none(ignore) if ignore else None
    rules = dockerignore.parse(text) if text else ()
    gone: list[Finding] = []
    there = 0
    for source in contexts.sources(subject.dockerfile):
        if source.path == "." or source.path.startswith(".."):
            continue
        rule = None if source.wildcard else dockerignore.excluding(rules, source.path)
        if rule is not None and ignore is not None:
            if not _comes_back(rules, source.path):
                yield _excluded(subject, source, rule, ignore)
            continue
        path = subject.context.path(source.path)
        if path is None or contexts.matches(subject.tree, path, wildcard=source.wildcard):
            there += 1
            continue
        found = _gone(subject, source, path)
        if found is not None:
            gone.append(found)
    # Where most is missing, something fills another directory first and builds there (Maven's resources, a script).
    if len(gone) < _MANY or len(gone) <= there:
        yield from gone


def _nothing_there(subject: Subject) -> Iterator[Finding]:
    """BP730: no directory that the Dockerfile may be built in has anything of what it copies."""
    own = subject.dockerfile.path.rpartition("/")[0]
    if own.endswith(contexts.MAVEN_DIRECTORY):
        return
    places = [own]
    while places[-1]:
        places.append(places[-1].rpartition("/")[0])
    wanted = [
        item
        for item in contexts.sources(subject.dockerfile)
        if item.path != "." and not item.wildcard and not item.path.startswith("..")
    ]
    paths = [f"{place}/{item.path}".strip("/") for place in places for item in wanted]
    tree = subject.tree
    if any(contexts.matches(tree, path, wildcard=False) or artifacts.may_be_made(tree, path) for path in paths):
        return
    if all(_gone(subject, item, f"{own}/{item.path}".strip("/")) is None for item in wanted):
        return
    names = ", ".join(f"`{item.text}`" for item in wanted[:_FEW])
    text = f"nothing that is copied is anywhere in the tree: {names}{', …' if len(wanted) > _FEW else ''}"
    fix = "correct the paths, or say in a compose file which directory it is built in"
    yield Finding("BP730", "warning", text, subject.place(wanted[0].instruction), None, fix)


def _comes_back(rules: tuple[Rule, ...], path: str) -> bool:
    """Return whether a rule with `!` may bring back something in the directory."""
    return any(rule.keep and (rule.pattern.startswith(f"{path}/") or "*" in rule.pattern) for rule in rules)


def _excluded(subject: Subject, source: Source, rule: Rule, ignore: str) -> Finding:
    return Finding(
        "BP731",
        "error",
        f"`{source.text}` is copied, and `{rule.pattern}` in {posixpath.basename(ignore)} keeps it out of the build",
        subject.place(source.instruction),
        Origin(ignore, rule.line),
        f"remove the pattern, or add `!{source.path}` below it",
    )


def _gone(subject: Subject, source: Source, path: str) -> Finding | None:
    tree = subject.tree
    if artifacts.may_be_made(tree, path):
        return None
    name = posixpath.basename(path)
    place = subject.place(source.instruction)
    if source.wildcard:
        # A wildcard that finds nothing is the usual way to say "if it is there"; alone it is no such thing.
        if not source.alone or name.startswith("*") is False or "." not in name:
            return None
        return Finding(
            "BP730", "warning", f"`{source.text}` is copied, and nothing in the tree fits", place, None, None
        )
    elsewhere = _elsewhere(subject, path)
    parent = posixpath.dirname(path)
    plain = "." not in name
    if name.startswith("."):
        return None
    known = name in _PLAIN_NAMES or source.text.endswith("/") or (parent and tree.has_directory(parent))
    known = known or not any(tree.named(manifest) for manifest in _PROGRAM_MANIFESTS)
    if plain and not known and not elsewhere:
        return None
    fix = f"it is now at `{elsewhere[0]}`" if len(elsewhere) == 1 else "remove it from the Dockerfile, or bring it back"
    other = Origin(elsewhere[0]) if len(elsewhere) == 1 else None
    return Finding("BP730", "error", f"`{source.text}` is copied, and the tree has no such path", place, other, fix)


def _elsewhere(subject: Subject, path: str) -> tuple[str, ...]:
    """Return where else in the build context there is something of that name; empty when it is in many places."""
    name = posixpath.basename(path)
    root = subject.context.directory
    found = [file for file in subject.tree.named(name) if not root or file.startswith(f"{root}/")]
    found += [
        directory
        for directory in subject.tree.listing.directories
        if posixpath.basename(directory) == name and (not root or directory.startswith(f"{root}/"))
    ]
    directory = subject.tree.directory(posixpath.dirname(path))
    same = [item for item in (*directory.files, *directory.directories) if item.lower() == name.lower()]
    found = [posixpath.join(posixpath.dirname(path), item) for item in same] or found
    relative = [item[len(root) :].lstrip("/") for item in found]
    return tuple(sorted(relative)) if len(relative) <= _FEW else ()
