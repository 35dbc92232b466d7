"""The plan of an Elixir app, assembled from its facts.

A release holds its own Erlang, which is linked with the C library, OpenSSL and ncurses of the image that built it: it
is shipped on Debian's current release where that serves it, else on the image of the same tag. Its start script
`exec`s the virtual machine, which ends in order on SIGTERM.

The cookie of a release is made by chance in each build, and lies in the image: nodes of one image form a cluster by
it. `RELEASE_COOKIE` takes its place at run time; it is never set here, since a variable of an image is public.

Sources, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Tasks.Release.html, https://hexdocs.pm/phoenix/releases.html
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.language import engine, stated
from buildplan.language.contract import Detection, PlanContext, ProviderPlan, Strength
from buildplan.language.stated import Stated
from buildplan.model.build_plan import APP_DIR, Cache, Diagnostic, Evidence, Input, Phase, Run, Runtime
from buildplan.model.origin import Origin, rule

from . import elixir_version, installation, mix_project, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .elixir_version import Version
    from .installation import Assets
    from .mix_project import MixFile, Project
    from .start import Shipping


# --- phases -----------------------------------------------------------------------------------------------------------

# Downloaded packages; the keys and the settings of Hex lie beside it, and stay out.
_HEX = Cache("hex-packages", "/root/.hex/packages")
# Plugins of Rebar, and what rustler_precompiled and elixir_make download.
_DOWNLOADS = Cache("mix-downloads", "/root/.cache")
MIX_HOME = f"{APP_DIR}/.mix"
_ENVIRONMENT = (("MIX_ENV", "prod"), ("LANG", "C.UTF-8"))
_WHY = {"MIX_ENV": "what is built is for production", "LANG": "Erlang reads file names as Latin-1 without it"}
_COMMENTS = {"mix": "Build the app", "escript": "Build the program"}
_DOWNLOADERS = ("tailwind", "esbuild", "dart_sass", "bun")
_FETCHES_PROGRAM = re.compile(r"(?:tailwind|esbuild|sass|dart_sass|bun)\.install\b")


def make_phases(project: Project, version: Version, shipping: Shipping) -> tuple[tuple[Phase, ...], tuple[str, ...]]:
    """Return the phases, those of Node among them, and the names of the secrets; raises what reading them raises."""
    builder = _Builder(project, version, shipping)
    return builder.phases(), tuple(builder.secrets)


def fetched(project: Project) -> Origin | None:
    """Return where the first dependency is named that is fetched, None where nothing is.

    Dependencies that a function of another file lists are known by mix.lock only.
    """
    found = next((file.fetched for file in project.all_files if file.fetched is not None), None)
    return found or next((item.origin for item in project.lock.values()), None)


class _Builder:
    def __init__(self, project: Project, version: Version, shipping: Shipping) -> None:
        self._project = project
        self._version = version
        self._shipping = shipping
        self._reasons = project.reasons
        self.secrets: dict[str, None] = {}

    def phases(self) -> tuple[Phase, ...]:
        project = self._project
        place = fetched(project)
        first = [self._setup(place)]
        if place is not None:
            first.append(self._install(place))
        assets = installation.find_assets(project, "install" if place is not None else None)
        rust = installation.rust(project)
        guests = [*((rust[0],) if rust is not None else ()), *(assets.phases if assets is not None else ())]
        if assets is not None:
            self.secrets.update(dict.fromkeys(assets.secrets))
        last = []
        if place is not None:
            last.append(self._compile_dependencies(place, rust[1:] if rust is not None else ((), (), ())))
        last += self._build(assets, last[-1].name if last else first[-1].name)
        # A stage stands before those that copy from it: Node copies from what was fetched, the build from Node.
        return (*first, *guests, *last) if place is not None else (*guests, *first, *last)

    def _setup(self, fetched: Origin | None) -> Phase:
        runtime = Runtime("elixir", self._version.version, self._version.requested, flavour="full")
        packages = installation.build_packages(self._project, self._version)
        if fetched is None:
            return Phase("setup", runtime=runtime, apt_packages=packages)
        home = (("MIX_HOME", MIX_HOME),) if self._shipping.kind == "mix" else ()
        tools = ("mix local.hex --force && mix local.rebar --force",)
        return stated.phase(
            "setup",
            self._reasons,
            Stated("commands", tools, fetched, "what Mix fetches and builds dependencies with"),
            Stated("environment", home, self._shipping.origin, "Mix looks for Hex at run time"),
            runtime=runtime,
            apt=packages,
            comment="Hex and Rebar",
        )

    def _install(self, fetched: Origin) -> Phase:
        project = self._project
        found = installation.access(project, "mix deps.get --only prod")
        self.secrets.update(dict.fromkeys(found.secrets))
        paths = mix_project.manifest_paths(project)
        unknown = next(
            (file for file in project.all_files if file.loads and not mix_project.names_what_it_reads(project, file)),
            None,
        )
        if unknown is not None:
            # What it loads has a computed name, and may be anywhere.
            paths = (self._whole(),)
        if not project.tree.has(project.path("mix.lock")):
            text = "there is no mix.lock, so that each build may get other versions"
            fix = "run `mix deps.get` and commit mix.lock"
            self._reasons.report(Diagnostic("BP612", "warning", text, Origin(project.root.path), fix))
        why = "what fetching them reads, and nothing else"
        if unknown is not None:
            why = "mix.exs loads code of a computed name"
        inputs = tuple(Input(path) for path in paths)
        return stated.phase(
            "install",
            self._reasons,
            Stated("commands", (found.command,), fetched, "the dependencies of production"),
            Stated("inputs", inputs, Origin((unknown or project.root).path), why),
            Stated("caches", (_HEX,), rule("cache"), "packages are kept between builds"),
            Stated("secrets", found.secrets, fetched, "private packages are asked for with it"),
            *_production(),
            comment="Dependencies",
            working_dir=project.directory,
            depends_on=("setup",),
        )

    def _compile_dependencies(
        self,
        fetched: Origin,
        rust: tuple[tuple[Input, ...], tuple[tuple[str, str], ...], tuple[str, ...]],
    ) -> Phase:
        """Return the phase that compiles what was fetched: it reads the configuration, and no source."""
        project = self._project
        copied, variables, paths = rust
        inputs = (*copied, *(Input(path) for path in project.config.early_files))
        commands = ["mix deps.compile --skip-umbrella-children" if project.members else "mix deps.compile"]
        setup = project.main.aliases.get("assets.setup")
        if setup is not None and _only_downloads(setup[1]) and project.main.directory == project.directory:
            commands.append("mix assets.setup")
            self._tell_download()
        return stated.phase(
            "deps",
            self._reasons,
            Stated("commands", tuple(commands), fetched, "compiled once, whatever the source says"),
            Stated("inputs", inputs, fetched, "settings that dependencies are compiled with"),
            Stated("caches", (_DOWNLOADS,), rule("cache"), "downloads are kept between builds"),
            Stated("paths", paths, fetched, "where Cargo is"),
            Stated("environment", variables, fetched, "where Cargo is", note=False),
            comment="Dependencies, compiled",
            working_dir=project.directory,
            depends_on=("install",),
        )

    def _tell_download(self) -> None:
        shipped = {name: item for file in self._project.all_files for name, item in file.shipped.items()}
        tool = next((shipped[name] for name in _DOWNLOADERS if name in shipped), None)
        if tool is not None:
            text = f"the build downloads the program of `{tool.name}`, which comes from no package of Hex"
            fix = "let the build reach the network, or set its `path` in config"
            self._reasons.report(Diagnostic("BP860", "info", text, tool.origin, fix))

    def _build(self, assets: Assets | None, after: str) -> list[Phase]:
        """Return the phases that compile, build the assets and make what is shipped: one for each folder on the way.

        The last is `build`; the first copies the source.
        """
        project, shipping = self._project, self._shipping
        steps = [] if shipping.kind == "escript" else [(project.directory, "mix compile")]
        steps += self._asset_commands(assets)
        product = self._product()
        steps += [product] if product is not None else []
        if shipping.kind == "mix" and assets is not None:
            # Only the build needs them, and the whole folder is shipped.
            modules = f"{APP_DIR}/{assets.folder}/node_modules" if assets.folder else f"{APP_DIR}/node_modules"
            steps[-1] = (steps[-1][0], f"{steps[-1][1]} && rm -rf {shlex.quote(modules)}")
        groups: list[tuple[str, list[str]]] = []
        for folder, command in steps:
            if not groups or groups[-1][0] != folder:
                groups.append((folder, []))
            groups[-1][1].append(command)
        made: list[Phase] = []
        for number, (folder, commands) in enumerate(groups, 1):
            name = "build" if number == len(groups) else "compile" if number == 1 else f"compile-{number}"
            why = "the app, compiled" if shipping.kind == "mix" or name != "build" else "what is shipped"
            values = [Stated("commands", tuple(commands), shipping.origin, why)]
            if number == 1:
                copied = (*(assets.inputs if assets is not None else ()), Input(self._whole()))
                source = Stated("inputs", copied, rule("source"), "any file may be compiled or shipped")
                values = [source, *values, *_production()]
            made.append(
                stated.phase(
                    name,
                    self._reasons,
                    *values,
                    comment=_COMMENTS.get(shipping.kind, "Build the release") if number == 1 else "",
                    working_dir=folder,
                    depends_on=(made[-1].name if made else after,),
                )
            )
        return made

    def _whole(self) -> str:
        """Return the project's folder, or the whole tree where the project is the tree or reads more of it."""
        directory = self._project.directory
        inside = all(path.startswith(f"{directory}/") for path in mix_project.manifest_paths(self._project))
        return f"{directory}/" if directory and inside else "."

    def _asset_commands(self, assets: Assets | None) -> list[tuple[str, str]]:
        """Return what builds the assets, and where: aliases of mix.exs, else a script of package.json; the digest."""
        project = self._project
        found = []
        digested = False
        for path in dict.fromkeys(file.path for file in (project.main, *project.members, project.root)):
            mix = mix_project.read_mix(project.tree, path)
            name = next((name for name in installation.ALIASES if name in mix.aliases), None)
            if name is None:
                continue
            place, steps = mix.aliases[name]
            setup = mix.aliases.get("assets.setup")
            if (
                setup is not None
                and not _only_downloads(setup[1])
                and not installation.calls_node(project, "assets.setup")
            ):
                found.append((mix.directory, "mix assets.setup"))
            found.append((mix.directory, f"mix {name}"))
            digested = digested or any(".digest" in step for step in steps)
            self._reasons.decide("elixir.assets", name, place, "the alias that builds the assets for production")
            self._tell_download()
        if assets is not None and assets.run is not None:
            found.append((project.directory, assets.run))
            self._reasons.decide("elixir.assets", assets.run, assets.origin, "the script that builds for production")
        if not digested and project.config.manifest is not None and "phoenix" in project.frameworks:
            task = start.phoenix_task(project, "digest")
            found.append((self._web().directory, f"mix {task}"))
            self._reasons.decide("elixir.digest", task, project.config.manifest, "production reads its manifest")
        return found

    def _web(self) -> MixFile:
        files = (self._project.main, *self._project.members)
        return next((file for file in files if "phoenix" in file.dependencies), self._project.main)

    def _product(self) -> tuple[str, str] | None:
        """Return the command that makes what is shipped, and where; None where Mix starts the source."""
        project, shipping = self._project, self._shipping
        if shipping.kind == "mix":
            return None
        if shipping.kind == "escript":
            return project.main.directory, "mix escript.build"
        if shipping.kind == "distillery":
            locked = project.lock.get("distillery")
            renamed = locked is None or locked.version is None or not locked.version.startswith(("0.", "1.", "2.0"))
            task = "distillery.release" if renamed else "release"
            return project.directory, f"mix {task} --env=prod --name={shipping.name}"
        # Mix knows a release by name only where mix.exs lists releases.
        command = f"mix release {shipping.name}" if project.listed else "mix release"
        if project.built_in == project.directory:
            return project.directory, command
        target = f"{APP_DIR}/{project.path(f'_build/prod/rel/{shipping.name}')}"
        return project.built_in, f"{command} --path {shlex.quote(target)}"


