"""The phase `build`: which commands, on which files, with which caches."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from buildplan.model.build_plan import APP_DIR, Cache, Diagnostic, Input, Phase
from buildplan.model.origin import catalogue, rule

from . import commands, install, native, required_variables, scripts
from . import manifest as manifests

if TYPE_CHECKING:
    from buildplan.model.origin import Origin

    from .follow import Step
    from .native import Needs
    from .project import Project
    from .start_choice import Choice

# Longer lists of copies than this are no longer read: the whole tree is copied.
_MAX_COPIES = 12
_MOST_SHOWN = 6
# What no build reads.
_NOT_BUILT = re.compile(
    r"\.(?:git|env|docker|prettier|editorconfig|nvmrc|node-version|tool-versions).*|.*\.(?:md|yml|log)"
    r"|(?:LICEN[CS]E|NOTICE|Dockerfile|Procfile|Makefile).*|(?:fly|nixpacks|buildplan)\.toml",
    re.IGNORECASE,
)
# Programs that no package brings.
_SYSTEM = frozenset({"rm", "mkdir", "cp", "mv", "node"})


def plan(project: Project, choice: Choice, needs: Needs, installed: Phase | None) -> Phase | None:
    """Return the build phase, None when there is nothing to build."""
    lines = list(_commands(project, choice, needs))
    replaced = project.overrides.phases.get("build")
    if not lines and (replaced is None or replaced.commands is None):
        return None
    framework = project.main
    reasons = project.reasons
    if lines:
        origin, why = lines[-1][1]
        reasons.decide("phases.build.commands", " && ".join(line for line, _ in lines), origin, why)
    # What the phase before has set is still set.
    environment = dict(install.environment(project.manager)) if installed is None else {}
    if framework is not None and project.build is not None:
        for name, value in framework.build_environment.items():
            environment[name] = value
            place = catalogue(f"frameworks.{framework.id}")
            reasons.decide(f"phases.build.environment.{name}", value, place, f"{framework.title} in a build")
    before = installed.name if installed is not None else "setup"
    return Phase(
        "build",
        comment="Build the app" if project.build is not None else "Generate what the app needs",
        commands=tuple(line for line, _ in lines),
        inputs=_inputs(project, installed),
        caches=_caches(project),
        secrets=install.later_secrets(project.manager, project.tree, project.installed),
        environment=tuple(environment.items()),
        depends_on=(before,),
    )


def _commands(project: Project, choice: Choice, needs: Needs) -> list[tuple[str, tuple[Origin, str]]]:
    """Return the commands, each with its origin and the rule."""
    manager, workspace = project.manager, project.installed
    lines: list[tuple[str, tuple[Origin, str]]] = []
    for folder, found in needs.fetches.items():
        text = commands.execute(manager, found.value, workspace)
        lines.append((text, (found.origin, f"fetches what goes into `{folder}`")))
    if needs.prisma is not None and _must_generate(project):
        text = commands.execute(manager, "prisma generate", workspace)
        lines.append((text, (needs.prisma.origin, "the Prisma client is generated, and no script does it")))
    lines.extend(_elsewhere(project, choice))
    build = project.build
    if build is not None and build.script is not None and not (project.main is not None and project.main.meteor):
        why = f"the script `{build.script}`"
        checked = _for_checks(project)
        lines.extend(
            (f"{checked}{text}", (build.origin, why))
            for text in commands.build_commands(manager, workspace, build.script)
        )
    elif project.main is not None and project.main.meteor:
        lines.extend((text, (catalogue("frameworks.meteor"), "Meteor builds a bundle")) for text in _meteor())
    elif build is not None and project.main is not None and _is_wanted(choice):
        place = catalogue(f"frameworks.{project.main.id}")
        text = commands.execute(manager, project.main.build, workspace)
        lines.append((text, (place, f"the build of {project.main.title}; no script builds")))
    for name in build.more if build is not None else ():
        why = f"the script `{name}`, which builds assets too"
        lines.append((commands.run_script(manager, name, workspace), (project.app.origin("scripts", name), why)))
    lines.extend(_from_start(project, choice))
    return lines


def _for_checks(project: Project) -> str:
    """Return the variables that the build looks for, with values for its time alone; reports what they are."""
    required = required_variables.find(project)
    if required is None:
        return ""
    if required.missing:
        names = ", ".join(f"`{name}`" for name in required.missing[:_MOST_SHOWN])
        text = f"the build stops without {names}, which it writes into the pages"
        fix = "give each its value in `variables` of buildplan.toml, or as a variable of the build"
        project.reasons.report(Diagnostic("BP952", "error", text, required.origin, fix))
    asked = [name for name, value in required.given.items() if value != "1"]
    if asked:
        names = ", ".join(f"`{name}`" for name in asked[:_MOST_SHOWN])
        more = f" and {len(asked) - _MOST_SHOWN} more" if len(asked) > _MOST_SHOWN else ""
        text = f"the build looks for {names}{more}, so it gets placeholders; the app needs the real values"
        fix = "set them where the container runs, not in the image"
        project.reasons.report(Diagnostic("BP633", "info", text, required.origin, fix))
    return "".join(f"{name}={shlex.quote(value)} " for name, value in required.given.items())


def _elsewhere(project: Project, choice: Choice) -> list[tuple[str, tuple[Origin, str]]]:
    """Return the installation in a started folder with packages of its own, where no script does it."""
    start = choice.start
    if start is None or project.workspace.members or start.manifest.directory in {"", project.app.directory}:
        return []
    directory, inner = start.manifest.directory, start.manifest
    names = ("preinstall", "install", "postinstall", "prepare", scripts.build_script(project.app) or "")
    if not inner.dependencies or any(
        directory in text for name in names for text in scripts.reached(project.app, name)
    ):
        return []
    word = manifests.path_word(directory, inner.origin())
    npm = "ci" if project.tree.has(f"{directory}/package-lock.json") else "install"
    own = {
        "npm": f"npm {npm} --prefix {word}",
        "pnpm": f"pnpm --dir {word} install",
        "bun": f"bun install --cwd {word}",
    }
    text = own.get(project.manager.name, f"yarn --cwd {word} install")
    return [(text, (inner.origin(), f"the app is started in `{directory}`, which has dependencies of its own"))]


def _is_wanted(choice: Choice) -> bool:
    """Return whether a framework's own build is needed although no script builds: the image holds what it makes."""
    return choice.start is None or choice.own or choice.framework is None or choice.framework.kind == "server"


