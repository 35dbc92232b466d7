"""Which generator a tree is written for, and what all of them have in common.

JavaScript's generators belong to the Node provider. What a generator needs (package, version, output folder) is in
`generators.toml`; here are the files that give it away.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import PlanError, VersionError
from buildplan.language.contract import Strength
from buildplan.model.build_plan import Input, Phase
from buildplan.model.origin import Origin, Sourced, catalogue
from buildplan.read import data_table

from .paths import inside

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

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
