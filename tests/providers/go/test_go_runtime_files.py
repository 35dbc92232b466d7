from __future__ import annotations

import pytest
from go_trees import MOD, SERVER, serving
from planned import codes, copied, decision, diagnostic, plan

PAGE = "<p>{{.}}</p>"


def files_of(made_from: dict[str, str], *lines: str, **options: object) -> list[str]:
    """Return what the image gets beside the program."""
    made = plan({"go.mod": MOD, "main.go": serving(*lines), **made_from}, **options)
    return [path for path in copied(made) if not path.startswith("/out/")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('template.ParseGlob("templates/*.html")', ["templates/"]),
        ('template.ParseFiles("templates/index.html")', ["templates/index.html"]),
        ('router.LoadHTMLGlob("./templates/**/*")', ["templates/"]),
        ('router.Static("/static", "static")', ["static/"]),
        ('http.FileServer(http.Dir("./static/"))', ["static/"]),
        ('os.DirFS("static")', ["static/"]),
        ('os.ReadFile("products.json")', ["products.json"]),
        ('open("/app/products.json")', ["products.json"]),
        ('migrate.New("file://db/migrations", url)', ["db/migrations/"]),
        ('filepath.Join("db", "migrations")', ["db/migrations/"]),
        ('viper.SetConfigName("settings")', ["settings.yaml"]),
        ('x := "static"', ["static/"]),
        ('x := "db"', []),
        ('x := "/static/"', []),
        ('os.ReadFile("missing.json")', []),
        ('os.ReadFile("../products.json")', []),
        ('os.ReadFile("README.md")', []),
        ('os.ReadFile(".env")', []),
        ('os.ReadFile("main.go")', []),
        ('// os.ReadFile("products.json")', []),
    ],
)
def test_a_string_that_names_something_in_the_tree_is_read_at_run_time(line: str, expected: list[str]) -> None:
    tree = {
        "templates/index.html": PAGE,
        "static/app.css": "",
        "products.json": "[]",
        "db/migrations/1.sql": "",
        "settings.yaml": "",
        "README.md": "",
        ".env": "A=b",
    }
    assert files_of(tree, line) == expected


def test_the_decision_names_the_code_that_reads() -> None:
    made = plan({"go.mod": MOD, "main.go": serving('os.ReadFile("a.json")'), "a.json": "{}"})
    assert decision(made, "run.copies").rule == "the programs, and what the code reads: `a.json` (main.go:9)"
    assert "COPY --chown=65532:65532 a.json ./" in made.dockerfile()


def test_what_is_embedded_is_not_copied() -> None:
    code = (
        serving('fs.Sub(files, "static")', imports=("embed",))
        + "\n//go:embed static templates/*.html\nvar files embed.FS\n"
    )
    tree = {"go.mod": MOD, "main.go": code, "static/a.css": "", "templates/a.html": PAGE}
    assert copied(plan(tree)) == ["/out/shop"]
    assert "BP628" not in codes(plan(tree))


def test_a_folder_with_code_gives_only_the_files_of_a_pattern() -> None:
    tree = {"web/a.html": PAGE, "web/b.html": PAGE, "web/web.go": "package web\n", "web/notes.txt": ""}
    assert files_of(tree, 'template.ParseGlob("web/*.html")') == ["web/a.html", "web/b.html"]
    assert files_of(tree, 'x := "web"') == []


def test_the_folder_of_the_app_itself_can_be_served() -> None:
    assert files_of({"index.html": PAGE}, 'http.Dir(".")') == ["."]
    assert files_of({"index.html": PAGE}, 'strings.Split(x, ".")') == []


def test_paths_from_the_folder_of_the_command_start_it_there() -> None:
    code = serving('template.ParseGlob("templates/*.html")')
    made = plan({"go.mod": MOD, "cmd/web/main.go": code, "cmd/web/templates/a.html": PAGE})
    assert copied(made) == ["/out/web", "cmd/web/templates/"]
    assert made.run.working_dir == "/app/cmd/web"
    assert "WORKDIR /app/cmd/web" in made.dockerfile()
    assert "COPY --chown=65532:65532 cmd/web/templates /app/cmd/web/templates" in made.dockerfile()


