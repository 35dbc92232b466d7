"""Whether a tree is a PHP app, and how strong the evidence is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError, FileError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

from .tables import WEB_PACKAGES

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_MANIFEST = "composer.json"
# Words in names of folders that hold no app of their own.
_NO_APPS = subfolder.OTHERS | {"vendor", "spec", "plugins", "themes"}
_PROGRAMS = re.compile(
    r"(?:exec )?(?:\S{0,60}/)?(?:php|php-fpm[\d.]*|apache2-foreground|frankenphp|heroku-php-\w{1,10})(?:\s|$)"
)


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is PHP's."""
    names = tree.directory().files
    start = overrides.start
    started = start is not None and _PROGRAMS.search(start.value.text[:500]) is not None
    if _MANIFEST in names:
        return _with_manifest(tree, overrides, started=started)
    if not any(name.endswith(".php") for name in names) and not _has_index(tree):
        return _elsewhere(tree)
    from . import document_root, php_project

    row, place = php_project.framework(tree, None)
    if row.id and place is not None:
        evidence = Evidence(f"these are the files of {row.title}", place)
        return Detection(Strength.APP, (evidence,), frameworks=(row.id,), frontends=frontends(tree, certain=True))
    folder = document_root.first_index(tree)
    if folder is not None:
        path = f"{folder}/{document_root.INDEX}" if folder else document_root.INDEX
        return Detection(Strength.APP, (Evidence(f"there is `{path}`", Origin(path)),), frontends=frontends(tree))
    scripts = [name for name in names if name.endswith(".php")]
    below = _elsewhere(tree)
    if below is not None or not scripts:
        return below
    if started and start is not None:
        return Detection(Strength.COMMAND, (Evidence("a start command is given", start.origin),))
    used = _used_by_a_page(tree, scripts)
    if used is not None:
        return Detection(Strength.MANIFEST, (used,))
    return Detection(Strength.STRAY, (Evidence(f"`{scripts[0]}` is a PHP file", Origin(scripts[0])),))


def below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folder of the only PHP app near the root; none where there are several, or the root is PHP's."""
    if any(name == _MANIFEST or name.endswith(".php") for name in tree.directory().files):
        return ()
    return subfolder.only_app(tree, "PHP", (_MANIFEST, "index.php"), _NO_APPS, overrides, detect)


def _has_index(tree: SourceTree) -> bool:
    return any(path.count("/") <= 2 for path in tree.named("index.php"))  # noqa: PLR2004  # `app/webroot/index.php`


def _elsewhere(tree: SourceTree) -> Detection | None:
    """Return the claim to a tree whose authors' own server files say that PHP is served from it."""
    if next(iter(tree.with_suffix(".php")), None) is None:
        return None
    from buildplan.read import base_image

    from . import document_root

    written = document_root.document_root(tree)
    if written is not None:
        evidence = Evidence(f"a server shows `{written[0]}/index.php`", written[1])
        return Detection(Strength.APP, (evidence,), frontends=frontends(tree))
    image = base_image.tag(tree, "php")
    if image is not None and "apache" in image.value:
        return Detection(Strength.MANIFEST, (Evidence("the authors' own image is Apache with PHP", image.origin),))
    return None


def _used_by_a_page(tree: SourceTree, scripts: list[str]) -> Evidence | None:
    """Return the page that sends its forms to a script beside it: it is no static site."""
    text = tree.text_or_none("index.html")
    if text is None:
        return None
    name = next((name for name in scripts if name in text), None)
    return Evidence(f"`index.html` uses `{name}`", Origin("index.html")) if name is not None else None


def _with_manifest(tree: SourceTree, overrides: Overrides, *, started: bool) -> Detection:
    from . import document_root, php_project

    found = Evidence(f"there is `{_MANIFEST}`", Origin(_MANIFEST))
    try:
        manifest = php_project.read_composer(tree)
    except BuildplanError as error:
        # The plan says what is wrong, if PHP is what the tree is about.
        return Detection(Strength.MANIFEST, (Evidence(found.text, error.origin or found.origin),))
    row, place = php_project.framework(tree, manifest)
    folder = document_root.first_index(tree)
    kind = manifest.manifest.get("type") if manifest is not None else None
    is_package = isinstance(kind, str) and kind not in {"project", "metapackage"}
    evidence: Evidence | None = None
    if row.id and place is not None and (not is_package or folder is not None or tree.has("artisan")):
        evidence = Evidence(f"{row.title} is required", place)
    elif started and overrides.start is not None:
        evidence = Evidence("a start command is given", overrides.start.origin)
    elif folder is not None:
        path = f"{folder}/{document_root.INDEX}" if folder else document_root.INDEX
        evidence = Evidence(f"there is `{path}`", Origin(path))
    if evidence is not None:
        ids = (row.id,) if row.id else ()
        # A page of its own beside required packages is an app; what JavaScript is beside it belongs to that.
        own = folder is not None and manifest is not None and manifest.wants_packages
        fronts = frontends(tree, certain=bool(row.id) or own)
        return Detection(Strength.APP, (evidence, found), frameworks=ids, frontends=fronts)
    web = manifest.required(*WEB_PACKAGES) if manifest is not None else None
    if web is not None or (manifest is not None and manifest.wants_packages and not is_package):
        return Detection(Strength.MANIFEST, (found,))
    return Detection(Strength.TOOLING, (Evidence(f"`{_MANIFEST}` holds no app", found.origin),))


def frontends(tree: SourceTree, *, certain: bool = False) -> tuple[str, ...]:
    """Return the root where its package.json has a build: what it makes is served by this app.

    `certain` says that a framework of PHP is there: then any package.json beside it is a part of it.
    """
    if not tree.has("package.json"):
        return ()
    from . import plan

    try:
        return ("",) if certain or plan.script(tree) is not None else ()
    except FileError:
        return ()
