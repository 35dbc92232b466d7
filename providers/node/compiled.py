"""What a build writes, as far as its commands tell: directories, what each holds, and whether that is all.

`known` is false as soon as one command may write anywhere; then everything has to be kept.
"""

from __future__ import annotations

import itertools
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.language.javascript import javascript
from buildplan.read import json_document

from . import config_file, frameworks, nx, programs
from .config_file import Found
from .follow import joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.source import SourceTree

    from .follow import Step
    from .manifest import Manifest

# Program → options that name the output, default output ("" is unknown without the option).
_BUNDLERS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...], str]] = {
    # options, default, configuration files, key
    "tsup": (("-d", "--out-dir", "--outDir"), "dist", ("tsup.config",), "outDir"),
    "tsdown": (("-d", "--out-dir"), "dist", ("tsdown.config",), "outDir"),
    "unbuild": ((), "dist", ("build.config",), "outDir"),
    "pkgroll": (("--dist",), "dist", (), ""),
    "esbuild": (("--outdir", "--outfile"), "", (), ""),
    "swc": (("-d", "--out-dir", "-o", "--out-file"), "", (), ""),
    "babel": (("-d", "--out-dir", "-o", "--out-file"), "", (), ""),
    "ncc": (("-o", "--out"), "dist", (), ""),
    "vite": (("--outDir",), "dist", ("vite.config",), "build.outDir"),
    "webpack": (("-o", "--output-path"), "dist", ("webpack.config",), "output.path"),
    "lb-tsc": (("--outDir",), "dist", (), ""),
    "tailwindcss": (("-o", "--output"), "", (), ""),
    "postcss": (("-o", "--output", "-d", "--dir"), "", (), ""),
}
# These only check, remove, or write where another command wrote before.
_QUIET = frozenset(
    {"eslint", "prettier", "biome", "vue-tsc", "svelte-check", "rimraf", "rm", "del", "del-cli", "tsc-alias", "mkdir"}
    | {"lb-clean", "resolve-tspaths", "tsconfig-replace-paths", "echo", "true", "husky", "typecheck", "mkdirp"}
)
_COPIERS = frozenset({"cp", "copyfiles", "cpx", "cpy", "ncp"})
_MAX_EXTENDS = 5


class Compilation(NamedTuple):
    """A directory that TypeScript is compiled into, and the directory that it mirrors; None: not known."""

    output: str
    source: str | None


class Compiled(NamedTuple):
    """What the commands write, as paths of the tree."""

    outputs: tuple[str, ...] = ()
    known: bool = True
    into_packages: bool = False
    compilations: tuple[Compilation, ...] = ()
    bundles: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Return whether a path lies in an output."""
        return any(path == output or path.startswith(f"{output}/") for output in self.outputs)

    def made_from(self, source: str) -> tuple[str, ...]:
        """Return the paths that a source file may be compiled to, likeliest first."""
        stem = source.rpartition(".")[0] or source
        found: list[str] = []
        for item in self.compilations:
            roots = [item.source] if item.source is not None else [stem.partition("/")[0], ""]
            found.extend(
                posixpath.join(item.output, posixpath.relpath(stem, root) if root else stem) + ".js"
                for root in roots
                if root == "" or stem.startswith(f"{root}/")
            )
        found.extend(posixpath.join(output, posixpath.basename(stem) + ".js") for output in self.bundles)
        return tuple(dict.fromkeys(found))


def analyse(tree: SourceTree, steps: Iterable[Step], own: dict[str, tuple[str, ...]]) -> Compiled:
    """Return what the steps of a build write.

    `own` maps the framework's build command (`next build`) to its outputs.
    """
    outputs: list[str] = []
    compilations: list[Compilation] = []
    bundles: list[str] = []
    known, into_packages = True, False
    for step in steps:
        program, arguments = programs.named(step.command)
        text = step.command.source
        framework = next((paths for command, paths in own.items() if frameworks.calls(text, command)), None)
        if framework is not None:
            outputs.extend(framework)
        elif program == "prisma" and "generate" in arguments:
            into_packages = True
        elif program in _QUIET or "--noEmit" in arguments or step.use == "nothing":
            continue
        elif program == "nx":
            found_output = _nx(tree, step)
            known &= found_output is not None
            if found_output is not None:
                outputs.append(found_output)
                bundles.append(found_output)
        elif program in {"tsc", "nest", "tspc", "ngc"}:
            found = _typescript(tree, step, program, arguments)
            known &= found is not None
            if found is not None:
                compilations.append(found)
                outputs.append(found.output)
        else:
            target = _target(tree, step, program, arguments)
            known &= target is not None
            if target is not None:
                outputs.append(target)
                bundles.append(target)
    outputs = [path for path in dict.fromkeys(outputs) if path]
    return Compiled(tuple(outputs), known, into_packages, tuple(compilations), tuple(bundles))


def _nx(tree: SourceTree, step: Step) -> str | None:
    """Return where the build of an Nx project at the step's place writes; None when it cannot be told."""
    found = nx.build_of(tree, step.manifest)
    return found.output if found is not None else None


