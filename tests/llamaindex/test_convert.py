"""Messages as turns of a conversation, without any wire."""

import copy

import pytest
from llama_index.core.base.llms.types import (
    CacheControl,
    CachePoint,
    ChatMessage,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from pydantic import BaseModel

from hatz_client.content import (
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from hatz_client.errors import HatzInvalidInputError
from llama_index_hatz._messages.convert import to_turns

CALL = ToolCallBlock(tool_call_id="id7", tool_name="add", tool_kwargs={"a": 2})
POINT = CachePoint(cache_control=CacheControl(type="ephemeral"))
MARK = {"messages": {"cache_control": {"type": "ephemeral"}}}


def of(*messages):
    return to_turns(messages, "messages")


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "expected"),
        [
            ("system", "system"),
            ("developer", "developer"),
            ("user", "user"),
            ("assistant", "assistant"),
            ("chatbot", "assistant"),
            ("model", "assistant"),
        ],
    )
    def test_every_role_has_its_place(self, role, expected):
        assert of(ChatMessage(role=role, content="x")) == (Turn(expected, (Text("x"),)),)

    @pytest.mark.parametrize("role", ["tool", "function"])
    def test_results(self, role):
        calling = ChatMessage(role="assistant", blocks=[CALL])
        result = ChatMessage(role=role, content="5", additional_kwargs={"tool_call_id": "id7"})
        assert of(calling, result)[1] == Turn("tool", (ToolResult("id7", (Text("5"),)),))

    def test_there_is_no_other_role(self):
        for role in MessageRole:
            assert of(ChatMessage(role=role, content="x"))


class TestResultsWithoutAnId:
    def test_after_no_call_are_the_users_words(self):
        said = ChatMessage(role="assistant", content="Action: add")
        observed = ChatMessage(role="tool", content="Observation: 5")
        assert of(said, observed)[1] == Turn("user", (Text("Observation: 5"),))

    def test_after_a_call_are_its_result(self):
        calling = ChatMessage(role="assistant", blocks=[CALL])
        assert of(calling, ChatMessage(role="tool", content="5"))[1].parts == (ToolResult("", (Text("5"),)),)


LEGACY = {"id": "id7", "type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}}


class Call(BaseModel):
    """An object of a service's SDK, as older integrations kept them."""

    type: str = "function_call"
    id: str = "fc_1"
    call_id: str = "id7"
    name: str = "add"
    arguments: str = '{"a": 2}'


OLDER = {
    "OpenAI": LEGACY,
    "OpenAI without arguments": {"id": "id7", "type": "function", "function": {"name": "add"}},
    "Anthropic": {"id": "id7", "name": "add", "input": {"a": 2}},
    "OpenAI Responses": Call(),
    "OpenAI Responses, from JSON": Call().model_dump(),
    "Bedrock": {"toolUseId": "id7", "name": "add", "input": {"a": 2}},
    "Bedrock, as sent": {"toolUse": {"toolUseId": "id7", "name": "add", "input": {"a": 2}}},
    "Google": {"id": "id7", "name": "add", "args": {"a": 2}, "thought_signature": b"x"},
    "LlamaIndex's selection": {"tool_id": "id7", "tool_name": "add", "tool_kwargs": {"a": 2}},
}


class TestOlderCalls:
    @pytest.mark.parametrize("call", OLDER.values(), ids=OLDER)
    def test_are_read(self, call):
        legacy = ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [call]})
        arguments = {} if call == OLDER["OpenAI without arguments"] else {"a": 2}
        assert of(legacy) == (Turn("assistant", (ToolCall("id7", "add", arguments),)),)

    def test_a_function_call_is_read(self):
        legacy = ChatMessage(
            role="assistant", additional_kwargs={"function_call": {"name": "add", "arguments": '{"a": 2}'}}
        )
        result = ChatMessage(role="function", content="5", additional_kwargs={"name": "add"})
        assert of(legacy, result) == (
            Turn("assistant", (ToolCall("", "add", {"a": 2}),)),
            Turn("tool", (ToolResult("", (Text("5"),)),)),
        )

    def test_are_not_read_twice(self):
        both = ChatMessage(role="assistant", blocks=[CALL], additional_kwargs={"tool_calls": [LEGACY]})
        assert len(of(both)[0].parts) == 1

    def test_nonsense_is_left_out(self):
        odd = ChatMessage(
            role="assistant", content="x", additional_kwargs={"tool_calls": [{"what": 1}, None, {"name": 5}]}
        )
        assert of(odd) == (Turn("assistant", (Text("x"),)),)


