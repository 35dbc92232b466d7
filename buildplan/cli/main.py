"""The command line: arguments in, text out, exit codes. Everything else is in the library.

stdout carries the product, stderr the rest; stderr stays empty when all is well and it is not a terminal.
Exit codes: 0 fine; 1 cannot plan, or `check` found drift; 2 usage or configuration, or `check` cannot tell; 3 a bug of
ours.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING, NoReturn

from buildplan import __version__
from buildplan.cli import verify as verifying
from buildplan.errors import BuildplanError, ConfigError, RefusedError, SourceError
from buildplan.model.origin import Origin, option
from buildplan.model.visible_text import printed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from buildplan.api import Options
    from buildplan.model.build_plan import BuildPlan
    from buildplan.source import SourceTree
    from buildplan.write.files import Change
    from buildplan.write.recorded_options import Recorded

_USAGE, _BUG = 2, 3
_INTERRUPTED = 130

_DESCRIPTION = "Print the Dockerfile for a source tree, or the plan behind it and the reason for every line."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = _parse(words)
        command: Callable[[argparse.Namespace], str] = arguments.run
        text = command(arguments)
        _print(printed(text) if _is_for_people(arguments) else text)
        return int(getattr(arguments, "code", 0))
    except BuildplanError as error:
        print(printed(str(error)), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of stdout has gone (`| head`); nothing is left to say, also not at shutdown.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # closed with the process
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception:  # noqa: BLE001  # whatever it is, it is ours
        return _bug(words)


def _is_for_people(arguments: argparse.Namespace) -> bool:
    """Return whether the product is text that a terminal shows: no Dockerfile, and no format of a program."""
    if hasattr(arguments, "format"):
        return bool(arguments.format == "text")
    return arguments.run in {_detect, _write} or (arguments.run is _explain and arguments.html is None)


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _bug(words: Sequence[str]) -> int:
    import platform
    import traceback

    print(
        "BP000 this is a bug of buildplan; please report it with the lines below\n\n"
        f"buildplan {__version__}, Python {platform.python_version()}, {platform.system()}\n"
        f"arguments: {printed(' '.join(words))}\n{printed(traceback.format_exc())}",
        file=sys.stderr,
    )
    return _BUG


# --- commands -------------------------------------------------------------------------------------------------------


def _dockerfile(arguments: argparse.Namespace) -> str:
    plan = _plan(arguments)
    if arguments.dockerignore:
        return plan.dockerignore()
    return plan.dockerfile(process=arguments.process)


def _plan_command(arguments: argparse.Namespace) -> str:
    plan = _plan(arguments)
    if arguments.format == "text":
        from buildplan.render.text import plan_text

        return plan_text(plan)
    if arguments.format == "toml":
        from buildplan.render.toml import dumps

        return dumps(plan)
    return plan.to_json() + "\n"


def _detect(arguments: argparse.Namespace) -> str:
    from buildplan import api
    from buildplan.render.text import candidates_text

    return candidates_text(api.detect(arguments.path, _options(arguments), revision=arguments.revision))


def _explain(arguments: argparse.Namespace) -> str:
    from buildplan import api
    from buildplan.render import text

    query = arguments.query
    if arguments.html is not None and query is not None:
        problem = "`--html` holds all reasons, so it takes no query"
        raise ConfigError(problem, origin=option("--html"), hint="leave the query out")
    if arguments.html is None and query is not None and _may_name_a_provider(query):
        # Before the plan: what a provider looked for matters most where there is no plan.
        found = api.claims(arguments.path, (query,), _options(arguments), revision=arguments.revision)
        if found:
            return text.claim(_plan_or_none(arguments), found[0])
    place = re.fullmatch(r"(?:\./)?(\S+):(\d{1,9})", query or "")
    if arguments.html is None and place is not None:
        return _explained_line(arguments, place[1], int(place[2]))
    plan = _plan(arguments)
    if arguments.html is None:
        return text.explain(plan, query)
    return _explained_page(arguments, plan)


def _explained_line(arguments: argparse.Namespace, file: str, number: int) -> str:
    from buildplan import api
    from buildplan.read import own_dockerfile
    from buildplan.render import text
    from buildplan.source.folder import tree_of
    from buildplan.write import recorded_options

    tree = api.open_source(arguments.path, revision=arguments.revision)
    options = _options(arguments)
    existing = tree.text_or_none(file)
    if existing is None or not own_dockerfile.is_ours(existing):
        # What `buildplan` prints, which nobody has written yet.
        if file != recorded_options.DOCKERFILE:
            problem = f"buildplan did not write `{file[:80]}`"
            raise ConfigError(problem, origin=option("query"), hint="name a Dockerfile that it wrote, or `Dockerfile`")
        said = text.explain_line(_plan_of(tree, arguments, options), file, number, process=options.process)
        note = "\nThis is the Dockerfile that buildplan prints; a person wrote the one that lies here.\n"
        return said if existing is None else said + note
    recorded = recorded_options.read(file, existing)
    options = recorded.options if options == api.Options() else options
    plan = _plan_of(tree_of(tree, recorded.directory), arguments, options)
    return text.explain_line(plan, file, number, existing, process=options.process)


def _may_name_a_provider(query: str) -> bool:
    """Return whether other packages have to be asked for a provider of this name; fields of the plan are none."""
    fields = {"apt", "ca_certificates", "phases", "port", "processes", "providers", "run", "start", "variables"}
    return "." not in query and ":" not in query and query not in fields


def _explained_page(arguments: argparse.Namespace, plan: BuildPlan) -> str:
    from pathlib import Path

    from buildplan import api
    from buildplan.render import html
    from buildplan.write import files

    tree = api.open_source(arguments.path, revision=arguments.revision)
    claims = api.claims(tree, None, _options(arguments))
    page = html.page(plan, tree, claims, process=arguments.process)
    if arguments.html == "-":
        return page
    files.replace(Path(arguments.html), page)
    return ""


def _plan_or_none(arguments: argparse.Namespace) -> BuildPlan | None:
    try:
        return _plan(arguments)
    except ConfigError:
        raise
    except BuildplanError:
        return None


def _build(arguments: argparse.Namespace) -> str:
    from pathlib import Path

    from buildplan.cli import container_engine

    plan = _plan(arguments)
    environment = dict(os.environ)  # noqa: TID251  # the engine is a program of this machine
    container_engine.build(plan, Path(arguments.path), tuple(arguments.tag), environment, process=arguments.process)
    return ""


def _verify(arguments: argparse.Namespace) -> str:
    return verifying.run(arguments, _plan(arguments))


def _write(arguments: argparse.Namespace) -> str:
    from pathlib import Path

    from buildplan import api
    from buildplan.source.folder import tree_of
    from buildplan.write import files

    found: list[tuple[Path, Change]] = []
    for path in arguments.paths or ["."]:
        if not Path(path).is_dir():
            raise SourceError("there is no such directory", origin=Origin(path), hint="name the directory of an app")
        tree = _judged(path, staged=arguments.staged)
        if arguments.revision is not None:
            tree = api.open_source(path, revision=arguments.revision)
        for target in _targets(tree, path, arguments):
            plan = _plan_of(tree_of(tree, target.directory), arguments, target.options)
            place = Path(path, target.directory)
            found += [(place, change) for change in files.changes(place, plan, target.options, target.file)]
    if arguments.diff:
        return "".join(change.diff() for _, change in found)
    refused = [(_below(place, change), change) for place, change in found if change.refused and not arguments.force]
    if refused:
        raise _refusal(refused)
    for place, change in found:
        if change.result.status != "unchanged":
            files.write(place, change)
    # With `--update` any number of files is looked at: what is as it should be is no news.
    return "".join(
        f"{_below(place, change)}: {change.result.status}\n"
        for place, change in found
        if not arguments.update or change.result.status != "unchanged"
    )


def _targets(tree: SourceTree, path: str, arguments: argparse.Namespace) -> list[Recorded]:
    """Return the Dockerfiles to write below PATH, each with its options: those given, or else those of last time."""
    from pathlib import Path

    from buildplan.api import Options
    from buildplan.drift import discover
    from buildplan.read import own_dockerfile
    from buildplan.write import recorded_options

    given = _options(arguments)
    if arguments.update:
        if arguments.file is not None or given != Options():
            problem = "`--update` writes every file with its own options"
            raise ConfigError(problem, origin=option("--update"), hint="leave the other options out")
        texts = {name: tree.text_or_none(name) or "" for name in discover.dockerfiles(tree)}
        return [recorded_options.read(name, text) for name, text in texts.items() if own_dockerfile.is_ours(text)]
    file = recorded_options.DOCKERFILE if arguments.file is None else Path(arguments.file).as_posix()
    if file.startswith("/") or ".." in file.split("/") or not discover.is_dockerfile(file):
        problem = f"`{file}` is no name for a Dockerfile below {path}"
        hint = "name it like `Dockerfile.web` or `apps/web/Dockerfile`"
        raise ConfigError(problem, origin=option("--file"), hint=hint)
    if given == Options():
        recorded = recorded_options.read(file, tree.text_or_none(file) or "")
        if recorded.directory == "":
            return [recorded]
    return [recorded_options.Recorded("", file, given)]


def _below(place: Path, change: Change) -> str:
    """Return how a message names a file: with its directory, relative to the directory of the call where it can be."""
    from pathlib import Path

    path = place / change.path
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def _check(arguments: argparse.Namespace) -> str:
    try:
        return _checked(arguments)
    except BuildplanError as error:
        # Whatever is wrong: it cannot be told whether the files are in sync, and that is not drift.
        print(printed(str(error)), file=sys.stderr)
        arguments.code = _USAGE
        return ""


def _checked(arguments: argparse.Namespace) -> str:
    from functools import partial
    from pathlib import Path

    from buildplan.drift import fixes, formats
    from buildplan.drift.check import check_all, exit_code
    from buildplan.drift.settings import Settings
    from buildplan.write import files

    if arguments.fix and arguments.staged:
        problem = "`--fix` mends the work tree and `--staged` judges what is staged, so they do not go together"
        raise ConfigError(problem, origin=option("--fix"), hint="run `buildplan check --fix`, then `git add` the file")
    paths = list(arguments.paths)
    root = paths.pop() if len(paths) == 1 and Path(paths[0]).is_dir() else "."
    asked = Settings(tuple(arguments.select), tuple(arguments.ignore))
    reports = check_all(_judged(root, staged=arguments.staged), paths, _options(arguments), asked)
    mended = [report for report in reports if fixes.fixable(report.findings)] if arguments.fix else []
    for report in mended:
        files.edit(Path(root), report.path, partial(fixes.fixed, findings=report.findings))
    if mended:
        reports = check_all(_judged(root, staged=False), paths, _options(arguments), asked)
    arguments.code = exit_code(reports)
    formatted = {"text": formats.text, "json": formats.as_json, "sarif": formats.sarif, "github": formats.github}
    return formatted[arguments.format](reports)


def _judged(root: str, *, staged: bool) -> SourceTree:
    """Return the tree that is meant: the directory, or what is staged in git's index."""
    from buildplan import api

    if not staged:
        return api.open_source(root)
    from buildplan.source import SourceTree
    from buildplan.source.git import GitIndexBackend

    # For `git commit -a` and `git commit FILE` git makes an index of its own and tells its hooks where.
    index = os.environ.get("GIT_INDEX_FILE")  # noqa: TID251  # says which index is meant, as for git itself
    return SourceTree(GitIndexBackend(root, index=os.path.abspath(index) if index else None))  # noqa: PTH100  # a name


