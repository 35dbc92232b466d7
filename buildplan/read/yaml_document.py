"""YAML files (`pnpm-workspace.yaml`, `.yarnrc.yml`, `Staticfile`, `mkdocs.yml`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.read.document import Document, Key
from buildplan.source.budget import check_size

if TYPE_CHECKING:
    from buildplan.source import SourceTree

# A node of the parser has some 500 bytes. Aliases may expand to as many values again.
MAX_NODES = 100_000


def read(tree: SourceTree, path: str) -> Document:
    """Return the parsed file; an empty file is an empty table.

    Tags other than YAML's own are read as plain values, since `mkdocs.yml` uses `!!python/name`.
    Raises FileError for what cannot be read, is not YAML, or is not a table.
    """

    def parsed() -> Document:
        text = tree.text(path)
        nodes = sum(map(text.count, ("\n", ",", "[", "{", "- ")))
        check_size(path, "values", nodes, MAX_NODES)
        tree.budget.spend(4 * nodes + len(text) // 100, path)
        return _parse(text, path)

    return tree.memo("yaml", path, parsed)


def _parse(text: str, path: str) -> Document:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
        lines: dict[tuple[Key, ...], int] = {}
        data = {} if root is None else _Builder(lines).value(root, ())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise FileError(f"it is not YAML: {error.problem}", origin=Origin(path, line)) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(error).split("\n")[0] or "it is nested too deeply"
        raise FileError(f"it is not YAML: {reason}", origin=Origin(path)) from error
    if not isinstance(data, dict):
        raise FileError("it is not a table of keys and values", origin=Origin(path, 1))
    return Document(path, data, lines.get)


class _Builder:
    """Turns YAML nodes into plain values and notes lines; aliases are followed, expansion is bounded."""

    def __init__(self, lines: dict[tuple[Key, ...], int]) -> None:
        self._lines = lines
        self._count = 0

    def value(self, node: Any, path: tuple[Key, ...]) -> Any:
        self._count += 1
        if self._count > MAX_NODES:
            raise ValueError("it expands to too many values")
        self._lines.setdefault(path, node.start_mark.line + 1)
        if node.id == "mapping":
            result: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = str(key_node.value) if key_node.id == "scalar" else ""
                self._lines[(*path, key)] = key_node.start_mark.line + 1
                result[key] = self.value(value_node, (*path, key))
            return result
        if node.id == "sequence":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node.tag, node.value)


def _scalar(tag: str, text: str) -> Any:
    if tag.endswith(":null"):
        return None
    if tag.endswith(":bool"):
        return text.lower() in {"true", "yes", "on"}
    if tag.endswith(":int"):
        try:
            return int(text.replace("_", ""), 0)
        except ValueError:
            return text
    return text
