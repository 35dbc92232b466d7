"""The shape of `buildplan.toml`: every key with its description, for validation and for the JSON Schema.

Only `buildplan_toml` imports this module, and only when there is something to validate: pydantic is slow to import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003  # the annotations here are read at run time
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    create_model,
)
from pydantic_core import PydanticCustomError

from buildplan.config import apt_packages, mirrors, variables
from buildplan.config.known import PROVIDER_OPTIONS
from buildplan.config.reader import IMAGE, PHASE_NAME, PROCESS_NAME

_MARKER = "..."
_COMMAND = "a command, as one text or as a list of words"
_USER = 'a numeric user and group, `"1000:1000"`; a name means nothing to the host of a container'


def _expected(text: str) -> PydanticCustomError:
    return PydanticCustomError("expected", "{expected}", {"expected": text})


def _expecting(text: str) -> WrapValidator:
    """Return a validator that says what was expected, in one message instead of one for each alternative."""

    def check(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            raise _expected(text) from error

    return WrapValidator(check)


def _matching(pattern: re.Pattern[str], text: str) -> AfterValidator:
    def check(value: str) -> str:
        if value != _MARKER and not pattern.fullmatch(value):
            raise _expected(text)
        return value

    return AfterValidator(check)


def _on_one_line(value: Any) -> Any:
    if isinstance(value, str) and any(mark in value for mark in "\n\r\0"):
        raise _expected("one line; put longer texts in a file")
    return value


def _filled(value: str) -> str:
    if not value.strip():
        raise _expected("a text that is not empty")
    return value


def _command(value: str | list[str]) -> str | list[str]:
    if not (value.strip() if isinstance(value, str) else any(value)):
        raise _expected(_COMMAND)
    return value


def _user(value: str | int) -> str | int:
    if not re.fullmatch(r"\d{1,9}(?::\d{1,9})?", str(value), re.ASCII):
        raise _expected(_USER)
    return value


Text = Annotated[str, AfterValidator(_filled)]
Scalar = Annotated[
    Annotated[str | bool | int | float, _expecting("a text, a number, true or false")], AfterValidator(_on_one_line)
]
Version = Annotated[str | int, _expecting('a version in quotes, `"22"`: a number would lose the 0 of 3.10')]
Command = Annotated[Annotated[str | list[str], _expecting(_COMMAND)], AfterValidator(_command)]
Name = Annotated[
    str, _matching(variables.NAME, "the name of a variable: letters, digits and `_`, not starting with a digit")
]
Package = Annotated[str, _matching(apt_packages.NAME, apt_packages.EXPECTED)]
Image = Annotated[
    str,
    _matching(IMAGE, "the name of an image, `node:24-trixie-slim`; with `@sha256:` and 64 digits where it is pinned"),
]
Mirrors = Annotated[dict[Text, Text], WithJsonSchema(mirrors.schema())]
PhaseName = Annotated[str, _matching(PHASE_NAME, "the name of a phase: letters, digits, `-`, `_` and `:`")]
ProcessName = Annotated[str, _matching(PROCESS_NAME, "the name of a process: letters, digits, `-` and `_`")]
Code = Annotated[str, _matching(re.compile(r"BP[0-9]{3}"), "the code of a diagnostic, `BP612`")]
CodePrefix = Annotated[str, _matching(re.compile(r"BP[0-9]{1,3}"), "a code or its beginning, `BP712` or `BP71`")]
Port = Annotated[Annotated[int, Field(ge=1, le=65535)], _expecting("a number from 1 to 65535")]
User = Annotated[Annotated[str | int, _expecting(_USER)], AfterValidator(_user)]
Label = Annotated[str, _matching(re.compile(r"[A-Za-z0-9][\w./-]{0,127}", re.ASCII), "the name of a label, `team`")]
Volume = Annotated[
    str, _matching(re.compile(r"(?!.*\.\.)/[\w.@+-][\w./@+-]*", re.ASCII), "the absolute path of a directory, `/data`")
]
Directory = Annotated[
    str, _matching(re.compile(r"(?!.*\.\.)[\w./@+-]+", re.ASCII), "a directory, `packages/web` or `/srv`")
]
Signal = Annotated[str, _matching(re.compile(r"SIG[A-Z0-9]{1,12}|[0-9]{1,2}"), "a signal, `SIGQUIT`")]
BuildPlatform = Annotated[
    str, _matching(re.compile(r"[a-z0-9]+/[a-z0-9]+(?:/v[0-9]+)?"), "a system and a processor, `linux/arm64`")
]
HealthCheck = Annotated[str, _matching(re.compile(r"/[\w./?=&%~-]*", re.ASCII), "a path, `/healthz`")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Variable(_Table):
    """A variable with its scope."""

    value: Scalar = Field(description="The value; it is written into the Dockerfile.")
    scope: Literal["build", "run", "both"] = Field("both", description="Where it is set.")
    secret: Annotated[Literal[False] | None, _expecting("`false`: the value of a secret is never stored")] = Field(
        None, description="`false`: the name looks like that of a secret, but the value may be stored."
    )


_ScalarOrTable = Annotated[
    Annotated[Scalar, Tag("scalar")] | Annotated[Variable, Tag("table")],
    Discriminator(lambda value: "table" if isinstance(value, dict | Variable) else "scalar"),
]


class Apt(_Table):
    """Debian packages. `"..."` stands for those that the app needs by itself; without it the list replaces them."""

    build: list[Package] | None = Field(None, description="Installed where the app is built.")
    run: list[Package] | None = Field(None, description="Installed in the shipped image.")


class Phase(_Table):
    """One step of the build. In every list `"..."` stands for what was generated."""

    commands: list[Text] | None = Field(None, description="Shell commands, run in this order.")
    apt: list[Package] | None = Field(None, description="Debian packages that this phase needs.")
    inputs: list[Text] | None = Field(
        None, description="Files and folders copied before the commands run; `.` is the whole tree."
    )
    caches: list[Text] | None = Field(None, description="Directories kept between builds.")
    secrets: list[Name] | None = Field(None, description="Names of secrets that the commands may read as variables.")
    outputs: list[Text] | None = Field(None, description="What the shipped image keeps of this phase.")
    paths: list[Text] | None = Field(None, description="Directories put in front of PATH.")
    depends_on: list[PhaseName] | None = Field(None, description="Phases that come earlier.")
    environment: dict[Name, Scalar] | None = Field(None, description="Variables that only this phase sees.")


class BaseImages(_Table):
    """Images to start from, instead of those of the catalogue."""

    build: Image | None = Field(None, description="The image that the app is built in.")
    run: Image | None = Field(None, description="The image that the app is shipped in.")


class Check(_Table):
    """How `buildplan check` judges the committed Dockerfiles."""

    select: list[CodePrefix] | None = Field(
        None, description="Codes to report; without it all. `BP73` is BP730 and on."
    )
    ignore: list[CodePrefix] | None = Field(None, description="Codes not to report.")
    dockerfiles: list[Text] | None = Field(
        None, description="Which files to check, `services/*/Dockerfile`; without it all that are found."
    )
    exclude: list[Text] | None = Field(None, description="Which files not to check, `test/**/Dockerfile`.")
    fail_on: Literal["error", "warning", "drift"] | None = Field(
        None,
        description="What is a failure: any error; any warning; or drift and any error, as without it.",
    )


class Lock(_Table):
    """What `buildplan.lock` is to hold; `buildplan lock` writes it."""

    required: Annotated[bool, _expecting("true or false")] | None = Field(
        None, description="A base image without a digest in it is an error."
    )


class _Settings(_Table):
    """How buildplan plans this project. Everything is optional."""

    providers: list[Text] | None = Field(
        None, description='Languages that take part, the app\'s own first; `"..."` stands for the detected ones.'
    )
    app: Text | None = Field(None, description="Which app of a workspace: its name or its folder.")
    versions: dict[str, Version] | None = Field(None, description='Versions of runtimes and tools: `node = "22"`.')
    phases: dict[PhaseName, Phase] | None = Field(
        None, description="Phases of the build: setup, install, build, and any of your own."
    )
    apt: Apt | None = Field(None, description="Debian packages for the build and for the shipped image.")
    variables: dict[Name, _ScalarOrTable] | None = Field(
        None, description='Variables of the app: `LOG = "info"`, or `LOG = { value = "info", scope = "run" }`.'
    )
    secrets: list[Name] | None = Field(None, description="Names of secrets; their values never enter the plan.")
    start: Command | None = Field(None, description="The command that starts the app.")
    processes: dict[ProcessName, Command] | None = Field(None, description="More process types: worker, release, …")
    port: Port | None = Field(None, description="The port that the app listens on; PORT in the container overrides it.")
    user: User | None = Field(None, description="The numeric user and group that the app runs as.")
    health_check: HealthCheck | None = Field(None, description="A path that answers when the app is well.")
    labels: dict[Label, Scalar] | None = Field(None, description='Labels of the image, `team = "shop"`.')
    entrypoint: Command | None = Field(
        None, description="What every command of the image is started by, such as a script of yours."
    )
    volumes: list[Volume] | None = Field(
        None, description="Directories with data of their own, which the app may write."
    )
    workdir: Directory | None = Field(None, description="The directory that the app is started in; by itself /app.")
    stop_signal: Signal | None = Field(None, description="The signal that ends the app.")
    platforms: list[BuildPlatform] | None = Field(
        None, description="What `buildplan build` builds for: `linux/amd64`, `linux/arm64`."
    )
    base_images: BaseImages | None = Field(None, description="Images to start from.")
    mirrors: Mirrors | None = Field(
        None,
        description='Where images and packages come from instead: `"docker.io" = "mirror.corp/hub"`, `npm = "https://…"`.',
    )
    lock: Lock | None = Field(None, description="Base images pinned by their digests.")
    ca_certificates: list[Text] | None = Field(
        None, description="Certificates in the tree (`.crt`, `.pem`) that every stage trusts."
    )
    ignore: list[Code] | None = Field(None, description="Codes of diagnostics not to show.")
    check: Check | None = Field(None, description="What `buildplan check` looks at.")


def _options(provider: str, known: Mapping[str, str]) -> tuple[Any, Any]:
    kinds = ["string", "boolean", "integer", "number"]
    schema = {
        "type": "object",
        "properties": {name: {"type": kinds, "description": text} for name, text in known.items()},
        "additionalProperties": {"type": kinds},
    }
    table = Annotated[dict[str, Scalar], WithJsonSchema(schema)]
    return table | None, Field(None, description=f"What only the {provider} provider understands.")


_tables: Any = {provider: _options(provider, known) for provider, known in PROVIDER_OPTIONS.items()}
Settings: type[_Settings] = create_model("Settings", __base__=_Settings, __doc__=_Settings.__doc__, **_tables)
