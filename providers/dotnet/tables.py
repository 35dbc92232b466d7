"""Names that mean something in .NET projects, and what an app is written with.

Sources, checked 2026-11-24: https://learn.microsoft.com/dotnet/core/project-sdk/overview, the projects' documentation,
names seen in public repositories.
"""

from __future__ import annotations

# Names of NuGet packages in lower case by framework, the most telling first.
FRAMEWORKS = {
    "umbraco": ("umbraco.cms", "umbraco.cms.web.common", "umbraco.cms.web.website"),
    "orchard-core": (
        "orchardcore.application.cms.targets",
        "orchardcore.application.cms.core.targets",
        "orchardcore.application.mvc.targets",
    ),
    "abp": ("volo.abp.aspnetcore.mvc", "volo.abp.autofac"),
    "giraffe": ("giraffe", "saturn"),
    "fastendpoints": ("fastendpoints",),
    "grpc": ("grpc.aspnetcore", "grpc.aspnetcore.server"),
    "yarp": ("yarp.reverseproxy",),
    "blazor-hosted": ("microsoft.aspnetcore.components.webassembly.server",),
}

# fmt: off
# Last words of names of projects that are the app, in order of preference.
APPS = (
    "web", "webapp", "website", "webui", "site", "server", "api", "webapi", "host", "httpapi", "app", "mvc",
    "blazor", "ui", "presentation", "backend", "service", "gateway", "bff",
)
# Words in names of projects beside the app: run by hand, or as another service.
OTHERS = (
    "admin", "auth", "benchmark", "benchmarks", "cli", "client", "console", "demo", "example", "examples",
    "identity", "identityserver", "job", "jobs", "migration", "migrations", "migrator", "mock", "playground",
    "sample", "samples", "seed", "seeder", "setup", "tool", "tools", "util", "worker", "workers",
)
# Folders whose projects show something or test something.
ASIDE = (
    "benchmark", "benchmarks", "build", "demo", "demos", "docs", "eng", "example", "examples", "sample",
    "samples", "templates", "test", "testing", "tests", "tools", "util", "utils",
)
# Words in names of projects that stand for something in tests.
DOUBLES = ("dummy", "fake", "mock", "stub", "test", "tests")
# Packages that only tests have.
TESTS = (
    "microsoft.net.test.sdk", "xunit", "xunit.v3", "nunit", "mstest", "mstest.testframework", "tunit",
    "benchmarkdotnet",
)
# Packages whose apps have the generic host, which ends on SIGTERM.
HOSTS = (
    "microsoft.extensions.hosting", "microsoft.extensions.hosting.systemd", "masstransit", "topshelf",
    "quartz.extensions.hosting", "hangfire.aspnetcore",
)
# Programs of Node that a project's targets call.
NODE_PROGRAMS = ("npm", "npx", "node", "yarn", "pnpm")
# fmt: on
