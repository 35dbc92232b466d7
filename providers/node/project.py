"""Everything that is known of an app before it is planned: what its build writes, versions, the manager, frameworks."""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.catalogue import suite as suite_of
from buildplan.errors import FileError, PlanError
from buildplan.language.javascript import entry_files, javascript
from buildplan.language.node_tools import Tools
from buildplan.model.build_plan import Diagnostic, Phase, RunnerUp, Runtime
from buildplan.model.origin import Origin, catalogue
from buildplan.read import json_document, yaml_document

from . import command_lines, frameworks, install, package_manager, workspaces
from . import manifest as manifests
from .command_lines import PRODUCTION_SCRIPTS, Follower, Resolver, Step, Unclear, joined
from .frameworks import Found, NonLiteral
from .workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .frameworks import Match
    from .manifest import Manifest
    from .package_manager import PackageManager
    from .tables import Framework

# What a project of an Nx repository builds and how that is run, from its `project.json`.
#
# Sources, checked 2026-11-24: the executors' schemas at https://nx.dev (`outputPath`, `main`, `@nx/*` and `@nrwl/*`).


# Executor without its package → what comes out; any other makes files that Node may run.
_STATIC = frozenset({"vite", "webpack-browser", "browser", "application", "rspack-browser", "build-storybook"})


class NxBuild(NamedTuple):
    """The target `build` of a project: where it writes, and the file that starts it, from the tree's root.

    `kind`: `node` is run by Node, `next` by Next.js in its output, `static` is served.
    """

    origin: Origin
    output: str
    kind: Literal["node", "next", "static"]
    entry: str | None = None


def build_of(tree: SourceTree, manifest: Manifest) -> NxBuild | None:
    """Return the build of the project in a package's directory; None when there is none that can be understood."""
    path = f"{manifest.directory}/project.json" if manifest.directory else "project.json"
    if not tree.has(path):
        return None
    document = json_document.read(tree, path, comments=True)
    keys = ("targets", "build")
    executor = document.get(*keys, "executor") or document.get(*keys, "builder")
    if not isinstance(executor, str):
        return None
    named = document.get(*keys, "options", "outputPath")
    folder = named if isinstance(named, str) else f"dist/{manifest.directory or manifest.name}"
    output = joined("", folder.replace("{projectRoot}", manifest.directory).replace("{workspaceRoot}/", ""))
    if not output:
        return None
    package, _, name = executor.rpartition(":")
    origin = document.origin(*keys, "options", "outputPath")
    if package.endswith("/next"):
        return NxBuild(origin, output, "next")
    main = document.get(*keys, "options", "main")
    web = package.endswith(("/vite", "/angular", "/web", "/react", "/vue", "build-angular"))
    if web or name in _STATIC or (name == "astro" or package.endswith("astro")):
        return NxBuild(origin, output, "static")
    if not isinstance(main, str):
        return NxBuild(origin, output, "node", posixpath.join(output, "main.js"))
    stem = posixpath.splitext(main)[0]
    if name in {"tsc", "swc"}:
        # These keep the folders below the project.
        inner = stem.removeprefix(f"{manifest.directory}/") if manifest.directory else stem
        return NxBuild(origin, output, "node", posixpath.join(output, inner + ".js"))
    return NxBuild(origin, output, "node", posixpath.join(output, posixpath.basename(stem) + ".js"))


# What a build writes, as far as its commands tell: directories, what each holds, and whether that is all.
#
# `known` is false as soon as one command may write anywhere; then everything has to be kept.


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
        program, arguments = command_lines.named(step.command)
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
    found = build_of(tree, step.manifest)
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
        value = None if path is None else frameworks.read_config(tree, path).get(*key.split("."))
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
    config = frameworks.read_config(tree, path)
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


# Where a framework's build writes: an option in the script, a literal in the configuration, else the default.
#
# A value that is no literal is a diagnostic, never a guess; the option `node.output` answers it.


_FIX = 'write a literal there, or name the folder: `output = "…"` under `[node]` in buildplan.toml'


class Output(NamedTuple):
    """A directory, as a path of the tree, and why."""

    path: str
    origin: Origin
    rule: str
    runners_up: tuple[RunnerUp, ...] = ()


