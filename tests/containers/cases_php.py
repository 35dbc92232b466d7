"""PHP apps as container tests; without a registry of packages for Composer, packages lie in the tree."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("php-plain", "index.php"),
    Case("php-composer-path", "src/Home.php", other=("php", "-r", "echo 'other command';")),
    Case("php-htaccess", "greet.php", path="/"),
    Case("php-vite", "public/index.php"),
)
