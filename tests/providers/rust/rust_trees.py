"""Trees of Rust apps that several tests begin with."""

from __future__ import annotations

PACKAGE = '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n'
AXUM = f'{PACKAGE}[dependencies]\naxum = "0.8"\n'
SERVER = 'fn main() { let port = std::env::var("PORT").unwrap_or("3000".into()); }\n'
APP = {"Cargo.toml": AXUM, "src/main.rs": SERVER}


def package(name: str, dependencies: str = "", more: str = "") -> str:
    head = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{more}'
    return f"{head}[dependencies]\n{dependencies}\n" if dependencies else head


def lock(*crates: str) -> str:
    """Return a lock file; a crate is `name` or `name: dependency, dependency`."""
    text = "version = 4\n"
    for crate in crates:
        name, _, rest = crate.partition(": ")
        names = "".join(f' "{item}",\n' for item in rest.split(", ") if item)
        text += f'\n[[package]]\nname = "{name}"\nversion = "1.0.0"\nsource = "registry"\n'
        text += f"dependencies = [\n{names}]\n" if names else ""
    return text
