"""Values for a named field, found in a text: numbers, quoted words, names, places, dates, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable

from hatz_sandbox.answerer.words import word_set

_QUOTE = re.compile(r"「([^「」]+)」|“([^“”]+)”|„([^„“]+)“|\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)|`([^`]+)`")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"https?://[^\s\"'<>]+[^\s\"'<>.,;)]")
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?(?!\w)")
_CODE = re.compile(r"(?<![\w.-])(?=[\w-]*\d)[A-Za-z\d][\w-]*(?![\w-])")
_WORD = r"(?:[A-Z][\w'\u2019.-]*\w|[A-Z])"
_NAME = rf"{_WORD}(?:\s+(?:(?:of|the|de|van|von)\s+)?{_WORD})*"
_CALLED = re.compile(rf"\b(?:named|called|name is|I am|I'm|customer|person|user)\s+({_NAME})")
_PLACE = re.compile(
    rf"\b(?:in|at|near|from|to|for|around)\s+({_NAME}(?:,\s*[A-Z]{{2}}\b)?)((?:(?:\s*,\s*|\s+)(?:and|or)\s+{_NAME})*)"
)
_TOPIC = re.compile(r"\b(?:about|regarding|on the topic of)\s+(?:an?\s+|the\s+)?([^.,;:!?\n]+)", re.IGNORECASE)
# A value ends with its sentence; a dot within a word ends nothing.
_VALUE = r"[^\s,;\"'`?!.](?:[^,;\n\"'`?!.]|\.(?=\S))*"
_NEXT_PAIR = re.compile(r"(?<!\s)\s++and\s++(?=[\w ]{1,30}(?::|=))")
_CLAUSE = re.compile(r"(?<!\s)\s++(?:and|but|who|which|that|with|from|on|at|in|for|because|so|then|of|please)\s")
_NUMBER_WORDS = {
    word: float(number)
    for number, word in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2)
}
_NO_NAMES = word_set("no_names")
PLACES = word_set("places")


def numbers(text: str) -> list[tuple[float, int]]:
    """The numbers in order, each with its position; without those in dates, URLs and email addresses."""
    plain = re.sub("|".join(one.pattern for one in (_URL, _EMAIL, DATE)), lambda match: " " * len(match[0]), text)
    found = []
    for match in _NUMBER.finditer(plain):
        minus = bool(re.search(r"[\d)]\s*$", plain[max(match.start() - 5, 0) : match.start()])) and match[0][0] == "-"
        found.append((float(match[0].replace(",", "").lstrip("-" if minus else "")), match.start()))
    spelled = re.finditer(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b", plain.lower())
    return sorted([*found, *((_NUMBER_WORDS[match[0]], match.start()) for match in spelled)], key=lambda item: item[1])


def names(text: str) -> list[str]:
    """Capitalized words that follow one another, without words that only begin a sentence."""
    found: list[str] = []
    for match in re.finditer(_NAME, text):
        words = match.group().split()
        while words and words[0] in _NO_NAMES:
            words = words[1:]
        if words:
            found.append(" ".join(words).removesuffix("'s"))
    return list(dict.fromkeys(found))


def places(text: str) -> list[str]:
    """Names after a word such as `in` or `at`, and names joined to them by `and`."""
    found: list[str] = []
    for match in _PLACE.finditer(text):
        found += [match[1], *re.findall(_NAME, match[2])]
    return list(dict.fromkeys(name for name in found if name.split()[0] not in _NO_NAMES - {"The"}))


def find_statement(field: str, text: str) -> str | None:
    """The value that the text states for a field: `city: Paris`, `city = Paris`, `city is Paris`."""
    either = rf"(?:{re.escape(field)}|{re.escape(field.replace('_', ' '))})"
    match = re.search(rf"(?i:\b{either}\b)\s*(?P<sign>:|=|\bis\b|\bof\b)\s*[\"'`]?(?P<value>{_VALUE})", text)
    if not match:
        return None
    return (_NEXT_PAIR if match["sign"] in ":=" else _CLAUSE).split(match["value"])[0].strip()


def candidates(field: str, text: str) -> list[str]:
    """The strings of a text that fit a field of this name, the likeliest first."""
    words = split(field)
    stated = find_statement(field, text)
    for names_of_fields, find in _FINDERS:
        if words & {*names_of_fields.split()} and (found := find(text)):
            break
    else:
        found = [*_find_quotes(text), *names(text)]
    return [stated, *found] if stated else found


def split(field: str) -> set[str]:
    """The words of a field's name, also in the singular."""
    words = set(re.findall(r"[a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", field).lower()))
    return words | {word.removesuffix("s") for word in words}


def _find_quotes(text: str) -> list[str]:
    return [next(filter(None, match.groups())) for match in _QUOTE.finditer(text)]


def _codes(text: str) -> list[str]:
    return sorted(_CODE.findall(DATE.sub(" ", text)), key=str.isdecimal)


def _people(text: str) -> list[str]:
    found = names(text)
    people = [name for name in found if name not in places(text)]
    # `Ada` is a likelier name than `USD`.
    return [*_find_quotes(text), *_CALLED.findall(text), *sorted([*people, *found], key=str.isupper)]


_FINDERS: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("email mail", _EMAIL.findall),
    ("url uri link", _URL.findall),
    (
        "question query input text prompt message content request search task body note",
        lambda text: [*(() if len(numbers(text)) > 1 else _find_quotes(text)), text],
    ),
    ("topic subject theme keyword keywords", lambda text: [*_TOPIC.findall(text), *_find_quotes(text), *names(text)]),
    ("from origin source departure", re.compile(rf"\bfrom\s+({_NAME})").findall),
    ("to target destination arrival", re.compile(rf"\bto\s+({_NAME})").findall),
    (
        "id identifier code number reference ref sku ticket order",
        lambda text: [*_codes(text), *_find_quotes(text), *names(text)],
    ),
    (" ".join(PLACES), lambda text: [*places(text), *_find_quotes(text), *names(text)]),
    ("name person customer user author title recipient attendee employee", _people),
)
"""Words of field names, and the function that finds values for such a field; the first that finds any is used."""