class TestCachePoints:
    def test_mark_what_is_before_them(self):
        one = ChatMessage(role="user", blocks=[TextBlock(text="long"), POINT, TextBlock(text="q")])
        assert of(one) == (Turn("user", (Text("long", residue=MARK), Text("q"))),)

    def test_in_the_system_prompt(self):
        one = ChatMessage(role="system", blocks=[TextBlock(text="rules"), POINT])
        assert of(one) == (Turn("system", (Text("rules", residue=MARK),)),)

    def test_alone_in_a_message_mark_the_message_before(self):
        assert of(ChatMessage(content="long"), ChatMessage(blocks=[POINT])) == (
            Turn("user", (Text("long", residue=MARK),)),
        )

    def test_first_of_all_mark_nothing(self):
        assert of(ChatMessage(blocks=[POINT, TextBlock(text="q")])) == (Turn("user", (Text("q"),)),)

    def test_mark_a_result(self):
        calling = ChatMessage(role="assistant", blocks=[CALL])
        result = ChatMessage(
            role="tool", blocks=[TextBlock(text="5"), POINT], additional_kwargs={"tool_call_id": "id7"}
        )
        assert of(calling, result)[1].parts == (ToolResult("id7", (Text("5"),), residue=MARK),)

    def test_never_a_thought(self):
        thinking = ChatMessage(role="assistant", blocks=[TextBlock(text="a"), ThinkingBlock(content="hm"), POINT])
        assert of(thinking)[0].parts == (Text("a", residue=MARK), Reasoning("hm"))

    def test_beside_a_message(self):
        one = ChatMessage(content="long", additional_kwargs={"cache_control": {"type": "ephemeral"}})
        assert of(one) == (Turn("user", (Text("long", residue=MARK),)),)

    def test_a_longer_life_is_said(self):
        point = CachePoint(cache_control=CacheControl(type="ephemeral", ttl="1h"))
        (turn,) = of(ChatMessage(blocks=[TextBlock(text="long"), point]))
        assert turn.parts[0].residue == {"messages": {"cache_control": {"type": "ephemeral", "ttl": "1h"}}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("hello", "'hello' is of type str,"),
        (None, "None is of type NoneType,"),
        (ChatMessage(content="hello"), r"ChatMessage\(role=.* is of type ChatMessage,"),
        ([{"role": "user", "content": "hello"}], r"\{'role': 'user', 'content': 'hello'\} is of type dict,"),
        ([None], "None is of type NoneType,"),
    ],
)
def test_what_is_no_conversation_is_named(given, said):
    with pytest.raises(HatzInvalidInputError, match=f"^{said} but a conversation is a list of ChatMessages"):
        to_turns(given, "messages")


def test_messages_are_left_as_they_are():
    given = [ChatMessage(blocks=[TextBlock(text="a"), POINT]), ChatMessage(role="assistant", blocks=[CALL])]
    before = copy.deepcopy(given)
    of(*given)
    assert given == before


def test_a_message_of_nothing_is_nothing():
    assert of(ChatMessage(role="assistant", blocks=[TextBlock(text="")])) == ()


def test_what_cannot_be_sent_is_named():
    from llama_index.core.base.llms.types import ImageBlock

    with pytest.raises(HatzInvalidInputError, match="ImageBlock"):
        of(ChatMessage(blocks=[ImageBlock()]))
