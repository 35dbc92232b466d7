"""The simple commands in a RUN, CMD or ENTRYPOINT, as far as they can be known without running a shell.

A command is *certain* when it runs whatever happens: not inside `if`, `case` or a loop, and not beside `||`, where the
author has thought of its failing. What the rules say is said of certain commands only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.drift.dockerfile import Instruction

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII | re.DOTALL)
_REFERENCE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_OPERATORS = ("&&", "||", ";;", ";", "|&", "|", "&", "(", ")", "\n")
_OPENS = {"if", "for", "while", "until", "case", "select"}
_CLOSES = {"fi", "done", "esac"}
_GLUE = {"then", "do", "else", "elif", "{", "}", "!", "time"}
# A chain that goes on only when one of these succeeds is a question, not a step.
_QUESTIONS = {"[", "[[", "test", "command", "which", "type", "grep", "hash"}
_WRAPPERS = {"exec", "sudo", "nice", "nohup", "env", "corepack", "chronic", "eatmydata"}
_SHELLS = {"sh", "bash", "/bin/sh", "/bin/bash", "ash", "dash", "/bin/ash"}
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: the program and its arguments, quotes removed, known variables replaced.

    A word that only the shell can know keeps its `$` or its backquote. `environment` are assignments before the
    program, `directory` where earlier `cd`s of the same line lead to (relative to WORKDIR, or absolute; None when that
    is unknown). `writes` are the files that its output goes to.
    """

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    directory: str | None = ""
    certain: bool = True
    writes: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """The name of the program, without its directory."""
        return self.words[0].rpartition("/")[2] if self.words else ""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    operator: bool = False


def commands_of(instruction: Instruction) -> tuple[Command, ...]:
    """Return the commands of a RUN, CMD, ENTRYPOINT or HEALTHCHECK, in order; empty when it cannot be understood."""
    variables = dict(instruction.variables)
    texts = [word.text for word in instruction.words]
    if instruction.name == "HEALTHCHECK":
        texts = texts[1:]
    if instruction.is_json:
        return commands_of_words(tuple(texts), variables)
    line = " ".join(texts)
    documents = [document.content for document in instruction.here_documents]
    found = commands_in(line, variables)
    if not documents:
        return found
    # `RUN <<EOF` and `RUN bash <<EOF` run the text; any other program is only fed with it.
    if not found or (found[0].words and found[0].words[0] in _SHELLS and len(found[0].words) == 1):
        return tuple(command for document in documents for command in commands_in(document, variables))
    return found


def commands_of_words(words: tuple[str, ...], variables: Mapping[str, str], depth: int = 0) -> tuple[Command, ...]:
    """Return the commands of an argument list: itself, or what a `sh -c` in it runs."""
    if not words:
        return ()
    if words[0] in _SHELLS and depth < _MAX_DEPTH:
        for index, word in enumerate(words[1:-1], 1):
            if re.fullmatch(r"-[a-z]*c", word):
                return commands_in(words[index + 1], variables, depth + 1)
    return (Command(words),)


def commands_in(line: str, variables: Mapping[str, str], depth: int = 0) -> tuple[Command, ...]:
    """Return the commands of a shell line or script; empty when it has an open quote or bracket."""
    tokens = _tokens(line)
    if tokens is None:
        return ()
    reader = _Commands(variables, depth)
    for token in tokens:
        reader.add(token)
    return reader.result()


class _Commands:
    """Turns tokens into commands and keeps where in the script it is."""

    def __init__(self, variables: Mapping[str, str], depth: int) -> None:
        self._variables = dict(variables)
        self._depth = depth
        self._found: list[Command] = []
        self._words: list[str] = []
        self._nesting = 0
        self._directories: list[str | None] = [""]
        self._chain = 0
        self._asks = False
        self._writes: list[str] = []
        self._redirect: str | None = None

    def add(self, token: _Token) -> None:
        if token.operator:
            self._operator(token.text)
        elif self._redirect is not None:
            if ">" in self._redirect and not token.text.startswith("/dev/"):
                self._writes.append(token.text)
            self._redirect = None
        elif _is_redirection(token.text):
            self._redirection(token.text)
        else:
            self._word(token.text)

    def result(self) -> tuple[Command, ...]:
        self._end()
        return tuple(self._found)

    def _operator(self, text: str) -> None:
        self._end()
        if text == "||":
            self._found[self._chain :] = [replace(item, certain=False) for item in self._found[self._chain :]]
            self._asks = True
        elif text in {";", "\n", "&", ";;"}:
            self._chain = len(self._found)
            self._asks = False
        elif text == "(":
            self._directories.append(self._directories[-1])
        elif text == ")" and len(self._directories) > 1:
            self._directories.pop()

    def _redirection(self, text: str) -> None:
        # `2>&1` and `<<EOF` are whole; `>` and `>>` may be followed by their file.
        target = text.lstrip("0123456789&<>|")
        if ">" in text and target and not re.search(r"[<>]&", text) and not target.startswith("/dev/"):
            self._writes.append(target)
        self._redirect = text if text[-1] in "<>|" else None

    def _word(self, text: str) -> None:
        if not self._words:
            if text in _OPENS:
                self._nesting += 1
            elif text in _CLOSES:
                self._nesting = max(0, self._nesting - 1)
                return
            if text in _GLUE:
                return
        self._words.append(text)

    def _end(self) -> None:
        words = [self._replaced(word) for word in self._words]
        writes = tuple(self._replaced(word) for word in self._writes)
        self._words, self._writes, self._redirect = [], [], None
        environment = []
        while words and (match := _ASSIGNMENT.fullmatch(words[0])):
            environment.append((match[1], match[2]))
            words.pop(0)
        if not words:
            if self._nesting == 0:
                self._variables.update(environment)
            return
        words = _unwrapped(words)
        if not words:
            return
        if words[0] == "cd":
            self._change_directory(words[1] if len(words) > 1 else "$HOME")
            return
        if words[0] == "export" and self._nesting == 0:
            self._variables.update(pair.partition("=")[::2] for pair in words[1:] if "=" in pair)
        certain = self._nesting == 0 and not self._asks
        if words[0] in _QUESTIONS:
            self._asks = True
        command = Command(tuple(words), tuple(environment), self._directories[-1], certain, writes)
        if words[0] in _SHELLS and self._depth < _MAX_DEPTH:
            inner = commands_of_words(tuple(words), self._variables, self._depth)
            self._found += [replace(item, certain=item.certain and certain) for item in inner]
        else:
            self._found.append(command)

    def _change_directory(self, target: str) -> None:
        current = self._directories[-1]
        if self._nesting or "$" in target or "`" in target or target.startswith(("~", "-")):
            self._directories[-1] = None
        elif target.startswith("/"):
            self._directories[-1] = target
        elif current is not None:
            self._directories[-1] = f"{current}/{target}" if current else target

    def _replaced(self, word: str) -> str:
        if "$" not in word:
            return word.replace("\0", "$")
        text = _REFERENCE.sub(lambda match: self._variables.get(match[1] or match[2], match[0]), word)
        return text.replace("\0", "$")


