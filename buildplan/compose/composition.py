"""From evidence to one combined provider plan: one provider is the app, others may build its assets.

The rule: the strongest evidence is the app, of equal evidence the language whose program the start command runs, and a
program before a site; what is equal still goes by the order of names and is reported. A provider whose role is `assets`
never is the app while another one can be. `providers` in a config always wins: the first name is the app, the rest
build assets.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import BuildplanError, NoProviderError, NoStartError, PlanError
from buildplan.language import frontends, registry, start_program, subfolder
from buildplan.language.contract import Detection, PlanContext, Provider, ProviderPlan, Strength
from buildplan.model.build_plan import Decision, Diagnostic, Evidence, Input, ProviderUse, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Overrides, Replace, apply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.compose.app_choice import Target
    from buildplan.language.declare import Language
    from buildplan.language.front_end_join import Join
    from buildplan.language.subfolder import Found
    from buildplan.model.build_plan import Run
    from buildplan.source import SourceTree

_PROCFILE = "Procfile"
# Languages whose servers read files of a front end when they run; others embed or collect them in their build.
_READS_AT_RUN = frozenset({"deno", "dotnet", "node"})
# Findings about what a front end is the answer to.
_MISSING_FILES = "BP628"
_ANOTHER_APP = "BP695"
_OTHERS = frozenset({_ANOTHER_APP, "BP635", "BP670"})
_SHOWN_APPS = 8
_FOLDER_CONFIGS = ("buildplan.toml", "nixpacks.toml", "nixpacks.json", "railpack.json")


class Candidate(NamedTuple):
    """A provider and its claim; `found` is the folder that holds its app, None when that is at the root.

    `starts`: it brings the program of the start command that is given, so that of two equal claims it is the app.
    """

    provider: Provider
    detection: Detection
    found: Found | None = None
    starts: bool = False


class Composition(NamedTuple):
    """The providers that take part, the app first, and why."""

    app: Candidate
    assets: tuple[Candidate, ...]
    decision: Decision
    diagnostics: tuple[Diagnostic, ...]

    def uses(self, frameworks: tuple[str, ...]) -> tuple[ProviderUse, ...]:
        """Return what the plan says of its providers; `frameworks` are those of the app."""
        app = self.app.detection
        first = ProviderUse(self.app.provider.name, "app", frameworks, app.evidence)
        rest = (
            ProviderUse(item.provider.name, "assets", item.detection.frameworks, item.detection.evidence)
            for item in self.assets
        )
        return (first, *rest)


class Planned(NamedTuple):
    """The app's plan with its front ends, who took part, why, and what was asked of it in the end."""

    uses: tuple[ProviderUse, ...]
    plan: ProviderPlan
    overrides: Overrides
    decisions: tuple[Decision, ...]
    diagnostics: tuple[Diagnostic, ...]


def planned(tree: SourceTree, overrides: Overrides) -> Planned:
    """Return the plan of the app of a tree: the one that was asked for, else the one that the evidence says.

    Raises what `compose`, `combined` and `app_choice.choose` raise.
    """
    asked, target, own = _asked(tree, overrides)
    if asked is None or target is None:
        try:
            return _planned(tree, own, None)
        except (NoProviderError, NoStartError) as error:
            filled = _as_the_authors_start(tree, own)
            if filled is not None:
                return filled
            raise _with_apps(tree, error) from error
    if not target.folder:
        return _planned(tree, own, target.language)
    folder = target.folder
    inner = subfolder.below(tree, folder)
    made = _planned(inner, _in_folder(inner, own, folder), target.language)
    chosen = Decision("app", folder, asked.origin, "the folder that was asked for")
    decisions = (subfolder.decision(item, folder, tree) for item in made.decisions)
    diagnostics = (subfolder.diagnostic(item, folder, tree) for item in made.diagnostics)
    return Planned(
        tuple(
            replace(
                use,
                evidence=tuple(
                    replace(item, origin=subfolder.place(item.origin, folder, tree)) for item in use.evidence
                ),
            )
            for use in made.uses
        ),
        subfolder.rerooted(made.plan, folder, tree),
        made.overrides,
        (chosen, *decisions),
        (*diagnostics, *_unread(inner, folder)),
    )


