"""A provider plan + what was asked for → the build plan.

Here the `"..."` of lists has become `Extend`; nothing below knows that there was a config file.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.compose import image_requests, mirror_requests, other_runtimes, platform_needs, start_programs
from buildplan.compose.build_context import ignored, own_lines
from buildplan.compose.phase_edits import edited, edited_phases
from buildplan.errors import ConfigError, NoStartError, PlanError
from buildplan.language import health_probe
from buildplan.model.build_plan import BuildPlan, Decision, Diagnostic, HealthCheck, Phase, Process, RunnerUp, Variable
from buildplan.model.origin import Origin, Sourced, rule
from buildplan.model.reasons import Reasons
from buildplan.model.requests import apply
from buildplan.read import own_dockerfile

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan
    from buildplan.model.build_plan import ProviderUse, Run, Runtime
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def merge(
    tree: SourceTree,
    uses: tuple[ProviderUse, ...],
    plan: ProviderPlan,
    overrides: Overrides,
    decisions: tuple[Decision, ...] = (),
    diagnostics: tuple[Diagnostic, ...] = (),
) -> BuildPlan:
    """Return the build plan.

    Raises ConfigError for what was asked for and cannot be, NoStartError when nothing is there to start.
    """
    if plan.run is None:
        raise PlanError("the provider ships no image", hint="report this to the provider's author")
    reasons = Reasons()
    for decision in (*decisions, *plan.decisions):
        reasons.decide(decision.field, decision.value, decision.origin, decision.rule, decision.runners_up)
    for diagnostic in (*overrides.diagnostics, *diagnostics, *plan.diagnostics):
        reasons.report(diagnostic)
    phases, run = edited_phases(tree, plan.phases, plan.run, overrides, reasons)
    phases = _with_packages(phases, overrides, reasons)
    phases, run = other_runtimes.added(phases, run, overrides, reasons)
    phases, run = _with_images(phases, run, overrides, reasons)
    variables = _variables(plan, overrides, reasons)
    run, processes = _run(run, plan, overrides, variables, reasons)
    run = start_programs.checked(tree, run, processes, overrides, reasons)
    if tree.first(*own_dockerfile.COMPOSE_FILES) is not None:
        from buildplan.compose import authors_word

        web = next((process for process in processes if process.name == "web"), None)
        for told in authors_word.contradictions(tree, web, reasons.decisions):
            reasons.report(told)
    run = image_requests.applied(run, overrides, reasons)
    image_requests.check_base_image(run, overrides)
    image_requests.report_unread_secrets(phases, overrides, reasons)
    if overrides.platform is not None:
        phases, run, processes = platform_needs.met(phases, run, processes, overrides, reasons)
    ignore = ignored(tree, plan, phases, run, reasons)
    mirrored = mirror_requests.noted(tree, phases, overrides, reasons)
    _note_beaten(overrides, reasons)
    _note_idle(uses, overrides, reasons)
    if tree.listing.skipped:
        names = ", ".join(f"`{name[:60]}`" for name in tree.listing.skipped[:3])
        reasons.report(
            Diagnostic(
                "BP683",
                "warning",
                f"files whose names hold control characters or no UTF-8 are left out: {names}",
                None,
                "rename them",
            )
        )
    for path, (severity, why) in sorted(tree.unread.items()):
        fix = "say in buildplan.toml what the code would have said, or make the file smaller"
        reasons.report(Diagnostic("BP915", severity, why, Origin(path), fix))
    silenced = {item.value for item in overrides.ignore_codes}
    return BuildPlan(
        providers=uses,
        phases=phases,
        run=run,
        processes=processes,
        start=_main_process(processes),
        variables=variables,
        secrets=tuple(dict.fromkeys((*plan.secrets, *(item.value for item in overrides.secrets)))),
        ignore=ignore,
        kept_ignore_lines=own_lines(tree),
        mirrors=mirrored,
        ca_certificates=_certificates(tree, overrides, reasons),
        platforms=tuple(item.value for item in overrides.platforms),
        platform="" if overrides.platform is None else overrides.platform.value,
        decisions=reasons.decisions,
        diagnostics=tuple(item for item in reasons.diagnostics if item.code not in silenced),
    )


def _main_process(processes: tuple[Process, ...]) -> str:
    names = [process.name for process in processes]
    return next((name for name in ("web", "worker") if name in names), names[0])


def _with_packages(phases: tuple[Phase, ...], overrides: Overrides, reasons: Reasons) -> tuple[Phase, ...]:
    """Add the owner's build packages to the first phase that has a runtime."""
    if overrides.apt_build is None:
        return phases
    first = next((phase for phase in phases if phase.runtime is not None), None)
    if first is None:
        return phases
    packages = edited(first.apt_packages, overrides.apt_build, "", reasons, "apt.build.")
    return tuple(replace(phase, apt_packages=packages) if phase is first else phase for phase in phases)


