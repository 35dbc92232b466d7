from __future__ import annotations

import time

import pytest
from buildplan.providers.node import frameworks
from buildplan.providers.node.frameworks import ConfigFile, Found, NonLiteral
from node_installs import tree


def parsed(text: str) -> ConfigFile:
    return frameworks.read_config(tree({"x.config.ts": text}), "x.config.ts")


def value(text: str, *keys: str) -> object:
    found = parsed(text).get(*keys)
    return found.value if isinstance(found, Found) else found


@pytest.mark.parametrize(
    "text",
    [
        "export default { output: 'standalone' }",
        "module.exports = { output: 'standalone' }",
        "exports.default = { output: 'standalone' }",
        "export = { output: 'standalone' }",
        "const config = { output: 'standalone' }\nexport default config",
        "const config: NextConfig = { output: 'standalone' };\nmodule.exports = config;",
        "/** @type {import('next').C} */\nlet c = { output: 'standalone', } satisfies C\nexport default c",
        "export default { output: 'standalone' } as const",
        "export default defineConfig({ output: 'standalone' })",
        "export default withMDX(withBundle({ enabled: true })({ output: 'standalone' }))",
        "const c = { output: 'standalone' }\nmodule.exports = withSentryConfig(c, { silent: true })",
        "export default defineConfig(() => ({ output: 'standalone' }))",
        "export default defineConfig(async ({ mode }) => { const env = load(mode); return { output: 'standalone' } })",
        "export default defineConfig(function () { return { output: 'standalone' } })",
        "module.exports = (phase) => {\n  const c = { output: 'standalone' };\n  return c;\n}",
        "const o = 'standalone'\nexport default { output: o }",
        "const base = { output: 'standalone' }\nexport default { ...base, x: 1 }",
        "export default { /* output: 'export' */ output: `standalone` } // output: 'x'",
        "export default { 'output': \"standalone\" }",
        "export default { async headers() { return [{ output: 'x' }] }, output: 'standalone' }",
        "export default { plugins: [p({ output: 'x' })], output: 'standalone' }",
        "export default { re: /output: '/, output: 'standalone' }",
        "export default { output: process.env.NODE_ENV === 'production' ? 'standalone' : undefined }",
        "export default { output: a ? 'standalone' : 'standalone' }",
        "function make() { return { output: 'standalone' } }\nexport default make()",
        "const c = { output: 'standalone' }\nexport { c as default, other }",
        "module.exports = exports = { output: 'standalone' }",
        "export default defineConfig<Options>({ output: 'standalone' })",
        "export default (() => ({ output: 'standalone' }))()",
        "export default () => { const f = () => { return { output: 'x' } }; return { output: 'standalone' } }",
    ],
)
def test_a_literal_is_found_however_the_file_exports_it(text: str) -> None:
    assert value(text, "output") == "standalone"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("export default { output: process.env.OUTPUT }", "process.env.OUTPUT"),
        ("export default { output: process.env.X ? 'export' : undefined }", "process.env.X ? …"),
        ("export default { output: process.env.X === '1' ? 'a' : 'b' }", "process.env.X==='1' ? …"),
        ("export default { output: process.env.DIR || 'dist' }", "process.env.DIR || …"),
        ("export default { output: `a${b}` }", "`a${b}`"),
        ("export default { output: pick() }", "pick(…)"),
        ("import { output } from './x'\nexport default { output }", "output"),
        ("export default { output: 'a' + b }", "'a'+b"),
        ("export default { output: isProd && 'export' }", "isProd&&'export'"),
        ("export default { output: process.env['OUTPUT'] }", "process.env['OUTPUT']"),
        ("export default { output: !a }", "!a"),
    ],
)
def test_what_only_running_would_tell_is_said_to_be_no_literal(text: str, shown: str) -> None:
    assert value(text, "output") == NonLiteral(shown, text.count("\n") + 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "export default {}",
        "export default { output: undefined }",
        "// export default { output: 'x' }",
        "const unrelated = { output: 'x' }\nexport default {}",
        "export default { nested: { output: 'x' } }",
        "not javascript at all <<<",
    ],
)
def test_an_absent_value_is_none(text: str) -> None:
    assert value(text, "output") is None


