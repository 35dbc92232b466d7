"""How a static site is served: one web server for every language that ends in files.

nginx in its unprivileged image: non-root without extra capabilities, also under `no-new-privileges`; its entry point
fills `${PORT}` into the template before it starts.

Sources, checked 2026-11-24:
- templates and entry point: https://hub.docker.com/_/nginx, "Using environment variables in nginx configuration"
- unprivileged image (uid 101, `/etc/nginx` writable): https://github.com/nginx/docker-nginx-unprivileged
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue import runtime as runtime_table
from buildplan.errors import PlanError
from buildplan.model.build_plan import Input, Process, Run, Runtime, Site
from buildplan.model.origin import catalogue, rule

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

ROOT = "/usr/share/nginx/html"
TEMPLATE = "/etc/nginx/templates/default.conf.template"
OWN_SERVER = "/etc/nginx/conf.d/default.conf"
PORT = 8080
USER = "101:101"

# Text formats that are worth compressing; images, fonts and archives are compressed already.
_COMPRESSED = (
    "text/css text/javascript text/plain text/xml application/javascript application/json application/manifest+json "
    "application/wasm application/xml image/svg+xml"
)
# What may stand in an nginx configuration without quotes; a path with anything else is refused.
_SAFE_PATH = re.compile(r"[\w@%+=:,./~-]+", re.ASCII)


def run(site: Site, copies: tuple[Input, ...], reasons: Reasons, origin: Origin) -> tuple[Run, Process]:
    """Return the shipped image and the process that serve `copies` as `site`.

    `Input.dest` of the copies is relative to the root of the site. `origin` is what made this a static site.
    """
    table = runtime_table("nginx")
    reasons.decide("nginx.version", table.default, catalogue("nginx.default"), "the stable line of the web server")
    reasons.decide("run.site", _described(site), origin, "static files are served by a web server of their own")
    reasons.decide("run.user", USER, rule("non-root"), "the user of the unprivileged web server image")
    reasons.decide("start", "nginx", rule("static site"), "the web server is the only process of a static site")
    reasons.decide("port", str(PORT), rule("static site"), "a port that needs no privilege; `$PORT` changes it")
    image = Run(
        runtime=Runtime("nginx", table.default),
        copies=copies,
        site=site,
        environment=(("PORT", str(PORT)),),
        user=USER,
    )
    return image, Process("web", argv=("nginx", "-g", "daemon off;"), port=PORT)


def _described(site: Site) -> str:
    if site.fallback:
        return f"unknown paths answer with `{site.fallback}`"
    if site.not_found:
        return f"unknown paths answer 404 with `{site.not_found}`"
    return "unknown paths answer 404"


def configuration(site: Site) -> tuple[str, ...]:
    """Return the lines of the nginx server block, with `${PORT}` left for the entry point.

    Raises PlanError for a page or prefix whose name cannot stand in the file.
    """
    clean = " $uri.html" if site.clean_urls else ""
    last = f"/{_path(site.fallback)}" if site.fallback else "=404"
    lines = [
        "server {",
        "    listen ${PORT};",
        f"    root {ROOT};",
        "    server_tokens off;",
        "    absolute_redirect off;",
        "    gzip on;",
        f"    gzip_types {_COMPRESSED};",
        '    add_header Cache-Control "no-cache";',
        '    add_header X-Content-Type-Options "nosniff";',
    ]
    if site.directory_listing:
        lines.append("    autoindex on;")
    if site.password_file:
        lines += ['    auth_basic "restricted";', f"    auth_basic_user_file {ROOT}/{_path(site.password_file)};"]
    pages = dict(site.error_pages)
    if site.not_found and not site.fallback:
        pages.setdefault(404, site.not_found)
    lines += [f"    error_page {status} /{_path(page)};" for status, page in sorted(pages.items())]
    lines += ["", "    location / {", f"        try_files $uri{clean} $uri/ {last};", "    }"]
    for prefix in site.immutable:
        lines += [
            f"    location /{_path(prefix).strip('/')}/ {{",
            '        add_header Cache-Control "public, max-age=31536000, immutable";',
            '        add_header X-Content-Type-Options "nosniff";',
            "        try_files $uri =404;",
            "    }",
        ]
    lines += [r"    location ~ /\.(?!well-known/) {", "        return 404;", "    }", "}"]
    return tuple(lines)


def _path(path: str | None) -> str:
    if path is None or not _SAFE_PATH.fullmatch(path.lstrip("/")):
        raise PlanError(
            f"the page `{path}` has a name that cannot stand in a web server's configuration",
            hint="rename it to letters, digits, `-`, `_`, `.` and `/`",
        )
    return path.lstrip("/")
