"""What is known of Java's frameworks, of build tools, and of what runs apps: data with its sources and dates."""

from __future__ import annotations

from typing import NamedTuple


class Framework(NamedTuple):
    """What makes a Java app a server.

    `dependencies` are artifacts, or prefixes that end in `*`, `groups` one that all of them have; `plugins` are ids of
    Gradle plugins; `imports` are prefixes of packages in the code. `argument` sets the port, with `${PORT}` in it: the
    frameworks fill placeholders in themselves, so no shell is needed, unless `fills` is false. `config` names files
    below src/main/resources that may set the port, `key` the setting in them. `listens_with` are parts of artifacts'
    names, `listens_when` prefixes of imports: without one of them the app does not listen.
    """

    id: str
    title: str
    dependencies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    argument: str | None = None
    fills: bool = True
    key: str | None = None
    config: tuple[str, ...] = ()
    port: int = 8080
    listens_with: tuple[str, ...] = ()
    listens_when: tuple[str, ...] = ()


class Host(NamedTuple):
    """What is loaded by another program and never starts by itself, by what the build declares."""

    title: str
    artifacts: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    packagings: tuple[str, ...] = ()


class Tomcat(NamedTuple):
    """A Tomcat for wars, by the package of the Servlet API that the code uses and the oldest Java that it runs on."""

    api: str
    oldest_java: int
    version: str


_SPRING_CONFIG = ("application.properties", "application.yml", "application.yaml")

# Strongest first. Sources, checked 2026-11-24: the frameworks' documentation; Maven Central; placeholders: Spring Boot
# 3.5, Quarkus 3.28 and Micronaut 4.9 were started so.
FRAMEWORKS = (
    Framework(
        id="quarkus",
        title="Quarkus",
        dependencies=("quarkus-*",),
        plugins=("io.quarkus",),
        imports=("io.quarkus.",),
        argument="-Dquarkus.http.port=${PORT}",
        key="quarkus.http.port",
        config=_SPRING_CONFIG,
    ),
    Framework(
        id="micronaut",
        title="Micronaut",
        dependencies=("micronaut-http-server*", "micronaut-http-server-netty"),
        plugins=("io.micronaut.application", "io.micronaut.minimal.application"),
        imports=("io.micronaut.",),
        argument="-Dmicronaut.server.port=${PORT}",
        key="micronaut.server.port",
        config=_SPRING_CONFIG,
    ),
    Framework(
        id="grails",
        title="Grails",
        dependencies=("grails-core", "grails-web-boot"),
        plugins=("org.grails.grails-web", "org.apache.grails.gradle.grails-web"),
        imports=("grails.boot.",),
        argument="-Dserver.port=${PORT}",
        key="server.port",
        config=("application.yml", "application.properties"),
    ),
    Framework(
        id="spring-boot",
        title="Spring Boot",
        dependencies=("spring-boot-starter*", "spring-boot"),
        plugins=("org.springframework.boot",),
        imports=("org.springframework.boot.",),
        argument="-Dserver.port=${PORT}",
        key="server.port",
        config=_SPRING_CONFIG,
        listens_when=("org.springframework.web.", "org.springframework.boot.web.", "jakarta.ws.rs.", "javax.ws.rs."),
        listens_with=(
            "web",
            "webflux",
            "jersey",
            "rest",
            "gateway",
            "graphql",
            "actuator",
            "eureka-server",
            "config-server",
            "admin",
            "vaadin",
            "hilla",
            "undertow",
            "tomcat",
            "jetty",
            "netflix",
            "mvc",
            "webmvc",
            "websocket",
            "swagger",
            "springdoc",
            "server",
        ),
    ),
    Framework(
        id="ktor",
        title="Ktor",
        dependencies=("ktor-server*",),
        plugins=("io.ktor.plugin",),
        imports=("io.ktor.server.",),
    ),
    Framework(id="javalin", title="Javalin", dependencies=("javalin", "javalin-bundle"), imports=("io.javalin.",)),
    Framework(
        id="helidon",
        title="Helidon",
        dependencies=("helidon-webserver*", "helidon-microprofile*"),
        imports=("io.helidon.webserver", "io.helidon.microprofile"),
        argument="-Dserver.port=${PORT}",
        fills=False,
    ),
    Framework(id="dropwizard", title="Dropwizard", dependencies=("dropwizard-core",), imports=("io.dropwizard.",)),
    Framework(id="vertx", title="Vert.x", dependencies=("vertx-web", "vertx-core"), imports=("io.vertx.",), port=8888),
    Framework(
        id="http4k", title="http4k", dependencies=("http4k-server-*", "http4k-core"), imports=("org.http4k.server",)
    ),
    Framework(
        id="spark",
        title="Spark Java",
        dependencies=("spark-core",),
        groups=("com.sparkjava",),
        imports=("spark.Spark", "spark.Service"),
        port=4567,
    ),
    Framework(id="jooby", title="Jooby", dependencies=("jooby", "jooby-*"), imports=("io.jooby.",)),
    Framework(
        id="ratpack", title="Ratpack", dependencies=("ratpack-core", "ratpack-*"), imports=("ratpack.",), port=5050
    ),
    Framework(id="armeria", title="Armeria", dependencies=("armeria",), imports=("com.linecorp.armeria.server",)),
    Framework(
        id="grpc",
        title="gRPC",
        imports=("io.grpc.ServerBuilder", "io.grpc.netty.NettyServerBuilder", "io.grpc.Server"),
        port=50051,
    ),
    Framework(id="undertow", title="Undertow", dependencies=("undertow-core",), imports=("io.undertow.",)),
    Framework(id="jetty", title="Jetty", dependencies=("jetty-server",), imports=("org.eclipse.jetty.server",)),
    Framework(
        id="grizzly",
        title="Grizzly",
        dependencies=("jersey-container-grizzly2-http", "grizzly-http-server"),
        imports=("org.glassfish.grizzly",),
    ),
    Framework(id="http-server", title="the JDK's own HTTP server", imports=("com.sun.net.httpserver",)),
)