def _refusal(changes: list[tuple[str, Change]]) -> RefusedError:
    """Return the error for files that only `--force` overwrites, with both sides of each conflict."""
    lines = []
    for path, change in changes:
        if change.result.status == "foreign":
            lines.append(f"{path} was written by a person, so it is not overwritten")
        for conflict in change.result.conflicts:
            lines.append(f"{path}:{conflict.line} was edited by hand, and the plan changes it too")
            lines += [f"  yours: {line}" for line in conflict.own] or ["  yours: (removed)"]
            lines += [f"  plan:  {line}" for line in conflict.generated] or ["  plan:  (removed)"]
    return RefusedError(
        "nothing was written: " + "\n".join(lines),
        origin=Origin(changes[0][0]),
        hint="`--diff` shows the whole change, `--force` takes the plan's side",
    )


def _schema(arguments: argparse.Namespace) -> str:
    import json

    from buildplan.config.buildplan_toml import json_schema
    from buildplan.render.json import schema

    content = schema() if arguments.what == "plan" else json_schema()
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _init(_: argparse.Namespace) -> str:
    from buildplan.config.buildplan_toml import template

    return template()


def _plan(arguments: argparse.Namespace) -> BuildPlan:
    return _plan_of(arguments.path, arguments, _options(arguments))


