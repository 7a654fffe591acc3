"""Build the documentation's site in build/site from docs/ and the docstrings. It needs no network.

The pages are staged in build/pages first: those of docs/, one for each program and page outside of docs/ that they link to, and
one with the public names of each package. Then zensical makes the site, and llms.txt lists its pages for language models.
"""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = ROOT / "build" / "pages"
SITE = ROOT / "build" / "site"
PACKAGES = ("langchain_hatz", "llama_index_hatz", "hatz_client", "hatz_sandbox")
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)\s#]+)((?:#[^)\s]*)?)(?=\))")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def main() -> int:
    """Build the site; the exit code is zensical's."""
    shutil.rmtree(ROOT / "build" / "pages", ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    stage()
    zensical = Path(sys.executable).parent / "zensical"
    done = subprocess.run([str(zensical), "build", "--clean", "--strict"], cwd=ROOT, check=False)
    if done.returncode == 0:
        (SITE / "llms.txt").write_text(llms_txt(), encoding="utf-8")
        for page in PAGES.rglob("*.md"):  # what llms.txt links to
            shutil.copy(page, SITE / page.relative_to(PAGES))
    return done.returncode


def stage() -> None:
    """Write all pages of the site into build/pages."""
    shutil.copytree(DOCS, PAGES)
    (PAGES / "site.css").write_text(_CSS, encoding="utf-8")
    (PAGES / "reference").mkdir(exist_ok=True)
    for package in PACKAGES:
        (PAGES / "reference" / f"{package}.md").write_text(api_page(package), encoding="utf-8")
    waiting = [(page, DOCS / page.relative_to(PAGES)) for page in PAGES.rglob("*.md")]
    staged = {source.resolve(): page for page, source in waiting}
    while waiting:  # a page that is staged because of a link has links of its own
        page, source = waiting.pop()
        text = page.read_text("utf-8")
        for target in _outside(text, source):
            if target not in staged:
                staged[target] = PAGES / "repository" / target.relative_to(ROOT).with_suffix(".md")
                staged[target].parent.mkdir(parents=True, exist_ok=True)
                staged[target].write_text(_as_page(target), encoding="utf-8")
                waiting.append((staged[target], target))
        page.write_text(_relinked(text, page, source, staged), encoding="utf-8")


def _outside(text: str, source: Path) -> Iterator[Path]:
    """The files outside of docs/ that a page links to."""
    for link, _ in _LINK.findall(_FENCED.sub("", text)):
        target = (source.parent / link).resolve()
        if target.suffix in _KINDS and target.is_file() and not target.is_relative_to(DOCS):
            yield target


def _relinked(text: str, page: Path, source: Path, staged: dict[Path, Path]) -> str:
    def link(found: re.Match[str]) -> str:
        target = staged.get((source.parent / found[1]).resolve())
        return relpath(target, page.parent) + found[2] if target else found[0]

    return _LINK.sub(link, text)


_KINDS = {".md": "", ".py": "python", ".toml": "toml", ".yml": "yaml", ".yaml": "yaml", ".ipynb": ""}


def _as_page(source: Path) -> str:
    text = source.read_text("utf-8")
    if source.suffix == ".md":
        return text
    return f"# {source.relative_to(ROOT)}\n\n```{_KINDS[source.suffix]}\n{text}```\n"


def api_page(package: str) -> str:
    """The page with all public names of a package, as mkdocstrings reads it."""
    module = importlib.import_module(package)
    names = sorted(set(public_names(module)), key=str.lower)
    return "\n\n".join([f"# {package}", *(f"::: {package}.{name}" for name in names)]) + "\n"


def public_names(module: Any) -> list[str]:
    """The names that a package offers."""
    return [name for name in module.__all__ if not name.startswith("__")]


def navigation() -> Iterator[tuple[str, list[str]]]:
    """Each part of the site with its pages, in their order."""
    for part in tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]:
        for title, pages in part.items():
            yield title, [page if isinstance(page, str) else next(iter(page.values())) for page in pages]


def llms_txt() -> str:
    """An index of the pages for language models: https://llmstxt.org."""
    lines = ["# hatz-integrations", "", "> Every model and agent of Hatz AI in LangChain and LlamaIndex.", ""]
    for title, pages in navigation():
        lines += [f"## {title}", ""]
        for name in pages:
            heading, about = _heading((PAGES / name).read_text("utf-8"))
            lines.append(f"- [{heading}]({name}){f': {about}' if about else ''}")
        lines.append("")
    return "\n".join(lines)


def _heading(text: str) -> tuple[str, str]:
    """A page's title and its first sentence."""
    head, _, rest = text.partition("\n")
    paragraph = next((part for part in rest.split("\n\n") if re.match(r"\s*[A-Z`]", part)), "")
    sentence = re.split(r"(?<=[.:]) ", " ".join(paragraph.split()))[0].rstrip(":")
    return head.lstrip("# "), re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", sentence)


_CSS = """\
.md-typeset table:not([class]) td, .md-typeset table:not([class]) th { min-width: 0; }
.md-typeset img { background: #fff; }
"""


if __name__ == "__main__":
    sys.exit(main())
