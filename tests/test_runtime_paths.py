from __future__ import annotations

import pytest

from buildplan.language.runtime_paths import package_above
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("path", "folder"),
    [("web/dist/js", "web"), ("web/dist", "web"), ("other/dist", None), ("/web/dist", None), ("/", None), ("", None)],
)
def test_the_package_above_a_path_is_the_nearest_one_and_none_is_above_an_absolute_path(
    path: str, folder: str | None
) -> None:
    tree = SourceTree(MemoryBackend({"web/package.json": "{}", "main.go": "package main"}))
    assert package_above(tree, path) == folder
