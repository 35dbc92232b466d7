"""What stays out of the build context: the patterns of the `.dockerignore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.read import dockerignore

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan
    from buildplan.model.build_plan import Phase, Run
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

# Never part of an image, whatever the language. Patterns are those of `.dockerignore`.
_IGNORED = (
    ".git",
    ".github",
    ".gitlab-ci.yml",
    ".idea",
    ".vscode",
    "**/.DS_Store",
    ".dockerignore",
    "Dockerfile*",
    "compose*.y*ml",
    "docker-compose*.y*ml",
    "**/.env",
    "**/.env.*",
    # What the tools of a developer's machine keep beside the code: credentials of registries, clouds and hosts.
    "**/.netrc",
    "**/.pypirc",
    ".aws",
    ".ssh",
    "**/id_rsa*",
    "**/*.tfstate*",
    "kubeconfig",
)
# What has a meaning of its own in a pattern.
_SPECIAL = frozenset("*?[]\\!")
# Env files that document what there is and hold no values; dotenv-safe and others read them when the app starts.
_EXAMPLES = ("example", "sample", "template", "dist", "schema", "defaults")


# Where our part of a `.dockerignore` begins: what stands above it is the owner's.
HEADER = "# Added by buildplan: what no build step needs"


def own_lines(tree: SourceTree) -> tuple[str, ...]:
    """Return the lines of the tree's `.dockerignore` that we did not write."""
    if not tree.has(dockerignore.PATH):
        return ()
    lines = tree.text(dockerignore.PATH).splitlines()
    own = lines[: lines.index(HEADER)] if HEADER in lines else lines
    # Where a person took our headline out, our last line must not become theirs.
    return tuple(line for line in own if not line.startswith("# buildplan "))


def ignored(
    tree: SourceTree, plan: ProviderPlan, phases: tuple[Phase, ...], run: Run, reasons: Reasons
) -> tuple[str, ...]:
    """Return the patterns; first those that bring back what the tree's own file hides and the build needs."""
    examples = tuple(path for kind in _EXAMPLES for path in tree.named(f".env.{kind}"))
    kept = (*_environment_files(tree, plan, phases, run, reasons), *examples)
    rules = dockerignore.rules(tree)
    back: list[str] = []
    for field, inputs in (
        *((f"the phase `{phase.name}`", phase.inputs) for phase in phases),
        ("the image", run.copies),
    ):
        for item in inputs:
            found = None if item.phase is not None else dockerignore.excluding(rules, item.path)
            if item.path == "." or found is None:
                continue
            path = item.path.rstrip("/")
            possible = not _SPECIAL.intersection(path) and path.partition("/")[0] != ".git"
            if possible:
                back.append(f"!{path}")
            reasons.report(
                Diagnostic(
                    "BP682",
                    "info" if possible else "error",
                    f"`{found.pattern}` keeps `{item.path}` out of the build, and {field} copies it"
                    + (", so it is brought back" if possible else ""),
                    Origin(dockerignore.PATH, found.line),
                    f"remove the line, or add `!{path}` below it",
                )
            )
    artifacts = tuple(dict.fromkeys(plan.artifacts))
    return (*dict.fromkeys(back), *artifacts, *_IGNORED, *(f"!{path}" for path in kept))


def _environment_files(
    tree: SourceTree, plan: ProviderPlan, phases: tuple[Phase, ...], run: Run, reasons: Reasons
) -> tuple[str, ...]:
    """Return the committed env files that a build reads; what is shipped whole never gets them.

    Vite, Next, CRA and others document committing `.env` and `.env.production` with public values.
    """
    read = plan.env_files
    found = [path for name in (".env", ".env.production") for path in tree.named(name) if path not in read]
    if not found:
        return read
    built = any(phase.name.endswith("build") and phase.commands for phase in phases)
    whole = any(item.path == "." for item in run.copies)
    if built and not whole:
        return (*read, *found)
    reasons.report(
        Diagnostic(
            "BP681",
            "info",
            f"`{found[0]}` stays out of the image, since it may hold secrets",
            Origin(found[0]),
            "set its variables when the container starts, or in `variables` when they are public",
        )
    )
    return read
