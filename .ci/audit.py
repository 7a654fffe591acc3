"""Run pip-audit on the pinned packages if the package index offers advisories; else print why it was skipped.

Only a known vulnerability fails the check: not a machine without a network, and not an index without advisories.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pip
from pip._internal.models.index import PyPI  # the address stands here, and pip-audit asks there too

ROOT = Path(__file__).parents[1]
IGNORED: dict[str, str] = {}
"""Advisories that do not concern this project, and why: {"PYSEC-2031-1": "reads no such files"}."""


def problem_with_index(index: str = PyPI.pypi_url, seconds: float = 5.0) -> str | None:
    """Why this index cannot be asked for advisories, as pip-audit asks: of one version of a package; None when it can."""
    try:
        with urllib.request.urlopen(f"{index}/pip/{pip.__version__}/json", timeout=seconds) as response:  # noqa: S310 (pip's own address)
            about = json.load(response)
    except (OSError, ValueError) as error:
        return f"the package index returns no advisories ({error or type(error).__name__})"
    if not isinstance(about, Mapping) or "vulnerabilities" not in about:
        return "the package index has no advisories"
    return None


def verdict(report: Mapping[str, Any]) -> tuple[int, list[str]]:
    """The exit code for pip-audit's report, and the lines to print: each vulnerability with its package and the version that fixes it."""
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, {_fix(vulnerability)}"
        for package in report["dependencies"]
        for vulnerability in package.get("vulns", ())
        if not IGNORED.keys() & {vulnerability["id"], *vulnerability.get("aliases", ())}
    ]
    asked = sum("vulns" in package for package in report["dependencies"])
    if found:
        return 1, [*found, f"audit: {len(found)} known vulnerabilities in {asked} packages."]
    if not asked:
        return 0, ["audit: skipped, because the package index knows none of the packages."]
    return 0, [f"audit: no known vulnerabilities in {asked} packages."]


def _fix(vulnerability: Mapping[str, Any]) -> str:
    versions = vulnerability.get("fix_versions")
    return f"fixed in {', '.join(versions)}" if versions else "not fixed in any version yet"


def main() -> int:
    """Run the check and print its result."""
    python = [sys.executable, "-m"]
    install = [*python, "pip", "install", "--quiet", "--disable-pip-version-check"]
    ask = [*python, "pip_audit", "--requirement", "constraints.txt", "--no-deps", "--disable-pip", "--format", "json"]
    install += ["--constraint", "constraints.txt", "--group", "audit"]
    why = problem_with_index()
    try:
        if why is None:
            subprocess.run(install, cwd=ROOT, check=True, timeout=300)
            asked = [*ask, "--progress-spinner", "off"]
            done = subprocess.run(asked, cwd=ROOT, check=False, timeout=300, capture_output=True, text=True)
            code, lines = verdict(json.loads(done.stdout))
            print(*lines, sep="\n")
            return code
    except (ValueError, subprocess.SubprocessError) as error:
        why = f"pip-audit did not get through ({type(error).__name__})"
    print(f"audit: skipped, because {why}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
