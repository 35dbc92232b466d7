from __future__ import annotations

import time
from pathlib import Path

import pytest
from git_repository import GitRepository, needs_git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildplan.errors import FileError, SourceError
from buildplan.source import SourceTree, walk
from buildplan.source.directory import DirectoryBackend
from buildplan.source.ignore import IgnoreRules
from buildplan.source.ignore_rule import parse


def ignored(rules: str, *names: str, directory: str = "") -> list[str]:
    """Return which names in a directory the rules of a root `.gitignore` ignore; `name/` is a directory."""
    files = [name for name in names if not name.endswith("/")]
    directories = [name[:-1] for name in names if name.endswith("/")]
    hit = IgnoreRules().extended("", parse(rules.encode())).ignored(directory, files, directories)
    return [*hit[0], *(f"{name}/" for name in hit[1])]


def files_of(path: Path) -> list[str]:
    return sorted(SourceTree(DirectoryBackend(path)).files)


def write(root: Path, *paths: str, **texts: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    for name, text in texts.items():
        (root / f".{name}").write_text(text)


@pytest.mark.parametrize(
    ("rules", "directory", "names", "expected"),
    [
        ("dist", "a", ("dist", "dist/", "dist2"), ["dist", "dist/"]),
        ("dist/", "a", ("dist", "dist/"), ["dist/"]),
        ("/dist", "a", ("dist",), []),
        ("/dist", "", ("dist",), ["dist"]),
        ("a/dist", "a", ("dist",), ["dist"]),
        ("a/dist", "b/a", ("dist",), []),
        ("*.log\n!keep.log", "a", ("x.log", "keep.log"), ["x.log"]),
        ("!keep.log\n*.log", "a", ("keep.log",), ["keep.log"]),
        ("*.py[co]", "", ("a.pyc", "a.pyo", "a.py"), ["a.pyc", "a.pyo"]),
        (".env*.local", "", (".env.local", ".env.test.local", ".env"), [".env.local", ".env.test.local"]),
        ("*.sw?", "", ("a.swp", "a.sw", "a.swpx"), ["a.swp"]),
        ("**/cache/*.bin", "x/cache", ("a.bin", "a.txt"), ["a.bin"]),
        ("logs/**", "logs/deep", ("a",), ["a"]),
        ("logs/**", "", ("logs/",), []),
        ("a/**/b", "a", ("b",), ["b"]),
        ("a/**/b", "a/x/y", ("b",), ["b"]),
        ("a/*/b", "a/x/y", ("b",), []),
        ("/*\n!/src", "", ("src/", "lib/", "a"), ["a", "lib/"]),
        ("# no rule\n\\#rule\n\\!rule", "", ("# no rule", "#rule", "!rule"), ["#rule", "!rule"]),
        ("trailing   \nkept\\ ", "", ("trailing", "kept ", "kept"), ["trailing", "kept "]),
        ("\ufeffdist\r\nbuild\r\n", "", ("dist", "build"), ["dist", "build"]),
        ("[a-c]x\n[!a]y\n[[:digit:]]z", "", ("bx", "dx", "by", "ay", "1z", "az"), ["bx", "by", "1z"]),
        ("open[\nlone\\\n[[:nothing:]]\na//b\n/\n!\n", "", ("open[", "lone\\", "a", "b"), []),
        ("a?\n??x", "", ("aé", "éx"), ["éx"]),
        ("é*", "", ("été", "ete"), ["été"]),
    ],
)
def test_a_rule_hits_what_git_says(rules: str, directory: str, names: tuple[str, ...], expected: list[str]) -> None:
    assert sorted(ignored(rules, *names, directory=directory)) == sorted(expected)


def test_a_nearer_ignore_file_wins(tmp_path: Path) -> None:
    write(tmp_path, "a.log", "sub/a.log", "sub/deep/a.log", gitignore="*.log\n")
    (tmp_path / "sub" / ".gitignore").write_text("!*.log\n")
    (tmp_path / "sub" / "deep" / ".gitignore").write_text("/a.log\n")
    assert files_of(tmp_path) == [".gitignore", "sub/.gitignore", "sub/a.log", "sub/deep/.gitignore"]


def test_nothing_below_an_ignored_directory_comes_back(tmp_path: Path) -> None:
    write(tmp_path, "out/keep", "src/a", gitignore="out/\n!out/keep\n")
    assert files_of(tmp_path) == [".gitignore", "src/a"]


def test_rules_hold_without_a_repository_and_build_output_stays_unless_a_rule_says_so(tmp_path: Path) -> None:
    write(tmp_path, "build/index.html", "dist/a.js", "vendor/x.go", ".yarn/releases/yarn.cjs", gitignore="dist\n")
    assert files_of(tmp_path) == [".gitignore", ".yarn/releases/yarn.cjs", "build/index.html", "vendor/x.go"]


@needs_git
def test_what_git_tracks_counts_in_spite_of_a_rule(tmp_path: Path) -> None:
    git = GitRepository(tmp_path)
    git.write({".gitignore": "build/\n*.log\n", "build/app.js": "", "build/deep/b.js": "", "a.log": "", "b.log": ""})
    git("add", "-f", ".gitignore", "build/app.js", "a.log")
    assert files_of(tmp_path) == [".gitignore", "a.log", "build/app.js"]


@needs_git
@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_every_version_of_the_index_is_read(tmp_path: Path, version: str) -> None:
    git = GitRepository(tmp_path)
    git.write({".gitignore": "build/\n", "build/app.js": "", f"build/{'x' * 200}/é": "", "build/new": "", "junk": ""})
    git("add", "-f", ".gitignore", "build")
    git("rm", "-q", "--cached", "build/new")
    git("add", "-f", "-N", "build/new")  # makes entries of the extended form
    git("update-index", "--index-version", version)
    assert files_of(tmp_path) == git.visible()


@needs_git
def test_the_repository_s_own_exclude_file_counts(tmp_path: Path) -> None:
    GitRepository(tmp_path)
    (tmp_path / ".git" / "info" / "exclude").write_text("notes.txt\n")
    write(tmp_path, "notes.txt", "a")
    assert files_of(tmp_path) == ["a"]


@needs_git
def test_a_directory_inside_a_repository_obeys_the_rules_and_the_index_above_it(tmp_path: Path) -> None:
    git = GitRepository(tmp_path)
    git.write({".gitignore": "dist/\n/packages/api/tmp\n", "packages/.gitignore": "*.log\n"})
    git.write({f"packages/api/{name}": "" for name in ("main.js", "dist/a.js", "dist/b.js", "tmp/x", "a.log")})
    git("add", "-f", "packages/api/dist/a.js")
    assert files_of(tmp_path / "packages" / "api") == ["dist/a.js", "main.js"]


@needs_git
def test_a_directory_that_its_repository_ignores_stands_for_itself(tmp_path: Path) -> None:
    git = GitRepository(tmp_path)
    git.write({".gitignore": "*\n", "app/main.js": "", "app/a.log": "", "app/.gitignore": "*.log\n"})
    assert files_of(tmp_path / "app") == [".gitignore", "main.js"]


@needs_git
def test_a_linked_work_tree_and_a_submodule_find_their_index(tmp_path: Path) -> None:
    inner = GitRepository(tmp_path / "inner")
    inner.write({".gitignore": "build/\n", "build/a": "", "build/b": "", "src": ""})
    inner("add", "-f", ".gitignore", "build/a", "src")
    inner("commit", "-qm", "all")
    inner("worktree", "add", "-q", str(tmp_path / "linked"))
    outer = GitRepository(tmp_path / "outer")
    outer("submodule", "--quiet", "add", str(inner.root), "module")
    for root in (tmp_path / "linked", tmp_path / "outer" / "module"):
        write(root, "build/c")
        assert files_of(root) == [".gitignore", "build/a", "src"]


@needs_git
@pytest.mark.parametrize("back_link", [None, "/somewhere/else/.git"])
def test_a_git_file_that_its_target_does_not_know_is_not_followed(tmp_path: Path, back_link: str | None) -> None:
    other = GitRepository(tmp_path / "other")
    other.write({"build/a": ""})
    other("add", "-A")
    if back_link:
        (other.root / ".git" / "gitdir").write_text(back_link)
        (other.root / ".git" / "commondir").write_text(".")
    tree = tmp_path / "tree"
    tree.mkdir()
    write(tree, "build/a", "src", gitignore="build\n")
    (tree / ".git").write_text(f"gitdir: {other.root / '.git'}\n")
    assert files_of(tree) == [".gitignore", "src"]


def test_a_damaged_index_is_like_none(tmp_path: Path) -> None:
    for name in ("objects", "refs"):
        (tmp_path / ".git" / name).mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    write(tmp_path, "build/a", "src", gitignore="build\n")
    for content in (
        b"",
        b"DIRC",
        b"DIRC\0\0\0\2\xff\xff\xff\xff",
        b"DIRC\0\0\0\4\0\0\0\1" + b"\xff" * 90,
        b"junk" * 50,
    ):
        (tmp_path / ".git" / "index").write_bytes(content)
        assert files_of(tmp_path) == [".gitignore", "src"]


def test_a_virtual_environment_of_any_name_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "env/pyvenv.cfg", "env/lib/x.py", "venv/mine.py", "main.py", "pyvenv.cfg")
    assert files_of(tmp_path) == ["main.py", "pyvenv.cfg", "venv/mine.py"]


