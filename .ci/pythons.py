"""Print the path of each other Python on this machine that the project supports: of PATH, or of pyenv. One for each version."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def supported_versions() -> list[str]:
    """The versions that pyproject.toml names, such as "3.11"."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    return [
        found[1] for line in classifiers if (found := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line))
    ]


def find(version: str) -> str | None:
    """The path of this version's interpreter, if it runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for path in (shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python{version}")):
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(path)
    return None


def others() -> dict[str, str]:
    """The path of each interpreter but the running one's version."""
    own = "{}.{}".format(*sys.version_info)
    return {version: path for version in supported_versions() if version != own and (path := find(version))}


if __name__ == "__main__":
    print(*others().values(), sep="\n")