class Located(NamedTuple):
    """Where the app of a tree lies: its folder, that folder as a tree, who plans it, and what is asked of it there."""

    folder: str
    tree: SourceTree
    provider: Provider
    overrides: Overrides


def located(tree: SourceTree, overrides: Overrides) -> Located:
    """Return the app that `planned` plans; raises the same."""
    _, target, own = _asked(tree, overrides)
    folder, inner = "", tree
    if target is not None and target.folder:
        folder, inner = target.folder, subfolder.below(tree, target.folder)
        own = _in_folder(inner, own, folder)
    provider, _, found, _ = compose(inner, own, target.language if target is not None else None).app
    if found is not None:
        own = subfolder.inside(provider, own, found)
        folder = f"{folder}/{found.folder.directory}".lstrip("/")
        inner = subfolder.below(tree, folder)
    return Located(folder, inner, provider, own)


def _as_the_authors_start(tree: SourceTree, overrides: Overrides) -> Planned | None:
    """Return the plan of a tree whose code does not say how it starts, with the command that its authors use.

    Raises what `authors_word.script` raises.
    """
    if overrides.start is not None:
        return None
    from buildplan.compose import authors_word

    for start in authors_word.starts(tree):
        try:
            made = _planned(tree, replace(overrides, start=start), None)
        except BuildplanError:
            continue
        if made.uses[0].name != "shell":
            return made
    own = authors_word.script(tree, overrides)
    return None if own is None else _planned(tree, replace(overrides, start=own), None)


def _with_apps(tree: SourceTree, error: NoProviderError | NoStartError) -> BuildplanError:
    """Return the error of a root that is no app, with the apps that `--app` can name."""
    from buildplan.compose import app_choice

    found = app_choice.apps(tree)
    if not found:
        return error
    listed = ", ".join(f"`--app {name}`" for name in found[:_SHOWN_APPS])
    choose = (
        f"choose one of the apps of this tree: {listed}" if len(found) > 1 else f"plan the app in a folder: {listed}"
    )
    kept = isinstance(error, NoStartError) and error.hint
    return type(error)(error.problem, origin=error.origin, hint=f"{choose}; or {error.hint}" if kept else choose)


def detected(tree: SourceTree, overrides: Overrides) -> tuple[Candidate, ...]:
    """Return every provider that claims the tree, or the folder that was asked for, strongest first."""
    _, target, own = _asked(tree, overrides)
    return candidates(subfolder.below(tree, target.folder) if target and target.folder else tree, own)


def _asked(tree: SourceTree, overrides: Overrides) -> tuple[Sourced[str] | None, Target | None, Overrides]:
    """Return the app that was asked for, what is meant, and the rest of what was asked for."""
    asked = overrides.app
    if asked is None:
        return None, None, overrides
    edit = overrides.providers
    allowed = None
    if isinstance(edit, Replace):
        allowed = frozenset(registry.named(item.value, item.origin).name for item in edit.items)
    from buildplan.compose import app_choice

    target = app_choice.choose(tree, asked, allowed)
    options = {**overrides.options, **dict(target.options)}
    field = next((name for name, _ in target.options), "app")
    beaten = tuple((field if item[0] == "app" else item[0], *item[1:]) for item in overrides.beaten)
    return asked, target, replace(overrides, app=None, options=options, beaten=beaten)


def _in_folder(inner: SourceTree, overrides: Overrides, folder: str) -> Overrides:
    """Return what is asked of a folder's app: its own Procfile counts, that of the root is about the root."""
    start, processes = overrides.start, overrides.processes
    if start is not None and start.origin.path == _PROCFILE:
        start = None
    processes = {name: item for name, item in processes.items() if item.origin.path != _PROCFILE}
    if inner.has(_PROCFILE):
        from buildplan.config import procfile

        own = procfile.read(inner)
        if start is None and own.start is not None:
            start = Sourced(own.start.value, subfolder.place(own.start.origin, folder))
        more = {name: Sourced(item.value, subfolder.place(item.origin, folder)) for name, item in own.processes.items()}
        processes = {**more, **processes}
    return replace(overrides, start=start, processes=processes)


