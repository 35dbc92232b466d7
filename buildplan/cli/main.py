"""The command line: arguments in, text out, exit codes. Everything else is in the library.

stdout carries the product, stderr the rest; stderr stays empty when all is well and it is not a terminal.
Exit codes: 0 fine; 1 cannot plan, or `check` found drift; 2 usage or configuration, or `check` cannot tell; 3 a bug of
ours.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from buildplan import __version__
from buildplan.cli import arguments as command_line_arguments
from buildplan.cli.terminal import Terminal
from buildplan.errors import BuildplanError, ConfigError, RefusedError, SourceError
from buildplan.model.origin import Origin, option
from buildplan.model.visible_text import printed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from buildplan.api import Options
    from buildplan.drift.check import Report
    from buildplan.model.build_plan import BuildPlan
    from buildplan.source import SourceTree
    from buildplan.write.files import Change
    from buildplan.write.merge import Conflict
    from buildplan.write.recorded_options import Recorded

_USAGE, _BUG = 2, 3
_INTERRUPTED = 130
_SCHEMA = "buildplan.schema.json"
# What `write` leaves as it is.
_STAYS = frozenset({"kept", "unchanged"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    terminal = Terminal()
    before = os.getcwd()  # noqa: PTH109  # a name
    try:
        arguments = command_line_arguments.parse(words)
        terminal = Terminal(arguments.color, arguments.quiet, arguments.verbose)
        arguments.terminal = terminal
        _enter(getattr(arguments, "directory", None))
        _warn_of_unset_variables(arguments)
        text = _RUN[arguments.command](arguments)
        _print(printed(text) if _is_for_people(arguments) else text)
        return int(getattr(arguments, "code", 0))
    except BuildplanError as error:
        terminal.error(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of stdout has gone (`| head`); nothing is left to say, also not at shutdown.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # closed with the process
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception:  # noqa: BLE001  # whatever it is, it is ours
        return _bug(words)
    finally:
        os.chdir(before)


def _enter(directory: str | None) -> None:
    if directory is None:
        return
    try:
        os.chdir(directory)
    except OSError as error:
        problem = f"`{directory[:80]}` cannot be entered: {error.strerror}"
        raise ConfigError(problem, origin=option("-C"), hint="name a directory") from error


def _warn_of_unset_variables(arguments: argparse.Namespace) -> None:
    environment = os.environ  # noqa: TID251  # for `--env NAME`: the caller asked
    for name in command_line_arguments.unset_variables(arguments, environment):
        if not arguments.terminal.quiet:
            text = f"`{name}` is not set here, so it is left out"
            arguments.terminal.note(f"<option> --env: BP664 warning: {text}\n  fix: export it, or write `{name}=VALUE`")


def _is_for_people(arguments: argparse.Namespace) -> bool:
    """Return whether the product is text that a terminal shows: no Dockerfile, and no format of a program."""
    if hasattr(arguments, "format"):
        return bool(arguments.format == "text") and arguments.command != "check"
    return arguments.command in {"detect", "write"} or (arguments.command == "explain" and arguments.html is None)


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
    if sys.stdout.isatty():
        arguments.terminal.next("`buildplan write` writes it into the directory; nothing was written")
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

    found = api.detect(arguments.path, _options(arguments), revision=arguments.revision)
    if not found and not arguments.terminal.quiet:
        print("no language claims this tree", file=sys.stderr)
    return candidates_text(found)


def _apps(arguments: argparse.Namespace) -> str:
    from buildplan import api
    from buildplan.render.text import apps_json, apps_text

    found = api.apps(arguments.path, _options(arguments), revision=arguments.revision)
    if not found:
        arguments.code = 1
    return apps_json(found) if arguments.format == "json" else apps_text(found)


def _explain(arguments: argparse.Namespace) -> str:
    from buildplan import api
    from buildplan.render import code_page, text

    arguments.path, arguments.query = _place_and_query(arguments.words)
    query = arguments.query
    if query is not None and code_page.is_code(query):
        return code_page.page(query)
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
    # Notes would bury the answer.
    plan = _plan(arguments, notes=query is None)
    if arguments.html is None:
        return text.explain(plan, query)
    return _explained_page(arguments, plan)


def _place_and_query(words: list[str]) -> tuple[str, str | None]:
    """Return the tree and the query: a single word that is not a path is a query about this directory."""
    if len(words) > 2:  # noqa: PLR2004  # a path and a query
        raise ConfigError(
            f"`{words[2][:80]}` is one word too many", origin=option("query"), hint="ask one thing at a time"
        )
    if len(words) == 2:  # noqa: PLR2004  # likewise
        return words[0], words[1]
    if not words:
        return ".", None
    is_place = os.path.lexists(words[0]) or (os.sep in words[0] and re.search(r":\d+$", words[0]) is None)
    return (words[0], None) if is_place else (".", words[0])


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
    arguments.terminal.next(f"open {arguments.html} in a browser")
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
    tags = tuple(arguments.tag) or (container_engine.default_tag(Path(arguments.path)),)
    request = container_engine.Request(
        tags,
        platform=arguments.platform or ",".join(plan.platforms) or None,
        push=arguments.push,
        load=arguments.load,
        no_cache=arguments.no_cache,
        arguments=tuple(arguments.build_arg),
        secrets=tuple(arguments.secret),
    )
    engine = container_engine.build(plan, Path(arguments.path), request, environment, process=arguments.process)
    arguments.terminal.next(f"run it with `{_run_command(plan, engine, tags[0], arguments.process)}`")
    return ""


def _run_command(plan: BuildPlan, engine: str, tag: str, process: str | None) -> str:
    started = plan.process(process or plan.start)
    port = f"-p {started.port}:{started.port} " if started is not None and started.port is not None else ""
    return f"{engine} run --rm {port}{tag}"


def _lock(arguments: argparse.Namespace) -> str:
    from pathlib import Path

    from buildplan import api
    from buildplan.cli import lock
    from buildplan.config import lock_file
    from buildplan.write import files

    place = Path(arguments.path)
    if not place.is_dir():
        raise SourceError("there is no such directory", origin=Origin(arguments.path), hint="name the app's directory")
    tree = api.open_source(arguments.path)
    before = {name: item.value for name, item in lock_file.read(tree).items()} if tree.has(lock_file.PATH) else {}
    images = lock.wanted(_plan_of(tree, arguments, options) for options in _locked_options(tree, arguments))
    kept = {name: digest for name, digest in before.items() if name in images} if arguments.missing else {}
    asked = {name: reference for name, reference in images.items() if name not in kept}
    environment = dict(os.environ)  # noqa: TID251  # the engine is a program of this machine
    if arguments.list is not None:
        found = lock.from_list(asked, arguments.list)
    else:
        found = lock.from_registry(asked, environment) if asked else {}
    after = {**kept, **found}
    file = place / lock_file.PATH
    if after == before:
        return f"{file.as_posix()}: unchanged\n"
    files.replace(file, lock_file.written(after))
    arguments.terminal.next("`buildplan write --update` puts the digests into the Dockerfiles")
    return f"{file.as_posix()}: {'merged' if before else 'new'}\n{lock.said(before, after)}"


def _locked_options(tree: SourceTree, arguments: argparse.Namespace) -> list[Options]:
    """Return the options of each plan that the lock file is for: all Dockerfiles of ours with this build context."""
    from buildplan.api import Options
    from buildplan.drift import discover
    from buildplan.read import own_dockerfile
    from buildplan.write import recorded_options

    texts = {path: tree.text_or_none(path) or "" for path in discover.dockerfiles(tree)}
    recorded = [recorded_options.read(path, text) for path, text in texts.items() if own_dockerfile.is_ours(text)]
    options = [item.options for item in recorded if item.directory == ""]
    given = _options(arguments)
    return [*options, given] if given != Options() or not options else options


def _verify(arguments: argparse.Namespace) -> str:
    from buildplan.cli import verify as verifying

    return verifying.run(arguments, _plan(arguments))


def _write(arguments: argparse.Namespace) -> str:
    from buildplan.write import files

    plans: list[BuildPlan] = []
    found = _changes(arguments, plans)
    refused = [(_below(place, change), change) for place, change in found if change.result.refused]
    if refused:
        raise _refusal(refused)
    if arguments.diff:
        if all(change.result.status in _STAYS for _, change in found):
            print("no change", file=sys.stderr)
        return "".join(change.diff() for _, change in found if change.result.status not in _STAYS)
    for place, change in found if not arguments.dry_run else ():
        if change.result.status not in _STAYS:
            files.write(place, change)
    if not arguments.dry_run:
        _say_next(arguments, found, plans)
    marked = [(_below(place, change), change) for place, change in found if change.result.status == "marked"]
    for path, change in marked:
        for conflict in change.result.conflicts:
            print(_conflict(path, conflict), file=sys.stderr)
    arguments.code = 1 if marked else 0
    if arguments.format == "json":
        return _changes_json(found)
    # With `--update` any number of files is looked at: what is as it should be is no news.
    return "".join(
        f"{_below(place, change)}: {_said(change)}\n"
        for place, change in found
        if not arguments.update or change.result.status != "unchanged"
    )


def _changes(arguments: argparse.Namespace, plans: list[BuildPlan]) -> list[tuple[Path, Change]]:
    """Return what becomes of each file, with the directory that its path is below; nothing is written."""
    from pathlib import Path

    from buildplan import api
    from buildplan.source.folder import tree_of
    from buildplan.write import files

    found: list[tuple[Path, Change]] = []
    is_whole = arguments.all or arguments.compose or arguments.bake
    if is_whole:
        _refuse_beside_all(arguments)
    for path in arguments.paths or ["."]:
        if not Path(path).is_dir():
            raise SourceError("there is no such directory", origin=Origin(path), hint="name the directory of an app")
        tree = _judged(path, staged=arguments.staged)
        if arguments.revision is not None:
            tree = api.open_source(path, revision=arguments.revision)
        if is_whole or arguments.update:
            found += _changes_around(tree, path, arguments)
        for target in _targets(tree, path, arguments) if not is_whole else ():
            plan = _plan_of(tree_of(tree, target.directory), arguments, target.options)
            plans.append(plan)
            place = Path(path, target.directory)
            made = files.changes(
                place, plan, target.options, target.file, resolution=arguments.conflict, force=arguments.force
            )
            found += [(place, change) for change in made]
    return found


def _say_next(arguments: argparse.Namespace, found: list[tuple[Path, Change]], plans: list[BuildPlan]) -> None:
    """Say on a terminal how what was written is used."""
    if arguments.compose:
        needs_values = any(change.path == ".env.example" for _, change in found)
        arguments.terminal.next(f"`{'cp .env.example .env && ' if needs_values else ''}docker compose up --build`")
    elif arguments.bake:
        arguments.terminal.next("`docker buildx bake -f docker-bake.hcl --load`")
    elif len(plans) == 1 and not arguments.update and arguments.file is None:
        from buildplan.cli.container_engine import default_tag

        place = found[0][0]
        tag = default_tag(place)
        run = _run_command(plans[0], "docker", tag, arguments.process)
        arguments.terminal.next(f"`docker build -t {tag} {place.as_posix()} && {run}`")


def _refuse_beside_all(arguments: argparse.Namespace) -> None:
    """Refuse options that are about one Dockerfile, or about those that are there."""
    for flag, value in (("--file", arguments.file), ("--update", arguments.update)):
        if value:
            problem = f"`{flag}` and the files of all apps do not go together"
            raise ConfigError(problem, origin=option(flag), hint="leave it out, or `--all`, `--compose` and `--bake`")


def _changes_around(tree: SourceTree, path: str, arguments: argparse.Namespace) -> list[tuple[Path, Change]]:
    """Return what becomes of the files of all apps, or with `--update` of those around them that buildplan wrote."""
    from pathlib import Path

    from buildplan.repository import files

    resolution, force = arguments.conflict, arguments.force
    if arguments.update:
        written = files.updated(tree, resolution=resolution, force=force)
    else:
        asked = files.Asked(compose=arguments.compose, bake=arguments.bake)
        written = files.changes(tree, Path(path), asked, _options(arguments), resolution=resolution, force=force)
    terminal: Terminal = arguments.terminal
    for diagnostic in written.diagnostics:
        if not terminal.quiet and (terminal.wants_notes or diagnostic.severity != "info"):
            terminal.note(diagnostic)
    return [(Path(path), change) for change in written.changes]


def _changes_json(found: list[tuple[Path, Change]]) -> str:
    import json

    rows = [
        {
            "path": _below(place, change),
            "status": change.result.status,
            "conflicts": [
                {"line": item.line, "reason": item.reason, "yours": item.own, "plan": item.generated}
                for item in change.result.conflicts
            ],
        }
        for place, change in found
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _said(change: Change) -> str:
    """Return what became of a file, in a few words."""
    count = len(change.result.conflicts)
    conflicts = f"{count} conflict{'s' if count > 1 else ''}"
    if change.result.status == "marked":
        return f"merged, with {conflicts} marked in it"
    if change.result.status == "kept":
        return "kept: a person wrote it"
    return f"merged, {conflicts} decided" if count else change.result.status


def _conflict(path: str, conflict: Conflict) -> str:
    lines = [f"{path}:{conflict.line}: {conflict.reason}"]
    lines += [f"  yours: {line}" for line in conflict.own] or ["  yours: (removed)"]
    lines += [f"  plan:  {line}" for line in conflict.generated] or ["  plan:  (removed)"]
    return "\n".join(lines)


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
        arguments.terminal.error(error)
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
        problem = "`--fix` changes the work tree and `--staged` judges what is staged, so they do not go together"
        raise ConfigError(problem, origin=option("--fix"), hint="run `buildplan check --fix`, then `git add` the file")
    root, paths = _root(list(arguments.paths))
    asked = Settings(
        tuple(arguments.select), tuple(arguments.ignore), exclude=tuple(arguments.exclude), fail_on=arguments.fail_on
    ).checked()
    reports = check_all(_judged(root, staged=arguments.staged), paths, _options(arguments), asked)
    fixable = [report for report in reports if fixes.fixable(report.findings)]
    said: list[str] = []
    for report in fixable if arguments.fix else ():
        files.edit(Path(root), report.path, partial(fixes.fixed, findings=report.findings))
        said += fixes.said(report.path, report.findings)
    if said:
        reports = check_all(_judged(root, staged=False), paths, _options(arguments), asked)
    elif fixable and not arguments.staged:
        arguments.terminal.next("`buildplan check --fix` fixes what is safe to fix")
    if not reports and not arguments.terminal.quiet:
        print("there is no Dockerfile to check", file=sys.stderr)
    arguments.code = exit_code(reports)
    reports = tuple(_seen_from_here(report, root) for report in reports)
    if arguments.format == "text":
        terminal: Terminal = arguments.terminal
        shown = formats.text(reports, quiet=terminal.quiet)
        return terminal.painted("".join(f"{line}\n" for line in said) + shown, sys.stdout)
    for line in said:
        print(line, file=sys.stderr)
    return formats.FORMATS[arguments.format](reports)


def _seen_from_here(report: Report, root: str) -> Report:
    """Return the report with commands that work in the directory of the call, where that is not the tree's own."""
    import shlex
    from dataclasses import replace

    if root == ".":
        return report
    here, there = "run `buildplan write", f"run `buildplan -C {shlex.quote(root)} write"
    findings = (replace(item, fix=item.fix and item.fix.replace(here, there)) for item in report.findings)
    return replace(report, findings=tuple(findings))


