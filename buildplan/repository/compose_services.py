"""The services of a compose file: each process of each app, and what they need beside them.

What a person's compose file has already is not written again: an app that it builds, a database that it runs. Theirs
are used then, under the names that they have there.

Source, checked 2026-11-25: https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.image.stages import words_of
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.services import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from buildplan.model.build_plan import Process
    from buildplan.repository.targets import Target
    from buildplan.services.needs import Need
    from buildplan.services.table import Service

RELEASE = "release"
_CHECK = {"interval": "5s", "timeout": "5s", "retries": 10, "start_period": "20s"}
# No port mapping is longer.
_LONGEST_PORT = 100
_HINT = "set it in .env; .env.example shows how"


class Described(NamedTuple):
    """The document, the passwords that it takes from `.env`, and what its owner should know."""

    document: dict[str, Any]
    secrets: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


class _Provided(NamedTuple):
    """A service that is in the file: its name there, what it is, its password as written, names, when it is ready."""

    name: str
    service: Service
    password: str
    names: Mapping[str, str]
    condition: str


def describe(targets: Iterable[Target], theirs: Mapping[str, Any], path: str) -> Described:
    """Return what a compose file needs for the apps, beside the services of a person, `theirs`; `path` is the file."""
    return _Description(theirs, path).of(tuple(targets))


class _Description:
    def __init__(self, theirs: Mapping[str, Any], path: str) -> None:
        self._theirs = {str(name): item for name, item in theirs.items() if isinstance(item, dict)}
        self._taken = set(map(str, theirs))
        self._folder = posixpath.dirname(path)
        self._path = path
        self._services: dict[str, Any] = {}
        self._volumes: dict[str, Any] = {}
        self._build_secrets: dict[str, Any] = {}
        self._secrets: dict[str, None] = {}
        self._diagnostics: list[Diagnostic] = []
        self._ports: set[int] = {port for item in self._theirs.values() for port in _published(item)}

    def of(self, targets: tuple[Target, ...]) -> Described:
        # An app that a person's file has already is theirs, with all that it needs.
        targets = tuple(target for target in targets if self._own_service(target) is None)
        provided: dict[str, _Provided] = {}
        for need in (need for target in targets for need in target.found.needs):
            if need.service.name not in provided:
                provided[need.service.name] = self._existing(need) or self._planned(need)
        for target in targets:
            self._app(target, provided, alone=len(targets) == 1)
        for item in provided.values():
            if item.name not in self._theirs:
                self._beside(item)
        document: dict[str, Any] = {"services": self._services}
        if self._volumes:
            document["volumes"] = self._volumes
        if self._build_secrets:
            document["secrets"] = self._build_secrets
        return Described(document if self._services else {}, tuple(self._secrets), tuple(self._diagnostics))

    # --- what is there already ----------------------------------------------------------------------------------------

    def _existing(self, need: Need) -> _Provided | None:
        """Return a person's service that is what is needed, with the names and the password that it is given."""
        for name, item in self._theirs.items():
            service = table.of_image(_text(item.get("image")))
            if service is None or not (service is need.service or need.service.name in _same(service)):
                continue
            told = _pairs(item.get("environment"))
            if service.name == "mariadb":
                # Its image takes the names of MySQL too.
                told = {key.replace("MYSQL_", "MARIADB_", 1): value for key, value in told.items()}
            roles = {text.strip("{}"): told[key] for key, text in service.environment.items() if key in told}
            user = roles.get("user", service.own_user)
            names = {"user": user, "database": roles.get("database", user if service.sql else service.database)}
            # An expression, or what stands in the same file anyway.
            password = roles.get("password", "")
            condition = "service_healthy" if "healthcheck" in item else "service_started"
            return _Provided(name, need.service, password or _variable(service), names, condition)
        return None

    def _planned(self, need: Need) -> _Provided:
        service = need.service
        name = service.name if service.name not in self._taken else f"{service.name}-service"
        names = {role: need.names.get(role, default) for role, default in _defaults(service).items()}
        condition = "service_healthy" if service.ready or service.checked else "service_started"
        return _Provided(name, service, _variable(service), names, condition)

    def _own_service(self, target: Target) -> str | None:
        """Return the service of a person that is the app: it builds the same, or runs an image that is called so."""
        process = target.plan.process(target.plan.start)
        for name, item in self._theirs.items():
            image = _text(item.get("image")).partition("@")[0].rpartition("/")[2].partition(":")[0]
            if item.get("build") is not None:
                if self._builds(item["build"], target):
                    return name
            elif process is not None and process.port in _inside(item) and image and image == target.declared:
                return name
        return None

    def _builds(self, build: Any, target: Target) -> bool:
        """Return whether what a service builds is the app's Dockerfile, or the one of the app's folder."""
        table_of = build if isinstance(build, dict) else {"context": build}
        context, file = table_of.get("context", "."), table_of.get("dockerfile", "Dockerfile")
        if not isinstance(context, str) or not isinstance(file, str):
            return False
        directory = posixpath.normpath(posixpath.join(self._folder, context))
        if posixpath.normpath(posixpath.join(directory, file)) == posixpath.normpath(target.dockerfile):
            return True
        return directory == posixpath.normpath(target.app.folder or ".") and posixpath.basename(file) == "Dockerfile"

    # --- apps ---------------------------------------------------------------------------------------------------------

    def _app(self, target: Target, provided: Mapping[str, _Provided], *, alone: bool) -> None:
        plan = target.plan
        started = plan.process(plan.start)
        if started is None:
            return
        main = self._free(target.name)
        released = next((item for item in plan.processes if item.name == RELEASE and item is not started), None)
        release = None if released is None else self._free(RELEASE if alone else f"{target.name}-{RELEASE}")
        shared = self._shared(target)
        environment = self._environment(target, provided)
        waits = {
            provided[need.service.name].name: {"condition": provided[need.service.name].condition}
            for need in target.found.needs
        }
        after = waits if release is None else {**waits, release: {"condition": "service_completed_successfully"}}
        first = {**shared, **_some(environment=environment), "restart": "unless-stopped"}
        if started.port is not None:
            first["ports"] = [f"{self._port(started.port)}:{started.port}"]
        self._services[main] = {**first, **_some(volumes=self._mounts(target, main)), **_some(depends_on=after)}
        for process in plan.processes:
            if process is started:
                continue
            is_release = process is released
            name = (
                release
                if is_release and release is not None
                else self._free(process.name if alone else f"{target.name}-{process.name}")
            )
            self._services[name] = {
                "build": shared["build"],
                "command": _command(process),
                **shared,
                **_some(environment=environment),
                "restart": "no" if is_release else "unless-stopped",
                # The image's own check asks for the page that only the other process answers with.
                **({"healthcheck": {"disable": True}} if plan.run.health_check is not None else {}),
                **_some(volumes=self._mounts(target, main)),
                **_some(depends_on=waits if is_release else after),
            }

    def _shared(self, target: Target) -> dict[str, Any]:
        """Return what all processes of an app have in common: how the image is built, and the owner's variables."""
        context = posixpath.relpath(target.directory or ".", self._folder or ".")
        context = context if context.startswith(".") else f"./{context}"
        secrets = sorted({name for phase in target.plan.phases for name in phase.secrets})
        build: Any = context
        if target.file != "Dockerfile" or secrets:
            build = {"context": context}
            if target.file != "Dockerfile":
                build["dockerfile"] = target.file
            if secrets:
                build["secrets"] = secrets
                self._build_secrets.update({name: {"environment": name} for name in secrets})
        shared: dict[str, Any] = {"build": build}
        if target.plan.platforms:
            shared["build"] = {
                **(build if isinstance(build, dict) else {"context": build}),
                "platforms": list(target.plan.platforms),
            }
        file = _env_file(target)
        if file is not None:
            path = posixpath.relpath(file, self._folder or ".")
            shared["env_file"] = [{"path": path, "required": False}]
        return shared

    def _environment(self, target: Target, provided: Mapping[str, _Provided]) -> dict[str, str]:
        found: dict[str, str] = {}
        process = target.plan.process(target.plan.start)
        if _env_file(target) is not None and "PORT" in target.settings.named and process is not None and process.port:
            # Whatever the owner's .env says, this is the port that is published.
            found["PORT"] = str(process.port)
        for need in target.found.needs:
            found.update(self._values(need, provided[need.service.name]))
        return found

    @staticmethod
    def _values(need: Need, beside: _Provided) -> list[tuple[str, str]]:
        service = need.service
        return [
            (
                name,
                service.filled(
                    text, host=beside.name, password=beside.password, scheme=need.scheme, names=beside.names
                ),
            )
            for name, text in need.variables
        ]

    def _mounts(self, target: Target, name: str) -> list[str]:
        mounts = []
        for path in target.plan.run.volumes:
            volume = f"{name}-{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-')}"
            self._volumes[volume] = None
            mounts.append(f"{volume}:{path}")
        return mounts

    # --- services beside them -----------------------------------------------------------------------------------------

    def _beside(self, item: _Provided) -> None:
        service = item.service

        def filled(text: str, password: str) -> str:
            return service.filled(text, host=item.name, password=password, names=item.names)

        if table.is_past(service):
            text = f"the image of {service.title} gets no fixes since {service.eol}; it is the last one that there is"
            fix = "name the image of a fork in the compose file; it stays"
            self._diagnostics.append(Diagnostic("BP944", "warning", text, Origin(self._path, key=item.name), fix))
        secret = f"${{{service.password}:?{_HINT}}}" if service.password else ""
        made: dict[str, Any] = {"image": service.image}
        if service.hostname:
            made["hostname"] = item.name
        if service.command:
            made["command"] = list(service.command)
        made |= _some(environment={key: filled(text, secret) for key, text in service.environment.items()})
        made["restart"] = "unless-stopped"
        if service.web is not None:
            made["ports"] = [f"{self._port(service.web)}:{service.web}"]
        if service.ready:
            words = [filled(word, "").replace("$", "$$") for word in service.ready]
            made["healthcheck"] = {"test": ["CMD", *words], **_CHECK}
        if service.volume:
            volume = f"{item.name}-data"
            self._volumes[volume] = None
            made["volumes"] = [f"{volume}:{service.volume}"]
        if service.password:
            self._secrets[service.password] = None
        self._services[item.name] = made

    # --- names and ports ----------------------------------------------------------------------------------------------

    def _free(self, name: str) -> str:
        """Return a name that nothing in the file has."""
        wanted = name
        number = 2
        while wanted in self._taken or wanted in self._services or wanted in table.services():
            wanted = f"{name}-app" if wanted == name else f"{name}-app-{number}"
            number += wanted != f"{name}-app"
        self._taken.add(wanted)
        return wanted

    def _port(self, wanted: int) -> int:
        """Return a port of the machine that nothing in the file has."""
        port = wanted
        while port in self._ports:
            port += 1
        self._ports.add(port)
        return port


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _some(**items: Any) -> dict[str, Any]:
    return {key: value for key, value in items.items() if value}


