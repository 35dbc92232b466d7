"""YAML files that people edit too: read with comments, anchors and quotes, and written with nothing else changed.

Three documents are merged by key: what was generated, what a person made of it, and what is generated now. A key that a
person put in or took out stays so; a list is a set, but for those that are words of a command. Then only the lines that
differ are put into the person's text, so that its own form stays.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import MutableMapping
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.write.three_way import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from buildplan.write.merge import Resolution

_WORDS = frozenset({"command", "entrypoint", "test"})
_INDENTED = re.compile(r"^( +)\S", re.MULTILINE)
_ITEM = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)-( +)\S", re.MULTILINE)
_WIDE = 4096
# YAML has other readers than this one: numbers, times and words of YAML 1.1 get quotes.
_PLAIN = re.compile(
    r"[A-Za-z./$](?:[^\s#:,\[\]{}&*!|>'\"%@`]|:(?=[^\s]))*"
    r"|\$\{[^\n#\"]*\}"
    r"|[a-z0-9+]+://[^\s#\"]+"
    r"|\d{1,4}[smh]"
)
_NOT_TEXTS = frozenset({"no", "yes", "on", "off", "true", "false", "null", "y", "n"})


class Merged(NamedTuple):
    """A merged text, and where the person's file and the generated one disagree."""

    text: str
    conflicts: tuple[Conflict, ...] = ()


