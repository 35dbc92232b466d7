from __future__ import annotations

import pytest
from go_trees import MOD, SERVER, TOOL
from planned import codes, decision, diagnostic, plan

MUX = 'package main\n\nimport "net/http"\n\nfunc main() {\n\t%s\n}\n'


def code(*lines: str) -> dict[str, str]:
    return {"go.mod": MOD, "main.go": MUX % "\n\t".join(lines)}


@pytest.mark.parametrize(
    ("lines", "port"),
    [
        (
            ('port := os.Getenv("PORT")', 'if port == "" {', 'port = "5000"', "}", "http.ListenAndServe(port, nil)"),
            5000,
        ),
        (('http.ListenAndServe(env("PORT", "3000"), nil)',), 3000),
        (('port := intEnv("PORT", 9090)', "http.ListenAndServe(port, nil)"), 9090),
        (('http.ListenAndServe(":"+os.Getenv("PORT"), nil)',), 8080),
        (('type c struct { P int `env:"PORT" envDefault:"4000"` }', "http.ListenAndServe(x, nil)"), 4000),
        (('viper.BindEnv("port", "PORT")', "http.ListenAndServe(x, nil)"), 8080),
    ],
)
def test_an_app_that_reads_port_gets_it_with_the_codes_own_default(lines: tuple[str, ...], port: int) -> None:
    made = plan(code(*lines))
    assert decision(made, "port").value == str(port)
    assert dict(made.run.environment)["PORT"] == str(port)
    assert made.processes[0].port == port
    assert not codes(made) & {"BP647", "BP648", "BP649"}


@pytest.mark.parametrize(
    ("lines", "port"),
    [
        (('http.ListenAndServe(":8081", nil)',), 8081),
        (('s := &http.Server{Addr: "0.0.0.0:9000"}', "s.ListenAndServe()"), 9000),
        (('addr := flag.String("addr", ":4000", "where")', "http.ListenAndServe(*addr, nil)"), 4000),
        (("const serverPort = 7000", "http.ListenAndServe(x, nil)"), 7000),
        (('flags.StringP("listen", "l", ":4001", "")', "http.ListenAndServe(x, nil)"), 4001),
        (('flag.Int("port", 6060, "")', "http.ListenAndServe(x, nil)"), 6060),
        (('kingpin.Flag("web.listen-address", "Where.").Default("0.0.0.0:9090")', "http.ListenAndServe(x, nil)"), 9090),
        (('type c struct { P int `default:"3000" env:"SHOP_PORT"` }', "http.ListenAndServe(x, nil)"), 3000),
        (('smtpAddress = ":2500"', 'httpAddress = ":8025"', "http.ListenAndServe(x, nil)"), 8025),
    ],
)
def test_a_port_in_the_code_is_exposed_and_reported(lines: tuple[str, ...], port: int) -> None:
    made = plan(code(*lines))
    assert made.processes[0].port == port
    assert "PORT" not in dict(made.run.environment)
    found = diagnostic(made, "BP647")
    assert found.text == f"the port {port} is fixed in the code, so a platform cannot choose it"
    assert found.origin is not None
    assert found.origin.path == "main.go"


@pytest.mark.parametrize(
    "line",
    [
        "reportDelay := 10",
        "importLimit := 20",
        "dnsPort := 53",
        'const redisAddr = "127.0.0.1:6379"',
        'sentinel := Node{Address: ":26379"}',
    ],
)
def test_what_is_no_port_of_the_app_is_not_taken_for_it(line: str) -> None:
    assert plan(code(line, "http.ListenAndServe(x, nil)")).processes[0].port == 8080


def test_an_address_of_another_service_is_no_port() -> None:
    made = plan(code('redis.Dial("localhost:6379")', 'http.ListenAndServe(":8081", nil)'))
    assert made.processes[0].port == 8081


def test_another_variable_is_named() -> None:
    made = plan(code('http.ListenAndServe(os.Getenv("HTTP_ADDR"), nil)'))
    text = "the code reads where it listens from `HTTP_ADDR`, so the start puts the value of `PORT` there"
    assert diagnostic(made, "BP648").text == text


def test_localhost_is_reported() -> None:
    found = diagnostic(plan(code('http.ListenAndServe("127.0.0.1:8080", nil)')), "BP649")
    assert found.text == "the app binds to localhost, so nothing outside of the container reaches it"
    assert found.fix == 'listen on all addresses: `":8080"`'


