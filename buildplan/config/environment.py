"""Variables with a prefix that are settings: `BUILDPLAN_*`, `NIXPACKS_*`, `RAILPACK_*`. All others are the app's.

The mapping comes from the caller; the environment of this process is never read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.config import apt_packages, nix_packages, variables
from buildplan.config.known import PROVIDER_OPTIONS, RUNTIMES, TOOLS
from buildplan.config.mistakes import Mistakes, nearest, shown
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced, environment
from buildplan.model.requests import (
    CommandRequest,
    Extend,
    Overrides,
    PhaseOverride,
    Replace,
    VariableRequest,
    combine,
    edit_from,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildplan.model.requests import Items

    Apply = Callable[[Sourced[str], Mistakes], Overrides]

PREFIXES = ("BUILDPLAN_", "NIXPACKS_", "RAILPACK_")
# They name the config file, which `load` has to know before anything else.
CONFIG_FILE = ("BUILDPLAN_CONFIG", "NIXPACKS_CONFIG_FILE", "RAILPACK_CONFIG_FILE")


def read(env: Mapping[str, str]) -> Overrides:
    """Return what the variables ask for; raises ConfigError for names and values that cannot be used."""
    mistakes = Mistakes()
    result = Overrides()
    own: list[tuple[str, VariableRequest]] = []
    for name, value in env.items():
        if name.startswith(PREFIXES):
            result = combine(result, setting(name, Sourced(value, environment(name)), mistakes))
        else:
            own.append((name, VariableRequest(value, environment(name))))
    kept, secrets, diagnostics = variables.sorted_out(own, mistakes)
    mistakes.raise_all()
    return combine(result, Overrides(variables=kept, secrets=secrets, diagnostics=diagnostics))


def config_file(env: Mapping[str, str]) -> Sourced[str] | None:
    """Return the config file that a variable names, or None."""
    found = (Sourced(env[name], environment(name)) for name in CONFIG_FILE if env.get(name))
    return next(found, None)


def setting(name: str, value: Sourced[str], mistakes: Mistakes) -> Overrides:
    """Return what one variable with a prefix asks for; an unknown one is a diagnostic."""
    text = value.value.replace("\n", "").replace("\r", "").strip()
    if name in CONFIG_FILE or name in _WITHOUT_MEANING or not text:
        return Overrides()
    value = Sourced(text, value.origin)
    apply = _SETTINGS.get(name) or _versioned(name) or _option_of(name)
    if apply is not None:
        return apply(value, mistakes)
    if name in _ADVICE:
        problem, fix = _ADVICE[name]
        return Overrides(diagnostics=(Diagnostic("BP664", "info", f"`{name}` {problem}", value.origin, fix),))
    near = nearest(name, (*_SETTINGS, *CONFIG_FILE))
    fix = f"did you mean `{near}`?" if near else f"name your own variables without `{name.split('_', maxsplit=1)[0]}_`"
    text = f"{shown(name)} is no setting that is known, so it is ignored"
    return Overrides(diagnostics=(Diagnostic("BP668", "warning", text, value.origin, fix),))


def _truthy(value: str) -> bool:
    return value.lower() in {"1", "true", "yes", "on"}


def words(value: Sourced[str]) -> Items:
    """Return a list given as one text: blanks and commas separate."""
    return tuple(Sourced(word, value.origin) for word in value.value.replace(",", " ").split())


def added(items: Items) -> Extend | Replace:
    """Return the edit that adds the items, also without a marker: what an app itself needs is never dropped."""
    edit = edit_from(items)
    return edit if isinstance(edit, Extend) else Extend(after=items)


def version(runtime: str) -> Apply:
    """Return what a version request for that runtime or tool does."""
    return lambda value, _: Overrides(versions={runtime: value})


def _option(*names: str, text: str | None = None) -> Apply:
    def apply(value: Sourced[str], _: Mistakes) -> Overrides:
        wanted = value if text is None else Sourced(text, value.origin)
        return Overrides(options=dict.fromkeys(names, wanted))

    return apply


def _when_true(name: str, text: str) -> Apply:
    def apply(value: Sourced[str], _: Mistakes) -> Overrides:
        return Overrides(options={name: Sourced(text, value.origin)}) if _truthy(value.value) else Overrides()

    return apply


def commands_of(phase: str) -> Apply:
    """Return what a replaced command of that phase does."""
    return lambda value, _: Overrides(phases={phase: PhaseOverride(commands=Replace((value,)))})


def start_command(value: Sourced[str], _: Mistakes) -> Overrides:
    """Return the override of the start command."""
    return Overrides(start=Sourced(CommandRequest(shell=value.value), value.origin))


def _cache_directories(phase: str) -> Apply:
    return lambda value, _: Overrides(phases={phase: PhaseOverride(caches=added(words(value)))})


def apt(*, build: bool = True, run: bool = True) -> Apply:
    """Return what a list of apt packages does."""

    def apply(value: Sourced[str], mistakes: Mistakes) -> Overrides:
        items, diagnostics = apt_packages.fitted(words(value), mistakes)
        edit = added(items)
        return Overrides(apt_build=edit if build else None, apt_run=edit if run else None, diagnostics=diagnostics)

    return apply


def nix(value: Sourced[str], mistakes: Mistakes) -> Overrides:
    """Return what a list of nix packages does."""
    return nix_packages.translate((value,), mistakes).overrides()


def _mise_packages(value: Sourced[str], mistakes: Mistakes) -> Overrides:
    pairs = (item.value.partition("@") for item in words(value))
    return mise_tools({name: Sourced(wanted or "latest", value.origin) for name, _, wanted in pairs}, mistakes)


def mise_tools(tools: Mapping[str, Sourced[str]], mistakes: Mistakes) -> Overrides:
    """Return what tools with their versions ask for: a runtime of another language is added to the app's own.

    What is neither a runtime nor a tool of one is a program: Debian's package of it is installed.
    """
    known = {name: version for name, version in tools.items() if name in {*RUNTIMES, *TOOLS}}
    programs = [Sourced(name, version.origin) for name, version in tools.items() if name not in known]
    beside: dict[str, Items] = {name: () for name in known if name in RUNTIMES}
    asked = Overrides(versions=known, runtime_packages=beside)
    return combine(nix_packages.translate(programs, mistakes, "tool").overrides(), asked) if programs else asked


def _providers(value: Sourced[str], _: Mistakes) -> Overrides:
    return Overrides(providers=edit_from(words(value)))


def _port(value: Sourced[str], mistakes: Mistakes) -> Overrides:
    if value.value.isascii() and value.value.isdigit() and 0 < int(value.value[:6]) < 65536:  # noqa: PLR2004  # TCP
        return Overrides(port=Sourced(int(value.value), value.origin))
    mistakes.add(f"{shown(value.value)} is no port; expected a number from 1 to 65535", value.origin, "write a number")
    return Overrides()


def _output_folder(value: Sourced[str], _: Mistakes) -> Overrides:
    return Overrides(options={"node.output": value, "node.spa": Sourced("true", value.origin)})


def _web_server(value: Sourced[str], _: Mistakes) -> Overrides:
    if _truthy(value.value):
        return Overrides()
    return Overrides(options={"node.spa": Sourced("false", value.origin)})


def _run_variable(value: Sourced[str], _: Mistakes) -> Overrides:
    name = value.origin.key or ""
    return Overrides(variables={name: VariableRequest(value.value, value.origin, "run")})


_SETTINGS: dict[str, Apply] = {
    "BUILDPLAN_APP": lambda value, _: Overrides(app=value),
    "BUILDPLAN_APT": apt(),
    "BUILDPLAN_APT_BUILD": apt(run=False),
    "BUILDPLAN_APT_RUN": apt(build=False),
    "BUILDPLAN_BUILD_COMMAND": commands_of("build"),
    "BUILDPLAN_HEALTH_CHECK": lambda value, _: Overrides(health_check=value),
    "BUILDPLAN_INSTALL_COMMAND": commands_of("install"),
    "BUILDPLAN_PKGS": nix,
    "BUILDPLAN_PORT": _port,
    "BUILDPLAN_PROVIDERS": _providers,
    "BUILDPLAN_START": start_command,
    "BUILDPLAN_USER": lambda value, _: Overrides(user=value),
    "NIXPACKS_APT_PKGS": apt(),
    "NIXPACKS_BUILD_CACHE_DIRS": _cache_directories("build"),
    "NIXPACKS_BUILD_CMD": commands_of("build"),
    "NIXPACKS_CARGO_WORKSPACE": _option("rust.package"),
    "NIXPACKS_CSHARP_SDK_VERSION": version("dotnet"),
    "NIXPACKS_GO_BIN": _option("go.bin"),
    "NIXPACKS_GRADLE_VERSION": version("gradle"),
    "NIXPACKS_INSTALL_CACHE_DIRS": _cache_directories("install"),
    "NIXPACKS_INSTALL_CMD": commands_of("install"),
    "NIXPACKS_JDK_VERSION": version("java"),
    "NIXPACKS_LIBS": nix,
    "NIXPACKS_MOON_APP_NAME": _option("node.app"),
    "NIXPACKS_MOON_BUILD_TASK": _option("node.moon_build_task"),
    "NIXPACKS_MOON_START_TASK": _option("node.moon_start_task"),
    "NIXPACKS_NO_MUSL": _when_true("rust.musl", "false"),
    "NIXPACKS_NX_APP_NAME": _option("node.app"),
    "NIXPACKS_PHP_FALLBACK_PATH": _option("php.fallback"),
    "NIXPACKS_PHP_ROOT_DIR": _option("php.root"),
    "NIXPACKS_PKGS": nix,
    "NIXPACKS_PYTHON_PACKAGE_MANAGER": _option("python.package_manager"),
    "NIXPACKS_RUST_BIN": _option("rust.bin"),
    "NIXPACKS_SPA_CADDY": _web_server,
    "NIXPACKS_SPA_OUT_DIR": _output_folder,
    "NIXPACKS_START_CMD": start_command,
    "NIXPACKS_STATICFILE_ROOT": _option("static.root"),
    "NIXPACKS_TURBO_APP_NAME": _option("node.app"),
    "RAILPACK_ANGULAR_PROJECT": _option("node.angular_project"),
    "RAILPACK_BUILD_APT_PACKAGES": apt(run=False),
    "RAILPACK_BUILD_CMD": commands_of("build"),
    "RAILPACK_CARGO_WORKSPACE": _option("rust.package"),
    "RAILPACK_DEPLOY_APT_PACKAGES": apt(build=False),
    "RAILPACK_DJANGO_APP_NAME": _option("python.django_app"),
    "RAILPACK_GO_BIN": _option("go.bin"),
    "RAILPACK_GO_WORKSPACE_MODULE": _option("go.module"),
    "RAILPACK_GRADLE_VERSION": version("gradle"),
    "RAILPACK_INSTALL_CMD": commands_of("install"),
    "RAILPACK_JDK_VERSION": version("java"),
    "RAILPACK_NODE_NPM_INSTALL": commands_of("install"),
    "RAILPACK_NODE_PRUNE_CMD": commands_of("prune"),
    "RAILPACK_NO_SPA": _when_true("node.spa", "false"),
    "RAILPACK_NX_APP": _option("node.app"),
    "RAILPACK_PACKAGES": _mise_packages,
    "RAILPACK_PHP_EXTENSIONS": lambda value, _: Overrides(
        options={"php.extensions": Sourced(",".join(item.value for item in words(value)), value.origin)}
    ),
    "RAILPACK_PHP_ROOT_DIR": _option("php.root"),
    "RAILPACK_RUST_BIN": _option("rust.bin"),
    "RAILPACK_SHELL_SCRIPT": _option("shell.script"),
    "RAILPACK_SKIP_MIGRATIONS": _run_variable,
    "RAILPACK_SPA_OUTPUT_DIR": _output_folder,
    "RAILPACK_START_CMD": start_command,
    "RAILPACK_STATIC_FILE_ROOT": _option("static.root"),
}

# The tools write these themselves, or they are about the tools' own output.
_WITHOUT_MEANING = {
    "NIXPACKS_METADATA",
    "NIXPACKS_PATH",
    "NIXPACKS_SPA_OUTPUT_DIR",
    "NIXPACKS_VERBOSE",
    "NIXPACKS_VERSION",
    "RAILPACK_BUILT_AT",
    "RAILPACK_PRUNE_DEPS",
    "RAILPACK_VERBOSE",
    "RAILPACK_VERSION",
}
_OWN_CACHE = "has no effect: the Dockerfile is the same with and without a cache"
_NO_CACHE = "run `docker build --no-cache`"
_BROWSER = "has no effect"
_BROWSER_FIX = "write a phase in buildplan.toml that runs `playwright install --with-deps chromium`"
_ADVICE = {
    "NIXPACKS_DEBIAN": ("has no effect: images are Debian 13, with OpenSSL 3", "remove it"),
    "NIXPACKS_NO_CACHE": (_OWN_CACHE, _NO_CACHE),
    "NIXPACKS_RUN_IMAGE": (
        "has no effect, nor has it in Nixpacks",
        'write `[base_images]` with `run = "…"` in buildplan.toml',
    ),
    "RAILPACK_DISABLE_CACHES": (_OWN_CACHE, _NO_CACHE),
    "RAILPACK_NODE_INSTALL_PATTERNS": (
        "has no effect",
        'name the files: `[phases.install]` with `inputs = ["...", "file"]` in buildplan.toml',
    ),
    "RAILPACK_NODE_PLAYWRIGHT_INSTALL": (_BROWSER, _BROWSER_FIX),
    "RAILPACK_PYTHON_PLAYWRIGHT_INSTALL": (_BROWSER, _BROWSER_FIX),
}


def _versioned(name: str) -> Apply | None:
    """Return what `PREFIX_<RUNTIME>_VERSION` does, None when it names no runtime or tool."""
    body = name.split("_", 1)[1].lower()
    runtime = body.removesuffix("_version")
    return version(runtime) if runtime != body and runtime in {*RUNTIMES, *TOOLS} else None


def _option_of(name: str) -> Apply | None:
    """Return what `BUILDPLAN_<PROVIDER>_<OPTION>` does, None when there is no such option."""
    body = name.removeprefix("BUILDPLAN_").lower()
    provider, _, option = body.partition("_")
    known = option in PROVIDER_OPTIONS.get(provider, {})
    return _option(f"{provider}.{option}") if known and body != name.lower() else None