def test_an_ignore_file_that_is_a_link_holds_no_rules(tmp_path: Path) -> None:
    write(tmp_path, "rules", "a")
    (tmp_path / "rules").write_text("a\n")
    (tmp_path / ".gitignore").symlink_to("rules")
    assert files_of(tmp_path) == [".gitignore", "a", "rules"]


def test_a_huge_ignore_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    write(tmp_path, "sub/.gitignore")
    (tmp_path / "sub" / ".gitignore").write_text("x\n" * 200_000)
    with pytest.raises(FileError, match=r"sub/\.gitignore: BP102 it has more than 256 kB") as caught:
        files_of(tmp_path)
    assert caught.value.hint == "ignore directories instead of single files"


def test_too_many_rules_for_a_tree_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_MATCHES", 50)
    write(tmp_path, *(f"a{number}" for number in range(20)), gitignore="x\ny\nz\n")
    with pytest.raises(SourceError, match="too many ignore rules"):
        files_of(tmp_path)


@pytest.mark.parametrize(
    "pattern", ["*a" * 30 + "*b", "**/" * 40 + "b", "/" + "*/**/" * 40 + "b", "[a-z]*" * 40 + "1", "?*" * 60 + "b"]
)
def test_no_pattern_blows_up(pattern: str) -> None:
    name = "a" * 200
    start = time.process_time()
    ignored(pattern, name, f"{name}/", directory="/".join(["a" * 20] * 40))
    assert time.process_time() - start < 0.5


