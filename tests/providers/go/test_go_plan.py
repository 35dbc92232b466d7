from __future__ import annotations

import pytest
from go_trees import LIBRARY, MOD, SERVER, TOOL, detected, serving
from planned import codes, commands, copied, decision, diagnostic, plan, started

import buildplan
from buildplan.errors import ConfigError, NoStartError, PlanError
from buildplan.language.contract import Strength

REQUIRES = f"{MOD}\nrequire github.com/a/b v1.2.3\n"
VITE = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "^8"}}'
PAGE = '<script type="module" src="/src/main.js"></script>'


# --- who claims a tree ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("files", "strength"),
    [
        ({"go.mod": MOD, "main.go": SERVER}, Strength.APP),
        ({"go.mod": MOD, "cmd/web/main.go": SERVER}, Strength.APP),
        ({"go.mod": MOD, "main.go": TOOL}, Strength.MANIFEST),
        ({"go.mod": MOD, "services/x/main.go": SERVER}, Strength.MANIFEST),
        ({"go.mod": MOD, "lib.go": LIBRARY}, Strength.TOOLING),
        ({"go.mod": MOD}, Strength.TOOLING),
        ({"go.mod": MOD, "vendor/x/main.go": SERVER}, Strength.TOOLING),
        ({"go.mod": "broken"}, Strength.MANIFEST),
        ({"main.go": SERVER}, Strength.SITE),
        ({"main.go": TOOL}, Strength.STRAY),
        ({"Gopkg.toml": "", "cmd/x/main.go": SERVER}, Strength.STRAY),
    ],
)
def test_evidence_weighs_what_the_tree_is_about(files: dict[str, str], strength: Strength) -> None:
    found = detected(files)
    assert found is not None
    assert found.strength is strength


@pytest.mark.parametrize(
    "files", [{}, {"tools/main.go": SERVER}, {"lib.go": LIBRARY}, {"vendor.conf": ""}, {"x.py": ""}]
)
def test_a_tree_without_go_at_its_root_is_none(files: dict[str, str]) -> None:
    assert detected(files) is None


def test_a_package_json_of_tools_does_not_take_a_go_app() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER, "package.json": '{"devDependencies": {"prettier": "^3"}}'})
    assert [(use.name, use.role) for use in made.providers] == [("go", "app")]


def test_a_go_mod_of_tools_does_not_take_a_node_app() -> None:
    package = '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^5"}}'
    files = {"go.mod": MOD, "package.json": package, "server.js": "require('express')().listen(process.env.PORT)"}
    assert plan(files).providers[0].name == "node"


# --- modules and the build ------------------------------------------------------------------------------------------
def test_modules_are_downloaded_before_the_source_is_copied() -> None:
    made = plan({"go.mod": REQUIRES, "go.sum": "x", "main.go": SERVER})
    assert [phase.name for phase in made.phases] == ["setup", "install", "build"]
    install = made.phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == ["go.mod", "go.sum"]
    assert install.commands == ("go mod download",)
    assert [cache.target for cache in install.caches] == ["/go/pkg/mod"]
    build = made.phase("build")
    assert build is not None
    assert [cache.target for cache in build.caches] == ["/go/pkg/mod", "/root/.cache/go-build"]
    assert build.commands == ('go build -trimpath -ldflags="-s -w" -o /out/shop .',)
    assert "run.init" not in {item.field for item in made.decisions}


def test_a_module_that_requires_nothing_downloads_nothing() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER})
    assert [phase.name for phase in made.phases] == ["setup", "build"]
    assert "go-mod" not in made.dockerfile()


def test_a_missing_go_sum_is_reported_and_written_by_the_build() -> None:
    made = plan({"go.mod": REQUIRES, "main.go": SERVER})
    assert commands(made) == ('go build -trimpath -ldflags="-s -w" -mod=mod -o /out/shop .',)
    found = diagnostic(made, "BP612")
    assert found.text == "there is no go.sum, so nothing proves that the modules are those that the authors used"