def load(text: str, path: str) -> Any:
    """Return the document, None for an empty one; raises FileError with the line for what is not YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML()
    yaml.preserve_quotes = True
    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        problem = str(error.problem).split("\n")[0]
        raise FileError(f"it is not YAML: {problem}", origin=Origin(path, line), hint="correct the file") from error
    except (YAMLError, RecursionError, ValueError) as error:
        problem = str(error).split("\n")[0]
        raise FileError(f"it is not YAML: {problem}", origin=Origin(path), hint="correct the file") from error


def dump(document: Any, like: str = "") -> str:
    """Return a document as text, indented as the text `like` is."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    first = _INDENTED.search(like)
    step = len(first[1]) if first is not None else 2
    item = _ITEM.search(like)
    offset = len(item[2]) - len(item[1]) if item is not None else 2
    yaml.indent(
        mapping=step, sequence=max(offset, 0) + 1 + (len(item[3]) if item is not None else 1), offset=max(offset, 0)
    )
    yaml.representer.add_representer(type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", ""))
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def styled(value: Any, key: str = "") -> Any:
    """Return plain values as they are usually written: words of a command in one line, what is no word in quotes."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, dict):
        return CommentedMap((name, styled(item, name)) for name, item in value.items())
    if isinstance(value, list):
        made = CommentedSeq(
            DoubleQuotedScalarString(item) if key in _WORDS and isinstance(item, str) else styled(item)
            for item in value
        )
        if key in _WORDS:
            made.fa.set_flow_style()
        return made
    if isinstance(value, str) and (not _PLAIN.fullmatch(value) or value in _NOT_TEXTS):
        return DoubleQuotedScalarString(value)
    return value


def merged(own: str, base: str, new: str, path: str, resolution: Resolution | None) -> Merged:
    """Return a person's text with what `new` has otherwise than `base`; raises FileError for what is not YAML.

    With conflicts and no resolution the text is the person's.
    """
    documents = [load(own, path) for _ in range(2)]
    old, current = load(base, path) or {}, load(new, path)
    for document in documents:
        if document is not None and not isinstance(document, MutableMapping):
            raise FileError("it is not a table of keys and values", origin=Origin(path, 1), hint="correct the file")
    before = dump(documents[0], own) if documents[0] is not None else ""
    mine, theirs = (current if document is None else document for document in documents)
    conflicts: list[Conflict] = []
    if documents[0] is not None:
        _merge(mine, old, current, (), conflicts, take=False)
        _merge(theirs, old, current, (), [], take=True)
    if conflicts and resolution is None:
        return Merged(own, tuple(conflicts))
    texts = [_patched(own, before, dump(document, own)) for document in (mine, theirs)]
    if not conflicts or resolution == "mine":
        return Merged(texts[0], tuple(conflicts))
    return Merged(texts[1] if resolution == "theirs" else _marked(*texts), tuple(conflicts))


def _merge(
    own: Any,
    base: Mapping[str, Any],
    new: Mapping[str, Any],
    place: tuple[str, ...],
    conflicts: list[Conflict],
    *,
    take: bool,
) -> None:
    """Bring into `own` what changed from `base` to `new`; of what both changed it is `new` with `take`."""
    for key, value in new.items():
        before = base.get(key)
        if key not in own:
            if key not in base:
                own[key] = value
            continue
        mine = own[key]
        if value in (mine, before):
            continue
        if isinstance(mine, MutableMapping) and isinstance(value, MutableMapping):
            _merge(
                mine, before if isinstance(before, MutableMapping) else {}, value, (*place, key), conflicts, take=take
            )
            continue
        if isinstance(mine, list) and isinstance(value, list) and key not in _WORDS:
            items = _items(mine, before if isinstance(before, list) else [], value)
            if items is not None:
                _fill(mine, items)
                continue
        if mine == before:
            _replace(own, key, value)
            continue
        conflicts.append(_conflict(own, key, value, place))
        if take:
            _replace(own, key, value)
    for key, before in base.items():
        if key in new or key not in own:
            continue
        if own[key] == before:
            del own[key]
        elif isinstance(own[key], MutableMapping) and isinstance(before, MutableMapping):
            # What a person put into it stays.
            _merge(own[key], before, {}, (*place, key), conflicts, take=take)


def _replace(own: Any, key: str, value: Any) -> None:
    """Put a value in the place of another, which keeps what a person wrote behind it."""
    comment = _comment_behind(own, key)
    own[key] = value
    if comment is not None:
        _put_behind(own, key, comment)


def _fill(own: Any, items: list[Any]) -> None:
    """Give a list other items; a comment stays behind its item, and one behind the last behind the last."""
    old = list(own)
    comments = dict(own.ca.items)
    last = comments.pop(len(old) - 1, None)
    del own[:]
    own.extend(items)
    own.ca.items.clear()
    for index, comment in comments.items():
        if old[index] in items:
            own.ca.items[items.index(old[index])] = comment
    if last is not None and items:
        own.ca.items[len(items) - 1] = last


def _last(own: Any, key: Any) -> tuple[Any, Any]:
    """Return the container and the key of the last value below a key, behind which comments stand."""
    value = own[key]
    if not value or not hasattr(value, "ca") or value.fa.flow_style():
        return own, key
    return _last(value, len(value) - 1 if isinstance(value, list) else list(value)[-1])


def _comment_behind(own: Any, key: str) -> Any:
    container, last = _last(own, key)
    tokens = container.ca.items.get(last)
    return None if tokens is None else tokens[0 if isinstance(container, list) else 2]


def _put_behind(own: Any, key: str, comment: Any) -> None:
    container, last = _last(own, key)
    tokens = [comment, None] if isinstance(container, list) else [None, None, comment, None]
    container.ca.items[last] = tokens


def _items(own: Sequence[Any], base: Sequence[Any], new: Sequence[Any]) -> list[Any] | None:
    """Return a list that both sides changed, None where both put something else in the place of the same."""
    added, brought = [item for item in own if item not in base], [item for item in new if item not in base]
    both = [item for item in base if item not in own and item not in new]
    if both and added and [item for item in brought if item not in own]:
        return None
    kept = [item for item in own if item in new or item not in base]
    return [*kept, *(item for item in brought if item not in own)]


def _conflict(own: Any, key: str, value: Any, place: tuple[str, ...]) -> Conflict:
    line = own.lc.key(key)[0] + 1 if hasattr(own, "lc") and key in own.lc.data else 1
    shown = [tuple(dump({key: item}).rstrip().split("\n")) for item in (own[key], value)]
    where = ".".join((*place, key))
    return Conflict(line, shown[0], shown[1], f"you and the plan both changed `{where}`")


def _patched(own: str, before: str, after: str) -> str:
    """Return a person's text with the lines that differ between two forms of it, which are written alike."""
    mine, old, new = (text.splitlines(keepends=True) for text in (own, before, after))
    same = {
        block.a + offset: block.b + offset
        for block in SequenceMatcher(None, old, mine, autojunk=False).get_matching_blocks()
        for offset in range(block.size)
    }
    result: list[str] = []
    position = 0
    for tag, low, high, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        # The change stands between two lines that the person's text has as they are, or it cannot be placed.
        if any(index not in same for index in range(low, high)):
            return after
        if low < high:
            start, end = same[low], same[high - 1] + 1
        elif low in same:
            start = end = same[low]
        elif low == len(old):
            start = end = len(mine)
        elif low - 1 in same:
            start = end = same[low - 1] + 1
        else:
            return after
        if start < position or end - start != high - low:
            return after
        result += mine[position:start]
        if result and not result[-1].endswith("\n"):
            result[-1] += "\n"
        block = new[first:last]
        # What stands behind a value is about what follows, and stays.
        behind = _tail(old[low:high])
        if _tail(block)[-len(behind) :] != behind:
            block += [line for line in behind if line not in _tail(block)]
        if low == high:
            block = _with_gaps(block, result, mine[end:], mine)
        result += block
        position = end
    return "".join((*result, *mine[position:]))


def _tail(lines: list[str]) -> list[str]:
    """Return the comments and empty lines at the end."""
    start = len(lines)
    while start and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith("#")):
        start -= 1
    return lines[start:]


def _with_gaps(block: list[str], before: list[str], after: list[str], whole: list[str]) -> list[str]:
    """Return lines that are put in with empty lines around them, where a person has those between such blocks."""
    depth = _depth(block[0])
    if not any(not line.strip() and _depth(following) == depth for line, following in itertools.pairwise(whole)):
        return block
    if before and before[-1].strip() and _depth(before[-1]) >= depth:
        block = ["\n", *block]
    if after and after[0].strip() and block[-1].strip() and _depth(after[0]) < _depth(block[-1]):
        block = [*block, "\n"]
    return block


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _marked(mine: str, theirs: str) -> str:
    own, new = mine.splitlines(keepends=True), theirs.splitlines(keepends=True)
    return "".join(_with_markers(own, new))


def _with_markers(own: list[str], new: list[str]) -> Iterator[str]:
    for tag, low, high, first, last in SequenceMatcher(None, own, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from own[low:high]
        else:
            yield from ("<<<<<<< yours\n", *own[low:high], "=======\n", *new[first:last], ">>>>>>> buildplan\n")
