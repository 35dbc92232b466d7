"""What a generated Dockerfile was written with: its options, and the directory whose plan it is."""

from __future__ import annotations

from dataclasses import dataclass

from buildplan.config.options import Options
from buildplan.errors import ConfigError, FileError
from buildplan.model.origin import Origin
from buildplan.read import dockerignore
from buildplan.write.stamp import read_stamp

DOCKERFILE = "Dockerfile"
_HINT = "correct the line, or remove it and write the file with its options anew"


@dataclass(frozen=True, slots=True)
class Recorded:
    """`directory` is the build context in the tree, `""` for the root; `file` is the Dockerfile's path below it."""

    directory: str
    file: str
    options: Options


def read(path: str, text: str) -> Recorded:
    """Return what the Dockerfile at `path` of a tree was written with; without a record it belongs to its directory.

    Raises FileError for a record that a person has broken.
    """
    directory, _, name = path.rpartition("/")
    _, stamp = read_stamp(text)
    if stamp is None or not stamp.options:
        return Recorded(directory, name, Options())
    from buildplan.config import command_line

    origin = Origin(path, stamp.line)
    try:
        options, file = command_line.from_text(stamp.options)
    except ConfigError as error:
        problem = f"the options that it was written with cannot be read: {error.problem}"
        raise FileError(problem, origin=origin, hint=_HINT) from error
    if file is None:
        return Recorded(directory, name, options)
    if f"/{path}".endswith(f"/{file}"):
        return Recorded(path.removesuffix(file).rstrip("/"), file, options)
    problem = f"it says that it is `{file[:80]}` of its build context, and here it is `{path}`"
    hint = "if it was moved, move it back; if the directory of its build context was not given, give that"
    raise FileError(problem, origin=origin, hint=hint)


def ignore_file(path: str, directory: str) -> str:
    """Return the path of the ignore file that is written for the Dockerfile at `path` with that build context.

    Source, checked 2026-11-24: https://docs.docker.com/build/concepts/context/#filename-and-location (a Dockerfile may
    have one of its own, beside it).
    """
    common = f"{directory}/{DOCKERFILE}".lstrip("/")
    if path == common:
        return f"{directory}/{dockerignore.PATH}".lstrip("/")
    return f"{path}{dockerignore.PATH}"
