"""Whole answers as LlamaIndex's messages, what is beside them, and how they come back as history; without any wire."""

import json

import pytest
from llama_index.core.base.llms.types import (
    CacheControl,
    CachePoint,
    ChatMessage,
    CitationBlock,
    TextBlock,
    ToolCallBlock,
)

from hatz_client.content import (
    Citation,
    Finish,
    Opaque,
    Reasoning,
    Refusal,
    Reply,
    Text,
    ToolCall,
    Turn,
    Usage,
)
from llama_index_hatz._messages.answers import to_chat_message, to_chat_response
from llama_index_hatz._messages.convert import to_turns


def of(*messages):
    return to_turns(messages, "messages")


def again(answer):
    """The answer as history, after a stay in a store that keeps JSON."""
    (turn,) = of(ChatMessage.model_validate_json(answer.model_dump_json()))
    return turn.parts


class TestAnswers:
    def test_blocks_come_in_the_order_of_the_model(self):
        reply = Reply((Reasoning("hm"), Text("Five."), ToolCall("id7", "add", {"a": 2}), Text("And?")))
        assert [block.block_type for block in to_chat_message(reply).blocks] == [
            "thinking",
            "text",
            "tool_call",
            "text",
        ]

    def test_texts_with_nothing_between_are_one(self):
        reply = Reply((Text("The moon "), Opaque("messages", {"type": "server_tool_use"}), Text("is far.")))
        assert to_chat_message(reply).blocks == [TextBlock(text="The moon is far.")]

    @pytest.mark.parametrize("parts", [(), (Text(""),), (Reasoning("hm"),)])
    def test_no_words_are_empty_words(self, parts):
        assert to_chat_message(Reply(parts)).content == ""

    def test_a_call_needs_no_words(self):
        assert to_chat_message(Reply((ToolCall("id7", "add", {}),))).content is None

    def test_a_refusal_is_said(self):
        answer = to_chat_response(Reply((Refusal("I will not."),)))
        assert answer.message.content == "I will not."
        assert answer.additional_kwargs["refusal"] == "I will not."

    def test_an_encrypted_thought_is_kept(self):
        part = Reasoning("", {"messages": {"type": "redacted_thinking", "data": "D"}})
        answer = to_chat_message(Reply((part, Text("x"))))
        assert answer.blocks[0].content is None
        assert again(answer) == (part, Text("x"))

    def test_tokens_of_the_one_thought(self):
        reply = Reply((Reasoning("hm"), Text("x")), usage=Usage(1, 9, 10, reasoning=5))
        assert to_chat_message(reply).blocks[0].num_tokens == 5

    def test_tokens_of_many_thoughts_are_not_guessed(self):
        reply = Reply((Reasoning("a"), Reasoning("b")), usage=Usage(1, 9, 10, reasoning=5))
        assert [block.num_tokens for block in to_chat_message(reply).blocks[:2]] == [None, None]


