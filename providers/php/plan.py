"""Plan a PHP app: packages, assets that Node builds, the autoloader, the image."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan import catalogue as table
from buildplan import catalogue as tables
from buildplan.errors import PlanError
from buildplan.language import health_probe, node_tools
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import Cache, Diagnostic, HealthCheck, Input, Phase, Run, Runtime
from buildplan.model.origin import Origin, catalogue, rule
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import numbers_of, shown
from buildplan.read import json_document

from . import extensions, php_project, php_version, server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.build_plan import Process
    from buildplan.source import SourceTree

    from .extensions import Extensions
    from .php_project import Project
    from .server import Server

# What Node builds for a PHP app: its bundler writes into the document root.
#
# The provider of Node knows most bundlers and what they write. Where it does not, the document root is taken as it is
# after the build. Two things are PHP's own: packages of Composer that bring JavaScript (Symfony UX, Ziggy) or templates
# that Tailwind reads, so that `vendor/` has to be there before; and a build script that is called `production`.


_NODE = node_tools.NAME
_MANIFEST = node_tools.MANIFEST
# Laravel Mix and others keep `build` for developers where there is one of these.
_SCRIPTS = ("production", "prod", "build")
_CONFIGS = ("vite.config", "webpack.config", "webpack.mix", "tailwind.config", "postcss.config", "esbuild")
_SOURCES = ("resources/", "assets/", "frontend/", "src/")
_SUFFIXES = (".js", ".ts", ".mjs", ".cjs", ".vue", ".tsx", ".jsx", ".css", ".scss", ".sass", ".less")
_MAX_SOURCES = 500
_VENDOR = re.compile(r"['\"(/.]vendor/")


class Assets(NamedTuple):
    """Phases of Node, named `node:…`, and what the app gets from them."""

    phases: tuple[Phase, ...]
    inputs: tuple[Input, ...]
    artifacts: tuple[str, ...] = ()


def script(tree: SourceTree) -> str | None:
    """Return the script of package.json that builds for production; raises FileError for a broken file."""
    if not tree.has(_MANIFEST):
        return None
    scripts = json_document.read(tree, _MANIFEST).get("scripts")
    named = scripts if isinstance(scripts, dict) else {}
    return next((name for name in _SCRIPTS if isinstance(named.get(name), str)), None)


def find(project: Project, root: str | None) -> Assets | None:
    """Return what Node builds, None when there is nothing; raises what reading a package.json raises."""
    name = script(project.tree)
    if name is None:
        return None
    asked = Overrides(versions=project.overrides.versions, options=project.overrides.options)
    own = node_tools.assets(project.tree, asked)
    if own.assets:
        found = Assets(*node_tools.adopt(own, project.reasons, brought=_brings(project)), own.artifacts)
    else:
        if not root:
            text = f"it is not known what the script `{name}` makes, so its files are not in the image"
            fix = "say where they are: `output` under `[node]` in buildplan.toml"
            origin = Origin(_MANIFEST, None, f"scripts.{name}")
            project.reasons.report(Diagnostic("BP814", "warning", text, origin, fix))
            return None
        found = _unknown(project, name, root, asked)
    return _with_vendor(project, found)


def _brings(project: Project) -> bool:
    """Return whether a package in `vendor/` is there once Composer has run."""
    return _installs_vendor(project) is not None


def _unknown(project: Project, name: str, root: str, asked: Overrides) -> Assets:
    """Return the phases of a build whose results are not known: whatever is in the document root afterwards."""
    found = node_tools.tools(project.tree, asked, project.reasons, brought=_brings(project))
    origin = Origin(_MANIFEST, None, f"scripts.{name}")
    build = Phase(
        f"{_NODE}:build",
        provider=_NODE,
        comment="Build the assets",
        commands=(f"{found.manager} run {name}",),
        inputs=(Input("."),),
        depends_on=(found.phases[-1].name,),
    )
    field = f"phases.{build.name}"
    project.reasons.decide(f"{field}.commands", build.commands[0], origin, "the script that builds for production")
    project.reasons.decide(f"{field}.inputs", ".", origin, "a bundler may read any file")
    return Assets((*found.phases, build), (Input(f"{root}/", build.name),))


def _with_vendor(project: Project, found: Assets) -> Assets:
    """Return the phases with the packages of Composer copied to where they are read."""
    if not project.installs:
        return found
    item = Input("vendor/", "install")
    phases = list(found.phases)
    place = _installs_vendor(project)
    wanted = {f"{_NODE}:install": place, f"{_NODE}:build": place or _reads_vendor(project)}
    for index, phase in enumerate(phases):
        origin = wanted.get(phase.name)
        if origin is None:
            continue
        phases[index] = replace(phase, inputs=(*phase.inputs, item))
        shown = " ".join(item.path for item in phases[index].inputs)
        why = "with the packages of Composer, whose files it reads"
        project.reasons.decide(f"phases.{phase.name}.inputs", shown, origin, why)
    return found._replace(phases=tuple(phases))


def _installs_vendor(project: Project) -> Origin | None:
    """Return where package.json names a package that Composer brings."""
    document = json_document.read(project.tree, _MANIFEST)
    for key in ("dependencies", "devDependencies"):
        listed = document.get(key)
        for name, value in listed.items() if isinstance(listed, dict) else ():
            if isinstance(value, str) and re.match(r"(?:file:|link:)?(?:\./)?vendor/", value):
                return document.origin(key, name)
    return None


def _reads_vendor(project: Project) -> Origin | None:
    for path in _sources(project.tree):
        text = project.tree.text_or_none(path)
        match = _VENDOR.search(text) if text is not None else None
        if match is not None and text is not None:
            return Origin(path, text.count("\n", 0, match.start()) + 1)
    return None


def _sources(tree: SourceTree) -> Iterator[str]:
    """Yield the files of bundlers, configurations first."""
    for name in tree.directory().files:
        if name.startswith(_CONFIGS):
            yield name
    count = 0
    for path in tree.with_suffix(*_SUFFIXES):
        if path.startswith(_SOURCES):
            yield path
            count += 1
            if count >= _MAX_SOURCES:
                return


# The phases of a PHP app: extensions, the server's settings, packages, and what is made of the source.


EXTENSIONS = "/usr/local/lib/php/extensions/"
SETTINGS = "/usr/local/etc/php/"
APACHE = "/etc/apache2/"
_COMPOSER = "/usr/bin/composer"
_CACHE = Cache("composer", "/tmp/composer")  # noqa: S108  # in the image, where root alone builds
_SECRET = "COMPOSER_AUTH"  # noqa: S105  # the name of a variable
# The last line of Composer that runs on what is older.
_OLD_PHP = (7, 2, 5)
_OLD_COMPOSER = "2.2"
# Whose packages anybody may fetch.
_PUBLIC = ("packagist.org", "wpackagist.org", "packages.drupal.org", "asset-packagist.org", "wp-packages.org")
_FOLDER = re.compile(r"[A-Za-z0-9_][\w.-]{0,100}(?:/[A-Za-z0-9_][\w.-]{0,100}){0,10}", re.ASCII)
_RELEASE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4}){0,2}", re.ASCII)


def setup(project: Project, version: Resolution, extensions: Extensions, main: Server) -> Phase:
    """Return the phase with PHP and its extensions."""
    reasons = project.reasons
    tools: tuple[str, ...] = ()
    if project.installs:
        # Composer unpacks with one, and fetches what is no archive with the other.
        tools = ("git", "unzip")
        for name in tools:
            reasons.decide(f"apt.build.{name}", name, Origin(php_project.MANIFEST), "Composer runs it")
    if extensions.commands:
        text = " && ".join(extensions.commands)
        reasons.decide("phases.setup.commands", text, catalogue("php.extensions"), "extensions beyond the image's own")
    return Phase(
        "setup",
        comment="Extensions" if extensions.commands else "",
        runtime=Runtime("php", version.version, version.requested, flavour=main.flavour),
        apt_packages=tuple(sorted({*extensions.build_packages, *tools})),
        commands=extensions.commands,
    )


def server_phase(project: Project, main: Server) -> Phase:
    """Return the phase that writes the settings of PHP and of Apache."""
    commands = ['cp "$PHP_INI_DIR/php.ini-production" "$PHP_INI_DIR/php.ini"']
    settings = ["expose_php=Off"]
    if not project.framework.changes:
        # What an image holds does not change; an application that updates itself is the exception.
        settings.append("opcache.validate_timestamps=0")
    listed = " ".join(shlex.quote(line) for line in settings)
    commands.append(f"printf '%s\\n' {listed} > \"$PHP_INI_DIR/conf.d/production.ini\"")
    comment = "Settings for production"
    if main.root is not None:
        commands += server.apache(main.root)
        comment += f"; Apache listens on $PORT and serves {main.root.absolute}"
        project.reasons.decide("php.root", main.root.path or ".", main.root.origin, main.root.rule)
        if main.root.fallback is not None:
            why = "one script answers whatever is no file"
            project.reasons.decide("php.fallback", main.root.fallback, main.root.origin, why)
    text = " && ".join(commands)
    project.reasons.decide("phases.server.commands", text, main.origin, "PHP and its server, set for production")
    return Phase("server", comment=comment, commands=tuple(commands), depends_on=("setup",))


def composer(project: Project, version: str) -> Phase:
    """Return the phase that holds Composer itself."""
    asked = project.overrides.versions.get("composer")
    chosen, origin, why = table.runtime("composer").default, catalogue("composer.default"), "the current Composer"
    if numbers_of(version) < _OLD_PHP and numbers_of(version)[:2] < _OLD_PHP[:2]:
        chosen, why = _OLD_COMPOSER, f"the last Composer that runs on PHP {version}"
    if asked is not None and _RELEASE.fullmatch(asked.value.strip()):
        chosen, origin, why = asked.value.strip(), asked.origin, "the version that was asked for"
    project.reasons.decide("composer.version", chosen, origin, why)
    return Phase("composer", runtime=Runtime("composer", chosen))


def install(project: Project) -> Phase:
    """Return the phase that fetches the packages, before the source is copied."""
    found, reasons = project.composer, project.reasons
    assert found is not None  # noqa: S101  # the caller asked
    place = Origin(php_project.MANIFEST)
    if found.lock is None and found.wants_packages:
        text = "there is no `composer.lock`, so each build may get other packages"
        reasons.report(Diagnostic("BP612", "warning", text, place, "run `composer install` and commit composer.lock"))
    command = "composer install --no-dev --no-interaction --no-progress --no-scripts --no-autoloader"
    inputs = [Input(_COMPOSER, "composer", _COMPOSER), Input(php_project.MANIFEST)]
    if found.lock is not None:
        inputs.append(Input(php_project.LOCK))
        place = Origin(php_project.LOCK)
    inputs += [Input(path) for path in _local_files(project)]
    secrets = tuple(_secrets(project))
    environment = (("COMPOSER_ALLOW_SUPERUSER", "1"), ("COMPOSER_CACHE_DIR", _CACHE.target))
    reasons.decide("phases.install.commands", command, place, "the packages that the app runs with")
    shown_paths = " ".join(item.path for item in inputs)
    reasons.decide("phases.install.inputs", shown_paths, place, "what an install reads, and nothing else")
    reasons.decide("phases.install.caches", _CACHE.target, rule("caches"), "downloads are kept between builds")
    for name, value in environment:
        why = "plugins run as root, in the build only" if name.endswith("SUPERUSER") else "where the cache is mounted"
        reasons.decide(f"phases.install.environment.{name}", value, rule("composer"), why)
    return Phase(
        "install",
        comment="Packages",
        commands=(command,),
        inputs=tuple(inputs),
        caches=(_CACHE,),
        secrets=secrets,
        environment=environment,
        depends_on=("server",),
    )


def build(project: Project, assets: tuple[Input, ...]) -> Phase:
    """Return the phase that writes the autoloader, and runs the scripts that the framework wants."""
    found, row, reasons = project.composer, project.framework, project.reasons
    assert found is not None  # noqa: S101  # the caller asked
    commands = ["composer dump-autoload --no-dev --no-interaction --optimize"]
    if row.build and found.script(row.build_script) is not None:
        commands.append(row.build)
    commands += _asset_commands(project, found)
    if row.link is not None and project.tree.has_directory("public"):
        target, name = row.link
        commands.append(f"ln -s ../{target} {name}")
    origin = Origin(php_project.MANIFEST)
    reasons.decide("phases.build.commands", " && ".join(commands), origin, "the autoloader, and what scripts make")
    inputs = (Input("."), *assets)
    shown_paths = " ".join(item.path for item in inputs)
    reasons.decide("phases.build.inputs", shown_paths, origin, "the autoloader maps all classes of the source")
    environment = [
        (name, value)
        for name, value in row.environment.items()
        if name != "LOG_CHANNEL" and name not in project.overrides.variables
    ]
    for name, value in environment:
        reasons.decide(f"phases.build.environment.{name}", value, project.place or origin, "it is built for production")
    return Phase(
        "build",
        comment="Source",
        commands=tuple(commands),
        inputs=inputs,
        environment=tuple(environment),
        depends_on=("install",),
    )


def _asset_commands(project: Project, found: php_project.Composer) -> Iterator[str]:
    """Yield what makes a framework's own assets, where no script of composer.json does it."""
    scripts = found.manifest.get("scripts")
    named = str(scripts)[:20_000] if isinstance(scripts, dict) else ""
    for package, command in project.framework.assets:
        if package in found.requires and command.partition(" ")[0] not in named:
            yield f"php bin/console {command}"


