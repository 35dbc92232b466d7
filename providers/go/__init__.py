"""Go: modules, workspaces, vendored trees, and single files of the standard library."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="go",
    title="Go",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".dependencies:dependencies", __package__),
    versions=late(".go_version:VERSIONS", __package__),
    below=late(".detect:below", __package__),
    members=late(".detect:members", __package__),
    start_help='a `package main` with `func main` at the root or below `cmd/`, or `package = "…"` under `[go]`',
    aliases=("golang",),
    manifests=("go.mod", "go.work", "Gopkg.toml", "Gopkg.lock", "glide.yaml", "glide.lock", "Godeps.json"),
    sources=("*.go",),
    runtimes=("go",),
    options={
        "bin": "which command below `cmd/` to build",
        "module": "which module of a workspace to build",
        "package": "which command to build: its folder, its import path or its name",
        "shell": "`true` ships an image with a shell",
        "tags": "build tags, with commas between",
    },
    app_option="package",
    programs=("go",),
)