def _plan_of(source: str | SourceTree, arguments: argparse.Namespace, options: Options) -> BuildPlan:
    from buildplan import api

    revision = arguments.revision if isinstance(source, str) else None
    plan = api.plan(source, options, revision=revision)
    if sys.stderr.isatty() or arguments.verbose:
        for diagnostic in plan.diagnostics:
            print(_coloured(printed(str(diagnostic)), diagnostic.severity), file=sys.stderr)
    return plan


def _coloured(text: str, severity: str) -> str:
    # https://no-color.org: any value, also an empty one, switches colour off.
    if "NO_COLOR" in os.environ or not sys.stderr.isatty():  # noqa: TID251  # about the terminal, not about the plan
        return text
    colour = {"error": 31, "warning": 33}.get(severity, 36)
    return text.replace(f" {severity}: ", f" \x1b[{colour}m{severity}\x1b[0m: ", 1)


# --- arguments ------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"BP200 {message}\n\nhint: `{self.prog} --help` lists what there is", file=sys.stderr)
        raise SystemExit(_USAGE)


def _common() -> argparse.ArgumentParser:
    from buildplan.config import command_line

    common = argparse.ArgumentParser(add_help=False)
    command_line.add_to(common)
    add = common.add_argument
    add("--revision", metavar="REV", help="plan this commit of the git repository PATH, without a checkout")
    add("-v", "--verbose", action="store_true", help="print diagnostics also when stderr is no terminal")
    return common


