from __future__ import annotations

import hashlib
import pickle
import random
import zlib
from pathlib import Path

import pytest
from git_repository import GitRepository, needs_git

from buildplan.errors import FileError, SourceError
from buildplan.source import SourceTree, objects
from buildplan.source.git import GitBackend, GitIndexBackend

pytestmark = needs_git

FILES = {"package.json": "{}\n", "src/deep/main.js": "main\n", "src/a.js": "a\n", "README.md": "read\n"}


def texts(backend: GitBackend | GitIndexBackend) -> dict[str, str]:
    tree = SourceTree(backend)
    return {path: tree.text(path) for path in tree.files}


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "repository")


def write_loose(git: GitRepository, object_id: str, raw: bytes) -> None:
    path = git.root / ".git" / "objects" / object_id[:2] / object_id[2:]
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(raw)


def new_object(git: GitRepository, kind: str, content: bytes) -> str:
    whole = f"{kind} {len(content)}\0".encode() + content
    object_id = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    write_loose(git, object_id, zlib.compress(whole))
    return object_id


def test_a_commit_is_read_and_not_the_work_tree(git: GitRepository) -> None:
    git.commit(FILES)
    git.write({"package.json": "changed", "new": ""})
    (git.root / "README.md").unlink()
    assert texts(GitBackend(git.root)) == FILES
    assert GitBackend(git.root).label == f"HEAD of {git.root}"


def test_what_was_committed_in_spite_of_a_rule_counts_and_installed_dependencies_do_not(git: GitRepository) -> None:
    git.write({".gitignore": "build\n", "build/a": "a", "node_modules/x/package.json": "{}"})
    git("add", "-f", "-A")
    git.commit()
    assert set(texts(GitBackend(git.root))) == {".gitignore", "build/a"}


@pytest.mark.parametrize(
    "command",
    [
        ("repack", "-adfq", "--depth=50", "--window=50"),
        ("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=50", "--window=50"),
        ("-c", "pack.indexVersion=2", "gc", "-q"),
        ("count-objects",),
    ],
    ids=["packed", "packed with deltas by id", "collected", "loose"],
)
def test_every_commit_of_a_history_is_read_from_packs_and_loose_objects(
    git: GitRepository, command: tuple[str, ...]
) -> None:
    chance = random.Random(1)
    lines = [f"line {number} {chance.random()}" for number in range(2_000)]
    history: dict[str, str] = {}
    for number in range(12):
        lines[chance.randrange(2_000)] = f"changed {number}"
        text = "\n".join(lines)
        history[git.commit({"data.txt": text, f"files/{number}": str(number)})] = text
    git(*command)
    last = git.commit({"later": ""})
    for commit, text in history.items():
        assert SourceTree(GitBackend(git.root, commit)).text("data.txt") == text
    assert len(texts(GitBackend(git.root, last))) == 14


def test_a_pack_with_long_offsets_is_read(git: GitRepository) -> None:
    git.commit(FILES)
    git("repack", "-adq")
    pack = next((git.root / ".git" / "objects" / "pack").glob("*.pack"))
    git("index-pack", "--index-version=2,0x40", str(pack), "-o", str(pack.with_suffix(".long")))
    index = pack.with_suffix(".idx")
    index.unlink()
    pack.with_suffix(".long").rename(index)
    assert texts(GitBackend(git.root)) == FILES


@pytest.mark.parametrize("packed", [False, True])
def test_a_revision_is_a_branch_a_tag_a_remote_or_a_hash(git: GitRepository, *, packed: bool) -> None:
    first = git.commit({"a": "1"})
    git("tag", "light")
    git("tag", "-a", "v1.0", "-m", "annotated")
    git("tag", "-a", "v1.0-again", "-m", "of a tag", "v1.0")
    git("update-ref", "refs/remotes/origin/main", first)
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    git("branch", "feature/x-1")
    git.commit({"a": "2"})
    if packed:
        git("pack-refs", "--all")
        git("gc", "-q")
    names = (
        "light",
        "v1.0",
        "v1.0-again",
        "origin/main",
        "origin",
        "feature/x-1",
        "refs/heads/feature/x-1",
        "tags/light",
    )
    for name in (*names, first, first[:7], first[:12]):
        assert texts(GitBackend(git.root, name)) == {"a": "1"}, name
    for name in ("HEAD", "main", "heads/main", git("rev-parse", "HEAD^{tree}")):
        assert texts(GitBackend(git.root, name)) == {"a": "2"}, name


