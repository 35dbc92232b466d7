"""What is expected of the fixtures `java-*` and `kotlin-*`."""

from __future__ import annotations

from fixture_expectation import Expected


def java(framework: str | None, start: str, why: str) -> Expected:
    return Expected("java", framework, "server", start, why)


TABLE = {
    "java-gradle-modules": java("http-server", "bin/app", "the only project with the plugin `application`"),
    "java-gradle-plain": java(
        "http-server", "java -cp 'lib/*' com.example.Main", "the jar's manifest names the class, and no plugin packs it"
    ),
    "java-gradle-spring-boot": java(
        "spring-boot", "java '-Dserver.port=${PORT}' -jar app.jar", "Spring Boot's plugin makes an archive that starts"
    ),
    "java-javalin": java("javalin", "java -cp 'classes:lib/*' com.example.App", "the only class with a `main`"),
    "java-maven-modules": java(
        "http-server", "java -cp 'classes:lib/*' com.example.server.Server", "the module whose name is a server's"
    ),
    "java-maven-plain": java("http-server", "java -cp classes com.example.Main", "one class, no libraries"),
    "java-micronaut": java(
        "micronaut",
        "java '-Dmicronaut.server.port=${PORT}' -cp 'classes:lib/*' com.example.Application",
        "`exec.mainClass` names the class",
    ),
    "java-procfile": java("http-server", "java $JAVA_OPTS -jar target/greeting-1.0.0.jar", "the Procfile says it"),
    "java-quarkus": java(
        "quarkus", "java '-Dquarkus.http.port=${PORT}' -jar quarkus-run.jar", "Quarkus writes a folder with a jar"
    ),
    "java-shade": java("javalin", "java -jar app.jar", "the plugin makes one jar of all"),
    "java-spring-boot": java(
        "spring-boot", "java '-Dserver.port=${PORT}' -jar app.jar", "the parent binds Spring Boot's plugin"
    ),
    "java-spring-boot-war": java("spring-boot", "java -jar app.war", "a war of Spring Boot runs by itself"),
    "java-war": java(None, "sh tomcat/bin/catalina.sh run", "a war without a server of its own gets Tomcat"),
    "kotlin-ktor": java("ktor", "bin/ktor-shop", "Ktor's plugin applies `application`"),
}