def test_a_vendored_tree_downloads_nothing() -> None:
    made = plan(
        {"go.mod": REQUIRES, "go.sum": "x", "main.go": SERVER, "vendor/modules.txt": "# github.com/a/b v1.2.3\n"}
    )
    assert made.phase("install") is None
    assert commands(made) == ('go build -trimpath -ldflags="-s -w" -o /out/shop .',)
    assert str(decision(made, "go.vendor").origin) == "vendor/modules.txt"


def test_an_old_module_has_to_be_told_of_its_vendor_folder() -> None:
    made = plan({"go.mod": "module shop\n\ngo 1.13\n", "main.go": SERVER, "vendor/modules.txt": ""})
    assert "-mod=vendor" in commands(made)[0]


def test_an_old_go_is_given_only_what_it_knows() -> None:
    tree = {
        "go.mod": "module shop\n\ngo 1.12\n",
        ".go-version": "1.12\n",
        "cmd/web/main.go": SERVER,
        "cmd/job/main.go": TOOL,
    }
    made = plan({**tree, "Procfile": "web: web\njob: job\n"})
    assert commands(made) == (
        'go build -ldflags="-s -w" -o /out/web ./cmd/web',
        'go build -ldflags="-s -w" -o /out/job ./cmd/job',
    )


def test_all_manifests_of_a_workspace_are_copied_for_the_download() -> None:
    made = plan(
        {
            "go.work": "go 1.26\nuse (\n./api\n./lib\n)\n",
            "go.work.sum": "",
            "api/go.mod": "module api\nrequire github.com/a/b v1.0.0\n",
            "api/go.sum": "",
            "api/main.go": SERVER,
            "lib/go.mod": "module lib\n",
        }
    )
    install = made.phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == [
        "go.work",
        "go.work.sum",
        "api/go.mod",
        "api/go.sum",
        "lib/go.mod",
    ]


def test_a_replaced_module_in_the_tree_is_copied_for_the_download_too() -> None:
    files = {
        "go.mod": f"{REQUIRES}\nrequire c v0.0.0\nreplace c => ./c\n",
        "go.sum": "",
        "main.go": SERVER,
        "c/go.mod": "module c\n",
    }
    install = plan(files).phase("install")
    assert install is not None
    assert [item.path for item in install.inputs] == ["go.mod", "go.sum", "c/go.mod"]


def test_build_tags_choose_files_and_reach_the_compiler() -> None:
    files = {"go.mod": MOD, "main.go": "//go:build pro\n\n" + SERVER, "other.go": "//go:build !pro\n\n" + TOOL}
    made = plan(files, set=("go.tags=pro,extra",))
    assert "-tags pro,extra" in commands(made)[0]
    assert made.start == "web"
    assert plan(files).start == "worker"


def test_a_build_tag_that_is_none_is_an_error() -> None:
    with pytest.raises(ConfigError, match="`x;id` is no build tag"):
        plan({"go.mod": MOD, "main.go": SERVER}, set=("go.tags=x;id",))


def test_templates_without_their_go_files_are_generated() -> None:
    files = {
        "go.mod": f"{MOD}\nrequire github.com/a-h/templ v0.3.900\n",
        "go.sum": "",
        "main.go": serving(imports=("example.com/shop/views",)),
        "views/page.templ": "package views\n",
    }
    made = plan(files)
    assert commands(made)[0] == "go run github.com/a-h/templ/cmd/templ@v0.3.900 generate"
    assert "BP628" not in codes(made)
    with_tool = {**files, "go.mod": files["go.mod"] + "tool github.com/a-h/templ/cmd/templ\n"}
    assert commands(plan(with_tool))[0] == "go tool templ generate"
    assert len(commands(plan({**files, "views/page_templ.go": "package views\n"}))) == 1


# --- trees without modules ------------------------------------------------------------------------------------------
def test_a_single_file_of_the_standard_library_is_built_as_it_is() -> None:
    made = plan({"main.go": SERVER, "util.go": "package main\n", "util_test.go": "package main\n"})
    assert commands(made) == ('go build -trimpath -ldflags="-s -w" -o /out/app main.go util.go',)
    assert made.phase("install") is None