def _root(paths: list[str]) -> tuple[str, list[str]]:
    """Return the tree to judge, and the paths in it.

    A directory is a tree of its own, unless this directory and it are of one repository: then files above it, such as
    a compose file, say what it is built with.
    """
    from pathlib import Path

    if len(paths) != 1 or not Path(paths[0]).is_dir():
        return ".", paths
    place, here = Path(paths[0]).resolve(), Path.cwd()
    between = [place, *place.parents]
    if (
        place == here
        or here not in between
        or any((folder / ".git").exists() for folder in between[: between.index(here)])
    ):
        return paths[0], []
    in_repository = any((folder / ".git").exists() for folder in (here, *here.parents))
    return (".", [place.relative_to(here).as_posix()]) if in_repository else (paths[0], [])


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
    """Return the error for files that cannot be written without a loss, with both sides of each conflict."""
    lines = []
    hints: dict[str, str] = {}
    for path, change in changes:
        status = change.result.status
        if status == "foreign":
            lines.append(f"{path} was written by a person, so it is not overwritten")
            hints[status] = "`--force` replaces it, and `--force --diff` shows by what"
        elif status == "unmerged":
            lines.append(f"{path}:{change.result.conflicts[0].line} a merge conflict is left in it")
            hints[status] = (
                "decide and remove the markers, then write again; of two last lines `# buildplan … wrote:` keep either"
            )
        else:
            lines += [_conflict(path, conflict) for conflict in change.result.conflicts]
            hints[status] = (
                "`--conflict=mine` keeps your side of these, `--conflict=theirs` takes the plan's, "
                "`--conflict=markers` writes both into the file; all other edits stay with each"
            )
    return RefusedError(
        "nothing was written\n" + "\n".join(lines), origin=Origin(changes[0][0]), hint="; ".join(hints.values())
    )