def _same(service: Service) -> tuple[str, ...]:
    """Return the services that an image may stand for as well: Valkey for Redis, MariaDB for MySQL."""
    return {"valkey": ("redis",), "redis": ("valkey",), "mariadb": ("mysql",)}.get(service.name, ())


def _defaults(service: Service) -> dict[str, str]:
    return {"user": service.user, "database": service.database}


def _variable(service: Service) -> str:
    return f"${{{service.password}}}" if service.password else ""


def _command(process: Process) -> list[str]:
    # Compose fills in `$NAME` from the machine; two of them are one.
    return [word.replace("$", "$$") for word in words_of(process)]


def _env_file(target: Target) -> str | None:
    """Return the file with the owner's variables that an app gets: the one beside its example."""
    example = next((path for path in target.settings.examples), None)
    if example is not None:
        return posixpath.join(posixpath.dirname(example), ".env")
    return ".env" if required(target) else None


def required(target: Target) -> tuple[str, ...]:
    """Return the variables without which an app does not start, and which are not about a service beside it."""
    about = {name for need in target.found.needs for name, _ in need.variables}
    known = {variable.name for variable in target.plan.variables} | dict(target.plan.run.environment).keys() | {"PORT"}
    frameworks = target.plan.providers[0].frameworks
    names = [name for framework in frameworks for name in table.required(framework)]
    return tuple(dict.fromkeys(name for name in (*names, *target.settings.strict) if name not in about | known))