class _Finder:
    def __init__(
        self,
        tree: SourceTree,
        manifest: Manifest,
        framework: Framework,
        steps: Iterable[Step],
        overrides: Overrides,
        reasons: Reasons,
        *,
        outside: bool = False,
    ) -> None:
        self._tree = tree
        self._outside = outside
        self._manifest = manifest
        self._framework = framework
        self._overrides = overrides
        self._reasons = reasons
        commands = framework.commands
        own = [step for step in steps if any(frameworks.calls(step.command.source, name) for name in commands)]
        self._step = own[-1] if own else None

    @property
    def _directory(self) -> str:
        """The directory that the build runs in."""
        return self._step.directory if self._step is not None else self._manifest.directory

    @property
    def _arguments(self) -> tuple[str, ...]:
        """The words behind the framework's own command."""
        if self._step is None:
            return ()
        words = [word.text for word in self._step.command.words]
        last = self._framework.build.split()[-1] if self._framework.build else ""
        return tuple(words[words.index(last) + 1 :] if last in words else words[1:])

    def find(self) -> Output:
        """Return the first that says something."""
        for source in (self._asked, self._flag, self._variable, self._special, self._literal):
            found = source()
            if found is not None:
                return found
        row = self._framework
        default = row.output.replace("{root}/", f"{self.root}/" if self.root else "")
        if row.output_key == "build.outDir":
            default = posixpath.join(self.root, default)
        path = self._joined(posixpath.join(default, row.output_below))
        return Output(path, catalogue(f"frameworks.{row.id}"), f"the default of {row.title}")

    def base(self) -> tuple[str, Origin] | None:
        """Return the path that a site is built for, None for the root of a server."""
        row = self._framework
        given = option(self._arguments, ("--base",))
        if given is not None and self._step is not None:
            return _below_root(given, self._step.origin)
        if row.id == "cra":
            homepage = self._manifest.document.get("homepage")
            return _below_root(homepage, self._manifest.origin("homepage")) if isinstance(homepage, str) else None
        found = self._config_value(row.base_key) if row.base_key else None
        if isinstance(found, Found) and isinstance(found.value, str):
            return _below_root(found.value, self._config_origin(found, row.base_key))
        return None

    @property
    def root(self) -> str:
        """The site's root inside the app: the plain argument of the command, or a literal `root`."""
        row = self._framework
        if "{root}" in row.output:
            return _plain_argument(self._arguments)
        if row.output_key == "build.outDir":
            given = _plain_argument(self._arguments) or option(self._arguments, ("--root",))
            found = self._config_value("root") if not given else None
            if isinstance(found, Found) and isinstance(found.value, str):
                given = found.value
            return posixpath.normpath(given) if given and given not in {".", "./"} else ""
        return ""

    def _joined(self, path: str) -> str:
        """Return a path of the build's directory as a path of the tree; raises PlanError when it leaves the tree.

        A front end may write into the folders beside its own: `../server/public`.
        """
        found = joined(self._directory, path)
        if not found and self._outside and self._tree.depth:
            beside = posixpath.normpath(posixpath.join(self._directory, path))
            levels = beside.split("/").count("..")
            if not beside.startswith("/") and levels <= self._tree.depth and levels < len(beside.split("/")):
                return beside
        if not found:
            raise PlanError(
                f"{self._framework.title} writes to `{path[:80]}`, which is no folder inside the tree",
                origin=self._manifest.origin(),
                hint="let the build write into a folder of its own, such as `dist`",
            )
        return found

    def _asked(self) -> Output | None:
        value = self._overrides.option("node.output")
        if value is None:
            return None
        return Output(self._joined(value.value.strip("/")), value.origin, "the output folder was named")

    def _flag(self) -> Output | None:
        value = option(self._arguments, self._framework.output_flags)
        if value is None or self._step is None:
            return None
        if "$" in value:
            self._unclear(NonLiteral(value, self._step.origin.line or 1), self._step.origin.path)
            return None
        path = posixpath.join(self.root, value) if self._framework.output_key == "build.outDir" else value
        return Output(self._joined(path), self._step.origin, "an option of the build command names it")

    def _variable(self) -> Output | None:
        name = self._framework.output_variable
        if not name:
            return None
        request = self._overrides.variables.get(name)
        if request is not None:
            return Output(self._joined(request.value), request.origin, f"`{name}` names it")
        for key, word in self._step.environment if self._step is not None else ():
            if key == name and not word.expands and self._step is not None:
                return Output(self._joined(word.text), self._step.origin, f"`{name}` names it")
        return None

    def _special(self) -> Output | None:
        row = self._framework
        if row.id in {"angular", "angular-ssr", "ionic-angular"}:
            return self._angular()
        if row.output_yaml:
            file, key = row.output_yaml
            path = frameworks.inside(self._manifest, file)
            if self._tree.has(path):
                try:
                    value = yaml_document.read(self._tree, path).string(key)
                except FileError:
                    return None
                if value is not None:
                    return Output(self._joined(value.value), value.origin, f"`{key}` names it")
        if row.output_name_key:
            found = self._config_value(row.output_name_key)
            if isinstance(found, Found):
                name = f"{row.output}/{found.value}"
                return Output(self._joined(name), self._config_origin(found, row.output_name_key), "the site's name")
        return None

    def _angular(self) -> Output | None:
        path = frameworks.inside(self._manifest, "angular.json")
        if not self._tree.has(path):
            return None
        document = json_document.read(self._tree, path, comments=True)
        name = self._angular_project(document.data)
        if name is None:
            return None
        keys = ("projects", name, "architect", "build")
        if document.get(*keys) is None:
            keys = ("projects", name, "targets", "build")
        builder = str(document.get(*keys, "builder") or "")
        value = document.get(*keys, "options", "outputPath")
        base: Any = value.get("base") if isinstance(value, dict) else value
        browser = value.get("browser") if isinstance(value, dict) else None
        origin = document.origin(*keys, "options", "outputPath")
        rule = "the builder's output path"
        if not isinstance(base, str):
            base, rule = f"dist/{name}", "the default of Angular for this project"
            origin = document.origin("projects", name)
        if self._framework.kind == "static" and builder.rpartition(":")[2] == "application":
            base = posixpath.join(base, browser if isinstance(browser, str) else "browser")
        return Output(self._joined(base), origin, rule)

    def _angular_project(self, data: dict[str, Any]) -> str | None:
        """Return the project: the one asked for, the one that the build names, the default, the first application."""
        projects = data.get("projects")
        if not isinstance(projects, dict):
            return None
        asked = self._overrides.option("node.angular_project")
        if asked is not None:
            if asked.value not in projects:
                raise PlanError(
                    f"there is no project `{asked.value}` in `angular.json`",
                    origin=asked.origin,
                    hint=f"name one of {', '.join(f'`{name}`' for name in projects)}",
                )
            return asked.value
        default = data.get("defaultProject")
        named = _plain_argument(self._arguments)
        for candidate in (named, default):
            if isinstance(candidate, str) and candidate in projects:
                return candidate
        return next(
            (
                str(name)
                for name, project in projects.items()
                if isinstance(project, dict) and project.get("projectType", "application") == "application"
            ),
            None,
        )

    def _literal(self) -> Output | None:
        row = self._framework
        if row.output_call:
            found, label = self._call_value(row.output_call), f"{row.output_call[0]}({{ {row.output_call[1]} }})"
        else:
            found = self._config_value(row.output_key) if row.output_key else None
            label = row.output_key
        if found is None:
            return None
        if isinstance(found, NonLiteral) or not isinstance(found.value, str):
            self._unclear(found, next(self._config_paths(), self._manifest.path), label)
            return None
        # VuePress counts from where it is started, the others from the site's root.
        if found.here:
            folder = posixpath.dirname(next(self._config_paths(), self._manifest.path))
            base = posixpath.relpath(folder or ".", self._directory or ".")
        else:
            base = "" if row.output_key == "dest" else self.root
        path = posixpath.join(base, found.value, row.output_below)
        return Output(self._joined(path), self._config_origin(found, label), f"`{label}` names it")

    def _config_paths(self) -> Iterator[str]:
        given = option(self._arguments, ("--config", "-c"))
        if given is not None:
            path = joined(self._directory, given)
            if path and self._tree.has(path):
                yield path
                return
        for name in self._framework.config:
            base = name.replace("{root}/", f"{self.root}/" if self.root else "") if "{root}" in name else name
            for directory in dict.fromkeys((self._directory, self._manifest.directory)):
                path = _with_extension(self._tree, posixpath.join(directory, base))
                if path is not None:
                    yield path

    def _config_value(self, key: str) -> Found | NonLiteral | None:
        path = next(self._config_paths(), None)
        return frameworks.read_config(self._tree, path).get(*key.split(".")) if path is not None else None

    def _call_value(self, call: tuple[str, ...]) -> Found | NonLiteral | None:
        values = (frameworks.read_config(self._tree, path).argument(*call) for path in self._config_paths())
        return next((value for value in values if value is not None), None)

    def _config_origin(self, found: Found, key: str) -> Origin:
        return Origin(next(self._config_paths(), self._manifest.path), found.line, key)

    def _unclear(self, found: Found | NonLiteral, path: str, key: str = "the option") -> None:
        text = found.text if isinstance(found, NonLiteral) else str(found.value)
        self._reasons.report(
            Diagnostic(
                "BP631",
                "warning",
                f"`{key}` is `{text}`, which only running the file would tell; the default of "
                f"{self._framework.title} is taken",
                Origin(path, found.line, key),
                _FIX,
            )
        )