def test_a_file_of_nothing_but_hostile_rules_is_parsed_quickly() -> None:
    start = time.process_time()
    parse(b"[!a]*[b-z]?**/x[[:alpha:]]\n" * 5_000)
    assert time.process_time() - start < 3


PIECES = st.sampled_from(
    (
        *"ab*?/é#![]\\ ",
        "ab",
        "foo",
        "*",
        "**",
        "/",
        "**/",
        "/**",
        ".js",
        "*.a",
        "[ab]",
        "[!a]",
        "[a-b]",
        "[[:alpha:]]",
        "[]a]",
        "\\*",
    )
)
PATTERNS = st.one_of(
    st.sampled_from(["a", "b/", "/a", "/a/b", "*.a", "*", "/*", "*/", "a/*", "a/**", "**/a", "a/**/b", "*/a/*", "x*"]),
    st.lists(PIECES, min_size=1, max_size=5).map("".join),
)
RULES = st.lists(st.builds(lambda sign, pattern: sign + pattern, st.sampled_from(["", "", "!"]), PATTERNS), max_size=5)


def is_quirk(rule: str) -> bool:
    """Return whether git deviates from its manual there, see `ignore_rule`."""
    before, star, _ = rule.partition("**")
    return bool(star and before.lstrip("!") and not before.endswith("/"))


@pytest.fixture(scope="module")
def wide_tree(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    git = GitRepository(tmp_path_factory.mktemp("wide"))
    directories = ["", "a/", "b/", "ab/", "foo/", "a/a/", "a/b/", "a/b/a/", "a/b/foo/", "foo/a/", "b/b/"]
    names = ["x.a", "x.b", "foo.js", "a b", "[a]", "é.a", "-", "#c", "!d", "a*", "xa"]
    git.write({directory + name: "" for directory in directories for name in names})
    return git


@needs_git
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=RULES, inner=RULES, exclude=RULES, tracked=st.sampled_from([(), ("a/b/x.a", "foo/a/xa"), ("x.b",)]))
def test_random_rules_hit_exactly_what_git_says(
    wide_tree: GitRepository, root: list[str], inner: list[str], exclude: list[str], tracked: tuple[str, ...]
) -> None:
    for path, rules in ((".gitignore", root), ("a/.gitignore", inner), (".git/info/exclude", exclude)):
        (wide_tree.root / path).write_text("\n".join(rule for rule in rules if not is_quirk(rule)))
    (wide_tree.root / ".git" / "index").unlink(missing_ok=True)
    if tracked:
        wide_tree("add", "-f", *tracked)
    assert files_of(wide_tree.root) == wide_tree.visible()