def _schema(arguments: argparse.Namespace) -> str:
    import json

    from buildplan.config.buildplan_toml import json_schema
    from buildplan.render.json import schema

    content = schema() if arguments.what == "plan" else json_schema()
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _init(arguments: argparse.Namespace) -> str:
    import json
    from pathlib import Path

    from buildplan.config import buildplan_toml
    from buildplan.write import files

    template = f"#:schema ./{_SCHEMA}\n{buildplan_toml.template()}"
    if arguments.only_print:
        return template
    place = Path(arguments.path)
    if not place.is_dir():
        raise SourceError("there is no such directory", origin=Origin(arguments.path), hint="name the app's directory")
    file = place / buildplan_toml.PATH
    if file.exists():
        problem = "nothing was written: it is there already"
        raise RefusedError(problem, origin=Origin(file.as_posix()), hint="`buildplan init --print` prints the template")
    files.replace(place / _SCHEMA, json.dumps(buildplan_toml.json_schema(), indent=2, ensure_ascii=False) + "\n")
    files.replace(file, template)
    arguments.terminal.next("every line of it is a comment; take off the `#` of what you want to set")
    return f"{file.as_posix()}: new\n{(place / _SCHEMA).as_posix()}: new\n"


def _completion(arguments: argparse.Namespace) -> str:
    import shtab

    script: str = shtab.complete(command_line_arguments.whole(), arguments.shell)
    return script if script.endswith("\n") else f"{script}\n"