def _with_extension(tree: SourceTree, base: str) -> str | None:
    return tree.first(base, *(base + extension for extension in javascript.EXTENSIONS))


def _plain_argument(arguments: tuple[str, ...]) -> str:
    """Return the first word that is neither an option nor, by its look, an option's value."""
    previous = ""
    for word in arguments:
        is_value = previous.startswith("-") and "=" not in previous and previous not in {"--emptyOutDir", "--debug"}
        if not word.startswith("-") and not is_value and re.fullmatch(r"[\w.@/-]+", word, re.ASCII):
            return word.rstrip("/")
        previous = word
    return ""


def _below_root(value: str, origin: Origin) -> tuple[str, Origin] | None:
    path = re.sub(r"^https?://[^/]*", "", value).strip("/")
    plain = re.fullmatch(r"[\w.~-]+(?:/[\w.~-]+)*", path, re.ASCII)
    relative = value.startswith(".")
    return (path, origin) if plain and not relative and ".." not in path.split("/") else None


def base(
    tree: SourceTree,
    manifest: Manifest,
    framework: Framework,
    steps: Iterable[Step],
    overrides: Overrides,
    reasons: Reasons,
) -> tuple[str, Origin] | None:
    """Return the path that a site is built for (`repo` for `/repo/`) and its place; None for the root of a server."""
    return _Finder(tree, manifest, framework, steps, overrides, reasons).base()


