from __future__ import annotations

import pytest
from static_trees import PAGE, copied, decision, diagnostics, planned

from buildplan.errors import FileError, PlanError
from buildplan.model.origin import Origin


def test_the_root_of_the_staticfile_is_the_site() -> None:
    plan = planned({"Staticfile": "root: web", "web/index.html": PAGE, "index.html": PAGE})
    assert copied(plan) == ["web/"]
    assert str(decision(plan, "static.root").origin) == "Staticfile:1 root"


def test_an_empty_staticfile_serves_the_whole_tree() -> None:
    plan = planned({"Staticfile": "", "a.txt": "", "b/c.txt": ""})
    assert copied(plan) == ["a.txt", "b/"]


@pytest.mark.parametrize("text", ["directory: on", "directory: visible", "directory: 'true'", "directory: yes"])
def test_a_directory_listing_is_switched_on(text: str) -> None:
    plan = planned({"Staticfile": text, "index.html": PAGE})
    assert plan.run is not None
    assert plan.run.site is not None
    assert plan.run.site.directory_listing is True


@pytest.mark.parametrize("text", ["index_fallback: true", "pushstate: enabled"])
def test_a_single_page_app_is_asked_for(text: str) -> None:
    plan = planned({"Staticfile": text, "index.html": PAGE, "404.html": "x"})
    assert plan.run is not None
    assert plan.run.site is not None
    assert plan.run.site.fallback == "index.html"


def test_error_pages_are_paths_of_the_site() -> None:
    plan = planned(
        {"Staticfile": "status_code:\n  404: /oops.html\n  500: 50x.html\n", "index.html": PAGE, "oops.html": ""}
    )
    assert plan.run is not None
    assert plan.run.site is not None
    assert plan.run.site.error_pages == ((404, "oops.html"),)
    missing = diagnostics(plan, "BP651")[0]
    assert missing.text == "the page `50x.html` for status 500 is not in the site's folder `.`"
    assert missing.origin == Origin("Staticfile", 3, "status_code.500")


def test_the_password_file_goes_where_it_is_never_served() -> None:
    plan = planned({"Staticfile.auth": "me:$apr1$x", "index.html": PAGE})
    assert plan.run is not None
    assert plan.run.site is not None
    assert plan.run.site.password_file == ".htpasswd"  # noqa: S105  # the name of a file
    assert [(item.path, item.dest) for item in plan.run.copies] == [
        ("index.html", None),
        ("Staticfile.auth", ".htpasswd"),
    ]


def test_an_unknown_key_names_the_nearest_one() -> None:
    found = diagnostics(planned({"Staticfile": "rot: web\nforce_https: true\n", "index.html": PAGE}), "BP651")
    assert [item.text for item in found] == ["`rot` is not understood", "`force_https` is not understood"]
    assert found[0].fix == "did you mean `root`?"


def test_gzip_that_is_off_is_reported() -> None:
    assert diagnostics(planned({"Staticfile": "gzip: off", "index.html": PAGE}), "BP651")[0].severity == "info"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a", "it is not a table of keys and values"),
        ("root: [a]", "`root` is a list; expected a text"),
        ("directory: maybe", "`directory` is a text; expected `on` or `off`"),
        ("status_code: 404", "`status_code` is a number; expected a table"),
        ("status_code:\n  99: /x.html", "expected a status from 300 to 599"),
        ("status_code:\n  404: [x]", "expected a status from 300 to 599"),
        ("root: ../secrets", "`../secrets` is not a path inside the tree"),
        ("status_code:\n  404: '../../x\"'", "is not a path inside the tree"),
        ("root: [", "it is not YAML"),
    ],
)
def test_a_wrong_staticfile_is_an_error_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(FileError) as caught:
        planned({"Staticfile": text, "index.html": PAGE})
    assert problem in caught.value.problem
    assert caught.value.origin is not None
    assert caught.value.origin.path == "Staticfile"


def test_a_root_that_is_not_there_is_an_error() -> None:
    with pytest.raises(PlanError, match="there is no folder `web`"):
        planned({"Staticfile": "root: web", "index.html": PAGE})
