from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from static_trees import copied, diagnostics, phase, planned

from buildplan.errors import FileError, PlanError
from buildplan.model.build_plan import Input

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan

JEKYLL: dict[str, str | bytes] = {"_config.yml": "title: x\n", "Gemfile": 'source "x"\ngem "jekyll", "~> 4.4"\n'}
LOCK = "GEM\n  specs:\n    jekyll (4.4.1)\n\nPLATFORMS\n  x86_64-linux\n\nDEPENDENCIES\n  jekyll\n"


def ruby(plan: ProviderPlan) -> str:
    runtime = phase(plan, "setup").runtime
    assert runtime is not None
    return f"{runtime.name} {runtime.version}"


def test_jekyll_installs_what_the_lock_file_says() -> None:
    plan = planned({**JEKYLL, "Gemfile.lock": LOCK})
    install = phase(plan, "install")
    assert install.commands == ("bundle install",)
    assert install.inputs == (Input("Gemfile"), Input("Gemfile.lock"))
    assert install.environment == (("BUNDLE_FROZEN", "true"),)
    assert phase(plan, "build").commands == ("bundle exec jekyll build",)
    assert phase(plan, "build").environment == (("JEKYLL_ENV", "production"),)
    assert copied(plan) == ["_site/"]
    assert diagnostics(plan, "BP659") == []


def test_a_missing_lock_file_is_reported() -> None:
    plan = planned(JEKYLL)
    assert phase(plan, "install").environment == ()
    assert diagnostics(plan, "BP659")[0].fix == "run `bundle lock` and commit the file"


def test_a_lock_file_made_on_a_mac_is_reported() -> None:
    plan = planned({**JEKYLL, "Gemfile.lock": LOCK.replace("x86_64-linux", "arm64-darwin-24")})
    found = diagnostics(plan, "BP659")[0]
    assert found.text.startswith("the lock file knows only the platforms `arm64-darwin-24`")
    assert phase(plan, "install").environment == ()
    assert found.origin is not None
    assert found.origin.line == 5


def test_jekyll_without_a_gemfile_says_what_to_write() -> None:
    with pytest.raises(PlanError) as caught:
        planned({"_config.yml": "title: x"})
    assert str(caught.value) == (
        "_config.yml: BP301 nothing says which version of Jekyll and of its plugins to take\n\n"
        'hint: write a Gemfile with `gem "jekyll", "~> 4.4"`, run `bundle lock`, and commit both'
    )


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "ruby 3.4"),
        ({".ruby-version": "3.3\n"}, "ruby 3.3"),
        ({".tool-versions": "ruby 3.3.9\n"}, "ruby 3.3.9"),
        ({"Gemfile": 'ruby "~> 3.3.0"\ngem "jekyll"\n'}, "ruby 3.3"),
    ],
)
def test_the_version_of_ruby_is_taken_from_where_people_write_it(files: dict[str, str | bytes], expected: str) -> None:
    assert ruby(planned({**JEKYLL, **files})) == expected


def test_a_theme_of_the_tree_itself_needs_the_whole_tree() -> None:
    plan = planned({**JEKYLL, "Gemfile": "gemspec\n", "theme.gemspec": ""})
    assert phase(plan, "install").inputs == (Input("."),)


def test_a_gem_from_git_needs_git() -> None:
    plan = planned({**JEKYLL, "Gemfile": 'gem "jekyll", github: "jekyll/jekyll"\n'})
    assert phase(plan, "setup").apt_packages == ("build-essential", "git")


def test_the_destination_of_jekyll_is_read_from_its_configuration() -> None:
    assert copied(planned({**JEKYLL, "_config.yml": "destination: ./public\n"})) == ["public/"]
    with pytest.raises(FileError, match="is not a path inside the tree"):
        planned({**JEKYLL, "_config.yml": "destination: ../public\n"})


def test_a_404_page_of_jekyll_answers_unknown_paths() -> None:
    plan = planned({**JEKYLL, "404.md": "---\npermalink: /404.html\n---\n"})
    assert plan.run is not None
    assert plan.run.site is not None
    assert plan.run.site.not_found == "404.html"


def test_middleman_reads_its_folder_from_its_configuration() -> None:
    files: dict[str, str | bytes] = {"Gemfile": 'gem "middleman"', "config.rb": "# x\nset :build_dir, 'public'\n"}
    plan = planned(files)
    assert phase(plan, "build").commands == ("bundle exec middleman build",)
    assert copied(plan) == ["public/"]
    assert copied(planned({**files, "config.rb": ""})) == ["build/"]