def find(
    tree: SourceTree,
    manifest: Manifest,
    framework: Framework,
    steps: Iterable[Step],
    overrides: Overrides,
    reasons: Reasons,
    *,
    outside: bool = False,
) -> Output:
    """Return the directory that the framework's build writes to, as a path of the tree.

    `outside`: for the front end of an app, it may be one beside the folder that the tree is. Raises PlanError for any
    other folder outside of the tree, and for an asked-for project that does not exist.
    """
    return _Finder(tree, manifest, framework, steps, overrides, reasons, outside=outside).find()


def call_literal(
    tree: SourceTree, manifest: Manifest, framework: Framework, call: tuple[str, ...]
) -> Found | NonLiteral | None:
    """Return the literal at a key of a call in the framework's configuration (`adapter({ fallback })`)."""
    for name in framework.config:
        path = frameworks.config_path(tree, manifest, name)
        found = frameworks.read_config(tree, path).argument(*call) if path is not None else None
        if found is not None:
            return found
    return None


# Everything that is known of an app before it is planned: the workspace, the version, the manager, the frameworks.


# What Rails' css- and jsbundling run, each by itself.
ASSET_SCRIPTS = ("build:css", "build:js")


class Build(NamedTuple):
    """The app's build: its script, the steps that it runs in the end, and what they write.

    `script` is None where the framework's own command is run; `more` are scripts for the rest of an app's assets.
    `output` is where the framework writes. `nx` is the build of an Nx project that has no manifest of its own.
    """

    script: str | None
    origin: Origin
    steps: tuple[Step, ...]
    output: Output | None
    compiled: Compiled
    nx: NxBuild | None = None
    more: tuple[str, ...] = ()


class Project(NamedTuple):
    """The facts of one app.

    `installed` is the workspace as its packages are installed and built: that of the app, or the repository as a whole.
    """

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    workspace: Workspace
    installed: Workspace
    node: Resolution
    manager: PackageManager
    matches: tuple[Match, ...]
    follower: Follower
    resolver: Resolver
    build: Build | None

    @property
    def app(self) -> Manifest:
        """The manifest of the app."""
        return self.workspace.app

    @property
    def main(self) -> Framework | None:
        """The strongest framework."""
        return self.matches[0].framework if self.matches else None

    @property
    def code(self) -> Framework | None:
        """The strongest framework that the app's own code starts."""
        return next((match.framework for match in self.matches if match.framework.kind in {"code", "worker"}), None)

    def path(self, name: str) -> str:
        """Return a path of the app's directory as a path of the tree."""
        return frameworks.inside(self.app, name)

    def asked(self, option: str) -> bool | None:
        """Return an option that is `true` or `false`, None when it was not given."""
        value = self.overrides.option(f"node.{option}")
        return None if value is None else value.value.strip().lower() in {"true", "1", "yes", "on"}


