"""Texts that make a regular expression work hardest, made from the expression itself."""

import re
from collections.abc import Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

CHARACTERS = " \n\taA1_-.,:;/\\\"'`<>(){}[]#*+=@?!é。\0"
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_MANY = 5
"""A repetition that may match more often than this is one to try."""


def hardest(pattern: re.Pattern, size: int) -> Iterator[str | bytes]:
    """Texts of about this many characters: whatever the expression repeats, and what comes before it, many times.

    A text of one repeated piece that the expression almost matches is the classic attack: a nested or ambiguous repetition tries
    every way to divide it, and a search tries it again from every position.
    """
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else 0)
    texts = {text * (size // max(1, len(text)) + 1) for text in ("a", " ", "\n", "1", _shortest(tree) or "a")}
    for before, piece in set(_repetitions(tree, "")):
        many = piece * (size // len(piece))
        unit = before + piece
        texts |= {
            many,
            before + many,
            before + many + "\0",
            unit * (size // len(unit)),
            (unit + "\0") * (size // len(unit)),
        }
        if before:
            texts.add(before * (size // len(before)))
    for text in sorted(texts):
        yield text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


def _repetitions(nodes, before) -> Iterator[tuple[str, str]]:
    """Each thing that the expression repeats, with a shortest text before it."""
    for kind, value in nodes:
        if kind in _REPEATS:
            _, most, item = value
            if most > _MANY:
                yield from ((before, piece) for piece in _pieces(item))
            yield from _repetitions(item, before)
        for inner in _inner(kind, value):
            yield from _repetitions(inner, before)
        before += _shortest([(kind, value)])


def _inner(kind, value):
    match kind:
        case op.SUBPATTERN:
            return [value[-1]]
        case op.BRANCH:
            return value[1]
        case op.ASSERT | op.ASSERT_NOT:
            return [value[1]]
        case op.ATOMIC_GROUP:
            return [value]
    return []


def _pieces(item) -> list[str]:
    """Texts that a repeated item matches: of a single character every kind of it."""
    if len(item) == 1 and item[0][0] in (op.IN, op.ANY, op.NOT_LITERAL):
        return [one for one in CHARACTERS if _matches(item[0], one)]
    if len(item) == 1 and item[0][0] in (op.BRANCH, op.SUBPATTERN):
        return [piece for inner in _inner(*item[0]) for piece in _pieces(inner)]
    return [text] if (text := _shortest(item)) else []


def _shortest(nodes) -> str:
    text = ""
    for kind, value in nodes:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind in (op.IN, op.ANY, op.NOT_LITERAL):
            text += next((one for one in CHARACTERS[3:] + CHARACTERS if _matches((kind, value), one)), "a")
        elif kind in _REPEATS:
            text += _shortest(value[2]) * value[0]
        elif kind not in (op.ASSERT, op.ASSERT_NOT) and (inner := _inner(kind, value)):
            text += _shortest(inner[0])
    return text


def _matches(node, one: str) -> bool:
    kind, value = node
    match kind:
        case op.ANY:
            return one != "\n"
        case op.LITERAL:
            return one == chr(value)
        case op.NOT_LITERAL:
            return one != chr(value)
        case op.RANGE:
            return value[0] <= ord(one) <= value[1]
        case op.CATEGORY:
            return re.match(_CATEGORIES[value], one) is not None
        case op.IN:
            negated = value[0][0] is op.NEGATE
            return any(_matches(each, one) for each in value[negated:]) != negated
    return False


_CATEGORIES = {
    op.CATEGORY_SPACE: r"\s", op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
