"""Which files are checked, what the settings filter, and what a report comes to."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildplan.config.options import Options
from buildplan.drift.check import Report, check, check_all, exit_code
from buildplan.drift.discover import dockerfiles
from buildplan.drift.findings import Finding
from buildplan.drift.settings import Settings
from buildplan.errors import ConfigError, FileError
from buildplan.model.origin import Origin
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

OLD = "FROM node:20-slim\nUSER 1000\nCMD node x.js\n"


def tree_of(**files: str) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def codes(reports: tuple[Report, ...]) -> list[tuple[str, list[str]]]:
    return [(report.path, [finding.code for finding in report.findings]) for report in reports]


def test_the_dockerfiles_of_apps_are_found_by_their_usual_names() -> None:
    names = (
        "Dockerfile",
        "Dockerfile.dev",
        "Containerfile",
        "apps/web/Dockerfile",
        "docker/api.Dockerfile",
        "docker/worker.dockerfile",
        ".devcontainer/Dockerfile",
        ".docker/Dockerfile",
    )
    others = (
        "Dockerfile.dockerignore",
        "Dockerfile.j2",
        "Dockerfile.md",
        "docs/Dockerfiles.txt",
        ".gitpod.Dockerfile",
        "tests/fixtures/app/Dockerfile",
        "vendor/lib/Dockerfile",
    )
    tree = SourceTree(MemoryBackend(dict.fromkeys((*names, *others), OLD)))
    assert sorted(dockerfiles(tree)) == sorted(names)


def test_patterns_say_which_files_are_meant() -> None:
    paths = ("a/Dockerfile", "b/c/Dockerfile", ".devcontainer/Dockerfile", "x.docker")
    tree = SourceTree(MemoryBackend(dict.fromkeys(paths, OLD)))
    assert dockerfiles(tree, ("*/Dockerfile",)) == (".devcontainer/Dockerfile", "a/Dockerfile")
    assert dockerfiles(tree, ("**/Dockerfile",)) == (".devcontainer/Dockerfile", "a/Dockerfile", "b/c/Dockerfile")
    assert dockerfiles(tree, ("b/**", "*.docker")) == ("x.docker", "b/c/Dockerfile")
    assert dockerfiles(tree, ("**/" * 40 + "nothing",)) == ()


def test_paths_are_files_or_directories() -> None:
    tree = SourceTree(MemoryBackend({"a/Dockerfile": OLD, "b/Dockerfile": OLD, ".hidden/Dockerfile": OLD}))
    assert [report.path for report in check_all(tree, ["a"])] == ["a/Dockerfile"]
    assert [report.path for report in check_all(tree, ["./b/Dockerfile", "a/"])] == ["b/Dockerfile", "a/Dockerfile"]
    assert [report.path for report in check_all(tree, ["."])] == [
        ".hidden/Dockerfile",
        "a/Dockerfile",
        "b/Dockerfile",
    ]
    assert [report.path for report in check_all(tree, [".hidden/Dockerfile"])] == [".hidden/Dockerfile"]
    with pytest.raises(FileError, match="there is no Dockerfile"):
        check_all(tree, ["nowhere"])


def test_a_tree_without_dockerfiles_has_no_reports() -> None:
    assert check_all(tree_of(a="")) == ()
    with pytest.raises(FileError, match="there is no such file"):
        check(tree_of(a=""))


def test_codes_and_their_beginnings_are_selected_and_ignored() -> None:
    tree = tree_of(Dockerfile="FROM node:20-slim\nCMD npm start\n")
    assert codes((check(tree),)) == [("Dockerfile", ["BP712", "BP752", "BP742"])]
    assert codes((check(tree, asked=Settings(ignore=("BP75",))),)) == [("Dockerfile", ["BP712", "BP742"])]
    assert codes((check(tree, asked=Settings(select=("BP74", "BP75"))),)) == [("Dockerfile", ["BP752", "BP742"])]


def test_what_is_selected_by_name_is_drift_also_when_it_is_only_worth_knowing() -> None:
    tree = tree_of(Dockerfile="FROM node:24-slim\nCMD npm start\n")
    assert check(tree).status == "in_sync"
    assert check(tree, asked=Settings(select=("BP752",))).status == "drift"


def test_the_project_says_what_it_ignores() -> None:
    config = '[check]\nignore = ["BP712"]\ndockerfiles = ["deploy/*"]\n'
    tree = SourceTree(MemoryBackend({"deploy/image": OLD, "Dockerfile": OLD, "buildplan.toml": config}))
    assert codes(check_all(tree)) == [("deploy/image", [])]
    assert codes(check_all(tree, ["Dockerfile"], asked=Settings(ignore=("BP75",)))) == [("Dockerfile", [])]


def test_a_folder_has_settings_of_its_own_and_pyproject_has_them_too() -> None:
    files = {
        "a/Dockerfile": OLD,
        "a/buildplan.toml": '[check]\nignore = ["BP7"]\n',
        "b/Dockerfile": OLD,
        "pyproject.toml": '[tool.buildplan.check]\nselect = ["BP712"]\n',
    }
    assert codes(check_all(SourceTree(MemoryBackend(files)))) == [("a/Dockerfile", []), ("b/Dockerfile", ["BP712"])]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("[check]\nignore = [712]\n", "`check.ignore"),
        ('[check]\nignore = ["X1"]\n', "a code or its beginning"),
        ("[check]\nignored = []\n", "`check.ignored`"),
        ("check = 1\n", "expected a table"),
    ],
)
def test_wrong_settings_are_an_error_with_their_place(config: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(tree_of(**{"Dockerfile": OLD, "buildplan.toml": config}))
    assert message in str(caught.value)
    assert str(caught.value).startswith("buildplan.toml:")


def test_exit_codes() -> None:
    assert exit_code(()) == 0
    assert exit_code([Report("a", "in_sync")]) == 0
    assert exit_code([Report("a", "in_sync"), Report("b", "unknown")]) == 2
    assert exit_code([Report("a", "unknown"), Report("b", "drift", failed=True)]) == 1


def test_a_file_that_cannot_be_read_does_not_stop_the_others() -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": b"FROM a\n\xff\xfe\x00",
        "a/Dockerfile": "NOT x\n",
        "b/Dockerfile": "<<<<<<< a\n=======\n>>>>>>> b\n",
        "c/Dockerfile": OLD,
    }
    reports = check_all(SourceTree(MemoryBackend(files)))
    assert codes(reports) == [
        ("Dockerfile", ["BP700"]),
        ("a/Dockerfile", ["BP700"]),
        ("b/Dockerfile", ["BP701"]),
        ("c/Dockerfile", ["BP712"]),
    ]
    assert [report.status for report in reports] == ["unknown", "unknown", "unknown", "in_sync"]


def test_broken_manifests_beside_a_dockerfile_only_say_nothing() -> None:
    broken = "{[<%"
    names = (
        "package.json",
        "pyproject.toml",
        "Pipfile",
        "composer.json",
        "Cargo.toml",
        "compose.yaml",
        "mise.toml",
        "go.mod",
        "pom.xml",
        ".tool-versions",
        ".gitmodules",
        ".gitignore",
        ".dockerignore",
    )
    images = "".join(f"FROM {name}:1\n" for name in ("node", "python", "php", "rust", "golang", "maven", "oven/bun"))
    run = "RUN npm ci && uv sync --locked && cargo build --locked && npm run x\nCOPY package.json .\nCMD npm start\n"
    report = check(SourceTree(MemoryBackend({**dict.fromkeys(names, broken), "Dockerfile": images + run})))
    assert {finding.code for finding in report.findings} <= {"BP712", "BP742", "BP752"}


def test_options_reach_the_plan() -> None:
    tree = tree_of(Dockerfile=OLD)
    with pytest.raises(ConfigError):
        check(tree, options=Options(set=("nothing=1",)))


def test_a_finding_reads_like_an_error() -> None:
    finding = Finding("BP710", "error", "a", Origin("Dockerfile", 3), Origin("package.json", 4, "engines.node"), "b")
    assert str(finding) == "Dockerfile:3: BP710 error: a\n  see: package.json:4 engines.node\n  fix: b"


def test_ten_thousand_lines_are_checked_in_a_moment() -> None:
    text = "FROM node:24-slim AS a\n" + "RUN npm ci && npm run build\nCOPY a.js b.js ./\nENV A=$B\n" * 3_300
    start = time.process_time()
    check(tree_of(**{"Dockerfile": text + "CMD node a.js\n", "package.json": "{}"}))
    assert time.process_time() - start < 10


PARTS = (
    "FROM node:20",
    "FROM a AS b",
    "FROM $X",
    "FROM b",
    "ARG X=node:22",
    "COPY . .",
    "COPY --from=b /app /app",
    "COPY --from=0 x y",
    "COPY [*? ../.. /",
    "COPY --parents a/b/c.js /x/",
    "RUN --mount=type=bind,source=a,target=b npm ci",
    "RUN --mount=nonsense cd x && npm start",
    "RUN if true; then npm ci; fi",
    "WORKDIR ../..",
    "WORKDIR $HOME",
    "ENV A",
    "ENV PORT=abc NODE_ENV",
    "EXPOSE x 80/udp 99999999999",
    "USER",
    "USER $U:0",
    'CMD ["node"]',
    "CMD node -r",
    'CMD ["sh", "-c"]',
    "ENTRYPOINT tini -- gosu a exec npm",
    'ENTRYPOINT ["uvicorn", "a.b:c", "--port"]',
    "ONBUILD ONBUILD X",
    "HEALTHCHECK CMD",
)


@given(st.lists(st.sampled_from(PARTS), max_size=14))
@settings(max_examples=200, deadline=None)
def test_no_mix_of_instructions_breaks_a_rule(parts: list[str]) -> None:
    text = "\n".join(["FROM node:24 AS first", *parts, ""])
    files = {"Dockerfile": text, "package.json": '{"scripts": 1, "devDependencies": []}', "a/b/c.js": "", "x": ""}
    report = check(SourceTree(MemoryBackend(files)))
    assert report.status in {"in_sync", "drift", "unknown"}


@pytest.mark.parametrize("name", ["public/dockerfile.js", "dockerfile.svg", "lib/dockerfile.ex", "Dockerfile.yml"])
def test_code_about_dockerfiles_is_no_dockerfile(name: str) -> None:
    assert dockerfiles(tree_of(**{name: "x", "Dockerfile.dev": "FROM x\n"})) == ("Dockerfile.dev",)


RED = "FROM node:24-slim\nCOPY a.js gone.js ./\nUSER 1\nCMD node\n"
AGED = "FROM node:20-slim\nUSER 1\n"


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        (RED, ("drift", "error", "warning")),  # a path that is gone: drift, and an error
        (AGED, ("warning",)),  # the end of life
        ("FROM node:24-slim\nCOPY gone.js ./\nUSER 1\n", ("drift", "warning")),
        (
            "FROM node:24-slim\nENV API_TOKEN=ghp_0123456789012345678901234567890123456789\nUSER 1\n",
            ("drift", "error", "warning"),
        ),
        ("FROM node:24-slim\nCOPY a.js b.js\nUSER 1\nEXPOSE 1\n", ()),
    ],
)
def test_what_fails_is_a_choice_and_by_itself_drift_and_errors(text: str, failing: tuple[str, ...]) -> None:
    tree = tree_of(**{"Dockerfile": text, "a.js": ""})
    assert check(tree).failed == ("drift" in failing)
    for level in ("error", "warning", "drift"):
        found = check(tree, asked=Settings(fail_on=level))
        assert found.failed == (level in failing), found


def test_the_project_chooses_what_fails_and_leaves_files_out() -> None:
    config = '[check]\nfail_on = "warning"\nexclude = ["test/**", "*.dev"]\n'
    names = ("Dockerfile", "Dockerfile.dev", "test/a/Dockerfile")
    tree = SourceTree(MemoryBackend({**dict.fromkeys(names, AGED), "buildplan.toml": config}))
    assert [(report.path, report.failed) for report in check_all(tree)] == [("Dockerfile", True)]
    assert [report.path for report in check_all(tree, ["test/a/Dockerfile"])] == ["test/a/Dockerfile"]


def test_a_comment_with_a_reason_ignores_a_finding_of_the_next_instruction() -> None:
    def found(comment: str) -> list[str]:
        return [item.code for item in check(tree_of(Dockerfile=f"{comment}\n{AGED}")).findings]

    assert found("# buildplan: ignore BP712 until the move in May") == []
    assert found("# buildplan: ignore=BP712, BP713 for both") == []
    assert found("#buildplan:ignore BP712: for now") == []
    assert found("# buildplan: ignore BP712") == ["BP940", "BP712"]
    assert found("# buildplan: ignore BP713 why") == ["BP940", "BP712"]
    assert found("# buildplan: ignore BP999 why") == ["BP940", "BP712"]
    assert found("# buildplan: ignore") == ["BP940", "BP712"]
    assert found("# buildplan ignores BP712, they say") == ["BP712"]


def test_a_comment_at_the_end_or_about_another_line_ignores_nothing() -> None:
    text = f"{AGED}# buildplan: ignore BP712 it is below\n"
    assert [item.code for item in check(tree_of(Dockerfile=text)).findings] == ["BP712", "BP940"]
    text = AGED.replace("USER", "# buildplan: ignore BP712 wrong line\nUSER")
    assert [item.code for item in check(tree_of(Dockerfile=text)).findings] == ["BP712", "BP940"]


def test_the_context_of_a_devcontainer_is_what_its_file_says() -> None:
    files = {
        ".devcontainer/Dockerfile": "FROM node:24-slim\nCOPY app/main.js gone.js /x/\nUSER 1\n",
        ".devcontainer/devcontainer.json": '{"build": {"dockerfile": "Dockerfile", "context": ".."}, // the root\n}',
        "app/main.js": "",
    }
    (report,) = check_all(SourceTree(MemoryBackend(files)))
    assert [(item.code, item.text) for item in report.findings] == [
        ("BP730", "`gone.js` is copied, and the tree has no such path")
    ]


def test_a_file_that_copies_nothing_that_is_there_is_told() -> None:
    files = {"app/Dockerfile": "FROM node:24-slim\nCOPY server.js client.js ./\nUSER 1\n", "readme.md": ""}
    (report,) = check_all(SourceTree(MemoryBackend(files)))
    assert [item.text for item in report.findings] == [
        "nothing that is copied is anywhere in the tree: `server.js`, `client.js`"
    ]
    assert report.status == "drift"
    files["client.js"] = ""
    (report,) = check_all(SourceTree(MemoryBackend(files)))
    assert [item.text for item in report.findings] == ["`server.js` is copied, and the tree has no such path"]


def test_the_image_of_a_development_container_is_not_judged_as_one_that_is_shipped() -> None:
    text = "FROM node:24-slim\nCOPY . .\nRUN npm ci\nCMD npm start\n"
    files = {"package.json": '{"devDependencies": {"jest": "1"}}', "package-lock.json": '{"lockfileVersion": 3}'}
    shipped = check(SourceTree(MemoryBackend({**files, "Dockerfile": text})))
    assert "BP752" in {item.code for item in shipped.findings}
    path = ".devcontainer/Dockerfile"
    found = check(SourceTree(MemoryBackend({**files, path: text})), path)
    assert not {"BP751", "BP752"} & {item.code for item in found.findings}
