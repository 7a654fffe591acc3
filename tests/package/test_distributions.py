"""All distributions: checked by the tools that package indexes trust, and installed and removed as users do."""

import itertools
import re
import runpy
import sys

import pytest

from .conftest import COMPANIONS, ROOT, Environment, build, run

pytestmark = [pytest.mark.installs, pytest.mark.timeout(600)]

PYTHONS = {"": sys.executable, **runpy.run_path(str(ROOT / ".ci" / "pythons.py"))["others"]()}
NEIGHBORS = ("langchain-openai", "llama-index-llms-openai")
ALL = ("hatz-integrations", *COMPANIONS)
PAGES = {
    "hatz-integrations[all]": (ROOT / "README.md", "langchain_hatz"),
    "hatz-integrations[langchain]": (ROOT / "docs" / "langchain.md", "langchain_hatz"),
    "hatz-integrations[llama-index]": (ROOT / "README.md", "llama_index_hatz"),
    "langchain-hatz": (ROOT / "distributions" / "langchain-hatz" / "README.md", "langchain_hatz"),
    "llama-index-llms-hatz": (ROOT / "distributions" / "llama-index-llms-hatz" / "README.md", "llama_index.llms.hatz"),
}


def first_program(page, package):
    programs = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    return next(program for program in programs if f"from {package} import" in program)


@pytest.mark.parametrize("tool", ["twine", "pyroma", "check-wheel-contents", "validate-pyproject"])
def test_tools_find_nothing(tool, built):
    wheels, sdists = sorted(built.glob("*.whl")), sorted(built.glob("*.tar.gz"))
    assert len(wheels) == len(sdists) == len(ALL)
    match tool:
        case "twine":
            run(sys.executable, "-m", "twine", "check", "--strict", *wheels, *sdists)
        case "pyroma":
            for sdist in sdists:
                assert "Final rating: 10/10" in run(sys.executable, "-m", "pyroma", "--min=10", sdist, cwd=built)
        case "check-wheel-contents":
            for wheel in wheels:  # a companion has no files: that is what W007 and W008 say
                ignored = [] if wheel.name.startswith("hatz_integrations") else ["--ignore=W007,W008"]
                run(sys.executable, "-m", "check_wheel_contents", *ignored, wheel, cwd=ROOT)
        case _:
            projects = (ROOT, *(ROOT / "distributions" / name for name in COMPANIONS))
            run(sys.executable, "-m", "validate_pyproject", *(project / "pyproject.toml" for project in projects))


def test_building_again_gives_the_same_bytes(built, tmp_path):
    build(tmp_path)
    for path in built.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


@pytest.fixture(scope="session")
def beside_neighbors(tmp_path_factory):
    """An environment with both frameworks and their OpenAI packages, and its files. The pins are for neither of these packages."""
    environment = Environment(tmp_path_factory.mktemp("neighbors") / "venv", constraints=())
    environment.install("langchain-core", "llama-index-core", "msgspec", "h11", *NEIGHBORS)
    environment.run("-c", "import langchain_openai, llama_index.llms.openai")
    return environment, environment.files()


@pytest.mark.parametrize("order", list(itertools.permutations(ALL)), ids="-".join)
def test_every_order_works_and_leaves_nothing(wheels, beside_neighbors, order):
    environment, before = beside_neighbors
    # A companion installed first brings the main distribution, which no index has yet: it is found beside the wheel.
    beside = ["--find-links", wheels["hatz-integrations"].parent]
    all_of_them = "import langchain_hatz, llama_index.llms.hatz, langchain_openai, llama_index.llms.openai"
    for name in order:
        environment.install(*beside, wheels[name])
    environment.run("-c", all_of_them)
    # Now the neighbors come last.
    environment.uv("uninstall", *NEIGHBORS)
    environment.install(*NEIGHBORS)
    environment.run("-c", all_of_them)
    environment.uv("uninstall", *order)
    assert environment.files() == before


@pytest.mark.parametrize("python", PYTHONS.values(), ids=[name or "own" for name in PYTHONS])
@pytest.mark.parametrize("name", PAGES)
def test_the_first_program_of_each_page_runs_from_the_wheel(wheels, folder, name, python):
    distribution, _, extra = name.partition("[")
    environment = Environment(folder, python)
    environment.install(
        "--find-links", wheels["hatz-integrations"].parent, f"{wheels[distribution]}{extra and f'[{extra}'}"
    )
    assert environment.run_program(first_program(*PAGES[name])).strip()


def test_pip_installs_it_too(wheel, folder):
    environment = Environment(folder).install("pip")
    environment.run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    assert environment.run("-m", "pip", "check").returncode == 0
