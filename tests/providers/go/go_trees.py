"""What the tests of the Go provider share: trees in memory and the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import buildplan
from buildplan import registry
from buildplan.overrides import Overrides
from buildplan.provenance import Origin
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from buildplan.build_plan import BuildPlan, Decision, Diagnostic
    from buildplan.contract import Detection

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


def of(files: dict[str, str]) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def serving(*lines: str, imports: tuple[str, ...] = ()) -> str:
    """Return a server that also does something else."""
    listed = "\n".join(f'\t"{name}"' for name in ("net/http", "os", *imports))
    body = "\n".join(f"\t{line}" for line in lines)
    return (
        f"package main\n\nimport (\n{listed}\n)\n\nfunc main() {{\n{body}\n"
        '\t_ = http.ListenAndServe(":"+os.Getenv("PORT"), nil)\n}\n'
    )


def plan(files: dict[str, str], **options: Any) -> BuildPlan:
    return buildplan.plan(files, buildplan.Options(**options))


def detected(files: dict[str, str]) -> Detection | None:
    return PROVIDER.detect(of(files), Overrides())


def decision(made: BuildPlan, field: str) -> Decision:
    found = made.decision(field)
    assert found is not None, f"no decision {field}: {[item.field for item in made.decisions]}"
    return found


def diagnostic(made: BuildPlan, code: str) -> Diagnostic:
    found = [item for item in made.diagnostics if item.code == code]
    assert len(found) == 1, [str(item) for item in made.diagnostics]
    return found[0]


def codes(made: BuildPlan) -> set[str]:
    return {item.code for item in made.diagnostics}


def commands(made: BuildPlan, phase: str = "build") -> tuple[str, ...]:
    found = made.phase(phase)
    assert found is not None
    return found.commands


def copied(made: BuildPlan) -> list[str]:
    return [item.path for item in made.run.copies]


def started(made: BuildPlan) -> str:
    process = made.process(made.start)
    assert process is not None
    return process.text
