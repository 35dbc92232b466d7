"""The rooms of the house: who may import whom, what stays unloaded, what is packaged."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib

import pytest
from conftest import ROOT

# From the bottom up; a module imports from its own room and from those below it.
LAYERS = (
    ("errors",),
    ("model",),
    ("source",),
    ("read",),
    ("catalogue",),
    ("language",),
    ("services",),
    ("contract",),
    ("providers",),
    ("config",),
    ("compose",),
    ("image",),
    ("write",),
    ("render",),
    ("api",),
    ("repository",),
    ("drift", "verify", "write_api"),
    ("cli", "nixpacks"),
    ("railpack",),
    ("multicall", "__main__"),
)
POSITION = {name: index for index, names in enumerate(LAYERS) for name in names}


def modules() -> list[tuple[str, ast.Module]]:
    files = [*sorted((ROOT / "buildplan").rglob("*.py")), *sorted((ROOT / "providers").rglob("*.py"))]
    found = []
    for file in files:
        path = file.relative_to(ROOT)
        parts = path.parts[1:] if path.parts[0] == "buildplan" else path.parts
        room = parts[0].removesuffix(".py")
        if room != "__init__":
            found.append((room, ast.parse(file.read_text(encoding="utf-8"), str(path))))
    return found


def imported_at_load(tree: ast.Module) -> list[str]:
    """Return what a module imports when it is loaded; functions and TYPE_CHECKING blocks do not count."""
    names = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module == "buildplan":
                names += [f"buildplan.{alias.name}" for alias in node.names]
            else:
                names.append(node.module)
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def test_every_module_has_a_place_in_the_layers() -> None:
    assert {room for room, _ in modules()} <= POSITION.keys()


def test_no_module_imports_from_a_layer_above_it() -> None:
    wrong = []
    for room, tree in modules():
        for name in imported_at_load(tree):
            first, _, rest = name.partition(".")
            target = rest.partition(".")[0]
            if first == "buildplan" and target in POSITION and POSITION[target] > POSITION[room]:
                wrong.append(f"{room} imports {name}")
    assert wrong == []


def test_providers_know_no_docker() -> None:
    words = ("FROM ", "COPY --", "ENTRYPOINT", "-slim", "docker.io", "/var/lib/apt")
    for file in sorted((ROOT / "providers").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        docstrings = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        }
        found = [text for text in texts if text not in docstrings and any(word in text for word in words)]
        assert found == [], f"{file.name}: {found}"


@pytest.mark.parametrize(
    "heavy",
    ["jinja2", "pydantic", "tomlkit", "e2b_dockerfile_utils", "yaml", "ruamel", "importlib.metadata", "packaging"],
)
def test_planning_a_small_app_without_a_config_loads_nothing_heavy(heavy: str) -> None:
    code = (
        "import sys, buildplan; print(buildplan.plan(sys.argv[1]).dockerfile()); "
        "sys.exit(int(sys.argv[2] in sys.modules))"
    )
    app = ROOT / "fixtures" / "node-express-plain"
    done = subprocess.run([sys.executable, "-c", code, app, heavy], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or f"{heavy} was loaded"


def test_every_package_is_listed_in_pyproject() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(settings["tool"]["setuptools"]["packages"])
    found = set()
    for top, prefix in (("buildplan", "buildplan"), ("providers", "buildplan.providers")):
        for file in (ROOT / top).rglob("__init__.py"):
            parts = file.parent.relative_to(ROOT / top).parts
            found.add(".".join((prefix, *parts)))
    assert listed == found


def test_the_public_names_are_there_and_sorted() -> None:
    import buildplan

    assert list(buildplan.__all__) == sorted(buildplan.__all__)
    for name in buildplan.__all__:
        assert getattr(buildplan, name) is not None
    with pytest.raises(AttributeError, match="no attribute `nothing`"):
        _ = buildplan.nothing


def test_no_file_names_a_package_registry() -> None:
    hosts = (
        "registry.npm" + "js",
        "registry.yarn" + "pkg",
        "files.python" + "hosted",
        "py" + "pi.org",
        "crates" + ".io/api",
    )
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    wrong = []
    for name in filter(None, tracked.split("\0")):
        file = ROOT / name
        if file.is_file():
            content = file.read_bytes().decode(errors="ignore")
            wrong += [f"{name}: {host}" for host in hosts if host in content]
    assert wrong == []


def test_no_provider_imports_another() -> None:
    wrong = []
    for file in sorted((ROOT / "providers").rglob("*.py")):
        own = file.relative_to(ROOT / "providers").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if name.startswith("buildplan.providers.") and name.split(".")[2] != own:
                wrong.append(f"{own} imports {name}")
    assert wrong == []
