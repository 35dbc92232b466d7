"""From a static site to its plan: a generator's phases, or the files as they are, and a web server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.errors import PlanError
from buildplan.language import web_server
from buildplan.language.contract import ProviderPlan
from buildplan.model.build_plan import Diagnostic, Input, Phase, Runtime, Site
from buildplan.model.origin import Origin, Sourced, rule
from buildplan.model.reasons import Reasons

from . import generators, pages

if TYPE_CHECKING:
    from buildplan.language.contract import PlanContext
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .generators import Generator

_RUBY = {"jekyll", "middleman"}


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of a static site.

    Raises PlanError where nothing can be served or a generator cannot be had, and what reading the tree's files raises.
    """
    reasons = Reasons()
    generator = generators.find(tree) if context.overrides.option("static.root") is None else None
    if generator is not None:
        return _generated(tree, generator, context, reasons)
    folder = pages.choose(tree, context.overrides)
    if folder is None:
        looked = ", ".join(f"`{name}/`" for name in pages.FOLDERS)
        raise PlanError(
            f"no `{pages.INDEX}` was found; looked at the root and at {looked}",
            origin=Origin("."),
            hint="commit the folder of the site, and name it with the option `static.root`",
        )
    phases = _workbench(context.overrides, reasons)
    staticfile = pages.read_staticfile(tree)
    found = pages.read_hosting(tree, folder.path)
    copies, left = pages.copies(tree, folder, whole=bool(phases))
    site = pages.site(tree, folder, staticfile, found, context.overrides, reasons)
    if site.password_file is not None:
        copies = (*copies, Input(pages.PASSWORDS, dest=site.password_file))
    reasons.decide("static.root", folder.path or ".", folder.origin, folder.rule, pages.losers(folder))
    why = "the files of the site, without what only its developers need" if not folder.path else "the site's folder"
    reasons.decide("run.copies", ", ".join(item.path for item in copies), folder.origin, why)
    for diagnostic in (*(staticfile.diagnostics if staticfile is not None else ()), *found.diagnostics):
        reasons.report(diagnostic)
    pages.report(tree, folder, reasons)
    return _served(phases, site, copies, folder.origin, (), left, context, reasons)


def _workbench(overrides: Overrides, reasons: Reasons) -> tuple[Phase, ...]:
    """Return a phase that the owner's own commands can go on from; none where there are no such commands."""
    if not pages.has_own_commands(overrides):
        return ()
    version = versions.resolve("debian", (), reasons).version
    return (Phase("setup", runtime=Runtime("debian", version)),)


def _generated(tree: SourceTree, generator: Generator, context: PlanContext, reasons: Reasons) -> ProviderPlan:
    error = generators.unsupported(generator)
    if error is not None:
        raise error
    found = pages.read_hosting(tree)
    asked = generators.tool_request(tree, context.overrides, generator.name, found.environment)
    if generator.name in _RUBY:
        written = generators.ruby_phases(tree, generator, context.overrides, reasons)
    elif generator.name == "mdbook":
        written = generators.rust_phases(tree, generator, context.overrides, asked, reasons)
    else:
        written = generators.python_phases(tree, generator, context.overrides, asked, reasons)
    _explain(written.phases, generator, reasons)
    for diagnostic in found.diagnostics:
        reasons.report(diagnostic)
    _report_packages(tree, generator, reasons)
    fallback = _asked_fallback(context.overrides)
    if fallback is not None:
        reasons.decide("site.fallback", fallback.value, fallback.origin, "the configured page for unknown paths")
    title = generators.title(generator.name)
    own = tree.first("404.html", "404.md", "source/404.html", "source/404.html.erb")
    not_found = "404.html" if own is not None or generators.table(generator.name).get("not_found") else None
    if not_found is not None:
        place = Origin(own) if own is not None else generator.origin
        reasons.decide("site.not_found", not_found, place, f"the page that {title} writes for unknown paths")
    site = Site(fallback=fallback.value if fallback is not None else None, not_found=not_found)
    copies = (Input(f"{written.folder}/", phase="build", dest=""),)
    reasons.decide("run.copies", f"{written.folder}/", generator.origin, f"what {title} has written, and nothing else")
    return _served(
        written.phases, site, copies, generator.origin, (generator.name,), (written.folder,), context, reasons
    )