def report_missing_task(task: Sourced[str], app: Manifest, reasons: Reasons) -> None:
    """Say that a task of moon that was asked for is not a script."""
    reasons.report(
        Diagnostic(
            "BP664",
            "warning",
            f"`{task.origin.key or 'the task'}` has no effect: `{task.value[:60]}` is not a script of "
            f"`{app.origin().path}`, and the tasks of moon.yml are not read",
            task.origin,
            "add a script of that name that runs what the task runs",
        )
    )


def read_project(tree: SourceTree, overrides: Overrides, reasons: Reasons, *, assets: bool = False) -> Project:
    """Return the facts of the app of a tree; raises a BuildplanError for what cannot be understood.

    `assets`: another language's app serves what is built.
    """
    workspace = _with_script(_workspace(tree, overrides, reasons), overrides, reasons)
    node = package_manager.resolve_node(tree, workspace, overrides, reasons)
    manager = package_manager.choose(tree, workspace, overrides, node.version, reasons)
    matches = frameworks.match(tree, workspace.app)
    follower = Follower(tree, workspace, hooks=manager.name != "berry")
    installed = _installed(workspace, overrides)
    main = matches[0].framework if matches else None
    build = _build(tree, workspace, installed, main, follower, overrides, reasons, outside=assets)
    if assets and build is not None:
        build = _with_styles(tree, workspace.app, build, follower)
    resolver = Resolver(tree, follower, reasons)
    return Project(tree, overrides, reasons, workspace, installed, node, manager, matches, follower, resolver, build)


def _installed(workspace: Workspace, overrides: Overrides) -> Workspace:
    """Return the whole repository where the root's scripts build all of it for the app that they start."""
    root, app = workspace.root, workspace.app
    script = manifests.build_script(root)
    if not workspace.is_filtered or script is None or overrides.option("node.app") is not None:
        return workspace
    started = (root.script(name) for name in ("start", *PRODUCTION_SCRIPTS))
    starts = [command_lines.read(text.value, root) for text in started if text is not None]
    named = next((item.target for item in starts if item is not None and item.target is not None), None)
    if named is None or command_lines.member(workspace, named) is not app:
        return workspace
    built = command_lines.read(root.scripts[script], root)
    if built is not None and built.target is not None and command_lines.member(workspace, built.target) is app:
        return workspace
    return workspace._replace(app=root, closure=workspace.members, production_closure=workspace.members)


def _with_styles(tree: SourceTree, app: Manifest, build: Build, follower: Follower) -> Build:
    """Return the build with the scripts that Rails and its likes run beside it (`build:css`)."""
    known = set(manifests.reached(app, build.script or ""))
    more = tuple(name for name in ASSET_SCRIPTS if app.script(name) and app.scripts[name] not in known)
    steps = tuple(
        step for name in more if not isinstance(found := follower.script(app, name), Unclear) for step in found
    )
    written = analyse(tree, steps, {})
    outputs = tuple(dict.fromkeys((*build.compiled.outputs, *written.outputs)))
    return build._replace(more=more, steps=(*build.steps, *steps), compiled=build.compiled._replace(outputs=outputs))


def _with_script(workspace: Workspace, overrides: Overrides, reasons: Reasons) -> Workspace:
    """Return the workspace whose app is built with the script that was asked for.

    Raises PlanError when the app does not have that one; a task of moon that is not a script is reported.
    """
    app = workspace.app
    asked = overrides.option("node.build_script")
    if asked is not None and app.script(asked.value) is None:
        raise PlanError(
            f"there is no script `{asked.value[:60]}` in `{app.path}`",
            origin=asked.origin,
            hint=f"name one of {', '.join(f'`{name}`' for name in app.scripts)}" if app.scripts else None,
        )
    if asked is None:
        asked = overrides.option("node.moon_build_task")
        if asked is not None and app.script(asked.value) is None:
            report_missing_task(asked, app, reasons)
            asked = None
    if asked is None:
        return workspace
    return workspace._replace(app=app._replace(builds_with=asked.value))


