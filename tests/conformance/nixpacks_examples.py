"""Our plans beside those of Nixpacks, over its own examples.

    python tests/conformance/nixpacks_examples.py EXAMPLES_FOLDER ROWS.tsv

EXAMPLES_FOLDER is `examples/` of railwayapp/nixpacks; ROWS.tsv has one row for each example and configuration (columns:
`shared/reference/nixpacks.md` section 14). Rows of Node, static sites and pure configuration are compared: provider,
package manager, build command, start command, apt packages. Each difference is printed; those that are meant are listed
with their reason in `deliberate.toml` beside this file. Exit status 1 when a difference has no reason.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import buildplan

PROVIDERS = {"staticfile": "static"}
MANAGERS = {"npm", "pnpm", "yarn", "bun"}


@dataclass(frozen=True)
class Difference:
    example: str
    field: str
    theirs: str
    ours: str


def options(config: str) -> buildplan.Options | None:
    """Return the options that a row was run with; None for what is not a command line."""
    environment: dict[str, str] = {}
    file, plan = None, None
    for part in filter(None, (item.strip() for item in config.split(" ; "))):
        name, _, value = part.partition(" ")
        if name == "--env":
            key, _, content = value.partition("=")
            environment[key] = content
        elif name == "--config":
            file = value.partition(":")[0]
        elif name == "--json-plan":
            plan = json.dumps(json.JSONDecoder().raw_decode(value)[0])
        elif not re.match(r"nixpacks\.(toml|json):|test\.env", part):
            return None
    return buildplan.Options(env=environment, config=file, json_plan=plan)


def compare(row: dict[str, str], plan: buildplan.BuildPlan) -> list[Difference]:
    example = row["example"]
    found = []

    def differ(field: str, theirs: str, ours: str) -> None:
        found.append(Difference(example, field, theirs, ours))

    providers = json.loads(row["providers"] or "[]")
    if providers:
        wanted = PROVIDERS.get(providers[0], providers[0])
        if plan.providers[0].name != wanted:
            differ("provider", wanted, plan.providers[0].name)
    install = plan.phase("install")
    ours = " && ".join(install.commands) if install else ""
    for command in json.loads(row["install_cmds"] or "[]"):
        manager = command.split()[0]
        if manager in MANAGERS and ours and manager not in ours.split():
            differ("install", command, ours)
        if manager not in MANAGERS and command not in ours:
            differ("install", command, ours)
    built = " && ".join(command for phase in plan.phases for command in phase.commands)
    for command in json.loads(row["build_cmds"] or "[]"):
        script = re.sub(r"^(npm|pnpm|yarn|bun) (run )?", "", command)
        if script not in built:
            differ("build", command, built)
    start = plan.process(plan.start)
    text = start.text if start else ""
    expected = row["start_cmd"]
    followed = re.fullmatch(r"(npm|pnpm|yarn|bun) run start", expected)
    if expected and expected != "(none)" and not followed and text != expected:
        differ("start", expected, text)
    packages = {*plan.run.apt_packages, *(name for phase in plan.phases for name in phase.apt_packages)}
    missing = [name for name in json.loads(row["setup_apt_pkgs"] or "[]") if name not in packages]
    if missing:
        differ("apt", " ".join(missing), " ".join(sorted(packages)))
    return found


def differences(examples: Path, rows: list[dict[str, str]]) -> tuple[int, list[Difference]]:
    """Return how many rows were compared, and what differs."""
    compared, found = 0, []
    for row in rows:
        providers = json.loads(row["providers"]) if row["providers"].startswith("[") else None
        relevant = providers is not None and (not providers or providers[0] in {"node", "staticfile"})
        asked = options(row["config"])
        folder = examples / row["example"]
        if not relevant or asked is None or "snapshot" not in row["asserted_by"] or not folder.is_dir():
            continue
        compared += 1
        try:
            found += compare(row, buildplan.plan(folder, asked))
        except buildplan.BuildplanError as error:
            found.append(Difference(row["example"], "error", row["start_cmd"], str(error).split("\n", 1)[0]))
    return compared, found


def main(words: list[str]) -> int:
    if len(words) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with Path(words[1]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    reasons = tomllib.loads(Path(__file__).with_name("deliberate.toml").read_text(encoding="utf-8"))
    compared, found = differences(Path(words[0]), rows)
    unexplained = 0
    for item in found:
        reason = reasons.get(item.example, {}).get(item.field)
        unexplained += reason is None
        print(f"{item.example} {item.field}\n  theirs  {item.theirs}\n  ours    {item.ours}\n  why     {reason or '?'}")
    print(f"{compared} rows compared, {len(found)} differences, {unexplained} without a reason")
    return int(unexplained > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
