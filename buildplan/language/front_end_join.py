"""Front ends beside a server: which folder builds what the server reads, and where the server looks for it.

A package in a folder of its own (`client/`, `web/`) belongs into the app's image where something says so: the output of
its build lies inside of the app, the app's code names that output, the authors' Dockerfile or a script moves it to
where the app reads it, or it is the only front end and the app serves one folder that the tree does not hold. What is
built and committed is taken as it is.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import BuildplanError, FileError
from buildplan.language import frontends
from buildplan.language.declare import Language
from buildplan.model.build_plan import APP_DIR
from buildplan.model.origin import Origin
from buildplan.read import json_document, own_dockerfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Provider, ProviderPlan
    from buildplan.model.requests import Overrides
    from buildplan.read.dockerfile import Instruction, Stage
    from buildplan.source import SourceTree

_MANIFEST = "package.json"
# Levels of folders that are looked at, and how many front ends and source files.
_DEEPEST = 3
_MOST_PACKAGES = 6
_MOST_FILES = 400
# Parts of paths of what is shown, tested or shipped by itself.
_OTHERS = frozenset(
    {"test", "tests", "testdata", "spec", "e2e", "docs", "doc", "documentation", "microsite", "examples", "example"}
    | {"samples", "demo", "demos", "fixtures", "scripts", "tools", "node_modules", "vendor", "third_party", "storybook"}
    | {
        "mobile",
        "android",
        "ios",
        "electron",
        "desktop",
        "extension",
        "extensions",
        "plugins",
        "packages",
        "benchmarks",
    }
    | {"cypress", "playwright", "docker", "templates", "email", "emails", "sdk", "cli", "landing"}
)
_BUILDS = re.compile(r"build|generate|production|release|compile", re.IGNORECASE)
# A build of the app's own that runs Node by itself.
_RUNS_NODE = re.compile(r"frontend-maven-plugin|node-gradle|gradle-node-plugin|frontend-gradle|com\.github\.node")
# Languages whose root may hold a package.json that builds what the program embeds; with others Node takes part itself.
_EMBED_THE_ROOT = frozenset({"go", "rust"})
_JAVA_MANIFESTS = ("pom.xml", "build.gradle", "build.gradle.kts")
# Calls and settings by which servers name a folder of files, of every language.
_SERVES = re.compile(
    r"express\.static\(|serveStatic|serve-static|fastify-?[sS]tatic|@fastify/static|\bsirv\(|koa-static|rootPath"
    r"|StaticFiles\(|static_folder|send_from_directory|STATICFILES_DIRS|static_path|static_dir|STATIC_DIR"
    r"|ServeDir::new|\bFiles::new|http\.Dir\(|http\.FileServer|\.Static\(|go:embed|include_dir!|RustEmbed|folder\s*="
    r"|UseSpa|RootPath|WebRootPath|[\"']wwwroot|UseStaticFiles|MapFallbackToFile|sendFile\(|public_folder|addResourceLocations|staticFiles|Plug\.Static"
)
# Of these the first argument is an address.
_WITH_ADDRESS = re.compile(r"\bFiles::new|\.Static\(")
_BY_FILE = re.compile(r"__dirname|__file__|import\.meta|__DIR__|go:embed")
_LITERAL = re.compile(r"""(["'`])((?:(?!\1)[^\\\n]){1,200})\1""")
_EMBED = re.compile(r"go:embed\s+(?:all:)?([\w./*-]{1,200})", re.ASCII)
# Between two words of one path: `join(root, "client", "dist")`, `BASE_DIR / "client" / "dist"`.
_JOINS = re.compile(r"\s*[,/+]\s*")
_EXPANSION = re.compile(r"^(?:\$?\{[^{}]{0,80}\}/?)+")
_PATH = re.compile(r"[\w@.-]+(?:/[\w@.-]+)*", re.ASCII)
# How people call the folder that a server serves; `data` and `uploads` are not built.
_SERVED = frozenset(
    {"public", "static", "dist", "build", "www", "web", "site", "ui", "client", "frontend", "html", "wwwroot", "webui"}
    | {"browser", "out", "spa", "webapp", "assets", "front", "website"}
)
_MOVES = re.compile(r"\b(?:mv|cp|rsync)\s+(?:-\S+\s+)*(\S{1,200})\s+(\S{1,200})", re.ASCII)


class Join(NamedTuple):
    """A front end of the app: its folder, the script that builds it, and where the result goes.

    `script` is empty for the usual one. `target` is a path of the tree, an absolute one of the image, or empty for
    where the build leaves it.
    """

    folder: str
    origin: Origin
    why: str
    target: str = ""
    script: str = ""


class Named(NamedTuple):
    """A path that a line of the app's code names, as paths of the tree that it may mean; `serves`: to serve it."""

    paths: tuple[str, ...]
    origin: Origin
    serves: bool


class Found(NamedTuple):
    """The front ends of the app, and folders that build a site which nothing reads."""

    joins: tuple[Join, ...] = ()
    unread: tuple[str, ...] = ()


def find(tree: SourceTree, provider: Provider, app: ProviderPlan, folder: str, overrides: Overrides) -> Found:
    """Return the front ends beside an app whose folder this is, `""` for the root."""
    with_root = provider.name in _EMBED_THE_ROOT and not folder
    folders = tuple(item for item in _packages(tree, app, folder) if item or with_root)[:_MOST_PACKAGES]
    if not folders or _builds_itself(tree, provider, app, folder):
        return Found()
    start = posixpath.relpath(app.run.working_dir, APP_DIR) if app.run is not None else "."
    said = {join.folder: join for join in (*_by_scripts(tree, folders, folder), *_by_dockerfile(tree, folders, start))}
    outputs: dict[str, str] = {}
    joins: list[Join] = []
    for path in folders:
        told = said.get(path)
        output = _output(tree, path, overrides, "" if told is None else told.script, provider.name)
        if output is None:
            continue
        outputs[path] = output
        target = output if told is None else told.target or output
        if _is_committed(tree, target) or (told is None and _is_committed(tree, output)):
            del outputs[path]
        elif told is not None:
            joins.append(told)
        elif path and not output.startswith(f"{path}/"):
            joins.append(Join(path, Origin(f"{path}/{_MANIFEST}"), "its build writes into the app", output))
    left = {path: output for path, output in outputs.items() if all(join.folder != path for join in joins)}
    if left:
        named = tuple(_named(tree, provider, folder, folders))
        joins.extend(_by_name(tree, left, named, overrides))
        left = {path: output for path, output in left.items() if all(join.folder != path for join in joins)}
        if len(left) == 1 and "" not in left and not joins:
            joins.extend(_only_one(tree, next(iter(left)), named, folders))
    known = {join.folder for join in joins}
    return Found(tuple(joins), tuple(path for path in left if path and path not in known))


def place(target: str, folder: str) -> str:
    """Return where a path of the tree is for an app that lies in `folder`: from the app's directory, or absolute."""
    if target.startswith("/") or not folder:
        return target
    path = posixpath.normpath(posixpath.join(APP_DIR, posixpath.relpath(target, folder)))
    return path.removeprefix(f"{APP_DIR}/")


def _packages(tree: SourceTree, app: ProviderPlan, folder: str) -> Iterator[str]:
    """Yield the folders with a package.json that builds something, and that no phase of the app installs."""
    known = {item.path for phase in app.phases for item in phase.inputs if item.phase is None}
    for path in tree.named(_MANIFEST):
        own = posixpath.dirname(path)
        parts = own.lower().split("/")
        if (own and own == folder) or len(parts) > _DEEPEST or own in app.frontends:
            continue
        if path in known or any(part in _OTHERS or part.startswith(".") for part in parts):
            continue
        if own and folder.startswith(f"{own}/"):
            continue
        try:
            scripts = json_document.read(tree, path).get("scripts")
        except FileError:
            continue
        if isinstance(scripts, dict) and any(_BUILDS.search(str(name)) for name in scripts):
            yield own


def _builds_itself(tree: SourceTree, provider: Provider, app: ProviderPlan, folder: str) -> bool:
    """Return whether the app's own build runs Node: then it makes what it needs."""
    if provider.name == "dotnet" and any(phase.runtime and phase.runtime.name == "node" for phase in app.phases):
        return True
    if provider.name == "elixir" and any("assets" in command for phase in app.phases for command in phase.commands):
        return True
    if provider.name == "java":
        return any(
            _RUNS_NODE.search(tree.text_or_none(path) or "") for name in _JAVA_MANIFESTS for path in tree.named(name)
        )
    if provider.name != "node":
        return False
    return _node_builds(tree, folder)


def _node_builds(tree: SourceTree, folder: str) -> bool:
    """Return whether a script of the app that runs in the build goes into another folder, or a workspace is built."""
    path = posixpath.join(folder, _MANIFEST)
    if not tree.has(path):
        return False
    try:
        document = json_document.read(tree, path)
    except FileError:
        return False
    if document.get("workspaces") is not None or tree.has("pnpm-workspace.yaml"):
        return True
    scripts = document.get("scripts")
    texts = {str(name): str(text) for name, text in scripts.items()} if isinstance(scripts, dict) else {}
    run = [texts.get(name, "") for name in ("prebuild", "build", "postbuild", "heroku-postbuild", "postinstall")]
    for _ in range(3):
        run.extend(text for name, text in texts.items() if text not in run and any(name in line for line in run))
    lines = " ".join(run)
    return re.search(r"(?:cd|--prefix|--cwd|-C|--dir|--filter|-w|--workspace)[ =]", lines) is not None and bool(
        _BUILDS.search(lines)
    )


def _output(tree: SourceTree, folder: str, overrides: Overrides, script: str, app: str = "") -> str | None:
    """Return where the build of a folder writes, as a path of the tree; None where it makes no site, or fails."""
    try:
        found = frontends.built(tree, folder, overrides, script, app)
    except BuildplanError:
        return None
    if found is None:
        return None
    base = "" if frontends.in_workspace(tree, folder) else folder
    path = posixpath.normpath(posixpath.join(base, found[1].assets[-1].path.rstrip("/")))
    return None if path.startswith(("..", "/")) or path == folder else path


def _is_committed(tree: SourceTree, path: str) -> bool:
    """Return whether a folder holds more than the one page, or the hidden file, that keeps its place."""
    return not path.startswith("/") and sum(1 for _ in itertools.islice(_files(tree, path), 2)) > 1


def _files(tree: SourceTree, path: str) -> Iterator[str]:
    pending = [path]
    while pending:
        inside = tree.directory(current := pending.pop())
        yield from (name for name in inside.files if not name.startswith(".") and not name.lower().startswith("readme"))
        pending.extend(f"{current}/{name}" for name in inside.directories)


# --- what the authors' files say --------------------------------------------------------------------------------------


def _by_scripts(tree: SourceTree, folders: tuple[str, ...], folder: str) -> Iterator[Join]:
    """Yield where scripts of package.json, a Makefile or the Dockerfile move the output of a front end to."""
    for path, line, text in _lines(tree, folders):
        for source, target in _MOVES.findall(text):
            clean = posixpath.normpath(source.replace("/*", "").removeprefix("./").removeprefix("/app/"))
            own = next((item for item in folders if clean.startswith(f"{item}/")), None)
            goes = posixpath.normpath(target.strip("\"'").removeprefix("./").removeprefix("/app/"))
            if own is None or not _PATH.fullmatch(goes) or goes.startswith(("..", f"{own}/")):
                continue
            if posixpath.basename(clean) not in _SERVED or goes == ".":
                continue
            yield Join(own, Origin(path, line), "the authors move what it builds there", posixpath.join(folder, goes))


def _lines(tree: SourceTree, folders: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    for path in dict.fromkeys(("Makefile", _MANIFEST, *(posixpath.join(item, _MANIFEST) for item in folders))):
        for number, line in enumerate((tree.text_or_none(path) or "").split("\n"), 1):
            if "mv " in line or "cp " in line:
                yield path, number, line
    for item in own_dockerfile.instructions(tree, "RUN"):
        for line in re.split(r"&&|;|\\?\n", item.value.text):
            yield item.origin.path, item.origin.line or 1, line


def _by_dockerfile(tree: SourceTree, folders: tuple[str, ...], start: str) -> Iterator[Join]:
    """Yield what the authors' Dockerfile builds in a stage of its own, and copies into the image that it ships.

    The directory in which their process starts is that of ours, `start`.
    """
    dockerfile = own_dockerfile.read(tree)
    if dockerfile is None or len(dockerfile.stages) < 2:  # noqa: PLR2004  # the image, and a stage before it
        return
    stage = dockerfile.shipped
    directory = "/"
    for item in stage.history:
        if item.name == "WORKDIR" and item.words and item.words[0].value:
            directory = posixpath.join(directory, item.words[0].value)
    for item in stage.history:
        origin = item.flag("from") if item.name == "COPY" else None
        source = dockerfile.stage(origin.value) if origin is not None and origin.value else None
        if source is None or len(item.words) != 2:  # noqa: PLR2004  # one source, one destination
            continue
        own = _copied_folder(source, folders)
        paths = [word.value for word in item.words]
        if own is None or paths[0] is None or paths[1] is None:
            continue
        if posixpath.basename(paths[0].rstrip("/")) not in _SERVED:
            continue
        target = posixpath.normpath(posixpath.join(directory, paths[1]))
        # Without a WORKDIR the process starts at the root, which is our own directory of the app.
        target = target.removeprefix(f"{directory.rstrip('/')}/")
        if target in {directory, "/"} or ".." in target:
            continue
        if not target.startswith("/"):
            target = posixpath.normpath(posixpath.join(start, target))
        why = "the authors' Dockerfile builds it, and copies it there"
        yield Join(own, Origin(dockerfile.path, item.first), why, target, _script(source))


def _copied_folder(stage: Stage, folders: tuple[str, ...]) -> str | None:
    """Return the one front end that a stage copies from the tree, None where it copies others as well."""
    found: set[str] = set()
    for item in stage.history:
        if item.name == "COPY" and item.flag("from") is None:
            for word in item.words[:-1]:
                path = posixpath.normpath((word.value or word.text).strip("/"))
                own = next((name for name in folders if path == name or path.startswith(f"{name}/")), None)
                if own is not None:
                    found.add(own)
    return found.pop() if len(found) == 1 else None


def _script(stage: Stage) -> str:
    """Return the script that a stage builds with where that is not called `build`."""
    for item in _runs(stage):
        match = re.search(r"\b(?:npm run|yarn(?: run)?|pnpm(?: run)?|bun run)\s+([\w:-]{1,40})", item.text, re.ASCII)
        for name in [match[1]] if match is not None else []:
            if _BUILDS.search(name) and name not in {"build", "install"}:
                return name
    return ""


def _runs(stage: Stage) -> Iterator[Instruction]:
    return (item for item in stage.history if item.name == "RUN")


# --- what the app's code says -----------------------------------------------------------------------------------------


def _by_name(
    tree: SourceTree, outputs: dict[str, str], named: tuple[Named, ...], overrides: Overrides
) -> Iterator[Join]:
    """Yield the front ends whose output the code names, or that of another script of theirs."""
    for folder, output in outputs.items():
        if not folder:
            serving = ((item, path) for item in named if item.serves for path in item.paths)
            around = next((item for item, path in serving if f"{output}/".startswith(f"{path}/")), None)
            if around is not None:
                yield Join(folder, around.origin, "the app embeds what its build makes")
            continue
        inside = tuple(
            (item, path)
            for item in named
            for path in item.paths
            if path.startswith(f"{folder}/") and not tree.has(path)
        )
        exact = next((item for item, path in inside if path == output or path.startswith(f"{output}/")), None)
        if exact is not None:
            yield Join(folder, exact.origin, "the app's code reads what its build makes")
            continue
        for item, path in inside:
            wanted = path.removesuffix("/index.html")
            if posixpath.basename(wanted) not in _SERVED or tree.has_directory(wanted):
                continue
            script = _script_writing(tree, folder, wanted, overrides)
            # What is read is not where the usual build writes, and no other script says that it writes there.
            target = "" if script else wanted
            yield Join(folder, item.origin, "the app's code reads what its build makes", target, script)
            break


def _script_writing(tree: SourceTree, folder: str, wanted: str, overrides: Overrides) -> str:
    scripts = json_document.read(tree, posixpath.join(folder, _MANIFEST)).get("scripts")
    for name in scripts if isinstance(scripts, dict) else ():
        is_other = name != "build" and _BUILDS.search(str(name))
        if is_other and _output(tree, folder, overrides, str(name)) == wanted:
            return str(name)
    return ""


def _only_one(tree: SourceTree, folder: str, named: tuple[Named, ...], folders: tuple[str, ...]) -> Iterator[Join]:
    """Yield the only front end for the only folder that the app serves and the tree does not hold."""
    wanted: dict[str, Origin] = {}
    for item in named:
        if not item.serves:
            continue
        for path in item.paths[:1]:
            own = path.removesuffix("/index.html")
            parts = own.split("/")
            below = any(own == name or own.startswith(f"{name}/") for name in folders)
            if below or parts[-1] not in _SERVED or tree.has(own) or _is_committed(tree, own):
                continue
            wanted.setdefault(own, item.origin)
    tops = [path for path in wanted if not any(path.startswith(f"{other}/") for other in wanted)]
    if len(tops) == 1:
        why = f"the app serves `{tops[0]}`, which the tree does not hold, and this is its only front end"
        yield Join(folder, wanted[tops[0]], why, tops[0])


def _named(tree: SourceTree, provider: Provider, folder: str, folders: tuple[str, ...]) -> Iterator[Named]:
    """Yield the paths that the app's own code names."""
    if not isinstance(provider, Language):
        return
    endings = (*provider.code, *(item.removeprefix("*") for item in provider.sources))
    words = {posixpath.basename(name) for name in folders} - {""}
    paths = (path for path in tree.with_suffix(*endings) if _is_own(path, folder, folders)) if endings else iter(())
    for _, path in zip(range(_MOST_FILES), paths, strict=False):
        text = tree.text_or_none(path)
        if text is None or not (_SERVES.search(text) or any(word in text for word in words)):
            continue
        lines = text.split("\n")
        for index, line in enumerate(lines):
            serves = _SERVES.search(line) is not None
            if not serves and not any(word in line for word in words):
                continue
            origin = Origin(path, index + 1)
            by_file = _BY_FILE.search(line) is not None
            if serves:
                for literal in _served(lines, index):
                    found = _meanings(literal, path, folder, by_file=by_file)
                    if found:
                        yield Named(found, origin, serves=True)
            for literal in _literals(line):
                found = _meanings(literal, path, folder, by_file=by_file)
                if any(item.startswith(f"{name}/") for item in found for name in folders):
                    yield Named(found, origin, serves=False)


def _served(lines: list[str], index: int) -> Iterator[str]:
    """Yield the folder that a call names: its first string, on this line or the next two."""
    match = _SERVES.search(lines[index])
    rest = lines[index][match.start() :] if match is not None else ""
    window = rest
    if not _LITERAL.search(rest) and "embed" not in rest:
        window = " ".join((rest, *lines[index + 1 : index + 3]))
    window = _call(window)
    if match is not None and match[0].startswith(("UseStaticFiles", "MapFallbackToFile")):
        # ASP.NET's own folder (https://learn.microsoft.com/aspnet/core/fundamentals/static-files).
        window = '"wwwroot"'
    if match is not None and _WITH_ADDRESS.match(rest):
        window = _LITERAL.sub("", window, count=1)
    yield from itertools.islice(_literals(window), 1)


def _call(text: str) -> str:
    """Return the text up to the end of the call that it begins with, or of the one that it is an argument of."""
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == ")" and depth <= 0:
            return text[:index]
    return text


def _is_own(path: str, folder: str, folders: tuple[str, ...]) -> bool:
    if folder and not path.startswith(f"{folder}/"):
        return False
    if any(path.startswith(f"{name}/") for name in folders):
        return False
    parts = path.lower().split("/")
    return not any(part in {"test", "tests", "spec", "node_modules", "vendor", "e2e", "__tests__"} for part in parts)


def _literals(line: str) -> Iterator[str]:
    """Yield the strings of a line, those that are joined to one path as one."""
    match = _EMBED.search(line)
    if match is not None:
        yield match[1]
        return
    end: int | None = None
    whole = ""
    for found in _LITERAL.finditer(line):
        if end is not None and _JOINS.fullmatch(line[end : found.start()]):
            whole = f"{whole.rstrip('/')}/{found[2].lstrip('/')}"
        else:
            if whole:
                yield whole
            whole = found[2]
        end = found.end()
    if whole:
        yield whole


def _meanings(literal: str, file: str, folder: str, *, by_file: bool) -> tuple[str, ...]:
    """Return what a literal may mean as a path of the tree, the likeliest first."""
    text = _EXPANSION.sub("", literal.strip()).strip("/").removesuffix("/*")
    if not _PATH.fullmatch(text):
        return ()
    bases = [posixpath.dirname(file), folder] if by_file or text.startswith("..") else [folder, posixpath.dirname(file)]
    found = [posixpath.normpath(posixpath.join(base, text)) for base in bases]
    bare = text
    while bare.startswith("../"):
        bare = bare.removeprefix("../")
        found.append(posixpath.normpath(bare))
    return tuple(dict.fromkeys(path for path in found if not path.startswith("..") and path != "."))
