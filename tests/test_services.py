"""Which services an app needs, and how it is told of them: small trees of each language, as their authors write them."""  # noqa: E501  # a line of the app

from __future__ import annotations

import json
from typing import NamedTuple

import planned
import pytest

from buildplan.api import Options
from buildplan.repository import targets
from buildplan.services import settings, table, variables

GO = "module example.com/api\n\ngo 1.26\n\nrequire {} v1.0.0\n"
MAIN = 'package main\n\nimport (\n\t"net/http"\n\t"os"\n\n\t_ "{}"\n)\n\nfunc main() {{\n\t_ = os.Getenv("{}")\n\thttp.ListenAndServe(":8080", nil)\n}}\n'  # noqa: E501  # a line of the app
PASSWORD = "${POSTGRES_PASSWORD}"  # noqa: S105


def express(dependencies: list[str], code: str = "", **files: str) -> dict[str, str]:
    manifest = {
        "name": "api",
        "scripts": {"start": "node server.js"},
        "dependencies": dict.fromkeys(["express", *dependencies], "*"),
    }
    return {"package.json": json.dumps(manifest), "server.js": f"{code}\napp.listen(3000)\n", **files}


def fastapi(requirements: str, code: str, **files: str) -> dict[str, str]:
    main = f"import os\nfrom fastapi import FastAPI\n\napp = FastAPI()\n{code}\n"
    return {"requirements.txt": f"fastapi\nuvicorn\n{requirements}", "main.py": main, **files}


class Case(NamedTuple):
    files: dict[str, str]
    expected: dict[str, dict[str, str]]