def _unread(inner: SourceTree, folder: str) -> tuple[Diagnostic, ...]:
    names = [name for name in _FOLDER_CONFIGS if inner.has(name)]
    return tuple(
        Diagnostic(
            "BP660",
            "warning",
            f"`{folder}/{name}` is not read: the configuration is that of the tree which is planned",
            Origin(f"{folder}/{name}"),
            f"plan `{folder}` by itself, or give `--config {folder}/{name}`",
        )
        for name in names
    )


def _planned(tree: SourceTree, overrides: Overrides, language: Language | None) -> Planned:
    composition = compose(tree, overrides, language)
    plan, overrides = _combined(tree, composition, overrides)
    uses = composition.uses(plan.frameworks)
    return Planned(uses, plan, overrides, (composition.decision,), composition.diagnostics)


def candidates(tree: SourceTree, overrides: Overrides) -> tuple[Candidate, ...]:
    """Return every provider that claims the tree, strongest first.

    Other packages are asked only when no built-in has a manifest's evidence: looking for them costs 30 ms.
    """
    found = _claims(tree, overrides, registry.builtin(tree))
    if not any(item.detection.strength >= Strength.MANIFEST for item in found):
        found += _claims(tree, overrides, registry.third_party())
    if overrides.start is not None:
        found = [_with_start(item, overrides) for item in found]
    return tuple(sorted(found, key=_rank))


def _with_start(candidate: Candidate, overrides: Overrides) -> Candidate:
    """Return the claim where a start command is given: a language that can run it is at least as strong as none.

    A web server runs no command, and what lies in a folder is not where the command was written for.
    """
    detection = candidate.detection
    starts = start_program.brings(candidate.provider, overrides)
    can_run = detection.role == "app" and not detection.static and candidate.found is None
    if can_run and detection.strength < Strength.COMMAND and (starts or detection.strength != Strength.TOOLING):
        detection = replace(detection, strength=Strength.COMMAND)
        return candidate._replace(detection=detection, starts=True)
    return candidate._replace(starts=starts)


def _rank(candidate: Candidate) -> tuple[bool, int, bool, tuple[bool, bool, bool], str]:
    detection = candidate.detection
    weaker = (detection.static, detection.below, "" not in detection.frontends)
    return (detection.role != "app", -detection.strength, not candidate.starts, weaker, candidate.provider.name)


def _claims(tree: SourceTree, overrides: Overrides, providers: Iterable[Provider]) -> list[Candidate]:
    claims = ((provider, *subfolder.detect(provider, tree, overrides)) for provider in providers)
    return [Candidate(provider, detection, found) for provider, detection, found in claims if detection is not None]


def compose(tree: SourceTree, overrides: Overrides, language: Language | None = None) -> Composition:
    """Return who plans what; `language` is that of the app where one was asked for.

    Raises NoProviderError when nobody knows the tree, ConfigError for a wrong name.
    """
    found = candidates(tree, overrides)
    if language is not None:
        found = _first(found, language)
    edit = overrides.providers
    if edit is None:
        if not found:
            raise _unknown(tree)
        return _by_evidence(found)
    detected = tuple(Sourced(item.provider.name, item.detection.evidence[0].origin) for item in _taking_part(found))
    names = apply(edit, detected)
    if not names and overrides.start is not None:
        # Nixpacks' `providers = []`: no language, only what the configuration says.
        names = (Sourced("shell", overrides.start.origin),)
    if not names:
        raise PlanError(
            "the list of providers is empty, so nothing can be planned",
            origin=_place(overrides),
            hint='write `providers = ["node"]`, or leave the key out',
        )
    chosen: list[Candidate] = []
    for name in names:
        provider = registry.named(name.value, name.origin)
        if any(item.provider.name == provider.name for item in chosen):
            continue
        known = next((item for item in found if item.provider.name == provider.name), None)
        asked = Detection(Strength.APP, (Evidence("it is named in the configuration", name.origin),))
        chosen.append(known or Candidate(provider, asked, subfolder.find(provider, tree, overrides)))
    text = ", ".join(item.provider.name for item in chosen)
    losers = tuple(_runner_up(item, "not named in the configuration") for item in found if item not in chosen)
    decision = Decision("providers", text, names[0].origin, "a configured list of providers always wins", losers)
    return Composition(chosen[0], tuple(chosen[1:]), decision, ())