_COMMANDS = ("plan", "detect", "explain", "write", "check", "build", "verify", "schema", "init")


def _parse(words: list[str]) -> argparse.Namespace:
    common = _common()
    top = _Parser(
        prog="buildplan",
        description=_DESCRIPTION,
        parents=[common],
        epilog=f"Commands: {', '.join(_COMMANDS)}; `buildplan COMMAND --help` explains one.",
    )
    top.add_argument("--version", action="version", version=f"buildplan {__version__}")
    if not words or words[0] not in _COMMANDS:
        top.add_argument("path", nargs="?", default=".", metavar="PATH", help="directory, archive or git repository")
        top.add_argument("--dockerignore", action="store_true", help="print the matching .dockerignore instead")
        top.set_defaults(run=_dockerfile)
        return top.parse_args(words)
    return _command_parser(words[0], common).parse_args(words[1:])


def _command_parser(name: str, common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    prog = f"buildplan {name}"
    if name == "init":
        parser = _Parser(prog=prog, description="Print a commented buildplan.toml.")
        parser.set_defaults(run=_init)
        return parser
    if name == "schema":
        parser = _Parser(prog=prog, description="Print the JSON Schema of a plan or of buildplan.toml.")
        parser.add_argument("what", nargs="?", choices=("plan", "config"), default="plan")
        parser.set_defaults(run=_schema)
        return parser
    texts = {
        "plan": "Print the build plan.",
        "detect": "Print who claims the tree, and on what evidence.",
        "explain": "Print why: every decision, or one (node.version, Dockerfile:12), or why not a provider.",
        "check": "Say where a Dockerfile, generated or not, no longer agrees with the code.",
        "write": "Write Dockerfile and .dockerignore into the tree; hand edits are kept.",
        "build": "Build the image with docker, podman or buildah.",
        "verify": verifying.DESCRIPTION,
    }
    # `verify` gives `--env` another meaning: for the running container.
    conflicts = "resolve" if name == "verify" else "error"
    parser = _Parser(prog=prog, description=texts[name], parents=[common], conflict_handler=conflicts)
    if name == "check":
        return _check_parser(parser)
    if name == "write":
        return _write_parser(parser)
    parser.add_argument("path", nargs="?", default=".", metavar="PATH")
    if name == "verify":
        verifying.add_options(parser)
        parser.set_defaults(run=_verify)
    elif name == "plan":
        parser.add_argument("-f", "--format", choices=("json", "toml", "text"), default="json")
        parser.set_defaults(run=_plan_command)
    elif name == "detect":
        parser.set_defaults(run=_detect)
    elif name == "explain":
        parser.add_argument("query", nargs="?", metavar="QUERY", help="node.version, Dockerfile:12, or a provider")
        parser.add_argument("--html", metavar="FILE", help="write one page: the Dockerfile beside its evidence")
        parser.set_defaults(run=_explain)
    else:
        parser.add_argument("-t", "--tag", action="append", default=[], metavar="TAG", help="the image's name")
        parser.set_defaults(run=_build)
    return parser


def _write_parser(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="directories of apps; each gets its own files")
    add("--file", metavar="FILE", help="the Dockerfile's path below PATH, which stays the build context")
    add("--update", action="store_true", help="every Dockerfile below PATH that buildplan wrote, and no new one")
    add("--staged", action="store_true", help="plan what is staged in git, not what lies in the work tree")
    add("--diff", action="store_true", help="print what would change, write nothing")
    add("--force", action="store_true", help="overwrite what a person wrote, and hand edits")
    parser.set_defaults(run=_write)
    return parser


def _check_parser(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="Dockerfiles or directories; without one, every app of this directory")
    add("-f", "--format", choices=("text", "json", "sarif", "github"), default="text")
    add("--fix", action="store_true", help="mend what is safe to mend: a version, a port, `npm ci` without a lockfile")
    add("--select", action="append", default=[], metavar="CODE", help="report these codes only (BP71: BP710 and on)")
    add("--ignore", action="append", default=[], metavar="CODE", help="do not report these codes")
    add("--staged", action="store_true", help="judge what is staged in git, not what lies in the work tree")
    from buildplan.model.diagnostic_codes import DRIFT

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "codes:\n" + "".join(f"  {code}  {meaning}\n" for code, meaning in DRIFT.items())
    parser.set_defaults(run=_check)
    return parser


def _options(arguments: argparse.Namespace) -> Options:
    from buildplan.config import command_line

    return command_line.from_arguments(arguments, os.environ)  # noqa: TID251  # for `--env NAME`: the caller asked
