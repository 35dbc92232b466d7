"""Reading a Gemfile and its lock file."""

from __future__ import annotations

import pytest
from buildplan.providers.ruby import Gemfile, read_gemfile, read_lock
from planned import of
from ruby_trees import lock

from buildplan.errors import FileError


def read(text: str, **files: str) -> Gemfile:
    found = read_gemfile(of({"Gemfile": text, **files}))
    assert found is not None
    return found


def test_gems_have_groups_and_options() -> None:
    found = read(
        """
source "https://rubygems.org" # the usual
gem "rails", "~> 8.0", ">= 8.0.1"
gem 'debug', group: :development
gem "pry", groups: %i[development test]
gem "bullet", :group => [:development, :production]
group :development, :test do
  if ENV["CI"]
    gem "rspec"
  end
  gem "minitest"
end
gem "local", path: "gems/local"
git "https://example.com/x.git" do
  gem "from-git"
end
gem "last",
    require: false
"""
    )
    by_name = {gem.name: gem for gem in found.gems}
    assert by_name["rails"].requirements == ("~> 8.0", ">= 8.0.1")
    assert by_name["rails"].origin.line == 3
    assert [name for name, gem in by_name.items() if not gem.ships] == ["debug", "pry", "rspec", "minitest"]
    assert by_name["local"].path == "gems/local"
    assert [name for name, gem in by_name.items() if gem.from_git] == ["from-git"]
    assert by_name["last"].ships


@pytest.mark.parametrize(
    "text",
    [
        '# gem "sinatra"\n',
        '=begin\ngem "sinatra"\n=end\n',
        'TEXT = <<~EOS\n  gem "sinatra"\nEOS\n',
        "__END__\ngem 'sinatra'\n",
        "puts \"\ngem 'sinatra'\n\"\n",
    ],
)
def test_what_is_no_code_names_no_gem(text: str) -> None:
    assert read(text).gem("sinatra") is None


def test_a_name_that_is_only_known_at_run_time_is_left_out() -> None:
    assert read('gem "a#{1}b"\n').gems == []


def test_evaluated_gemfiles_are_read_and_copied() -> None:
    found = read('eval_gemfile "more.rb"\n', **{"more.rb": 'gem "puma"\n'})
    assert found.gem("puma") is not None
    assert found.reads == ["more.rb"]
    assert read("eval_gemfile File.join(__dir__, name)\n").whole


def test_a_merge_conflict_is_an_error_with_its_line() -> None:
    with pytest.raises(FileError) as caught:
        read('gem "a"\n<<<<<<< ours\ngem "b"\n')
    assert caught.value.origin is not None
    assert caught.value.origin.line == 2


def test_a_lock_file_tells_versions_platforms_ruby_and_bundler() -> None:
    text = lock(
        "nokogiri (1.18.0)",
        "nokogiri (1.18.0-x86_64-linux-gnu)",
        platforms=("x86_64-linux", "arm64-darwin"),
        ruby="3.3.1p55",
        bundler="2.5.9",
    )
    found = read_lock(of({"Gemfile": "", "Gemfile.lock": text}))
    assert found is not None
    assert found.versions == {"nokogiri": "1.18.0"}
    assert found.built_for["nokogiri"] == {"", "x86_64-linux-gnu"}
    assert found.platforms == ["x86_64-linux", "arm64-darwin"]
    assert found.ruby is not None
    assert found.ruby.value == "3.3.1"
    assert found.bundler is not None
    assert found.bundler.value == "2.5.9"