PRISMA = 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n'
CASES = {
    "pg and a URL": Case(
        express(["pg"], "new Pool({connectionString: process.env.DATABASE_URL})"),
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "pg and the parts of an address": Case(
        express(
            ["pg"], "new Pool({host: process.env.DB_HOST, user: process.env.DB_USER, password: process.env.DB_PASS})"
        ),
        {"postgres": {"DB_HOST": "postgres", "DB_USER": "app", "DB_PASS": PASSWORD}},
    ),
    "libpq's own names": Case(
        express(["pg"], "const {host} = {host: process.env.PGHOST, db: process.env.PGDATABASE}"),
        {"postgres": {"PGHOST": "postgres", "PGDATABASE": "app"}},
    ),
    "the example's scheme and names": Case(
        express(["pg"], **{".env.example": "DATABASE_URL=postgres://me:secret@localhost/shop\n"}),
        {"postgres": {"DATABASE_URL": f"postgres://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "the example's parts before a URL that only code knows": Case(
        express(
            ["mysql2"],
            "connect(process.env.DB_URL || {host: process.env.DB_HOST})",
            **{".env.example": "DB_HOST=localhost\nDB_NAME=shop\nDB_USER=shopkeeper\nDB_PASSWORD=\n"},
        ),
        {
            "mysql": {
                "DB_HOST": "mysql",
                "DB_NAME": "shop",
                "DB_USER": "shopkeeper",
                "DB_PASSWORD": "${MYSQL_PASSWORD}",
            }
        },
    ),
    "Prisma says which database": Case(
        express(["@prisma/client", "mysql2"], **{"prisma/schema.prisma": PRISMA}),
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "Prisma with a file needs nothing": Case(
        express(["@prisma/client"], **{"prisma/schema.prisma": PRISMA.replace("postgresql", "sqlite")}), {}
    ),
    "a test database is another one": Case(
        express(["pg"], "process.env.TEST_DATABASE_URL; process.env.DATABASE_URL"),
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "queue and cache": Case(
        express(["bullmq"], "new Redis({host: process.env.REDIS_HOST, port: process.env.REDIS_PORT ?? 6379})"),
        {"redis": {"REDIS_HOST": "redis", "REDIS_PORT": "6379"}},
    ),
    "what the code asks for before it is used is left out": Case(
        express(["ioredis"], "if (process.env.REDIS_URL) connect(process.env.REDIS_URL)"), {}
    ),
    "what the example turns off is left out": Case(
        express(["ioredis"], **{".env.example": "REDIS_ENABLED=false\nREDIS_HOST=127.0.0.1\n"}), {}
    ),
    "mongoose": Case(
        express(["mongoose"], "mongoose.connect(process.env.MONGODB_URI)"),
        {"mongo": {"MONGODB_URI": "mongodb://mongo:27017/app"}},
    ),
    "a database in a file, as the example says": Case(
        express(["better-sqlite3", "pg"], **{".env.example": "DB_CLIENT=better-sqlite3\n"}), {}
    ),
    "a word that chooses the database": Case(
        express(["pg", "sqlite3"], 'const c = {client: process.env.DB_CLIENT || "pg", host: process.env.DB_HOST}'),
        {"postgres": {"DB_CLIENT": "pg", "DB_HOST": "postgres"}},
    ),
    "mail for developers": Case(
        express([], **{".env.example": "SMTP_HOST=mailpit\nSMTP_PORT=1025\n"}),
        {"mailpit": {"SMTP_HOST": "mailpit", "SMTP_PORT": "1025"}},
    ),
    "object storage": Case(
        express(["minio"], "{endPoint: process.env.S3_ENDPOINT, accessKey: process.env.S3_ACCESS_KEY}"),
        {"minio": {"S3_ENDPOINT": "http://minio:9000"}},
    ),
    "SQLAlchemy with asyncpg": Case(
        fastapi("sqlalchemy\nasyncpg\n", 'engine = create_async_engine(os.environ["DATABASE_URL"])'),
        {"postgres": {"DATABASE_URL": f"postgresql+asyncpg://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "SQLAlchemy, whose code puts the driver in": Case(
        fastapi(
            "sqlalchemy\nasyncpg\n",
            'url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")',
        ),
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "settings of pydantic": Case(
        fastapi(
            "pydantic-settings\npsycopg\n",
            "from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n"
            "    postgres_server: str\n    postgres_user: str\n    postgres_password: str\n    postgres_db: str\n",
        ),
        {
            "postgres": {
                "POSTGRES_SERVER": "postgres",
                "POSTGRES_USER": "app",
                "POSTGRES_PASSWORD": PASSWORD,
                "POSTGRES_DB": "app",
            }
        },
    ),
    "Celery with Redis": Case(
        fastapi("celery[redis]\nredis\n", 'broker = os.environ["CELERY_BROKER_URL"]'),
        {"redis": {"CELERY_BROKER_URL": "redis://redis:6379/0"}},
    ),
    "RabbitMQ": Case(
        fastapi("aio-pika\n", 'url = os.getenv("RABBITMQ_URL", "amqp://guest:guest@localhost/")'),
        {"rabbitmq": {"RABBITMQ_URL": "amqp://app:${RABBITMQ_PASSWORD}@rabbitmq:5672/"}},
    ),
    "Go with lib/pq, which wants TLS turned off": Case(
        {"go.mod": GO.format("github.com/lib/pq"), "main.go": MAIN.format("github.com/lib/pq", "DATABASE_URL")},
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app?sslmode=disable"}},
    ),
    "Go with MySQL, whose address is no URL": Case(
        {
            "go.mod": GO.format("github.com/go-sql-driver/mysql"),
            "main.go": MAIN.format("github.com/go-sql-driver/mysql", "MYSQL_DSN"),
        },
        {"mysql": {"MYSQL_DSN": "app:${MYSQL_PASSWORD}@tcp(mysql:3306)/app?parseTime=true"}},
    ),
    "Rust, by the feature of the driver": Case(
        {
            "Cargo.toml": '[package]\nname = "api"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\naxum = "0.8"\n'  # noqa: E501  # a line of the app
            'sqlx = { version = "0.8", features = ["postgres", "runtime-tokio"] }\n',
            "src/main.rs": 'fn main() { std::env::var("DATABASE_URL"); axum::serve(TcpListener::bind("0.0.0.0:3000")); }',  # noqa: E501  # a line of the app
        },
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "Rails": Case(
        {
            "Gemfile": 'source "https://rubygems.org"\ngem "rails"\ngem "pg"\ngem "sidekiq"\ngem "puma"\n',
            "config/application.rb": "class Application < Rails::Application\nend\n",
            "config/database.yml": "production:\n  url: <%= ENV['DATABASE_URL'] %>\n",
            "config/initializers/sidekiq.rb": 'Sidekiq.configure { |c| c.redis = { url: ENV.fetch("REDIS_URL") } }\n',
            "bin/rails": "",
        },
        {
            "postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"},
            "redis": {"REDIS_URL": "redis://redis:6379/0"},
        },
    ),
    "Laravel": Case(
        {
            "composer.json": json.dumps(
                {"require": {"php": "^8.3", "laravel/framework": "^12.0", "predis/predis": "^3"}}
            ),
            "artisan": "",
            "public/index.php": "<?php",
            ".env.example": "DB_CONNECTION=pgsql\nDB_HOST=127.0.0.1\nDB_DATABASE=shop\nDB_USERNAME=root\nDB_PASSWORD=\n"
            "REDIS_HOST=127.0.0.1\n",
        },
        {
            "postgres": {
                "DB_CONNECTION": "pgsql",
                "DB_HOST": "postgres",
                "DB_DATABASE": "shop",
                "DB_USERNAME": "app",
                "DB_PASSWORD": PASSWORD,
            },
            "redis": {"REDIS_HOST": "redis"},
        },
    ),
    "Spring Boot": Case(
        {
            "pom.xml": "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>shop</artifactId>"
            "<version>1</version><parent><groupId>org.springframework.boot</groupId>"
            "<artifactId>spring-boot-starter-parent</artifactId><version>3.5.0</version></parent><dependencies>"
            "<dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency>"
            "<dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId></dependency></dependencies>"
            "<build><plugins><plugin><groupId>org.springframework.boot</groupId>"
            "<artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>",
            "src/main/java/a/App.java": "package a;\n@SpringBootApplication\npublic class App {"
            " public static void main(String[] a) { SpringApplication.run(App.class, a); } }",
            "src/main/resources/application.properties": "spring.datasource.url=jdbc:postgresql://localhost/shop\n",
        },
        {
            "postgres": {
                "SPRING_DATASOURCE_URL": "jdbc:postgresql://postgres:5432/app",
                "SPRING_DATASOURCE_USERNAME": "app",
                "SPRING_DATASOURCE_PASSWORD": PASSWORD,
            }
        },
    ),
    "Phoenix": Case(
        {
            "mix.exs": 'defmodule Shop.MixProject do\n  use Mix.Project\n  def project, do: [app: :shop, version: "0.1.0",'  # noqa: E501  # a line of the app
            ' elixir: "~> 1.18", deps: deps()]\n  def application, do: [mod: {Shop.Application, []}]\n'
            '  defp deps, do: [{:phoenix, "~> 1.8"}, {:postgrex, ">= 0.0.0"}, {:bandit, "~> 1.0"}]\nend\n',
            "lib/shop/application.ex": "defmodule Shop.Application do\nend\n",
            "config/runtime.exs": 'config :shop, Shop.Repo, url: System.fetch_env!("DATABASE_URL")\n',
        },
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "Django with dj-database-url": Case(
        {
            "requirements.txt": "django\ngunicorn\npsycopg\ndj-database-url\n",
            "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
            "shop/settings.py": "DATABASES = {'default': dj_database_url.config()}\n",
            "shop/wsgi.py": "application = get_wsgi_application()\n",
        },
        {"postgres": {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}},
    ),
    "parts that only the code names beside those of the example": Case(
        express(
            ["pg"],
            "new Pool({database: process.env.DB_NAME})",
            **{".env.example": "DB_HOST=localhost\nDB_USER=postgres\n"},
        ),
        {"postgres": {"DB_HOST": "postgres", "DB_USER": "postgres", "DB_NAME": "app"}},
    ),
    "a URL of another thing beside the parts": Case(
        express(["pg"], "f(process.env.PS_DATABASE_URI); g(process.env.DB_HOST)"),
        {"postgres": {"DB_HOST": "postgres"}},
    ),
    "connection strings of ASP.NET": Case(
        {
            "Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net10.0</TargetFramework>'  # noqa: E501  # a line of the app
            '</PropertyGroup><ItemGroup><PackageReference Include="Npgsql" Version="9.0.0" /></ItemGroup></Project>',
            "Program.cs": "var app = WebApplication.Create(); app.Run();\n",
            "appsettings.json": '{"ConnectionStrings": {"Shop": "Host=localhost;Password=x"}}',
        },
        {
            "postgres": {
                "ConnectionStrings__Shop": f"Host=postgres;Port=5432;Database=app;Username=app;Password={PASSWORD}"
            }
        },
    ),
    "a site that a web server serves": Case(
        {
            "package.json": json.dumps(
                {"scripts": {"build": "vite build"}, "dependencies": {"pg": "8"}, "devDependencies": {"vite": "7"}}
            ),
            "index.html": "<html></html>",
        },
        {},
    ),
    "no service at all": Case(express([]), {}),
}


def needed(files: dict[str, str]) -> tuple[dict[str, dict[str, str]], set[str]]:
    tree = planned.of(files)
    (target,) = targets.find(tree, Options(), services=True)
    found = {}
    for need in target.found.needs:
        service = need.service
        password = f"${{{service.password}}}" if service.password else ""
        found[service.name] = {
            name: service.filled(text, host=service.name, password=password, scheme=need.scheme, names=need.names)
            for name, text in need.variables
        }
    return found, {item.code for item in target.found.diagnostics}


@pytest.mark.parametrize("name", CASES)
def test_the_services_of_an_app_and_its_variables(name: str) -> None:
    found, codes = needed(CASES[name].files)
    assert found == CASES[name].expected
    assert "BP943" not in codes


def test_a_variable_that_nothing_names_is_a_guess_that_is_told() -> None:
    found, codes = needed(express(["pg"]))
    assert found["postgres"] == {"DATABASE_URL": f"postgresql://app:{PASSWORD}@postgres:5432/app"}
    assert codes == {"BP943"}


def test_of_several_databases_one_is_taken_and_the_others_are_told() -> None:
    found, codes = needed(express(["mysql2", "pg"], "process.env.DATABASE_URL"))
    assert list(found) == ["postgres"]
    assert "BP942" in codes


def test_no_value_of_an_env_file_is_taken() -> None:
    secret = "do-not-copy-me"  # noqa: S105
    env = f"DATABASE_URL=postgres://root:{secret}@localhost/x\nPOSTGRES_PASSWORD={secret}\nREDIS_URL=redis://:{secret}@h\n"
    found, _ = needed(express(["pg", "ioredis"], **{".env": env}))
    assert list(found) == ["postgres", "redis"]
    assert secret not in repr(found)


@pytest.mark.parametrize(
    ("line", "is_strict"),
    [
        ('KEY = os.environ["API_KEY"]', True),
        ('KEY = os.environ.get("API_KEY")', False),
        ('os.environ["API_KEY"] = "x"', False),
        ('if os.environ["API_KEY"]:', False),
    ],
)
def test_what_an_app_does_not_start_without(line: str, is_strict: bool) -> None:  # noqa: FBT001  # a table
    tree = planned.of(fastapi("", line))
    assert ("API_KEY" in settings.read(tree, [""]).strict) == is_strict


@pytest.mark.parametrize(
    ("line", "is_strict"),
    [
        ('config.key = ENV.fetch("API_KEY")', True),
        ('config.key = ENV.fetch("API_KEY") { "x" }', False),
        ('config.key = ENV.fetch("API_KEY", nil)', False),
        ('config.key = ENV.fetch("API_KEY") if ENV["API_KEY"]', False),
    ],
)
def test_what_a_rails_app_does_not_start_without(line: str, is_strict: bool) -> None:  # noqa: FBT001  # a table
    tree = planned.of({"config/initializers/key.rb": line})
    assert ("API_KEY" in settings.read(tree, [""]).strict) == is_strict


@pytest.mark.parametrize(
    ("name", "service", "role"),
    [
        ("DATABASE_URL", "postgres", "url"),
        ("DIRECT_URL", "postgres", "url"),
        ("HC_DB_HOST", "postgres", "host"),
        ("POSTGRES_PRISMA_URL", "postgres", "url"),
        ("PGPASSWORD", "postgres", "password"),
        ("REDIS_URL", "postgres", None),
        ("REDIS_HOST", "redis", "host"),
        ("CELERY_BROKER_URL", "redis", "url"),
        ("E2E_DATABASE_URL", "postgres", None),
        ("SHADOW_DATABASE_URL", "postgres", None),
        ("GITHUB_APP_DB_HOST_NAME_OF_OTHER", "postgres", None),
        ("PORT", "postgres", None),
    ],
)
def test_what_the_name_of_a_variable_says(name: str, service: str, role: str | None) -> None:
    row = table.services()[service]
    assert variables.role(name, row, is_database=row.sql) == role


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("postgres", "postgres"),
        ("postgres:16-alpine", "postgres"),
        ("docker.io/library/redis:7@sha256:abc", "redis"),
        ("pgvector/pgvector:pg17", "postgres"),
        ("localhost:5000/postgres:16", None),
        ("ghcr.io/umami-software/umami:latest", None),
        ("", None),
    ],
)
def test_which_service_an_image_is(image: str, name: str | None) -> None:
    found = table.of_image(image)
    assert (None if found is None else found.name) == name


def test_every_service_has_a_version_a_port_and_a_variable() -> None:
    for service in table.services().values():
        assert ":" in service.image
        assert not service.image.endswith(":latest")
        assert 0 < service.port < 65536
        assert service.variables
        assert set(service.variables.values()) <= set(table.ROLES)
        assert (service.password != "") == any("{password}" in text for text in service.environment.values())
