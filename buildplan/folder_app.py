"""An app in a folder below a root that holds nothing but documents: `api/` and `client/`, with no workspace above.

The folder is planned as if it were the tree; then its paths get the folder's name in front again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.build_plan import Decision, Diagnostic, Input, RunnerUp
from buildplan.provenance import Origin
from buildplan.source import Directory, Listing, SourceTree

if TYPE_CHECKING:
    from buildplan.build_plan import Phase
    from buildplan.contract import ProviderPlan

# A root with anything else is about that.
_DOCUMENTS = (".md", ".txt", ".rst", ".png", ".jpg", ".svg", ".gif", ".yml", ".yaml", ".pdf", ".code-workspace")
_PLAIN_NAMES = frozenset(
    {
        "license",
        "licence",
        "makefile",
        "procfile",
        "notice",
        "authors",
        "codeowners",
        "copying",
        "dockerfile",
        "buildplan",
        "justfile",
        "taskfile",
    }
)


def holds_documents_only(tree: SourceTree) -> bool:
    """Return whether the root holds no code and no manifest, so that an app can only be in a folder."""
    return all(_is_document(name) for name in tree.directory().files)


def _is_document(name: str) -> bool:
    lower = name.lower()
    plain = lower.partition(".")[0] in _PLAIN_NAMES or lower.startswith("license-")
    return name.startswith(".") or lower.endswith(_DOCUMENTS) or plain


class _Below:
    """What lies below a folder of another tree."""

    def __init__(self, tree: SourceTree, directory: str) -> None:
        self._tree = tree
        self._prefix = f"{directory}/"
        self.label = f"{directory} in {tree.label}"

    def listing(self) -> Listing:
        """List the folder."""
        whole = self._tree.listing
        top = self._prefix.rstrip("/")
        directories = {"": whole.directories.get(top, Directory())}
        for path, names in whole.directories.items():
            if path.startswith(self._prefix):
                directories[path.removeprefix(self._prefix)] = names
        blocked = {
            path.removeprefix(self._prefix): why for path, why in whole.blocked.items() if path.startswith(self._prefix)
        }
        return Listing(directories, blocked)

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a file below the folder."""
        content = self._tree.read(self._prefix + path)
        return content if len(content) <= limit else None


def below(tree: SourceTree, directory: str) -> SourceTree:
    """Return the tree of a folder."""
    return tree.memo("below", directory, lambda: SourceTree(_Below(tree, directory)))


def raised(plan: ProviderPlan, directory: str, others: tuple[str, ...], field: str, manifest: str) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree.

    `field` is the option that names the folder, `others` are the folders that could be it, each with a `manifest`.
    """
    names = ", ".join(f"`{name}`" for name in others)
    origin = Origin(f"{directory}/{manifest}")
    decision = Decision(
        field,
        directory,
        origin,
        "the folder that looks most like the app; the root holds documents only",
        tuple(RunnerUp(name, Origin(f"{name}/{manifest}"), "it looks less like a server") for name in others),
    )
    more = Diagnostic(
        "BP635",
        "warning",
        f"the app is in `{directory}`" + (f", and {names} is not part of the image" if others else ""),
        origin,
        "name another folder with `--app`, or plan each folder by itself",
    )
    run = plan.run
    return replace(
        plan,
        phases=tuple(_phase(phase, directory) for phase in plan.phases),
        run=None if run is None else replace(run, copies=_inputs(run.copies, directory)),
        artifacts=tuple(path if path.startswith("**/") else f"{directory}/{path}" for path in plan.artifacts),
        decisions=(decision, *(_decision(item, directory) for item in plan.decisions)),
        diagnostics=(more, *(replace(item, origin=_origin(item.origin, directory)) for item in plan.diagnostics)),
    )


def _phase(phase: Phase, directory: str) -> Phase:
    return replace(phase, inputs=_inputs(phase.inputs, directory))


def _inputs(inputs: tuple[Input, ...], directory: str) -> tuple[Input, ...]:
    return tuple(item if item.phase is not None else _input(item, directory) for item in inputs)


def _input(item: Input, directory: str) -> Input:
    if item.path == ".":
        return Input(f"{directory}/", dest=item.dest or "")
    if item.dest is not None:
        return Input(f"{directory}/{item.path}", dest=item.dest)
    parent = item.path.rpartition("/")[0] if not item.path.endswith("/") else ""
    target = item.path if item.path.endswith("/") else f"{parent}/" if parent else ""
    return Input(f"{directory}/{item.path}", dest=target)


def _decision(item: Decision, directory: str) -> Decision:
    runners_up = tuple(replace(other, origin=_place(other.origin, directory)) for other in item.runners_up)
    return replace(item, origin=_place(item.origin, directory), runners_up=runners_up)


def _origin(origin: Origin | None, directory: str) -> Origin | None:
    return None if origin is None else _place(origin, directory)


def _place(origin: Origin, directory: str) -> Origin:
    return origin if origin.path.startswith("<") else replace(origin, path=f"{directory}/{origin.path}")
