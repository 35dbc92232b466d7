from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest
from static_trees import PAGE, copied, decision, detected, diagnostics, options, planned

from buildplan.errors import ConfigError, PlanError
from buildplan.model.build_plan import Input, Site
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import CommandRequest, Extend, Overrides, PhaseOverride, Replace

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan

pages = importlib.import_module("buildplan.providers.static.pages")


def site(plan: ProviderPlan) -> Site:
    assert plan.run is not None
    assert plan.run.site is not None
    return plan.run.site


def test_the_root_ships_the_pages_and_not_what_its_authors_keep_beside_them() -> None:
    plan = planned(
        {
            "index.html": PAGE,
            "about.html": PAGE,
            "css/a.css": "",
            "README.md": "",
            "LICENSE": "",
            "package.json": "{}",
            "prettier.config.js": "",
            "Dockerfile": "",
            "tests/a.html": "",
            ".env": "SECRET=1",
            ".well-known/security.txt": "",
            "server.pem": "",
            "robots.txt": "",
        }
    )
    assert copied(plan) == ["about.html", "index.html", "robots.txt", ".well-known/", "css/"]
    assert plan.phases == ()
    assert str(decision(plan, "run.copies").origin) == "index.html"


def test_a_file_that_the_page_names_is_shipped_even_with_the_name_of_a_readme() -> None:
    plan = planned({"index.html": '<a href="LICENSE">licence</a>', "LICENSE": "", "README.md": ""})
    assert copied(plan) == ["LICENSE", "index.html"]


def test_docsify_reads_its_markdown_in_the_browser() -> None:
    plan = planned({"index.html": '<script src="docsify.min.js">', "README.md": "", "_sidebar.md": "", "guide.md": ""})
    assert copied(plan) == ["README.md", "_sidebar.md", "guide.md", "index.html"]


def test_an_api_description_is_no_configuration() -> None:
    assert "openapi.yaml" in copied(planned({"index.html": PAGE, "openapi.yaml": "", "mkdocs.yaml.txt": ""}))


def test_a_root_with_many_folders_is_copied_whole_and_the_rest_ignored() -> None:
    files: dict[str, str | bytes] = {f"part{number}/index.html": PAGE for number in range(13)}
    plan = planned({**files, "index.html": PAGE, "README.md": "", "tests/a.js": ""})
    assert copied(plan) == ["."]
    assert plan.artifacts == ("README.md", "tests")


def test_a_folder_is_copied_whole_into_the_root_of_the_site() -> None:
    plan = planned({"public/index.html": PAGE, "notes.txt": ""})
    assert plan.run is not None
    assert plan.run.copies == (Input("public/", dest=""),)
    assert decision(plan, "static.root").value == "public"


def test_the_root_wins_over_a_folder_and_the_folder_is_named() -> None:
    plan = planned({"index.html": PAGE, "docs/index.html": PAGE})
    assert decision(plan, "static.root").value == "."
    assert [item.value for item in decision(plan, "static.root").runners_up] == ["docs"]
    assert diagnostics(plan, "BP654")[0].text == "`.` is served; `docs` also holds an `index.html`"


def test_a_finished_build_wins_over_the_source_of_the_bundler_at_the_root() -> None:
    plan = planned({"index.html": '<script type="module" src="/src/main.tsx"></script>', "dist/index.html": PAGE})
    assert decision(plan, "static.root").value == "dist"


def test_the_folder_that_another_host_publishes_decides_between_folders() -> None:
    files: dict[str, str | bytes] = {"public/index.html": PAGE, "dist/index.html": PAGE}
    assert decision(planned(files), "static.root").value == "public"
    plan = planned({**files, "netlify.toml": '[build]\npublish = "dist/"\n'})
    assert decision(plan, "static.root").value == "dist"
    assert str(decision(plan, "static.root").origin) == "netlify.toml:2 build.publish"