def _target(tree: SourceTree, step: Step, program: str, arguments: tuple[str, ...]) -> str | None:
    """Return the directory that a bundler or copier writes to; None when it may be anywhere."""
    if program in _COPIERS:
        plain = [word for word in arguments if not word.startswith("-")]
        return _inside(step.directory, plain[-1].split("/")[0]) if len(plain) > 1 else None
    if program == "sass":
        plain = [word.rpartition(":")[2] for word in arguments if not word.startswith("-")]
        return _inside(step.directory, posixpath.dirname(plain[-1]) or ".") if plain else None
    if program == "node":
        return _esbuild(tree, step, arguments)
    if program == "bun" and arguments[:1] == ("build",):
        return _option(step, arguments, ("--outdir", "--outfile"))
    if program not in _BUNDLERS or step.use == "development":
        return None
    options, default, names, key = _BUNDLERS[program]
    given = _option(step, arguments, options)
    if given is not None:
        return given
    for name in names:
        path = frameworks.config_path(tree, step.manifest, name)
        value = None if path is None else config_file.read(tree, path).get(*key.split("."))
        if isinstance(value, Found) and isinstance(value.value, str):
            return _inside(step.directory, value.value)
        if value is not None:
            return None
    return _inside(step.directory, default) if default else None


def _esbuild(tree: SourceTree, step: Step, arguments: tuple[str, ...]) -> str | None:
    """Return the folder that a program of the tree gives to esbuild (https://esbuild.github.io/api/#outdir)."""
    path = joined(step.directory, arguments[0]) if arguments and not arguments[0].startswith("-") else None
    if not path or not tree.has(path) or "esbuild" not in (tree.text_or_none(path) or ""):
        return None
    config = config_file.read(tree, path)
    for call, key in itertools.product(("context", "build", "buildSync"), ("outdir", "outfile")):
        found = config.argument(call, key)
        if isinstance(found, Found) and isinstance(found.value, str):
            return _inside(step.directory, found.value if key == "outdir" else posixpath.dirname(found.value))
    return None


def _option(step: Step, arguments: tuple[str, ...], options: tuple[str, ...]) -> str | None:
    value = option(arguments, options)
    if value is None or "$" in value:
        return None
    if posixpath.splitext(value)[1] in {*javascript.EXTENSIONS, ".css"}:
        value = posixpath.dirname(value)
    return _inside(step.directory, value) or None


def option(arguments: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    """Return the value of an option: `-o x`, `--out x`, `--out=x`."""
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            if equals:
                return value
            if index + 1 < len(arguments):
                return arguments[index + 1]
    return None


def _inside(directory: str, path: str) -> str | None:
    found = joined(directory, path)
    return found or None


def _typescript(tree: SourceTree, step: Step, program: str, arguments: tuple[str, ...]) -> Compilation | None:
    """Return where `tsc` or `nest build` writes; None when it writes beside the sources, or cannot be told."""
    given = option(arguments, ("--outDir", "--outdir"))
    project = option(arguments, ("-p", "--project", "-b", "--build"))
    if program == "nest":
        project = option(arguments, ("-p", "--path"))
        candidates = ["tsconfig.build.json", "tsconfig.json"]
    else:
        candidates = ["tsconfig.json"]
    if project is not None and not project.startswith("-"):
        candidates = [project, posixpath.join(project, "tsconfig.json")]
    path = next((found for name in candidates if (found := _existing(tree, step.directory, name))), None)
    options = _compiler_options(tree, path) if path is not None else {}
    output = given or options.get("outDir")
    if not isinstance(output, str) or "$" in output or options.get("noEmit") is True:
        return None
    base = step.directory if given else str(options.get("outDir base", step.directory))
    target = _inside(base, output)
    if target is None:
        return None
    return Compilation(target, _source_root(tree, step, program, options))


def _existing(tree: SourceTree, directory: str, name: str) -> str | None:
    path = joined(directory, name)
    return path if path and tree.has(path) else None


def _compiler_options(tree: SourceTree, path: str) -> dict[str, object]:
    """Return `compilerOptions` and `include` of a tsconfig, with what it extends below; `X base` is X's directory."""
    merged: dict[str, object] = {}
    current: str | None = path
    for _ in range(_MAX_EXTENDS):
        if current is None or not tree.has(current):
            break
        try:
            document = json_document.read(tree, current, comments=True)
        except FileError:
            break
        directory = posixpath.dirname(current)
        options = document.get("compilerOptions")
        for key, value in options.items() if isinstance(options, dict) else ():
            if key not in merged:
                merged[key] = value
                merged[f"{key} base"] = directory
        if "include" not in merged and isinstance(document.get("include"), list):
            merged["include"] = document.get("include")
        extended = document.get("extends")
        extended = extended[0] if isinstance(extended, list) and extended else extended
        current = None
        if isinstance(extended, str) and extended.startswith("."):
            name = extended if extended.endswith(".json") else f"{extended}.json"
            current = joined(directory, name)
    return merged


def _source_root(tree: SourceTree, step: Step, program: str, options: dict[str, object]) -> str | None:
    root = options.get("rootDir")
    if isinstance(root, str):
        return joined(str(options.get("rootDir base", step.directory)), root)
    if program == "nest":
        config = joined(step.directory, "nest-cli.json")
        if config and tree.has(config):
            source = json_document.read(tree, config, comments=True).get("sourceRoot")
            return joined(step.directory, source) if isinstance(source, str) else joined(step.directory, "src")
        return joined(step.directory, "src")
    include = options.get("include")
    if isinstance(include, list):
        tops = {str(item).removeprefix("./").partition("/")[0] for item in include if not str(item).endswith(".d.ts")}
        if len(tops) == 1:
            top = tops.pop()
            return joined(step.directory, top) if "*" not in top and "." not in top else None
        return step.directory
    return None


def tsconfig_output(tree: SourceTree, manifest: Manifest) -> str | None:
    """Return the literal `outDir` of an app's `tsconfig.json`, as a path of the tree."""
    path = _existing(tree, manifest.directory, "tsconfig.json")
    output = _compiler_options(tree, path).get("outDir") if path else None
    return _inside(manifest.directory, output) if isinstance(output, str) else None
