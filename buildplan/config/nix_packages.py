"""Names from `nixPkgs`, `nixLibs` and `--pkgs`: what they stand for in a world of apt packages and runtime images."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from buildplan.config.mistakes import nearest, shown
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.model.requests import Extend, Overrides, apply
from buildplan.read import data_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.config.mistakes import Mistakes
    from buildplan.model.requests import Items

_PLAIN_TABLES = ("library", "program", "compiler")
_OUTPUTS = (".dev", ".lib", ".out", ".bin")
_PHP = re.compile(r"php(\d)(\d)")
_EXTENSION = re.compile(r"\.all\.([a-z0-9_]+)")
# An expression in parentheses is a program in the Nix language; these shapes say all that they can say for us.
_EXPRESSIONS = (
    (re.compile(r"\(\s*sbt\.override\b"), "sbt"),
    (re.compile(r"\(\s*rust-bin\.fromrustuptoolchainfile\b"), "rustc"),
    (re.compile(r"\(\s*(python\d*)\.withpackages\b"), ""),
)
_JDK = re.compile(r"\bjdk(\d+)")


@dataclass
class Translation:
    """What a list of names asks for."""

    versions: dict[str, Sourced[str]] = field(default_factory=dict)
    options: dict[str, Sourced[str]] = field(default_factory=dict)
    runtime_packages: dict[str, Items] = field(default_factory=dict)
    apt_build: list[Sourced[str]] = field(default_factory=list)
    apt_run: list[Sourced[str]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def overrides(self) -> Overrides:
        """Return the same as overrides: everything is added to what the app itself needs."""
        return Overrides(
            versions=self.versions,
            options=self.options,
            runtime_packages=self.runtime_packages,
            apt_build=Extend(after=tuple(self.apt_build)) if self.apt_build else None,
            apt_run=Extend(after=tuple(self.apt_run)) if self.apt_run else None,
            diagnostics=tuple(self.diagnostics),
        )


@cache
def table() -> dict[str, Any]:
    """Return the translation table."""
    return data_table.read(__file__, "nix_packages")


def split(names: Iterable[Sourced[str]]) -> Items:
    """Return the names one by one: an item may hold several with blanks or commas, an expression stays whole."""
    found = []
    for item in names:
        text = item.value.strip()
        words = [text] if text.startswith("(") else text.replace(",", " ").split()
        found += [Sourced(word, item.origin) for word in words if word not in {"...", "@auto"}]
    return tuple(found)


def translate(names: Iterable[Sourced[str]], mistakes: Mistakes, kind: str = "nix package") -> Translation:
    """Return what the names ask for; each name that has no translation is a mistake with the alternative to write.

    `kind` is what messages call a name: mise's tools have the same names as the packages of nix, as far as they go.
    """
    result = Translation()
    known: dict[str, Any] = {}
    for name in split(names):
        known = known or table()
        if name.value.startswith("("):
            _expression(name, known, result, mistakes)
        elif not _add(name, known, result):
            _unknown(name, known, mistakes, kind)
    return result


def _bare(name: str) -> str:
    bare = name.strip("\"'").lower()
    for prefix in ("nixpkgs.", "pkgs.", "xorg."):
        bare = bare.removeprefix(prefix)
    return bare


def _add(name: Sourced[str], known: dict[str, Any], result: Translation) -> bool:
    bare = _bare(name.value)
    for candidate in (bare, *(bare.removesuffix(suffix) for suffix in _OUTPUTS if bare.endswith(suffix))):
        if _add_plain(candidate, name, known, result) or _add_pattern(candidate, name, known, result):
            return True
    return False


def _add_plain(bare: str, name: Sourced[str], known: dict[str, Any], result: Translation) -> bool:
    if bare in known["present"]["names"]:
        return True
    for kind in _PLAIN_TABLES:
        entry = known[kind].get(bare)
        if entry is None:
            continue
        build = entry["build"] if kind == "library" else entry
        run = entry["run"] if kind == "library" else () if kind == "compiler" else entry
        # A library's headers bring the library itself; what else it brings (`psql`, `openssl`) the build may call too.
        beside = (package for package in run if not build or not package.startswith(("lib", "zlib")))
        for package in dict.fromkeys((*build, *beside)):
            result.apt_build.append(Sourced(package, name.origin))
        result.apt_run += [Sourced(package, name.origin) for package in run]
        return True
    return False


def _add_pattern(bare: str, name: Sourced[str], known: dict[str, Any], result: Translation) -> bool:
    for entry in known["runtime"]:
        match = re.fullmatch(entry["pattern"], bare)
        if match:
            version = ".".join(group for group in match.groups() if group)
            own = tuple(Sourced(package, name.origin) for package in entry["apt"])
            before = result.runtime_packages.get(entry["name"], ())
            result.runtime_packages[entry["name"]] = apply(Extend(after=own), before)
            _request(entry["name"], version, name, result)
            return True
    for entry in known["tool"]:
        match = re.fullmatch(entry["pattern"], bare)
        if match:
            version = next((group for group in match.groups() if group), "")
            _request(entry["name"], version, name, result)
            if not version:
                result.diagnostics.append(_unversioned(name))
            return True
    for entry in known["extension"]:
        match = re.fullmatch(entry["pattern"], bare)
        if match:
            _request(entry["runtime"], ".".join(match["version"] or ""), name, result)
            _extend_option(entry["option"], (match["name"],), name, result)
            return True
    return False


def _request(runtime: str, version: str, name: Sourced[str], result: Translation) -> None:
    if not version:
        return
    earlier = result.versions.get(runtime)
    if earlier is None:
        result.versions[runtime] = Sourced(version, name.origin)
    elif earlier.value != version:
        result.diagnostics.append(
            Diagnostic(
                "BP667",
                "warning",
                f"`{name.value}` asks for {runtime} {version}, and {runtime} {earlier.value} was asked for before it; "
                f"{earlier.value} is taken",
                name.origin,
                "keep one of them",
            )
        )


def _unversioned(name: Sourced[str]) -> Diagnostic:
    return Diagnostic(
        "BP667",
        "info",
        f"`{name.value}` says no version, so it changes nothing: the app's own files say which tools it needs",
        name.origin,
        "commit the lockfile of the tool, or ask for a version",
    )


def _extend_option(option: str, values: tuple[str, ...], name: Sourced[str], result: Translation) -> None:
    earlier = result.options.get(option)
    before = tuple(earlier.value.split(",")) if earlier is not None else ()
    result.options[option] = Sourced(",".join(dict.fromkeys((*before, *values))), name.origin)


def _expression(name: Sourced[str], known: dict[str, Any], result: Translation, mistakes: Mistakes) -> None:
    text = " ".join(name.value.split()).lower()
    php = _PHP.match(text.lstrip("( "))
    if php or text.lstrip("( ").startswith("php."):
        if php:
            _request("php", f"{php[1]}.{php[2]}", name, result)
        _extend_option("php.extensions", tuple(_EXTENSION.findall(text)), name, result)
        return
    for pattern, stands_for in _EXPRESSIONS:
        match = pattern.match(text)
        if not match:
            continue
        _add(Sourced(stands_for or match[1], name.origin), known, result)
        jdk = _JDK.search(text)
        if jdk:
            _request("java", jdk[1], name, result)
        if not stands_for:
            result.diagnostics.append(
                Diagnostic(
                    "BP667",
                    "warning",
                    f"the packages of {shown(name.value)} are not installed",
                    name.origin,
                    "add them to the requirements of the app",
                )
            )
        return
    mistakes.add(
        f"{shown(name.value)} is an expression in the Nix language, which cannot be translated",
        name.origin,
        'write what it gives as apt packages, `aptPkgs = ["...", "name"]`',
    )


def _unknown(name: Sourced[str], known: dict[str, Any], mistakes: Mistakes, kind: str) -> None:
    bare = _bare(name.value)
    for entry in known["unavailable"]:
        match = re.fullmatch(entry["pattern"], bare)
        if match:
            mistakes.add(
                f"the {kind} {shown(name.value)} has no translation",
                name.origin,
                entry["advice"].format(*match.groups()),
            )
            return
    near = nearest(bare, (entry for kind in _PLAIN_TABLES for entry in known[kind]))
    meant = f"did you mean `{near}`? otherwise " if near else ""
    word = re.sub(r"[^a-z0-9+.-]", "-", bare)[:40]
    key = f'`aptPkgs = ["...", "{word}"]`' if kind == "nix package" else "`deploy.aptPackages` or `buildAptPackages`"
    mistakes.add(
        f"the {kind} {shown(name.value)} has no translation",
        name.origin,
        f"{meant}write the Debian package that holds it, {key}",
    )
