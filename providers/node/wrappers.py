"""Programs that only start another program: what they start, and with which environment.

`cross-env`, `dotenv --`, `npx`, `exec` and their likes are taken off, so that the process of the image is the real one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from buildplan.read.shell import Simple, Word

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL | re.ASCII)
# Program → options that take a value; what is left after the options is the command.
_PLAIN = {
    "exec": (),
    "nohup": (),
    "time": (),
    "command": (),
    "tini": (),
    "dumb-init": (),
    "catchsegv": (),
    "npx": ("-p", "--package"),
    "bunx": ("-p", "--package"),
    "pnpx": (),
    "env": ("-u",),
    "cross-env": (),
    "cross-env-shell": (),
    "dotenv": ("-e", "-v", "-c", "-p"),
    "env-cmd": ("-f", "--file", "-e", "--environments", "-r", "--rc-file"),
}
# Program and sub-command → a secrets manager or file reader in front of `--`.
_RUNNERS = {"infisical": "run", "doppler": "run", "dotenvx": "run", "op": "run", "dotenv-vault": "run"}
# They fetch their values when the process starts; the image has neither the program nor the file.
_READERS = frozenset({"dotenv", "env-cmd", *_RUNNERS})
_MANAGERS = {
    "npm": ("exec", "x"),
    "pnpm": ("exec", "dlx"),
    "yarn": ("exec", "dlx", "node"),
    "bun": ("x",),
    "corepack": ("npm", "pnpm", "yarn"),
}


class Unwrapped(NamedTuple):
    """A command without wrappers; `readers` are the programs that would have read variables from elsewhere."""

    command: Simple
    environment: tuple[tuple[str, Word], ...] = ()
    readers: tuple[str, ...] = ()


def unwrap(command: Simple) -> Unwrapped:
    """Return what a command starts in the end."""
    environment: list[tuple[str, Word]] = []
    readers: list[str] = []
    while True:
        environment.extend(command.assignments)
        command = command._replace(assignments=())
        rest = _inner(command)
        if rest is None or not rest.words:
            return Unwrapped(_without_node_flags(command), tuple(environment), tuple(readers))
        if command.program in _READERS:
            readers.append(command.program)
        command = rest


def _inner(command: Simple) -> Simple | None:
    """Return the command behind one wrapper, its assignments taken off; None when it is no wrapper."""
    program = command.program
    words = command.words
    if program in _PLAIN:
        return _after_options(command, _PLAIN[program])
    if program in _RUNNERS and len(words) > 1 and words[1].text == _RUNNERS[program]:
        texts = [word.text for word in words]
        return command.without(texts.index("--") + 1) if "--" in texts else None
    if program in _MANAGERS and len(words) > 1 and words[1].text in _MANAGERS[program]:
        keeps_word = program == "corepack" or words[1].text == "node"
        rest = command.without(1 if keeps_word else 2)
        return rest if keeps_word else _after_options(rest._replace(words=(words[0], *rest.words)), ("-p", "--package"))
    return None


def _after_options(command: Simple, with_value: tuple[str, ...]) -> Simple | None:
    """Return what stands behind the options, `--` and `NAME=value` words of a wrapper."""
    words = command.words[1:]
    assignments: list[tuple[str, Word]] = []
    index = 0
    while index < len(words):
        text = words[index].text
        match = _ASSIGNMENT.fullmatch(text)
        if text in {"-c", "--call"} and "-c" not in with_value:
            return None
        if text in with_value and not (text == "-c" and _is_separator(words, index + 1)):
            index += 2
        elif text == "--" or text.startswith("-"):
            index += 1
        elif match:
            value = Word(match[2], expands=words[index].expands)
            assignments.append((match[1], value))
            index += 1
        else:
            break
    if index >= len(words):
        return None
    return command._replace(assignments=tuple(assignments), words=words[index:])


def _is_separator(words: tuple[Word, ...], index: int) -> bool:
    return index < len(words) and words[index].text == "--"


def _without_node_flags(command: Simple) -> Simple:
    """Take off what only helps a developer (`node --watch`) or needs a file that is not in the image."""
    if command.program not in {"node", "tsx", "bun"}:
        return command
    kept: list[Word] = []
    skip = False
    in_options = True
    for index, word in enumerate(command.words):
        text = word.text
        if skip:
            skip = False
            continue
        if index and in_options and not text.startswith("-") and not (command.program == "tsx" and text == "watch"):
            in_options = False
        if in_options and index:
            name = text.partition("=")[0]
            if name in {"--watch", "--watch-path", "--watch-preserve-output", "--hot", "--env-file", "watch"}:
                skip = name in {"--watch-path", "--env-file"} and "=" not in text
                continue
        kept.append(word)
    return command._replace(words=tuple(kept))


def env_file(command: Simple) -> str | None:
    """Return the file that `node --env-file` reads, which is never in the image; None when there is none."""
    texts = [word.text for word in command.words]
    for index, text in enumerate(texts):
        if text.startswith("--env-file="):
            return text.partition("=")[2]
        if text == "--env-file" and index + 1 < len(texts):
            return texts[index + 1]
    return None
