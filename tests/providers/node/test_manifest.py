from __future__ import annotations

import pytest
from buildplan.providers.node import manifest as manifests
from node_installs import tree

from buildplan.errors import FileError
from buildplan.model.origin import Origin


def read(text: str) -> manifests.Manifest:
    return manifests.read(tree({"package.json": text}))


def test_every_field_knows_its_line() -> None:
    found = read(
        '{\n  "name": "a",\n  "scripts": {\n    "start": "node ."\n  },\n  "dependencies": {\n    "x": "^1"\n  }\n}\n'
    )
    script = found.script("start")
    dependency = found.dependency("x")
    assert script is not None
    assert script.origin == Origin("package.json", 4, "scripts.start")
    assert dependency is not None
    assert (dependency.value, dependency.origin.line) == ("^1", 7)


def test_a_production_dependency_is_found_before_a_development_one() -> None:
    found = read('{"devDependencies": {"x": "1"}, "dependencies": {"x": "2"}}')
    dependency = found.dependency("x")
    assert dependency is not None
    assert dependency.value == "2"


def test_a_peer_dependency_is_no_dependency() -> None:
    found = read('{"peerDependencies": {"react": "19"}}')
    assert not found.has("react")
    assert found.dependency("react") is None


def test_an_empty_script_counts_as_none() -> None:
    assert read('{"scripts": {"build": " "}}').script("build") is None


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    found = manifests.read(tree({"package.json": b'\xef\xbb\xbf{\r\n  "name": "a",\r\n  "type": "module"\r\n}\r\n'}))
    assert (found.name, found.type) == ("a", "module")
    assert found.origin("name").line == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"name": ["a"]}', "`name` is a list; expected a text"),
        ('{"scripts": ["a"]}', "`scripts` is a list; expected a table"),
        ('{"scripts": 5}', "`scripts` is a number; expected a table"),
        ('{"dependencies": "x"}', "`dependencies` is a text; expected a table"),
        ('{"devDependencies": ["x"]}', "`devDependencies` is a list; expected a table"),
        ('{"dependencies": {"x": 5}}', "`dependencies.x` is a number; expected a version range"),
        ('{"peerDependencies": {"x": null}}', "`peerDependencies.x` is null; expected a version range"),
        ("[]", "it holds a list; expected an object, `{…}`"),
    ],
)
def test_a_wrong_type_is_an_error_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(FileError) as caught:
        read(text)
    assert caught.value.problem == problem
    assert caught.value.origin is not None
    assert caught.value.origin.line == 1


def test_what_npm_only_ignores_is_left_out_and_noted() -> None:
    found = read('{"main": false, "dependencies": [], "scripts": {"build": null, "start": "node ."}}')
    assert (found.main, found.dependencies, found.scripts) == (None, {}, {"start": "node ."})
    assert [item.text for item in found.oddities] == [
        "`main` is true or false; expected a path; it is ignored",
        "`scripts.build` is null; expected a text; it is ignored",
        "`dependencies` is a list; expected a table; it is ignored",
    ]


def test_a_key_with_a_line_end_does_not_break_the_message() -> None:
    with pytest.raises(FileError) as caught:
        read('{"dependencies": {"a\\nb\\u001b": 1}}')
    assert "\n" not in caught.value.problem
    assert "\x1b" not in caught.value.problem


@pytest.mark.parametrize("name", ["a", "@scope/a", "A.b-c_d~e", "left-pad"])
def test_a_package_name_may_stand_in_a_command(name: str) -> None:
    assert manifests.checked_name(name, Origin("package.json")) == name


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a;b", "$(id)", "`id`", 'a"b', "a'b", "a\nb", "../a", "@a", "@a/b/c", "a/b", ".a", "a" * 300],
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(FileError, match="is not a package name"):
        manifests.checked_name(name, Origin("package.json"))


@pytest.mark.parametrize("name", ["build", "build:prod", "docs/build", "start.node"])
def test_a_script_name_may_stand_in_a_command(name: str) -> None:
    assert manifests.script_word(name, Origin("package.json")) == name


@pytest.mark.parametrize("name", ["-x", "--help", "a b", "a;b", "$x", "a\nb", "a&b", "*", ""])
def test_a_script_name_that_a_shell_would_read_is_refused(name: str) -> None:
    with pytest.raises(FileError, match="cannot be run as a script"):
        manifests.script_word(name, Origin("package.json"))


def test_a_path_is_quoted_where_it_has_to_be() -> None:
    assert manifests.path_word("apps/web", Origin("x")) == "apps/web"
    assert manifests.path_word("my apps/web", Origin("x")) == "'my apps/web'"


@pytest.mark.parametrize("path", ["-x", "a$b", "a\nb", "a`b", "a'b", 'a"b', "a\\b", "a;b", ""])
def test_a_path_that_a_shell_would_read_is_refused(path: str) -> None:
    with pytest.raises(FileError, match="has characters that a shell would read"):
        manifests.path_word(path, Origin("x"))
