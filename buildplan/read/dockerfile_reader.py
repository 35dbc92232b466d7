"""From the text of any Dockerfile to its stages; variables are replaced as BuildKit does.

Read with `e2b-dockerfile-utils`: BuildKit's parser in pure Python, without dependencies, kept for a much used SDK.
`dockerfile` (Go) has wheels for two platforms only; `dockerfile-parse` matches lines and knows no here-documents.

Sources, checked 2026-11-24: https://docs.docker.com/reference/dockerfile/ (parser directives, environment
replacement, scope of ARG, here-documents); the official parser refuses lines of more than 65535 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.read.dockerfile import Dockerfile, Flag, HereDocument, Instruction, Stage, Variable, Word, scripts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2b_dockerfile_utils import DockerfileInstruction

    from buildplan.source import SourceTree

MAX_BYTES = 256 * 1024
# More than anybody writes; the rules look at each stage with all those that it is built on.
MAX_STAGES = 300
# A longer value is not known. Variables that hold one another would double with each line.
MAX_VALUE = 4096
# What all words of a file may take out of variables together; the words after that are not known.
_MAX_EXPANDED = 256 * 1024
_MAX_LINE = 65535
# A comment that could be a parser directive; longer ones are none, and the parser's pattern is slow on them.
_MAX_DIRECTIVE = 1000
_CONFLICT = (re.compile(r"<{7}(?: .*)?"), re.compile(r"={7}"), re.compile(r">{7}(?: .*)?"))
_DIRECTIVE = re.compile(r"#\s{0,9}(syntax|escape|check)\s{0,9}=\s{0,9}(\S.*)", re.IGNORECASE)
_DOCKERS_OWN = re.compile(r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@]|$)")
_REFERENCE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_PLAIN = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})", re.ASCII)
# What the builder itself sets: the platform is another one on every machine.
_BUILDER = re.compile(r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)|TARGETSTAGE|BUILDKIT_\w+|(?i:\w+_proxy)")
_EXPANDED = {"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
_SHELL = {"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"}
_PAIRS = {"ENV", "LABEL"}


class MergeConflictError(FileError):
    """The file still holds both sides of a merge."""


def read(tree: SourceTree, path: str) -> Dockerfile:
    """Return the Dockerfile at a path of the tree.

    Raises FileError with a line for what is no Dockerfile, MergeConflictError for one with conflict markers.
    """
    text: Dockerfile = tree.memo("dockerfile", path, lambda: parse(tree.text(path), path))
    return text


def parse(text: str, path: str = "Dockerfile") -> Dockerfile:
    """Return the Dockerfile in a text; raises FileError with a line for what is none."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    _check_size(lines, path)
    _check_conflict(lines, path)
    directives = _directives(lines)
    frontend = dict(directives).get("syntax", "")
    try:
        escape, items = _parsed(_without_long_comments(lines), path)
    except FileError as error:
        if not frontend or _DOCKERS_OWN.match(frontend):
            raise
        problem = f"it is written for the frontend `{frontend[:80]}`, whose instructions are not Docker's"
        hint = "leave the file out with `dockerfiles` in buildplan.toml"
        raise FileError(problem, origin=error.origin, hint=hint) from error
    reading = _Reading(path, escape, lines)
    for item in items:
        reading.add(item)
    return reading.result(directives)


def _check_size(lines: list[str], path: str) -> None:
    if sum(map(len, lines)) > MAX_BYTES:
        raise FileError(
            f"it has more than {MAX_BYTES // 1024} kB, so it is not read",
            origin=Origin(path),
            hint="move data into a file of its own and COPY it",
        )
    for number, line in enumerate(lines, 1):
        if len(line) > _MAX_LINE:
            raise FileError(
                f"a line has more than {_MAX_LINE} characters, which no builder reads",
                origin=Origin(path, number),
                hint="break the line, or move data into a file of its own",
            )


def _check_conflict(lines: list[str], path: str) -> None:
    """Raise for the three markers of a merge conflict; one alone may stand in a here-document."""
    found: list[int] = []
    for number, line in enumerate(lines, 1):
        if _CONFLICT[len(found)].fullmatch(line.rstrip()):
            found.append(number)
        if len(found) == len(_CONFLICT):
            raise MergeConflictError(
                f"a merge conflict is left in it, from line {found[0]} to {number}",
                origin=Origin(path, found[0]),
                hint="decide for one side and remove the markers",
            )


def _without_long_comments(lines: list[str]) -> str:
    kept = []
    in_head = True
    for line in lines:
        in_head = in_head and (not line.strip() or line.lstrip().startswith("#"))
        kept.append("#" if in_head and len(line) > _MAX_DIRECTIVE else line)
    return "\n".join(kept)


