"""Every rule by which a prompt becomes the body of a Messages request."""

import base64
import logging

import pytest

from hatz_client.content import (
    Citation,
    Media,
    Opaque,
    Prompt,
    Reasoning,
    Refusal,
    ResponseFormat,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from hatz_client.errors import HatzError, HatzInvalidInputError, HatzResponseError, HatzUnsupportedError
from hatz_client.util import warn_once as notices
from hatz_client.wire import messages
from hatz_client.wire.endpoints import codec, endpoint_spec

CACHE = {"cache_control": {"type": "ephemeral"}}
CACHED = {"messages": CACHE}
SUM = Tool("sum", "Adds.", {"type": "object", "properties": {"a": {"type": "number"}}})
HI = Turn("user", (Text("hi"),))
PNG = "iVBORw0KGgoAAAANSUhEUg=="


def user(*parts):
    return Turn("user", parts)


def assistant(*parts):
    return Turn("assistant", parts)


def system(*parts):
    return Turn("system", parts)


def encoded(*turns, **fields):
    return messages.encode(Prompt("m", turns, **fields))


def content(*turns):
    """What the last turn's content is."""
    return encoded(*turns)["messages"][-1]["content"]


def roles(body):
    return [turn["role"] for turn in body["messages"]]


def test_the_module_is_the_codec():
    assert codec("messages") is messages
    assert endpoint_spec("messages").path == "/anthropic/messages"
    assert messages.COUNT_PATH == "/anthropic/messages/count_tokens"


def test_nothing_is_sent_that_was_not_asked_for_but_max_tokens():
    assert encoded(HI) == {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4096}


@pytest.mark.parametrize(
    ("model", "room"),
    [
        ("anthropic.claude-haiku-4-5", 64_000),
        ("haiku", 64_000),
        ("gpt-4o", 16_384),
        ("mistral.mixtral-8x7b-instruct-v0:1", 4096),
    ],
)
def test_an_answer_has_the_room_its_model_is_known_to_fill(model, room):
    assert messages.encode(Prompt(model, (HI,)))["max_tokens"] == room
    assert messages.encode(Prompt(model, (HI,), max_tokens=5))["max_tokens"] == 5


def test_a_history_whose_beginning_was_trimmed_begins_with_the_user():
    body = encoded(Turn("assistant", (Text("As I said."),)), HI)
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    "field",
    [
        "max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences", "metadata", "service_tier", "container",
    ],
)  # fmt: skip
def test_a_field_about_the_answer_is_not_counted(field):
    assert messages.encode(Prompt("m", (HI,), extra={field: 1}))[field] == 1
    assert field not in messages.encode_count(Prompt("m", (HI,), extra={field: 1}))


def test_what_is_set_is_sent_under_the_wires_names():
    body = messages.encode(
        Prompt(
            "m",
            (HI,),
            temperature=0.0,
            top_p=0.5,
            top_k=4,
            max_tokens=7,
            stop=("END", "STOP"),
            reasoning_effort="low",
            response_format=ResponseFormat({"type": "object"}),
        ),
        stream=True,
    )

    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 7,
        "temperature": 0.0,
        "top_p": 0.5,
        "top_k": 4,
        "stop_sequences": ["END", "STOP"],
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "stream": True,
    }


def test_extra_is_merged_in_last_and_deeply():
    body = encoded(
        HI,
        reasoning_effort="low",
        max_tokens=5,
        extra={"output_config": {"x": 1}, "max_tokens": 9, "cache_control": {"type": "ephemeral"}, "new": [1]},
    )

    assert body["output_config"] == {"effort": "low", "x": 1}
    assert body["max_tokens"] == 9
    assert body["cache_control"] == {"type": "ephemeral"}
    assert body["new"] == [1]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"tools_to_use": ("web",)}, "tools_to_use"),
        ({"auto_tool_selection": False}, "auto_tool_selection"),
        ({"file_uuids": ("f",)}, "file_uuids"),
        ({"model": "agent-1"}, "'agent-1'"),
        ({"model": "auto"}, "'auto'"),
    ],
)
def test_what_only_the_native_endpoint_has_is_refused(given, named):
    for encode in (messages.encode, messages.encode_count):
        with pytest.raises(HatzUnsupportedError, match=r'Messages endpoint .* endpoint="chat"') as caught:
            encode(Prompt(**{"model": "m", "turns": (HI,), **given}))
        assert named in str(caught.value)


# -- system --


def test_leading_system_turns_are_the_system_text():
    body = encoded(system(Text("Be brief.")), Turn("developer", (Text("Be kind."), Text(" "))), HI)

    assert body["system"] == "Be brief.\n\nBe kind."
    assert roles(body) == ["user"]


