"""The phases of a PHP app: extensions, the server's settings, packages, and what is made of the source."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan import catalogue as table
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import Origin, catalogue, rule
from buildplan.model.version_ranges import numbers_of, shown

from . import composer as composers
from . import server as servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution

    from .extensions import Extensions
    from .project import Project
    from .server import Server

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
            reasons.decide(f"apt.build.{name}", name, Origin(composers.MANIFEST), "Composer runs it")
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


def server(project: Project, main: Server) -> Phase:
    """Return the phase that writes the settings of PHP and of Apache."""
    commands = ['cp "$PHP_INI_DIR/php.ini-production" "$PHP_INI_DIR/php.ini"']
    settings = ["expose_php=Off"]
    if not project.framework.get("changes"):
        # What an image holds does not change; an application that updates itself is the exception.
        settings.append("opcache.validate_timestamps=0")
    listed = " ".join(shlex.quote(line) for line in settings)
    commands.append(f"printf '%s\\n' {listed} > \"$PHP_INI_DIR/conf.d/production.ini\"")
    comment = "Settings for production"
    if main.root is not None:
        commands += servers.apache(main.root)
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
    place = Origin(composers.MANIFEST)
    if found.lock is None and found.wants_packages:
        text = "there is no `composer.lock`, so each build may get other packages"
        reasons.report(Diagnostic("BP612", "warning", text, place, "run `composer install` and commit composer.lock"))
    command = "composer install --no-dev --no-interaction --no-progress --no-scripts --no-autoloader"
    inputs = [Input(_COMPOSER, "composer", _COMPOSER), Input(composers.MANIFEST)]
    if found.lock is not None:
        inputs.append(Input(composers.LOCK))
        place = Origin(composers.LOCK)
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
    if "build" in row and found.script(row["build_script"]) is not None:
        commands.append(row["build"])
    commands += _asset_commands(project, found)
    if row.get("link") and project.tree.has_directory("public"):
        target, name = row["link"]
        commands.append(f"ln -s ../{target} {name}")
    origin = Origin(composers.MANIFEST)
    reasons.decide("phases.build.commands", " && ".join(commands), origin, "the autoloader, and what scripts make")
    inputs = (Input("."), *assets)
    shown_paths = " ".join(item.path for item in inputs)
    reasons.decide("phases.build.inputs", shown_paths, origin, "the autoloader maps all classes of the source")
    environment = [
        (name, value)
        for name, value in row.get("environment", {}).items()
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


def _asset_commands(project: Project, found: composers.Composer) -> Iterator[str]:
    """Yield what makes a framework's own assets, where no script of composer.json does it."""
    scripts = found.manifest.get("scripts")
    named = str(scripts)[:20_000] if isinstance(scripts, dict) else ""
    for package, command in project.framework.get("assets", ()):
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
