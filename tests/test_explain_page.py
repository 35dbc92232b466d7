"""`explain --html`: in a real browser, with hostile trees, and without secrets."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import FIXTURE_NAMES, FIXTURES
from hypothesis import given, settings
from hypothesis import strategies as st
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

import buildplan
from buildplan.cli.main import main
from buildplan.errors import BuildplanError
from buildplan.model.secrets import HIDDEN
from buildplan.render import html, redact
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

DRIVER, BROWSER = shutil.which("chromedriver"), shutil.which("chromium")
APP = FIXTURES / "node-nixpacks-express"


def page_of(files: dict[str, str | bytes]) -> str:
    tree = SourceTree(MemoryBackend(files))
    return html.page(buildplan.plan(tree), tree)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    if DRIVER is None or BROWSER is None:
        pytest.skip("there is no Chromium on this machine")
    options = ChromeOptions()
    options.binary_location = BROWSER
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1400,800",
    ):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=ChromeService(DRIVER))
    yield chrome
    chrome.quit()


def opened(browser: Chrome, path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    browser.get(path.as_uri())


def line_of(browser: Chrome, begin: str) -> str:
    """Return the id of the Dockerfile's line that begins so."""
    for line in browser.find_elements(By.CSS_SELECTOR, ".line"):
        found = line.find_elements(By.CSS_SELECTOR, "a.code pre")
        if found and found[0].text.startswith(begin):
            return str(line.get_attribute("id"))
    raise AssertionError(begin)


def background(browser: Chrome, css: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, css).value_of_css_property("background-color")


@pytest.mark.parametrize("with_javascript", [True, False])
def test_a_click_on_a_line_shows_its_evidence_and_the_evidence_leads_back(
    browser: Chrome, tmp_path: Path, *, with_javascript: bool
) -> None:
    assert main(["explain", str(APP), "--html", str(tmp_path / "page.html")]) == 0
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not with_javascript})
    try:
        browser.get((tmp_path / "page.html").as_uri())
        line = line_of(browser, "FROM node:20-trixie-slim AS build")
        why = browser.find_element(By.CSS_SELECTOR, f"#{line} > .why")
        assert not why.is_displayed()
        browser.find_element(By.CSS_SELECTOR, f"#{line} a.code").click()
        assert why.is_displayed()
        assert "node.version = 20" in why.text
        assert 'nixPkgs = ["nodejs_20"]' in why.text
        origin = why.find_element(By.CSS_SELECTOR, "a.origin")
        evidence = str(origin.get_attribute("href")).partition("#")[2]
        row = browser.find_element(By.ID, evidence)
        assert "nodejs_20" in row.text
        plain = background(browser, f"#{evidence.partition('-')[0]}-3")
        assert background(browser, f"#{evidence}") != plain

        origin.click()
        assert browser.current_url.endswith(f"#{evidence}")
        assert row.is_displayed()
        assert background(browser, f"#{line}") == background(browser, f"#{evidence}") != plain
        row.find_element(By.CSS_SELECTOR, f'.back a[href="#{line}"]').click()
        assert browser.current_url.endswith(f"#{line}")
        assert browser.find_element(By.CSS_SELECTOR, f"#{line} > .why").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    log: list[dict[str, str]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in log if entry["level"] == "SEVERE"] == []


EVIL = "</pre></script><script>window.evil=1</script><img src=x onerror=window.evil=1>\"'onclick=window.evil=1 {{7*7}}"


def test_text_of_strangers_is_never_markup(browser: Chrome, tmp_path: Path) -> None:
    start = f'node server.js "{EVIL.replace(chr(34), "")}"'
    manifest = {
        "package.json": json.dumps(
            {"dependencies": {"express": "1"}, "scripts": {"start": start}, "x": EVIL}, indent=1
        ),
        "server.js": "",
        "Procfile": f"web: {start}\n<script>: {EVIL}\n",
        "<img src=x onerror=window.evil=1>.html": EVIL,
        "buildplan.toml": f"[variables]\nGREETING = {json.dumps(EVIL)}\n",
    }
    opened(browser, tmp_path / "page.html", page_of(dict(manifest)))
    assert "onerror" in browser.page_source
    assert browser.execute_script("return window.evil === undefined")
    assert browser.find_elements(By.TAG_NAME, "img") == []
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 1
    assert "{{7*7}}" in str(browser.find_element(By.TAG_NAME, "main").get_attribute("textContent"))


