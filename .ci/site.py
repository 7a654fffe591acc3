"""Build the documentation's site in build/site from docs/ and the docstrings. It needs no network.

The pages are staged in build/pages first: those of docs/, one for each program and page outside of docs/ that they link to, and
one with the public names of each package. Then zensical makes the site, and llms.txt lists its pages for language models.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CONFIG = Path(__file__).with_name("zensical.toml")
PACKAGES = ("langchain_hatz", "llama_index_hatz", "hatz_client", "hatz_sandbox")
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)\s#]+)((?:#[^)\s]*)?)(?=\))")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_SCRIPT = re.compile(r"^<!-- sandbox\n.*?-->\n", re.MULTILINE | re.DOTALL)
_CODE = {".py": "python", ".toml": "toml", ".yml": "yaml"}


def build(folder: Path) -> int:
    """Build folder/site by way of folder/pages; the exit code is zensical's."""
    pages, site = folder / "pages", folder / "site"
    for old in (pages, site):
        shutil.rmtree(old, ignore_errors=True)
    stage(pages)
    config = folder / CONFIG.name
    config.write_text(CONFIG.read_text("utf-8").replace("ROOT", ROOT.as_posix()), encoding="utf-8")
    zensical = Path(sys.executable).with_name("zensical")
    # strict: a link that leads nowhere is an error
    command = [zensical, "build", "--config-file", config, "--clean", "--strict"]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "NO_COLOR": "1"}, check=False)
    if done.returncode == 0:
        (site / "llms.txt").write_text(llms_txt(pages), encoding="utf-8")
        for page in pages.rglob("*.md"):  # what llms.txt links to
            shutil.copy(page, site / page.relative_to(pages))
    return done.returncode


def stage(pages: Path) -> None:
    """Write all pages of the site into this folder."""
    shutil.copytree(DOCS, pages)
    (pages / "site.css").write_text(_CSS, encoding="utf-8")
    (pages / "reference").mkdir()
    for package in PACKAGES:
        (pages / "reference" / f"{package}.md").write_text(api_page(package), encoding="utf-8")
    waiting = [(page, DOCS / page.relative_to(pages)) for page in pages.rglob("*.md")]
    staged = {source.resolve(): page for page, source in waiting}
    while waiting:  # a page that is staged because of a link has links of its own
        page, source = waiting.pop()
        text = _SCRIPT.sub("", page.read_text("utf-8"))
        for target in _outside(text, source):
            if target not in staged:
                name = "index" if target.stem == "README" else target.stem
                staged[target] = pages / "repository" / target.relative_to(ROOT).with_name(f"{name}.md")
                staged[target].parent.mkdir(parents=True, exist_ok=True)
                staged[target].write_text(_as_page(target), encoding="utf-8")
                waiting.append((staged[target], target))
        page.write_text(_rewrite_links(text, page, source, staged), encoding="utf-8")


def _outside(text: str, source: Path) -> Iterator[Path]:
    """The files outside of docs/ that a page links to."""
    for link, _ in _LINK.findall(_FENCED.sub("", text)):
        target = (source.parent / link).resolve()
        if target.is_file() and not target.is_relative_to(DOCS):
            yield target


def _rewrite_links(text: str, page: Path, source: Path, staged: dict[Path, Path]) -> str:
    def link(found: re.Match[str]) -> str:
        target = staged.get((source.parent / found[1]).resolve())
        return relpath(target, page.parent) + found[2] if target else found[0]

    return _LINK.sub(link, text)


def _as_page(source: Path) -> str:
    text = source.read_text("utf-8")
    if source.suffix == ".md":
        return text
    code = text if source.suffix != ".ipynb" else "(A notebook: open it with Jupyter.)\n"
    return f"# {source.relative_to(ROOT).as_posix()}\n\n```{_CODE.get(source.suffix, 'text')}\n{code}```\n"


def api_page(package: str) -> str:
    """The page with all public names of a package, as mkdocstrings reads it."""
    names = [name for name in importlib.import_module(package).__all__ if not name.startswith("__")]
    return "\n\n".join([f"# {package}", *(f"::: {package}.{name}" for name in sorted(names, key=str.lower))]) + "\n"


def navigation() -> Iterator[tuple[str, list[str]]]:
    """Each part of the site with its pages, in their order."""
    for part in tomllib.loads(CONFIG.read_text("utf-8"))["project"]["nav"]:
        yield from part.items()


def llms_txt(pages: Path) -> str:
    """An index of the pages for language models: https://llmstxt.org."""
    lines = ["# hatz-integrations", "", "> Every model and agent of Hatz AI in LangChain and LlamaIndex.", ""]
    for title, names in navigation():
        lines += [f"## {title}", ""]
        for name in names:
            heading, about = _summary((pages / name).read_text("utf-8"))
            lines.append(f"- [{heading}]({name}){f': {about}' if about else ''}")
        lines.append("")
    return "\n".join(lines)


def _summary(text: str) -> tuple[str, str]:
    """A page's title and its first sentence."""
    heading, _, rest = text.partition("\n")
    paragraph = next((part for part in rest.split("\n\n") if re.match(r"\s*[A-Z`]", part)), "")
    sentence = re.split(r"(?<=[.:]) ", " ".join(paragraph.split()))[0].rstrip(":")
    return heading.lstrip("# "), re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", sentence)


_CSS = """\
/* In a first column names stay whole, and signatures break at their spaces. */
.md-typeset td:first-child code { word-break: normal; overflow-wrap: normal; }
/* Names of tests in the fifth column of the tables of features. */
.md-typeset td:nth-child(5):last-child:has(code) { min-width: 9rem; }
"""


if __name__ == "__main__":
    (ROOT / "build").mkdir(exist_ok=True)
    sys.exit(build(ROOT / "build"))
