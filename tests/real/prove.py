"""The proving ground: real public apps, planned, built and run, one row an app.

    python tests/real/prove.py CHECKOUTS [--only NAME…] [--with-deployment-files] [--no-rebuild]
        [--build-seconds N] [--logs FOLDER] [--json FILE]

CHECKOUTS holds a folder `owner+name` for each repository of `apps.toml`; nothing of them is part of this project. The
authors' deployment files are removed from a copy first, so that the plan has to come from the code; the second pass
leaves them in. With `../shared/engine` the base images are made first; services that cannot be pulled are built from
`services/`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import buildplan
from buildplan.services import table
from buildplan.verify.verify import Settings, verify

HERE = Path(__file__).parent
# As in tests/stand_ins.py: one at a time.
LOCK = "/tmp/buildplan-base-images.lock"  # noqa: S108
ENGINE = HERE.parents[2] / "shared" / "engine"
# What says how to deploy and not how to build: files of container engines and of hosting platforms.
DEPLOYMENT = (
    "Dockerfile*",
    "*.Dockerfile",
    "*.dockerfile",
    "Containerfile*",
    ".dockerignore",
    "docker-compose*",
    "compose*.y*ml",
    "Procfile*",
    "fly*.toml",
    "render.yaml",
    "app.json",
    "app.yaml",
    "railway.*",
    "nixpacks.*",
    "railpack.json",
    "captain-definition",
    "heroku.yml",
    "docker-bake.hcl",
)


@dataclass(frozen=True)
class Row:
    """How far one app came."""

    name: str
    planned: str = "-"
    built: str = "-"
    answered: str = "-"
    nonroot: str = "-"
    ended: str = "-"
    rebuilt: str = "-"
    megabytes: str = "-"
    seconds: str = "-"
    note: str = ""

    @property
    def up(self) -> bool:
        """Whether the app came up at the first try."""
        return self.answered == "yes"


@dataclass(frozen=True)
class How:
    """What holds for all apps of one run."""

    keep: bool = False
    rebuild: bool = True
    build_seconds: float = 1200
    logs: Path | None = None


def prove(app: dict[str, Any], checkout: Path, how: How) -> Row:
    """Return what became of one app."""
    name = app["name"]
    with tempfile.TemporaryDirectory(prefix="buildplan-real-") as directory:
        tree = Path(directory, "tree")
        shutil.copytree(checkout / app.get("folder", "."), tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        if not how.keep:
            remove_deployment_files(tree)
        options = buildplan.Options(app=app.get("app"), set=tuple(app.get("set", ())))
        try:
            plan = buildplan.plan(tree, options)
        except buildplan.BuildplanError as error:
            return Row(name, planned="no", note=str(error).splitlines()[0][:160])
        base_images(plan.dockerfile(), Path(directory))
        settings = Settings(
            environment=tuple(app.get("env", {}).items()),
            services=tuple(app.get("services", ())),
            path=app.get("path", "/"),
            wait=app.get("wait", 60),
            build_timeout=how.build_seconds,
            rebuild=how.rebuild,
            build_options=("--network", "host") if ENGINE.exists() else (),
        )
        started = time.monotonic()
        lines: list[str] = []
        report = verify(plan, tree, settings, os.environ, lines.append)  # PATH and DOCKER_HOST
        if how.logs is not None:
            parts = (plan.dockerfile(), "\n".join(lines), report.log_end, report.to_text())
            (how.logs / f"{name}.log").write_text("\n=====\n".join(parts))

        def word(check: str) -> str:
            return {"passed": "yes", "failed": "NO", "skipped": "-", None: "-"}[report.status(check)]

        failed = next((f"{check.name}: {check.text}" for check in report.checks if check.status == "failed"), "")
        cause = (
            f"; {report.cause.text} [{report.cause.line[:100]}]" if report.cause is not None and not report.ok else ""
        )
        said = sorted({item.code for item in plan.diagnostics if item.severity != "info"})
        return Row(
            name,
            "yes",
            word("build"),
            word("answer") if report.status("answer") is not None else word("start"),
            word("processes"),
            word("stop"),
            word("rebuild"),
            f"{report.image_bytes / 1e6:.0f}" if report.image_bytes else "-",
            f"{time.monotonic() - started:.0f}",
            f"{failed}{cause}" + (f" (said: {' '.join(said)})" if failed and said else ""),
        )


def remove_deployment_files(tree: Path) -> None:
    """Remove the authors' answer from a copy."""
    for pattern in DEPLOYMENT:
        for path in tree.rglob(pattern):
            if path.is_file() or path.is_symlink():
                path.unlink()


def base_images(dockerfile: str, directory: Path) -> None:
    """Make the stand-in images that a Dockerfile names, where this machine has the engine for it."""
    if ENGINE.exists():
        file = directory / "Dockerfile.base"
        file.write_text(dockerfile)
        subprocess.run(["flock", LOCK, ENGINE / "base-images", "--for", file], check=False, capture_output=True)


def service_images(names: set[str]) -> None:
    """Build the services that no registry gives here."""
    for name in sorted(names):
        image = table.services()[name].image
        there = subprocess.run(["docker", "image", "inspect", image], check=False, capture_output=True)
        file = HERE / "services" / f"{name}.Dockerfile"
        if there.returncode and file.exists() and ENGINE.exists():
            base_images(file.read_text(), Path(tempfile.gettempdir()))
            options = ["--network", "host", "--tag", image, "--file", str(file)]
            subprocess.run(["docker", "build", *options, HERE / "services"], check=True)


def main() -> int:
    """Prove the apps and print a table; the exit code is 0 when every planned app came up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--table", type=Path, default=HERE / "apps.toml")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--with-deployment-files", action="store_true")
    parser.add_argument("--no-rebuild", action="store_true", help="do not build again after a change")
    parser.add_argument("--build-seconds", type=float, default=1200, help="the time limit of a build")
    parser.add_argument("--logs", type=Path, help="a folder for the Dockerfile and the log of each app")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    apps = tomllib.loads(arguments.table.read_text())["apps"]
    chosen = [app for app in apps if not arguments.only or app["name"] in arguments.only]
    service_images({service for app in chosen for service in app.get("services", ())})
    how = How(
        keep=arguments.with_deployment_files,
        rebuild=not arguments.no_rebuild,
        build_seconds=arguments.build_seconds,
        logs=arguments.logs,
    )
    rows = []
    for app in chosen:
        checkout = arguments.checkouts / app["repository"].replace("/", "+")
        if not checkout.is_dir():
            print(f"{app['name']}: there is no checkout {checkout}", file=sys.stderr)
            continue
        row = prove(app, checkout, how)
        rows.append(row)
        print(" | ".join(vars(row).values()), flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps([vars(item) for item in rows], indent=1))
    up = sum(row.up for row in rows)
    print(f"{up} of {len(rows)} came up at the first try")
    return 0 if up == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