def test_gin_reads_port_by_itself() -> None:
    text = 'package main\n\nimport "github.com/gin-gonic/gin"\n\nfunc main() { gin.Default().Run() }\n'
    made = plan({"go.mod": MOD, "main.go": text})
    assert dict(made.run.environment) == {"PORT": "8080", "GIN_MODE": "release"}
    assert made.providers[0].frameworks == ("gin",)


def test_a_variable_of_the_owner_replaces_the_mode_of_gin() -> None:
    text = 'package main\n\nimport "github.com/gin-gonic/gin"\n\nfunc main() { gin.Default().Run() }\n'
    made = plan({"go.mod": MOD, "main.go": text}, env={"GIN_MODE": "debug"})
    assert "GIN_MODE=debug" in made.dockerfile()
    assert made.dockerfile().count("GIN_MODE") == 1


@pytest.mark.parametrize(
    ("path", "call", "id_"),
    [
        ("github.com/labstack/echo/v4", "echo.New().Start(x)", "echo"),
        ("github.com/gofiber/fiber/v3", "fiber.New().Listen(x)", "fiber"),
        ("google.golang.org/grpc", "grpc.NewServer()", "grpc"),
        ("net", 'net.Listen("tcp", x)', "net"),
    ],
)
def test_frameworks_make_a_server(path: str, call: str, id_: str) -> None:
    made = plan({"go.mod": MOD, "main.go": f'package main\n\nimport "{path}"\n\nfunc main() {{ {call} }}\n'})
    assert made.providers[0].frameworks == (id_,)
    assert made.start == "web"


def test_a_client_is_no_server() -> None:
    text = 'package main\n\nimport "google.golang.org/grpc"\n\nfunc main() { grpc.NewClient("x") }\n'
    made = plan({"go.mod": MOD, "main.go": text})
    assert made.start == "worker"
    assert made.processes[0].port is None
    assert "EXPOSE" not in made.dockerfile()


def test_what_does_not_listen_is_a_worker_unless_the_procfile_calls_it_web() -> None:
    assert plan({"go.mod": MOD, "main.go": TOOL}).start == "worker"
    made = plan({"go.mod": MOD, "main.go": TOOL, "Procfile": "web: bin/shop\n"})
    assert made.start == "web"
    assert made.processes[0].port == 8080


def test_a_configured_port_wins() -> None:
    made = plan({"go.mod": MOD, "main.go": SERVER}, set=("port=7777",))
    assert "ENV PORT=7777" in made.dockerfile()
    assert "EXPOSE 7777" in made.dockerfile()


LISTENING = "\nfunc main() { http.ListenAndServe(x, nil) }\n"


@pytest.mark.parametrize(
    ("imported", "line", "words", "port"),
    [
        ("flag", 'var p = flag.Int("port", 9000, "where")', '-port "${PORT}"', 9000),
        ("flag", 'var p = flag.String("port", "9001", "where")', '-port "${PORT}"', 9001),
        ("flag", 'const usual = 8081\n\nvar p = flag.Int("port", usual, "where")', '-port "${PORT}"', 8081),
        ("flag", 'var p = flag.String("port", env("SHOP_NUMBER", "80"), "where")', '-port "${PORT}"', 80),
        ("flag", 'var a = flag.String("addr", "localhost:9002", "where")', '-addr "0.0.0.0:${PORT}"', 9002),
        (
            "flag",
            'var (\n\th = flag.String("bind", "127.0.0.1", "")\n\tp = flag.Int("port", 9003, "")\n)',
            '-bind 0.0.0.0 -port "${PORT}"',
            9003,
        ),
        ("github.com/spf13/pflag", 'var p = pflag.IntP("port", "p", 9004, "where")', '--port "${PORT}"', 9004),
        (
            "github.com/alecthomas/kingpin/v2",
            'var p = kingpin.Flag("port", "Where it listens.").Short(0).Default("9005")',
            '--port "${PORT}"',
            9005,
        ),
        (
            "github.com/jessevdk/go-flags",
            (
                'type o struct {\n\tD int `long:"port" default:"5432"`\n\tH string `long:"bind" default:"localhost"`\n'
                '\tP int `long:"listen" default:"9006"`\n}'
            ),
            '--bind 0.0.0.0 --listen "${PORT}"',
            9006,
        ),
        (
            "github.com/spf13/cobra",
            'func init() { rootCmd.PersistentFlags().IntP("port", "p", 9007, "") }',
            '--port "${PORT}"',
            9007,
        ),
    ],
)
def test_the_start_gives_port_to_the_option_that_the_program_takes(
    imported: str, line: str, words: str, port: int
) -> None:
    text = f'package main\n\nimport (\n\t"net/http"\n\t"{imported}"\n)\n\n{line}\n{LISTENING}'
    made = plan({"go.mod": MOD, "main.go": text})
    assert made.processes[0].shell == f"exec /app/bin/shop {words}"
    assert made.processes[0].port == port
    assert dict(made.run.environment)["PORT"] == str(port)
    assert diagnostic(made, "BP648").text.startswith("the program takes its port from an option")


