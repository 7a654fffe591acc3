"""Images that OpenAI's own tool drew: blocks of the answer, and in the next request the service's own item."""

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock

from hatz_client.content import Opaque, Reply, Text, ToolCall
from llama_index_hatz._messages.answers import to_chat_message
from llama_index_hatz._messages.convert import to_turns

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DRAWN = Opaque(
    "responses",
    {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": PNG, "output_format": "webp"},
)
FAILED = Opaque("responses", {"type": "image_generation_call", "id": "ig_2", "status": "failed", "result": None})
SEARCHED = Opaque("responses", {"type": "web_search_call", "id": "ws_1", "status": "completed"})


def again(message, endpoint="responses"):
    """The parts of the message as history, after a stay in a store that keeps JSON."""
    (turn,) = to_turns([ChatMessage.model_validate_json(message.model_dump_json())], endpoint)
    return turn.parts


def test_an_image_is_a_block():
    message = to_chat_message(Reply((DRAWN, Text("Here."))))
    image, text = message.blocks
    assert text == TextBlock(text="Here.")
    assert isinstance(image, ImageBlock)
    assert (image.image, image.image_mimetype) == (PNG.encode(), "image/webp")
    assert message.content == "Here."


def test_an_image_alone_needs_no_words():
    (image,) = to_chat_message(Reply((DRAWN,))).blocks
    assert isinstance(image, ImageBlock)


def test_an_image_between_texts_divides_no_text():
    message = to_chat_message(Reply((Text("The moon "), DRAWN, Text("is far."))))
    assert message.content == "The moon is far."
    assert [block.block_type for block in message.blocks] == ["text", "image"]


def test_calls_without_an_image_are_no_blocks():
    assert to_chat_message(Reply((FAILED, SEARCHED, Text("x")))).blocks == [TextBlock(text="x")]


@pytest.mark.parametrize(
    "parts",
    [
        (DRAWN,),
        (DRAWN, Text("Here.")),
        (Text("The moon "), DRAWN, Text("is far.")),
        (Text("One "), DRAWN, DRAWN, SEARCHED, Text("two."), ToolCall("c", "f", {}), FAILED),
    ],
)
def test_the_service_gets_its_own_item_back(parts):
    assert again(to_chat_message(Reply(parts))) == parts


def test_an_image_that_was_taken_out_does_not_take_the_rest_with_it():
    message = to_chat_message(Reply((DRAWN, Text("Here."))))
    message.blocks = [block for block in message.blocks if not isinstance(block, ImageBlock)]
    assert again(message) == (DRAWN, Text("Here."))


def test_a_partial_answer_has_none_yet():
    assert to_chat_message(Reply((DRAWN, Text("Here."))), complete=False).blocks == [TextBlock(text="Here.")]
