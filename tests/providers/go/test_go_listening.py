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
