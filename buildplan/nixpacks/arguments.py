"""The words of a `nixpacks` command line: every option of 1.41, before or after the command and the path.

Source: shared/reference/nixpacks.md section 5; the calls of the platforms: users.md section 2.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from buildplan.config.environment import PREFIXES
from buildplan.config.variables import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = "1.41.0"
COMMANDS = ("plan", "detect", "build")
USAGE = 2

# Option of one command → that command.
_OF_BUILD = (
    *("name", "out", "dockerfile", "tag", "label", "platform", "cache_key", "current_dir", "no_cache"),
    *("incremental_cache_image", "cache_from", "docker_host", "add_host", "docker_tls_verify", "docker_output"),
    *("docker_cert_path", "inline_cache", "no_error_without_start", "cpu_quota", "memory", "verbose"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"error: {message}\n\nFor more information, try '--help'.\n")
        raise SystemExit(USAGE)


def parser(profiles: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; `profiles` are the names that `--profile` takes."""
    made = _Parser(
        prog="nixpacks",
        allow_abbrev=False,
        description="The command line of Nixpacks, served by buildplan: multi-stage images that do not run as root.",
        epilog="plan and detect read only; `build -o DIR` writes DIR/.nixpacks; `build` calls docker.",
    )
    add = made.add_argument
    add("command", choices=COMMANDS, metavar="plan|detect|build")
    add("path", metavar="PATH", help="the app's directory")
    add("--json-plan", metavar="JSON", help="a whole plan as JSON text")
    add("-i", "--install-cmd", metavar="CMD", help="replaces the install commands")
    add("-b", "--build-cmd", metavar="CMD", help="replaces the build commands")
    add("-s", "--start-cmd", metavar="CMD", help="replaces the start command")
    add("-p", "--pkgs", action="append", default=[], metavar="PKG", help="a nix package, translated to Debian's")
    add("-a", "--apt", action="append", default=[], metavar="PKG", help="an apt package")
    add("--libs", action="append", default=[], metavar="PKG", help="a nix library, translated to Debian's")
    add("-e", "--env", action="append", default=[], metavar="K[=V]", help="a variable; K alone is read from yours")
    add("-c", "--config", metavar="FILE", help="a config file or a plan, from anywhere")
    add("--profile", choices=profiles, metavar="NAME", help=f"the platform that calls: {', '.join(profiles)}")
    add("-f", "--format", choices=("json", "toml"), help="plan: the format, JSON unless said otherwise")
    add("-n", "--name", help="build: the image's name")
    add("-o", "--out", metavar="DIR", help="build: write DIR/.nixpacks, and do not call docker")
    add("-d", "--dockerfile", action="store_true", help="build: print the Dockerfile, and do nothing else")
    add("-t", "--tag", action="append", default=[], help="build: another name of the image")
    add("-l", "--label", action="append", default=[], metavar="K=V", help="build: a label of the image")
    add("--platform", action="append", default=[], help="build: passed to docker")
    add("--cache-key", help="build: accepted; caches are shared by what they hold")
    add("--current-dir", action="store_true", help="build: leave .nixpacks in the app's directory")
    add("--no-cache", action="store_true", help="build: passed to docker")
    add("--incremental-cache-image", metavar="IMAGE", help="build: an image to take layers from")
    add("--cache-from", metavar="IMAGE", help="build: passed to docker")
    add("--docker-host", metavar="HOST", help="build: DOCKER_HOST for docker")
    add("--add-host", action="append", default=[], metavar="HOST:IP", help="build: passed to docker")
    add("--docker-tls-verify", metavar="V", help="build: DOCKER_TLS_VERIFY for docker")
    add("--docker-output", action="append", default=[], metavar="O", help="build: `--output` of docker")
    add("--docker-cert-path", metavar="DIR", help="build: DOCKER_CERT_PATH for docker")
    add("--inline-cache", action="store_true", help="build: write cache metadata into the image")
    add("--no-error-without-start", action="store_true", help="build: an image without a start command is fine")
    add("--cpu-quota", metavar="Q", help="build: passed to docker")
    add("--memory", metavar="M", help="build: passed to docker")
    add("-v", "--verbose", action="store_true", help="build: show docker's plain progress")
    add("-V", "--version", action="version", version=f"nixpacks {VERSION}")
    return made


def parse(words: Sequence[str], profiles: Sequence[str]) -> argparse.Namespace:
    """Return the parsed words; exits with 2 for a command line that Nixpacks would refuse."""
    made = parser(profiles)
    if not words:
        made.print_help(sys.stderr)
        raise SystemExit(USAGE)
    if words[0] == "help":
        made.print_help()
        raise SystemExit(0)
    arguments = made.parse_intermixed_args(list(words))
    used = [name for name in _OF_BUILD if getattr(arguments, name) != made.get_default(name)]
    wrong = used if arguments.command != "build" else []
    if arguments.format is not None and arguments.command != "plan":
        wrong.append("format")
    if wrong:
        made.error(f"unexpected argument '--{wrong[0].replace('_', '-')}' found for `{arguments.command}`")
    return arguments


@dataclass(frozen=True, slots=True)
class Given:
    """The variables of `--env`.

    `values` are all of them. `plannable` are those that a Dockerfile can hold; `several_lines` are the names of those
    that it cannot, and `refused` are names that no Dockerfile can hold.
    """

    values: dict[str, str]
    plannable: dict[str, str]
    several_lines: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def as_secrets(self) -> tuple[str, ...]:
        """Return the `--set` that lets values of several lines reach the build by name, as secrets do."""
        names = ", ".join(f'"{name}"' for name in self.several_lines)
        return (f"secrets = [{names}]",) if names else ()


def given(words: Sequence[str], environment: Mapping[str, str]) -> Given:
    """Return the variables of `--env`.

    As in Nixpacks, a name alone, or with an empty value, is read from `environment`, and left out when it is not there.
    """
    pairs: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        value = value or environment.get(name, "")
        if value:
            pairs[name] = value
    return sorted_out(pairs)


def sorted_out(pairs: Mapping[str, str]) -> Given:
    """Return which variables a Dockerfile can hold."""
    refused = tuple(name[:60] for name, value in pairs.items() if not NAME.fullmatch(name) or "\0" in value)
    values = {name: value for name, value in pairs.items() if name[:60] not in refused}
    several = tuple(
        name for name, value in values.items() if ("\n" in value or "\r" in value) and not name.startswith(PREFIXES)
    )
    return Given(values, {name: value for name, value in values.items() if name not in several}, several, refused)
