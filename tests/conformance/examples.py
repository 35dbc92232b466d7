"""Our plans beside what the predecessors' own tests expect of their example trees.

    python tests/conformance/examples.py nixpacks|railpack EXAMPLES ROWS.tsv [--all]

EXAMPLES is `examples/` of the suite's repository, ROWS.tsv has one row for each example and configuration (columns:
`shared/reference/nixpacks.md` section 14, `railpack.md`). Compared: whether there is a plan, the provider, versions
that the tree or the configuration asks for, packages of Debian, the install and build commands of Nixpacks' Node and
static rows, the start command. A row is *met*; *meant*: each difference has a reason in `deliberate.toml`; or
*missing*. Rows whose tree a test makes in its own code cannot be compared, and are counted. Exit status 1 when one is
missing. `--all` prints the differences that are meant too.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import buildplan

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDERS = {"staticfile": "static", "c#": "dotnet", "f#": "dotnet", "golang": "go", "scala": "java", "clojure": "java"}
MANAGERS = {"npm", "pnpm", "yarn", "bun"}
RUNTIMES = {"node", "python", "ruby", "php", "go", "java", "dotnet", "elixir", "deno", "rust"}


@dataclass(frozen=True)
class Row:
    """What a suite expects of one tree with one configuration; None is not compared."""

    example: str
    options: buildplan.Options
    provider: str | None
    fails: bool
    start: str | None
    versions: dict[str, str]
    apt: tuple[str, ...]
    install: tuple[str, ...] = ()
    build: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """Something that differs, and the reason when it is meant."""

    field: str
    theirs: str
    ours: str
    why: str | None


def listed(text: str) -> tuple[str, ...]:
    """Return a JSON list of a cell; a cell that holds a remark instead says nothing."""
    return tuple(json.loads(text)) if text.startswith("[") else ()


def nixpacks_row(cells: dict[str, str]) -> Row | None:
    environment: dict[str, str] = {}
    file, plan = None, None
    for part in filter(None, (item.strip() for item in cells["config"].split(" ; "))):
        name, _, value = part.partition(" ")
        if name == "--env":
            key, _, content = value.partition("=")
            environment[key] = content
        elif name == "--config":
            file = value.partition(":")[0]
        elif name == "--json-plan":
            plan = json.dumps(json.JSONDecoder().raw_decode(value)[0])
        elif not re.match(r"nixpacks\.(toml|json):|test\.env|Procfile:", part):
            return None
    providers = listed(cells["providers"])
    start = cells["start_cmd"]
    node = bool(providers) and providers[0] in {"node", "staticfile"}
    return Row(
        cells["example"],
        buildplan.Options(env=environment, config=file, json_plan=plan),
        PROVIDERS.get(providers[0], providers[0]) if providers else None,
        start == "(none)" and "absentPhases" in cells["plan_details"] and "snapshot" not in cells["asserted_by"],
        start if start and start != "(none)" else None,
        {},
        listed(cells["setup_apt_pkgs"]),
        listed(cells["install_cmds"]) if node else (),
        listed(cells["build_cmds"]) if node else (),
    )


def railpack_row(cells: dict[str, str]) -> Row | None:
    if cells["case"].startswith("unit"):
        return None
    versions = {}
    for item in cells["versions_requested"].split(";"):
        match = re.fullmatch(r"\s*([a-z]+)=(\d[\w.]*)\s*(?:\[(.*)\])?", item)
        if match and match[1] in RUNTIMES and "default" not in (match[3] or ""):
            versions[match[1]] = match[2].removesuffix(".x").removesuffix(".x")
    environment = json.loads(cells["env"] or "{}")
    given = {name: value for name, value in environment.items() if name.startswith("RAILPACK_")}
    return Row(
        cells["example"],
        buildplan.Options(env=given, config=cells["config_file"] or None),
        PROVIDERS.get(cells["provider"], cells["provider"]) or None,
        bool(cells["should_fail"]) and "fail" in cells["plan_basis"],
        cells["start_cmd"] or None,
        versions,
        (),
    )


def bare(command: str) -> str:
    """Return a start command without what only its spelling says: defaults of PORT, `./`, `exec`, quotes."""
    text = re.sub(r"\$\{PORT:-\d+\}|\$PORT\b", "${PORT}", command)
    return re.sub(r"\s+", " ", re.sub(r"\bexec |['\"]|/app/|(?<![\w.])\./|bundle exec (?=rake)", "", text)).strip()


def _agree(one: str, other: str) -> bool:
    """Return whether one version is the other, or a line that it is of; `1.16-otp-26` is 1.16."""
    first, second = (f"{item.partition('-')[0]}." for item in (one, other))
    return first.startswith(second) or second.startswith(first)


def differences(row: Row, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield field, theirs, ours of what differs."""
    try:
        plan = buildplan.plan(folder, row.options)
    except buildplan.BuildplanError as error:
        if not row.fails:
            yield "error", row.start or row.provider or "a plan", str(error).split("\n", 1)[0]
        return
    if row.fails:
        yield "plan", "an error", plan.providers[0].name if plan.providers else "a plan"
        return
    ours = plan.providers[0].name if plan.providers else ""
    if row.provider is not None and ours != row.provider:
        yield "provider", row.provider, ours
    runtimes = {phase.runtime.name: phase.runtime.version for phase in plan.phases if phase.runtime is not None}
    runtimes.setdefault(plan.run.runtime.name, plan.run.runtime.version)
    for name, version in row.versions.items():
        known = runtimes.get(name)
        if known is not None and not _agree(version, known):
            yield "version", f"{name} {version}", f"{name} {known}"
    installed = plan.phase("install")
    text = " && ".join(installed.commands) if installed else ""
    for command in row.install:
        manager = command.split()[0]
        if (manager in MANAGERS and text and manager not in text.split()) or (
            manager not in MANAGERS and command not in text
        ):
            yield "install", command, text
    built = " && ".join(command for phase in plan.phases for command in phase.commands)
    for command in row.build:
        if re.sub(r"^(npm|pnpm|yarn|bun) (run )?", "", command) not in built:
            yield "build", command, built
    packages = {*plan.run.apt_packages, *(name for phase in plan.phases for name in phase.apt_packages)}
    missing = [name for name in row.apt if name not in packages]
    if missing:
        yield "apt", " ".join(missing), " ".join(sorted(packages))
    process = plan.process(plan.start)
    text = process.text if process else ""
    followed = row.start is None or re.fullmatch(r"(npm|pnpm|yarn|bun) run start", row.start)
    if row.start is not None and not followed and bare(text) != bare(row.start):
        yield "start", row.start, text


