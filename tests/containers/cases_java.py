"""Java apps for the container tests: what comes from Maven Central is kept between builds."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("java-gradle-plain", "src/main/java/com/example/Main.java"),
    Case("java-javalin", "src/main/java/com/example/App.java"),
    Case("java-spring-boot", "src/main/java/com/example/DemoApplication.java"),
    Case("java-war", "src/main/webapp/index.jsp"),
    Case("java-maven-modules", "server/src/main/java/com/example/server/Server.java"),
)
