"""What a request names: numbers, quoted strings, proper names, places, dates, addresses, a topic."""

from __future__ import annotations

import re

_QUOTE = re.compile(r"「([^」]+)」|“([^”]+)”|\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)|`([^`]+)`")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"https?://[^\s\"'<>]+[^\s\"'<>.,;)]")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]*\w@)")
_WORD = r"(?:[A-Z][\w'\u2019.-]*[\w]|[A-Z])"
_NAME = re.compile(rf"{_WORD}(?:(?:\s+|\s+(?:of|the|de|van|von)\s+){_WORD})*")
_PLACE = re.compile(rf"\b(?:in|at|near|from|to|for|around)\s+((?:the\s+)?{_NAME.pattern}(?:,\s*[A-Z]{{2}}\b)?)")
_CALLED = re.compile(rf"\b(?:named|called|name is|I am|I'm|customer|person|user)\s+({_NAME.pattern})")
_CODE = re.compile(r"(?<![\w.-])(?=[\w-]*\d)[A-Za-z\d][\w-]*(?![\w-])")
_TOPIC = re.compile(
    r"\b(?:about|regarding|on the topic of|on the subject of)\s+(?:an?\s+|the\s+)?([^.,;:!?\n]+)", re.IGNORECASE
)
# A value ends with its sentence; a dot within a word ends nothing.
_VALUE = r"[^\s,;\"'`?!.](?:[^,;\n\"'`?!.]|\.(?=\S))*"
_NEXT_PAIR = re.compile(r"\s+and\s+(?=[\w ]{1,30}(?::|=))")
_CLAUSE = re.compile(r"\s+(?:and|but|who|which|that|with|from|on|at|in|for|because|so|then|of|please)\s")
PLACES = frozenset({"location", "city", "place", "country", "town", "region", "address", "destination", "state"})
"""Words in the names of fields that want a place."""
_SPOKEN = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_NOT_NAMES = frozenset(
    re.findall(
        r"\S+",
        """
    I What Who When Where Why How Which Is Are Was Were Do Does Did Can Could Will Would Should Tell
    Give Please Hello Hi Hey The A An In On At For Use Using Create Make Find Search Get Show Call
    Book Send Add Multiply Write Generate Translate Summarize Compare And Or But If My Your It This
    That There Extract Return Answer Question Query Set Also Then What's It's I'm Let Compute
    Calculate Plan Schedule List Explain Look Check Turn Order Remind Subtract Divide
    """,
    )
)


def quotes(text: str) -> list[str]:
    """What stands in quotation marks of any kind."""
    return [next(filter(None, match.groups())) for match in _QUOTE.finditer(text)]


def emails(text: str) -> list[str]:
    """E-mail addresses."""
    return _EMAIL.findall(text)


def urls(text: str) -> list[str]:
    """Web addresses."""
    return _URL.findall(text)


def codes(text: str) -> list[str]:
    """Words with a digit in them, such as `ord_17`, those of more than digits first; dates are none."""
    plain = _DATE.sub(" ", text)
    return sorted(_CODE.findall(plain), key=str.isdecimal)


def dates(text: str) -> list[str]:
    """Dates in ISO form."""
    return _DATE.findall(text)


def numbers(text: str) -> list[tuple[float, int]]:
    """Numbers in order, each with its place in the text; those in dates and addresses are not counted."""
    plain = text
    for pattern in (_URL, _EMAIL, _DATE):
        plain = pattern.sub(lambda match: " " * len(match.group()), plain)
    found: list[tuple[float, int]] = []
    for match in _NUMBER.finditer(plain):
        sign_is_operator = match.group().startswith("-") and re.search(r"[\d)]\s*$", plain[: match.start()])
        found.append((float(match.group().replace(",", "").lstrip("-" if sign_is_operator else "")), match.start()))
    spoken = re.finditer(r"\b[a-z]+\b", plain.lower())
    found += [(float(_SPOKEN[match.group()]), match.start()) for match in spoken if match.group() in _SPOKEN]
    return sorted(found, key=lambda item: item[1])


def names(text: str) -> list[str]:
    """Runs of capitalized words, without those that only begin a sentence."""
    found: list[str] = []
    for match in _NAME.finditer(text):
        words = match.group().split()
        while words and words[0] in _NOT_NAMES:
            words = words[1:]
        if words:
            found.append(" ".join(words).removesuffix("'s"))
    return list(dict.fromkeys(found))


def called(text: str) -> list[str]:
    """Names of persons and things that the text says are so called."""
    return [match.group(1) for match in _CALLED.finditer(text)]


def places(text: str) -> list[str]:
    """Names after a word such as `in` or `at`, and names joined to them by `and` or a comma."""
    found: list[str] = []
    for match in _PLACE.finditer(text):
        found.append(match.group(1))
        rest = text[match.end() :]
        while more := re.match(rf"\s*(?:,\s*and|,|and|or|&)\s+(?:in\s+|for\s+)?({_NAME.pattern})", rest):
            found.append(more.group(1))
            rest = rest[more.end() :]
    return list(dict.fromkeys(name for name in found if name.split()[0] not in _NOT_NAMES - {"The"}))


def topic(text: str) -> str | None:
    """What the text says it is about."""
    match = _TOPIC.search(text)
    return match.group(1).strip() if match else None


def after(word: str, text: str) -> str | None:
    """The name that follows a word: `after("from", "fly from Rome to Oslo")` is `Rome`."""
    match = re.search(rf"\b{re.escape(word)}\s+({_NAME.pattern})", text)
    return match.group(1) if match else None


def stated(name: str, text: str) -> str | None:
    """The value the text states for a field: `city: Paris`, `city = Paris`, `city is Paris`."""
    spoken = re.escape(name.replace("_", " "))
    either = rf"(?:{re.escape(name)}|{spoken})"
    match = re.search(rf"(?i:\b{either}\b)\s*(?P<sign>:|=|\bis\b|\bof\b)\s*[\"'`]?(?P<value>{_VALUE})", text)
    if not match:
        return None
    value = match["value"]
    cut = _NEXT_PAIR if match["sign"] in ":=" else _CLAUSE
    return cut.split(value)[0].strip()