# Source, checked 2026-11-24: the programs' own guides to writing plugins.
HOSTS = (
    Host(title="an Android app, which a device runs", plugins=("com.android.application", "com.android.library")),
    Host(
        title="a plugin or mod of Minecraft, which the game or its server loads",
        artifacts=(
            "paper-api",
            "spigot-api",
            "spigot",
            "bukkit",
            "craftbukkit",
            "folia-api",
            "bungeecord-api",
            "velocity-api",
            "spongeapi",
        ),
        plugins=(
            "fabric-loom",
            "net.fabricmc.fabric-loom",
            "net.minecraftforge.gradle",
            "net.neoforged.moddev",
            "net.neoforged.gradle.userdev",
            "xyz.jpenilla.run-paper",
            "io.papermc.paperweight.userdev",
            "net.minecrell.plugin-yml.bukkit",
        ),
    ),
    Host(title="a plugin of Jenkins, which Jenkins loads", packagings=("hpi", "jpi"), plugins=("org.jenkins-ci.jpi",)),
    Host(
        title="a plugin of an IDE of JetBrains, which the IDE loads",
        plugins=("org.jetbrains.intellij", "org.jetbrains.intellij.platform"),
    ),
    Host(title="a plugin of Maven, which Maven loads", packagings=("maven-plugin",)),
    Host(title="a plugin of Gradle, which Gradle loads", plugins=("java-gradle-plugin", "com.gradle.plugin-publish")),
)

# The newest JDK that each Gradle itself runs on; in between the older row counts.
# Source, checked 2026-11-24: https://docs.gradle.org/current/userguide/compatibility.html
NEWEST_JDK = (
    ((9, 1), 25),
    ((8, 14), 24),
    ((8, 10), 23),
    ((8, 8), 22),
    ((8, 5), 21),
    ((8, 3), 20),
    ((7, 6), 19),
    ((7, 5), 18),
    ((7, 3), 17),
    ((7, 0), 16),
    ((6, 7), 15),
    ((6, 3), 14),
    ((6, 0), 13),
    ((5, 4), 12),
    ((5, 0), 11),
)

# The level of the language that a parent outside of the tree sets, by the major number of its version: the property
# `java.version` of spring-boot-starter-parent, `jdk.version` of micronaut-parent.
# Source, checked 2026-11-24: the poms of these artifacts on Maven Central.
PARENT_LEVELS = {
    "spring-boot-starter-parent": {"1": "1.6", "2": "1.8", "3": "17", "4": "17"},
    "micronaut-parent": {"2": "1.8", "3": "1.8", "4": "17"},
}

# Of the rows that fit the first is taken. The version is the newest that Maven Central served us as a whole. Sources,
# checked 2026-11-24: https://tomcat.apache.org/whichversion.html; org.apache.tomcat:tomcat on Maven Central.
TOMCATS = (
    Tomcat(api="jakarta.servlet", oldest_java=17, version="11.0.25"),
    Tomcat(api="jakarta.servlet", oldest_java=8, version="10.1.60"),
    Tomcat(api="javax.servlet", oldest_java=8, version="9.0.109"),
)
