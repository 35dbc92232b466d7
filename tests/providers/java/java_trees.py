"""What the tests of the Java provider share: trees in memory and the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planned import of

from buildplan.language import registry, subfolder
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides

if TYPE_CHECKING:
    from buildplan.language.contract import Detection
    from buildplan.model.build_plan import BuildPlan

PROVIDER = registry.named("java", Origin("<test>"))

SERVER = """package com.example;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Main {
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8000"));
        HttpServer.create(new InetSocketAddress(port), 0).start();
    }
}
"""
MAIN = "src/main/java/com/example/Main.java"
BOOT = """package com.example;

@org.springframework.boot.autoconfigure.SpringBootApplication
public class Main {
    public static void main(String[] args) {}
}
"""
BOOT_PARENT = (
    "<parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId>"
    "<version>3.5.6</version><relativePath/></parent>"
)
BOOT_PLUGIN = (
    "<plugin><groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId></plugin>"
)


def dependency(name: str, group: str = "org.springframework.boot") -> str:
    return f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId></dependency>"


WEB = dependency("spring-boot-starter-web")


def pom(*parts: str, artifact: str = "shop", version: str = "1.0", dependencies: str = "", plugins: str = "") -> str:
    """Return a pom.xml, one element on a line."""
    lines = [
        "<project>",
        f"<artifactId>{artifact}</artifactId>",
        f"<version>{version}</version>" if version else "",
        *parts,
        f"<dependencies>{dependencies}</dependencies>",
        f"<build><plugins>{plugins}</plugins></build>" if plugins else "",
        "</project>",
    ]
    return "\n".join(line for line in lines if line)


def properties(**values: str) -> str:
    inner = "".join(f"<{name.replace('_', '.')}>{value}</{name.replace('_', '.')}>" for name, value in values.items())
    return f"<properties>{inner}</properties>"


def boot(*parts: str, **options: str) -> dict[str, str]:
    """Return a Spring Boot app that Maven builds."""
    return {"pom.xml": pom(BOOT_PARENT, *parts, dependencies=WEB, plugins=BOOT_PLUGIN, **options), MAIN: BOOT}


def detected(files: dict[str, str]) -> Detection | None:
    return subfolder.detect(PROVIDER, of(files), Overrides())[0]


def command(made: BuildPlan) -> str:
    found = made.phase("build")
    assert found is not None
    return " && ".join(found.commands)
