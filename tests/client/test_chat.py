"""Native chat: text in, text out, and what it cannot do said."""

import pytest

from hatz_client.content import (
    Finish,
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
    Usage,
)
from hatz_client.errors import (
    HatzInvalidInputError,
    HatzResponseError,
    HatzServerError,
    HatzStatusError,
    HatzStreamInterruptedError,
    HatzUnsupportedError,
)
from hatz_client.events import fold
from hatz_client.wire import chat


def prompt(*turns, **settings):
    return Prompt("gpt-4o", turns, **settings)


def said(*texts, role="user"):
    return Turn(role, tuple(Text(text) for text in texts))


def test_turns_become_strings_and_one_system_message():
    body = chat.encode(
        prompt(
            said("a", role="system"),
            said("hi"),
            said("b", role="developer"),
            said("yo", role="assistant"),
            said("", " "),
        )
    )
    assert body == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "a\n\nb"},
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "yo"},
        ],
    }


def test_a_history_with_tools_is_told_in_words():
    turns = (
        Turn(
            "assistant",
            (
                Reasoning("hm"),
                Text("Let me see."),
                ToolCall("c1", "weather", {"city": "Paris"}),
                Opaque("messages", {"type": "x"}),
            ),
        ),
        Turn("tool", (ToolResult("c1", (Text("sunny"),)), ToolResult("c2", (Text("no"),), is_error=True))),
        Turn("assistant", (Refusal("I will not."),)),
    )
    assert [message["content"] for message in chat.encode(prompt(*turns))["messages"]] == [
        'Let me see.\n\n[Tool call c1: weather({"city": "Paris"})]',
        "[Tool result c1: sunny]\n\n[Tool result c2 (error): no]",
        "I will not.",
    ]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Media("document", "text/plain", "aGVsbG8="), "hello"),
        (Media("document", "text/plain", file_id="f2"), ""),
        (Media("image", url="https://x/y"), "(The tool returned an image at https://x/y. It cannot be shown to you.)"),
        (Opaque("messages", {"type": "x", "n": 1}), '{"type":"x","n":1}'),
    ],
)
def test_what_a_tool_returned_is_told_in_words(part, text):
    body = chat.encode(prompt(Turn("tool", (ToolResult("c1", (part,)),))))
    assert body["messages"] == [{"role": "user", "content": f"[Tool result c1: {text}]"}]
    assert body.get("file_uuids") == ([part.file_id] if getattr(part, "file_id", None) else None)


def test_broken_arguments_are_told_as_they_were_written():
    body = chat.encode(prompt(said("a"), Turn("assistant", (ToolCall("c1", "f", '{"a": '),))))
    assert body["messages"][1]["content"] == '[Tool call c1: f({"a": )]'


def test_a_prompt_without_words_is_refused():
    with pytest.raises(HatzInvalidInputError, match="nothing to answer"):
        chat.encode(prompt(said("", " ")))


def test_settings_are_sent_only_when_set():
    settings = {
        "temperature": 0.0, "max_tokens": 9, "tools_to_use": ("google_search",), "auto_tool_selection": False,
        "file_uuids": ("f1",), "extra": {"x": 1},
    }  # fmt: skip
    turn = Turn("user", (Text("look"), Media("image", file_id="f2")))
    assert chat.encode(prompt(turn, **settings), stream=True) == {
        "model": "gpt-4o", "messages": [{"role": "user", "content": "look"}], "stream": True, "temperature": 0.0, "max_tokens": 9,
        "tools_to_use": ["google_search"], "auto_tool_selection": False, "file_uuids": ["f1", "f2"], "x": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (prompt(said("a"), tools=(Tool("t"),)), "messages"),
        (prompt(said("a"), response_format=ResponseFormat({})), "response format"),
        (prompt(Turn("user", (Media("image", data="AA=="),))), "file_uuids"),
        (prompt(Turn("user", (Opaque("messages", {"type": "search_result"}),))), "search_result"),
    ],
)
def test_what_it_cannot_do_is_refused(asked, words):
    with pytest.raises(HatzUnsupportedError, match=words):
        chat.encode(asked)


