"""What is expected of the fixtures `static-*`."""

from __future__ import annotations

from fixture_expectation import WEB_SERVER, Expected


def site(framework: str | None, why: str) -> Expected:
    return Expected("static", framework, "static", WEB_SERVER, why)


TABLE = {
    "static-404-page": site(None, "pages at the root"),
    "static-hugo": site("hugo", "the configuration of Hugo"),
    "static-jekyll": site("jekyll", "the configuration of Jekyll and a Gemfile that names it"),
    "static-mkdocs": site("mkdocs", "the configuration of MkDocs"),
    "static-plain-html": site(None, "pages at the root"),
    "static-public-folder": site(None, "pages in `public/`"),
    "static-spa-prebuilt": site(None, "a finished single-page app in `dist/`"),
    "static-sphinx": site("sphinx", "the configuration of Sphinx"),
    "static-staticfile": site(None, "a Staticfile names the folder"),
}