def test_a_tag_wins_over_a_branch_and_a_branch_over_an_abbreviated_hash(git: GitRepository) -> None:
    first = git.commit({"a": "1"})
    second = git.commit({"a": "2"})
    git("tag", "x", first)
    git("branch", "x", second)
    assert texts(GitBackend(git.root, "x")) == {"a": "1"}
    git("branch", first[:8], second)
    assert texts(GitBackend(git.root, first[:8])) == {"a": "2"}


def test_a_beginning_that_files_share_still_means_the_commit(git: GitRepository) -> None:
    commit = git.commit({"a": "1"})
    digits = commit[:4]
    for number in range(400_000):
        content = f"{number}".encode()
        if hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest().startswith(digits):
            new_object(git, "blob", content)
            break
    assert texts(GitBackend(git.root, digits)) == {"a": "1"}


def test_a_beginning_that_commits_share_is_an_error(git: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {git.commit({"a": str(number)}) for number in range(2)}
    monkeypatch.setattr(objects.Objects, "beginning_with", lambda *_: found)
    with pytest.raises(SourceError, match="`abcd` is the beginning of 2 commits"):
        GitBackend(git.root, "abcd").listing()


@pytest.mark.parametrize(
    "revision",
    ["nothing", "HEAD~1", "HEAD^2", "HEAD~99999", "HEAD~1~", "nothing~1", "~^", "HEAD@{1}",
     "main:a", "", "..", "../../etc/passwd", "-x", "a b", "refs/heads/../../config", "0" * 40,
     "beef", "x.lock", "@{1}", "new\nline", "config", "/etc/passwd", "refs/../../../secret"],
)  # fmt: skip
def test_what_names_no_commit_is_an_error(git: GitRepository, revision: str) -> None:
    commit = git.commit(FILES)
    (git.root.parent / "secret").write_text(commit)
    with pytest.raises(SourceError) as caught:
        GitBackend(git.root, revision).listing()
    assert caught.value.hint
    assert "\n" not in caught.value.problem


@pytest.mark.parametrize(
    ("revision", "expected"),
    [("HEAD~1", "two"), ("HEAD^", "two"), ("HEAD~2", "one"), ("HEAD^^", "one"), ("v1~1", "one"), ("v1^0", "two"),
     ("HEAD^2", "other"), ("HEAD^2~1", "one"), ("main~0", "merge")],
)  # fmt: skip
def test_a_commit_before_another_is_found_as_git_finds_it(git: GitRepository, revision: str, expected: str) -> None:
    git.commit({"name": "one"})
    git("branch", "other")
    git.commit({"name": "two"})
    git("tag", "-a", "-m", "first", "v1")
    git("checkout", "-q", "other")
    git.commit({"name": "other"})
    git("checkout", "-q", "main")
    git("merge", "-q", "-s", "ours", "--no-commit", "other")
    git.commit({"name": "merge"})
    assert git("show", f"{revision}:name") == expected
    assert GitBackend(git.root, revision).read("name", 100) == expected.encode()


def test_a_history_that_is_too_short_is_said_so(git: GitRepository) -> None:
    git.commit(FILES)
    with pytest.raises(SourceError, match="the history that is here does not go back so far") as caught:
        GitBackend(git.root, "HEAD~3").listing()
    assert "shallow clone" in str(caught.value)


def test_a_repository_without_a_commit_says_so(git: GitRepository) -> None:
    with pytest.raises(SourceError, match="`HEAD` names no commit of the repository") as caught:
        GitBackend(git.root).listing()
    assert "a repository without a commit has none" in str(caught.value)


def test_a_revision_that_is_a_file_is_an_error(git: GitRepository) -> None:
    git.commit(FILES)
    with pytest.raises(SourceError, match="is not a commit"):
        GitBackend(git.root, git("rev-parse", "HEAD:README.md")).listing()


def test_a_bare_repository_and_a_git_directory_are_read(git: GitRepository, tmp_path: Path) -> None:
    git.commit(FILES)
    git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    assert texts(GitBackend(tmp_path / "bare.git")) == FILES
    assert texts(GitBackend(git.root / ".git")) == FILES


def test_a_directory_in_a_work_tree_is_that_part_of_the_commit(git: GitRepository) -> None:
    git.commit({"packages/api/main.js": "x", "packages/api/lib/a": "y", "other": "z"})
    (git.root / "packages" / "link").symlink_to("../other")
    git.commit()
    assert texts(GitBackend(git.root / "packages" / "api")) == {"main.js": "x", "lib/a": "y"}
    outside = GitBackend(git.root / "packages").listing().blocked
    assert outside == {"link": "it is a link to `../other`, which is outside of the tree"}
    (git.root / "fresh").mkdir()
    with pytest.raises(SourceError, match="the commit `HEAD` has no directory `fresh`"):
        GitBackend(git.root / "fresh").listing()


def test_a_linked_work_tree_has_its_own_head(git: GitRepository, tmp_path: Path) -> None:
    git.commit({"a": "1"})
    git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    git.commit({"a": "2"})
    assert texts(GitBackend(tmp_path / "linked")) == {"a": "1"}
    assert texts(GitBackend(tmp_path / "linked", "main")) == {"a": "2"}
    assert texts(GitIndexBackend(tmp_path / "linked")) == {"a": "1"}


def test_a_forged_work_tree_does_not_lend_another_repository(git: GitRepository, tmp_path: Path) -> None:
    git.commit({"secret": "s"})
    tree = tmp_path / "tree"
    (tree / "fake").mkdir(parents=True)
    (tree / ".git").write_text("gitdir: fake\n")
    for name, text in {
        "gitdir": f"{tree}/.git",
        "commondir": f"{git.root}/.git",
        "HEAD": "ref: refs/heads/main",
    }.items():
        (tree / "fake" / name).write_text(f"{text}\n")
    with pytest.raises(SourceError, match="is not in a git repository"):
        GitBackend(tree).listing()


@pytest.mark.parametrize("name", ["objects", "refs"])
def test_links_inside_a_git_directory_do_not_lend_another_repository(
    git: GitRepository, tmp_path: Path, name: str
) -> None:
    git.commit({"secret": "s"})
    tree = GitRepository(tmp_path / "tree")
    inside = tree.root / ".git" / name
    inside.rename(tmp_path / "moved")
    inside.symlink_to(git.root / ".git" / name)
    with pytest.raises(SourceError):
        GitBackend(tree.root, "main").listing()


def test_borrowed_objects_are_found(git: GitRepository, tmp_path: Path) -> None:
    git.commit(FILES)
    git("clone", "-q", "--shared", ".", str(tmp_path / "second"))
    git("clone", "-q", "--shared", str(tmp_path / "second"), str(tmp_path / "third"))
    assert texts(GitBackend(tmp_path / "third", alternates=True)) == FILES
    (tmp_path / "third/.git/objects/info/alternates").write_text("# nothing\n\n../../../repository/.git/objects\n")
    assert texts(GitBackend(tmp_path / "third", alternates=True)) == FILES
    assert texts(GitIndexBackend(tmp_path / "third")) == FILES


def test_objects_of_another_repository_are_not_read_unless_it_is_asked_for(git: GitRepository, tmp_path: Path) -> None:
    commit = git.commit({"secret": "of another person"})
    tree = GitRepository(tmp_path / "tree")
    (tree.root / ".git/objects/info").mkdir(exist_ok=True)
    (tree.root / ".git/objects/info/alternates").write_text(f"{git.root}/.git/objects\n")
    (tree.root / ".git/HEAD").write_text(f"{commit}\n")
    with pytest.raises(SourceError, match="outside"):
        GitBackend(tree.root).listing()


def test_a_repository_with_sha256_is_read(tmp_path: Path) -> None:
    git = GitRepository(tmp_path, init=("--object-format=sha256",))
    commit = git.commit({**FILES, ".gitignore": "build\n"})
    assert len(commit) == 64
    assert texts(GitBackend(git.root, commit[:10])) == {**FILES, ".gitignore": "build\n"}
    git("gc", "-q")
    assert texts(GitBackend(git.root)) == {**FILES, ".gitignore": "build\n"}
    assert texts(GitIndexBackend(git.root)) == {**FILES, ".gitignore": "build\n"}


def test_submodules_are_left_out_and_links_are_resolved_in_the_commit(git: GitRepository, tmp_path: Path) -> None:
    module = GitRepository(tmp_path / "module")
    module.commit({"x": ""})
    git("submodule", "--quiet", "add", str(module.root), "vendor/module")
    git.write({"src/real": "content", ".gitmodules": ""})
    for name, target in {"link": "src/real", "out": "../secret", "deep/up": "../src/real", "folder": "src"}.items():
        (git.root / name).parent.mkdir(exist_ok=True)
        (git.root / name).symlink_to(target)
    git.commit()
    for backend in (GitBackend(git.root), GitIndexBackend(git.root)):
        tree = SourceTree(backend)
        assert list(tree.files) == [".gitmodules", "link", "out", "deep/up", "src/real"]
        assert tree.text("link") == tree.text("deep/up") == "content"
        assert tree.listing.blocked == {"out": "it is a link to `../secret`, which is outside of the tree"}


def test_a_commit_stays_the_same_when_its_branch_moves_on(git: GitRepository) -> None:
    git.commit({"a": "1"})
    tree = SourceTree(GitBackend(git.root, "main"))
    assert tree.has("a")
    git.commit({"a": "2"})
    git("gc", "-q")
    assert pickle.loads(pickle.dumps(tree)).text("a") == "1"  # noqa: S301


def test_a_large_file_is_not_unpacked(git: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    git.commit({"package.json": "x" * 3_000_000, "b.json": "x" * 3_000_000 + "y"})
    backend = GitBackend(git.root)
    assert backend.read("package.json", 100) is None
    git("repack", "-adfq")
    assert {backend.read(name, 100) for name in ("package.json", "b.json")} == {None}
    content = backend.read("b.json", 3_000_001)
    assert content == b"x" * 3_000_000 + b"y"
    monkeypatch.setattr(objects, "MAX_OBJECT_BYTES", 1000)
    git.commit({"c.json": "z"})
    assert GitBackend(git.root).read("c.json", 100) == b"z"


def test_what_is_staged_is_read_and_not_what_lies_in_the_work_tree(git: GitRepository) -> None:
    git.commit({"a": "1", "b": "1", "sub/c": "1"})
    git.write({"a": "2", "new": "staged", "sub/d": "staged"})
    git("add", "-A")
    git("rm", "-q", "b")
    git.write({"a": "3", "new": "later", "untracked": ""})
    assert texts(GitIndexBackend(git.root)) == {"a": "2", "new": "staged", "sub/c": "1", "sub/d": "staged"}
    assert texts(GitIndexBackend(git.root / "sub")) == {"c": "1", "d": "staged"}
    assert GitIndexBackend(git.root).label == f"the index of {git.root}"


def test_a_hook_s_own_index_is_read(git: GitRepository, tmp_path: Path) -> None:
    git.commit({"a": "1"})
    git("read-tree", f"--index-output={git.root}/.git/next-index", "HEAD")
    git.commit({"a": "2"})
    assert texts(GitIndexBackend(git.root, index=git.root / ".git" / "next-index")) == {"a": "1"}
    assert texts(GitIndexBackend(git.root, index=tmp_path / "missing")) == {}


def test_what_is_only_announced_is_not_staged_and_a_conflict_is_blocked(git: GitRepository) -> None:
    git.commit({"a": "1"})
    git("checkout", "-q", "-b", "side")
    git.commit({"a": "2"})
    git("checkout", "-q", "main")
    git.commit({"a": "3"})
    git.write({"announced": "x"})
    git("add", "-N", "announced")
    git("merge-tree", "main", "side", "main")
    entries = "".join(
        f"100644 {git('rev-parse', f'{name}:a')} {stage}\ta\n"
        for stage, name in enumerate(("main~1", "main", "side"), 1)
    )
    git("update-index", "--force-remove", "a")
    git("update-index", "--index-info", stdin=entries.encode())
    tree = SourceTree(GitIndexBackend(git.root))
    assert list(tree.files) == ["a"]
    with pytest.raises(FileError, match="it has a merge conflict, so it is not read"):
        tree.text("a")


@pytest.mark.parametrize("version", ["2", "4"])
def test_a_large_index_is_read_in_every_form(git: GitRepository, version: str) -> None:
    files = {f"d{number % 7}/{'x' * (number % 50)}{number}": str(number) for number in range(300)}
    git.write(files)
    git("add", "-A")
    git("update-index", "--index-version", version)
    assert texts(GitIndexBackend(git.root)) == files


def test_forms_of_the_index_that_are_not_read_are_named(git: GitRepository) -> None:
    git.commit(FILES)
    git("update-index", "--split-index")
    with pytest.raises(SourceError, match="split") as caught:
        GitIndexBackend(git.root).listing()
    assert caught.value.hint == "join it with `git update-index --no-split-index`"
    git("update-index", "--no-split-index")
    git("sparse-checkout", "set", "--cone", "--sparse-index", "docs")
    with pytest.raises(SourceError, match="sparse") as caught:
        GitIndexBackend(git.root).listing()
    assert caught.value.hint == "expand it with `git sparse-checkout reapply --no-sparse-index`"


def test_refs_in_a_form_that_is_not_read_are_named(git: GitRepository) -> None:
    commit = git.commit(FILES)
    with (git.root / ".git" / "config").open("a") as config:
        config.write("[extensions]\n\trefStorage = reftable\n")
    with pytest.raises(SourceError, match="refs in a form that is not read"):
        GitBackend(git.root).listing()
    assert texts(GitBackend(git.root, commit)) == FILES


def test_a_directory_without_a_repository_is_an_error(tmp_path: Path) -> None:
    for backend in (GitBackend(tmp_path), GitIndexBackend(tmp_path)):
        with pytest.raises(SourceError, match="is not in a git repository") as caught:
            backend.listing()
        assert caught.value.hint == "name a directory in a git work tree, or leave out the revision"
    with pytest.raises(SourceError, match="cannot be opened: No such file"):
        GitBackend(tmp_path / "missing").listing()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no zlib",
        zlib.compress(b"blob 5\0abc"),
        zlib.compress(b"blob 2\0abc"),
        zlib.compress(b"blob 3\0abd"),
        zlib.compress(b"blob -3\0abc"),
        zlib.compress(b"blub 3\0abc"),
        zlib.compress(b"tree 3\0abc"),
        zlib.compress(b"blob 3"),
        zlib.compress(b"blob 3\0abc")[:-8],
        zlib.compress(b"x" * 100_000_000),
    ],
)
def test_a_damaged_object_is_an_error(git: GitRepository, raw: bytes) -> None:
    git.commit({"a": "abc"})
    write_loose(git, git("rev-parse", "HEAD:a"), raw)
    with pytest.raises(SourceError) as caught:
        GitBackend(git.root).read("a", 1_000_000)
    assert caught.value.hint == "look with `git fsck`"


