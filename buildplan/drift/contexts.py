"""Which directory a Dockerfile is built in: its COPY paths mean nothing without it.

A compose file or a devcontainer.json that names the Dockerfile says it. Otherwise the directory of the Dockerfile and
those above it are tried: the one that has what is copied is it. Where several fit, or none does, nobody knows.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from buildplan.errors import FileError
from buildplan.read import dockerignore, json_document, yaml_document
from buildplan.read.dockerfile import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.dockerfile import Dockerfile, Instruction, Stage
    from buildplan.source import SourceTree

_COMPOSE = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml", re.ASCII)
_WILDCARD = re.compile(r"[*?\[]")
_MAX_COMPOSE_FILES = 20
# Where plugins of Maven and Gradle have Dockerfiles that they copy elsewhere.
MAVEN_DIRECTORY = "src/main/docker"


@dataclass(frozen=True, slots=True)
class Context:
    """A build context: a directory of the tree, `""` for the root. `certain` when nothing else can be meant."""

    directory: str
    certain: bool

    def path(self, source: str) -> str | None:
        """Return the path in the tree that a source in the context is; None when it leads out of it."""
        path = posixpath.normpath(source.strip("/") or ".")
        if path.startswith(".."):
            return None
        path = "" if path == "." else path
        return f"{self.directory}/{path}".strip("/")


@dataclass(frozen=True, slots=True)
class Source:
    """A path of the context that an instruction names; `text` is as the author wrote it."""

    instruction: Instruction
    stage: Stage
    text: str
    path: str
    wildcard: bool
    alone: bool


def sources(dockerfile: Dockerfile) -> Iterator[Source]:
    """Yield what is copied or mounted from the build context, where that is known without running anything.

    A path that a build argument decides is left out: such an argument is there to be given another value.
    """
    for stage in dockerfile.stages:
        for item in stage.instructions:
            if item.on_build:
                continue
            words = list(_copied(item)) if item.name in {"COPY", "ADD"} else list(_mounted(item))
            for word in words:
                if word.value is None or word.arguments or not _is_local(item, word.value):
                    continue
                path = posixpath.normpath(word.value.strip("/") or ".")
                wildcard = bool(_WILDCARD.search(path))
                yield Source(item, stage, word.value, path, wildcard, len(words) == 1)


def _copied(item: Instruction) -> Iterator[Word]:
    if item.flag("from") is None and len(item.words) > 1:
        yield from (word for word in item.words[:-1] if not word.text.startswith("<<"))


def _mounted(item: Instruction) -> Iterator[Word]:
    for mount in item.flags_named("mount"):
        values = mount_options(mount)
        if values.get("type") == "bind" and "from" not in values and values.get("source"):
            yield Word(values["source"], None if "$" in values["source"] else values["source"])


def mount_options(mount: Word) -> dict[str, str]:
    """Return the options of a `--mount`, `source` and `target` under these names; `type` is `bind` by default."""
    found = {"type": "bind"}
    for part in (mount.value or "").split(","):
        name, _, value = part.partition("=")
        name = {"src": "source", "dst": "target", "destination": "target"}.get(name, name)
        found[name] = value
    return found


def _is_local(item: Instruction, source: str) -> bool:
    return not (item.name == "ADD" and (re.match(r"(?:https?|git|ssh)://|git@", source) or source.endswith(".git")))


def matches(tree: SourceTree, path: str, *, wildcard: bool) -> bool:
    """Return whether there is a file or directory at a path of the tree, or one that fits its wildcard."""
    if not wildcard:
        return path == "" or tree.has(path) or tree.has_directory(path)
    found = [""]
    for part in path.split("/"):
        following = []
        for directory in found:
            names = tree.directory(directory)
            hits = [name for name in (*names.files, *names.directories) if fits(name, part)]
            following += [f"{directory}/{name}".strip("/") for name in hits]
        found = following
    return bool(found)


def fits(name: str, pattern: str) -> bool:
    """Return whether a name fits one segment of a wildcard path."""
    # Runs of `*` mean the same as one, and one cannot blow up.
    return name == pattern or fnmatchcase(name, re.sub(r"\*+", "*", pattern)[:200])


def find(tree: SourceTree, dockerfile: Dockerfile) -> Context:
    """Return the build context of a Dockerfile."""
    own = dockerfile.path.rpartition("/")[0]
    named = _of_compose(tree, dockerfile.path) | _of_devcontainer(tree, dockerfile.path)
    if len(named) == 1:
        return Context(named.pop(), certain=True)
    if named:
        return Context(own if own in named else "", certain=False)
    if own.endswith(MAVEN_DIRECTORY):
        # A plugin of Maven or Gradle fills the context and builds there.
        return Context(own, certain=False)
    named_sources = list(sources(dockerfile))
    wanted = [item for item in named_sources if item.path != "."]
    candidates = [own]
    while candidates[-1]:
        candidates.append(candidates[-1].rpartition("/")[0])
    hits = {place: {item.path for item in wanted if _is_there(tree, place, item)} for place in candidates}
    best = max(candidates, key=lambda place: len(hits[place]))
    if len(candidates) == 1:
        # A file at the root may still be meant for a directory that a script fills first.
        return Context(own, certain=len(wanted) < len(named_sources) or not wanted or bool(hits[own]))
    if any(len(hits[place]) == len(hits[best]) for place in candidates if place != best):
        return Context(own, certain=False)
    # Another directory that has something of its own to offer might be the one that is meant.
    return Context(best, certain=all(hits[place] < hits[best] for place in candidates if place != best))


def _is_there(tree: SourceTree, place: str, item: Source) -> bool:
    path = Context(place, certain=False).path(item.path)
    return path is not None and matches(tree, path, wildcard=item.wildcard)


def _of_compose(tree: SourceTree, path: str) -> set[str]:
    """Return the contexts that compose files give to a Dockerfile."""
    found = set()
    files = [name for name in tree.files if _COMPOSE.fullmatch(name.rpartition("/")[2])]
    for file in files[:_MAX_COMPOSE_FILES]:
        try:
            services = yaml_document.read(tree, file).get("services")
        except FileError:
            continue
        for service in services.values() if isinstance(services, dict) else ():
            build = service.get("build") if isinstance(service, dict) else None
            if isinstance(build, str):
                build = {"context": build}
            if not isinstance(build, dict):
                continue
            context, named = build.get("context", "."), build.get("dockerfile", "Dockerfile")
            if not isinstance(context, str) or not isinstance(named, str) or "$" in context + named or "://" in context:
                continue
            directory = posixpath.normpath(posixpath.join(posixpath.dirname(file), context))
            directory = "" if directory == "." else directory
            if posixpath.normpath(posixpath.join(directory, named)) == path and not directory.startswith(".."):
                found.add(directory)
    return found


def _of_devcontainer(tree: SourceTree, path: str) -> set[str]:
    """Return the contexts that devcontainer.json files give to a Dockerfile.

    Source, checked 2026-11-24: https://containers.dev/implementors/json_reference/#image-specific (both paths are
    relative to the file; the context is its folder by default; `dockerFile` and `context` are the older names).
    """
    found = set()
    for file in ("devcontainer.json", ".devcontainer.json"):
        for name in tree.named(file)[:_MAX_COMPOSE_FILES]:
            try:
                document = json_document.read(tree, name, comments=True)
            except FileError:
                continue
            build = document.get("build")
            build = build if isinstance(build, dict) else {}
            named = build.get("dockerfile", document.get("dockerFile"))
            context = build.get("context", document.get("context", "."))
            if not isinstance(named, str) or not isinstance(context, str) or "$" in named + context:
                continue
            folder = posixpath.dirname(name)
            directory = posixpath.normpath(posixpath.join(folder, context))
            directory = "" if directory == "." else directory
            if posixpath.normpath(posixpath.join(folder, named)) == path and not directory.startswith(".."):
                found.add(directory)
    return found


def ignore_file(tree: SourceTree, dockerfile: Dockerfile, context: Context) -> str | None:
    """Return the ignore file that counts for a build: the Dockerfile's own, or the one of the context."""
    own = f"{dockerfile.path}.dockerignore"
    common = f"{context.directory}/{dockerignore.PATH}".lstrip("/")
    return tree.first(own, common)