@pytest.mark.parametrize("path", ["github.com/a/b", "shop/web", "./web"])
def test_an_import_that_needs_a_module_is_an_error(path: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan({"main.go": serving(imports=(path,))})
    assert str(caught.value) == (
        f"main.go:6: BP301 there is no go.mod, so `{path}` cannot be found\n\n"
        "hint: run `go mod init example.com/app && go mod tidy`, and commit go.mod and go.sum"
    )


@pytest.mark.parametrize("manifest", ["Gopkg.toml", "glide.yaml", "Godeps/Godeps.json", "vendor/vendor.json"])
def test_a_tree_from_before_modules_is_an_error_that_says_what_to_do(manifest: str) -> None:
    with pytest.raises(PlanError, match=f"there is no go.mod, and Go no longer builds what `{manifest}` describes"):
        plan({"main.go": SERVER, manifest: ""}, provider=("go",))
    with pytest.raises(PlanError, match=r"there is no go\.mod"):
        plan({"cmd/x/main.go": SERVER, manifest: ""}, provider=("go",))


# --- processes ------------------------------------------------------------------------------------------------------
def test_processes_of_a_procfile_are_the_built_programs() -> None:
    procfile = "web: bin/server -v\nworker: ./worker\nrelease: migrate up\n"
    tree = {"go.mod": MOD, "Procfile": procfile}
    tree |= {f"cmd/{name}/main.go": SERVER if name == "server" else TOOL for name in ("server", "worker", "migrate")}
    made = plan(tree)
    assert {item.name: item.argv for item in made.processes} == {
        "web": ("/app/bin/server", "-v"),
        "worker": ("/app/bin/worker",),
        "release": ("/app/bin/migrate", "up"),
    }
    assert commands(made) == ('go build -trimpath -ldflags="-s -w" -o /out/ ./cmd/server ./cmd/worker ./cmd/migrate',)
    assert copied(made) == ["/out/server", "/out/worker", "/out/migrate"]
    assert made.run.runtime.name == "distroless"


def test_a_procfile_names_the_program_as_go_calls_it() -> None:
    made = plan({"go.mod": "module shop.app/v2\n", "main.go": SERVER, "Procfile": "web: shop.app\n"})
    assert started(made) == "/app/bin/shop.app"


def test_a_line_with_variables_takes_an_image_with_a_shell() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER, "Procfile": "web: ./shop -addr :$PORT\n"})
    assert 'CMD ["sh", "-c", "exec /app/bin/shop -addr :$PORT"]' in made.dockerfile()
    assert made.run.runtime.image == "debian:trixie-slim"
    assert made.run.apt_packages == ("ca-certificates", "tzdata")
    assert str(decision(made, "run.base").origin) == "Procfile:1 web"
    assert "ENV PORT=8080 \\\n    PATH=/app/bin:$PATH" in made.dockerfile()


def test_variables_before_the_program_belong_to_the_image() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER, "Procfile": "web: MODE=live shop\n"})
    assert dict(made.run.environment)["MODE"] == "live"
    assert started(made) == "/app/bin/shop"


def test_a_script_is_copied_and_takes_a_shell() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER, "start.sh": "exec bin/shop", "Procfile": "web: ./start.sh\n"})
    assert started(made) == "/app/start.sh"
    assert "start.sh" in copied(made)
    assert made.run.runtime.name == "debian"


def test_a_name_that_nothing_has_is_taken_for_the_app_and_reported() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER}, start_cmd="./out --port 1")
    assert started(made) == "/app/bin/shop --port 1"
    assert diagnostic(made, "BP645").text == "no command of the tree is called `out`; `shop` is taken to be meant"


def test_a_watcher_is_for_development() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER}, start_cmd="air -c .air.toml")
    assert started(made) == "/app/bin/shop"
    assert "BP640" in codes(made)


def test_a_build_command_of_the_owners_makes_what_is_shipped() -> None:
    made = plan({"go.mod": MOD, "cmd/x/main.go": SERVER}, build_cmd="go build -o build/server ./cmd/x")
    assert copied(made) == ["build/server"]
    assert started(made) == "/app/build/server"
    assert "COPY --from=build --chown=65532:65532 /app/build/server ./build/" in made.dockerfile()