@pytest.mark.parametrize("path", ["../up", "/../x", "a\nb", "a;b", "a*", "$(x)"])
def test_another_host_that_publishes_nonsense_changes_nothing(path: str) -> None:
    import json

    files: dict[str, str | bytes] = {"public/index.html": PAGE, "dist/index.html": PAGE}
    plan = planned({**files, "vercel.json": json.dumps({"outputDirectory": path})})
    assert decision(plan, "static.root").value == "public"


def test_the_configured_root_wins() -> None:
    plan = planned({"index.html": PAGE, "web/start.html": PAGE}, options(root="./web/"))
    assert copied(plan) == ["web/"]
    assert decision(plan, "static.root").origin == Origin("<option>", key="static.root")


@pytest.mark.parametrize("root", ["../etc", "web/../../x", "we*b", "web\nRUN x", 'we"b', "web;id", "$HOME"])
def test_a_root_that_is_no_path_of_the_tree_is_an_error(root: str) -> None:
    with pytest.raises(ConfigError, match="is not a path inside the tree"):
        planned({"web/index.html": PAGE}, options(root=root))


def test_a_root_that_is_not_there_names_the_folders_that_are() -> None:
    with pytest.raises(PlanError) as caught:
        planned({"public/a.txt": ""}, options(root="web"))
    assert str(caught.value) == (
        "<option> static.root: BP301 there is no folder `web` with a file in it\n\n"
        "hint: name a folder that is committed: public"
    )


def test_nothing_to_serve_says_where_it_looked() -> None:
    with pytest.raises(PlanError, match=r"no `index.html` was found; looked at the root and at `public/`"):
        planned({"a.txt": ""})


# --- fallback and pages ---------------------------------------------------------------------------------------------

SPA: dict[str, str | bytes] = {
    "dist/index.html": '<div id="root"></div>',
    "dist/assets/index-BkT3nq9x.js": "",
    "dist/assets/index-D8mS2pLa.css": "",
}


def test_a_compiled_single_page_app_answers_every_path_with_its_page() -> None:
    plan = planned(SPA)
    assert site(plan).fallback == "index.html"
    assert site(plan).not_found is None
    assert site(plan).immutable == ("assets",)


def test_pages_written_by_hand_have_no_fallback() -> None:
    assert site(planned({"index.html": PAGE, "main.js": ""})).fallback is None


def test_a_404_page_answers_unknown_paths() -> None:
    plan = planned({"index.html": PAGE, "404.html": "nothing"})
    assert site(plan).not_found == "404.html"
    assert site(plan).fallback is None


def test_a_404_page_that_is_the_index_page_is_a_single_page_app() -> None:
    assert site(planned({"index.html": PAGE, "404.html": PAGE})).fallback == "index.html"


def test_a_200_page_is_a_fallback() -> None:
    assert site(planned({"index.html": PAGE, "200.html": PAGE, "404.html": "x"})).fallback == "200.html"


@pytest.mark.parametrize(
    ("value", "fallback"),
    [("index.html", "index.html"), ("/app.html", "app.html"), ("on", "index.html"), ("false", None)],
)
def test_the_configured_fallback_wins(value: str, fallback: str | None) -> None:
    plan = planned({**SPA, "dist/app.html": PAGE}, options(fallback=value))
    assert site(plan).fallback == fallback


def test_a_fallback_that_is_no_page_is_an_error() -> None:
    with pytest.raises(PlanError, match=r"the site has no page `missing.html` to fall back to"):
        planned({"index.html": PAGE}, options(fallback="missing.html"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("main.8f3a1b2c.js", True),
        ("main.8f3a1b2c.chunk.css.map", True),
        ("index-BHnplgic.js", True),
        ("index-B_x-12ab.js", True),
        ("polyfills-42372ed130431b0a.js", True),
        ("2.1a2b3c4d.chunk.js", True),
        ("bootstrap.bundle.min.js", False),
        ("jquery-3.7.1.min.js", False),
        ("bootstrap-datepicker.js", False),
        ("DatePicker.js", False),
        ("report-20240101.pdf", False),
        ("main.js", False),
        ("", False),
        (".", False),
        ("-", False),
    ],
)
def test_a_content_hash_is_told_from_a_word(name: str, expected: bool) -> None:  # noqa: FBT001
    assert pages.hashed(name) is expected