def test_what_it_ignores_is_said_once(caplog):
    for _ in range(2):
        body = chat.encode(prompt(said("a"), top_p=0.123, top_k=4321))
    assert "top_p" not in body
    assert sum("top_p=0.123" in line for line in caplog.messages) == 1
    assert sum("top_k=4321" in line for line in caplog.messages) == 1


def test_decode_the_documented_answer():
    body = {
        "choices": [{"message": {"content": "Sure!", "role": "assistant"}}],
        "model": "gpt-4o",
        "usage": {"input_tokens": 26, "output_tokens": 398},
    }
    reply = chat.decode(body)
    assert (reply.text, reply.model, reply.finish, reply.endpoint) == ("Sure!", "gpt-4o", None, "chat")
    assert reply.usage == Usage(26, 398, 424, raw=body["usage"])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("", ""),
        (["a", None, {"type": "text", "text": "b"}, {"type": "image", "url": "u"}], "ab"),
        ({"odd": 1}, ""),
    ],
)
def test_decode_content_in_every_form(content, text):
    reply = chat.decode({"choices": [{"message": {"content": content}}]})
    assert reply.text == text
    assert reply.usage is None


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"odd": 1}, Opaque("chat", {"odd": 1})),
        ({"type": "output_text", "text": "a"}, Text("a")),
        ({"type": "reasoning", "text": "a"}, Opaque("chat", {"type": "reasoning", "text": "a"})),
    ],
)
def test_a_content_that_is_one_block(content, part):
    assert chat.decode({"choices": [{"message": {"content": content}}]}).parts == (part,)
    assert decoded({"choices": [{"message": {"content": content}}]}).parts == (part,)
    assert decoded({"choices": [{"delta": {"content": content}}]}).parts == (part,)


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({"content": ""}, ()),
        ({"content": ["a", None]}, (Text("a"),)),
        ({"reasoning": "hm"}, (Reasoning("hm"),)),
        ({"reasoning_content": "hm"}, (Reasoning("hm"),)),
        ({"reasoning_content": "", "reasoning": "hm"}, (Reasoning("hm"),)),
        ({"reasoning_content": 5, "reasoning": "hm"}, (Reasoning("hm"),)),
        ({"refusal": "No."}, (Refusal("No."),)),
        ({"content": "a", "refusal": ""}, (Text("a"),)),
        ({"content": "a", "refusal": {"odd": 1}}, (Text("a"),)),
        ({"function_call": {"name": "f"}}, (Opaque("chat", {"type": "function", "function": {"name": "f"}}),)),
    ],
)
def test_a_message_with_one_field_is_an_answer(message, parts):
    reply = chat.decode({"id": "i", "model": "m", "choices": [{"message": message}]})
    assert (reply.parts, reply.id, reply.model, reply.residue) == (parts, "i", "m", {})


def test_a_message_with_only_a_role_is_no_answer():
    with pytest.raises(HatzResponseError, match="other than a completion"):
        chat.decode({"choices": [{"message": {"role": "assistant"}}]})


@pytest.mark.parametrize(
    ("content", "usage", "known"),
    [
        ("a", {"input_tokens": 1}, None),
        ("a", {"output_tokens": 2}, None),
        ("", {"input_tokens": 3, "output_tokens": 0}, (3, 0, 3)),
    ],
)
def test_usage_that_is_not_complete_is_unknown(content, usage, known):
    found = chat.decode({"choices": [{"message": {"content": content}}], "usage": usage}).usage
    assert (found and (found.input, found.output, found.total)) == known


def test_an_answer_of_the_older_endpoint_and_a_stream_of_one_line():
    reply = chat.decode({"choices": [{"text": "Hi", "finish_reason": "length"}]})
    assert (reply.parts, reply.finish) == ((Text("Hi"),), Finish("length", "length"))
    reply = chat.decode({"type": "content", "message": "Hi"})
    assert (reply.parts, reply.residue) == ((Text("Hi"),), {})


def test_an_empty_error_in_the_choice_hides_no_other():
    with pytest.raises(HatzStatusError, match="it broke"):
        chat.decode({"choices": [{"message": {"content": ""}, "error": {}}], "error": {"message": "it broke"}})


def test_zero_usage_of_an_answer_is_unknown():
    reply = chat.decode({"choices": [{"message": {"content": "a"}}], "usage": {"input_tokens": 0, "output_tokens": 0}})
    assert reply.usage is None
    assert reply.residue == {"chat": {"usage": {"input_tokens": 0, "output_tokens": 0}}}


