"""`package.json`, read once, with the place of every field.

npm itself is lenient in places that real projects rely on (`main: false`, `engines` as a list, a script that is
null); such fields are dropped and noted in `Manifest.oddities`. What npm refuses too is a FileError.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.model.version_ranges import shown
from buildplan.read import json_document

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

# https://docs.npmjs.com names: URL-safe, one optional scope; capitals are legacy but still installed.
# One that begins with `-` would be taken as an option.
_NAME = re.compile(r"(?:@[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)?[A-Za-z0-9_~][A-Za-z0-9._~-]*", re.ASCII)
_SCRIPT = re.compile(r"[A-Za-z0-9_.@][A-Za-z0-9_.:@/+~-]*", re.ASCII)
# Letters of any script are fine between quotes; what a shell reads inside them, and what ends a line, is not.
_PATH = re.compile(r"[\w.@+~ ()\[\],=-]+(?:/[\w.@+~ ()\[\],=-]+)*")
_MAX_NAME = 214
DEPENDENCY_FIELDS = ("dependencies", "optionalDependencies", "devDependencies", "peerDependencies")


class Manifest(NamedTuple):
    """One `package.json`. `directory` is `""` for the root's; an absent file is an empty manifest.

    `builds_with` is the script that builds, where one was asked for.
    """

    path: str
    directory: str
    document: Document
    name: str | None
    scripts: dict[str, str]
    dependencies: dict[str, str]
    dev_dependencies: dict[str, str]
    optional_dependencies: dict[str, str]
    peer_dependencies: dict[str, str]
    main: str | None
    type: Literal["module", "commonjs"]
    oddities: tuple[Diagnostic, ...] = ()
    builds_with: str = ""

    @property
    def is_absent(self) -> bool:
        """Whether there is no `package.json`, but an Nx `project.json` in its place."""
        return not self.path.endswith("package.json")

    @property
    def programs(self) -> dict[str, str]:
        """The files that the package installs as programs (`bin`), by name."""
        value = self.document.get("bin")
        if isinstance(value, str):
            value = {(self.name or "").rpartition("/")[2]: value}
        found = value if isinstance(value, dict) else {}
        return {
            str(name): path.removeprefix("./")
            for name, path in found.items()
            if isinstance(path, str) and _PATH.fullmatch(path.removeprefix("./"))
        }

    @property
    def label(self) -> str:
        """What a message calls it: its name, else its directory."""
        return self.name or self.directory or "the root package"

    def origin(self, *keys: Key) -> Origin:
        """Return the place of a key path in the file."""
        return self.document.origin(*keys)

    @property
    def installed(self) -> tuple[tuple[str, dict[str, str]], ...]:
        """The tables of dependencies that an install takes, by their fields, the production one first."""
        return (
            ("dependencies", self.dependencies),
            ("optionalDependencies", self.optional_dependencies),
            ("devDependencies", self.dev_dependencies),
        )

    def has(self, *names: str) -> bool:
        """Return whether one of the packages is a dependency, of any kind but peer."""
        return any(
            name in self.dependencies or name in self.dev_dependencies or name in self.optional_dependencies
            for name in names
        )

    def dependency(self, name: str) -> Sourced[str] | None:
        """Return the requested range of a dependency, the production one first, or None."""
        for field, table in self.installed:
            if name in table:
                return Sourced(table[name], self.origin(field, name))
        return None

    def script(self, name: str) -> Sourced[str] | None:
        """Return the text of a script, or None; an empty script counts as none."""
        text = self.scripts.get(name, "")
        return Sourced(text, self.origin("scripts", name)) if text.strip() else None


def read(tree: SourceTree, directory: str = "") -> Manifest:
    """Return the `package.json` of a directory.

    Raises FileError when it is missing, is not JSON, or has a field of a type that npm refuses.
    """
    path = f"{directory}/package.json" if directory else "package.json"
    return tree.memo("node-manifest", path, lambda: _parse(json_document.read(tree, path), directory))


def absent(directory: str, path: str, name: str) -> Manifest:
    """Return an empty manifest for a project that has another file, `path`, in its place (Nx: `project.json`)."""
    from buildplan.read.document import Document

    return _parse(Document(path, {"name": name}, lambda _: None), directory)


def _parse(document: Document, directory: str) -> Manifest:
    oddities: list[Diagnostic] = []
    name = document.string("name")
    main = document.get("main")
    if main is not None and not isinstance(main, str):
        oddities.append(_ignored(document, ("main",), main, "a path"))
        main = None
    return Manifest(
        path=document.path,
        directory=directory,
        document=document,
        name=(name.value.strip() or None) if name else None,
        scripts=_texts(document, "scripts", oddities),
        dependencies=_texts(document, "dependencies", oddities),
        dev_dependencies=_texts(document, "devDependencies", oddities),
        optional_dependencies=_texts(document, "optionalDependencies", oddities),
        peer_dependencies=_texts(document, "peerDependencies", oddities),
        main=main or None,
        type="module" if document.get("type") == "module" else "commonjs",
        oddities=tuple(oddities),
    )


def _texts(document: Document, field: str, oddities: list[Diagnostic]) -> dict[str, str]:
    """Return a table of texts; an empty list is an empty table, an entry that is no text is left out and noted."""
    if document.get(field) == []:
        oddities.append(_ignored(document, (field,), [], "a table"))
        return {}
    result = {}
    for key, value in document.table(field).items():
        if isinstance(value, str):
            result[key] = value
        elif field == "scripts":
            oddities.append(_ignored(document, (field, key), value, "a text"))
        else:
            raise document.wrong_type((field, key), value, "a version range")
    return result


def _ignored(document: Document, keys: tuple[Key, ...], value: object, expected: str) -> Diagnostic:
    error = document.wrong_type(keys, value, expected)
    return Diagnostic("BP615", "info", f"{error.problem}; it is ignored", error.origin, "correct or remove it")


def package_word(manifest: Manifest) -> str:
    """Return the package's name, fit to stand in a command.

    Raises FileError when the package has no name, or one that the registry's grammar does not allow.
    """
    name = manifest.name
    if name is None:
        raise FileError(
            "it has no `name`, so the package manager cannot be told to build it",
            origin=manifest.origin(),
            hint=f"add a `name` to `{manifest.path}`",
        )
    return checked_name(name, manifest.origin("name"))


def checked_name(name: str, origin: Origin) -> str:
    """Return a package name unchanged; raises FileError for one that is no package name."""
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise FileError(
            f"`{shown(name)}` is not a package name",
            origin=origin,
            hint="use letters, digits, `-`, `_`, `.`, with at most one `@scope/` before them",
        )
    return name


def script_word(name: str, origin: Origin) -> str:
    """Return a script's name unchanged, fit to stand in a command; raises FileError for any other text."""
    if len(name) > _MAX_NAME or not _SCRIPT.fullmatch(name):
        raise FileError(
            f"`{shown(name)}` cannot be run as a script: its name has characters that a shell would read",
            origin=origin,
            hint="use letters, digits, `-`, `_`, `.`, `:`, `/` in script names",
        )
    return name


