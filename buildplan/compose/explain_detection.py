"""What a provider says of a tree, also when it says nothing: which files it looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import subfolder
from buildplan.source.tree import SourceTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Detection, Provider
    from buildplan.model.requests import Overrides
    from buildplan.source.tree import Directory


class Claim(NamedTuple):
    """A provider's answer: `detection` is None when it does not claim the tree; then `looked_for` says for what."""

    provider: Provider
    detection: Detection | None
    looked_for: tuple[str, ...] = ()


class _Watched(SourceTree):
    """A tree that notes what it is asked for; everything else is the tree's own."""

    def __init__(self, tree: SourceTree) -> None:
        super().__init__(tree._backend)  # noqa: SLF001  # the same tree
        self._listing = tree.listing
        self.asked: dict[str, None] = {}

    @property
    def files(self) -> Iterator[str]:
        self.asked["the names of all files"] = None
        return super().files

    def directory(self, path: str = "") -> Directory:
        self.asked[f"the names of the files in `{path}/`" if path else "the names of the files at the root"] = None
        return super().directory(path)

    def has(self, path: str) -> bool:
        self.asked[f"`{path}`"] = None
        return super().has(path)

    def has_directory(self, path: str) -> bool:
        self.asked[f"`{path.rstrip('/')}/`"] = None
        return super().has_directory(path)

    def named(self, name: str) -> tuple[str, ...]:
        self.asked[f"`{name}` anywhere"] = None
        return super().named(name)

    def with_suffix(self, *suffixes: str) -> tuple[str, ...]:
        for suffix in suffixes:
            self.asked[f"`*{suffix}` anywhere"] = None
        return super().with_suffix(*suffixes)


def claim(tree: SourceTree, provider: Provider, overrides: Overrides) -> Claim:
    """Return what the provider says of the tree; raises what its `detect` raises."""
    watched = _Watched(tree)
    detection, _ = subfolder.detect(provider, watched, overrides)
    if detection is not None:
        return Claim(provider, detection)
    said = (provider.looks_for,) if provider.looks_for else ()
    return Claim(provider, None, (*said, *watched.asked))
