"""mdBook, which is compiled from its source package, once, in a layer that only a new version changes.

Sources, checked 2026-11-24: https://rust-lang.github.io/mdBook/guide/installation.html,
https://rust-lang.github.io/mdBook/format/configuration/general.html (`build.build-dir`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.errors import PlanError
from buildplan.model.build_plan import Cache, Phase, Runtime
from buildplan.read import toml_document

from .generators import build_phase, numbered, output, setting, table, title
from .python_sites import Written

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .generators import Generator

_BUILT_IN = {"preprocessor": {"links", "index"}, "output": {"html", "markdown"}}


def phases(
    tree: SourceTree, generator: Generator, overrides: Overrides, asked: Sourced[str] | None, reasons: Reasons
) -> Written:
    """Return how the book is written.

    Raises FileError for a `book.toml` that cannot be read, PlanError for one that needs more programs than mdBook.
    """
    document = toml_document.read(tree, generator.config)
    for kind, known in _BUILT_IN.items():
        value = document.get(kind)
        for name in value if isinstance(value, dict) else ():
            if name not in known:
                raise PlanError(
                    f"the book needs the program `mdbook-{name[:60]}`, which nothing in the tree pins",
                    origin=document.origin(kind, name),
                    hint="run `mdbook build`, commit `book/`, and set the option `static.root` to `book`",
                )
    requested = overrides.versions.get("rust")
    requests = (versions.Request(requested.value, requested.origin, "exact"),) if requested is not None else ()
    resolved = versions.resolve("rust", requests, reasons)
    version = numbered(generator.name, asked, reasons)
    package = table(generator.name)["package"]
    command = f"cargo install {package} --version {version} --locked --root /usr/local"
    reasons.decide("phases.install.commands", command, generator.origin, "mdBook is published as source only")
    setup = Phase("setup", runtime=Runtime("rust", resolved.version, resolved.requested))
    install = Phase(
        "install",
        comment=f"Compile {title(generator.name)}",
        commands=(command,),
        caches=(Cache("cargo", "/usr/local/cargo/registry"),),
        depends_on=("setup",),
    )
    folder = output("mdbook", setting(document, "build", "build-dir"), reasons)
    reasons.decide("phases.build.commands", "mdbook build", generator.origin, "the build command of mdBook")
    # With an output besides HTML, mdBook puts each into a folder of its own.
    several = isinstance(document.get("output"), dict) and len(document.table("output")) > 1
    return Written(
        (setup, install, build_phase(generator, ("mdbook build",), folder)), f"{folder}/html" if several else folder
    )
