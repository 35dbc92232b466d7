"""What the configuration of production says: when it is read, which variables it wants, and where the app listens.

`config.exs`, and what it imports, is evaluated while the app is built, and its values are in the release;
`runtime.exs` (`releases.exs` before Elixir 1.11) at each start. Nothing is run: tokens are compared.

Source, checked 2026-11-24: https://hexdocs.pm/elixir/config-and-releases.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin, Sourced
from buildplan.read import elixir_source
from buildplan.read.elixir_source import Token, is_mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.source import SourceTree

_AT_START = ("runtime.exs", "releases.exs")
_OTHERS = ("dev.", "test.", "runtime.", "releases.")
_FILE = re.compile(r"(?:\./)?[\w.-]{1,100}\.exs?", re.ASCII)
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,60}", re.ASCII)
_READERS = frozenset({"get_env", "fetch_env", "fetch_env!"})
_MAX_PORT = 65535
_LOCALHOST = {("127", "0", "0", "1"), ("0", "0", "0", "0", "0", "0", "0", "1")}
# What the port of an endpoint is called where it is not plainly `port: …`; the app's own name may stand before it.
_PORTS = frozenset({"HTTP_PORT", "PHX_PORT", "PHX_HTTP_PORT", "APP_PORT", "SERVER_PORT", "WEB_PORT", "LISTEN_PORT"})


class Read(NamedTuple):
    """A place that reads an environment variable; `needed` where it fails without."""

    name: str
    origin: Origin
    default: str | None
    needed: bool


@dataclass(slots=True)
class Config:
    """The facts. `early` is read while the app is built, `late` at each start."""

    early_files: tuple[str, ...] = ()
    late_file: str | None = None
    early: list[Read] = field(default_factory=list)
    late: list[Read] = field(default_factory=list)
    missing: list[Sourced[str]] = field(default_factory=list)
    ports: list[Sourced[int]] = field(default_factory=list)
    port: Read | None = None
    localhost: Origin | None = None
    serves: Origin | None = None
    manifest: Origin | None = None
    repos: dict[str, Origin] = field(default_factory=dict)

    def reads(self, name: str) -> Read | None:
        """Return the place that reads the variable, at the start if there is one."""
        return next((item for item in (*self.late, *self.early) if item.name == name), None)


def folders(directory: str, members: Iterable[str]) -> tuple[str, ...]:
    """Return the folders that may hold configuration: the project's, and those of an umbrella's apps."""
    return tuple(f"{folder}/config" if folder else "config" for folder in (directory, *members))


def early_files(tree: SourceTree, places: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files that configure production while it is built: `config.exs`, `prod.exs`, and what they name."""
    found: list[str] = []
    waiting = [f"{place}/{name}" for place in places for name in ("config.exs", "prod.exs")]
    while waiting:
        path = waiting.pop(0)
        if path in found or not tree.has(path):
            continue
        found.append(path)
        folder = path.rpartition("/")[0]
        named = [item.text for item in elixir_source.of(tree, path) if item.kind == "string"]
        waiting += [
            f"{folder}/{name.removeprefix('./')}"
            for name in named
            if _FILE.fullmatch(name) and not name.startswith(_OTHERS)
        ]
    return tuple(found)


def read(tree: SourceTree, directory: str, members: tuple[str, ...]) -> Config:
    """Return the facts of all files that count in production."""
    config = Config()
    places = folders(directory, members)
    config.early_files = early_files(tree, places)
    for path in config.early_files:
        found = elixir_source.of(tree, path)
        config.early += reads(found, path)
        _imports(tree, found, path, config)
        _settings(found, path, config)
    for name in _AT_START:
        path = f"{places[0]}/{name}"
        if tree.has(path):
            config.late_file = config.late_file or path
            found = elixir_source.of(tree, path)
            config.late += reads(found, path)
            _settings(found, path, config)
    if config.port is None:
        config.port = next((item for item in config.late if item.name in _PORTS), None)
    return config


def reads(found: tuple[Token, ...], path: str) -> list[Read]:
    """Return the variables that the tokens read: `System.get_env("PORT", "4000")`, `… || "4000"`, `env!("X")`."""
    made: list[Read] = []
    for index in range(len(found) - 2):
        name = found[index]
        if name.kind != "word" or not is_mark(found[index + 1], "(") or found[index + 2].kind != "string":
            continue
        text = found[index + 2].text
        # Helpers have names such as `Env.get_integer`, `env!` and `ConfigHelper.parse_integer_env_var`.
        owner = found[index - 2].text if index > 1 and is_mark(found[index - 1], ".") else ""
        called = name.text in _READERS and owner == "System"
        if not (called or "env" in f"{owner}.{name.text}".lower()) or not _NAME.fullmatch(text):
            continue
        end = elixir_source.closed(found, index + 1)
        inside = found[index + 3 : end]
        default = inside[1].text if len(inside) > 1 and inside[1].kind in {"string", "word"} else None
        needed = name.text == "fetch_env!" or (name.text == "env!" and len(inside) < 2)  # noqa: PLR2004  # a comma, a default
        following = found[end + 1 : end + 3]
        if len(following) > 1 and is_mark(following[0], "||"):
            needed = needed or following[1].text == "raise"
            default = default or (following[1].text if following[1].kind == "string" else None)
        made.append(Read(text, Origin(path, found[index + 2].line, text), default, needed))
    return made