def test_a_missing_object_is_an_error(git: GitRepository) -> None:
    git.commit({"a": "abc"})
    blob = git("rev-parse", "HEAD:a")
    (git.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(SourceError, match=f"the git object `{blob}` is missing"):
        GitBackend(git.root).read("a", 1000)


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../../etc/passwd"])
def test_a_tree_object_with_a_name_that_is_no_name_is_an_error(git: GitRepository, name: str) -> None:
    blob = new_object(git, "blob", b"x")
    tree = new_object(git, "tree", b"100644 " + name.encode() + b"\0" + bytes.fromhex(blob))
    with pytest.raises(SourceError, match=r"a tree of the repository holds the name"):
        GitBackend(git.root, tree).listing()


@pytest.mark.parametrize("content", [b"100644", b"100644 a", b"100644 a\0short", b"9 a\0" + b"x" * 20, b"x" * 50])
def test_a_tree_object_that_is_cut_off_is_an_error(git: GitRepository, content: bytes) -> None:
    with pytest.raises(SourceError):
        GitBackend(git.root, new_object(git, "tree", content)).listing()


def test_a_tree_that_multiplies_is_an_error(git: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    from buildplan.source import walk

    monkeypatch.setattr(walk, "MAX_FILES", 2_000)
    inner = new_object(git, "tree", b"100644 a\0" + bytes.fromhex(new_object(git, "blob", b"x")))
    for _ in range(10):
        inner = new_object(git, "tree", b"".join(b"40000 %d\0" % n + bytes.fromhex(inner) for n in range(10)))
    with pytest.raises(SourceError, match="more than 2,000 files"):
        GitBackend(git.root, inner).listing()


def test_an_unknown_file_mode_is_blocked(git: GitRepository) -> None:
    blob = bytes.fromhex(new_object(git, "blob", b"x"))
    tree = new_object(git, "tree", b"10000 fifo\0" + blob + b"100755 run\0" + blob)
    assert GitBackend(git.root, tree).listing().blocked == {"fifo": "it has the unknown file mode 10000 in git"}


@pytest.mark.parametrize("seed", range(40))
def test_a_pack_with_random_damage_is_an_error_or_harmless(git: GitRepository, seed: int) -> None:
    chance = random.Random(seed)
    text = "\n".join(str(number) for number in range(300))
    git.commit({"a": text})
    git.commit({"a": f"{text}\nmore", "b/c": "x"})
    git("repack", "-adfq")
    suffix = chance.choice(["pack", "pack", "idx"])
    file = next((git.root / ".git" / "objects" / "pack").glob(f"*.{suffix}"))
    content = bytearray(file.read_bytes())
    for _ in range(chance.randint(1, 4)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.3:
        del content[chance.randrange(len(content)) :]
    file.chmod(0o600)
    file.write_bytes(content)
    try:
        found = texts(GitBackend(git.root))
    except SourceError:
        return
    assert found == {"a": f"{text}\nmore", "b/c": "x"}


def test_deltas_that_do_not_fit_are_refused() -> None:
    base = b"0123456789"
    assert objects.apply_delta(base, b"\x0a\x04\x90\x03\x01x") == b"012x"
    hostile = (
        b"",
        b"\x0a",
        b"\x05\x04\x90\x03\x01x",  # another base
        b"\x0a\x09\x90\x03\x01x",  # less than promised
        b"\x0a\x03\x90\x03\x01x",  # more than promised
        b"\x0a\x04\x91\xff\x04",  # from behind the end
        b"\x0a\xff\xff\xff\xff\x7f\x90\x03",  # promises gigabytes
        b"\x0a" + b"\xff" * 100,
        b"\x0a\x04\xff",
    )
    for delta in hostile:
        with pytest.raises(SourceError):
            objects.apply_delta(base, delta)
