"""A text written in pieces is the same as its pieces joined, whatever characters they hold or are cut through."""

from hypothesis import given
from hypothesis import strategies as st

from hatz_client.util.growing_text import GrowingText, encode

# "\ud83d" and "\ude00" are the halves of one character: JSON can hold either alone.
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("\ud83d\ude00é漢a")), max_size=8)


def written(pieces):
    text = GrowingText()
    for piece in pieces:
        text += encode(piece)
    return text


@given(st.lists(TEXTS))
def test_it_is_its_pieces_joined(pieces):
    text = written(pieces)
    assert str(text) == "".join(pieces)
    assert bool(text) == bool("".join(pieces))


@given(st.lists(TEXTS), TEXTS)
def test_what_it_begins_with_and_what_a_text_adds_to_it(pieces, other):
    joined, text = "".join(pieces), written(pieces)
    for whole in (other, joined + other, joined[:3]):
        assert text.begins_with(whole) == joined.startswith(whole)
        assert text.rest_of(whole) == (whole.removeprefix(joined) if whole.startswith(joined) else None)
