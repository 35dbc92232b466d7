"""An app that is files in the end: which folder is served, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import PlanError
from buildplan.language import web_server
from buildplan.model.build_plan import Diagnostic, Input, Site
from buildplan.model.origin import Origin

from . import frameworks, output
from .config_file import Found, NonLiteral

if TYPE_CHECKING:
    from buildplan.model.build_plan import Phase, Process, Run

    from .framework_rows import Framework
    from .project import Project
    from .start_choice import Choice

# Folders whose files are copied into a site as they are.
_AS_THEY_ARE = ("public", "static")


def site(project: Project, choice: Choice, built: Phase | None) -> tuple[Run, Process]:
    """Return the image and the process of a site.

    Raises PlanError when nothing says where the files are.
    """
    found = project.build.output if project.build is not None else None
    served = choice.site.root if choice.site is not None else None
    folder = found.path if found is not None else served
    if folder is None:
        raise PlanError(
            "the build makes files, but nothing says where",
            origin=choice.origin,
            hint='name the folder: `output = "dist"` under `[node]` in buildplan.toml',
        )
    if found is not None:
        project.reasons.decide("run.copies", found.path, found.origin, found.rule, found.runners_up)
    else:
        project.reasons.decide("run.copies", folder, choice.origin, "the folder that the start command serves")
    is_built = built is not None and (found is not None or not project.tree.has_directory(folder))
    files = Input(f"{folder}/", phase=built.name if built is not None and is_built else None, dest="")
    copies = (files, *_for_base(project, choice, files))
    return web_server.run(_rules(project, choice), copies, project.reasons, choice.origin)


def _for_base(project: Project, choice: Choice, files: Input) -> tuple[Input, ...]:
    """Return the files once more at the path that their addresses begin with: a build for `user.github.io/repo/`."""
    if choice.framework is None or project.build is None:
        return ()
    found = output.base(
        project.tree, project.app, choice.framework, project.build.steps, project.overrides, project.reasons
    )
    if found is None:
        return ()
    path, origin = found
    project.reasons.report(
        Diagnostic(
            "BP637",
            "info",
            f"the site is built for `/{path}/`, so it is served there and at the root",
            origin,
            "build it for `/` where it has a server of its own",
        )
    )
    return (Input(files.path, files.phase, f"{path}/"),)


def _rules(project: Project, choice: Choice) -> Site:
    """Return how the files are served."""
    framework = choice.framework
    single = choice.site is not None and choice.site.single_page
    if framework is None:
        return Site(fallback="index.html" if single else None)
    fallback = framework.fallback or ("index.html" if single else "")
    if framework.fallback_call:
        fallback = _called(project, framework) or fallback
    prefixes = tuple(
        prefix
        for prefix in _hashed(project, framework)
        # Files below such a folder of the source have no hash in their names.
        if not any(project.tree.has_directory(project.path(f"{folder}/{prefix}")) for folder in _AS_THEY_ARE)
    )
    not_found = framework.not_found if not fallback else ""
    return Site(fallback=fallback or None, not_found=not_found or None, immutable=prefixes)


def _hashed(project: Project, framework: Framework) -> tuple[str, ...]:
    """Return the folders whose file names hold a hash of the content."""
    found = frameworks.literal(project.tree, project.app, framework, framework.immutable_key)
    if isinstance(found, Found) and isinstance(found.value, str):
        return (found.value.strip("/"),)
    return framework.immutable if found is None else ()


def _called(project: Project, framework: Framework) -> str | None:
    found = output.call_literal(project.tree, project.app, framework, framework.fallback_call)
    if isinstance(found, Found) and isinstance(found.value, str):
        return found.value
    if isinstance(found, NonLiteral):
        project.reasons.report(
            Diagnostic(
                "BP636",
                "warning",
                f"the page that answers unknown paths is `{found.text}`, which only running the file would tell",
                Origin(project.app.path),
                "write it as a literal",
            )
        )
    return None