def _with_images(
    phases: tuple[Phase, ...], run: Run, overrides: Overrides, reasons: Reasons
) -> tuple[tuple[Phase, ...], Run]:
    first = next((phase for phase in phases if phase.runtime is not None), None)
    done = []
    for phase in phases:
        if phase.runtime is None:
            done.append(phase)
            continue
        asked = overrides.base_images.get("build") if phase is first else None
        done.append(replace(phase, runtime=_imaged(phase.runtime, f"phases.{phase.name}.image", asked, reasons)))
    asked = overrides.base_images.get("run")
    return tuple(done), replace(run, runtime=_imaged(run.runtime, "run.image", asked, reasons))


def _imaged(runtime: Runtime, field: str, asked: Sourced[str] | None, reasons: Reasons) -> Runtime:
    own = runtime.image or catalogue.image(runtime.name, runtime.version, runtime.flavour)
    if asked is not None:
        lost = (RunnerUp(own, rule("catalogue"), "replaced by the configuration"),)
        reasons.decide(field, asked.value, asked.origin, "a configured base image", lost)
        return replace(runtime, image=asked.value)
    if runtime.image:
        reasons.decide(field, own, rule("provider"), f"the image of {runtime.name} that the provider names")
        return runtime
    rule_text = f"the `{runtime.flavour}` image of {runtime.name} {runtime.version}"
    reasons.decide(field, own, rule("catalogue"), rule_text)
    return replace(runtime, image=own)


def _variables(plan: ProviderPlan, overrides: Overrides, reasons: Reasons) -> tuple[Variable, ...]:
    variables = {variable.name: variable for variable in plan.variables}
    for name, asked in overrides.variables.items():
        scope = asked.scope
        if scope == "both" and name in plan.run_only_variables:
            scope = "run"
        elif scope == "both" and name in plan.build_only_variables:
            scope = "build"
        variables[name] = Variable(name, asked.value, scope)
        reasons.decide(f"variables.{name}", asked.value, asked.origin, f"set by the owner, for {_when(scope)}")
    return tuple(sorted(variables.values(), key=lambda variable: variable.name))


def _when(scope: str) -> str:
    return {"build": "the build", "run": "the running container"}.get(scope, "the build and the running container")


def _run(
    run: Run, plan: ProviderPlan, overrides: Overrides, variables: tuple[Variable, ...], reasons: Reasons
) -> tuple[Run, tuple[Process, ...]]:
    run = replace(run, apt_packages=_run_packages(run, overrides, reasons))
    if overrides.user is not None:
        user = overrides.user.value
        if not re.fullmatch(r"\d{1,9}(:\d{1,9})?", user):
            raise ConfigError(
                f"`{user[:40]}` is no numeric user",
                origin=overrides.user.origin,
                hint='write `user = "1000:1000"`; a name means nothing to the host of a container',
            )
        run = replace(run, user=user)
        reasons.decide("run.user", user, overrides.user.origin, "a configured user")
    if not plan.processes:
        raise NoStartError(
            "nothing says how to start this app",
            origin=Origin("."),
            hint='write `start = "…"` in buildplan.toml, or a `web:` line in a Procfile',
        )
    processes = plan.processes
    port = overrides.port
    own = next((item for item in overrides.variables.items() if item[0] == "PORT"), None)
    if port is not None:
        run = replace(run, environment=_with(run.environment, "PORT", str(port.value)))
        processes = tuple(replace(item, port=port.value) if item.port else item for item in processes)
        reasons.decide("port", str(port.value), port.origin, "a configured port")
    elif own is not None and own[1].value.isdecimal() and any(item.port for item in processes):
        number = int(own[1].value)
        processes = tuple(replace(item, port=number) if item.port else item for item in processes)
        reasons.decide("port", own[1].value, own[1].origin, "the variable PORT is the port")
    hidden = {variable.name for variable in variables if variable.scope != "build"}
    for name, value in run.environment:
        if name in hidden:
            _replaced(name, value, reasons)
    run = replace(run, environment=tuple(pair for pair in run.environment if pair[0] not in hidden))
    run = _health(run, overrides, reasons)
    return run, processes


def _replaced(name: str, value: str, reasons: Reasons) -> None:
    """Let the owner's variable name the value that would be set without it, which has no place in the image."""
    own = reasons.dropped(f"run.environment.{name}")
    asked = next((item for item in reasons.decisions if item.field == f"variables.{name}"), None)
    if own is not None and asked is not None:
        lost = RunnerUp(value, own.origin, "the owner set another")
        reasons.decide(asked.field, asked.value, asked.origin, asked.rule, (*asked.runners_up, lost))