def _nx_build(tree: SourceTree, app: Manifest) -> Build | None:
    found = build_of(tree, app)
    if found is None:
        return None
    place = Output(found.output, found.origin, "the output path of the Nx target")
    written = Compiled((found.output,), bundles=(found.output,))
    return Build("build", found.origin, (), place, written, found)


def copied(app: Manifest, framework: Framework, output_path: str) -> tuple[tuple[str, str], ...]:
    """Return what the image copies of a framework's build: path in the tree without `/` at its end, destination."""
    relative = output_path.removeprefix(f"{app.directory}/") if app.directory else output_path
    return tuple(
        (frameworks.inside(app, source.replace("{output}", relative).strip("/")), target.replace("{output}", relative))
        for source, target in framework.copies
    )


def _workspace(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Workspace:
    if tree.has("package.json"):
        workspace = workspaces.select(tree, overrides, reasons)
        if "install" not in overrides.phases:
            workspaces.refuse_missing(tree, workspace)
        return workspace
    entry = next(entry_files.conventional(tree, ""), "package.json")
    empty = manifests.absent("", entry, "")
    reasons.report(
        Diagnostic(
            "BP638",
            "info",
            f"there is no `package.json`; `{entry}` is run as it is",
            Origin(entry),
            "add a `package.json` with a `start` script and `engines.node`",
        )
    )
    return Workspace(empty, empty)


def _build(
    tree: SourceTree,
    workspace: Workspace,
    installed: Workspace,
    framework: Framework | None,
    follower: Follower,
    overrides: Overrides,
    reasons: Reasons,
    *,
    outside: bool,
) -> Build | None:
    """Return the build of the app, None when there is nothing to build.

    `outside`: it may write beside its own folder.
    """
    app = workspace.app
    if app.is_absent and workspace.tool == "nx":
        return _nx_build(tree, app)
    built = app if installed is workspace else installed.root
    script = manifests.build_script(built)
    steps: tuple[Step, ...] = ()
    known = True
    if script is not None:
        text = built.script(script)
        assert text is not None  # noqa: S101  # it was chosen because it is there
        origin = text.origin
        followed = follower.line(text.value, follower.at(built, origin))
        hooks = [follower.script(built, name) for name in (f"pre{script}", f"post{script}")]
        for part in (hooks[0], followed, hooks[1]):
            known &= not isinstance(part, Unclear)
            steps += () if isinstance(part, Unclear) else part
    elif framework is not None and framework.build:
        origin = app.origin()
        followed = follower.line(framework.build, follower.at(app, origin))
        steps = () if isinstance(followed, Unclear) else followed
    else:
        return None
    found = None
    own: dict[str, tuple[str, ...]] = {}
    if framework is not None and framework.output:
        found = find(tree, app, framework, steps, overrides, reasons, outside=outside)
        outputs = tuple(source for source, _ in copied(app, framework, found.path)) or (found.path,)
        own = dict.fromkeys(framework.commands, outputs)
    written = analyse(tree, steps, own)
    if not known:
        written = written._replace(known=False)
    return Build(script, origin, steps, found, written)


# Node with its package manager and installed packages, for an app of another language whose own build runs them.


NAME = "node"


def tools(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Tools:
    """Return the phases for the package.json at the root, and note why they are so; raises what reading it raises."""
    facts = read_project(tree, overrides, reasons, assets=True)
    suite = suite_of(NAME, facts.node.version) or "trixie"
    needs = install.needs(facts.tree, facts.installed, facts.manager, facts.node.version, suite)
    for name, why in sorted(needs.apt.build.items()):
        reasons.decide(f"apt.build.{name}", name, why.origin, "a package of Node needs it to be installed")
    commands = tuple(package_manager.setup_commands(facts.manager, facts.node.version))
    if commands:
        text = " && ".join(commands)
        reasons.decide("phases.setup.commands", text, facts.manager.origin, "the package manager, exact")
    setup = Phase(
        "setup",
        comment=package_manager.setup_comment(facts.manager, facts.node.version) if commands else "",
        runtime=Runtime(NAME, facts.node.version, facts.node.requested),
        apt_packages=tuple(sorted(needs.apt.build)),
        commands=commands,
    )
    made = [setup]
    if any(manifest.dependencies or manifest.dev_dependencies for manifest in facts.installed.manifests):
        made.append(install.install_phase(facts.manager, facts.tree, facts.installed, reasons))
    bundled = not any("yarn" in command for command in commands)
    return Tools(tuple(made), facts.manager.name, facts.manager.linker, bundled)