@pytest.mark.parametrize(
    "text",
    [
        "export default { build: { outDir: 'out' } }",
        "export default { build: { outDir: path.resolve(__dirname, 'out') } }",
        "export default { build: { outDir: join(import.meta.dirname, './out') } }",
        "export default { build: { outDir: path.join(__dirname, '/out') } }",
        "export default { build: { outDir: fileURLToPath(new URL('./out', import.meta.url)) } }",
        "export default { build: { outDir: resolve(process.cwd(), 'x', '..', 'out') } }",
        "const build = { outDir: 'out' }\nexport default { build }",
    ],
)
def test_paths_are_put_together_from_literals(text: str) -> None:
    assert value(text, "build", "outDir") in {"out", "./out"}


def test_a_value_knows_its_line() -> None:
    assert parsed("export default {\n  a: 1,\n  b: true,\n}").get("b") == Found(value=True, line=3)


def test_an_argument_of_a_call_is_found_wherever_it_is_called() -> None:
    config = parsed(
        "import adapter from 'adapter-static'\nconst c = { kit: { adapter: adapter({ fallback: '200.html' }) } }"
    )
    assert config.argument("adapter", "fallback") == Found("200.html", 2)
    assert config.argument("adapter", "pages") is None
    assert config.calls("adapter")
    assert not config.calls("other")


def test_the_first_object_of_a_list_is_read_with_its_literals() -> None:
    config = parsed(
        "module.exports = { apps: [{ name: 'a', script: './x.js', env: { A: 1 }, n: f() }, { script: 'y' }] }"
    )
    assert config.first("apps") == {"name": "a", "script": "./x.js"}


def test_imports_are_listed_in_order_with_and_without_types() -> None:
    config = parsed(
        "import a from 'a'\nimport type { B } from 'b'\nimport './c'\nconst d = require('d')\n"
        "await import(\"e\")\nexport * from 'f'"
    )
    assert config.imports() == ("a", "b", "./c", "d", "e", "f")
    assert config.imports(types=False) == ("a", "./c", "d", "e", "f")


def test_names_that_refer_to_each_other_end() -> None:
    assert value("const a = b\nconst b = a\nexport default a", "output") is None
    assert value("const a = { ...a }\nexport default a", "output") is None
    assert isinstance(value("const a = b\nconst b = a\nexport default { output: a }", "output"), NonLiteral)


@pytest.mark.parametrize(
    "step",
    [
        "{...a,...a}",
        "c?a:a",
        "f(a,a)",
        "a||a",
        "()=>{if(c){return a}return a}",
        "path.join(a,a)",
        "f(a)(a)",
        "[a,a]",
    ],
)
def test_declarations_that_double_with_each_line_are_read_once(step: str) -> None:
    lines = [f"const a{number} = {step.replace('a', f'a{number - 1}')}" for number in range(1, 40)]
    text = "\n".join(["const a0 = { x: 1 }", *lines, "export default { ...a39, y: a39, z: { ...a1 } }"])
    begin = time.process_time()
    config = parsed(text)
    assert config.get("missing") is None
    assert isinstance(config.get("y"), NonLiteral)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    "part",
    [
        "[",
        "{a:",
        "f(",
        "(",
        "()=>",
        "await ",
        "new ",
        "a?",
        "a||",
        "!",
        "==",
        "...",
        "const a=",
        "export default ",
        "as ",
    ],
)
def test_hostile_nesting_takes_no_longer_than_its_length(part: str) -> None:
    text = part * (40_000 // len(part))
    begin = time.process_time()
    parsed(f"export default {text}").get("output", "x")
    parsed(text).argument("f", "x")
    assert time.process_time() - begin < 8


def test_a_missing_file_has_no_values() -> None:
    assert frameworks.read_config(tree({}), "next.config.js").get("output") is None
