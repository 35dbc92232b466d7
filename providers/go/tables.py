"""Names that mean something in Go projects, and what a Go server is written with.

Sources, checked 2026-11-24: go/build/syslist.go and the list of the standard library, Go 1.27; the documentation and
source of the tools and frameworks; names seen in public repositories.
"""

from __future__ import annotations

from typing import NamedTuple


class Framework(NamedTuple):
    """What a server is written with.

    `imports` are import paths; a major version may follow. With `calls` the import alone does not make a server, as a
    client imports it too: one of these functions has to be called (a method of any value, or with a dot the function of
    a package). `port` is where it listens when the code says nothing, `reads_port` that it then reads `PORT` first.
    `folders` are read at run time without a word in the code.
    """

    id: str
    title: str
    imports: tuple[str, ...]
    calls: tuple[str, ...] = ()
    port: int | None = None
    reads_port: bool = False
    folders: tuple[str, ...] = ()


# What says most about an app first.
FRAMEWORKS = (
    Framework(id="gin", title="Gin", imports=("github.com/gin-gonic/gin",), port=8080, reads_port=True),
    Framework(id="echo", title="Echo", imports=("github.com/labstack/echo",)),
    Framework(id="fiber", title="Fiber", imports=("github.com/gofiber/fiber",)),
    Framework(id="chi", title="chi", imports=("github.com/go-chi/chi",)),
    Framework(id="gorilla-mux", title="gorilla/mux", imports=("github.com/gorilla/mux",)),
    Framework(id="httprouter", title="httprouter", imports=("github.com/julienschmidt/httprouter",)),
    Framework(
        id="beego",
        title="Beego",
        imports=("github.com/beego/beego/v2/server/web", "github.com/beego/beego", "github.com/astaxie/beego"),
        port=8080,
        folders=("conf", "static", "views"),
    ),
    Framework(id="buffalo", title="Buffalo", imports=("github.com/gobuffalo/buffalo",), port=3000, reads_port=True),
    Framework(id="iris", title="Iris", imports=("github.com/kataras/iris",), port=8080),
    Framework(
        id="goframe",
        title="GoFrame",
        imports=("github.com/gogf/gf",),
        port=8000,
        folders=("manifest/config", "resource"),
    ),
    Framework(
        id="go-zero",
        title="go-zero",
        imports=("github.com/zeromicro/go-zero/rest", "github.com/zeromicro/go-zero/zrpc"),
    ),
    Framework(id="hertz", title="Hertz", imports=("github.com/cloudwego/hertz/pkg/app/server",), port=8888),
    Framework(
        id="kratos",
        title="Kratos",
        imports=("github.com/go-kratos/kratos/v2/transport/http", "github.com/go-kratos/kratos/v2/transport/grpc"),
    ),
    Framework(id="huma", title="Huma", imports=("github.com/danielgtaylor/huma",)),
    Framework(id="pocketbase", title="PocketBase", imports=("github.com/pocketbase/pocketbase",), port=8090),
    Framework(
        id="fasthttp", title="fasthttp", imports=("github.com/valyala/fasthttp",), calls=("ListenAndServe", "Serve")
    ),
    Framework(id="grpc", title="gRPC", imports=("google.golang.org/grpc",), calls=("NewServer",)),
    Framework(
        id="connect",
        title="Connect",
        imports=("connectrpc.com/connect", "github.com/bufbuild/connect-go"),
        calls=("ListenAndServe", "Serve"),
    ),
    Framework(
        id="net-http", title="net/http", imports=("net/http",), calls=("ListenAndServe", "ListenAndServeTLS", "Serve")
    ),
    Framework(id="net", title="net", imports=("net",), calls=("net.Listen",)),
)