def test_only_a_folder_of_nothing_but_hashed_names_is_kept_for_ever() -> None:
    names = frozenset({"assets/a-BkT3nq9x.js", "assets/logo.svg", "static/js/main.8f3a1b2c.js", "_astro/x.css"})
    assert pages.hashed_folders(names) == ("_astro", "static")
    assert pages.hashed_folders(frozenset()) == ()


# --- what a person would stumble over -------------------------------------------------------------------------------


def test_a_page_that_reads_from_node_modules_is_reported_with_its_line() -> None:
    plan = planned({"index.html": '<html>\n<script src="node_modules/d3/dist/d3.js"></script>'})
    found = diagnostics(plan, "BP653")[0]
    assert found.text == "the page reads `node_modules/d3/dist/d3.js`, which is not in the tree"
    assert found.origin == Origin("index.html", 2)


def test_a_configured_root_with_the_source_of_a_bundler_is_reported() -> None:
    plan = planned({"web/index.html": "<link href='%PUBLIC_URL%/x'>"}, options(root="web"))
    assert "it is the source of a build" in diagnostics(plan, "BP653")[0].text


def test_a_start_command_and_a_worker_are_reported_since_a_web_server_is_all_that_runs() -> None:
    overrides = Overrides(
        start=Sourced(CommandRequest(("npx", "serve")), Origin("Procfile", 1, "web")),
        processes={"worker": Sourced(CommandRequest(("node", "w.js")), Origin("Procfile", 2, "worker"))},
    )
    texts = [item.text for item in diagnostics(planned({"index.html": PAGE}, overrides), "BP652")]
    assert texts == [
        "the process `worker` `node w.js` is not used: a static site is served by a web server",
        "the start command `npx serve` is not used: a static site is served by a web server",
    ]


# --- commands of the owner ------------------------------------------------------------------------------------------


def commands(*texts: str) -> Overrides:
    items = tuple(Sourced(text, Origin("nixpacks.toml", 2)) for text in texts)
    return Overrides(phases={"build": PhaseOverride(commands=Replace(items))})


def test_commands_of_the_owner_get_a_phase_to_go_on_from_and_may_write_any_file() -> None:
    plan = planned({"index.html": PAGE, "README.md": ""}, commands("./make-pages"))
    assert [(phase.name, phase.runtime.name if phase.runtime else None) for phase in plan.phases] == [
        ("setup", "debian")
    ]
    assert copied(plan) == ["."]


def test_an_emptied_list_of_commands_needs_no_phase() -> None:
    assert planned({"index.html": PAGE}, commands()).phases == ()


def test_commands_of_the_owner_may_make_the_configured_folder() -> None:
    overrides = Overrides(
        options=options(root="out").options,
        phases={"build": PhaseOverride(commands=Extend(after=(Sourced("./make", Origin("buildplan.toml", 3)),)))},
    )
    assert copied(planned({"make": ""}, overrides)) == ["out/"]


# --- hostile trees --------------------------------------------------------------------------------------------------


def test_an_index_page_that_is_no_text_is_served_all_the_same() -> None:
    assert copied(planned({"index.html": b"\xff\xfe\x00"})) == ["index.html"]


def test_a_huge_page_of_script_tags_is_read_in_a_moment() -> None:
    assert detected({"index.html": '<script src="' * 500_000}) is not None


def test_a_byte_order_mark_and_carriage_returns_change_nothing() -> None:
    plan = planned({"index.html": b"\xef\xbb\xbf<html>\r\n</html>", "Staticfile": b"\xef\xbb\xbfdirectory: on\r\n"})
    assert site(plan).directory_listing is True
