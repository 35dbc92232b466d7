"""The words of a command line → a command and its arguments.

Options may stand anywhere, also before the command. What is misspelt is answered with what was probably meant.
"""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING, Any, NoReturn

from buildplan import __version__
from buildplan.config.mistakes import nearest
from buildplan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DESCRIPTION = "Print the Dockerfile for a source tree, or the plan behind it and the reason for every line."
# What there is, in the groups and the order of `--help`.
GROUPS: dict[str, dict[str, str]] = {
    "Plan and understand": {
        "plan": "print the build plan",
        "detect": "say which languages claim the tree, and on what evidence",
        "apps": "list every app of the tree: what `--app` calls it, its language, port and start command",
        "explain": "say why: of a line, a field, a language, or what an error code means",
    },
    "Keep the files in a repository": {
        "write": "write Dockerfile and .dockerignore, also compose.yaml, into the tree; hand edits are kept",
        "check": "say where a Dockerfile, generated or not, no longer agrees with the code",
        "init": "write a commented buildplan.toml",
        "lock": "pin the base images by digest in buildplan.lock; asks their registry, through the engine",
    },
    "Build images": {
        "build": "build the image with docker, podman or buildah",
        "verify": "build the image, run it with an unusual PORT, and check that it answers, stops and rebuilds",
    },
    "More": {
        "schema": "print the JSON Schema of a plan or of buildplan.toml",
        "completion": "print the completion script for bash, zsh or fish",
        "man": "print the manual page",
        "help": "explain a command",
        "version": "print the version",
    },
}
COMMANDS = {name: text for group in GROUPS.values() for name, text in group.items()}
# Without a command; not a word that anybody types.
PRINT = "print"
_PLANNING = ("plan", "detect", "apps", "explain", "write", "check", "build", "lock", "verify", PRINT)
_HELP_FOR_PATH = "directory, archive or git repository (default: this directory)"


class UsageError(ConfigError):
    """A command line that cannot be understood."""

    code = "BP200"


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes are errors like all others, with what was probably meant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        hint = f"`{self.prog} --help` lists what there is"
        if choice is not None:
            near = nearest(choice[1], re.findall(r"[\w-]+", choice[2]))
            hint = f"did you mean `{near}`?" if near else hint
        raise UsageError(message, hint=hint)

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Return the arguments; options and other words may be mixed."""
        # As `parse_known_intermixed_args`, which loses the words of an optional argument in some releases of Python.
        arguments, rest = self.parse_known_args(self._ordered(words))
        if rest:
            word = rest[0]
            if word.startswith("-"):
                name = word.partition("=")[0]
                known = [flag for flag in self._option_string_actions if flag.startswith("--")]
                near = nearest(name.lstrip("-"), [flag[2:] for flag in known])
                hint = f"did you mean `--{near}`?" if near else f"`{self.prog} --help` lists the options"
                raise UsageError(f"there is no option `{name}`", hint=hint)
            raise UsageError(f"`{word}` is one word too many", hint=f"`{self.prog} --help` says what it takes")
        return arguments

    def _ordered(self, words: Sequence[str]) -> list[str]:
        """Return the options first, then the other words."""
        options: list[str] = []
        others: list[str] = []
        index = 0
        while index < len(words):
            word = words[index]
            if word == "--":
                others += words[index + 1 :]
                break
            if not word.startswith("-") or word == "-":
                others.append(word)
            else:
                options.append(word)
                if takes_value(word, self) and index + 1 < len(words):
                    index += 1
                    options.append(words[index])
            index += 1
        return [*options, *(["--"] if any(word.startswith("-") for word in others) else []), *others]


def takes_value(word: str, parser: argparse.ArgumentParser) -> bool:
    """Return whether the next word is the value of this option."""
    action = parser._option_string_actions.get(word)  # noqa: SLF001  # argparse has no public way to ask
    return action is not None and action.nargs is None


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of a command line, the command's name in `command`; raises UsageError."""
    name, rest = _command(list(words))
    if name == "help":
        return _help(rest)
    arguments = parser(name).parse(rest)
    arguments.command = name
    return arguments


def _command(words: list[str]) -> tuple[str, list[str]]:
    """Return the command, and the other words; the first that is not an option names it."""
    if words and words[0] in COMMANDS:
        return words[0], words[1:]
    options = parser(PRINT)
    index = 0
    while index < len(words):
        word = words[index]
        if word.startswith("-") and word != "-":
            if word == "--":
                break
            index += 1 + takes_value(word, options)
            continue
        if word in COMMANDS:
            return word, [*words[:index], *words[index + 1 :]]
        if "/" not in word and "." not in word and not os.path.lexists(word):
            near = nearest(word, COMMANDS)
            if near is not None:
                raise UsageError(f"there is no command `{word}`, nor such a path", hint=f"did you mean `{near}`?")
        break
    return PRINT, words


def _help(words: list[str]) -> argparse.Namespace:
    asked = next((word for word in words if not word.startswith("-")), None)
    if asked is not None and asked not in COMMANDS:
        near = nearest(asked, COMMANDS)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(COMMANDS)}"
        raise UsageError(f"there is no command `{asked}`", hint=hint)
    shown = parser(PRINT if asked in {None, "help"} else str(asked))
    return argparse.Namespace(command="help", text=shown.format_help(), color="auto", quiet=False, verbose=False)


