"""The plan of a Rust app.

Cargo's registry and its `target` folder are cache mounts: a source change downloads and compiles no dependency again.
The program is copied out of the mount in the same step. Cargo compares times, and a checkout may be older than what
the cache was made from, so the app's own sources are touched first.

A Rust program without a handler ignores SIGTERM as process 1, so an init stands before it.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from buildplan import catalogue, data_table, versions
from buildplan.build_plan import Cache, Diagnostic, Input, Phase, Process, Run, RunnerUp, Runtime
from buildplan.contract import PlanContext, ProviderPlan, Reasons
from buildplan.errors import ConfigError, NoStartError, PlanError
from buildplan.provenance import Origin, rule
from buildplan.provenance import catalogue as table_of

from . import manifests, rust_version
from .detect import framework

if TYPE_CHECKING:
    from buildplan.overrides import Overrides
    from buildplan.source import SourceTree

    from .manifests import Binary, Package

_PORT = 8080
_TOKEN = re.compile(r"//[^\n]*|/\*(?:.*?\*/|.*)", re.DOTALL)
_ADDRESS = re.compile(r'"(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):([0-9]{2,5})"')
_TUPLE = re.compile(r'(?:"(localhost|127\.0\.0\.1|0\.0\.0\.0)"|\[(127|0), ?0, ?0, ?[01]\]), ?([0-9]{2,5})\b')
_FOLDERS = ("templates", "static", "public", "assets", "config", "migrations")
_SERVERS = frozenset({"server", "web", "api", "app", "backend", "http", "site"})
_DEBIAN_OF = {"trixie": "13", "bookworm": "12", "bullseye": "11"}


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan; raises FileError for a broken manifest, NoStartError without a program."""
    overrides, reasons = context.overrides, Reasons()
    packages = manifests.read(tree)
    app = _choose(tree, packages, overrides, reasons)
    resolved, channel = rust_version.resolve(tree, app.package, overrides, reasons)
    suite = catalogue.suite("rust", resolved.version) or "trixie"
    build_apt, run_apt = _native(tree, packages, suite, reasons)
    match = framework(app.package, packages)
    row = match[0] if match is not None else None
    sources = _sources(tree, app)
    listens = row is not None or any("TcpListener" in text for _, text in sources)
    port, reads = _port(sources, row, reasons) if listens else (None, False)
    phases = _phases(tree, app, resolved, channel, build_apt, overrides, reasons)
    processes = _processes(app, row, port, reads=reads, overrides=overrides, reasons=reasons)
    run = _run(tree, app, row, port, suite, run_apt, sources, reasons)
    return ProviderPlan(
        phases=phases,
        run=run if context.role == "app" else None,
        processes=processes if context.role == "app" else (),
        assets=() if context.role == "app" else (Input(f"/out/{app.name}", phase="build", dest="bin/"),),
        artifacts=("target/",),
        run_only_variables=("PORT", "RUST_LOG"),
        build_only_variables=("SQLX_OFFLINE", "RUSTFLAGS"),
        frameworks=(row["id"],) if row is not None else (),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _choose(tree: SourceTree, packages: tuple[Package, ...], overrides: Overrides, reasons: Reasons) -> Binary:
    known = [item for package in packages for item in manifests.binaries(tree, package)]
    asked = overrides.option("rust.bin")
    wanted = overrides.option("rust.package")
    if wanted is not None:
        known = [item for item in known if wanted.value in {item.package.name, item.package.directory}]
    if asked is not None:
        known = [item for item in known if item.name == asked.value]
    origin = asked or wanted
    if origin is not None and not known:
        raise PlanError(
            f"there is no program `{origin.value[:80]}`", origin=origin.origin, hint="name a package and a binary"
        )
    if any("tauri" in item.package.dependencies for item in known) and len(known) == 1:
        raise PlanError(
            "this is a desktop app (Tauri): it opens a window and serves nothing",
            origin=known[0].package.dependencies["tauri"],
            hint="plan the folder of its server, if it has one",
        )
    if not known:
        raise NoStartError(
            "no package has a program: there is no `src/main.rs`, `src/bin/` or `[[bin]]`",
            origin=Origin(manifests.MANIFEST),
            hint="add a src/main.rs, or plan the folder of the app",
        )

    def order(item: Binary) -> tuple[bool, bool, bool, bool, str, str]:
        default = item.package.document.get("package", "default-run")
        other = item.package.name == "xtask" or "tauri" in item.package.dependencies
        first = item.name == (default or item.package.name)
        serves = framework(item.package, packages) is not None or "TcpListener" in (
            tree.text_or_none(item.source) or ""
        )
        named = not _SERVERS.isdisjoint(re.split(r"[-_]", item.name.lower()))
        return (other, not serves, not named, not first, item.package.directory, item.name)

    chosen, *rest = sorted(known, key=order)
    why = "the configured program" if origin else "the only program" if not rest else "the first program of a server"
    lost = tuple(RunnerUp(item.name, item.origin, "another one sounds more like the app") for item in rest)
    reasons.decide("rust.bin", chosen.name, origin.origin if origin else chosen.origin, why, lost)
    rivals = [
        item
        for item in rest
        if framework(item.package, packages) is not None and framework(chosen.package, packages) is not None
    ]
    if rivals and origin is None:
        text = f"several programs could be the app; `{chosen.name}` is built, not `{rivals[0].name}`"
        fix = f'choose one: `bin = "{rivals[0].name}"` under `[rust]` in buildplan.toml'
        reasons.report(Diagnostic("BP670", "warning", text, chosen.origin, fix))
    return chosen


def _sources(tree: SourceTree, app: Binary) -> list[tuple[str, str]]:
    """Return the package's own code without comments; lines keep their numbers."""
    prefix = f"{app.package.directory}/src/" if app.package.directory else "src/"
    found = []
    for path in tree.with_suffix(".rs"):
        text = tree.text_or_none(path) if path.startswith(prefix) or path == app.source else None
        if text is not None:
            found.append((path, _TOKEN.sub(lambda match: "\n" * match[0].count("\n"), text.split("#[cfg(test)]")[0])))
    return found


def _port(sources: list[tuple[str, str]], row: dict[str, Any] | None, reasons: Reasons) -> tuple[int, bool]:
    addresses: list[tuple[int, bool, Origin]] = []
    for path, text in sources:
        for pattern in (_ADDRESS, _TUPLE):
            for match in pattern.finditer(text):
                number, host = int(match.groups()[-1]), match[1] or match[2]
                place = Origin(path, text.count("\n", 0, match.start()) + 1)
                if number < 65536:  # noqa: PLR2004  # TCP
                    addresses.append((number, host in {"localhost", "127.0.0.1", "127", "[::1]"}, place))
    for path, text in sources:
        at = text.find('"PORT"')
        if at >= 0:
            default = re.search(r"\b([0-9]{4,5})\b", text[at : at + 300])
            number = int(default[1]) if default and int(default[1]) < 65535 else _PORT  # noqa: PLR2004  # a check's bound
            place = Origin(path, text.count("\n", 0, at) + 1, "PORT")
            reasons.decide("port", str(number), place, "`PORT` decides; this is what is taken without it")
            return number, True
    if row is not None and row["id"] == "rocket":
        reasons.decide("port", str(row["port"]), table_of("frameworks.rocket"), "the default of Rocket")
        return row["port"], True
    if not addresses:
        reasons.decide("port", str(_PORT), rule("port"), "nothing in the code says which")
        return _PORT, False
    number, local, place = min(addresses, key=lambda item: item[1])
    reasons.decide("port", str(number), place, "the address that the code listens on")
    text = f"the port {number} is fixed in the code, so a platform cannot choose it"
    reasons.report(Diagnostic("BP647", "warning", text, place, 'read it: `std::env::var("PORT")`'))
    if local:
        text = "the app binds to localhost, so nothing outside of the container reaches it"
        reasons.report(Diagnostic("BP649", "warning", text, place, f'listen on all addresses: `"0.0.0.0:{number}"`'))
    return number, False


def _native(
    tree: SourceTree, packages: tuple[Package, ...], suite: str, reasons: Reasons
) -> tuple[tuple[str, ...], tuple[str, ...]]:

    crates: dict[str, Origin] = {}
    for package in packages:
        crates |= package.dependencies
    for number, line in enumerate((tree.text_or_none("Cargo.lock") or "").split("\n"), 1):
        match = re.fullmatch(r'name = "([\w-]{1,100})"', line)
        if match:
            crates[match[1]] = Origin("Cargo.lock", number, match[1])
    build: set[str] = set()
    run: set[str] = set()
    for row in data_table.read(__file__, "native")["crate"]:
        place = crates.get(row["name"])
        if place is None:
            continue
        bundled = row.get("bundled") in crates
        names = row.get("bundled_build", ()) if bundled else row["build"]
        shipped = (
            () if bundled else row.get("bookworm", row.get("run", ())) if suite == "bookworm" else row.get("run", ())
        )
        for name in names:
            build.add(name)
            reasons.decide(f"apt.build.{name}", name, place, f"`{row['name']}` is built with it")
        for name in shipped:
            run.add(name)
            reasons.decide(f"apt.run.{name}", name, place, f"`{row['name']}` is linked with it")
    return tuple(sorted(build)), tuple(sorted(run))


def _phases(
    tree: SourceTree,
    app: Binary,
    resolved: versions.Resolution,
    channel: Any,
    apt: tuple[str, ...],
    overrides: Overrides,
    reasons: Reasons,
) -> tuple[Phase, ...]:
    runtime = Runtime("rust", resolved.version, resolved.requested)
    phases = [Phase("setup", runtime=runtime, apt_packages=apt)]
    # rustup would fetch the toolchain that a file names, although the image holds that release already.
    environment: dict[str, str] = {}
    prefix = 'RUSTUP_TOOLCHAIN="$RUST_VERSION" ' if tree.first("rust-toolchain", "rust-toolchain.toml") else ""
    if channel is not None:
        prefix = ""
        command = f"rustup toolchain install {channel.value} --profile minimal"
        why = "images of Rust hold stable releases only"
        reasons.decide("phases.install.commands", command, channel.origin, why)
        phases.append(Phase("install", comment="The toolchain", commands=(command,), depends_on=("setup",)))
        environment["RUSTUP_TOOLCHAIN"] = channel.value
        reasons.decide("phases.build.environment.RUSTUP_TOOLCHAIN", channel.value, channel.origin, "the pinned channel")
    if tree.has_directory(".sqlx") and "SQLX_OFFLINE" not in overrides.variables:
        environment["SQLX_OFFLINE"] = "true"
        reasons.decide("phases.build.environment.SQLX_OFFLINE", "true", Origin(".sqlx"), "queries are checked offline")
    locked = ""
    if tree.has("Cargo.lock"):
        locked = " --locked"
    else:
        text = "there is no Cargo.lock, so each build may take other versions"
        reasons.report(Diagnostic("BP612", "warning", text, Origin(manifests.MANIFEST), "commit Cargo.lock"))
    package = f" --package {app.package.name}" if app.package.directory else ""
    features = _features(overrides, reasons)
    caches = (
        Cache("cargo-registry", "/usr/local/cargo/registry"),
        Cache("cargo-git", "/usr/local/cargo/git"),
        Cache(f"cargo-target-{app.package.name}", "/app/target"),
    )
    touch = "find . -path ./target -prune -o -name '*.rs' -exec touch {} +"
    compile_ = f"{prefix}cargo build --release{locked}{package}{features} --bin {app.name} --target-dir target"
    command = f"{touch} && {compile_} && mkdir -p /out && cp target/release/{app.name} /out/"
    reasons.decide("phases.build.commands", command, app.origin, "Cargo's release build of the program")
    reasons.decide("phases.build.inputs", ".", rule("source"), "any file may be compiled or embedded")
    targets = ", ".join(cache.target for cache in caches)
    reasons.decide("phases.build.caches", targets, rule("cache"), "compiled dependencies are kept between builds")
    reasons.decide("phases.build.outputs", f"/out/{app.name}", app.origin, "the program, and nothing else")
    phases.append(
        Phase(
            "build",
            comment="Build the app",
            commands=(command,),
            inputs=(Input("."),),
            caches=caches,
            environment=tuple(environment.items()),
            outputs=(f"/out/{app.name}",),
            depends_on=(phases[-1].name,),
        )
    )
    return tuple(phases)


def _features(overrides: Overrides, reasons: Reasons) -> str:
    asked = overrides.option("rust.features")
    if asked is None:
        return ""
    if not re.fullmatch(r"[\w+/-]{1,60}(?:,[\w+/-]{1,60}){0,40}", asked.value, re.ASCII) or asked.value.startswith("-"):
        raise ConfigError("these are no names of features", origin=asked.origin, hint='write `features = "a,b"`')
    reasons.decide("rust.features", asked.value, asked.origin, "the configured features")
    return f" --features {asked.value}"


def _processes(
    app: Binary, row: dict[str, Any] | None, port: int | None, *, reads: bool, overrides: Overrides, reasons: Reasons
) -> tuple[Process, ...]:
    path = f"/app/bin/{app.name}"
    name = "web" if port is not None else "worker"

    def of(kind: str, text: str, number: int | None) -> Process:
        run = r"(?:cargo run(?: --release| -r| --bin [\w-]{1,100}| -p [\w-]{1,100}){0,4}(?: --(?= |$))?"
        own = re.sub(rf"^{run}|(?:\./)?(?:target/release/|bin/)?{re.escape(app.name)}(?= |$))", path, text.strip())
        simple = not re.search(r"[;&|<>()$`\\*?{}~\n'\"#=]", own)
        words = tuple(shlex.split(own)) if simple else ()
        return Process(kind, argv=words, port=number) if words else Process(kind, shell=own, port=number)

    found = []
    if overrides.start is not None:
        main = of(name, overrides.start.value.text, port)
        reasons.decide("start", main.text, overrides.start.origin, "the start command, with the built program in it")
    elif row is not None and row["id"] == "rocket" and reads:
        main = Process(name, shell=f'ROCKET_PORT="$PORT" exec {path}', port=port)  # noqa: S604  # a value
        reasons.decide("start", main.text, app.origin, "Rocket reads `ROCKET_PORT`, platforms set `PORT`")
    else:
        main = Process(name, argv=(path,), port=port)
        reasons.decide("start", path, app.origin, "the built program")
    found.append(main)
    for kind, command in overrides.processes.items():
        if kind != name:
            found.append(of(kind, command.value.text, None))
            reasons.decide(f"processes.{kind}", found[-1].text, command.origin, "as it was asked for")
    return tuple(found)


def _run(
    tree: SourceTree,
    app: Binary,
    row: dict[str, Any] | None,
    port: int | None,
    suite: str,
    apt: tuple[str, ...],
    sources: list[tuple[str, str]],
    reasons: Reasons,
) -> Run:
    version = versions.resolve("debian", (), reasons).version
    if suite in _DEBIAN_OF and _DEBIAN_OF[suite] != version:
        # Libraries have to be those that the build linked with.
        version = _DEBIAN_OF[suite]
        reasons.decide("debian.version", version, app.origin, "the release that the build's image is made of")
    environment = {"PORT": str(port)} if port is not None else {}
    if row is not None and row["id"] == "rocket":
        address = "0.0.0.0"  # noqa: S104  # inside of a container
        environment["ROCKET_ADDRESS"] = address
        place = table_of("frameworks.rocket")
        reasons.decide("run.environment.ROCKET_ADDRESS", address, place, "Rocket's default is localhost")
    why = "connections are checked with it"
    reasons.decide("apt.run.ca-certificates", "ca-certificates", rule("minimal image"), why)
    code = "\n".join(text for _, text in sources)
    shipped = [f"{name}/" for name in _FOLDERS if tree.has_directory(name) and name in code]
    if tree.has("Rocket.toml"):
        shipped.append("Rocket.toml")
    copies = (Input(f"/out/{app.name}", phase="build", dest="bin/"), *(Input(path) for path in shipped))
    reasons.decide("run.copies", " ".join(item.path for item in copies), app.origin, "the program, and what it reads")
    reasons.decide("run.user", "1000:1000", rule("non-root"), "a fixed number that owns nothing")
    init = not (row is not None and row.get("signals"))
    if init:
        why = "a program without a handler ignores SIGTERM as process 1"
        reasons.decide("run.init", "tini", rule("init"), why)
    reasons.decide("run.paths", "/app/bin", rule("programs"), "the programs can be called by their names")
    return Run(
        runtime=Runtime("debian", version),
        copies=copies,
        apt_packages=tuple(sorted({*apt, "ca-certificates"})),
        environment=tuple(environment.items()),
        paths=("/app/bin",),
        init=init,
    )
