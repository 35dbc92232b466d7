"""Names that a configuration may use; names beyond these belong to providers of other packages."""

from __future__ import annotations

RUNTIMES = (
    "bun",
    "clojure",
    "cobol",
    "crystal",
    "dart",
    "deno",
    "dotnet",
    "elixir",
    "erlang",
    "gleam",
    "go",
    "haskell",
    "java",
    "node",
    "php",
    "python",
    "ruby",
    "rust",
    "scala",
    "swift",
    "zig",
)
TOOLS = (
    "bundler",
    "composer",
    "corepack",
    "gradle",
    "hatch",
    "maven",
    "npm",
    "pdm",
    "pipenv",
    "pnpm",
    "poetry",
    "rebar3",
    "sbt",
    "uv",
    "yarn",
)

# Provider → option → what it says. Values are texts; `true` and `false` are texts here.
PROVIDER_OPTIONS: dict[str, dict[str, str]] = {
    "cobol": {
        "app": "the program to build, without `.cbl`",
        "compile_args": "arguments of the compiler",
    },
    "deno": {"app": "which member of a workspace: its name or its folder"},
    "dotnet": {"project": "which project to build: its file, its folder or its name"},
    "elixir": {"app": "which release, app of an umbrella, or folder is the app"},
    "gleam": {"include_source": "`true` ships the source too"},
    "go": {
        "bin": "which command below `cmd/` to build",
        "module": "which module of a workspace to build",
        "package": "which command to build: its folder, its import path or its name",
        "shell": "`true` ships an image with a shell",
        "tags": "build tags, with commas between",
    },
    "java": {
        "main_class": "the class to start, where the build does not say it",
        "module": "which module to build: its folder or its name",
    },
    "node": {
        "angular_project": "which project of angular.json to build",
        "app": "which app of a workspace: its package name or its folder",
        "moon_build_task": "moon's task that builds, instead of `build`",
        "moon_start_task": "moon's task that starts, instead of `start`",
        "output": "the folder of built static files",
        "spa": "`true` serves the output as a single-page app, `false` never does",
    },
    "php": {
        "extensions": "extensions to install, with commas between",
        "fallback": "the script that answers unknown paths",
        "root": "the document root",
    },
    "python": {
        "django_app": "the Django project to start",
        "entry": "what to start: `module:name`, or a file to run",
        "package_manager": "pip, poetry, pdm, uv or pipenv",
    },
    "rust": {
        "bin": "which binary to start",
        "features": "Cargo features to build with, with commas between",
        "musl": "`false` links with glibc",
        "package": "which package of a workspace to build",
    },
    "shell": {"script": "the script to start"},
    "static": {
        "fallback": "the page that answers unknown paths, for a single-page app",
        "root": "the folder to serve",
    },
}

# Options that say which app of a workspace is meant: the key `app` of buildplan.toml and `--app` set all of them.
APP_OPTIONS = ("deno.app", "elixir.app", "go.package", "java.module", "node.app", "rust.package")