def _repositories(project: Project) -> Iterator[tuple[dict[str, object], Origin]]:
    if project.composer is None:
        return
    manifest = project.composer.manifest
    listed = manifest.get("repositories")
    pairs: list[tuple[str | int, object]] = []
    if isinstance(listed, dict):
        pairs = list(listed.items())
    elif isinstance(listed, list):
        pairs = list(enumerate(listed))
    for key, value in pairs:
        if isinstance(value, dict):
            yield value, manifest.origin("repositories", key)


def _local_files(project: Project) -> Iterator[str]:
    """Yield the folders of packages that lie in the tree, and of patches that are applied while installing."""
    seen: set[str] = set()
    for repository, origin in _repositories(project):
        url = repository.get("url")
        if repository.get("type") not in ("path", "artifact") or not isinstance(url, str):
            continue
        path = re.split(r"[*?{\[]", url.removeprefix("./"), maxsplit=1)[0]
        path = path.rpartition("/")[0] if path != url.removeprefix("./") else path
        path = path.strip("/")
        if path and _FOLDER.fullmatch(path) and project.tree.has_directory(path):
            if path not in seen:
                seen.add(path)
                yield f"{path}/"
        else:
            text = f"the packages in `{shown(url)}` are not in the tree"
            project.reasons.report(Diagnostic("BP674", "warning", text, origin, "name a folder inside the tree"))
    patched = project.composer is not None and project.composer.required("cweagans/composer-patches") is not None
    for folder in ("patches",) if patched else ():
        if project.tree.has_directory(folder):
            yield f"{folder}/"
    if patched and project.tree.has("composer.patches.json"):
        yield "composer.patches.json"