def _directives(lines: list[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for line in lines:
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            break
        found.append((match[1].lower(), match[2].strip()))
    return tuple(found)


def _parsed(text: str, path: str) -> tuple[str, list[DockerfileInstruction]]:
    from e2b_dockerfile_utils import DockerfileSyntaxError, parse_dockerfile_ast

    try:
        ast = parse_dockerfile_ast(text)
    except DockerfileSyntaxError as error:
        message = re.sub(r"^Dockerfile parse error(?: on line \d+)?: ", "", str(error))
        message = " ".join(message.split())[:200]
        raise FileError(
            f"it is no Dockerfile: {message[:1].lower()}{message[1:]}",
            origin=Origin(path, error.line),
            hint=f"correct line {error.line}" if error.line else None,
        ) from error
    except (RecursionError, ValueError) as error:
        raise FileError("it is nested too deeply to be read", origin=Origin(path)) from error
    return ast.escape_token, ast.instructions


class _TooLongError(ValueError):
    """A word would become longer than any value is."""


class _Budget:
    """How many characters variables may still give."""

    def __init__(self) -> None:
        self._left = _MAX_EXPANDED

    def take(self, size: int) -> None:
        """Count characters; raises _TooLongError when they are used up."""
        self._left -= size
        if self._left < 0:
            raise _TooLongError


class _Scope(Mapping[str, str]):
    """What the lexer sees of the variables; it notes what it was asked for."""

    def __init__(self, own: dict[str, Variable], budget: _Budget, base: Stage | None = None) -> None:
        self._own = own
        self._base = base
        self._budget = budget
        self.unknown: list[str] = []
        self.arguments: list[str] = []

    def find(self, name: str) -> Variable | None:
        if name in self._own:
            return self._own[name]
        return None if self._base is None else self._base.variable(name)

    def __getitem__(self, name: str) -> str:
        variable = self.find(name)
        if variable is None or variable.value is None:
            self.unknown.append(name)
            raise KeyError(name)
        self._budget.take(len(variable.value))
        if variable.is_argument:
            self.arguments.append(name)
        return variable.value

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


class _Reading:
    """Takes instructions one by one and keeps what is set so far."""

    def __init__(self, path: str, escape: str, lines: list[str]) -> None:
        self._path = path
        self._escape = escape
        self._lines = lines
        self._arguments: list[Instruction] = []
        self._global: dict[str, Variable] = {}
        self._stages: list[Stage] = []
        self._current: list[Instruction] = []
        self._own: dict[str, Variable] = {}
        self._named: dict[str, Stage] = {}
        self._budget = _Budget()

    def add(self, item: DockerfileInstruction) -> None:
        if item.name == "FROM":
            self._begin(item)
            return
        if not self._stages:
            if item.name != "ARG":
                raise FileError(
                    f"`{item.name}` stands before the first `FROM`",
                    origin=Origin(self._path, item.start_line),
                    hint="begin with a FROM; only ARG may stand before it",
                )
            instruction = self._pairs(item, self._scope())
            self._arguments.append(self._with_line(instruction, item))
            for name, word in instruction.pairs:
                known = word.value if _has_value(item, name) else None
                self._global[name] = Variable(known, is_argument=True, line=item.start_line)
            return
        self._current.append(self._with_line(self._instruction(item), item))

    def result(self, directives: tuple[tuple[str, str], ...]) -> Dockerfile:
        if not self._stages:
            raise FileError("it holds no `FROM`", origin=Origin(self._path), hint="begin with a base image")
        self._finish()
        return Dockerfile(self._path, tuple(self._stages), tuple(self._arguments), directives)

    def _begin(self, item: DockerfileInstruction) -> None:
        self._finish()
        if len(self._stages) == MAX_STAGES:
            raise FileError(
                f"it has more than {MAX_STAGES} stages, so it is not read",
                origin=Origin(self._path, item.start_line),
                hint="split it into several Dockerfiles",
            )
        words = item.args
        named = len(words) == 3 and words[1].lower() == "as"  # noqa: PLR2004  # image AS name
        if len(words) != 1 and not named:
            raise FileError(
                f"`FROM` has {len(words)} words; expected an image, or `image AS name`",
                origin=Origin(self._path, item.start_line),
            )
        scope = _Scope(self._global, self._budget)
        image = self._word(words[0], scope)
        start = Instruction("FROM", item.start_line, item.end_line, self._flags(item, scope), words=(image,))
        start = self._with_line(start, item)
        base = None if image.value is None else self._named.get(image.value.lower())
        self._stages.append(Stage(len(self._stages), words[2] if named else None, start, image, base, ()))
        self._own = self._stages[-1].variables

    def _finish(self) -> None:
        if self._stages:
            stage = replace(self._stages[-1], instructions=tuple(self._current))
            self._stages[-1] = stage
            if stage.name:
                self._named[stage.name.lower()] = stage
        self._current = []

    def _with_line(self, instruction: Instruction, item: DockerfileInstruction) -> Instruction:
        """Return the instruction with its text: no comments, no line ends, and a script instead of a here-document."""
        if item.heredocs:
            texts = (text.replace("\\\n", " ") for text in scripts_of(instruction))
            scripts = [line.strip() for text in texts for line in text.split("\n")]
            steps = "; ".join(line for line in scripts if line and not line.startswith("#"))
            return instruction._replace(line=f"RUN {steps}" if steps else " ".join(item.original.split()))
        parts = [line.strip() for line in self._lines[item.start_line - 1 : item.end_line]]
        kept = (line.removesuffix(self._escape).rstrip() for line in parts if line and not line.startswith("#"))
        return instruction._replace(line=" ".join(kept))

    def _scope(self) -> _Scope:
        if not self._stages:
            return _Scope(self._global, self._budget)
        return _Scope(self._own, self._budget, self._stages[-1].base)

    def _instruction(self, item: DockerfileInstruction) -> Instruction:
        if item.name == "ONBUILD":
            return self._on_build(item)
        scope = self._scope()
        if item.name == "ARG":
            return self._argument(item)
        if item.name in _PAIRS:
            instruction = self._pairs(item, scope)
            if item.name == "ENV":
                for name, word in instruction.pairs:
                    self._own[name] = Variable(word.value, is_argument=False, line=item.start_line)
            return instruction
        if item.name in _EXPANDED:
            words = tuple(self._word(text, scope) for text in item.args)
        else:
            words = tuple(Word(text, text) for text in item.args)
        documents = tuple(HereDocument(item.content, item.expand) for item in item.heredocs)
        return Instruction(
            item.name,
            item.start_line,
            item.end_line,
            self._flags(item, scope),
            words=words,
            is_json=item.json,
            here_documents=documents,
            variables=_mentioned(item, scope) if item.name in _SHELL else (),
        )

    def _on_build(self, item: DockerfileInstruction) -> Instruction:
        inner = re.sub(r"^\s*\S+\s*", "", item.original)
        escape = "# escape=`\n" if self._escape == "`" else ""
        try:
            parsed = _parsed(escape + inner, self._path)[1]
        except FileError:
            parsed = []
        if len(parsed) != 1 or parsed[0].name in {"ONBUILD", "FROM", "MAINTAINER"}:
            text = Word(inner, inner)
            return Instruction("ONBUILD", item.start_line, item.end_line, words=(text,), on_build=True)
        own = dict(self._own)
        found = self._instruction(parsed[0])
        self._own.clear()
        self._own.update(own)
        return found._replace(first=item.start_line, last=item.end_line, on_build=True)

    def _argument(self, item: DockerfileInstruction) -> Instruction:
        instruction = self._pairs(item, self._scope())
        for name, word in instruction.pairs:
            if _has_value(item, name):
                variable = Variable(word.value, is_argument=True, line=item.start_line)
            elif _BUILDER.fullmatch(name):
                variable = Variable(None, is_argument=True, line=item.start_line)
            else:
                outer = self._global.get(name)
                variable = outer or Variable(None, is_argument=True, line=item.start_line)
            # An ENV of the same name always wins over an ARG.
            if self._stages[-1].variable(name) is None:
                self._own[name] = variable
        return instruction

    def _pairs(self, item: DockerfileInstruction, scope: _Scope) -> Instruction:
        if item.name == "ARG":
            split = [text.partition("=") for text in item.args]
            given = [(name, value) for name, _, value in split]
        else:
            given = list(zip(item.args[::3], item.args[1::3], strict=False))
        names, words = [], []
        for name, value in given:
            names.append(self._word(name, scope).value or name)
            words.append(self._word(value, scope))
        return Instruction(item.name, item.start_line, item.end_line, names=tuple(names), words=tuple(words))

    def _flags(self, item: DockerfileInstruction, scope: _Scope) -> tuple[Flag, ...]:
        found = []
        for text in item.flags:
            name, _, value = text.removeprefix("--").partition("=")
            found.append(Flag(name.lower(), self._word(value, scope)))
        return tuple(found)

    def _word(self, text: str, scope: _Scope) -> Word:
        if not any(mark in text for mark in ("$", '"', "'", self._escape)):
            return Word(text, text)
        from e2b_dockerfile_utils import ShellLex

        scope.unknown.clear()
        scope.arguments.clear()
        lexer: Any = ShellLex(self._escape, env=scope, skip_unset_env=False)
        try:
            value: str | None = lexer.process_word(text)
        except ValueError:
            return Word(text, None)
        # `${NAME:-default}` has a value also when nothing sets NAME; `$NAME` has none that we know.
        if value is not None and len(value) > MAX_VALUE:
            value = None
        if scope.unknown and any(match[0].strip("${}") in scope.unknown for match in _PLAIN.finditer(text)):
            value = None
        return Word(text, value, tuple(dict.fromkeys(scope.arguments)))


def _has_value(item: DockerfileInstruction, name: str) -> bool:
    return any(text.partition("=")[0] == name and "=" in text for text in item.args)


def _mentioned(item: DockerfileInstruction, scope: _Scope) -> tuple[tuple[str, str], ...]:
    texts = [*item.args, *(document.content for document in item.heredocs)]
    names = dict.fromkeys(name for text in texts if "$" in text for name in _REFERENCE.findall(text))
    found = ((name, scope.find(name)) for name in names)
    return tuple((name, known.value) for name, known in found if known is not None and known.value is not None)