@pytest.mark.parametrize(
    ("command", "path"),
    [("go build ./cmd/x", "/app/x"), ("go build", "/app/shop"), ("go build -o bin/", "/app/bin/shop")],
)
def test_a_build_command_without_a_name_makes_gos_own(command: str, path: str) -> None:
    assert started(plan({"go.mod": MOD, "main.go": SERVER, "cmd/x/main.go": TOOL}, build_cmd=command)) == path


def test_what_an_unknown_build_command_makes_is_kept_whole_and_has_to_be_started() -> None:
    files = {"go.mod": MOD, "main.go": SERVER}
    with pytest.raises(NoStartError, match="nothing says what `make` makes, so it cannot be started"):
        plan(files, build_cmd="make")
    made = plan(files, build_cmd="make", start_cmd="bin/shop -x")
    assert copied(made) == ["."]
    assert started(made) == "bin/shop -x"
    assert made.run.runtime.name == "debian"


# --- the image ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "options",
    [
        {"set": ("go.shell=true",)},
        {"apt": ("ffmpeg",)},
        {"set": ('health_check="/healthz"',)},
    ],
)
def test_what_needs_a_shell_gets_debian(options: dict[str, tuple[str, ...]]) -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER}, **options)
    assert made.run.runtime.image == "debian:trixie-slim"
    assert made.run.user == "1000:1000"
    assert {"ca-certificates", "tzdata"} <= set(made.run.apt_packages)


def test_the_minimal_image_runs_no_command_of_its_own() -> None:
    last = plan({"go.mod": MOD, "main.go": SERVER}).dockerfile().rpartition("FROM ")[2]
    assert "RUN" not in last
    assert "USER 65532:65532" in last


def test_an_image_of_the_owners_is_taken() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER}, set=('base_images.run="alpine:3.24"',))
    assert "FROM alpine:3.24\n" in made.dockerfile()


# --- private modules ------------------------------------------------------------------------------------------------
def test_a_private_module_is_fetched_with_a_token_that_stays_nowhere() -> None:
    files = {"go.mod": REQUIRES, "go.sum": "", "main.go": SERVER}
    made = plan(files, env={"GOPRIVATE": "github.com/a/*,*.corp.example"})
    assert made.secrets == ("GIT_TOKEN",)
    for name in ("install", "build"):
        phase = made.phase(name)
        assert phase is not None
        assert phase.secrets == ("GIT_TOKEN",)
    text = made.dockerfile()
    assert "--mount=type=secret,id=GIT_TOKEN" in text
    assert 'GIT_CONFIG_KEY_0="url.https://oauth2:$GIT_TOKEN@github.com/.insteadOf"' in text
    assert 'ENV GOPRIVATE="github.com/a/*,*.corp.example"' in text
    assert "GOPRIVATE" not in text.rpartition("FROM ")[2]
    assert diagnostic(made, "BP623").text == "`github.com/a/b` is private, so the build needs the secret `GIT_TOKEN`"


def test_a_secret_that_is_there_already_is_used() -> None:
    files = {"go.mod": REQUIRES, "go.sum": "", "main.go": SERVER}
    made = plan(files, env={"GOPRIVATE": "github.com/a", "GITHUB_TOKEN": "ghp_0123456789abcdef"})
    assert "GITHUB_TOKEN" in made.secrets
    assert "GIT_TOKEN" not in made.dockerfile().replace("GITHUB_TOKEN", "")
    assert "ghp_0123456789abcdef" not in made.to_json() + made.dockerfile()


@pytest.mark.parametrize("pattern", ["github.com/other/*", "", "gitlab.com", "github.com/a/b/c"])
def test_public_modules_need_no_token(pattern: str) -> None:
    made = plan({"go.mod": REQUIRES, "go.sum": "", "main.go": SERVER}, env={"GOPRIVATE": pattern})
    assert made.secrets == ()


def test_a_host_with_other_signs_never_reaches_a_command() -> None:
    files = {"go.mod": f'{MOD}\nrequire "x$(id).com/b" v1.0.0\n', "go.sum": "", "main.go": SERVER}
    made = plan(files, env={"GOPRIVATE": "*"})
    assert "$(id)" not in made.dockerfile()


