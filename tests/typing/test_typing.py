"""What type checkers make of the public interface."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mypy():
    api = pytest.importorskip("mypy.api")

    def check(*arguments):
        report, problems, status = api.run([*map(str, arguments)])
        assert status == 0, report + problems

    return check


@pytest.mark.timeout(300)
def test_the_types_that_users_see(mypy):
    mypy(
        "--config-file",
        ROOT / "pyproject.toml",
        "--follow-imports=silent",
        Path(__file__).parent / "structured_output.py",
    )


@pytest.mark.timeout(300)
def test_the_programs_of_the_readme_and_the_first_pages_have_no_type_errors(mypy, tmp_path):
    for page in (ROOT / "README.md", *sorted((ROOT / "docs" / "start").glob("*.md"))):
        for number, program in enumerate(
            re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        ):
            (tmp_path / f"{page.stem.replace('-', '_')}_{number}.py").write_text(program, "utf-8")
    mypy(
        "--config-file=",
        "--ignore-missing-imports",
        "--follow-imports=silent",
        "--cache-dir",
        tmp_path,
        *tmp_path.glob("*.py"),
    )