def _run_packages(run: Run, overrides: Overrides, reasons: Reasons) -> tuple[str, ...]:
    """Return the packages of the shipped image; a web server gets none of those that are asked for everywhere.

    Nixpacks has one list for the build and the image. What serves finished files runs no other program.
    """
    edit = overrides.apt_run
    if run.site is None or edit is None or edit != overrides.apt_build:
        return edited(run.apt_packages, edit, "", reasons, "apt.run.")
    left_out = [item for item in apply(edit, ()) if item.value not in run.apt_packages]
    if left_out:
        reasons.report(
            Diagnostic(
                "BP664",
                "info",
                f"{', '.join(f'`{item.value}`' for item in left_out)}: installed for the build only; the image holds "
                "finished files and the web server, which has `wget` and a shell",
                left_out[0].origin,
                'if the web server needs a package, write it in buildplan.toml: `[apt]` with `run = ["…"]`',
            )
        )
    return run.apt_packages


def _with(environment: tuple[tuple[str, str], ...], name: str, value: str) -> tuple[tuple[str, str], ...]:
    return (*(pair for pair in environment if pair[0] != name), (name, value))


def _health(run: Run, overrides: Overrides, reasons: Reasons) -> Run:
    asked = overrides.health_check
    if asked is None:
        return run
    path = asked.value if asked.value.startswith("/") else f"/{asked.value}"
    if not re.fullmatch(r"/[\w./?=&%~-]*", path, re.ASCII):
        raise ConfigError(
            f"`{asked.value[:60]}` is no path for a health check", origin=asked.origin, hint="write a path, `/healthz`"
        )
    probe = health_probe.probe(run.runtime.name, path)
    if probe is None:
        raise ConfigError(
            f"the image of `{run.runtime.name}` holds nothing that can ask over HTTP",
            origin=asked.origin,
            hint="let the platform check the health of the container",
        )
    reasons.decide("run.health_check", path, asked.origin, "a configured path, asked by the app's own runtime")
    return replace(run, health_check=HealthCheck(probe))


def _certificates(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> tuple[str, ...]:
    for item in overrides.ca_certificates:
        if not re.fullmatch(r"[\w./-]+\.(?:crt|pem)", item.value, re.ASCII) or not tree.has(item.value):
            raise ConfigError(
                f"there is no certificate `{item.value[:80]}` in the tree",
                origin=item.origin,
                hint="name a `.crt` or `.pem` file inside the tree",
            )
        _check_certificate(tree.text_or_none(item.value) or "", item)
        reasons.decide("ca_certificates", item.value, item.origin, "trusted in every stage")
    return tuple(item.value for item in overrides.ca_certificates)


def _check_certificate(text: str, item: Sourced[str]) -> None:
    """Raise ConfigError for a file that every stage would copy in vain, or that must not be in an image."""
    shown = item.value[:80]
    if "PRIVATE KEY-----" in text:
        problem = f"`{shown}` holds a private key, which would be in the image"
        raise ConfigError(problem, origin=item.origin, hint="name a file that holds certificates only")
    if "-----BEGIN CERTIFICATE-----" not in text:
        hint = f"convert it: `openssl x509 -inform der -in {shown} -out corporate.crt`"
        raise ConfigError(f"`{shown}` is not a certificate in the PEM format", origin=item.origin, hint=hint)


def _note_beaten(overrides: Overrides, reasons: Reasons) -> None:
    """Let each decision name the settings that lost against it."""
    known = {decision.field: decision for decision in reasons.decisions}
    for field, lost, winner in overrides.beaten:
        decision = known.get(field)
        if decision is None:
            continue
        runner_up = RunnerUp(lost.value, lost.origin, f"{winner} is stronger")
        if runner_up not in decision.runners_up:
            decision = replace(decision, runners_up=(*decision.runners_up, runner_up))
            known[field] = decision
            reasons.decide(field, decision.value, decision.origin, decision.rule, decision.runners_up)


def _note_idle(uses: tuple[ProviderUse, ...], overrides: Overrides, reasons: Reasons) -> None:
    """Report what is asked of languages that have no part in the plan: nothing is dropped without a word."""
    taking_part = {use.name for use in uses}
    decided = {decision.field for decision in reasons.decisions}
    idle: dict[Origin, str] = {}
    for name, value in overrides.options.items():
        provider = name.partition(".")[0]
        # `--app` sets the option of every language.
        if provider not in taking_part and value.origin.key not in {"--app", "BUILDPLAN_APP", "app"}:
            idle[value.origin] = f"`{provider}` has no part in the plan"
    for name, value in overrides.versions.items():
        if f"{name}.version" not in decided and name not in taking_part:
            idle[value.origin] = f"nothing in the plan is chosen by a version of `{name}`"
    served = {value.origin for name, value in overrides.options.items() if name.partition(".")[0] in taking_part}
    for origin, why in idle.items():
        if origin not in served:
            what = origin.key or origin.path
            reasons.report(Diagnostic("BP664", "info", f"`{what}` has no effect: {why}", origin, "remove it"))