def _production() -> Iterator[Stated]:
    for pair in _ENVIRONMENT:
        yield Stated("environment", (pair,), rule("production"), _WHY[pair[0]])


def _only_downloads(steps: tuple[str, ...]) -> bool:
    """Return whether an alias does nothing but to download programs, which needs no source."""
    return bool(steps) and all(_FETCHES_PROGRAM.match(step) for step in steps)


# --- the plan ---------------------------------------------------------------------------------------------------------

_USER = "1000:1000"
_RUN_ONLY = ("PORT", "PHX_SERVER", "PHX_HOST", "RELEASE_NAME", "RELEASE_NODE", "RELEASE_DISTRIBUTION", "ERL_ZFLAGS")
_CLUSTERS = ("libcluster", "dns_cluster", "peerage", "horde", "swarm", "partisan", "libcluster_postgres")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Elixir app in a tree.

    Raises FileError for a broken file, VersionError for a version that cannot be met, NoStartError for an umbrella
    without an app, ConfigError for an option that names none, PlanError for the role `assets`, which Elixir has not.
    """
    engine.refuse_assets("elixir", "Elixir", context)
    project = mix_project.read_project(tree, context.overrides)
    version = elixir_version.resolve(project)
    how = start.choose_shipping(project, version)
    made, secrets = make_phases(project, version, how)
    heard = start.listen(project, how)
    _report_cookie(project, how)
    _report_node_name(project, how)
    run = _run(project, version, how, heard.environment)
    return ProviderPlan(
        phases=made,
        run=run,
        processes=start.processes(project, how, heard),
        secrets=secrets,
        artifacts=_artifacts(project),
        run_only_variables=_RUN_ONLY,
        build_only_variables=("MIX_ENV",) if how.kind != "mix" else (),
        own_assets=("node",),
        frameworks=tuple(name.replace("_", "-") for name in project.frameworks),
        decisions=project.reasons.decisions,
        diagnostics=project.reasons.diagnostics,
    )


def _run(project: Project, version: Version, how: Shipping, environment: tuple[tuple[str, str], ...]) -> Run:
    reasons = project.reasons
    on_debian = how.kind in {"release", "distillery"} and version.runs_on_debian
    if on_debian:
        why = "the release holds Erlang, and all that it is linked with is in this Debian"
        runtime = Runtime("debian", versions.resolve("debian", (), reasons).version)
    else:
        why = "it holds the libraries that the build was linked with" if how.kind != "mix" else "Mix starts the app"
        runtime = Runtime("elixir", version.version, version.requested)
    reasons.decide("run.base", runtime.name, how.origin, why)
    copies, writable = _copies(project, how)
    compiled = "the app, compiled, with Mix" if how.kind == "mix" else "what was built, and nothing else"
    values = [Stated("environment", environment, how.origin, "", note=False)]
    if how.kind == "mix":
        values.append(Stated("environment", (("MIX_ENV", "prod"),), how.origin, "the app runs for its users"))
        if fetched(project) is not None:
            values.append(
                Stated("environment", (("MIX_HOME", MIX_HOME),), how.origin, "where Hex is, which Mix looks for")
            )
        values.append(Stated("environment", (("HOME", APP_DIR),), how.origin, "a directory that the user may write to"))
    if how.kind == "distillery":
        substituted = (("REPLACE_OS_VARS", "true"),)
        values.append(Stated("environment", substituted, how.origin, "variables in its configuration are read"))
    run = stated.run(
        runtime,
        reasons,
        Stated("user", _USER, rule("non-root"), "a fixed number that owns nothing else"),
        Stated("copies", copies, how.origin, compiled),
        Stated("writable", writable, rule("release"), "what is written while the app runs"),
        *values,
    )
    return replace(run, apt_packages=installation.run_packages(project, version, on_debian=on_debian))


def _copies(project: Project, how: Shipping) -> tuple[tuple[Input, ...], tuple[str, ...]]:
    if how.kind == "escript":
        path = f"{project.main.directory}/{how.name}" if project.main.directory else how.name
        return (Input(path, phase="build", dest=how.name),), ()
    if how.kind == "mix":
        return (Input(f"{project.directory}/" if project.directory else ".", phase="build", dest=""),), (".",)
    path = project.path(f"_build/prod/rel/{how.name}/")
    return (Input(path, phase="build", dest=""),), ("tmp",) if how.kind == "release" else ("tmp", "var")


def _artifacts(project: Project) -> tuple[str, ...]:
    """Return what Mix and Node make in the tree; `deps` stays where the tree itself holds a dependency there."""
    found = ["_build", "deps", ".elixir_ls", "erl_crash.dump"]
    place = installation.assets_folder(project)
    used = [
        text
        for file in project.all_files
        for item in file.dependencies.values()
        for text in item.options.get("path", ())
    ]
    if any(text.strip("./").partition("/")[0] == "deps" for text in used):
        found.remove("deps")
    modules = () if place is None else (f"{place}/node_modules" if place else "node_modules",)
    return (*(project.path(name) for name in found), *modules)


def _report_cookie(project: Project, how: Shipping) -> None:
    """Say that the cookie is in the image, where nodes talk to each other by it."""
    written = next((file.cookie for file in project.all_files if file.cookie is not None), None)
    if written is not None:
        text = "the cookie of the release is written down: who reads it may run code in the app"
        fix = "leave `cookie` out, and set RELEASE_COOKIE where the app runs"
        project.reasons.report(Diagnostic("BP622", "warning", text, written, fix))
    place = project.dependency(*_CLUSTERS)
    if how.kind != "release" or place is None:
        return
    text = "the release's cookie lies in the image: who has it, and reaches the node's port, may run code in the app"
    fix = "set RELEASE_COOKIE where it runs, and publish no port but the app's"
    project.reasons.report(Diagnostic("BP862", "info", text, place, fix))


def _report_node_name(project: Project, how: Shipping) -> None:
    """Say that the node's name is made of variables of one platform: elsewhere it is no name, and nothing starts."""
    path = project.path("rel/env.sh.eex")
    lines = (project.tree.text_or_none(path) or "").split("\n") if how.kind == "release" else []
    for number, line in enumerate(lines, 1):
        # What is indented stands behind a condition.
        if line.startswith("export RELEASE_NODE=") and "FLY_" in line:
            text = "the node is named by variables that only Fly.io sets: elsewhere the release does not start"
            fix = 'name it only `if [ -n "$FLY_APP_NAME" ]`, or set FLY_APP_NAME and FLY_PRIVATE_IP where it runs'
            project.reasons.report(Diagnostic("BP868", "warning", text, Origin(path, number), fix))
            return


# --- detection --------------------------------------------------------------------------------------------------------


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None without a mix.exs at its root, or in a folder of a root that has none."""
    if not tree.has(mix_project.MANIFEST) and not any(
        tree.has(f"{name}/{mix_project.MANIFEST}") for name in tree.directory().directories
    ):
        return None
    path = mix_project.find_mix(tree, overrides)
    if path is None:
        return None
    found = Evidence(f"there is `{path}`", Origin(path))
    project = mix_project.read_mix(tree, path)
    if path != mix_project.MANIFEST:
        return Detection(Strength.STRAY, (found,), frameworks=_ids(project.frameworks))
    frameworks = dict.fromkeys(project.frameworks)
    for member in mix_project.umbrella(tree, project):
        frameworks.update(dict.fromkeys(member.frameworks))
    # A library has an `app` too, and nothing that starts.
    starts = project.module is not None or project.escript is not None or bool(project.frameworks)
    is_app = (project.app is not None and starts) or project.apps_path is not None
    strength = Strength.APP if is_app else Strength.MANIFEST
    return Detection(strength, (found,), frameworks=_ids(tuple(frameworks)))


def _ids(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", "-") for name in names)