def _secrets(project: Project) -> Iterator[str]:
    if project.tree.has("auth.json"):
        reasons, place = project.reasons, Origin("auth.json")
        text = f"`auth.json` stays out of the image, since it holds credentials; the build gets them as `{_SECRET}`"
        fix = f'build with `{_SECRET}="$(cat auth.json)"` set and `--secret id={_SECRET},env={_SECRET}`'
        reasons.report(Diagnostic("BP624", "info", text, place, fix))
        reasons.decide("phases.install.secrets", _SECRET, place, "Composer reads credentials from it")
        yield _SECRET
        return
    for repository, origin in _repositories(project):
        url = repository.get("url")
        if repository.get("type") != "composer" or not isinstance(url, str):
            continue
        match = re.match(r"https?://([\w.-]{1,200})", url, re.ASCII)
        host = match[1].lower() if match is not None else ""
        if host and not any(host == name or host.endswith(f".{name}") for name in _PUBLIC):
            reasons = project.reasons
            text = f"`{host}` may want credentials; the build gets them as the secret `{_SECRET}`"
            fix = f"build with `--secret id={_SECRET},env={_SECRET}`"
            reasons.report(Diagnostic("BP624", "info", text, origin, fix))
            reasons.decide("phases.install.secrets", _SECRET, origin, "Composer reads credentials from it")
            yield _SECRET
            return


