"""The notebooks run from top to bottom on the sandbox, and print what is stored in them.

`python -m pytest tests/examples/test_notebooks.py --write-docs` stores it.
"""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples" / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def execute(notebook, folder):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HATZ_")}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", record_timing=False)
    client.execute(env={**clean, "IPYTHONDIR": str(folder)})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if "TqdmWarning" not in str(output)]  # no ipywidgets here
            assert not [output for output in cell.outputs if output.get("name") == "stderr"]
    return notebook


def printed(notebook):
    for cell in notebook.cells:
        yield "".join(output.get("text") or output["data"]["text/plain"] for output in cell.get("outputs", ()))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_runs_and_prints_what_is_stored(path, request, tmp_path):
    stored = nbformat.read(path, as_version=4)
    fresh = execute(nbformat.read(path, as_version=4), tmp_path)
    if request.config.getoption("--write-docs"):
        nbformat.write(fresh, path)
    else:
        assert list(printed(fresh)) == list(printed(stored))