def test_system_text_with_a_cache_point_is_a_list_of_blocks():
    body = encoded(system(Text("Long.", residue=CACHED)), system(Text("Short.")), HI)

    assert body["system"] == [{"type": "text", "text": "Long.", **CACHE}, {"type": "text", "text": "Short."}]


def test_a_later_system_turn_goes_with_the_next_turn_of_the_user():
    body = encoded(HI, assistant(Text("yes?")), system(Text("Be kind.", residue=CACHED)), user(Text("no")))

    assert roles(body) == ["user", "assistant", "user"]
    assert body["messages"][-1]["content"] == [
        {"type": "text", "text": "<system>\nBe kind.\n</system>", **CACHE},
        {"type": "text", "text": "no"},
    ]
    assert "system" not in body


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_later_turn_of_the_system_is_marked(role):
    sent = encoded(HI, assistant(Text("yes?")), Turn(role, (Text("Be kind."),)))["messages"][-1]
    assert sent == {"role": "user", "content": "<system>\nBe kind.\n</system>"}
    sent = encoded(HI, assistant(Text("yes?")), Turn(role, (Refusal("Be kind."),)))["messages"][-1]
    assert sent == {"role": "user", "content": "<system>\nBe kind.\n</system>"}


def test_a_later_system_turn_that_is_blank_is_left_out():
    assert encoded(HI, system(Text(" "), Refusal("")))["messages"] == [{"role": "user", "content": "hi"}]


def test_nothing_but_system_turns_still_asks_something():
    body = encoded(system(Text("A.")), system(Text("B.")))

    assert body["system"] == "A."
    assert body["messages"] == [{"role": "user", "content": "<system>\nB.\n</system>"}]


def test_a_system_turn_with_an_image_is_refused():
    with pytest.raises(HatzInvalidInputError, match="A system turn holds an image"):
        encoded(system(Media("image", data=PNG)), HI)


# -- turns --


def test_turns_of_the_same_side_become_one():
    body = encoded(user(Text("a")), user(Text("b")), assistant(Text("c")), assistant(Text("d")), HI)

    assert roles(body) == ["user", "assistant", "user"]
    assert [block["text"] for block in body["messages"][0]["content"]] == ["a", "b"]


def test_blank_text_is_dropped_and_a_last_assistants_end_is_stripped():
    body = encoded(user(Text(" \n")), HI, assistant(Text("\n"), Text(" The answer: \n")))

    assert [turn["content"] for turn in body["messages"]] == ["hi", " The answer:"]


def test_only_the_end_of_the_models_last_turn_is_stripped():
    assert content(user(Text(" hi \n"))) == " hi \n"
    assert encoded(HI, assistant(Text("a \n"), Text("b \n")))["messages"][1]["content"] == [
        {"type": "text", "text": "a \n"},
        {"type": "text", "text": "b"},
    ]


@pytest.mark.parametrize("turns", [(), (user(),), (user(Text("")), user(Text("  ")))], ids=["none", "empty", "blank"])
def test_a_prompt_without_words_is_refused(turns):
    with pytest.raises(HatzInvalidInputError, match="nothing to answer"):
        encoded(*turns)


TEXT_DOCUMENT = {"type": "text", "media_type": "text/plain", "data": "Grüße"}


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (Text("t", residue=CACHED), {"type": "text", "text": "t", **CACHE}),
        (Text("t", residue={"responses": {"id": "x"}}), "t"),
        (Text("t", (Citation(residue={"messages": {"type": "c"}}), Citation(url="u"))),
         {"type": "text", "text": "t", "citations": [{"type": "c"}]}),
        (Refusal("no"), "no"),
        (Media("image", "image/webp", data="AAAA"),
         {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "AAAA"}}),
        (Media("image", data=PNG),
         {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}),
        (Media("image", url=f"data:image/gif;base64,{PNG}"),  # the bytes decide
         {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}),
        (Media("image", url="https://x/y.png", residue=CACHED),
         {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}, **CACHE}),
        (Media("image", file_id="f1", filename="y.png"), {"type": "image", "source": {"type": "file", "file_id": "f1"}}),
        (Media("document", data="JVBERi0x", filename="a.pdf"),
         {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"},
          "title": "a.pdf"}),
        (Media("document", "text/markdown", data=base64.b64encode("Grüße".encode()).decode()),
         {"type": "document", "source": TEXT_DOCUMENT}),
        (Media("document", data=base64.b64encode("Grüße".encode()).decode()),
         {"type": "document", "source": TEXT_DOCUMENT}),
        (Media("document", url="https://x/y.pdf", residue={"messages": {"citations": {"enabled": True}}}),
         {"type": "document", "source": {"type": "url", "url": "https://x/y.pdf"}, "citations": {"enabled": True}}),
        (Opaque("messages", {"type": "search_result", "x": 1}), {"type": "search_result", "x": 1}),
        (Opaque("messages", {"text": "a block", "of": "no type"}), {"text": "a block", "of": "no type"}),
    ],
)  # fmt: skip
def test_what_a_user_says(part, block):
    assert content(user(part)) == (block if isinstance(block, str) else [block])


