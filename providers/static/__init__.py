"""Static sites: plain files, finished single-page apps, and generators that do not need JavaScript."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="static",
    title="Static site",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    start_help="add an `index.html`, or name the folder of the site with the option `static.root`",
    aliases=("staticfile",),
    options={
        "fallback": "the page that answers unknown paths, for a single-page app",
        "root": "the folder to serve",
    },
)
