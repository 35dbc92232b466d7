"""Go apps for the container tests; the minimal image holds no `echo`, only the app's own programs."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("go-net-http", "main.go", other=()),
    Case("go-cmd-layout", "internal/web/web.go", other=("/app/bin/migrate", "up"), says="nothing to migrate"),
    Case("go-sqlite-cgo", "main.go"),
    Case("go-cgo-own-code", "main.go", other=()),
    Case("go-workspace", "api/main.go", other=()),
    Case("go-embed", "main.go", other=()),
    Case("go-templates", "main.go", other=()),
    Case("go-gin", "main.go", other=()),
    Case("go-single-file", "main.go", other=()),
    Case("go-vendor", "main.go", other=()),
    Case("go-build-tags", "main.go", other=()),
    Case("go-replace-local", "lib/greeting/greeting.go", other=()),
    Case("go-nixpacks", "cmd/web/main.go", other=()),
    Case("go-shell-start", "main.go"),
    Case("go-embed-frontend", "main.go", other=()),
    Case("go-embed-frontend-folder", "cmd/app/main.go", other=()),
)