class Tags(HTMLParser):
    """Counts what a page's markup is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def markup(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    return found


ANY = st.text(st.sampled_from("<>\"'&=/ {}%#`$a-\\\u202e\U0001f600"), max_size=30)


@given(ANY, ANY, ANY)
@settings(max_examples=60, deadline=None)
def test_no_text_adds_a_tag_or_an_attribute(script: str, value: str, name: str) -> None:
    plain = markup(page_of({"package.json": '{"scripts": {"start": "node a.js"}}', "a.js": "", "b.toml": ""}))
    manifest = json.dumps({"scripts": {"start": f"node a.js {script}", "build": value}, name: value}, indent=1)
    try:
        page = page_of(
            {"package.json": manifest, "a.js": "", name.replace("/", "") or "x": "", "Procfile": f"web: {value}"}
        )
    except BuildplanError:
        return
    found = markup(page)
    assert found.tags <= plain.tags | {"br", "blockquote"}
    assert found.attributes <= plain.attributes
    assert page.count("<script>") == 1


def test_characters_that_cannot_be_seen_are_shown_by_their_number() -> None:
    page = page_of({"package.json": '{"scripts": {"start": "node a.js \u202e"}}', "a.js": ""})
    assert "\u202e" not in page
    assert "\\u202e" in page


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    tree = SourceTree(MemoryBackend({path.name: path.read_bytes() for path in APP.iterdir() if path.is_file()}))
    page = html.page(buildplan.plan(tree), tree)
    assert page == html.page(buildplan.plan(tree), tree)
    assert not re.search(r"(?:src|href)=\"(?!#)|@import|url\(|<link", page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_every_line_of_every_dockerfile_is_on_its_page_and_no_link_leads_nowhere(name: str) -> None:
    tree = buildplan.open_source(FIXTURES / name)
    plan = buildplan.plan(tree)
    page = html.page(plan, tree)
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
    assert set(re.findall(r"body:has\(#([\w-]+):target\)", page)) <= ids
    reasons = page.count('<a class="code"')
    assert reasons >= sum(1 for line in plan.dockerfile().split("\n") if re.match(r"[A-Z]+ ", line))


SECRET = "hunter2-Zq81x"  # noqa: S105  # invented


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", f"PORT=1\nAPI={SECRET}\n# OLD={SECRET}\nKEY='a\n{SECRET}'\n"),
        ("prod.env", f"export X={SECRET}"),
        (".env.local", f"x: {SECRET}"),
        (".npmrc", f'//registry.corp/:_authToken={SECRET}\n//r/:_password = "{SECRET}"'),
        ("pip.conf", f"index-url = https://me:{SECRET}@host/simple"),
        ("config.yml", f"database_password: {SECRET}\nsecret_key: '{SECRET}'"),
        ("package.json", f'{{"config": {{"apiToken": "{SECRET}"}}}}'),
        ("a.txt", f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----"),
    ],
)
def test_values_of_secrets_are_not_shown(path: str, text: str) -> None:
    lines = redact.shown(path, text)
    assert len(lines) == text.count("\n") + 1
    assert SECRET not in "\n".join(lines)
    assert HIDDEN in "\n".join(lines)


def test_no_value_of_a_secret_is_on_the_page() -> None:
    page = page_of(
        {
            "package.json": json.dumps({"scripts": {"start": "node a.js"}, "apiToken": SECRET}, indent=1),
            "a.js": "",
            ".env": f"DATABASE_URL=postgres://me:{SECRET}@host/db\nANYTHING={SECRET}\n",
            ".npmrc": f"//registry.corp/:_authToken={SECRET}\n",
            "buildplan.toml": f'[variables]\nAPI_TOKEN = "{SECRET}"\nLOG_LEVEL = "info"\n',
        }
    )
    assert SECRET not in page
    assert all(f"<h3>{name}" in page for name in ("package.json", "buildplan.toml"))


def test_what_is_no_secret_is_shown_as_it_is() -> None:
    text = 'node = "24"\nnode_modules/a:\n"token-bucket": "^1.0.0"\nCACHE_KEY: abc\nFROM a AS b\n'
    assert redact.shown("a.toml", text) == tuple(text.split("\n"))


def test_a_long_file_is_shown_around_its_evidence() -> None:
    filler = "".join(f'"k{number}": {number},\n' for number in range(2000))
    page = page_of({"package.json": f'{{{filler}"scripts": {{"start": "node a.js"}}}}', "a.js": ""})
    assert "… 1995 lines …" in page
    assert "k1000" not in page


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_on_a_phone_a_tap_shows_the_reason_and_numbers_stand_beside_their_lines(phone: Chrome, tmp_path: Path) -> None:
    assert main(["explain", str(APP), "--html", str(tmp_path / "page.html")]) == 0
    phone.get((tmp_path / "page.html").as_uri())
    line = line_of(phone, "RUN --mount")
    phone.find_element(By.CSS_SELECTOR, f"#{line} a.code").click()
    why = phone.find_element(By.CSS_SELECTOR, f"#{line} > .why")
    assert why.is_displayed()
    place = phone.execute_script("return arguments[0].getBoundingClientRect().top", why)
    assert 0 <= place < 800
    tops = phone.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map(e => [e.dataset.n, e.getBoundingClientRect().top])",
        f"#{line} .l",
    )
    first = int(line.removeprefix("L"))
    assert [int(number) for number, _ in tops] == [first + index for index in range(len(tops))]
    assert [top for _, top in tops] == sorted({top for _, top in tops})
    heights = phone.execute_script(
        "return [...document.querySelectorAll('.w')].filter(e => e.textContent.startsWith('--mount')"
        " && e.textContent.length < 40).map(e => e.getClientRects().length)"
    )
    assert all(count == 1 for count in heights)
    assert phone.execute_script("return document.documentElement.scrollWidth") <= 390