def _unwrapped(words: list[str]) -> list[str]:
    """Return the words without programs that only start another one; empty when that is not understood."""
    while words and words[0] in _WRAPPERS and len(words) > 1:
        rest = words[1:]
        while rest and words[0] in {"env", "sudo", "nice"} and (rest[0].startswith("-") or "=" in rest[0]):
            rest.pop(0)
        if words[0] == "corepack" and rest[0] not in {"npm", "pnpm", "yarn", "yarnpkg"}:
            return words
        words = rest
    return words


def _is_redirection(text: str) -> bool:
    return bool(re.fullmatch(r"\d*(?:<<?-?|>>?|<>|>\|)|\d*[<>]{1,2}-?&?[^<>(]*|&>>?.*", text)) and text[-1:] != "("


def _tokens(line: str) -> list[_Token] | None:  # noqa: C901, PLR0912, PLR0915  # one branch per kind of character
    """Return words and operators; None for an open quote or bracket.

    A dollar sign that stands between single quotes or behind a backslash is none: it comes back as NUL.
    """
    found: list[_Token] = []
    word = ""
    inside = False
    position = 0
    length = len(line)
    while position < length:
        char = line[position]
        if char in " \t\r":
            if inside:
                found.append(_Token(word))
            word, inside = "", False
            position += 1
        elif char == "#" and not inside:
            end = line.find("\n", position)
            position = length if end < 0 else end
        elif char == "'":
            end = line.find("'", position + 1)
            if end < 0:
                return None
            word += line[position + 1 : end].replace("$", "\0")
            inside, position = True, end + 1
        elif char == '"':
            quoted = _double_quoted(line, position + 1)
            if quoted is None:
                return None
            word, inside, position = word + quoted[0], True, quoted[1]
        elif char == "\\":
            following = line[position + 1 : position + 2]
            if following != "\n":
                word, inside = word + following.replace("$", "\0"), True
            position += 2
        elif char == "`" or line.startswith(("$(", "<(", ">("), position):
            closed = _closing(line, position)
            if closed is None:
                return None
            word, inside, position = word + line[position:closed], True, closed
        elif line.startswith("${", position):
            end = line.find("}", position)
            if end < 0:
                return None
            word, inside = word + line[position : end + 1], True
            position = end + 1
        elif operator := _operator_at(line, position, word):
            if inside:
                found.append(_Token(word))
            word, inside = "", False
            found.append(_Token(operator, operator=True))
            position += len(operator)
        elif char in "<>" and inside and not re.fullmatch(r"\d+|&|[\d<>&-]*[<>][<>&-]*", word):
            found.append(_Token(word))
            word = char
            position += 1
        else:
            word, inside = word + char, True
            position += 1
    if inside:
        found.append(_Token(word))
    return found


def _operator_at(line: str, position: int, word: str) -> str | None:
    # `2>&1`, `&>file`: no operator of the list.
    if line[position] == "&" and (word.endswith((">", "<")) or line.startswith("&>", position)):
        return None
    return next((operator for operator in _OPERATORS if line.startswith(operator, position)), None)


def _double_quoted(line: str, position: int) -> tuple[str, int] | None:
    """Return the text up to the closing quote and the position behind it; None when there is none."""
    text = ""
    while position < len(line):
        char = line[position]
        if char == '"':
            return text, position + 1
        if char == "\\" and line[position + 1 : position + 2] in {'"', "\\", "$", "`", "\n"}:
            following = line[position + 1]
            text += "" if following == "\n" else following.replace("$", "\0")
            position += 2
        elif char == "`" or line.startswith("$(", position):
            end = _closing(line, position)
            if end is None:
                return None
            text += line[position:end]
            position = end
        else:
            text += char
            position += 1
    return None


def _closing(line: str, position: int) -> int | None:
    """Return where a command substitution ends; brackets inside of quotes count too, which is good enough."""
    if line[position] == "`":
        end = line.find("`", position + 1)
        return None if end < 0 else end + 1
    depth = 0
    for index in range(position + 1, len(line)):
        if line[index] == "(":
            depth += 1
        elif line[index] == ")":
            depth -= 1
            if depth == 0:
                return index + 1
    return None
