"""Private modules: which of the required ones `GOPRIVATE` names, and how their host is asked with a token.

The token is a secret that the build mounts; git gets it for the one command, and nothing of it stays.

Sources, checked 2026-11-24:
- GOPRIVATE, GONOPROXY: https://go.dev/ref/mod#private-modules
- git's configuration in variables: https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides

    from .modules import Workspace

DEFAULT_SECRET = "GIT_TOKEN"  # noqa: S105  # the name of a secret
# Names under which platforms hold such a token.
_SECRETS = ("GIT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "BITBUCKET_TOKEN", "GO_MODULES_TOKEN")
_VARIABLES = ("GOPRIVATE", "GONOPROXY")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?\.[a-z]{2,20}")
# What has to be known when modules are fetched, beside the token.
FETCH_VARIABLES = ("GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOPROXY", "GOSUMDB", "GOINSECURE", "GOFLAGS")


class Access(NamedTuple):
    """The hosts that are asked with the secret, and why."""

    secret: str
    hosts: tuple[str, ...]
    origin: Origin

    def command(self, command: str) -> str:
        """Return the command with git told to use the token."""
        words = [f"GIT_CONFIG_COUNT={len(self.hosts)}"]
        for number, host in enumerate(self.hosts):
            words.append(f'GIT_CONFIG_KEY_{number}="url.https://oauth2:${self.secret}@{host}/.insteadOf"')
            words.append(f"GIT_CONFIG_VALUE_{number}=https://{host}/")
        return f"export {' '.join(words)} && {command}"


def access(workspace: Workspace | None, overrides: Overrides, reasons: Reasons) -> Access | None:
    """Return how private modules are fetched, or None when no required module is private."""
    asked = next((overrides.variables[name] for name in _VARIABLES if name in overrides.variables), None)
    if workspace is None or asked is None:
        return None
    own = {module.path for module in workspace.all_modules}
    required = [item.path for module in workspace.modules for item in module.requirements if item.path not in own]
    patterns = [pattern.strip() for pattern in asked.value.split(",") if pattern.strip()]
    private = [path for path in required if any(_names(pattern, path) for pattern in patterns)]
    hosts = tuple(dict.fromkeys(path.partition("/")[0] for path in private))
    hosts = tuple(host for host in hosts if _HOST.fullmatch(host))
    if not hosts:
        return None
    given = {item.value for item in overrides.secrets}
    secret = next((name for name in _SECRETS if name in given), DEFAULT_SECRET)
    text = f"`{private[0]}` is private, so the build needs the secret `{secret}`"
    fix = f"build with `--secret id={secret},env={secret}`; it is a token that may read {', '.join(hosts)}"
    reasons.report(Diagnostic("BP623", "info", text, asked.origin, fix))
    return Access(secret, hosts, asked.origin)


def _names(pattern: str, path: str) -> bool:
    """Return whether a pattern of GOPRIVATE (`github.com/acme/*`, `*.corp.example`) names a module."""
    parts = path.split("/")
    count = pattern.count("/") + 1
    return fnmatch.fnmatchcase("/".join(parts[:count]), pattern)