class TestResidue:
    TRACE = Opaque("messages", {"type": "server_tool_use", "id": "s1", "input": {"query": "moon"}})
    FOUND = Opaque("messages", {"type": "web_search_tool_result", "content": [{"encrypted_content": "E"}]})
    CALL = ToolCallBlock(tool_call_id="id7", tool_name="add", tool_kwargs={})
    SOURCE = Citation(url="https://a.b", title="A", cited_text="far", residue={"messages": {"encrypted_index": "I"}})

    @pytest.mark.parametrize(
        "parts",
        [
            (Text("Let me look."), TRACE, FOUND, Text("It is "), Text("far", (SOURCE,)), Text(".")),
            (TRACE, ToolCall("id7", "add", {"a": 1})),
            (Text("one", residue={"responses": {"phase": "commentary"}}), ToolCall("id7", "add", {})),
            (ToolCall("id7", "add", {}, {"messages": {"cited": 1}}), Text("x")),
            (Refusal("no", {"responses": {"why": "rules"}}),),
            (Reasoning("hm", {"messages": {"signature": "S"}}), Refusal("no")),
        ],
    )
    def test_comes_back_whole(self, parts):
        assert again(to_chat_message(Reply(parts))) == parts

    @pytest.mark.parametrize(
        "parts",
        [
            (Text("x", residue={"responses": {"id": "msg_1", "status": "completed", "annotations": []}}),),
            (Text("a"), Text("b")),
            (ToolCall("id7", "add", {}, {"responses": {"id": "fc_1", "status": "completed"}}),),
            (Reasoning("hm", {"messages": {"signature": "S"}}), Text("x")),
        ],
    )
    def test_leaves_the_message_alone_when_nothing_needs_it(self, parts):
        assert to_chat_message(Reply(parts)).additional_kwargs == {}

    def test_an_edited_answer_goes_out_as_edited(self):
        answer = to_chat_message(Reply((Text("one"), self.TRACE)))
        answer.blocks = [TextBlock(text="something else")]
        assert again(answer) == (Text("something else"),)

    def test_a_shortened_answer_goes_out_without_what_stood_beside_it(self):
        answer = to_chat_message(Reply((Text("It is "), Text("far", (self.SOURCE,)), self.TRACE)))
        answer.blocks = [TextBlock(text="It")]
        assert again(answer) == (Text("It"),)
        answer.blocks = []
        assert of(answer) == ()

    def test_so_does_one_that_lost_its_call(self):
        answer = to_chat_message(Reply((self.TRACE, ToolCall("id7", "add", {}))))
        answer.blocks = []
        assert of(answer) == ()

    def test_and_one_whose_call_became_text(self):
        answer = to_chat_message(Reply((self.TRACE, ToolCall("id7", "add", {}))))
        answer.blocks = [TextBlock(text="removed")]
        assert again(answer) == (Text("removed"),)

    @pytest.mark.parametrize(
        "blocks",
        [
            [TextBlock(text="one"), CALL, TextBlock(text="two"), CALL],
            [TextBlock(text="onetwo"), CALL],
            [CALL, TextBlock(text="one"), TextBlock(text="two")],
        ],
        ids=["a call more", "a text moved", "a call moved"],
    )
    def test_so_does_one_whose_blocks_changed(self, blocks):
        answer = to_chat_message(Reply((Text("one"), ToolCall("id7", "add", {}), Text("two"), self.TRACE)))
        assert again(answer)[-1] == self.TRACE
        answer.blocks = blocks
        assert [type(part) for part in again(answer)] == [
            Text if isinstance(block, TextBlock) else ToolCall for block in blocks
        ]

    def test_a_cache_point_behind_it_is_kept(self):
        answer = to_chat_message(Reply((self.TRACE, Text("far", (self.SOURCE,)))))
        answer.blocks.append(CachePoint(cache_control=CacheControl(type="ephemeral")))
        (turn,) = of(answer)
        assert turn.parts[0] == self.TRACE
        assert turn.parts[1].residue["messages"]["cache_control"]["type"] == "ephemeral"

    @pytest.mark.parametrize("additional", [{"cache_control": {}}, {"cache_control": 1}, {"tool_calls": 1}], ids=str)
    def test_odd_values_beside_an_answer_do_no_harm(self, additional):
        odd = ChatMessage(role="assistant", content="one", additional_kwargs=additional)
        assert of(odd) == (Turn("assistant", (Text("one"),)),)

    def test_a_text_of_the_same_length_keeps_its_layout(self):
        answer = to_chat_message(Reply((self.TRACE, Text("key=1234"))))
        answer.blocks = [TextBlock(text="key=****")]
        assert again(answer) == (self.TRACE, Text("key=****"))

    def test_a_broken_layout_does_no_harm(self):
        for layout in ("x", [1], [{"text": 3}, {"part": "ToolCall"}], [{"part": "Media"}], [{}]):
            odd = ChatMessage(role="assistant", content="one", additional_kwargs={"hatz": layout})
            assert of(odd) == (Turn("assistant", (Text("one"),)),)

    def test_citations_are_blocks_after_their_text(self):
        reply = Reply((Text("It is "), Text("far", (self.SOURCE,)), ToolCall("id7", "add", {})))
        blocks = to_chat_message(reply).blocks
        assert [block.block_type for block in blocks] == ["text", "citation", "tool_call"]
        assert isinstance(blocks[1], CitationBlock)
        assert to_chat_response(reply).additional_kwargs["citations"] == [
            {"url": "https://a.b", "title": "A", "cited_text": "far"}
        ]


class TestBookkeeping:
    REPLY = Reply(
        (Text("x"),),
        finish=Finish("length", "max_tokens"),
        usage=Usage(
            123, 45, 168, cache_read=100, cache_write=3, reasoning=7, raw={"input_tokens": 20, "output_tokens": 45}
        ),
        id="msg_1",
        model="claude",
        request_id="req_1",
        endpoint="messages",
        residue={"messages": {"stop_sequence": "END"}},
    )

    def test_usage_has_one_vocabulary(self):
        expected = {
            "prompt_tokens": 123,
            "completion_tokens": 45,
            "total_tokens": 168,
            "prompt_tokens_details": {"cached_tokens": 100, "cache_creation_tokens": 3},
            "completion_tokens_details": {"reasoning_tokens": 7},
        }
        answer = to_chat_response(self.REPLY)
        assert answer.raw["usage"] == expected
        assert {key: answer.additional_kwargs[key] for key in expected} == expected

    def test_ids_and_reasons_are_beside_the_answer_not_in_the_message(self):
        answer = to_chat_response(self.REPLY)
        assert answer.message.additional_kwargs == {}
        for name, value in {
            "finish_reason": "length",
            "stop_reason": "max_tokens",
            "response_id": "msg_1",
            "request_id": "req_1",
            "model": "claude",
        }.items():
            assert answer.additional_kwargs[name] == value

    def test_raw_is_plain_json_with_the_rest_of_the_body(self):
        raw = to_chat_response(self.REPLY).raw
        assert json.loads(json.dumps(raw))["stop_sequence"] == "END"

    def test_unknown_usage_is_left_out_so_that_it_is_estimated(self):
        reply = Reply((Text("x"),), residue={"responses": {"usage": {"input_tokens": 0}}})
        answer = to_chat_response(reply)
        assert "usage" not in answer.raw
        assert "reported_usage" not in answer.raw
        assert "prompt_tokens" not in answer.additional_kwargs

    def test_server_tools_leave_their_traces(self):
        reply = Reply((TestResidue.TRACE, Text("x")))
        assert to_chat_response(reply).additional_kwargs["built_in_tool_calls"] == [TestResidue.TRACE.block]