def _imports(tree: SourceTree, found: tuple[Token, ...], path: str, config: Config) -> None:
    """Note the files that are imported and missing, but for those whose being there is asked first."""
    for index in range(len(found) - 1):
        item, value = found[index], found[index + 1]
        if item.kind != "word" or item.text != "import_config":
            continue
        if is_mark(value, "(") and index + 2 < len(found):
            value = found[index + 2]
        plain = value.kind == "string" and _FILE.fullmatch(value.text) and not value.text.startswith(_OTHERS)
        asked = any(
            "exists" in earlier.text or earlier.text == "wildcard" for earlier in found[max(0, index - 12) : index]
        )
        if plain and not asked and not tree.has(f"{path.rpartition('/')[0]}/{value.text.removeprefix('./')}"):
            config.missing.append(Sourced(value.text, Origin(path, value.line, "import_config")))


def _settings(found: tuple[Token, ...], path: str, config: Config) -> None:
    for index in range(len(found) - 1):
        item, value = found[index], found[index + 1]
        if item.kind == "key":
            _setting(found, index, path, config)
        elif item.kind == "atom" and item.text == "serve_endpoints" and _behind(found, index) == "true":
            config.serves = config.serves or Origin(path, item.line, "serve_endpoints")
        elif item.kind == "string" and item.text == "PHX_SERVER":
            config.serves = config.serves or Origin(path, item.line, "PHX_SERVER")
        elif item.kind == "word" and item.text == "config" and value.kind == "atom":
            _repos(found, index, path, config)


def _behind(found: tuple[Token, ...], index: int) -> str:
    return found[index + 2].text if index + 2 < len(found) and is_mark(found[index + 1], ",") else ""


def _repos(found: tuple[Token, ...], index: int, path: str, config: Config) -> None:
    """Note the app of `config :shop, ecto_repos: [Shop.Repo]` and of `config :shop, :ecto_repos, […]`."""
    for item in found[index + 2 : index + 12]:
        if item.text == "config" and item.kind == "word":
            return
        if item.text == "ecto_repos" and re.fullmatch(r"[a-z_]\w{0,100}", found[index + 1].text, re.ASCII):
            config.repos.setdefault(found[index + 1].text, Origin(path, item.line, "ecto_repos"))
            return


def _setting(found: tuple[Token, ...], index: int, path: str, config: Config) -> None:
    item, value = found[index], found[index + 1]
    origin = Origin(path, item.line, item.text)
    if item.text in {"server", "serve_endpoints"} and value.text != "false" and value.kind == "word":
        config.serves = config.serves or origin
    elif item.text == "cache_static_manifest":
        config.manifest = config.manifest or origin
    elif item.text == "http" and is_mark(value, "["):
        for element in elixir_source.items(found, index + 1):
            _listener(found, element, path, config)


def _listener(found: tuple[Token, ...], element: tuple[Token, ...], path: str, config: Config) -> None:
    """Note the port and the address of one element of `http: […]`."""
    key, rest = element[0], element[1:]
    if key.text == "port" and key.kind == "key":
        config.port = _variable(found, rest, path) or config.port
    if key.text == "port" and len(rest) == 1 and rest[0].text.isdecimal() and 0 < int(rest[0].text) <= _MAX_PORT:
        config.ports.append(Sourced(int(rest[0].text), Origin(path, key.line, "port")))
    if key.text == "ip":
        words = [item.text for item in rest if item.kind == "word"]
        if tuple(words) in _LOCALHOST:
            config.localhost = Origin(path, key.line, "ip")


def _variable(found: tuple[Token, ...], value: tuple[Token, ...], path: str) -> Read | None:
    """Return the environment variable that gives the port: read in place, or where the name in its place is bound."""
    direct = reads(value, path)
    if direct or len(value) != 1 or value[0].kind != "word":
        return direct[0] if direct else None
    for index in range(len(found) - 1):
        if found[index].text == value[0].text and found[index].kind == "word" and is_mark(found[index + 1], "="):
            bound = reads(found[index + 2 : index + 32], path)
            if bound:
                return bound[0]
    return None