def test_code_of_other_packages_is_read_too() -> None:
    tree = {
        "go.mod": MOD,
        "main.go": serving("web.Start()", imports=("example.com/shop/web",)),
        "web/web.go": 'package web\n\nvar T = template.ParseGlob("views/*.html")\n',
        "unused/x.go": 'package unused\n\nvar T = os.ReadFile("secret.json")\n',
        "views/a.html": PAGE,
        "secret.json": "{}",
    }
    assert copied(plan(tree)) == ["/out/shop", "views/"]


@pytest.mark.parametrize(
    ("line", "directory"),
    [
        ('os.MkdirAll("data/cache", 0o755)', "data/cache"),
        ('os.Create("uploads/x.bin")', "uploads"),
        ('os.WriteFile("state.json", nil, 0o644)', "."),
        ('os.OpenFile("logs/app.log", os.O_CREATE|os.O_WRONLY, 0o644)', "logs"),
        ('os.MkdirAll("/data", 0o755)', "/data"),
        ('os.MkdirAll("/app/data", 0o755)', "data"),
    ],
)
def test_directories_that_the_code_writes_to_are_made_for_its_user(line: str, directory: str) -> None:
    made = plan({"go.mod": MOD, "main.go": serving(line)})
    assert made.run.writable == (directory,)
    assert made.run.runtime.name == "debian"
    assert decision(made, "run.base").rule == f"the code writes to `{directory}`, which has to be made for the user"


@pytest.mark.parametrize(
    "line",
    [
        'os.Create("/tmp/x")',
        'os.MkdirAll("/etc/shop", 0o755)',
        'os.WriteFile("/dev/null", nil, 0)',
        'os.Create("../x")',
        'os.Create("$(id)/x")',
        "os.Create(name)",
        'os.OpenFile("x.json", os.O_RDONLY, 0)',
    ],
)
def test_other_directories_are_left_alone(line: str) -> None:
    made = plan({"go.mod": MOD, "main.go": serving(line)})
    assert made.run.writable == ()
    assert made.run.runtime.name == "distroless"


@pytest.mark.parametrize(
    ("text", "directory"),
    [
        ("data/app.db", "data"),
        ("file:store/a.sqlite?cache=shared", "store"),
        ("sqlite3://app.db", "."),
        ("/data/x.db", "/data"),
    ],
)
def test_the_folder_of_a_database_file_is_writable(text: str, directory: str) -> None:
    code = serving(f'sql.Open("sqlite", "{text}")', imports=("modernc.org/sqlite",))
    assert plan({"go.mod": MOD, "main.go": code}).run.writable == (directory,)


@pytest.mark.parametrize("line", ['sql.Open("sqlite", ":memory:")', 'filepath.Join(dir, "app.db")'])
def test_a_database_elsewhere_makes_nothing_writable(line: str) -> None:
    assert plan({"go.mod": MOD, "main.go": serving(line, imports=("modernc.org/sqlite",))}).run.writable == ()


def test_a_name_like_a_database_counts_only_with_a_module_that_writes() -> None:
    assert plan({"go.mod": MOD, "main.go": serving('x := "data/app.db"')}).run.writable == ()


def test_a_pattern_that_matches_nothing_is_reported() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER + "\n//go:embed dist/*\nvar files embed.FS\n"})
    found = diagnostic(made, "BP628")
    assert found.text == "`//go:embed` asks for `dist/*`, which is not in the tree, so the build will stop"
    assert str(found.origin) == "main.go:12 go:embed dist/*"
    assert found.severity == "error"


def test_generated_code_that_is_missing_is_reported() -> None:
    made = plan({"go.mod": MOD, "main.go": serving(imports=("example.com/shop/gen/api",))})
    text = "`gen/api` is imported and holds no Go code, so the build will stop"
    assert diagnostic(made, "BP628").text == text


def test_a_program_that_ends_without_an_env_file_is_reported() -> None:
    made = plan({"go.mod": MOD, "main.go": serving("if err := godotenv.Load(); err != nil {", "\tlog.Fatal(err)", "}")})
    assert diagnostic(made, "BP643").text == "the program ends when there is no `.env`, and an image never holds one"
    assert "BP643" not in codes(plan({"go.mod": MOD, "main.go": serving("_ = godotenv.Load()")}))


def test_names_that_could_end_a_line_or_a_word_are_quoted() -> None:
    made = plan({"go.mod": MOD, "main.go": serving('os.ReadFile("a b.json")'), "a b.json": "{}"})
    assert 'COPY --chown=65532:65532 ["a b.json", "./"]' in made.dockerfile()
