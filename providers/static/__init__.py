"""Static sites: plain files, finished single-page apps, and generators that do not need JavaScript."""

from __future__ import annotations

from buildplan.contract import Provider

from .detect import detect
from .plan import plan

PROVIDER = Provider(
    name="static",
    title="Static site",
    detect=detect,
    plan=plan,
    start_help="add an `index.html`, or name the folder of the site with the option `static.root`",
)