def _man(_: argparse.Namespace) -> str:
    from buildplan.cli import man_page

    return man_page.page()


def _help(arguments: argparse.Namespace) -> str:
    return str(arguments.text)


def _version(_: argparse.Namespace) -> str:
    return f"buildplan {__version__}\n"


def _plan(arguments: argparse.Namespace, *, notes: bool = True) -> BuildPlan:
    return _plan_of(arguments.path, arguments, _options(arguments), notes=notes)


def _plan_of(
    source: str | SourceTree, arguments: argparse.Namespace, options: Options, *, notes: bool = True
) -> BuildPlan:
    from buildplan import api

    revision = arguments.revision if isinstance(source, str) else None
    plan = api.plan(source, options, revision=revision)
    terminal = arguments.terminal
    # The text format has the notes in it.
    notes = terminal.verbose or (notes and terminal.wants_notes and getattr(arguments, "format", None) != "text")
    for diagnostic in plan.diagnostics:
        # What the caller asked for a moment ago is always answered, and so is a whole file of settings that has no
        # effect.
        is_own = diagnostic.origin is not None and diagnostic.origin.path in {"<option>", "<environment>"}
        is_own = (is_own or diagnostic.code == "BP660") and diagnostic.severity != "info"
        if notes or (is_own and not terminal.quiet):
            terminal.note(diagnostic)
    return plan


def _options(arguments: argparse.Namespace) -> Options:
    from buildplan.config import command_line

    return command_line.from_arguments(arguments, os.environ)  # noqa: TID251  # for `--env NAME`: the caller asked


_RUN: dict[str, Callable[[argparse.Namespace], str]] = {
    "print": _dockerfile,
    "plan": _plan_command,
    "detect": _detect,
    "apps": _apps,
    "explain": _explain,
    "write": _write,
    "check": _check,
    "init": _init,
    "build": _build,
    "lock": _lock,
    "verify": _verify,
    "schema": _schema,
    "completion": _completion,
    "man": _man,
    "help": _help,
    "version": _version,
}
