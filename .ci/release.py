"""Print the release notes of a tag such as v0.1.0: its section of CHANGELOG.md. Fails if the tag and the files disagree."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def versions(root: Path = ROOT) -> dict[str, str]:
    """Where the version is written, and what is written there."""
    module = (root / "shared" / "hatz_client" / "version.py").read_text("utf-8")
    citation = (root / "CITATION.cff").read_text("utf-8")
    found = {
        "shared/hatz_client/version.py": re.findall(r'__version__ = "(.+)"', module)[0],
        "CITATION.cff": re.findall(r"^version: (.+)$", citation, re.MULTILINE)[0],
    }
    for path in sorted((root / "distributions").glob("*/pyproject.toml")):
        project = tomllib.loads(path.read_text("utf-8"))["project"]
        name = f"distributions/{path.parent.name}/pyproject.toml"
        found[name] = project["version"]
        found[f"{name} (dependency)"] = project["dependencies"][0].partition("==")[2]
    return found


def notes(version: str, root: Path = ROOT) -> str:
    """This version's section of the changelog, without its heading.

    Raises:
        ValueError: if it has none, or one without a date.
    """
    text = (root / "CHANGELOG.md").read_text("utf-8")
    section = re.search(rf"^## \[{re.escape(version)}\] \S (.+)\n((?:(?!## ).*\n?)*)", text, re.MULTILINE)
    if section is None:
        raise ValueError(f"CHANGELOG.md has no section for {version}.")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", section[1]):
        raise ValueError(f"CHANGELOG.md has no date for {version}, but {section[1]!r}.")
    return section[2].strip()


def main(tag: str, root: Path = ROOT) -> int:
    """Print the notes, or what is wrong; the exit code."""
    version = tag.removeprefix("v")
    problems = [f"{place} says {found}." for place, found in versions(root).items() if found != version]
    try:
        text = notes(version, root)
    except ValueError as error:
        problems.append(str(error))
    if problems:
        print(f"{tag} cannot be released:", *problems, sep="\n  ", file=sys.stderr)
        return 1
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