def _explain(phases: tuple[Phase, ...], generator: Generator, reasons: Reasons) -> None:
    """Note why each phase has its inputs, caches and outputs, which every generator has for the same reasons."""
    title = generators.title(generator.name)
    for phase in phases:
        field = f"phases.{phase.name}"
        whole = any(item.path == "." for item in phase.inputs)
        if phase.inputs:
            why = "any file may be part of the site" if phase.name == "build" else "installing needs the whole tree"
            paths = ", ".join(item.path for item in phase.inputs)
            place = generator.origin if whole else Origin(phase.inputs[0].path)
            reasons.decide(f"{field}.inputs", paths, place, why if whole else "what installing reads, and nothing else")
        if phase.caches:
            targets = ", ".join(cache.target for cache in phase.caches)
            why = "what was downloaded or made once is kept between builds"
            reasons.decide(f"{field}.caches", targets, rule("cache"), why)
        if phase.outputs:
            why = f"the folder that {title} writes"
            reasons.decide(f"{field}.outputs", ", ".join(phase.outputs), generator.origin, why)


def _asked_fallback(overrides: Overrides) -> Sourced[str] | None:
    from .pages import inside

    asked = overrides.option("static.fallback")
    if asked is None or asked.value.strip().lower() in {"", "false", "off", "no", "none"}:
        return None
    page = pages.INDEX if asked.value.strip().lower() in {"true", "on", "yes"} else inside(asked)
    return Sourced(page, asked.origin)


def _report_packages(tree: SourceTree, generator: Generator, reasons: Reasons) -> None:
    """Report a package.json whose packages the generator would call while it builds."""
    if generator.name not in {"hugo", "jekyll", "middleman"} or not tree.has("package.json"):
        return
    text = tree.text_or_none("package.json") or ""
    words = ("postcss", "tailwindcss", "babel", "webpack", "esbuild")
    used = next((word for word in words if word in text), None)
    if used is not None:
        title = generators.title(generator.name)
        reasons.report(
            Diagnostic(
                "BP658",
                "warning",
                f"`{used}` of package.json is not installed before {title} runs",
                Origin("package.json"),
                'commit the files that it makes, or build from a script of package.json with `providers = ["node"]`',
            )
        )


def _served(
    phases: tuple[Phase, ...],
    site: Site,
    copies: tuple[Input, ...],
    origin: Origin,
    frameworks: tuple[str, ...],
    artifacts: tuple[str, ...],
    context: PlanContext,
    reasons: Reasons,
) -> ProviderPlan:
    if context.role == "assets":
        return ProviderPlan(
            phases=phases,
            assets=tuple(item for item in copies if item.phase is not None),
            artifacts=artifacts,
            frameworks=frameworks,
            decisions=reasons.decisions,
            diagnostics=reasons.diagnostics,
        )
    _report_start(context.overrides, reasons)
    run, process = web_server.run(site, copies, reasons, origin)
    return ProviderPlan(
        phases=phases,
        run=run,
        processes=(process,),
        artifacts=artifacts,
        run_only_variables=("PORT",),
        frameworks=frameworks,
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _report_start(overrides: Overrides, reasons: Reasons) -> None:
    """Report commands that a static site does not run: its image holds a web server and nothing else."""
    asked = {f"the process `{name[:40]}`": item for name, item in overrides.processes.items() if name != "web"}
    if overrides.start is not None:
        asked["the start command"] = overrides.start
    for what, command in asked.items():
        text = f"{what} `{command.value.text[:80]}` is not used: a static site is served by a web server"
        fix = 'remove it, or name the provider that it needs, such as `providers = ["node"]`'
        reasons.report(Diagnostic("BP652", "warning", text, command.origin, fix))