def path_word(path: str, origin: Origin) -> str:
    """Return a path of the tree, quoted where a shell needs it; raises FileError for one that no quoting makes safe."""
    if not _PATH.fullmatch(path) or path.startswith("-"):
        raise FileError(
            f"the path `{shown(path)}` has characters that a shell would read",
            origin=origin,
            hint="rename the directory; use letters, digits, `-`, `_`, `.`",
        )
    return shlex.quote(path)


# The scripts of a manifest: which one builds, and what it reaches.


# What people call the script that builds for production, the usual name first. Heroku's and Google's buildpacks run
# theirs in place of it.
BUILD_SCRIPTS = (
    "build",
    "build:prod",
    "build:production",
    "build-prod",
    "production",
    "build:all",
    "heroku-postbuild",
    "gcp-build",
    "compile",
    "build:web",
    "build:app",
    "build:server",
    "build:client",
    "build:frontend",
    "build:ui",
    "build-frontend",
)
# Scripts that build the app only where a site generator is what they call: elsewhere they are about documents.
SITE_SCRIPTS = ("docs:build", "build:docs", "generate", "build:site", "site:build", "export")
_GENERATORS = re.compile(
    r"(?:^|[\s/])(?:vitepress|vuepress(?:-vite|-webpack)?|docusaurus|nuxt|nuxi|astro|eleventy|hexo|gatsby|slidev|vocs|rspress"
    r"|next|expo|gridsome|react-static|sapper)\s",
    re.ASCII,
)
_MAX_SCRIPTS = 40
# What people call a build inside of an image, where there is no database.
FOR_IMAGES = ("build-docker", "build:docker", "docker-build", "docker:build")
_DOCKER = re.compile(r"\bdocker(?:-compose)?\s")
_CHECK = re.compile(r"(?:^|[-:_])(?:check|verify|validate|ensure)(?:[-:_]|$)")


def build_script(manifest: Manifest) -> str | None:
    """Return the name of the script that builds the app, or None."""
    if manifest.builds_with:
        return manifest.builds_with
    for name in FOR_IMAGES:
        text = manifest.scripts.get(name, "")
        if text and "build" in manifest.scripts and not _DOCKER.search(text) and _checks_less(manifest, name):
            return name
    found = next((name for name in BUILD_SCRIPTS if manifest.script(name) is not None), None)
    return found or next(
        (name for name in SITE_SCRIPTS if _GENERATORS.search(f"{manifest.scripts.get(name, '')} ")), None
    )


def _checks_less(manifest: Manifest, name: str) -> bool:
    """Return whether a script leaves out a check that `build` makes, such as one for a database."""
    left_out = set(manifest.scripts["build"].split()) - set(manifest.scripts[name].split())
    return any(word in manifest.scripts and _CHECK.search(word) for word in left_out)


def build_texts(manifest: Manifest) -> tuple[str, ...]:
    """Return the text of the build script and of every script that it reaches."""
    name = build_script(manifest)
    return () if name is None else reached(manifest, name)


def reached(manifest: Manifest, name: str) -> tuple[str, ...]:
    """Return the texts of a script, its `pre` and `post` scripts, and those that they name, each once."""
    texts: list[str] = []
    seen: set[str] = set()
    pending = [name]
    while pending and len(texts) < _MAX_SCRIPTS:
        current = pending.pop(0)
        if current in seen:
            continue
        seen.add(current)
        script = manifest.script(current)
        if script is None:
            continue
        texts.append(script.value)
        words = script.value.replace("&", " ").replace(";", " ").replace('"', " ").replace("'", " ").split()
        named = [word.removeprefix("npm:") for word in words]
        pending.extend([f"pre{current}", *(word for word in named if word in manifest.scripts), f"post{current}"])
    return tuple(texts)
