"""The rows that make a language without code of its own for detection, phases and images.

`Rules` is all of it: how the manifest is read, where versions are asked for, what installs packages, which frameworks
there are, what packages need from the system, what is started, and how the app is shipped. The engine
(`buildplan.language.engine`) does the rest. Where a row cannot say it, a finder can: a plain function of the `App`.
A language that the rows do not fit writes its own `detect` and `plan`, from the same parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from buildplan.language.packages import Dependency
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildplan.language.declare import Language
    from buildplan.language.packages import Need
    from buildplan.language.ports import Found
    from buildplan.language.start import Start
    from buildplan.language.versions import Source
    from buildplan.model.build_plan import Cache
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

F = TypeVar("F")


class Manager(NamedTuple):
    """A package manager that installs what a manifest names.

    It is the app's where its `lock` is there, and the last manager of a language is where none is: then `unlocked` is
    the command, and BP612 says that `fix` makes a lock file. `inputs` are the files and folders (with a `/`) that an
    installation reads; those of the tree are copied. `makes` are folders of packages that an interpreted app needs at
    run time. `environment` is set while it installs, each variable with its reason.
    """

    name: str
    lock: str
    command: str
    inputs: tuple[str, ...]
    why: str
    unlocked: str = ""
    fix: str = ""
    caches: tuple[Cache, ...] = ()
    makes: tuple[str, ...] = ()
    environment: tuple[tuple[str, str, str], ...] = ()


class Framework(NamedTuple):
    """A framework, known by the packages that `names` lists, strongest first in a table.

    `port` is where it listens; None for one that does not. `flag` is the argument that tells it another port, `--port
    {port}`; without it `reads_port` says whether `PORT` does. `environment` is set where the app runs.
    `folders` are those that it reads then, where the tree has them.
    """

    id: str
    title: str
    names: tuple[str, ...]
    port: int | None = None
    flag: str = ""
    reads_port: bool = True
    environment: tuple[tuple[str, str], ...] = ()
    folders: tuple[str, ...] = ()


class Compiled(NamedTuple):
    """How a compiled app is built and shipped: its programs, on the smallest image that has what they are linked with.

    `command` builds one program: `{name}` and `{source}` are its own, `{output}` is the path that it is written to; or
    it writes to `output`, where `{name}` is the program's. `linked` is the flavour of the distroless image that has
    what every program needs (`slim` for nothing, `glibc`, `cxx`), `why` the reason. `caches` are kept between builds.
    `environment` is set while it builds, each variable with its reason.
    """

    command: str
    output: str
    linked: str
    why: str
    caches: tuple[Cache, ...] = ()
    environment: tuple[tuple[str, str, str], ...] = ()
    artifacts: tuple[str, ...] = ()


class Interpreted(NamedTuple):
    """How an app is shipped that runs as source: on the runtime's image, with its packages.

    `build` are commands that make something of the source, each with the reason. `writable` are folders of the app,
    beside its own, that are made for it to write to.
    """

    build: tuple[tuple[str, str], ...] = ()
    writable: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    artifacts: tuple[str, ...] = ()


class Program(NamedTuple):
    """A program that a build can make: its name, its source file, and where the tree names it."""

    name: str
    source: str
    origin: Origin


class App(NamedTuple, Generic[F]):
    """A tree that is planned as an app of a language; `facts` are what its manifest says, as the language reads it."""

    language: Language
    rules: Rules[F]
    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    facts: F

    def dependency(self, *names: str) -> Dependency | None:
        """Return the first of these packages that the app has, None when it has none; it always has its language."""
        for name in names:
            found = self.rules.dependencies(self.facts).get(name)
            if found is not None:
                return found
            if name == self.language.name:
                return Dependency(self.language.title, self.manifest)
        return None

    @property
    def manifest(self) -> Origin:
        """The manifest at the root."""
        return Origin(self.tree.first(*self.language.manifests) or ".")

    @property
    def framework(self) -> tuple[Framework, Dependency] | None:
        """The first framework of the table that the app has, with the package that says so."""
        for row in self.rules.frameworks:
            found = self.dependency(*row.names)
            if found is not None:
                return row, found
        return None


class Rules(NamedTuple, Generic[F]):
    """A language in rows; `F` is what its manifest says.

    `read` returns the facts of a tree, and raises FileError for a manifest that cannot be read; `dependencies` are
    the packages that the app has, by name. `versions` are the places that ask for the runtime's version.
    `programs` are what can be built, the app's own first; `starts` find what to start where the owner does not say it,
    and where they find nothing it is the first program. `ports` says where the code listens; without it, or where it
    finds nothing, the framework's row does. `reads` are paths that an installation reads beside those of its manager:
    packages that lie in the tree.
    """

    read: Callable[[SourceTree], F]
    dependencies: Callable[[F], Mapping[str, Dependency]]
    versions: tuple[Source[F], ...]
    image: Compiled | Interpreted
    managers: tuple[Manager, ...] = ()
    frameworks: tuple[Framework, ...] = ()
    needs: tuple[Need, ...] = ()
    programs: Callable[[App[F]], tuple[Program, ...]] | None = None
    starts: tuple[Callable[[App[F]], Start | None], ...] = ()
    ports: Callable[[App[F]], Found | None] | None = None
    reads: Callable[[App[F]], tuple[str, ...]] | None = None
    run_only: tuple[str, ...] = ("PORT",)
