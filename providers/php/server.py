"""The main process, what configures its server, and the other processes of the app."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError
from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic, Process
from buildplan.model.origin import Origin
from buildplan.read.shell import parse

from . import document_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import CommandRequest

    from .document_root import DocumentRoot
    from .php_project import Project

# What answers on the port: Apache with PHP in it, FrankenPHP, or a server that PHP itself runs.
#
# Apache is the default: its official image ends on SIGTERM, reads the `.htaccess` files that PHP applications ship,
# and needs one process only. PHP's own server (`php -S`, `artisan serve`) is for developers; php-fpm needs a second
# process in front.
#
# Sources, checked 2026-11-24:
# - https://hub.docker.com/_/php (Apache's document root, `a2enmod`)
# - https://www.php.net/manual/en/features.commandline.webserver.php
# - https://laravel.com/docs/octane


DEFAULT_PORT = 8080
APACHE = ("apache2-foreground",)
_SITE = "/etc/apache2/sites-available/000-default.conf"
_HEROKU = re.compile(r"\bheroku-php-(?:apache2|nginx)\b")
_BUILT_IN = re.compile(r"\bphp(?:\s+-[dc]\s?\S{1,100}){0,5}\s+-S\b|\bartisan\s+serve\b|\bsymfony\s+(?:local:)?serve")
_BESIDE = re.compile(r"\bphp-fpm[\d.]*\b|\bnginx\b|\bsupervisord\b|/assets/|\bapachectl\b|\bapache2ctl\b|\bhttpd\b")
_MIGRATES = re.compile(r"\bphp\s+(?:\S{0,40}/)?artisan\s+(?:\w{1,20}:)?migrate[^&|;\n]{0,200}")
_OCTANE = re.compile(r"OCTANE_SERVER'[^)\n]{0,20}'(\w{1,20})'")
_PORT = re.compile(r"(?:--port[= ]|-S \S{0,40}:|0\.0\.0\.0:)([0-9]{2,5})\b")
_READS = re.compile(r"""(?:getenv\(|\$_(?:ENV|SERVER)\[)\s{0,4}['"]([A-Z][A-Z0-9_]{1,60})['"]""")
_LOCAL = re.compile(r"""['"](?:[a-z]{2,10}://)?(127\.0\.0\.1|localhost):['"$\d]""")
# Dotfiles are nobody's to read; `.well-known` is for certificates and the like (RFC 8615).
_HIDDEN = r"/\.(?!well-known/)"
_SCRIPTS = ("server.php", "main.php", "bot.php", "worker.php", "run.php", "app.php")


class Server(NamedTuple):
    """The main process: what it is, why, and the image that it runs in.

    `root` is set for Apache alone. `deaf`: as process 1 it would ignore SIGTERM.
    """

    process: Process
    flavour: str
    origin: Origin
    rule: str
    root: DocumentRoot | None = None
    extensions: tuple[str, ...] = ()
    deaf: bool = False


def find_server(project: Project) -> Server:
    """Return the main process; raises NoStartError when nothing says how, ConfigError for a wrong document root."""
    root = document_root.find_root(project)
    asked = project.overrides.start
    if asked is not None:
        served = _asked(project, asked.value, asked.origin, root)
        if served is not None:
            return served
    own = None if asked is not None else _own_server(project)
    if own is not None:
        return own
    if root is not None:
        origin, rule = root.origin, "Apache serves the document root"
        if asked is not None:
            origin = asked.origin
        return Server(Process("web", APACHE, port=DEFAULT_PORT), "apache", origin, rule, root)
    script = _script(project)
    if script is not None:
        return script
    raise NoStartError(
        "nothing says how to start this PHP app: no `index.php` at the root or in a folder such as `public/`",
        origin=Origin("composer.json" if project.composer is not None else "."),
        hint='write `php.root = "folder"` into buildplan.toml, or a line `web: …` into a Procfile',
    )


def _asked(project: Project, request: CommandRequest, origin: Origin, root: DocumentRoot | None) -> Server | None:
    """Return what was asked for; None where Apache takes its place."""
    text = request.text
    report = project.reasons.report
    if _HEROKU.search(text):
        return None
    if root is not None and (_BESIDE.search(text) or (_BUILT_IN.search(text) and origin.path == "Procfile")):
        if _BUILT_IN.search(text):
            notice = "PHP's own server is for developers; Apache serves the same folder"
            report(Diagnostic("BP640", "info", notice, origin, "remove the line"))
        else:
            notice = "Apache alone serves the same folder: no second server and no supervisor are started"
            report(Diagnostic("BP641", "info", notice, origin, "remove the start command"))
        migrates = _MIGRATES.search(text)
        if migrates is not None:
            notice = "the start command migrates the database first; that is the process `release` now"
            report(Diagnostic("BP642", "info", notice, origin, "run it once for each release"))
        return None
    if _BUILT_IN.search(text):
        report(Diagnostic("BP640", "warning", "PHP's own server is for developers", origin, "remove the start command"))
    match = _PORT.search(text)
    port = int(match[1]) if match is not None and 0 < int(match[1]) < 65536 else DEFAULT_PORT  # noqa: PLR2004  # TCP
    process = process_of("web", request, port)
    if "apache2-foreground" in text:
        return Server(process, "apache", origin, "the start command that was asked for", root)
    if re.search(r"\bfrankenphp\b", text):
        return Server(process, "frankenphp", origin, "the start command that was asked for")
    return Server(process, "slim", origin, "the start command that was asked for", deaf=True)


def process_of(name: str, request: CommandRequest, port: int | None = None) -> Process:
    """Return the process of a command: words where no shell is needed."""
    if request.shell is None:
        return Process(name, request.argv, None, port)
    parsed = parse(request.shell)
    if parsed is not None and len(parsed.commands) == 1:
        command = parsed.commands[0]
        if not command.assignments and not command.needs_shell and command.program != "cd":
            words = [word.text for word in command.words]
            words = words[1:] if words[0] == "exec" and len(words) > 1 else words
            return Process(name, tuple(words), None, port)
    return Process(name, (), request.shell.strip(), port)


def _own_server(project: Project) -> Server | None:
    """Return the server that a framework brings along."""
    octane = project.has_package("laravel/octane") if project.is_like("laravel") else None
    if octane is not None:
        return _octane(project, octane)
    row = project.framework
    entry = row.entry
    if not project.tree.has(entry) or project.place is None:
        return None
    rule = f"{row.title} runs a server of its own"
    process = Process("web", row.argv, port=row.port)
    return Server(process, "slim", project.place, rule)


def _octane(project: Project, place: Origin) -> Server | None:
    written = project.example("OCTANE_SERVER")
    name, origin = written if written is not None else ("", place)
    if not name:
        match = _OCTANE.search(project.code("config/octane.php") or "")
        name = match[1] if match is not None else ""
        origin = Origin("config/octane.php") if match is not None else place
    if name in {"frankenphp", "swoole"}:
        # Without it the port of Caddy's admin is 2019 + PORT - 8000: an error below PORT=5981, and the image's own
        # health check asks 2019.
        admin = " --admin-port=2019" if name == "frankenphp" else ""
        line = f"php artisan octane:{name} --host=0.0.0.0 --port=${{PORT}}{admin}"
        flavour = "frankenphp" if name == "frankenphp" else "slim"
        extra = ("pcntl", "swoole") if name == "swoole" else ("pcntl",)
        rule = f"Laravel Octane with {name}"
        return Server(Process("web", (), line, DEFAULT_PORT), flavour, origin, rule, extensions=extra)
    text = "RoadRunner's program is downloaded from outside of any package registry; Apache serves the app instead"
    fix = "set `OCTANE_SERVER=frankenphp` in `.env.example`, or write a start command"
    project.reasons.report(Diagnostic("BP813", "info", text, origin, fix))
    return None


def _script(project: Project) -> Server | None:
    """Return the program of an app that serves no folder."""
    worker = project.overrides.processes.get("worker")
    if worker is not None:
        process = process_of("worker", worker.value)
        return Server(process, "slim", worker.origin, "the process that was asked for", deaf=True)
    for path in _SCRIPTS:
        text = project.code(path)
        if text is None:
            continue
        listens = "PORT" in text
        name, port = ("web", DEFAULT_PORT) if listens else ("worker", None)
        rule = f"`{path}` is the only program"
        process = Process(name, ("php", path), port=port)
        if listens:
            process = _forwarded(process, path, text, project)
        return Server(process, "slim", Origin(path), rule, deaf=True)
    return None


def _forwarded(process: Process, path: str, text: str, project: Project) -> Process:
    """Return a program that listens, with `PORT` in the variable that it reads; reports one that binds to localhost."""
    local = _LOCAL.search(text)
    if local is not None:
        place = Origin(path, text.count("\n", 0, local.start()) + 1)
        ports.report_local(local[1], place, "listen on `0.0.0.0`", project.reasons)
    names = [(match[1], match.start()) for match in _READS.finditer(text)]
    found = next((item for item in names if ports.is_own(item[0]) and not ports.is_address(item[0])), None)
    if found is None or any(name == "PORT" for name, _ in names):
        return process
    place = Origin(path, text.count("\n", 0, found[1]) + 1, found[0])
    return ports.report(Found("variable", DEFAULT_PORT, place, "", variable=found[0]), project.reasons).forward(process)


def apache(root: DocumentRoot) -> tuple[str, ...]:
    """Return the commands that configure Apache: rewriting, the port, the document root, the front controller."""
    commands = [
        "a2enmod rewrite headers",
        "sed -i 's/^Listen 80$/Listen ${PORT}/' /etc/apache2/ports.conf",
        f"sed -i -e 's/:80>/:${{PORT}}>/' -e 's!/var/www/html!{root.absolute}!' {_SITE}",
        "sed -i 's!/var/www/!/app/!' /etc/apache2/apache2.conf /etc/apache2/conf-available/docker-php.conf",
    ]
    lines = ["ServerName localhost", "ServerTokens Prod", "ServerSignature Off", f"RedirectMatch 404 {_HIDDEN}"]
    if root.fallback is not None:
        lines.append(f"FallbackResource {root.fallback}")
    # Debian's own settings (security.conf) are read in the order of names, and the last one counts.
    listed = " ".join(shlex.quote(line) for line in lines)
    commands.append(f"printf '%s\\n' {listed} > /etc/apache2/conf-enabled/zz-app.conf")
    # There is one host, and its own log goes to the container's; a file that the user could not write stops Apache.
    commands.append("truncate -s 0 /etc/apache2/conf-available/other-vhosts-access-log.conf")
    return tuple(commands)


# What runs beside the main process: workers, the scheduler, and what is run before a release.


_SCHEDULES = (
    ("routes/console.php", "Schedule::"),
    ("bootstrap/app.php", "withSchedule"),
    ("app/Console/Kernel.php", "$schedule->"),
)


def others(project: Project, main: str) -> tuple[Process, ...]:
    """Return the processes beside the main one; notes a decision for each."""
    found: dict[str, Process] = {}
    # Whoever lists processes lists all workers.
    listed = set(project.overrides.processes) - {"release"}
    for name, line, origin, rule in (*(() if listed else _workers(project)), *_release(project)):
        process = Process(name, tuple(shlex.split(line)))
        found[name] = process
        project.reasons.decide(f"processes.{name}", process.text, origin, rule)
    for name, request in project.overrides.processes.items():
        process = process_of(name, request.value)
        found[name] = process
        rule = "the process that was asked for"
        project.reasons.decide(f"processes.{name}", process.text, request.origin, rule)
    found.pop(main, None)
    return tuple(found.values())


def _workers(project: Project) -> Iterator[tuple[str, str, Origin, str]]:
    tree = project.tree
    if project.is_like("laravel"):
        horizon = project.has_package("laravel/horizon")
        jobs = next((path for path in tree.with_suffix(".php") if path.startswith("app/Jobs/")), None)
        if horizon is not None:
            yield "worker", "php artisan horizon", horizon, "Laravel Horizon works through the queues"
        elif jobs is not None:
            yield "worker", "php artisan queue:work", Origin(jobs), "there are jobs for a queue"
        for path, word in _SCHEDULES:
            line = _line_with(tree.text_or_none(path), word)
            if line is not None:
                yield "scheduler", "php artisan schedule:work", Origin(path, line), "there are scheduled tasks"
                break
        reverb = project.has_package("laravel/reverb")
        if reverb is not None:
            yield "reverb", "php artisan reverb:start", reverb, "Laravel Reverb serves web sockets"
    messenger = project.has_package("symfony/messenger") if project.is_like("symfony") else None
    if messenger is not None:
        path = "config/packages/messenger.yaml"
        line = _line_with(tree.text_or_none(path), "async:")
        if line is not None:
            command = "php bin/console messenger:consume async"
            yield "worker", command, Origin(path, line), "a transport of messages is configured"


def _line_with(text: str | None, word: str) -> int | None:
    """Return the number of the first line that holds the word and is no comment."""
    for number, line in enumerate(text.split("\n") if text is not None else (), 1):
        if word in line and not line.lstrip().startswith(("//", "#", "*", "/*")):
            return number
    return None


def _release(project: Project) -> Iterator[tuple[str, str, Origin, str]]:
    row, tree = project.framework, project.tree
    folder = row.migrations
    migrations = any(name.endswith(".php") for name in tree.directory(folder).files) if folder else True
    migrator = row.migrator
    place = project.has_package(migrator) if migrator else project.place
    if row.release and migrations and place is not None:
        yield "release", row.release, place, "migrations are run once for each release"
        return
    bundle = project.has_package("doctrine/doctrine-migrations-bundle")
    if bundle is not None and any(name.endswith(".php") for name in tree.directory("migrations").files):
        command = "php bin/console doctrine:migrations:migrate --no-interaction --allow-no-migration"
        yield "release", command, bundle, "migrations are run once for each release"
        return
    phinx = project.has_package("robmorgan/phinx")
    if phinx is not None and tree.first("phinx.php", "phinx.yml", "phinx.yaml", "phinx.json") is not None:
        yield "release", "php vendor/bin/phinx migrate", phinx, "migrations are run once for each release"
