"""A text cut into sentences, as Markdown and hard-wrapped prose are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])[\"')\]*_]*\s+|(?<=[\u3002\uff01\uff1f])")
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:e\.g|i\.e|cf|etc|vs|Dr|Mr|Mrs|Ms|Prof|St|No|approx|[A-Z])\.\s*$")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_HEADING = re.compile(r"\s*#{1,6}\s")
_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,3}[.)])\s+(?=\S)")
_ANSWER = re.compile(r"\s*(?:Response|Answer)(?: \d+)?:\s+(?=\S)")
_ROW = re.compile(r"\s*\|.*\|\s*$")
_RULE = re.compile(r"[\s|:=*_-]*$")
# What frameworks put before a passage; nobody asks for it.
_LABEL = re.compile(
    r"\s*(?:page_label|file_(?:path|name|type|size)|header_path|(?:creation|last_\w+)_date|Source\b[^.!?]*$|Document\b.{0,20}$)"
)
_PAIR = re.compile(r"[\w .-]{1,40}:\s+\S")
_SHORT = 40
"""Characters of a line that was not broken because it was full."""


@dataclass(frozen=True)
class Sentence:
    """A sentence, and where in the text it stands."""

    text: str
    start: int
    end: int
    heading: str = ""
    kind: str = "prose"
    """`prose`, `row` of a table, or `code`."""


@dataclass(frozen=True)
class _Line:
    text: str
    start: int


def sentences(text: str) -> list[Sentence]:
    """The sentences of the text in order, without headings, rules and labels; rows of a table read `a: b; c`."""
    found: list[Sentence] = []
    for lines, heading, code in _blocks(text):
        start, end = lines[0].start, lines[-1].start + len(lines[-1].text)
        if code:
            found += _whole(text, start, end, heading)
        else:
            found += _cut(text, start, end, heading)
    return found


def _blocks(text: str) -> Iterator[tuple[list[_Line], str, bool]]:
    """Runs of lines that belong together, each with the heading above it and whether it is code or a row."""
    held: list[_Line] = []
    heading, fenced = "", False
    lines = list(_lines(text))
    for line, follows in zip(lines, [*lines[1:], _Line("", 0)], strict=False):
        kind = _kind(line.text, fenced=fenced)
        if held and (kind != "prose" or _ends(held[-1].text, line.text)):
            yield held, heading, False
            held = []
        if kind == "fence":
            fenced = not fenced
        elif kind == "heading":
            heading = line.text.strip().lstrip("#").strip()
        elif kind == "prose":
            held.append(line)
        elif kind == "code" or (kind == "row" and not _is_table_rule(follows.text)):
            yield [line], heading, True
    if held:
        yield held, heading, False


def _kind(line: str, *, fenced: bool) -> str:
    if _FENCE.match(line):
        return "fence"
    if _RULE.match(line) or (not fenced and _LABEL.match(line)):
        return "nothing"
    if fenced:
        return "code"
    if _HEADING.match(line):
        return "heading"
    return "row" if _ROW.match(line) else "prose"


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for raw in text.splitlines(keepends=True):
        yield _Line(raw.rstrip("\r\n"), at)
        at += len(raw)


def _is_table_rule(line: str) -> bool:
    return "|" in line and "-" in line and bool(_RULE.match(line))


def _ends(before: str, line: str) -> bool:
    """Whether a line of prose begins something new: as an item, as a pair, or after a short line."""
    if _ITEM.match(line) or _ANSWER.match(line):
        return True
    if _PAIR.match(line) and _PAIR.match(before):
        return True
    short = len(before.strip()) < _SHORT and before.rstrip()[-1:] not in {",", ";", "(", "-"}
    return short and line.lstrip()[:1].isupper()


def _whole(text: str, start: int, end: int, heading: str) -> list[Sentence]:
    raw = text[start:end]
    cells = [cell.strip() for cell in raw.strip().strip("|").split("|")] if _ROW.match(raw) else [raw.strip()]
    said = f"{cells[0]}: {'; '.join(cells[1:])}" if len(cells) > 1 else cells[0]
    begin = start + len(raw) - len(raw.lstrip())
    return [Sentence(said, begin, start + len(raw.rstrip()), heading, "row" if len(cells) > 1 else "code")]


def _cut(text: str, start: int, end: int, heading: str) -> list[Sentence]:
    item = _ITEM.match(text, start, end) or _ANSWER.match(text, start, end)
    at = item.end() if item else start
    found: list[Sentence] = []
    for gap in [*_END.finditer(text, at, end), None]:
        stop = gap.start() if gap else end
        if gap and _ABBREVIATED.search(text, at, gap.end()):
            continue
        raw = text[at:stop] if not gap else text[at : gap.end()]
        clean = raw.strip()
        if clean:
            begin = at + raw.index(clean)
            found.append(Sentence(" ".join(clean.split()), begin, begin + len(clean), heading))
        at = gap.end() if gap else end
    return found
