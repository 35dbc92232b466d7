"""Where the executable starts."""

from __future__ import annotations

import os
import sys

from buildplan.multicall import main

FOLDER = os.path.dirname(__file__)  # noqa: PTH120  # each import of an executable costs its start


class Grammars:
    """Unpacks a grammar of tree-sitter beside the executable's other libraries when it is imported."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Put the module where the next finder looks for it."""
        if name.startswith("tree_sitter_") and "." not in name:
            import zipfile

            with zipfile.ZipFile(f"{FOLDER}/grammars.zip") as archive:
                archive.extractall(FOLDER, [item for item in archive.namelist() if item.startswith(f"{name}/")])


sys.meta_path.insert(0, Grammars)  # type: ignore[arg-type]  # it finds nothing itself
raise SystemExit(main())