@pytest.mark.parametrize(
    ("part", "says", "kind"),
    [
        (Media("audio", filename="a.wav", data="AA"), "audio.*a.wav.*transcript", HatzUnsupportedError),
        (Media("video", data="AA"), "video", HatzUnsupportedError),
        (Media("image"), "empty image.*file_id", HatzInvalidInputError),
        (Media("image", data="AAAA"), "media_type", HatzInvalidInputError),
        (Media("document", data="/////"), "base64", HatzInvalidInputError),
        (Opaque("responses", {"type": "x"}), 'endpoint="responses"', HatzInvalidInputError),
        (Reasoning("hm", {"messages": {"signature": "s"}}), "Reasoning", HatzInvalidInputError),
    ],
)
def test_what_a_user_cannot_say_is_refused_by_name(part, says, kind):
    with pytest.raises(kind, match=says):
        encoded(user(part))


SIGNED = Reasoning("hm", {"messages": {"signature": "s"}})
REDACTED = Reasoning("", {"messages": {"type": "redacted_thinking", "data": "d"}})


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (SIGNED, [{"type": "thinking", "thinking": "hm", "signature": "s"}]),
        (REDACTED, [{"type": "redacted_thinking", "data": "d"}]),
        (Opaque("messages", {"type": "server_tool_use", "id": "x"}), [{"type": "server_tool_use", "id": "x"}]),
        (Reasoning("hm"), []),
        (Reasoning("hm", {"messages": {"signature": ""}}), []),
        (Reasoning("hm", {"responses": {"encrypted_content": "e"}}), []),
        (Opaque("responses", {"type": "web_search_call"}), []),
        (Media("image", data=PNG), []),
    ],
)
def test_what_an_assistant_said_goes_back_or_is_left_out_with_a_note(part, blocks, caplog):
    caplog.set_level(logging.DEBUG, "hatz_client")

    body = encoded(HI, assistant(part, Text("x")), HI)

    assert body["messages"][1]["content"] == ([*blocks, {"type": "text", "text": "x"}] if blocks else "x")
    assert bool(caplog.records) is not bool(blocks)


def test_an_assistants_turn_of_which_nothing_is_left_is_no_turn():
    assert encoded(HI, assistant(Reasoning("hm")), user(Text("so?")))["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "so?"}]}
    ]


# -- tools --


def called(call, *results):
    return encoded(HI, assistant(call), Turn("tool", results))["messages"]


@pytest.mark.parametrize(
    ("arguments", "sent"), [({"a": 1}, {"a": 1}), ('{"a": 1}', {"a": 1}), ('{"a": ', {}), ("[1]", {}), ("", {})]
)
def test_a_call_is_sent_with_an_object(arguments, sent):
    call = ToolCall("c1", "sum", arguments, {"messages": {"caller": {"type": "direct"}}})

    assert called(call)[1]["content"] == [
        {"type": "tool_use", "id": "c1", "name": "sum", "input": sent, "caller": {"type": "direct"}}
    ]


def test_an_id_and_a_name_of_elsewhere_are_made_acceptable_in_call_and_result_alike():
    _, said, result = called(ToolCall("functions.sum:0", "my sum!", {}), ToolResult("functions.sum:0", (Text("3"),)))

    call_id = said["content"][0]["id"]
    assert call_id == result["content"][0]["tool_use_id"]
    assert call_id.replace("_", "").isalnum()
    assert said["content"][0]["name"] == "my_sum_"


