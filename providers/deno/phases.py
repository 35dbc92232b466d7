"""The phases of a Deno app: what is fetched, what is built, and what fills the cache of the image.

Sources, checked 2026-11-24:
- https://docs.deno.com/runtime/reference/cli/install/ (`--frozen`; since 2.0 it installs what is declared)
- https://docs.deno.com/runtime/fundamentals/security/ (`--allow-import`: which hosts code may come from, since 2.0)
"""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import registries
from buildplan.model.build_plan import Input, Phase
from buildplan.model.origin import Origin, rule
from buildplan.model.version_ranges import numbers_of
from buildplan.read import shell

from . import command as commands
from . import frameworks, fresh, packages, words
from . import manifest as manifests
from .tasks import Follower, Started

if TYPE_CHECKING:
    from buildplan.model.build_plan import Runtime
    from buildplan.read.shell import Simple

    from .manifest import Manifest, Task
    from .project import Project

_BUILD_TASKS = ("build", "lume:build", "build:prod", "build-prod")
_SCHEMAS = ("prisma/schema.prisma", "schema.prisma")
_INSTALLS = (2, 0)
_IMPORTS = (2, 0)


class Builder(NamedTuple):
    """Makes the phases for one version of Deno; `secrets` are variables that the registries' configuration reads."""

    project: Project
    runtime: Runtime
    frozen: str
    secrets: tuple[str, ...]

    def setup(self) -> Phase:
        """Return the phase with Deno."""
        return Phase("setup", runtime=self.runtime)

    def install(self) -> Phase | None:
        """Return the phase that fetches what is declared; None when the code itself names all that it needs."""
        project, read, tree = self.project, self.project.root, self.project.tree
        every = [read, *(manifests.read(tree, folder) for folder in read.members)]
        declared = any(frameworks.uses_npm(item) or item.package is not None for item in (*every, project.app))
        if not declared or numbers_of(self.runtime.version) < _INSTALLS:
            return None
        packages.report(project)
        paths = list(self._manifests(every))
        command = f"deno install{self.frozen}"
        origin = Origin(read.lock.path) if read.lock is not None else read.origin
        why = "exactly what the lock file says" if self.frozen else "what is declared"
        project.reasons.decide("phases.install.commands", command, origin, why)
        project.reasons.decide("phases.install.inputs", " ".join(paths), read.origin, "what an installation reads")
        return Phase(
            "install",
            comment="Dependencies",
            commands=(command,),
            inputs=tuple(Input(path) for path in paths),
            secrets=self.secrets,
            depends_on=("setup",),
        )

    def _manifests(self, every: list[Manifest]) -> dict[str, None]:
        tree, root = self.project.tree, every[0]
        names = (*manifests.NAMES, manifests.PACKAGE)
        found = {name: None for name in (*names, ".npmrc") if tree.has(name)}
        found |= {path: None for path in (root.lock.path if root.lock else None, root.import_map) if path is not None}
        for item in every[1:]:
            inside = (posixpath.join(item.directory, name) for name in names)
            found |= {path: None for path in inside if tree.has(path)}
        return found

    def build(self, started: Started | None, after: str) -> Phase:
        """Return the phase that builds the app, and fills the cache with what the started file needs."""
        project = self.project
        made = tuple(self._made(started))
        cached = self._cached(started, built=bool(made))
        texts = (*made, *(() if cached is None else (cached,)))
        if texts:
            why = "the build of the app" if made else "what the started file needs, into the cache of the image"
            if made and cached is not None:
                why = f"{why}, and what the started file needs, into the cache of the image"
            origin = started.origin if started is not None and not made else self._origin()
            project.reasons.decide("phases.build.commands", " && ".join(texts), origin, why)
        project.reasons.decide("phases.build.inputs", ".", rule("whole tree"), "Deno runs the source itself")
        return Phase(
            "build",
            comment="Build" if made else "What the app imports",
            commands=texts,
            inputs=(Input("."),),
            secrets=self.secrets if texts else (),
            depends_on=(after,),
        )

    def _origin(self) -> Origin:
        app = self.project.app
        tasks = (app.tasks[name] for name in _BUILD_TASKS if name in app.tasks)
        return next((task.command.origin for task in tasks if task.command is not None), app.origin)

    def _made(self, started: Started | None) -> list[str]:
        project = self.project
        names = list(dict.fromkeys(started.needed)) if started is not None else []
        here = project.app.directory
        follower = Follower(project.tree)
        own = [name for name in _BUILD_TASKS if self._builds(project.app.tasks.get(name))]
        own = [name for name in own if follower.ends(project.app, name)][:1]
        names += [(here, name) for name in own if (here, name) not in names]
        texts = [_task(folder, name) for folder, name in names if name.isprintable() and not name.startswith("-")]
        generated = self._generated(texts)
        if not texts and project.uses("fresh") is not None:
            before = f"cd {shlex.quote(here)} && " if here else ""
            texts = [f"{before}{text}" for text in fresh.build(project)]
        if not texts and started is None:
            texts = [_task(here, name) for name in ("lume",) if name in project.app.tasks]
        return [*generated, *texts]

    def _generated(self, texts: list[str]) -> list[str]:
        """Return the command that makes the client of Prisma, which no package holds; nothing where a task does."""
        app, here = self.project.app, self.project.app.directory
        schema = self.project.tree.first(*(posixpath.join(here, name) for name in _SCHEMAS))
        lines = {name: task.command.value for name, task in app.tasks.items() if task.command is not None}
        made = [name for name, line in lines.items() if "prisma" in line and " generate" in line]
        if schema is None or any(_task(here, name) in texts for name in made):
            return []
        if made:
            return [_task(here, made[0])]
        before = f"cd {shlex.quote(here)} && " if here else ""
        return [f"{before}deno run --allow-all npm:prisma generate"] if frameworks.declares(app, "prisma") else []

    def _builds(self, task: Task | None) -> bool:
        """Return whether a task makes what the app needs: it does not pack it for elsewhere, or only look at it."""
        if task is None:
            return False
        line = None if task.command is None else shell.parse(task.command.value)
        if line is None:
            return True
        return not all(_is_idle(item) for item in line.commands)

    def _cached(self, started: Started | None, *, built: bool) -> str | None:
        """Return the command that fetches what the start imports, None where it is not known."""
        if started is None:
            return None
        project, call, script = self.project, started.call, started.script
        if call is None:
            files = self._several(started)
            return shlex.join(["deno", "cache", *files]) if files else None
        if script is None or (started.entry is None and ":" not in script):
            return None
        flags = [flag for flag in call.cache_flags if flag != "--unstable"]
        urls = "://" in script or frameworks.uses_urls(project.tree, project.app, project.graph(started.entry))
        if urls and call.allows_all and numbers_of(self.runtime.version) >= _IMPORTS and not call.has("--allow-import"):
            # What may do everything may also import from everywhere; filling the cache has to be allowed to as well.
            flags.append("--allow-import")
        if not built and self.frozen and started.entry is not None and not call.has("--no-lock"):
            flags.append(self.frozen.strip())
        inside = any(not flag.startswith("-") or "=" in flag for flag in flags) and started.directory
        text = shlex.join(["deno", "cache", *flags, script if inside else started.entry or script])
        return f"cd {shlex.quote(started.directory)} && {text}" if inside else text

    def _several(self, started: Started) -> list[str]:
        """Return the files that a line of several commands runs with Deno."""
        line = shell.parse(started.text)
        found = []
        for item in () if line is None else line.commands:
            own = Started(item, item.source, started.origin, directory=started.directory)
            if own.is_deno and own.entry is not None and self.project.tree.has(own.entry):
                found.append(own.entry)
        return list(dict.fromkeys(found))


def _is_idle(item: Simple) -> bool:
    call = commands.read(item)
    makes_nothing = call is not None and call.verb in words.listed("makes_nothing")
    return makes_nothing or item.program in words.listed("for_elsewhere")


def _task(folder: str, name: str) -> str:
    where = f" --cwd {shlex.quote(folder)}" if folder else ""
    return f"deno task{where} {shlex.quote(name)}"


def secrets(project: Project) -> tuple[str, ...]:
    """Return the variables that `.npmrc` reads, and report a token that is written into it."""
    registries.report_literal_tokens(project.tree, project.reasons)
    found = registries.variables(project.tree, ("", project.app.directory), names=(".npmrc",))
    if found:
        names = " ".join(item.value for item in found)
        for phase in ("install", "build"):
            why = "the registry's configuration reads it"
            project.reasons.decide(f"phases.{phase}.secrets", names, found[0].origin, why)
    return tuple(item.value for item in found)