def _meteor() -> tuple[str, ...]:
    return (
        "meteor build --directory .meteor-build --server-only --allow-superuser",
        "npm install --omit=dev --prefix .meteor-build/bundle/programs/server",
    )


def _must_generate(project: Project) -> bool:
    """Return whether the Prisma client has a schema and a command line, and no script that generates it."""
    app = project.app
    if native.prisma_schema(project.tree, app) is None or not app.has("prisma"):
        return False
    texts = list(scripts.build_texts(app))
    for manifest in project.installed.manifests:
        for name in ("preinstall", "install", "postinstall", "prepare"):
            texts.extend(scripts.reached(manifest, name))
    return not any("prisma generate" in " ".join(text.split()) or "prisma:generate" in text for text in texts)


def _from_start(project: Project, choice: Choice) -> list[tuple[str, tuple[Origin, str]]]:
    """Return what the start command builds each time the app starts, and the build script does not."""
    start = choice.start
    if start is None or not start.builds:
        return []
    known = set(_reached_names(project))
    lines: list[tuple[str, tuple[Origin, str]]] = []
    for step in start.builds:
        if step.script in known or step.script == "":
            continue
        known.add(step.script)
        lines.append(
            (_line(project, step, start.script), (step.origin, "it makes files, so it runs once, in the build"))
        )
    return lines


def _reached_names(project: Project) -> list[str]:
    """Return the scripts that the build, or the installation before it, has run already."""
    build = project.build
    names = ("preinstall", "install", "postinstall", "prepare", build.script if build is not None else None)
    texts = {text for name in names if name is not None for text in scripts.reached(project.app, name)}
    return [name for name, text in project.app.scripts.items() if text in texts]


def _line(project: Project, step: Step, main_script: str) -> str:
    """Return the command of a step: the script that it is part of, or itself where that script starts the app too."""
    manager, workspace = project.manager, project.installed
    in_app = step.manifest.directory == project.app.directory
    if in_app and step.script != main_script and not step.script.startswith("pre"):
        return commands.run_script(manager, step.script, workspace)
    if step.command.program in _SYSTEM:
        return step.command.source
    return commands.execute(manager, step.command.source, workspace)


def _inputs(project: Project, installed: Phase | None) -> tuple[Input, ...]:
    """Return what the build needs beside what the install copied: in a workspace only the folders of the closure."""
    whole = Input(".")
    if installed is not None and whole in installed.inputs:
        return ()
    workspace = project.installed
    if workspace.app_is_root or not workspace.members:
        project.reasons.decide("phases.build.inputs", ".", rule("build"), "a build may read any file of the tree")
        return (whole,)
    tree = project.tree
    holders = {member.directory.split("/")[0] for member in workspace.members}
    needed = [f"{member.directory}/" for member in workspace.closure]
    copied = {item.path for item in installed.inputs} if installed is not None else set()
    files = [name for name in tree.directory().files if not _NOT_BUILT.fullmatch(name) and name not in copied]
    others = [f"{name}/" for name in tree.directory().directories if name not in holders]
    others = [name for name in others if not name.startswith(".") and name not in {"docs/", "doc/", *copied}]
    if len(needed) + len(others) > _MAX_COPIES:
        project.reasons.decide("phases.build.inputs", ".", rule("build"), "the app needs many folders")
        return (whole,)
    paths = [*files, *others, *dict.fromkeys(needed)]
    why = "the app, the packages that it needs, and the root's own files"
    project.reasons.decide("phases.build.inputs", " ".join(paths), workspace.app.origin(), why)
    return tuple(Input(path) for path in paths)


def _caches(project: Project) -> tuple[Cache, ...]:
    framework = project.main
    caches = []
    if framework is not None and framework.cache:
        target = posixpath.join(APP_DIR, project.app.directory, framework.cache)
        caches.append(Cache(framework.id, target))
    if project.workspace.tool == "turbo" and not project.workspace.app_is_root:
        caches.append(Cache("turbo", f"{APP_DIR}/.turbo"))
    if project.workspace.tool == "nx":
        caches.append(Cache("nx", f"{APP_DIR}/.nx/cache"))
    for cache in caches:
        project.reasons.decide(
            f"phases.build.caches.{cache.id}", cache.target, rule("caches"), "kept between builds; never in the image"
        )
    return tuple(caches)