# fmt: off
# Systems and architectures in file names and build constraints.
SYSTEMS = (
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
    "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos",
)
ARCHITECTURES = (
    "386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips", "mips64", "mips64le",
    "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x",
    "sparc", "sparc64", "wasm",
)
# Folders that Go itself does not look into; names that begin with `.` or `_` are left out too.
NOT_SEARCHED = ("testdata", "vendor", "node_modules")
# What lies in these shows something or tests something, and is not the app.
EXAMPLES = ("example", "examples", "samples", "sample", "demo", "demos", "third_party", "docs")
# Names of commands that are servers, in order of preference.
SERVERS = ("server", "web", "api", "app", "backend", "http", "service", "site", "main", "gateway", "serve")
# Words in names of what a server has beside its HTTP: other services that it listens for or calls.
OTHER_SERVICES = (
    "smtp", "imap", "pop", "mail", "redis", "sentinel", "memcached", "mysql", "postgres", "database", "db",
    "dns", "ldap", "radius", "ntp", "ssh", "ftp", "debug", "pprof", "profiling", "metrics", "prometheus",
    "telemetry", "otel", "otlp", "jaeger", "collector", "exporter", "syslog", "statsd", "raft", "gossip",
    "peer", "kafka", "nats", "amqp", "mqtt", "proxy", "tls", "https", "ssl", "remote", "upstream", "test",
)
# Ports of services that speak no HTTP, and of Go's profiler.
OTHER_PORTS = (
    "21", "22", "23", "25", "53", "110", "123", "143", "161", "389", "465", "514", "587", "636", "993", "995",
    "1025", "1883", "2181", "3306", "4222", "4317", "4318", "5432", "5672", "6060", "6379", "9092", "11211",
    "26379", "27017",
)
# Sub-commands that serve, in order of preference.
SERVING = ("serve", "server", "web", "start", "run", "daemon", "http")
# Names of commands beside the app: they are run by hand, or as another process.
OTHER_COMMANDS = (
    "admin", "bench", "benchmark", "check", "cli", "client", "codegen", "ctl", "cron", "debug", "dev", "e2e",
    "fake", "fixtures", "gen", "generate", "generator", "install", "job", "jobs", "lint", "load", "loadtest",
    "migrate", "migration", "migrations", "migrator", "mock", "proto", "scheduler", "script", "seed", "seeder",
    "setup", "storybook", "sync", "test", "testdata", "tool", "tools", "util", "utils", "worker",
)
# First parts of the import paths of the standard library.
STANDARD_LIBRARY = (
    "archive", "arena", "bufio", "builtin", "bytes", "cmp", "compress", "container", "context", "crypto",
    "database", "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image",
    "index", "io", "iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp",
    "runtime", "slices", "sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time",
    "unicode", "unique", "unsafe", "weak",
)
# What held dependencies before there were modules.
OLD_MANIFESTS = (
    "Gopkg.toml", "Gopkg.lock", "glide.yaml", "glide.lock", "Godeps/Godeps.json", "vendor/vendor.json",
    "vendor.conf", "trash.yml", "GLOCKFILE", "dependencies.tsv",
)
# Folders whose name alone in a string says that they are read.
FOLDERS = (
    "assets", "build", "certs", "conf", "config", "configs", "content", "css", "data", "dist", "emails", "etc",
    "fonts", "html", "i18n", "images", "img", "js", "lang", "layouts", "locale", "locales", "media",
    "migration", "migrations", "pages", "partials", "public", "queries", "resources", "schema", "seeds", "sql",
    "static", "swagger", "template", "templates", "tmpl", "translations", "ui", "view", "views", "web", "www",
)
# Folders that the builds of frontends write.
OUTPUTS = ("build", "dist", "out", "public", "browser", ".output")
# Programs that run the code again when a file changes.
WATCHERS = ("air", "realize", "fresh", "reflex", "modd", "CompileDaemon", "compiledaemon", "gin", "wgo", "arelo")
# Programs that a Debian image has; another bare word in a start command is the app's own program.
SYSTEM_PROGRAMS = (
    "bash", "cat", "cp", "date", "dumb-init", "echo", "env", "find", "grep", "ls", "mkdir", "mv", "printf",
    "rm", "sed", "sh", "sleep", "test", "timeout", "tini", "touch", "true",
)
# fmt: on
