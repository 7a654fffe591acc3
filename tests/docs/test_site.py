"""The documentation's site: every page and public name is there, every link leads somewhere, nothing comes from elsewhere.

Where Chromium is installed, each page is opened in it, wide and narrow, dark and light, and the search is followed.
"""

import importlib.util
import re
import shutil
import threading
from functools import cache, partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

from .programs import ROOT

pytest.importorskip("zensical", reason="`make site` installs zensical")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MADE = importlib.util.spec_from_file_location("site_builder", ROOT / ".ci" / "site.py")
builder = importlib.util.module_from_spec(MADE)
MADE.loader.exec_module(builder)
NAVIGATION = [page.replace(".md", ".html") for _, pages in builder.navigation() for page in pages]


class Page(HTMLParser):
    """The ids of a page, what it links to, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in {"script", "img", "source", "iframe"} and given.get("src"):
            self.loads.append(given["src"])
        if tag == "link" and given.get("rel") in {"stylesheet", "icon", "preload"}:
            self.loads.append(given["href"])


read = cache(Page)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    assert builder.build(folder) == 0
    return folder / "site"


def test_each_page_is_in_the_navigation(site):
    made = {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"404.html"}
    beside = {name for name in made if name.startswith("repository/")}
    assert made - beside == {name for name in NAVIGATION if not name.startswith("repository/")}
    assert set(NAVIGATION) - made == set()


def test_each_link_leads_somewhere(site):
    broken = []
    for path in site.rglob("*.html"):
        for link in read(path).links + read(path).loads:
            to = urlsplit(link)
            if to.scheme or path.name == "404.html":
                continue
            target = (path.parent / unquote(to.path)).resolve() if to.path else path
            target = target / "index.html" if target.is_dir() else target
            there = target.is_file() and (not to.fragment or unquote(to.fragment) in read(target).ids)
            broken += [] if there or (target.suffix != ".html" and target.is_file()) else [f"{path.name}: {link}"]
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site):
    loaded = {link for path in site.rglob("*.html") for link in read(path).loads if urlsplit(link).netloc}
    assert loaded == set()
    assert "@import url(http" not in "".join(path.read_text("utf-8") for path in site.rglob("*.css"))


@pytest.mark.parametrize("package", builder.PACKAGES)
def test_every_public_name_is_explained(site, package):
    page = site / "reference" / f"{package}.html"
    public = {f"{package}.{name}" for name in importlib.import_module(package).__all__ if not name.startswith("__")}
    assert public - read(page).ids == set()


def test_a_name_in_angle_brackets_is_no_html(site):
    assert "agent-&lt;id&gt;" in (site / "settings.html").read_text("utf-8")


def test_llms_txt_lists_every_page_as_markdown(site):
    links = re.findall(r"^- \[.+?\]\((\S+?)\)", (site / "llms.txt").read_text("utf-8"), re.MULTILINE)
    assert [link.replace(".md", ".html") for link in links] == NAVIGATION
    assert [link for link in links if not (site / link).is_file()] == []


@pytest.fixture(scope="module")
def address(site):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    if not BROWSER:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="`make site` installs playwright")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")])
def test_each_page_opens_in_a_browser(address, browser, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith((address, "data:")) else problems.append(sent.url))
    page.on("response", lambda got: problems.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    for name in NAVIGATION:
        page.goto(address + name)
        assert page.locator("h1").first.is_visible()
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"{name} is wider than a screen of {width} pixels"
        assert page.evaluate("getComputedStyle(document.body).colorScheme") == scheme
    context.close()
    assert problems == []


def test_the_search_finds_a_page_and_leads_to_it(address, browser):
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("button", name="Search").first.click()
    page.locator("input:focus").fill("stream_idle_timeout")
    page.locator("a[href*='?h=stream_idle_timeout']").first.click()
    page.wait_for_url("**/*h=stream_idle_timeout*")
    assert "stream_idle_timeout" in page.locator("article").inner_text()
    page.close()
