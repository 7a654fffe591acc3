"""Every Python program of README and docs runs, and prints what the page shows below it.

`make docs` writes the outputs.
"""

from importlib.util import find_spec
from itertools import groupby

import pytest

from .programs import PAGES, programs, with_outputs

ALL = [program for page in PAGES for program in programs(page)]
WITHOUT_OUTPUT = ("README.md",)
"""Pages that do not show what their programs print."""


def is_installed(module):
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package above it
        return False


@pytest.mark.filterwarnings(
    "ignore::pydantic.warnings.PydanticDeprecationWarning:inspect"
)  # LlamaIndex looks at all members
@pytest.mark.filterwarnings("ignore:.*`loads` is in beta")
@pytest.mark.parametrize("program", ALL, ids=str)
def test_runs_and_prints_what_is_shown(program, hatz_sandbox, request):
    if absent := sorted({name for name in program.modules if not is_installed(name)}):
        pytest.skip(f"{', '.join(absent)} is not installed: `make package` runs it")
    printed = program.run(hatz_sandbox)
    if request.config.getoption("--write-docs"):
        request.session.stash.setdefault(PRINTED, {})[program] = printed
    elif program.shown is not None or program.page.name not in WITHOUT_OUTPUT:
        assert printed == (program.shown or ""), "run: make docs"


PRINTED = pytest.StashKey()


@pytest.fixture(scope="module", autouse=True)
def written(request):
    """With --write-docs, write the outputs into the pages once all programs ran."""
    yield
    printed = request.session.stash.get(PRINTED, {})
    for page, group in groupby(ALL, key=lambda program: program.page):
        outputs = [printed.get(program, program.shown or "") for program in group]
        if printed and page.name not in WITHOUT_OUTPUT:
            page.write_text(with_outputs(page.read_text("utf-8"), outputs), encoding="utf-8")


def test_programs_are_found():
    assert len(ALL) > 60
