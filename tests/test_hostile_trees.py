"""One small file stops no worker: each attack is planned (and checked) in a process of its own, with its limits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

CPU_SECONDS = 2.0
MEGABYTES = 250
INDEX = {"index.html": "x"}
NODE = {
    "package.json": '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^4"}}',
    "server.js": "require('express')().listen(process.env.PORT)",
}
VITE = {"package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "^6"}}', "index.html": "x"}
GRADLE = {"src/main/java/A.java": "class A { public static void main(String[] a) {} }"}

Tree = dict[str, str]


def doubled(first: str, line: str, times: int, last: str) -> str:
    return "\n".join([first, *(line.format(n, n - 1) for n in range(1, times)), last.format(times - 1)])


ATTACKS: dict[str, Callable[[], Tree]] = {
    "stars in .dockerignore": lambda: {**INDEX, "a" * 60: "", ".dockerignore": "*a*a*a*a*a*a*b"},
    "deep stars in .dockerignore": lambda: {
        **INDEX,
        "/".join(["a"] * 50): "",
        ".dockerignore": "/".join(["**", "a"] * 60) + "/b",
    },
    "thousands of rules": lambda: {**INDEX, ".dockerignore": "*a*b\n" * 13_000, "Dockerfile": "FROM x\nCOPY a b\n"},
    "a long import": lambda: {"app.py": "import " + ".".join(["a"] * 100_000)},
    "a long import with blanks": lambda: {"app.py": "import " + " . ".join(["a"] * 60_000)},
    "a long import over lines": lambda: {"app.py": "import " + "\\\n.".join(["a"] * 60_000)},
    "many statements": lambda: {"app.py": "a\n" * 128_000, "requirements.txt": "flask"},
    "many python files": lambda: {
        "requirements.txt": "flask",
        **{f"m{n}.py": "import flask\n" + "a=1\n" * 20_000 for n in range(60)},
    },
    "a broken python file": lambda: {"app.py": "import flask\n" + "a = (\n" * 20_000, "requirements.txt": "flask"},
    "a dotted toml key": lambda: {"pyproject.toml": ".".join(["a"] * 20_000) + " = 1"},
    "a dotted toml header": lambda: {"Cargo.toml": "[" + ".".join(["a"] * 20_000) + "]"},
    "a quoted toml key": lambda: {"pyproject.toml": ".".join(['"a"'] * 20_000) + " = 1"},
    "a dotted key in an inline table": lambda: {"pyproject.toml": "x = {" + ".".join(["a"] * 20_000) + " = 1}"},
    "blanks after a toml header": lambda: {"pyproject.toml": 'x = """\n[a' + " " * 100_000 + '\n"""\n'},
    "a toml file of megabytes": lambda: {"pyproject.toml": "".join(f"a{n} = 1\n" for n in range(300_000))},
    "many toml files": lambda: {
        "Cargo.toml": '[workspace]\nmembers = ["p/*"]\n',
        **{f"p/{n}/Cargo.toml": "".join(f"a{m} = 1\n" for m in range(8_000)) for n in range(100)},
    },
    "a billion laughs in yaml": lambda: {
        **NODE,
        "pnpm-workspace.yaml": "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
        + "packages: *a11\n",
    },
    "a yaml list": lambda: {**NODE, "pnpm-workspace.yaml": f"packages: [{'a,' * 1_000_000}]"},
    "yaml in depth": lambda: {**NODE, "pnpm-workspace.yaml": "packages: " + "[" * 100_000},
    "a json list of objects": lambda: {"package.json": '{"a": [' + "{}," * 1_400_000 + "1]}"},
    "a json list of numbers": lambda: {**INDEX, "package.json": '{"workspaces": [' + "1," * 590_000 + "1]}"},
    "many keys in json": lambda: {**INDEX, "package.json": json.dumps({str(n): {} for n in range(190_000)})},
    "open comments in json": lambda: {"deno.jsonc": "/*a" * 30_000},
    "open strings in json": lambda: {"deno.jsonc": '"\\' * 100_000},
    "commas in json": lambda: {"deno.jsonc": "," + " " * 100_000 + "," + " " * 100_000 + "x"},
    "many xml elements": lambda: {"a.csproj": "<Project>" + "<a/>" * 1_000_000 + "</Project>"},
    "some xml elements": lambda: {"a.csproj": "<Project>" + "<a/>" * 49_000 + "</Project>"},
    "xml in depth": lambda: {"pom.xml": "<a>" * 40_000},
    "spreads in a configuration": lambda: {
        **VITE,
        "vite.config.js": doubled(
            "const a0={x:1};", "const a{0}={{...a{1},...a{1}}};", 30, "export default {{...a{0}}}"
        ),
    },
    "choices in a configuration": lambda: {
        **VITE,
        "vite.config.js": doubled("const a0={x:1};", "const a{0}=c?a{1}:a{1};", 40, "export default a{0}"),
    },
    "additions in a configuration": lambda: {
        **VITE,
        "vite.config.js": doubled("const a0='xxxxxxxx';", "const a{0}=a{1}+a{1};", 40, "export default {{base:a{0}}}"),
    },
    "blanks in gradle": lambda: {
        **GRADLE,
        "build.gradle": "plugins { id 'java' }\nimplementation" + " " * 60_000 + "x",
    },
    "blanks after a plugin": lambda: {**GRADLE, "build.gradle": "apply plugin:" + " \n" * 60_000 + "x"},
    "blanks after a string": lambda: {**GRADLE, "build.gradle": ("'a'" + " " * 30_000) * 4},
    "blanks after include": lambda: {**GRADLE, "build.gradle": "", "settings.gradle": "include" + " " * 100_000},
    "many strings in gradle": lambda: {**GRADLE, "build.gradle": "include " + '"a", ' * 20_000 + "x"},
    "a cargo workspace": lambda: {
        "Cargo.toml": '[workspace]\nmembers = ["p/*"]\n',
        **{
            path: text
            for n in range(3_000)
            for path, text in (
                (f"p/m{n}/Cargo.toml", f'[package]\nname = "m{n}"\nversion = "1.0.0"\n'),
                (f"p/m{n}/src/main.rs", "fn main() {}"),
            )
        },
    },
    "a chain of cargo packages": lambda: {
        "Cargo.toml": '[workspace]\nmembers = ["p/*"]\n',
        **{
            path: text
            for n in range(2_000)
            for path, text in (
                (
                    f"p/m{n}/Cargo.toml",
                    f'[package]\nname = "m{n}"\n[dependencies]\nm{n + 1} = {{path = "../m{n + 1}"}}\n',
                ),
                (f"p/m{n}/src/main.rs", "fn main() {}"),
            )
        },
    },
    "many workspace patterns": lambda: {
        "package.json": json.dumps({"workspaces": ["*/*/*/*/*/*"] * 900}),
        **{f"a{n}/b/c/d/e/f/package.json": "{}" for n in range(2_000)},
    },
    "blanks in a requirement": lambda: {"app.py": "import flask", "requirements.txt": "fas" + " " * 200_000 + "k"},
    "many unknown packages": lambda: {
        **NODE,
        "nixpacks.toml": f"[phases.setup]\nnixPkgs = [{','.join(f'{chr(34)}p{n}{chr(34)}' for n in range(20_000))}]",
    },
    "many unknown keys": lambda: {**NODE, "nixpacks.toml": "".join(f"a{n} = 1\n" for n in range(20_000))},
    "many unknown versions": lambda: {
        **NODE,
        "buildplan.toml": "[versions]\n" + "".join(f'a{n} = "1"\n' for n in range(9_000)),
    },
    "phases that depend on many": lambda: {
        **NODE,
        "buildplan.toml": "".join(
            f"[phases.p{n}]\ncommands=['x']\ndepends_on=[{','.join(repr(f'q{m}') for m in range(40))}]\n"
            for n in range(400)
        ),
    },
    "many secrets": lambda: {
        **NODE,
        "Procfile": "".join(f"p{n}: node server.js --token abc{n} -p x{n}y1zzz\n" for n in range(900)),
    },
    "blanks and secrets": lambda: {**NODE, "Procfile": "web: node server.js " + "--password " * 5_000},
    "variables of variables": lambda: {
        **NODE,
        "Dockerfile": doubled("FROM node:20\nENV A0=xxxxxxxxxx", "ENV A{0}=$A{1}$A{1}", 40, "CMD node $A{0}"),
    },
    "arguments of arguments": lambda: {
        **NODE,
        "Dockerfile": doubled("ARG A0=xxxxxxxxxx", "ARG A{0}=$A{1}$A{1}", 40, "FROM node:$A{0}\nCMD node server.js"),
    },
    "many stages": lambda: {**NODE, "Dockerfile": "".join(f"FROM node:20 AS s{n}\n" for n in range(20_000))},
    "a chain of stages": lambda: {
        **NODE,
        "Dockerfile": "FROM node:20 AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(5_000)),
    },
    "a long dockerfile": lambda: {**NODE, "Dockerfile": "FROM node:20\n" + "RUN echo x && echo y\n" * 40_000},
    "a line of a dockerfile": lambda: {**NODE, "Dockerfile": "FROM node:20\nRUN echo " + "$(a " * 30_000},
    "a long procfile": lambda: {**NODE, "Procfile": "".join(f"p{n}: node server.js\n" for n in range(40_000))},
    "a procfile of one line": lambda: {**NODE, "Procfile": "web: " + "a" * 1_000_000},
    "a start in depth": lambda: {**NODE, "Procfile": "web: " + "$(" * 50_000},
    "scripts that call scripts": lambda: {
        "package.json": json.dumps(
            {
                "scripts": {
                    "start": "npm run s0",
                    **{f"s{n}": f"npm run s{n + 1} && npm run s{n + 1}" for n in range(40)},
                    "s40": "node server.js",
                }
            }
        ),
        "server.js": "x",
    },
    "requirements in a circle": lambda: {
        "app.py": "import flask",
        "requirements.txt": "-r a.txt\n-r a.txt\n" * 100,
        "a.txt": "-r requirements.txt\n" * 100,
    },
    "many requirements": lambda: {"app.py": "import flask", "requirements.txt": "flask\n" * 100_000},
    "many findings": lambda: {"app.py": "import flask", "requirements.txt": "".join(f"./{n}\n" for n in range(30_000))},
    "many ruby tokens": lambda: {"Gemfile": "gem 'rack'\n" * 40_000, "config.ru": "run 1"},
    "many elixir tokens": lambda: {"mix.exs": "defmodule A.MixProject do\n" + "[{" * 60_000},
    "many javascript files": lambda: {
        **NODE,
        **{f"src/f{n}.js": "import './f.js'; app.listen(3000);\n" * 2_000 for n in range(200)},
    },
    "a javascript file": lambda: {**NODE, "server.js": "a(" * 60_000},
    "many go files": lambda: {
        "go.mod": "module a\n\ngo 1.24\n",
        **{f"f{n}.go": "package main\n\nfunc main() {}\n" + 'var a = "b"\n' * 4_000 for n in range(200)},
    },
    "many java files": lambda: {
        "pom.xml": "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId>"
        "<version>1</version></project>",
        **{f"src/main/java/A{n}.java": f"class A{n} {{ int a = 1; }}\n" * 2_000 for n in range(200)},
    },
    "a php manifest": lambda: {
        "index.php": "<?php",
        "composer.json": '{"require": {"php": "^8", "a/b": "1"}, "repositories": [{"type": {}, "url": "x"}]}',
    },
}
PROGRAM = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import buildplan
tree = json.load(sys.stdin)
outcome = []
begin = time.process_time()
try:
    plan = buildplan.plan(tree)
    buildplan.BuildPlan.from_json(plan.to_json())
    outcome.append("plan")
except buildplan.BuildplanError as error:
    outcome.append(type(error).__name__)
planned = time.process_time() - begin
begin = time.process_time()
if "Dockerfile" in tree:
    try:
        buildplan.check(tree)
    except buildplan.BuildplanError as error:
        outcome.append(type(error).__name__)
checked = time.process_time() - begin
# The peak of this program alone: getrusage counts what the process held before it became this program.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([outcome, planned, checked, int(peak) // 1024]))
"""


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_at_most_two_seconds_and_250_megabytes(name: str) -> None:
    tree = ATTACKS[name]()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(tree),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    outcome, planned, checked, megabytes = json.loads(done.stdout)
    assert outcome, done.stdout
    assert max(planned, checked) <= CPU_SECONDS, (outcome, planned, checked)
    assert megabytes <= MEGABYTES, (outcome, megabytes)
