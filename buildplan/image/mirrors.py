"""Stages whose package managers fetch from the owner's mirrors, and whose programs trust the owner's certificates.

What each tool is told is data (`catalogue/mirrors.toml`); here is where it stands in a stage.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan.catalogue import mirrors
from buildplan.image.instructions import Command, Comment, Copy, Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.mirrors import Mirror
    from buildplan.image.instructions import Instruction
    from buildplan.model.build_plan import BuildPlan

_FOLDER = "/usr/local/share/ca-certificates"
_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def reference(image: str, given: tuple[tuple[str, str], ...]) -> str:
    """Return the image reference with its registry replaced by the owner's mirror, if there is one."""
    first, _, rest = image.partition("/")
    if rest and mirrors.is_registry(first):
        registry, name = first, rest
    else:
        registry, name = "docker.io", image if rest else f"library/{image}"
    for source, mirror in given:
        if source == registry:
            return f"{mirror.rstrip('/')}/{name}"
    return image


def used(
    plan: BuildPlan, instructions: tuple[Instruction, ...], runtime: str, done: frozenset[str] = frozenset()
) -> tuple[Instruction, ...]:
    """Return the instructions of a stage with what lets them fetch from the mirrors of the plan.

    `done` are the mirrors that the stage below has.
    """
    for name, url in plan.mirrors:
        row = mirrors.mirrors().get(name)
        if row is None:
            continue
        instructions = tuple(_edited(item, row) for item in instructions)
        if name not in done:
            # Where no command names a program of the row, a script may run it.
            hidden = not any(mirrors.runs(phase.commands, row.programs) for phase in plan.phases)
            asked = hidden and runtime in row.runtimes
            instructions = _with_mirror(instructions, row, url.rstrip("/"), asked=asked)
    return instructions


def known(instructions: tuple[Instruction, ...]) -> frozenset[str]:
    """Return the mirrors that a stage has, for those that go on from it."""
    fields = (field for item in instructions for field in item.fields)
    return frozenset(field.removeprefix("mirrors.") for field in fields if field.startswith("mirrors."))


def _edited(item: Instruction, row: Mirror) -> Instruction:
    if not isinstance(item, Command):
        return item
    lines = item.lines
    for pattern, replacement in row.edits:
        lines = tuple(re.sub(pattern, replacement, line) for line in lines)
    return item._replace(lines=lines)


def _with_mirror(
    instructions: tuple[Instruction, ...], row: Mirror, url: str, *, asked: bool
) -> tuple[Instruction, ...]:
    commands = {
        index: " ".join(item.lines)
        for index, item in enumerate(instructions)
        if isinstance(item, Command) and "ca_certificates" not in item.fields
    }
    places = [index for index, text in commands.items() if mirrors.runs([text], row.programs)]
    if not places and not (asked and commands):
        return instructions
    first = min(places or commands)
    # Above the comment that begins the block of that step.
    place = next((index for index in range(first, 0, -1) if isinstance(instructions[index], Comment)), first)
    added = tuple(_settings(row, url, list(commands.values())))
    return (*instructions[:place], *added, *instructions[place:])


def _settings(row: Mirror, url: str, commands: list[str]) -> Iterator[Instruction]:
    fields = (f"mirrors.{row.name}",)
    what = row.title.partition(":")[0]
    yield Comment(f"{what[:1].upper()}{what[1:]} come from a mirror", fields)
    variables = tuple(
        (item.name, item.value[0].replace("{url}", url)) for item in row.variables if item.counts("", commands)
    )
    if variables:
        yield Environment(variables, fields=fields)
    for item in row.files:
        if item.counts("", commands):
            lines = [f"    {shlex.quote(line.replace('{url}', url))}" for line in item.value]
            lines[-1] += f" > {item.name}"
            folder = item.name.rpartition("/")[0]
            yield Command((f"mkdir -p {folder} && printf '%s\\n'", *lines), fields=fields)
    if row.command is not None:
        yield Command((row.command.replace("{url}", url),), fields=fields)


def trusted(
    plan: BuildPlan, runtime: str, commands: tuple[str, ...] = (), *, is_site: bool = False
) -> Iterator[Instruction]:
    """Yield what lets every program of a stage trust the owner's certificate authorities.

    A web server of finished files calls nobody, and its image has another user than root.
    """
    if not plan.ca_certificates or is_site:
        return
    fields = ("ca_certificates",)
    yield Comment("Certificate authorities of this organisation", fields)
    names = _names(plan.ca_certificates)
    for path, name in names.items():
        yield Copy((path,), f"{_FOLDER}/{name}", fields=fields)
    # Slim images have no ca-certificates package, and behind an inspecting proxy it cannot be fetched without one.
    # `awk 1` ends each file with a line end, so that no two certificates share a line.
    files = " ".join(f"{_FOLDER}/{name}" for name in names.values())
    lines = [f"mkdir -p {_BUNDLE.rpartition('/')[0]}", f"&& awk 1 {files} >> {_BUNDLE}"]
    if mirrors.java_store().counts(runtime, commands):
        lines += [
            "&& keytool -importcert -noprompt -trustcacerts -cacerts -storepass changeit "
            f"-alias {name.removesuffix('.crt')} -file {_FOLDER}/{name}"
            for name in names.values()
        ]
    yield Command(tuple(lines), fields=fields)
    variables = (item for item in mirrors.certificate_variables() if item.counts(runtime, commands))
    yield Environment(tuple((item.name, _BUNDLE) for item in variables), fields=fields)


def _names(paths: tuple[str, ...]) -> dict[str, str]:
    """Return path → name in the image, where no two are the same."""
    found: dict[str, str] = {}
    for path in paths:
        name = path.rpartition("/")[2].rpartition(".")[0]
        while f"{name}.crt" in found.values():
            name += "-2"
        found[path] = f"{name}.crt"
    return found
