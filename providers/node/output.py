"""Where a framework's build writes: an option in the script, a literal in the configuration, else the default.

A value that is no literal is a diagnostic, never a guess; the option `node.output` answers it.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import FileError, PlanError
from buildplan.language.javascript import javascript
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, catalogue
from buildplan.read import json_document, yaml_document

from . import config_file, frameworks
from .compiled import option
from .config_file import Found, NonLiteral
from .follow import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .follow import Step
    from .frameworks import Framework
    from .manifest import Manifest

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
        return config_file.read(self._tree, path).get(*key.split(".")) if path is not None else None

    def _call_value(self, call: tuple[str, ...]) -> Found | NonLiteral | None:
        values = (config_file.read(self._tree, path).argument(*call) for path in self._config_paths())
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
        found = config_file.read(tree, path).argument(*call) if path is not None else None
        if found is not None:
            return found
    return None