def reason(row: Row, field: str, theirs: str, ours: str, table: dict[str, object]) -> str | None:
    """Return why a difference is meant: that of the example, else that of the first kind that it is of."""
    own = table.get(row.example)
    if isinstance(own, dict) and field in own:
        return str(own[field])
    kinds = table.get("kinds")
    for kind in kinds if isinstance(kinds, list) else ():
        if kind["field"] == field and re.search(kind["theirs"], theirs) and re.search(kind.get("ours", ""), ours):
            return str(kind["why"])
    return None


def main(words: list[str]) -> int:
    shown = "--all" in words
    words = [word for word in words if word != "--all"]
    if len(words) != 3 or words[0] not in {"nixpacks", "railpack"}:
        print(__doc__, file=sys.stderr)
        return 2
    with Path(words[2]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    table = tomllib.loads(Path(__file__).with_name("deliberate.toml").read_text(encoding="utf-8"))
    verdicts: Counter[str] = Counter()
    for cells in rows:
        row = (nixpacks_row if words[0] == "nixpacks" else railpack_row)(cells)
        folder = Path(words[1], cells["example"])
        if row is None or not folder.is_dir():
            verdicts["not a tree of the suite"] += 1
            continue
        found = [Difference(*item, reason(row, *item, table)) for item in differences(row, folder)]
        verdict = "met" if not found else "missing" if any(item.why is None for item in found) else "meant"
        verdicts[verdict] += 1
        for item in found:
            if shown or item.why is None:
                why = item.why or "?"
                print(f"{row.example} {item.field}\n  theirs  {item.theirs}\n  ours    {item.ours}\n  why     {why}")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))
    return int(verdicts["missing"] > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
