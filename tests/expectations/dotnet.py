"""What is expected of the fixtures `dotnet-*`."""

from __future__ import annotations

from fixture_expectation import WEB_SERVER, Expected


def web(start: str, why: str, variable: str = 'ASPNETCORE_HTTP_PORTS="$PORT"') -> Expected:
    return Expected("dotnet", "aspnetcore", "server", f"{variable} exec {start}", why)


TABLE = {
    "dotnet-aspire": web("dotnet Store.Web.dll", "the AppHost only starts the others on a developer's machine"),
    "dotnet-blazor-server": web("dotnet Board.dll", "the only project of the solution"),
    "dotnet-blazor-wasm": Expected("dotnet", "blazor-wasm", "static", WEB_SERVER, "it runs in the browser"),
    "dotnet-ef-sqlite": web("dotnet Notes.dll", "the only project; a bundle applies its migrations"),
    "dotnet-fsharp": web("dotnet App.dll", "F# is published like C#"),
    "dotnet-kestrel-endpoint": web(
        "dotnet Notes.dll",
        "an endpoint in the settings wins over the usual variables",
        'Kestrel__Endpoints__Http__Url="http://+:$PORT"',
    ),
    "dotnet-locked": web("dotnet Api.dll", "the only project; a lock file pins its packages"),
    "dotnet-minimal-api": web("dotnet MinimalApi.dll", "the only project"),
    "dotnet-native-aot": web("./Fast", "machine code starts by itself"),
    "dotnet-procfile": Expected(
        "dotnet", "aspnetcore", "server", 'exec dotnet Web.dll --urls "http://*:$PORT"', "the Procfile says how"
    ),
    "dotnet-self-contained": web("./kiosk-server", "it brings its own runtime, under the name it gives itself"),
    "dotnet-solution": web("dotnet Shop.Web.dll", "of two web apps the one that is not the admin's"),
    "dotnet-spa": web("dotnet Portal.dll", "the project's own targets build the frontend"),
    "dotnet-vb-console": Expected("dotnet", None, "worker", "dotnet Ticker.dll", "nothing listens"),
    "dotnet-worker": Expected("dotnet", "worker-service", "worker", "dotnet Jobs.dll", "nothing listens"),
}