def _first(found: tuple[Candidate, ...], language: Language) -> tuple[Candidate, ...]:
    """Return the candidates with that language first, as the app."""
    own = next((item for item in found if item.provider.name == language.name), None)
    if own is None:
        return found
    # Asked for by name, it is as strong as can be: nothing is equal to it.
    chosen = own._replace(detection=replace(own.detection, role="app", strength=Strength.APP))
    return (chosen, *(item for item in found if item is not own))


def _place(overrides: Overrides) -> Origin:
    edit = overrides.providers
    items = edit.items if isinstance(edit, Replace) else ()
    return items[0].origin if items else Origin("<configuration>", key="providers")


def _taking_part(found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the app and those that build assets for it; a static site needs nobody's assets."""
    if not found:
        return ()
    app, *others = found
    if app.detection.role != "app":
        return (app,)
    return (app, *(item for item in others if item.detection.role == "assets"))


def _by_evidence(found: tuple[Candidate, ...]) -> Composition:
    app, *assets = _taking_part(found)
    losers = [item for item in found if item is not app and item not in assets]
    diagnostics = [
        Diagnostic(
            "BP679",
            "warning",
            f"`{app.provider.name}` and `{item.provider.name}` have equally strong evidence; "
            f"`{app.provider.name}` is taken, by the order of names",
            item.detection.evidence[0].origin,
            f'choose one: `providers = ["{item.provider.name}"]` in buildplan.toml',
        )
        for item in losers
        if item.detection.strength == app.detection.strength
        and item.detection.role == "app"
        and item.starts == app.starts
        and (item.detection.static, item.detection.below) == (app.detection.static, app.detection.below)
        and "" not in app.detection.frontends
    ]
    strength = app.detection.strength.name.lower()
    evidence = app.detection.evidence[0]
    decision = Decision(
        "providers",
        ", ".join(item.provider.name for item in (app, *assets)),
        evidence.origin,
        f"the strongest evidence is the app ({strength}: {evidence.text})",
        tuple(_runner_up(item, f"weaker evidence ({item.detection.strength.name.lower()})") for item in losers),
    )
    return Composition(app, tuple(assets), decision, tuple(diagnostics))


def _runner_up(item: Candidate, reason: str) -> RunnerUp:
    evidence = item.detection.evidence[0]
    return RunnerUp(item.provider.name, evidence.origin, f"{reason}: {evidence.text}")


def _unknown(tree: SourceTree) -> NoProviderError:
    directory = tree.directory()
    seen = [*directory.files, *(f"{name}/" for name in directory.directories)]
    if not seen:
        return NoProviderError(
            "the tree is empty, so there is nothing to plan",
            origin=Origin("."),
            hint="give the directory that holds package.json or index.html",
        )
    shown = ", ".join(f"`{name}`" for name in seen[:12]) + (", …" if len(seen) > 12 else "")  # noqa: PLR2004  # one line
    manifests = (path for name in ("package.json", "index.html") for path in tree.named(name))
    nested = next((path.rpartition("/")[0] for path in manifests if path.count("/") <= 2), None)  # noqa: PLR2004  # near the root
    known = ", ".join(registry.languages())
    hint = (
        f"name one of them in buildplan.toml, `providers = [...]` (known: {known}); for any other language write "
        '`providers = ["shell"]`, `start` and `[base_images]`'
    )
    if nested:
        hint = f"there is something in `{nested}/`; plan it with `--app {nested}`"
    return NoProviderError(f"no provider knows this tree; looked at {shown}", origin=Origin("."), hint=hint)


def combined(tree: SourceTree, composition: Composition, overrides: Overrides) -> ProviderPlan:
    """Return the app's plan with the assets' phases in it, named `provider:phase`.

    Raises what a provider raises, and PlanError for an app that runs nothing.
    """
    return _combined(tree, composition, overrides)[0]


def _combined(tree: SourceTree, composition: Composition, overrides: Overrides) -> tuple[ProviderPlan, Overrides]:
    """Return the combined plan, and what was asked for with the runtimes that come beside the app's own."""
    app = _app(tree, composition.app, overrides, with_root=not composition.assets)
    if app.run is None:
        name = composition.app.provider.name
        raise PlanError(
            f"`{name}` finds only assets here, and no app that serves them",
            origin=composition.app.detection.evidence[0].origin,
            hint="name the provider of the app first: `providers = [...]` in buildplan.toml",
        )
    for candidate in composition.assets:
        if candidate.provider.name in app.own_assets:
            continue
        own = candidate.provider.plan(tree, PlanContext(overrides, "assets"))
        app = _with_assets(app, own, candidate.provider.name)
        if own.run is not None:
            place = candidate.detection.evidence[0].origin
            app, overrides = _with_programs(app, own.run, candidate.provider.name, place, overrides)
    return app, overrides


def _with_programs(
    app: ProviderPlan, own: Run, name: str, place: Origin, overrides: Overrides
) -> tuple[ProviderPlan, Overrides]:
    """Return the app's plan with another language's packages beside it, and the request for its runtime."""
    run = app.run
    if run is None or run.site is not None:
        return app, overrides
    run = replace(
        run,
        copies=(*run.copies, *(frontends.result(item, name) for item in own.copies)),
        apt_packages=tuple(dict.fromkeys((*run.apt_packages, *own.apt_packages))),
        paths=(*run.paths, *own.paths),
    )
    runtime = own.runtime
    overrides = replace(
        overrides,
        versions={runtime.name: Sourced(runtime.version, place), **overrides.versions},
        runtime_packages={runtime.name: (), **overrides.runtime_packages},
    )
    paths = Decision("run.paths", ":".join(run.paths), place, f"the programs of the packages of `{name}` are called")
    return replace(app, run=run, decisions=(*app.decisions, paths)), overrides


def _app(tree: SourceTree, candidate: Candidate, overrides: Overrides, *, with_root: bool) -> ProviderPlan:
    """Return the app's own plan with what builds its front ends; `with_root` says whether the root may be one."""
    found = candidate.found
    provider = candidate.provider
    if found is None:
        own = provider.plan(tree, PlanContext(overrides, "app"))
        return _joined(
            tree, provider, _with_frontends(tree, provider, own, overrides, with_root=with_root), "", overrides
        )
    folder = found.folder.directory
    inner = subfolder.below(tree, folder)
    asked = subfolder.inside(provider, overrides, found)
    own = provider.plan(inner, PlanContext(asked, "app"))
    plan = _with_frontends(inner, provider, own, asked, with_root=True)
    return _joined(tree, provider, subfolder.taken(provider, tree, plan, found), folder, overrides)


def _joined(tree: SourceTree, provider: Provider, app: ProviderPlan, folder: str, overrides: Overrides) -> ProviderPlan:
    """Return the app's plan with the front ends beside it that it reads; the app lies in `folder`."""
    if app.run is None or app.run.site is not None or not tree.named("package.json"):
        return app
    from buildplan.language import front_end_join

    found = front_end_join.find(tree, provider, app, folder, overrides)
    for join in found.joins:
        made = frontends.assets(
            tree, join.folder, overrides, script=join.script, target=join.target or None, app=provider.name
        )
        if made is None:
            continue
        name, own = made
        *others, last = own.assets
        target = front_end_join.place((last.dest or last.path).rstrip("/"), folder)
        own = replace(own, assets=(*others, replace(last, dest=f"{target}/")))
        chosen = Decision(f"frontends.{join.folder or '.'}", target, join.origin, join.why)
        reads = provider.name not in _READS_AT_RUN
        app = _with_assets(app, own, f"{name}-{join.folder.replace('/', '-')}".rstrip("-"), in_build=reads)
        app = replace(
            app,
            decisions=(*app.decisions, chosen),
            diagnostics=tuple(item for item in app.diagnostics if not _is_answered(item, join)),
        )
    said = {item.origin.path.partition("/")[0] for item in app.diagnostics if item.code in _OTHERS and item.origin}
    unread = tuple(
        Diagnostic(
            "BP955",
            "info",
            f"`{path}/` builds a site that nothing in the app reads, so it is not part of the image",
            Origin(f"{path}/package.json"),
            f"plan it by itself: `buildplan {path}`; or let its build write to where the app serves files from",
        )
        for path in found.unread
        if path.partition("/")[0] not in said
    )
    return replace(app, diagnostics=(*app.diagnostics, *unread))


def _is_answered(item: Diagnostic, join: Join) -> bool:
    """Return whether a front end that is built is what a diagnostic misses."""
    if item.origin is None:
        return False
    if item.code == _MISSING_FILES:
        return item.origin.path == join.origin.path and item.origin.line == join.origin.line
    return item.code == _ANOTHER_APP and item.origin.path.startswith(f"{join.folder}/")


def _with_frontends(
    tree: SourceTree, provider: Provider, app: ProviderPlan, overrides: Overrides, *, with_root: bool
) -> ProviderPlan:
    for folder in app.frontends:
        if not folder and not with_root:
            continue
        found = frontends.assets(tree, folder, overrides, app=provider.name)
        if found is not None:
            name, own = found
            app = _with_assets(app, own, f"{name}-{folder.replace('/', '-')}" if folder else name)
    return app


def _with_assets(app: ProviderPlan, own: ProviderPlan, name: str, *, in_build: bool = True) -> ProviderPlan:
    """Return the app's plan with that of its assets; `in_build`: its own build may want them too."""
    phases = tuple(frontends.phase(phase, name) for phase in own.phases)
    assets = tuple(frontends.result(item, name) for item in own.assets if item.phase)
    build = next((phase for phase in app.phases if phase.name == "build" and phase.commands), None)
    app_phases = app.phases
    run = app.run
    if build is not None and in_build:
        # `collectstatic` gathers what the bundler made.
        fed = replace(build, inputs=(*build.inputs, *assets))
        app_phases = tuple(fed if phase is build else phase for phase in app.phases)
    whole = (
        in_build
        and build is not None
        and run is not None
        and any(item.phase == "build" and item.path == "." for item in run.copies)
    )
    if run is not None and not whole:
        shipped = tuple(item for item in assets if not _is_embedded(item, app.embedded))
        run = replace(run, copies=(*run.copies, *shipped))
    return replace(
        app,
        phases=(*phases, *app_phases),
        run=run,
        secrets=tuple(dict.fromkeys((*app.secrets, *own.secrets))),
        artifacts=tuple(dict.fromkeys((*app.artifacts, *own.artifacts))),
        decisions=(*app.decisions, *(frontends.decision(item, name) for item in own.decisions)),
        diagnostics=(*app.diagnostics, *own.diagnostics),
    )


def _is_embedded(item: Input, embedded: tuple[str, ...]) -> bool:
    """Return whether what is built goes into the app's program: it is in a path that is embedded, or around one."""
    path = f"{(item.path if item.dest is None else item.dest).rstrip('/')}/"
    return any(path.startswith(f"{own}/") or f"{own}/".startswith(path) for own in embedded)