def test_no_answer_is_an_error():
    with pytest.raises(HatzStatusError, match="broke"):
        chat.decode({"detail": "broke"})
    with pytest.raises(HatzResponseError, match="other than a completion"):
        chat.decode({"choices": []})


def decoded(*lines):
    decoder = chat.Decoder()
    events = [event for line in lines for event in decoder.feed(line)]
    return fold([*events, *decoder.close()])


def test_stream_of_content():
    assert decoded({"type": "content", "message": "Hel"}, {"type": "content", "message": "lo"}).parts == (
        Text("Hello"),
    )


def test_stream_of_every_kind_of_line_in_order():
    tool = {"type": "tool_call", "name": "google_search"}
    reply = decoded(
        {"type": "thinking", "message": "h"}, {"type": "thinking", "message": "m"}, {"type": "unheard-of"}, tool,
        {"type": "content", "message": "a"}, {"type": "summary", "summary": "s"}, {"type": "content", "message": "b"},
        {"type": "end", "usage": {"input_tokens": 1, "output_tokens": 2}},
    )  # fmt: skip
    assert reply.parts == (Reasoning("hm"), Opaque("chat", tool), Text("a"), Reasoning("s"), Text("b"))
    assert reply.usage == Usage(1, 2, 3, raw={"input_tokens": 1, "output_tokens": 2})
    assert reply.finish is None


@pytest.mark.parametrize("kind", ["tool_call", "tool", "tool_use"])
def test_each_kind_of_line_about_a_tool_is_kept(kind):
    assert decoded({"type": kind, "name": "f"}).parts == (Opaque("chat", {"type": kind, "name": "f"}),)


@pytest.mark.parametrize(
    "line", [{"error": "it broke"}, {"detail": "it broke"}, {"type": "error", "message": "it broke"}]
)
def test_an_error_line_is_an_error(line):
    with pytest.raises(HatzStatusError, match="it broke"):
        decoded({"type": "content", "message": "a"}, line)


def test_a_stream_of_nothing_is_no_answer():
    with pytest.raises(HatzStreamInterruptedError):
        decoded({"type": "unheard-of"})


def test_chunks_of_a_chat_completion():
    def chunk(finish=None, **delta):
        return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    reply = decoded(
        chunk(role="assistant"), chunk(reasoning_content="Hm."), chunk(content="Hel"), chunk(content="lo"), chunk("length"),
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
    )  # fmt: skip
    assert reply.parts == (Reasoning("Hm."), Text("Hello"))
    assert reply.finish == Finish("length", "length")
    assert (reply.usage.input, reply.usage.output) == (3, 2)


@pytest.mark.parametrize("body", [{"choices": [{"message": {"content": 5}}]}, {"choices": 5}, {}, {"choices": [{}]}])
def test_no_answer_is_not_an_empty_answer(body):
    with pytest.raises(HatzResponseError, match="other than a completion"):
        chat.decode(body)


@pytest.mark.parametrize("error", [None, {}, "", [], {"code": None, "message": ""}])
def test_an_error_without_a_word_is_none(error):
    choices = {"choices": [{"message": {"content": "Hi"}}], "error": error}
    assert chat.decode(choices).text == "Hi"
    assert decoded(choices).text == "Hi"


@pytest.mark.parametrize("shown", ["message", "delta"])
def test_an_error_in_the_choice_is_an_error(shown):
    choice = {shown: {"content": ""}, "finish_reason": "error", "error": {"code": 502, "message": "it broke"}}
    with pytest.raises(HatzServerError, match="it broke"):
        decoded({"type": "content", "message": "a"}, {"choices": [choice]})
    if shown == "message":
        with pytest.raises(HatzServerError, match="it broke"):
            chat.decode({"choices": [choice]})


def test_a_line_with_its_text_under_content():
    assert decoded({"type": "content", "content": "Hel"}, {"type": "content", "message": "lo"}).text == "Hello"


def test_an_error_of_a_gateway_is_no_end_of_an_answer():
    with pytest.raises(HatzStatusError, match="it broke"):
        decoded({"type": "content", "message": "a"}, {"statusCode": 503, "message": "it broke"})


CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q":"a"}'}}
OTHER = {"id": "c2", "type": "function", "function": {"name": "open", "arguments": "{}"}}


def whole(**message):
    return {"choices": [{"message": {"role": "assistant", **message}, "finish_reason": "tool_calls"}]}


@pytest.mark.parametrize("content", [{}, {"content": None}, {"content": "Hi."}])
def test_calls_that_the_caller_cannot_run_are_kept_as_blocks(content):
    text = (Text("Hi."),) if content.get("content") else ()
    wanted = (*text, Opaque("chat", CALL), Opaque("chat", OTHER))
    reply = chat.decode(whole(**content, tool_calls=[CALL, None, OTHER]))
    assert reply.parts == wanted
    assert reply.tool_calls == ()
    assert reply.finish == Finish("tool_calls", "tool_calls")


def test_the_old_form_of_a_call_is_kept():
    reply = chat.decode(whole(content=None, function_call={"name": "f", "arguments": "{}"}))
    assert reply.parts == (Opaque("chat", {"type": "function", "function": {"name": "f", "arguments": "{}"}}),)


def test_thoughts_refusals_and_unknown_fields_of_a_whole_message_are_kept():
    reply = chat.decode(
        whole(content="Hi.", reasoning_content="hm", refusal="No.", annotations=[{"url": "u"}], audio=None)
    )
    assert reply.parts == (Reasoning("hm"), Text("Hi."), Refusal("No."))
    assert reply.residue == {"chat": {"message": {"annotations": [{"url": "u"}]}}}


def pieces(*deltas, finish="tool_calls"):
    return [{"choices": [{"delta": delta}]} for delta in deltas] + [
        {"choices": [{"delta": {}, "finish_reason": finish}]}
    ]


def test_calls_in_pieces_are_joined():
    name, rest = {**CALL, "function": {"name": "search", "arguments": ""}}, {"function": {"arguments": '{"q":'}}
    lines = pieces(
        {"content": "Hi."},
        {"tool_calls": [{"index": 0, **name}]},
        {"tool_calls": [{"index": 0, "id": None, **rest}]},
        {"tool_calls": [{"index": 1, **OTHER}, {"index": 0, "function": {"name": None, "arguments": '"a"}'}}]},
    )
    assert decoded(*lines).parts == (Text("Hi."), Opaque("chat", CALL), Opaque("chat", OTHER))


def test_calls_without_an_index_are_told_apart_by_their_ids():
    first, second = ({**call, "function": {**call["function"], "arguments": ""}} for call in (CALL, OTHER))
    lines = pieces(
        {"tool_calls": [first]}, {"tool_calls": [{"function": {"arguments": '{"q":"a"}'}}]}, {"tool_calls": [second]}
    )
    assert decoded(*lines).parts == (Opaque("chat", CALL), Opaque("chat", second))


def test_the_content_of_a_piece_in_every_form():
    lines = pieces(
        {"content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "u"}}]},
        {"content": "."}, {"refusal": "No."}, {"refusal": None}, {"content": None}, {"content": 5},
    )  # fmt: skip
    image = Opaque("chat", {"type": "image_url", "image_url": {"url": "u"}})
    number = Opaque("chat", {"type": "content", "content": 5})
    assert decoded(*lines).parts == (Text("Hi"), image, Text("."), Refusal("No."), number)


def test_content_lines_in_every_form():
    block = {"type": "card", "title": "t"}
    lines = ["Hi", {"type": "text", "text": " you"}, None, [" all", block], "."]
    reply = decoded(*({"type": "content", "message": message} for message in lines))
    assert reply.parts == (Text("Hi you all"), Opaque("chat", block), Text("."))
    with pytest.raises(HatzStatusError):
        decoded({"type": "content", "message": "Hi", "error": "Boom"})


@pytest.mark.parametrize("piece", [lambda text: {"text": text}, lambda text: {"message": {"content": text}}])
def test_chunks_that_look_like_complete_answers(piece):
    assert decoded(*({"choices": [piece(text)]} for text in ("Hel", "lo", "!"))).text == "Hello!"


def test_a_complete_answer_that_is_sent_twice_is_one():
    line = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
    assert decoded(line, line).text == "Hello"
    assert decoded({"choices": [{"delta": {"content": "Hello"}}]}, line).text == "Hello"