class _TopParser(Parser):
    def format_help(self) -> str:
        """Return the commands in groups, then the options."""
        width = max(map(len, COMMANDS)) + 2
        parts = [
            f"{DESCRIPTION}\n\n",
            "usage: buildplan [PATH] [OPTIONS]\n       buildplan COMMAND [OPTIONS]\n",
        ]
        for title, commands in GROUPS.items():
            parts.append(f"\n{title}:\n")
            parts += [f"  {name:<{width}}{text}\n" for name, text in commands.items()]
        usage, _, options = super().format_help().partition("\n\n")
        del usage
        return "".join(parts) + "\n" + options.partition("\n\n")[2]


def parser(name: str, *, brief: bool = True) -> Parser:
    """Return the parser of a command; with `brief`, its help leaves out the options that all commands share."""
    if name == PRINT:
        top = _TopParser(prog="buildplan", description=DESCRIPTION)
        top.add_argument("path", nargs="?", default=".", metavar="PATH", help=_HELP_FOR_PATH)
        top.add_argument("--dockerignore", action="store_true", help="print the matching .dockerignore instead")
        top.add_argument("--version", action="version", version=f"buildplan {__version__}")
        _add_common(top, hidden=False)
        return top
    text = COMMANDS[name]
    # `verify` gives `--env` another meaning: for the running container.
    handler = "resolve" if name == "verify" else "error"
    made = Parser(prog=f"buildplan {name}", description=f"{text[:1].upper()}{text[1:]}.", conflict_handler=handler)
    # Common options first, so that `verify` can replace one of them.
    hidden = brief and name != PRINT
    if name in _PLANNING:
        _add_common(made, hidden=hidden)
        if hidden:
            made.epilog = "The options of `buildplan --help`, such as --app, --set and --env, hold here too."
    else:
        _add_global(made, hidden=hidden)
    _ADD[name](made)
    return made


def _add_global(made: argparse.ArgumentParser, *, hidden: bool) -> None:
    group = made.add_argument_group("options of every command")
    added = [
        group.add_argument("-v", "--verbose", action="store_true", help="print notes also when stderr is no terminal"),
        group.add_argument("-q", "--quiet", action="store_true", help="print errors only"),
        group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colour in messages"),
        group.add_argument("-C", dest="directory", metavar="DIR", help="do as if called in this directory"),
    ]
    for action in added if hidden else ():
        action.help = argparse.SUPPRESS


def _add_common(made: argparse.ArgumentParser, *, hidden: bool) -> None:
    from buildplan.config import command_line

    group = made.add_argument_group("what to plan")
    command_line.add_to(group)
    group.add_argument("--revision", metavar="REV", help="plan this commit of the git repository PATH, not the files")
    for action in group._group_actions if hidden else ():  # noqa: SLF001  # what was just added
        action.help = argparse.SUPPRESS
    _add_global(made, hidden=hidden)


def _plan(made: argparse.ArgumentParser) -> None:
    made.add_argument("path", nargs="?", default=".", metavar="PATH", help=_HELP_FOR_PATH)
    made.add_argument("-f", "--format", choices=("json", "toml", "text"), default="json", help="default: json")


def _detect(made: argparse.ArgumentParser) -> None:
    made.add_argument("path", nargs="?", default=".", metavar="PATH", help=_HELP_FOR_PATH)


def _apps(made: argparse.ArgumentParser) -> None:
    made.add_argument("path", nargs="?", default=".", metavar="PATH", help=_HELP_FOR_PATH)
    made.add_argument("-f", "--format", choices=("text", "json"), default="text", help="default: text")


def _explain(made: argparse.ArgumentParser) -> None:
    made.add_argument("words", nargs="*", metavar="[PATH] [QUERY]", help=_EXPLAIN)
    made.add_argument("--html", metavar="FILE", help="write one page: the Dockerfile beside its evidence")


_EXPLAIN = "node.version, Dockerfile:12, a language, or a code such as BP712; without a query, all reasons"


def _write(made: argparse.ArgumentParser) -> None:
    add = made.add_argument
    add("paths", nargs="*", metavar="PATH", help="directories of apps; each gets its own files")
    add("--file", metavar="FILE", help="the Dockerfile's path below PATH, which stays the build context")
    add("--all", action="store_true", help="every app of PATH: a Dockerfile in each app's folder")
    add("--compose", action="store_true", help="with --all: write or extend compose.yaml, with the services they need")
    add("--bake", action="store_true", help="with --all: write docker-bake.hcl, to build all images at once")
    add("--update", action="store_true", help="every file below PATH that buildplan wrote, and no new one")
    add("--staged", action="store_true", help="plan what is staged in git, not what lies in the work tree")
    add("--diff", action="store_true", help="print what would change with these options, write nothing")
    add("--dry-run", action="store_true", help="say what would become of each file, write nothing")
    add("-f", "--format", choices=("text", "json"), default="text", help="default: text")
    choices = ("markers", "mine", "theirs")
    add("--conflict", choices=choices, help="what both changed: mark it in the file, or take one side")
    add("--force", action="store_true", help="overwrite what a person wrote, and all hand edits")


