"""Names in Nixpacks' vocabulary: providers as `nixpacks detect` prints them, and runtimes as nix packages.

Source: shared/reference/nixpacks.md sections 3.4 and 10.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.model.build_plan import ProviderUse, Runtime
    from buildplan.source import SourceTree

_PROVIDERS = {"static": "staticfile"}
# What Nixpacks does not call a provider: a start command alone makes a plan without one.
_NO_PROVIDER = {"shell"}
# Runtime → the attribute of nixpkgs, filled with the parts of the version.
_PACKAGES = {
    "deno": "deno",
    "dotnet": "dotnet-sdk_{0}",
    "elixir": "elixir_{0}_{1}",
    "go": "go_{0}_{1}",
    "java": "jdk{0}",
    "node": "nodejs_{0}",
    "php": "php{0}{1}",
    "python": "python{0}{1}",
    "ruby": "ruby_{0}_{1}",
    "rust": "rustc",
}
_NO_PACKAGE = {"debian", "distroless"}
# Tags that Nixpacks adds to `NIXPACKS_METADATA`.
_TAGS = {"python": ("django",)}


def of_provider(name: str, tree: SourceTree) -> str | None:
    """Return how Nixpacks calls a provider of ours; None for what it has no name for."""
    if name in _NO_PROVIDER:
        return None
    if name == "dotnet":
        return "f#" if tree.with_suffix(".fsproj") and not tree.with_suffix(".csproj") else "c#"
    return _PROVIDERS.get(name, name)


def of_runtime(runtime: Runtime) -> str | None:
    """Return the nix package that stands for a runtime; None for what no package stands for."""
    if runtime.name in _NO_PACKAGE:
        return None
    parts = [*runtime.version.split("-")[0].split("."), "", ""]
    template = _PACKAGES.get(runtime.name, runtime.name)
    return template.format(*parts).rstrip("_")


def metadata(uses: tuple[ProviderUse, ...], tree: SourceTree) -> str:
    """Return the value of `NIXPACKS_METADATA`: the providers, each followed by its tags."""
    words: list[str] = []
    for use in uses[:1]:
        name = of_provider(use.name, tree)
        if name is not None:
            tags = (tag for tag in _TAGS.get(name, ()) if tag in {item.lower() for item in use.frameworks})
            words += [name, *tags]
    return ",".join(words)
