"""What the tests of the Go provider share: trees in memory and the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planned import of

from buildplan.language import registry, subfolder
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides

if TYPE_CHECKING:
    from buildplan.language.contract import Detection

PROVIDER = registry.named("go", Origin("<test>"))

MOD = "module example.com/shop\n\ngo 1.26\n"
LIBRARY = "package shop\n"
TOOL = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("done") }\n'
SERVER = """package main

import (
	"net/http"
	"os"
)

func main() {
	_ = http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
"""


def serving(*lines: str, imports: tuple[str, ...] = ()) -> str:
    """Return a server that also does something else."""
    listed = "\n".join(f'\t"{name}"' for name in ("net/http", "os", *imports))
    body = "\n".join(f"\t{line}" for line in lines)
    return (
        f"package main\n\nimport (\n{listed}\n)\n\nfunc main() {{\n{body}\n"
        '\t_ = http.ListenAndServe(":"+os.Getenv("PORT"), nil)\n}\n'
    )


def detected(files: dict[str, str]) -> Detection | None:
    return subfolder.detect(PROVIDER, of(files), Overrides())[0]