def _check(made: argparse.ArgumentParser) -> None:
    add = made.add_argument
    add("paths", nargs="*", metavar="PATH", help="Dockerfiles or directories; without one, every app of this directory")
    add("-f", "--format", choices=("text", "json", "sarif", "github"), default="text", help="default: text")
    add("--fix", action="store_true", help="fix what is safe to fix: a version, a port, `npm ci` without a lock file")
    levels = ("error", "warning", "drift")
    add("--fail-on", choices=levels, help="exit 1 for any error, any warning, or (default) drift and any error")
    add("--select", action="append", default=[], metavar="CODE", help="report these codes only (BP71: BP710 and on)")
    add("--ignore", action="append", default=[], metavar="CODE", help="do not report these codes")
    add("--exclude", action="append", default=[], metavar="PATTERN", help="leave out these files, `test/**`")
    add("--staged", action="store_true", help="judge what is staged in git, not what lies in the work tree")
    from buildplan.model.diagnostic_codes import DRIFT

    made.formatter_class = argparse.RawDescriptionHelpFormatter
    codes = "".join(f"  {code}  {meaning}\n" for code, meaning in DRIFT.items())
    made.epilog = f"codes (`buildplan explain CODE` says more):\n{codes}\n{made.epilog or ''}"


def _init(made: argparse.ArgumentParser) -> None:
    made.add_argument("path", nargs="?", default=".", metavar="PATH", help="the app's directory")
    made.add_argument("--print", dest="only_print", action="store_true", help="print it, write nothing")


def _build(made: argparse.ArgumentParser) -> None:
    add = made.add_argument
    add("path", nargs="?", default=".", metavar="PATH", help="the app's directory, which is the build context")
    add("-t", "--tag", action="append", default=[], metavar="TAG", help="the image's name (default: the directory's)")
    add("--platform", metavar="LIST", help="platforms to build for, `linux/amd64,linux/arm64`")
    add("--push", action="store_true", help="push the image to its registry")
    add("--load", action="store_true", help="load the image into the engine, where a remote builder makes it")
    add("--no-cache", action="store_true", help="build every step again")
    add("--build-arg", action="append", default=[], metavar="K[=V]", help="handed to the engine")
    add("--secret", action="append", default=[], metavar="SPEC", help="handed to the engine, `id=TOKEN,env=TOKEN`")


def _lock(made: argparse.ArgumentParser) -> None:
    add = made.add_argument
    add("path", nargs="?", default=".", metavar="PATH", help="the app's directory, which is the build context")
    add("--from", dest="list", metavar="FILE", help="take the digests from a list, `IMAGE@sha256:…` a line; - is stdin")
    add("--missing", action="store_true", help="ask only for images that are not in buildplan.lock")


def _verify(made: argparse.ArgumentParser) -> None:
    from buildplan.cli import verify

    made.add_argument("path", nargs="?", default=".", metavar="PATH", help="the app's directory")
    verify.add_options(made)


def _schema(made: argparse.ArgumentParser) -> None:
    made.add_argument("what", nargs="?", choices=("plan", "config"), default="plan", help="default: plan")


def _completion(made: argparse.ArgumentParser) -> None:
    made.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell")
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.epilog = (
        "  bash: buildplan completion bash > ~/.local/share/bash-completion/completions/buildplan\n"
        '  zsh:  buildplan completion zsh > "${fpath[1]}/_buildplan"\n'
        "  fish: buildplan completion fish > ~/.config/fish/completions/buildplan.fish"
    )


def _nothing(_: argparse.ArgumentParser) -> None:
    return


_ADD = {
    "plan": _plan,
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
    "man": _nothing,
    "help": _nothing,
    "version": _nothing,
}


def whole() -> argparse.ArgumentParser:
    """Return one parser with all commands, for tools that read parsers (completion)."""
    import shtab

    top = parser(PRINT, brief=False)
    # A word without a command is a path; the shells complete paths by themselves, and this one would hide the commands.
    for action in [item for item in top._actions if item.dest == "path"]:  # noqa: SLF001  # as below
        top._remove_action(action)  # noqa: SLF001  # likewise
    subparsers = top.add_subparsers(metavar="COMMAND")
    for name, text in COMMANDS.items():
        made = parser(name, brief=False)
        subparsers.add_parser(name, parents=[made], add_help=False, help=text, conflict_handler="resolve")
    for made in (top, *subparsers.choices.values()):
        for action in made._actions:  # noqa: SLF001  # shtab's way: an attribute of each action
            if action.dest in {"path", "paths", "directory"}:
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
            elif action.dest in {"file", "html", "config", "env_file", "words"}:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return top


def unset_variables(arguments: argparse.Namespace, environment: Iterable[str]) -> list[str]:
    """Return the names given with `--env NAME` that the caller does not have."""
    known = set(environment)
    return [word for word in getattr(arguments, "env", ()) if "=" not in word and word not in known]