# --- frontends ------------------------------------------------------------------------------------------------------
EMBEDS = SERVER + "\n//go:embed all:dist\nvar files embed.FS\n"


def test_assets_of_a_package_json_at_the_root_are_embedded_and_not_shipped() -> None:
    made = plan({"go.mod": MOD, "main.go": EMBEDS, "package.json": VITE, "index.html": PAGE, "src/main.js": ""})
    assert made.providers[0].name == "go"
    assert not codes(made) & {"BP671", "BP679", "BP628"}
    build = made.phase("build")
    assert build is not None
    assert ("dist/", "node:build") in [(item.path, item.phase) for item in build.inputs]
    assert copied(made) == ["/out/shop"]


def test_assets_of_a_folder_are_built_there_and_embedded() -> None:
    tree = {
        "go.mod": MOD,
        "main.go": serving(imports=("example.com/shop/ui",)),
        "ui/ui.go": 'package ui\n\nimport "embed"\n\n//go:embed dist/*\nvar Files embed.FS\n',
        "ui/package.json": VITE,
        "ui/index.html": PAGE,
        "ui/.nvmrc": "22\n",
    }
    made = plan(tree)
    text = made.dockerfile()
    assert "FROM node:22-trixie-slim AS node-ui-build" in text
    assert "COPY ui/package.json ./" in text
    assert "COPY ui ./" in text
    assert "COPY --from=node-ui-build /app/dist ./ui/dist" in text
    assert copied(made) == ["/out/shop"]
    assert str(decision(made, "node.version").origin) == "ui/.nvmrc:1"
    assert "ui/dist" in made.ignore
    assert str(decision(made, "go.frontend.ui").origin) == "ui/ui.go:5 go:embed dist/*"


def test_a_folder_that_only_a_hidden_file_keeps_is_filled_by_its_frontend() -> None:
    tree = {
        "go.mod": MOD,
        "main.go": serving(imports=("example.com/shop/ui",)),
        "ui/ui.go": 'package ui\n\nimport "embed"\n\n//go:embed all:build\nvar Files embed.FS\n',
        "ui/package.json": VITE,
        "ui/index.html": PAGE,
        "ui/build/.gitkeep": "",
    }
    assert str(decision(plan(tree), "go.frontend.ui").origin) == "ui/ui.go:5 go:embed build"
    made = plan({**tree, "ui/build/index.html": PAGE})
    assert made.decision("go.frontend.ui") is None


def test_assets_that_are_served_from_a_folder_are_shipped() -> None:
    tree = {
        "go.mod": MOD,
        "main.go": serving('http.Dir("./web/dist")'),
        "web/package.json": VITE,
        "web/index.html": PAGE,
    }
    made = plan(tree)
    assert "COPY --from=node-web-build --chown=65532:65532 /app/dist ./web/dist" in made.dockerfile()


def test_settings_of_the_app_do_not_reach_its_frontend() -> None:
    tree = {"go.mod": MOD, "main.go": serving('http.Dir("web/dist")'), "web/package.json": VITE, "web/index.html": PAGE}
    made = plan(tree, start_cmd="bin/shop", set=('versions.node="22"',))
    assert "FROM node:22-trixie-slim AS node-web-build" in made.dockerfile()
    assert "npm run build" in " ".join(commands(made, "node-web:build"))


def test_a_folder_that_builds_nothing_is_no_frontend() -> None:
    tree = {"go.mod": MOD, "main.go": serving('http.Dir("web/dist")'), "web/package.json": "{}"}
    assert "FROM node" not in plan(tree).dockerfile()


def test_a_go_program_can_be_built_for_an_app_of_another_language() -> None:
    package = '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^5"}}'
    server = "require('express')().listen(process.env.PORT)"
    files = {"go.mod": MOD, "main.go": TOOL, "package.json": package, "server.js": server}
    made = plan(files, provider=("node", "go"))
    assert "COPY --from=go-build --chown=1000:1000 /out/shop ./bin/" in made.dockerfile()


def test_the_plan_round_trips() -> None:
    made = plan({"go.mod": REQUIRES, "go.sum": "", "main.go": SERVER})
    assert buildplan.BuildPlan.from_json(made.to_json()) == made
