"""Which extensions the image needs beyond what is compiled into it, and what they are compiled with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.packages import Dependency, Packages
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import numbers_of, shown

from .tables import BUILTIN, CALLS, DATABASES, DEVELOPMENT, DRIVERS, EXTENSIONS, GONE, Extension

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .php_project import Project

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}|zend-opcache", re.ASCII)
# docker-library/php: `install_pear_pecl` of its template is false from 8.6 on.
_NO_PECL_SINCE = (8, 6)
_OPCACHE_SINCE = (8, 2)
_FTP_SINCE = (8, 2)
_GD_WORDS_SINCE = (7, 4)
_DATABASE = re.compile(r"(?:^|[/_.-])(?:db|database|mysql|pdo|conn|connect|connection)(?:[/_.-]|$)", re.IGNORECASE)
_MAX_SCRIPTS = 1000
_DRIVER = re.compile(
    r"""^\s{0,20}(?:driver:\s{0,4}['"]?(\w{3,20})|env\(DATABASE_URL\):\s{0,4}['"]?([\w-]{3,20})://)""", re.MULTILINE
)


class Extensions(NamedTuple):
    """What is installed: the commands in order, and the packages of Debian for the build and for the image."""

    names: tuple[str, ...]
    commands: tuple[str, ...]
    build_packages: tuple[str, ...]
    run_packages: tuple[str, ...]


def find(project: Project, version: str, suite: str, extra: dict[str, Origin]) -> Extensions:
    """Return what has to be installed, `extra` too; notes a decision for each extension."""
    wanted = _named(project)
    for name, origin in extra.items():
        wanted.setdefault(name, (origin, "what is started needs it"))
    rows = {
        name: row
        for name in sorted(wanted)
        if not _is_there(name, version) and (row := _row(project, name, wanted[name][0], suite)) is not None
    }
    _report_pecl(project, {name: wanted[name][0] for name, row in rows.items() if row.pecl}, version)
    found = Packages()
    for name, row in rows.items():
        project.reasons.decide(f"php.extensions.{name}", name, *wanted[name])
        found.add(Dependency(name, wanted[name][0]), build=row.build, run=row.run)
    apt = found.decided(project.reasons, suite, ("`{}` is compiled with it", "`{}` needs it to run"))
    return Extensions(tuple(rows), _commands(rows, version), *apt)


def _report_pecl(project: Project, names: dict[str, Origin], version: str) -> None:
    """Say where extensions of PECL cannot be installed: official images of PHP 8.6 and later hold no `pecl`."""
    if names and numbers_of(version)[:2] >= _NO_PECL_SINCE:
        listed = ", ".join(f"`{name}`" for name in names)
        text = f"images of PHP {version} have no `pecl`, which would install {listed}: the build stops"
        fix = "ask for PHP 8.5, or replace the extension"
        project.reasons.report(Diagnostic("BP811", "warning", text, next(iter(names.values())), fix))


def _named(project: Project) -> dict[str, tuple[Origin, str]]:
    """Return name → where it is asked for and why; what can be no name is reported."""
    found: dict[str, tuple[Origin, str]] = {}
    for name, origin, why in _wanted(project):
        if _NAME.fullmatch(name):
            found.setdefault(name, (origin, why))
        else:
            text = f"`{shown(name)}` is no name of an extension, and is left out"
            project.reasons.report(Diagnostic("BP810", "warning", text, origin, "correct the name"))
    return found


def _row(project: Project, name: str, origin: Origin, suite: str) -> Extension | None:
    """Return how an extension is installed, None where it cannot be; says what is odd about it."""
    report = project.reasons.report
    row = EXTENSIONS.get(name)
    if row is None:
        text = f"there is no table of what `ext-{name}` needs; it is taken from PECL as it is"
        fix = "add packages of Debian with `apt` in buildplan.toml if it does not compile"
        report(Diagnostic("BP810", "warning", text, origin, fix))
        return Extension(pecl=name)
    if suite in row.not_on:
        text = f"`ext-{name}` cannot be installed: its library is not in Debian {suite}"
        fix = "ask for an older PHP, whose images are on an older Debian, or replace the extension"
        report(Diagnostic("BP811", "warning", text, origin, fix))
        return None
    if row.note:
        report(Diagnostic("BP812", "warning", f"`ext-{name}`: {row.note}", origin))
    return row


def _commands(rows: dict[str, Extension], version: str) -> tuple[str, ...]:
    commands = []
    for name, row in rows.items():
        flags = _flags(name, row, version)
        if flags:
            commands.append(f"docker-php-ext-configure {name} {flags}")
    core = [name for name, row in rows.items() if not row.pecl]
    pecl = [name for name, row in rows.items() if row.pecl]
    if core:
        commands.append(f'docker-php-ext-install -j"$(nproc)" {" ".join(core)}')
    if pecl:
        listed = " ".join(rows[name].pecl for name in pecl)
        commands.append(f"pecl install {listed} && docker-php-ext-enable {' '.join(pecl)}")
    if numbers_of(version)[:2] < _OPCACHE_SINCE:
        # Later images have it enabled already.
        commands.append("docker-php-ext-enable opcache")
    return tuple(commands)


def _is_there(name: str, version: str) -> bool:
    if name == "ftp" and numbers_of(version)[:2] < _FTP_SINCE:
        return True
    return name in BUILTIN or name in DEVELOPMENT or name in GONE


def _flags(name: str, row: Extension, version: str) -> str:
    if name == "gd" and numbers_of(version)[:2] < _GD_WORDS_SINCE:
        return "--with-freetype-dir=/usr --with-jpeg-dir=/usr --with-webp-dir=/usr"
    return row.configure


def _wanted(project: Project) -> Iterator[tuple[str, Origin, str]]:
    """Yield names of extensions, where they are asked for, and why they are taken."""
    asked = project.overrides.option("php.extensions")
    if asked is not None:
        for name in re.split(r"[,\s]+", asked.value):
            if name:
                yield name.lower().removeprefix("ext-"), asked.origin, "it is asked for in the configuration"
    if project.composer is not None:
        for name, origin in project.composer.extensions():
            why = "composer.json requires it" if origin.path == "composer.json" else "a locked package requires it"
            yield name, origin, why
    row = project.framework
    place = project.place or Origin("composer.json")
    for name in row.extensions:
        yield name, place, f"{row.title} needs it"
    yield from _services(project)
    yield from _configured(project)
    if not row.id or row.micro:
        yield from _called(project)


def _services(project: Project) -> Iterator[tuple[str, Origin, str]]:
    """Yield what the database and the queues want that an example of the environment names."""
    found = project.example("DB_CONNECTION", "DB_DRIVER")
    if found is not None and found[0] in DATABASES:
        yield DATABASES[found[0]], found[1], "the database that the example of the environment names"
    url = project.example("DATABASE_URL")
    scheme = url[0].partition(":")[0].lower() if url is not None else ""
    if url is not None and scheme in DATABASES:
        yield DATABASES[scheme], url[1], "the database that the example of the environment names"
    if url is None and project.is_like("symfony"):
        yield from _doctrine(project)
    if project.is_like("laravel"):
        if found is None and url is None:
            connection = project.code("config/database.php")
            match = re.search(
                r"""env\(\s{0,4}['"]DB_CONNECTION['"]\s{0,4},\s{0,4}['"](\w{1,20})['"]""", connection or ""
            )
            if match is not None and match[1] in DATABASES:
                place = Origin("config/database.php")
                yield DATABASES[match[1]], place, "the database that Laravel's configuration falls back to"
            elif match is None:
                yield from _by_port(project)
        if project.has_package("predis/predis") is None:
            for name in ("CACHE_STORE", "CACHE_DRIVER", "QUEUE_CONNECTION", "SESSION_DRIVER"):
                value = project.example(name)
                if value is not None and value[0] == "redis":
                    yield "redis", value[1], "the example of the environment keeps data in Redis"


def _doctrine(project: Project) -> Iterator[tuple[str, Origin, str]]:
    """Yield the driver that Doctrine's configuration names, or the scheme of its default address."""
    path = "config/packages/doctrine.yaml"
    text = project.tree.text_or_none(path) or ""
    match = _DRIVER.search(text)
    name = (match[1] or match[2]).lower().replace("-", "_") if match is not None else ""
    extension = name if name.startswith("pdo_") else DATABASES.get(name)
    if match is not None and extension is not None:
        place = Origin(path, text.count("\n", 0, match.start()) + 1)
        yield extension, place, "the driver of Doctrine's configuration"


def _configured(project: Project) -> Iterator[tuple[str, Origin, str]]:
    """Yield the driver of the database that comes first in the framework's own configuration."""
    for path in project.framework.database_files:
        text = project.tree.text_or_none(path)
        places = sorted((text.find(word), word) for word in DRIVERS if word in text) if text is not None else []
        if text is None or not places:
            continue
        position, word = places[0]
        place = Origin(path, text.count("\n", 0, position) + 1)
        if DRIVERS[word]:
            yield DRIVERS[word], place, f"the database of {project.framework.title}'s configuration"
        return


def _by_port(project: Project) -> Iterator[tuple[str, Origin, str]]:
    """Yield the driver of a database that an example of the environment has a place for, without its kind."""
    why = "the example of the environment has a place for a database"
    port = project.example("DB_PORT")
    if port is not None and port[0] == "5432":
        yield "pdo_pgsql", port[1], why
        return
    named = project.example("DB_DATABASE", "DB_HOST")
    if named is not None:
        yield "pdo_mysql", named[1], why


def _called(project: Project) -> Iterator[tuple[str, Origin, str]]:
    """Yield the extensions whose functions an app calls that no framework stands in front of."""
    missing = dict(CALLS)
    own = (path for path in project.tree.with_suffix(".php") if not path.startswith(("vendor/", "node_modules/")))
    # In a large tree what opens a database is read first.
    for path in sorted(own, key=lambda path: _DATABASE.search(path) is None)[:_MAX_SCRIPTS]:
        text = project.code(path)
        for call, name in list(missing.items()) if text is not None else ():
            position = text.find(call) if text is not None else -1
            if position >= 0 and text is not None:
                del missing[call]
                line = text.count("\n", 0, position) + 1
                yield name, Origin(path, line), f"the code calls `{call.rstrip('(')}`"
