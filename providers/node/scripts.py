"""The scripts of a manifest: which one builds, and what it reaches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .manifest import Manifest

# What people call the script that builds for production, the usual name first. Heroku's and Google's buildpacks run
# theirs in place of it.
BUILD_SCRIPTS = (
    "build",
    "build:prod",
    "build:production",
    "build-prod",
    "production",
    "build:all",
    "heroku-postbuild",
    "gcp-build",
    "compile",
    "build:web",
    "build:app",
    "build:server",
    "build:client",
    "build:frontend",
    "build:ui",
    "build-frontend",
)
# Scripts that build the app only where a site generator is what they call: elsewhere they are about documents.
SITE_SCRIPTS = ("docs:build", "build:docs", "generate", "build:site", "site:build", "export")
_GENERATORS = re.compile(
    r"(?:^|[\s/])(?:vitepress|vuepress(?:-vite|-webpack)?|docusaurus|nuxt|nuxi|astro|eleventy|hexo|gatsby|slidev|vocs|rspress"
    r"|next|expo|gridsome|react-static|sapper)\s",
    re.ASCII,
)
_MAX_SCRIPTS = 40
# What people call a build inside of an image, where there is no database.
FOR_IMAGES = ("build-docker", "build:docker", "docker-build", "docker:build")
_DOCKER = re.compile(r"\bdocker(?:-compose)?\s")
_CHECK = re.compile(r"(?:^|[-:_])(?:check|verify|validate|ensure)(?:[-:_]|$)")


def build_script(manifest: Manifest) -> str | None:
    """Return the name of the script that builds the app, or None."""
    if manifest.builds_with:
        return manifest.builds_with
    for name in FOR_IMAGES:
        text = manifest.scripts.get(name, "")
        if text and "build" in manifest.scripts and not _DOCKER.search(text) and _checks_less(manifest, name):
            return name
    found = next((name for name in BUILD_SCRIPTS if manifest.script(name) is not None), None)
    return found or next(
        (name for name in SITE_SCRIPTS if _GENERATORS.search(f"{manifest.scripts.get(name, '')} ")), None
    )


def _checks_less(manifest: Manifest, name: str) -> bool:
    """Return whether a script leaves out a check that `build` makes, such as one for a database."""
    left_out = set(manifest.scripts["build"].split()) - set(manifest.scripts[name].split())
    return any(word in manifest.scripts and _CHECK.search(word) for word in left_out)


def build_texts(manifest: Manifest) -> tuple[str, ...]:
    """Return the text of the build script and of every script that it reaches."""
    name = build_script(manifest)
    return () if name is None else reached(manifest, name)


def reached(manifest: Manifest, name: str) -> tuple[str, ...]:
    """Return the texts of a script, its `pre` and `post` scripts, and those that they name, each once."""
    texts: list[str] = []
    seen: set[str] = set()
    pending = [name]
    while pending and len(texts) < _MAX_SCRIPTS:
        current = pending.pop(0)
        if current in seen:
            continue
        seen.add(current)
        script = manifest.script(current)
        if script is None:
            continue
        texts.append(script.value)
        words = script.value.replace("&", " ").replace(";", " ").replace('"', " ").replace("'", " ").split()
        named = [word.removeprefix("npm:") for word in words]
        pending.extend([f"pre{current}", *(word for word in named if word in manifest.scripts), f"post{current}"])
    return tuple(texts)
