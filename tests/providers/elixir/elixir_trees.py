"""Trees of Elixir apps in memory."""

from __future__ import annotations


def mix(project: str = "", deps: str = "", body: str = "", application: str = "mod: {Shop.Application, []}") -> str:
    """Return a mix.exs of the app `shop`."""
    return (
        "defmodule Shop.MixProject do\n  use Mix.Project\n\n  def project do\n"
        f'    [app: :shop, version: "0.1.0", elixir: "~> 1.15", {project}deps: deps()]\n  end\n\n'
        f"  def application, do: [{application}]\n\n  defp deps do\n    [{deps}]\n  end\n{body}\nend\n"
    )


def member(app: str, deps: str = "", more: str = "mod: {M, []}") -> str:
    """Return the mix.exs of an umbrella's app."""
    return (
        f"defmodule {app.title()}.MixProject do\n  use Mix.Project\n"
        f'  def project, do: [app: :{app}, build_path: "../../_build", deps: deps()]\n'
        f"  def application, do: [{more}]\n  defp deps, do: [{deps}]\nend\n"
    )


def umbrella(project: str = "", **apps: str) -> dict[str, str]:
    """Return an umbrella with these apps."""
    named = f'apps_path: "apps", {project}deps: []'
    root = f"defmodule U.MixProject do\n  use Mix.Project\n  def project, do: [{named}]\nend\n"
    return {"mix.exs": root, **{f"apps/{name}/mix.exs": text for name, text in apps.items()}}


PHOENIX = '{:phoenix, "~> 1.8"}'
SERVES = 'import Config\nif System.get_env("PHX_SERVER"), do: config :shop, Shop.Endpoint, server: true\n'
LISTENS = SERVES + 'config :shop, Shop.Endpoint, http: [port: String.to_integer(System.get_env("PORT") || "4000")]\n'