# The plan of a PHP app, assembled from its facts.


# `www-data`, which every image of PHP has.
_USER = "33:33"
_RUN_ONLY = ("PORT", "APP_KEY", "APP_DEBUG", "LOG_CHANNEL")
_JUNK = (".phpunit.result.cache", ".phpunit.cache", ".php-cs-fixer.cache")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the PHP app in a tree.

    Raises FileError for a broken composer.json or composer.lock, VersionError for a version that cannot be met,
    ConfigError for a document root that cannot be used, NoStartError when there is nothing to serve or to run,
    PlanError for the role `assets`, which PHP has not.
    """
    if context.role == "assets":
        raise PlanError(
            "PHP builds no files for the app of another language",
            origin=rule("roles"),
            hint='name it first, `providers = ["php", …]`, or leave it out',
        )
    return _Planner(php_project.read_project(tree, context.overrides)).plan()


class _Planner:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._reasons = project.reasons
        self._version = php_version.resolve(project)
        self._main = server.find_server(project)
        self._assets = Assets((), ())

    def plan(self) -> ProviderPlan:
        """Assemble everything."""
        project, main = self._project, self._main
        self._reasons.decide("start", main.process.text, main.origin, main.rule)
        rest = server.others(project, main.process.name)
        found = self._extensions(rest)
        root = main.root.path if main.root is not None else None
        self._assets = find(project, root) or Assets((), ())
        made = self._phases(found)
        row = project.framework
        self._report()
        return ProviderPlan(
            phases=made,
            run=self._run(found, made, rest),
            processes=(main.process, *rest),
            secrets=tuple(dict.fromkeys(name for phase in made for name in phase.secrets)),
            artifacts=self._artifacts(),
            run_only_variables=_RUN_ONLY,
            own_assets=("node",),
            env_files=self._env_files(),
            frameworks=(row.id,) if row.id else (),
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    def _extensions(self, rest: tuple[Process, ...]) -> Extensions:
        project, main = self._project, self._main
        extra = dict.fromkeys(main.extensions, main.origin)
        if any("queue:work" in process.text or "horizon" in process.text for process in rest):
            # Without it a worker is killed in the middle of a job.
            extra.setdefault("pcntl", Origin("composer.json"))
        suite = tables.suite("php", self._version.version) or "trixie"
        return extensions.find(project, self._version.version, suite, extra)

    def _phases(self, found: Extensions) -> tuple[Phase, ...]:
        project = self._project
        first = setup(project, self._version, found, self._main)
        made = [first, server_phase(project, self._main)]
        if project.installs:
            made.insert(0, composer(project, self._version.version))
            made.append(install(project))
        built = [build(project, self._assets.inputs)] if project.installs else []
        if any(item.phase == "install" for phase in self._assets.phases for item in phase.inputs):
            # A stage can only copy from stages above it.
            return (*made, *self._assets.phases, *built)
        return (*self._assets.phases, *made, *built)

    def _run(self, found: Extensions, made: tuple[Phase, ...], rest: tuple[Process, ...]) -> Run:
        reasons, main = self._reasons, self._main
        reasons.decide("run.user", _USER, rule("non-root"), "`www-data`, whom PHP's images have")
        copies = [Input(SETTINGS, "server", SETTINGS)]
        if found.names:
            copies.append(Input(EXTENSIONS, "server", EXTENSIONS))
        if main.root is not None:
            copies.append(Input(APACHE, "server", APACHE))
        built = any(phase.name == "build" for phase in made)
        copies += [Input(".", "build")] if built else [Input("."), *self._assets.inputs]
        why = "PHP's settings, and the source with its packages" if built else "PHP's settings, and the source as it is"
        reasons.decide("run.copies", " ".join(item.path for item in copies), main.origin, why)
        run = Run(
            runtime=Runtime("php", self._version.version, self._version.requested, flavour=main.flavour),
            copies=tuple(copies),
            apt_packages=found.run_packages,
            environment=self._environment(),
            user=_USER,
            writable=self._writable(),
            read_only=self._read_only(),
            health_check=self._health(),
        )
        running = [process for process in rest if process.name != "release"]
        suite = tables.suite("php", self._version.version) or "jessie"
        if (main.deaf or running) and not tables.has_tini(suite):
            text = f"the image of PHP {self._version.version} is on Debian {suite}, which has no package of an init"
            reasons.report(Diagnostic("BP626", "warning", text, main.origin, "use a supported PHP version"))
        elif main.deaf or running:
            name = main.process.name if main.deaf else running[0].name
            why = f"the process `{name}` as process 1 would ignore SIGTERM, so a small init comes before it"
            reasons.decide("run.init", "tini", rule("signals"), why)
            run = replace(run, init=True)
        if main.flavour == "apache" and running:
            why = "Apache's image says SIGWINCH, its graceful stop; the other processes know SIGTERM only"
            reasons.decide("run.other_stop_signal", "SIGTERM", rule("signals"), why)
            run = replace(run, other_stop_signal="SIGTERM")
        return run

    def _environment(self) -> tuple[tuple[str, str], ...]:
        project, reasons, main = self._project, self._reasons, self._main
        values: dict[str, str] = {}
        place = project.place or rule("production")
        for name, value in project.framework.environment.items():
            if name not in project.overrides.variables:
                values[name] = value
                reasons.decide(f"run.environment.{name}", value, place, "the app runs for its users")
        port = main.process.port
        if port is not None:
            why = "the port of the start; `PORT` can change it"
            reasons.decide("port", str(port), main.origin, why)
            reasons.decide("run.environment.PORT", str(port), main.origin, why)
            values["PORT"] = str(port)
        return tuple(values.items())

    def _writable(self) -> tuple[str, ...]:
        found = list(self._project.framework.folders)
        if self._main.flavour == "apache":
            found += ["/var/lock/apache2", "/var/log/apache2", "/var/run/apache2"]
        if self._main.flavour == "frankenphp":
            found += ["/config/caddy", "/data/caddy"]
        if found:
            why = "logs, caches and uploads; and the files of a server that is not root"
            self._reasons.decide("run.writable", " ".join(found), self._project.place or rule("non-root"), why)
        return tuple(found)

    def _read_only(self) -> bool:
        """Return whether all folders are known that the app writes to, so that the code can belong to root.

        A server that owns its code turns an upload into a program. What updates itself (WordPress) has to own it.
        """
        row = self._project.framework
        known = bool(row.folders) and not row.changes
        if known:
            why = f"{row.title} writes to known folders only; an upload must not change the code"
            self._reasons.decide("run.read_only", "true", self._project.place or rule("ownership"), why)
        return known

    def _health(self) -> HealthCheck | None:
        project = self._project
        text = project.code("bootstrap/app.php") if project.is_like("laravel") else None
        if text is None or "health: '/up'" not in text or self._main.process.port is None:
            return None
        probe = health_probe.probe("php", "/up")
        if probe is None:
            return None
        line = text.count("\n", 0, text.index("health: '/up'")) + 1
        self._reasons.decide("run.health_check", "/up", Origin("bootstrap/app.php", line), "Laravel's own health check")
        return HealthCheck(probe)

    def _artifacts(self) -> tuple[str, ...]:
        found = [*_JUNK, *self._assets.artifacts]
        if self._project.installs:
            found.insert(0, "vendor")
        if self._project.installs:
            found.append("auth.json")
        if self._project.is_like("laravel"):
            found += ["public/hot", "public/storage", "bootstrap/cache/*.php"]
            found += ["storage/logs/*.log", "storage/framework/views/*.php", "storage/oauth-*.key", "database/*.sqlite"]
        if self._project.is_like("symfony"):
            found += ["var/cache", "var/log", "config/secrets/*/*.decrypt.private.php"]
        return tuple(found)

    def _env_files(self) -> tuple[str, ...]:
        """Return the env files that hold defaults: Symfony documents committing `.env`, and does not start without."""
        project = self._project
        if not project.framework.committed_env or not project.tree.has(".env"):
            return ()
        text = f"`.env` is in the image: {project.framework.title} reads its defaults from there"
        fix = "keep secrets out of it, in variables of the container or in Symfony's vault"
        self._reasons.report(Diagnostic("BP815", "info", text, Origin(".env"), fix))
        return (".env",)

    def _report(self) -> None:
        project = self._project
        needs = [name for name in project.framework.needs if name not in project.overrides.variables]
        if needs:
            listed = ", ".join(f"`{name}`" for name in needs)
            text = f"{project.framework.title} does not start without {listed}"
            place = project.place or catalogue("frameworks")
            self._reasons.report(Diagnostic("BP633", "info", text, place, "set them where it runs"))
