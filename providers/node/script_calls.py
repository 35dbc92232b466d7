"""Which script a command runs: `npm start`, `yarn workspace web dev`, `pnpm --filter api run start` and such."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.read.shell import Simple, Word

    from .manifest import Manifest
    from .workspaces import Workspace

_OWN_SCRIPTS = frozenset({"start", "stop", "restart", "test"})
_RUN = frozenset({"run", "run-script", "rum", "urn"})
_INSTALL = frozenset({"install", "i", "ci", "add", "rebuild", "dedupe", "prune", "link"})
# Options of the managers that take a value: where, and which package.
_DIRECTORY = frozenset({"--prefix", "-C", "--cwd", "--dir"})
_PACKAGE = frozenset({"-w", "--workspace", "--filter", "-F", "--scope", "--project", "-p"})
_OTHER_VALUES = frozenset({"--loglevel", "--concurrency", "--env-file", "--workspace-concurrency", "-c"})
_MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun", "yarnpkg"})
_TASK_RUNNERS = frozenset({"turbo", "lerna", "nx", "moon"})


class ScriptCall(NamedTuple):
    """A script of a package: of the one in `directory`, or the one called `package`.

    `install` is true for `npm ci` and its likes, which an image has done already. `surely` is false where the word
    may be a program of the packages as well (`yarn next`).
    """

    script: str = ""
    arguments: tuple[Word, ...] = ()
    directory: str = ""
    package: str = ""
    install: bool = False
    surely: bool = True


def called(command: Simple) -> ScriptCall | None:
    """Return the script that a command runs; None when it runs none."""
    program = command.program
    if program == "node":
        return _node(command)
    if program in _TASK_RUNNERS:
        return _task(command)
    if program in _MANAGERS:
        return _manager(command, "yarn" if program == "yarnpkg" else program)
    return None


def _node(command: Simple) -> ScriptCall | None:
    words = command.words
    for index, word in enumerate(words[1:], 1):
        if word.text == "--run" and index + 1 < len(words):
            return ScriptCall(words[index + 1].text, _own(words[index + 2 :]))
        if word.text.startswith("--run="):
            return ScriptCall(word.text.partition("=")[2], _own(words[index + 1 :]))
        if not word.text.startswith("-"):
            break
    return None


def _own(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(word for word in words if word.text != "--")


def _manager(command: Simple, program: str) -> ScriptCall | None:
    directory, package, words = _options(command.words[1:], program)
    if not words:
        return ScriptCall(install=True) if program == "yarn" else None
    first, *rest = words
    text = first.text
    if program == "yarn" and text == "workspace" and len(rest) > 1:
        package, rest = rest[0].text, rest[1:]
        first, *rest = rest
        text = first.text
    if text in _INSTALL:
        return ScriptCall(install=True)
    if text in _RUN:
        below, below_package, rest = _options(tuple(rest), program)
        if not rest:
            return None
        name, *rest = rest
        directory, package = directory or below, package or below_package
        return _script(name.text, tuple(rest), directory, package, npm=program == "npm", surely=program != "bun")
    if program == "npm":
        if text not in _OWN_SCRIPTS:
            return None
        return _script(text, tuple(rest), directory, package, npm=True, surely=True)
    return _script(text, tuple(rest), directory, package, npm=False, surely=False)


def _script(name: str, rest: tuple[Word, ...], directory: str, package: str, *, npm: bool, surely: bool) -> ScriptCall:
    """Return the call; `npm run x --prefix y` has options behind the name too, and npm keeps all of them to itself."""
    texts = [word.text for word in rest]
    end = texts.index("--") if "--" in texts else len(texts)
    below, below_package, plain = _options(rest[:end], "npm")
    own = tuple(word for word in plain if not word.text.startswith("-")) if npm else rest[:end]
    if below or below_package:
        own = tuple(plain)
    return ScriptCall(name, (*own, *rest[end + 1 :]), directory or below, package or below_package, surely=surely)


def _options(words: tuple[Word, ...], program: str) -> tuple[str, str, list[Word]]:
    """Return the directory and package that leading options name, and the words behind all leading options."""
    directory = package = ""
    rest = list(words)
    while rest and rest[0].text.startswith("-") and rest[0].text != "--":
        name, _, value = rest.pop(0).text.partition("=")
        takes_value = name in _DIRECTORY | _PACKAGE | _OTHER_VALUES and not (program == "pnpm" and name in {"-w", "-c"})
        if takes_value and not value and rest:
            value = rest.pop(0).text
        if name in _DIRECTORY:
            directory = value
        elif name in _PACKAGE and takes_value:
            package = package or value  # of several the first: the others run beside it
    return directory, package, rest


def _task(command: Simple) -> ScriptCall | None:
    """Read `turbo run start --filter=web`, `lerna run start --scope web`, `nx start web`, `nx run web:start`."""
    words = list(command.words[1:])
    package = ""
    texts: list[Word] = []
    while words:
        word = words.pop(0)
        name, _, value = word.text.partition("=")
        if word.text == "--":
            break
        if name in _PACKAGE:
            named = value or (words.pop(0).text if words else "")
            package = package or named
        elif not word.text.startswith("-"):
            texts.append(word)
    names = [word.text for word in texts if word.text not in _RUN]
    if not names or (command.program == "nx" and names[0] in {"run-many", "affected", "exec"}):
        return None
    script = names[0]
    if command.program in {"nx", "moon"}:
        left, _, right = script.partition(":")
        if right:
            package, script = (left, right.partition(":")[0]) if command.program == "nx" else (left, right)
        elif len(names) > 1:
            package = names[1]
    return ScriptCall(script, tuple(words), package=package, surely=False)


def member(workspace: Workspace, wanted: str) -> Manifest | None:
    """Return the package that a filter names: its name, its directory, or the last part of either."""
    text = wanted.removesuffix("...").removesuffix("^").removeprefix("...").removeprefix("^").strip("{}")
    path = text.removeprefix("./").strip("/")
    manifests = [workspace.root, *(item.manifest for item in workspace.members)]
    for matches in (_by_name, _by_path, _by_last_part):
        found = next((manifest for manifest in manifests if matches(manifest, text, path)), None)
        if found is not None:
            return found
    return None


def _by_name(manifest: Manifest, name: str, _: str) -> bool:
    return manifest.name == name


def _by_path(manifest: Manifest, _: str, path: str) -> bool:
    return bool(path) and manifest.directory == path


def _by_last_part(manifest: Manifest, name: str, _: str) -> bool:
    parts = (manifest.directory.rpartition("/")[2], (manifest.name or "").rpartition("/")[2])
    return bool(name) and name in parts


def names(call_words: Iterable[Word], manifest: Manifest) -> tuple[str, ...]:
    """Return the scripts that the words of `run-s build start:*` name, patterns expanded in the manifest's order."""
    found: list[str] = []
    for word in call_words:
        text = word.text
        if text.startswith("-"):
            continue
        if "*" in text:
            prefix = text.partition("*")[0]
            found.extend(name for name in manifest.scripts if name.startswith(prefix))
        else:
            found.append(text)
    return tuple(dict.fromkeys(found))
