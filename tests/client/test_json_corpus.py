"""Every recorded request, body and event is the same JSON for msgspec and for Python's `json`."""

import json

from hatz_client.util.json_text import read_json, read_plain, to_json
from tests.harness.recorded import exchanges


def texts(row):
    """The body, and each of its lines without the name of its field."""
    yield row["body"]
    for line in row["body"].splitlines():
        yield line.removeprefix("data:").strip()


def test_each_is_read_and_written_alike():
    count = 0
    for row, _ in exchanges("responses", "messages", gold=False):
        assert json.loads(to_json(row["request"])) == row["request"]
        for text in texts(row):
            try:
                expected = json.loads(text)
            except ValueError:
                continue
            count += 1
            assert read_json(text) == read_json(text.encode()) == read_plain(text) == expected
    assert count > 10_000
