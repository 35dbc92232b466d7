"""A Crystal app as a container test, with Debian's compiler where the official image cannot be had."""

from __future__ import annotations

from container_case import Case
from stand_ins import LOCK

IMAGE = "crystallang/crystal:1.21"
# What the engine has no stand-in for, so that the test makes one; an image that is there is left alone.
FROM = r"FROM debian:trixie-slim\nRUN apt-get update && apt-get install -y --no-install-recommends"
PACKAGES = "crystal shards git gcc libc6-dev libssl-dev libyaml-dev zlib1g-dev"
STAND_IN = (
    f'[ -x "$ENGINE/base-images" ] || exit 0; docker image inspect {IMAGE} >/dev/null 2>&1 && exit 0; '
    f'flock {LOCK} "$ENGINE/base-images" debian:trixie-slim '
    f"&& printf '{FROM} {PACKAGES}' | docker build --network host --tag {IMAGE} -"
)
CASES = (Case("crystal-http-server", "src/server.cr", prepare=(STAND_IN,)),)