@pytest.mark.parametrize(
    ("result", "sent"),
    [
        (ToolResult("c", (Text("3"),)), {"content": "3"}),
        (ToolResult("c", (Text("bad"),), is_error=True), {"content": "bad", "is_error": True}),
        (ToolResult("c", ()), {"content": "(no output)"}),
        (ToolResult("c", (Text(" \n"),)), {"content": "(no output)"}),
        (ToolResult("c", (Text(" "), Refusal(" "), Text("a"))), {"content": "a"}),
        (ToolResult("c", (Text("a"), Media("audio", data="AAAA"))),
         {"content": [
             {"type": "text", "text": "a"},
             {"type": "text", "text": "(The tool returned an audio recording. It cannot be shown to you.)"},
         ]}),
        (ToolResult("c", (Text("a", residue=CACHED),)), {"content": [{"type": "text", "text": "a", **CACHE}]}),
        (ToolResult("c", (Text("a", (Citation(residue={"messages": {"type": "c"}}),)),)),
         {"content": [{"type": "text", "text": "a", "citations": [{"type": "c"}]}]}),
        (ToolResult("c", (Text("a"), Text("b")), residue=CACHED),
         {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], **CACHE}),
        (ToolResult("c", (Media("image", "image/png", url="https://x"),)),
         {"content": [{"type": "image", "source": {"type": "url", "url": "https://x"}}]}),
    ],
)  # fmt: skip
def test_what_a_tool_answered(result, sent):
    block = called(ToolCall("c", "sum", {}), result)[2]["content"][0]

    assert block == {"type": "tool_result", "tool_use_id": "c", **sent}


def test_results_come_first_in_the_users_turn():
    body = encoded(HI, assistant(ToolCall("c", "sum", {})), user(Text("and?"), ToolResult("c", (Text("3"),))))

    assert [block["type"] for block in body["messages"][2]["content"]] == ["tool_result", "text"]


def test_tools_are_sent_with_what_they_have():
    body = encoded(
        HI, tools=(SUM, Tool("t", strict=True, residue=CACHED), {"type": "web_search_20250305", "name": "w"})
    )

    assert body["tools"] == [
        {"name": "sum", "description": "Adds.", "input_schema": SUM.parameters},
        {
            "name": "t",
            "input_schema": {"type": "object", "properties": {}, "additionalProperties": False},
            "strict": True,
            **CACHE,
        },
        {"type": "web_search_20250305", "name": "w"},
    ]


OFF = {"disable_parallel_tool_use": True}


@pytest.mark.parametrize(
    ("choice", "parallel", "sent"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", **OFF}),
        ("auto", None, {"type": "auto"}),
        ("none", False, {"type": "none"}),
        ("required", None, {"type": "any"}),
        ("required", False, {"type": "any", **OFF}),
        ("sum", None, {"type": "tool", "name": "sum"}),
        ("web", None, {"type": "tool", "name": "web"}),
        ({"type": "tool", "name": "new"}, False, {"type": "tool", "name": "new", **OFF}),
    ],
)
def test_the_choice_of_tools(choice, parallel, sent):
    fields = {"tool_choice": choice, "parallel_tool_calls": parallel}

    assert encoded(HI, tools=(SUM, {"name": "web"}), **fields).get("tool_choice") == sent
    assert "tool_choice" not in encoded(HI, **fields)


def test_an_unknown_choice_names_the_known_ones():
    with pytest.raises(HatzInvalidInputError, match=r"'summ'.*'required'.*'sum'"):
        encoded(HI, tools=(SUM,), tool_choice="summ")


@pytest.mark.parametrize("thinking", [{"type": "enabled", "budget_tokens": 1024}, {"type": "adaptive"}])
def test_a_forced_choice_gives_way_to_thinking_and_says_so_once(thinking, caplog):
    notices._warned.clear()
    fields = {"tools": (SUM,), "extra": {"thinking": thinking}}

    for choice in ("required", "sum"):
        assert encoded(HI, tool_choice=choice, **fields)["tool_choice"] == {"type": "auto"}
    assert encoded(HI, tool_choice="none", **fields)["tool_choice"] == {"type": "none"}
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_choice_stays_when_thinking_is_off():
    body = encoded(HI, tools=(SUM,), tool_choice="required", extra={"thinking": {"type": "disabled"}})

    assert body["tool_choice"] == {"type": "any"}


# -- counting --


def test_a_count_asks_for_the_same_prompt_without_what_is_about_the_answer():
    prompt = Prompt(
        "m",
        (system(Text("S")), HI),
        tools=(SUM,),
        tool_choice="auto",
        temperature=1.0,
        max_tokens=3,
        stop=("x",),
        extra={"thinking": {"type": "adaptive"}, "top_k": 3, "metadata": {}},
    )
    body = messages.encode(prompt)

    assert messages.encode_count(prompt) == {
        key: body[key] for key in ("model", "system", "messages", "tools", "tool_choice", "thinking")
    }


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"input_tokens": None},
        {"input_tokens": True},
        {"input_tokens": -1},
        [],
        {"error": {"type": "api_error", "message": "x"}},
    ],
)
def test_a_count_that_is_none_is_an_error(body):
    with pytest.raises(HatzError) as caught:
        messages.decode_count(body)

    assert isinstance(caught.value, HatzResponseError) is ("error" not in body)
