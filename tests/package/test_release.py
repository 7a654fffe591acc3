"""What a release needs: one version everywhere, a dated section of the changelog, and complete metadata."""

import re
import runpy
import shutil
import tomllib

import pytest

from hatz_client import __version__

from .conftest import COMPANIONS, ROOT

RELEASE = runpy.run_path(str(ROOT / ".ci" / "release.py"))
PROJECTS = [ROOT, *(ROOT / "distributions" / name for name in COMPANIONS)]
SUFFIXES = {".py", ".md", ".yml", ".ipynb"}
NAMES = ("hatz-integrations", *COMPANIONS)


@pytest.fixture
def root(tmp_path):
    """A copy of the files that name the version."""
    for name in RELEASE["versions"]():
        path = tmp_path / name.removesuffix(" (dependency)")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name.removesuffix(" (dependency)"), path)
    changelog = f"# Changelog\n\n## [9.9.9] \N{EN DASH} unreleased\n\n- Next.\n\n## [{__version__}] \N{EN DASH} 2026-01-02\n\n### Added\n\n- A thing.\n"
    (tmp_path / "CHANGELOG.md").write_text(changelog, "utf-8")
    return tmp_path


def test_all_files_name_the_same_version():
    assert set(RELEASE["versions"]().values()) == {__version__}
    assert len(RELEASE["versions"]()) == 2 + 2 * len(COMPANIONS)


def test_the_notes_are_the_section(root, capsys):
    assert RELEASE["main"](f"v{__version__}", root) == 0
    assert capsys.readouterr().out == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ("v9.9.9", "CITATION.cff says"),
        ("v9.9.9", "no date for 9.9.9, but 'unreleased'"),
        ("v7.0.0", "no section for 7.0.0"),
    ],
)
def test_what_cannot_be_released_is_said(root, capsys, tag, problem):
    assert RELEASE["main"](tag, root) == 1
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("project", PROJECTS, ids=NAMES)
def test_the_metadata_are_complete(project):
    about = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert about["license"] == "MIT"
    assert (project / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert about["authors"]
    assert {"Homepage", "Documentation", "Issues", "Changelog"} <= about["urls"].keys()
    assert "Operating System :: OS Independent" in about["classifiers"]
    assert about["requires-python"] == ">=3.11"


@pytest.mark.parametrize("package", ["langchain_hatz", "llama_index_hatz", "hatz_sandbox", "hatz_client"])
def test_each_package_names_its_version_and_lists_all_names(package):
    module = pytest.importorskip(package)
    assert module.__version__ == __version__
    assert set(module.__all__) <= set(dir(module))
    assert all(getattr(module, name) is not None for name in module.__all__)


def test_the_middleware_is_among_langchains_names():
    module = pytest.importorskip("langchain_hatz")
    assert {"HatzPromptCachingMiddleware", "HatzInvalidToolCallMiddleware"} <= set(module.__all__)


def test_nothing_says_to_install_from_an_index_what_is_not_ours_there():
    """Anybody could register these names. When they are registered, this test goes."""
    folders = ("shared", "langchain_hatz", "llama_index_hatz", "docs", "distributions", "examples", ".github")
    pages = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    says = re.compile(rf"""(pip install|uv add|poetry add)\b[^\n]*["'\s]({"|".join(NAMES)})(?!\S* @)""")
    lines = [line for path in (*ROOT.glob("*.md"), *pages) for line in path.read_text("utf-8").splitlines()]
    assert [line for line in lines if says.search(line) and "in a clone of" not in line] == []