@pytest.mark.parametrize(
    ("imported", "line"),
    [
        ("github.com/spf13/cobra", 'func init() { exportCmd.Flags().IntP("port", "p", 9000, "") }'),
        ("flag", 'var p = flag.Int("smtp-port", 9000, "")'),
        ("flag", 'var p = flag.Int("port", 5432, "")'),
    ],
)
def test_an_option_that_the_program_may_not_take_is_not_given(imported: str, line: str) -> None:
    text = f'package main\n\nimport (\n\t"net/http"\n\t"{imported}"\n)\n\n{line}\n{LISTENING}'
    assert plan({"go.mod": MOD, "main.go": text}).processes[0].argv == ("/app/bin/shop",)


def test_an_option_beside_an_address_that_is_listened_on_is_not_given() -> None:
    text = 'package main\n\nimport (\n\t"flag"\n\t"net/http"\n)\n\nvar p = flag.Int("port", 9000, "")\n'
    made = plan({"go.mod": MOD, "main.go": text + '\nfunc main() { http.ListenAndServe(":8081", nil) }\n'})
    assert made.processes[0].argv == ("/app/bin/shop",)
    assert made.processes[0].port == 8081


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        ('viper.AutomaticEnv()\n\tviper.SetDefault("port", 9000)', "/app/bin/shop"),
        (
            'viper.SetEnvPrefix("shop")\n\tviper.AutomaticEnv()\n\tviper.GetInt("port")',
            'SHOP_PORT="${SHOP_PORT:-$PORT}" exec /app/bin/shop',
        ),
        (
            'viper.SetEnvKeyReplacer(r)\n\tviper.AutomaticEnv()\n\tviper.SetDefault("server.port", 9000)',
            'SERVER_PORT="${SERVER_PORT:-$PORT}" exec /app/bin/shop',
        ),
    ],
)
def test_viper_reads_the_variable_that_is_called_like_the_setting(lines: str, start: str) -> None:
    text = f'package main\n\nimport (\n\t"net/http"\n\t"github.com/spf13/viper"\n)\n\nfunc main() {{\n\t{lines}\n'
    made = plan({"go.mod": MOD, "main.go": text + "\thttp.ListenAndServe(x, nil)\n}\n"})
    assert made.processes[0].text == start
    assert "PORT" in dict(made.run.environment)


def test_viper_without_the_environment_reads_no_variable() -> None:
    text = 'package main\n\nimport (\n\t"net/http"\n\t"github.com/spf13/viper"\n)\n\nfunc main() {\n'
    text += '\tviper.SetDefault("port", 9000)\n\thttp.ListenAndServe(x, nil)\n}\n'
    assert "BP647" in codes(plan({"go.mod": MOD, "main.go": text}))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('type c struct { P int `env:"HTTP_PORT"` }\n\tl := envconfig.PrefixLookuper("SHOP_", nil)', "SHOP_HTTP_PORT"),
        ('type c struct { P int `envconfig:"PORT"` }\n\tenvconfig.Process("shop", &c)', "SHOP_PORT"),
    ],
)
def test_the_prefix_of_struct_tags_is_part_of_the_variable(line: str, name: str) -> None:
    made = plan(code(line, "http.ListenAndServe(x, nil)"))
    assert made.processes[0].text == f'{name}="${{{name}:-$PORT}}" exec /app/bin/shop'
