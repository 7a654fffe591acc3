"""JSON is read and written as Python's `json` does it, whatever msgspec makes of it."""

import datetime as dt
import decimal
import enum
import json
import math
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatz_client.errors import HatzInvalidInputError
from hatz_client.util import warn_once
from hatz_client.util.json_text import read_json, repair_json_value, to_json, to_json_text
from hatz_client.wire.common.answers.json_objects import only_object

HALVES = st.characters(categories=["Cs"])
TEXTS = st.text(st.characters() | HALVES | st.sampled_from('\x00\x1f\u2028"\\/'))
NUMBERS = (
    st.integers() | st.floats() | st.integers().map(lambda n: n * 10**30) | st.sampled_from([2**64, 1e16, 1e-7, -0.0])
)


class Word(enum.StrEnum):
    A = "a"


class Number(enum.IntEnum):
    ONE = 1


class Other(enum.Enum):
    A = "a"


NO_JSON = st.sampled_from(
    [
        b"ab", bytearray(b"a"), {1, 2}, frozenset({1}), object(), Other.A, uuid.UUID(int=1), decimal.Decimal("1.5"),
        dt.date(2026, 1, 1), dt.timedelta(1), 1j, range(3),
    ]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS | st.sampled_from([Word.A, Number.ONE]) | NO_JSON
# Of floats as keys msgspec writes 1e16 where `json` writes 1e+16.
KEYS = TEXTS | st.integers() | st.floats(0.001, 1000) | st.booleans() | st.none() | st.just(Word.A) | st.just((1, 2))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner, max_size=4),
)
MANGLED = st.tuples(st.sampled_from(["", " ", "\n", "\ufeff", "x", "{", ","]), st.integers(0, 8), st.booleans())


def by_json(value):
    """As `to_json` was before msgspec: by `json`, and if that refuses, with what it refuses repaired."""
    write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    try:
        return write(value).encode()
    except (TypeError, ValueError, RecursionError):
        return write(repair_json_value(value)).encode()


def outcome(function, *args):
    """What comes of it: a value, or an error."""
    try:
        return function(*args)
    except (ValueError, RecursionError, HatzInvalidInputError) as error:
        return HatzInvalidInputError, str(error) if isinstance(error, HatzInvalidInputError) else ""


def read(text):
    return repr(json.loads(text))  # NaN is not equal to itself; 1 is equal to 1.0 and True


@given(VALUES)
def test_any_value_is_written_as_json_writes_it(value):
    written, expected = outcome(to_json, value), outcome(by_json, value)
    if isinstance(expected, bytes):
        assert read(written) == read(expected)
    else:
        assert written == expected


@given(VALUES)
def test_text_in_a_request_keeps_its_surrogates(value):
    try:
        expected = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return
    assert read(to_json_text(value)) == read(expected)


@given(VALUES, MANGLED)
def test_any_text_is_read_as_json_reads_it(value, mangled):
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = repr(value)
    extra, place, before = mangled
    text = text[:place] + extra + text[place:] if before else text[: len(text) - place] + extra
    for form in (text, text.encode("utf-8", "surrogatepass")):
        assert repr(outcome(read_json, form)) == repr(outcome(json.loads, form))


@given(st.binary() | st.binary().map(lambda data: b'{"a":"' + data + b'"}'))
def test_any_bytes_are_read_as_json_reads_them(data):
    assert repr(outcome(read_json, data)) == repr(outcome(json.loads, data))


@pytest.mark.parametrize(
    "text",
    ['{"a":NaN}', '{"a":-Infinity}', '{"a":1e400}', '{"a":"\\ud83d"}', '{"a":' + "1" * 4000 + "}", '{"a":1,"a":2}'],
)
def test_what_msgspec_refuses_is_still_an_object(text):
    assert repr(only_object(text.encode())) == repr(json.loads(text))


def test_what_is_nested_too_deeply_is_no_object():
    assert only_object(b'{"a":' * 100_000 + b"1" + b"}" * 100_000) is None


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_not_becomes_null(number):
    assert to_json({"a": [number]}) == b'{"a":[null]}'


@pytest.mark.parametrize("write", [to_json, to_json_text])
def test_such_a_number_is_named_in_a_warning(write, caplog, monkeypatch):
    monkeypatch.setattr(warn_once, "_warned", set())
    write({"messages": [{"input": {"x": math.nan, "y": 1.5}}]})
    assert caplog.messages == [
        "$.messages[0].input.x is NaN or infinite, which JSON cannot express: null takes its place."
    ]


def test_a_number_with_too_many_digits_is_named():
    with pytest.raises(HatzInvalidInputError, match=r"\$\.a is a number with too many digits"):
        to_json({"a": 10**5000})
