"""What the tests of the Deno provider share: trees in memory, the plan and the claim of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from planned import of

from buildplan.language import registry, subfolder
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides

if TYPE_CHECKING:
    from buildplan.language.contract import Detection

PROVIDER = registry.named("deno", Origin("<test>"))
SERVER = 'Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, () => new Response("hi"));\n'
BOT = 'import { Bot } from "npm:grammy";\nconst bot = new Bot(Deno.env.get("TOKEN")!);\nbot.start();\n'


def configured(**keys: Any) -> str:
    """Return a deno.json with one key a line."""
    return "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in keys.items()) + "\n}\n"


def tasks(**named: Any) -> str:
    """Return a deno.json with these tasks; `_` in a name is `:`."""
    return configured(tasks={name.replace("_", ":"): value for name, value in named.items()})


def claim(files: dict[str, str]) -> Detection | None:
    """Return what the provider says of a tree."""
    return subfolder.detect(PROVIDER, of(files), Overrides())[0]