def _pairs(environment: Any) -> dict[str, str]:
    """Return the variables of a service, which are a table or a list of `K=V`."""
    if isinstance(environment, dict):
        # Only plain values: an alias may stand for more than any text can hold.
        return {str(key): str(value) for key, value in environment.items() if isinstance(value, str | int | float)}
    if isinstance(environment, list):
        parts = (item.partition("=") for item in environment if isinstance(item, str))
        return {key: value for key, _, value in parts}
    return {}


def _published(item: Mapping[str, Any]) -> list[int]:
    """Return the ports of the machine that a service takes."""
    return [
        int(found[1])
        for found in _ports(item, r"(?:[\d.]+:|\[.*\]:|\$\{\w+:-)?(\d{1,5})\}?:\d{1,5}(?:/\w+)?", "published")
    ]


def _inside(item: Mapping[str, Any]) -> list[int]:
    """Return the ports of a service's container that are published."""
    return [int(found[1]) for found in _ports(item, r"(?:.*:)?(\d{1,5})(?:/\w+)?", "target")]


def _ports(item: Mapping[str, Any], pattern: str, key: str) -> list[re.Match[str]]:
    ports = item.get("ports")
    found = []
    for port in ports if isinstance(ports, list) else ():
        text = port.get(key) if isinstance(port, dict) else port
        if isinstance(text, str | int):
            text = f"{text}:0" if key == "published" and isinstance(port, dict) else str(text)
            found.append(re.fullmatch(pattern, text[:_LONGEST_PORT]))
    return [match for match in found if match is not None]
