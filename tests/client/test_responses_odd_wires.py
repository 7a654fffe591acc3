"""Responses as odd servers and relays send them: nothing is lost, nothing doubled, no call is run that the model did not write."""

import pytest

from hatz_client.content import Finish, Opaque, Reasoning, Text
from hatz_client.errors import (
    HatzAuthenticationError,
    HatzError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
)
from hatz_client.events import Start
from hatz_client.wire import responses
from tests.client.responses_streams import body, call, ended, events, message, read, text


def added(item, place=0):
    return {"type": "response.output_item.added", "output_index": place, "item": item}


def done(item, place=0):
    return {"type": "response.output_item.done", "output_index": place, "item": item}


def words(delta, **about):
    return {
        "type": "response.output_text.delta",
        "item_id": "m",
        "output_index": 0,
        "content_index": 0,
        "delta": delta,
        **about,
    }


def all_words(whole, **about):
    return {
        "type": "response.output_text.done",
        "item_id": "m",
        "output_index": 0,
        "content_index": 0,
        "text": whole,
        **about,
    }


def part(ending, whole):
    about = {"item_id": "m", "output_index": 0, "content_index": 0}
    return {"type": f"response.content_part.{ending}", **about, "part": text(whole)}


def arguments(delta, item_id="fc_1", place=0, **more):
    about = {"item_id": item_id, "output_index": place}
    return {
        "type": "response.function_call_arguments.delta",
        **{k: v for k, v in about.items() if v is not None},
        "delta": delta,
        **more,
    }


def all_arguments(whole, item_id="fc_1", place=0, **more):
    return {
        "type": "response.function_call_arguments.done",
        "item_id": item_id,
        "output_index": place,
        "arguments": whole,
        **more,
    }


def first(arguments="", **fields):
    return call(**{"id": "fc_1", "name": "weather", **fields}, arguments=arguments)


def second(arguments="", **fields):
    return call(**{"id": "fc_2", "call_id": "call_2", "name": "other", **fields}, arguments=arguments)


def got(*objects):
    """The calls: name and arguments, or the raw text of an invalid one."""
    return [(one.name, one.arguments) for one in read([*objects, ended(output=[])]).tool_calls]


OSLO = '{"city":"Oslo"}'
RIGHT = [("weather", {"city": "Oslo"})]

# Calls


@pytest.mark.parametrize("again", [first(), {**first(), "status": "in_progress"}, first(id=None), first(call_id=None)])
def test_a_call_that_is_announced_twice_is_one(again):
    assert got(added(first()), added(again), arguments('{"city":'), arguments('"Oslo"}'), done(first())) == RIGHT
    assert got(added(first()), arguments('{"city":'), added(first()), arguments('"Oslo"}'), done(first())) == RIGHT
    assert got(added(first()), arguments(OSLO), done(first(OSLO)), added(first()), done(first(OSLO))) == RIGHT


@pytest.mark.parametrize(
    "objects",
    [
        [added(first()), arguments(OSLO, "fc_9", 7), done(first())],
        [added(first()), arguments('{"city":'), arguments('"Oslo"}', "fc_9", 7), done(first())],
        [added(first()), arguments(OSLO, None, None), done(first())],
        [added(message(id="m")), words("Hi"), added(first(), 1), arguments(OSLO, "m", 0), done(first(), 1)],
        [added(message(id="m")), words("Hi"), done(message(id="m")), added(first(), 1), arguments(OSLO, "m", 0)],
        [added(first()), done(first()), arguments(OSLO)],
        [added(first()), done(first()), arguments(OSLO, None, None)],
        [added(first()), done(first()), added(message(id="m"), 1), words("Hi", output_index=1), arguments(OSLO)],
        [added(first()), done(first()), arguments(OSLO, "fc_9", 7)],
    ],
)
def test_arguments_under_a_wrong_index_go_to_the_only_call_they_can_belong_to(objects):
    assert got(*objects) == RIGHT


@pytest.mark.parametrize(
    "objects",
    [
        [added(first()), added(second(), 1), arguments(OSLO, "fc_9", 7), done(first()), done(second(), 1)],
        [added(first()), done(first()), added(second(), 1), done(second(), 1), arguments(OSLO, "fc_9", 7)],
        [added(message(id="m"), 0), added(first(), 1), added(second(), 2), arguments(OSLO, "m", 0)],
    ],
)
def test_where_it_cannot_be_told_whose_arguments_they_are_the_calls_are_invalid(objects):
    assert all(isinstance(arguments, str) or arguments == {"city": "Oslo"} for _, arguments in got(*objects))
    assert ("weather", {}) not in got(*objects)
    assert ("other", {}) not in got(*objects)


def test_arguments_for_a_call_that_is_complete_are_another_calls():
    objects = [
        added(first()),
        arguments(OSLO),
        done(first(OSLO)),
        added(second(), 1),
        arguments('{"b":2}'),
        done(second(), 1),
    ]
    assert got(*objects) == [*RIGHT, ("other", {"b": 2})]
    late = [
        added(first()),
        arguments(OSLO),
        done(first(OSLO)),
        added(second(), 1),
        done(second(), 1),
        arguments('{"b":2}'),
    ]
    assert got(*late) == [*RIGHT, ("other", "")]


@pytest.mark.parametrize(
    "objects",
    [
        [added(first()), arguments({"city": "Oslo"}), done(first())],
        [added(first()), all_arguments({"city": "Oslo"})],
        [added(first({"city": "Oslo"}))],
        [done(first({"city": "Oslo"}))],
        [added(first()), arguments(OSLO), done(first({"city": "Oslo"}))],
        [added(first()), all_arguments(OSLO)],
        [added(first()), done(first(OSLO))],
        [added(first("{}")), arguments("{}"), arguments(OSLO), done(first("{}"))],
        [added(first(OSLO)), arguments('{"city":'), arguments('"Oslo"}')],
        [added(first('{"city"')), arguments(":"), arguments('"Oslo"}')],
        [added(first()), arguments('{"city":'), all_arguments(OSLO), arguments('"Oslo"}'), done(first(OSLO))],
        [added(first()), arguments('{"city":'), done(first('{"city":')), arguments('"Oslo"}')],
        [added(first()), arguments('{"city":'), done(first(OSLO)), done(first(OSLO)), all_arguments(OSLO)],
    ],
)
def test_arguments_are_read_wherever_they_stand_and_once(objects):
    assert got(*objects) == RIGHT


def test_arguments_that_only_the_final_object_has():
    assert read([added(first()), done(first()), ended(output=[first(OSLO)])]).tool_calls[0].arguments == {
        "city": "Oslo"
    }


@pytest.mark.parametrize(
    "objects",
    [
        [arguments(OSLO), done(first())],
        [arguments(OSLO), added(first())],
        [arguments(OSLO, name="weather", call_id="call_1")],
        [arguments(OSLO), all_arguments(OSLO, name="weather", call_id="call_1")],
        [all_arguments(OSLO, name="weather")],
        [arguments(OSLO, None, None), done(first(id=None, call_id=None))],
    ],
)
def test_a_call_that_was_not_announced_has_its_name_from_wherever_it_is_said(objects):
    assert got(*objects) == RIGHT


def test_a_name_that_only_the_final_object_has():
    reply = read([arguments('{"city":'), arguments('"Oslo"}'), ended(output=[first()])])
    assert [(one.id, one.name, one.arguments) for one in reply.tool_calls] == [("call_1", "weather", {"city": "Oslo"})]


def test_a_call_whose_name_is_never_said_is_invalid():
    assert got(arguments(OSLO)) == [("", OSLO)]
    assert [one.valid for one in responses.decode(body(call(name=None))).tool_calls] == [False]


@pytest.mark.parametrize("whole", ['{"city":"Rome"}', '{"city":"Oslo","n":1}', '{"n":1}'])
def test_a_whole_form_that_contradicts_the_deltas_makes_the_call_invalid(whole):
    for objects in ([all_arguments(whole)], [done(first(whole))]):
        assert got(added(first()), arguments(OSLO), *objects) == [("weather", OSLO)]
    assert not read([added(first()), arguments(OSLO), ended(output=[first(whole)])]).tool_calls[0].valid


def test_the_same_arguments_spelled_otherwise_are_the_same():
    assert got(added(first()), arguments(OSLO), done(first('{ "city" : "Oslo" }'))) == RIGHT


@pytest.mark.parametrize("none", ["", " ", "{}", "[]", "null", None, {}, []])
def test_no_arguments_in_any_spelling(none):
    assert got(added(first(none)), done(first(none))) == [("weather", {})]
    assert responses.decode(body(first(none))).tool_calls[0].arguments == {}
    if isinstance(none, str):
        assert got(added(first()), arguments(none), all_arguments(none), done(first(none))) == [("weather", {})]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        {"status": "incomplete", "incomplete_details": None},
        {"status": "completed", "incomplete_details": {"reason": "length"}},
    ],
)
def test_the_last_call_of_an_answer_that_was_cut_off_is_invalid_although_it_parses(fields):
    whole = body(first('{"path":"/a"}'), second(OSLO), **fields)
    stream = [
        added(first()),
        arguments('{"path":"/a"}'),
        added(second(), 1),
        arguments(OSLO, "fc_2", 1),
        ended(output=[], **fields),
    ]
    for reply in (responses.decode(whole), read(stream)):
        assert [one.arguments for one in reply.tool_calls] == [{"path": "/a"}, OSLO]
        assert reply.finish.reason == "length"


def test_an_item_that_is_incomplete_is_a_cut_off_answer():
    item = first('{"path":"/"}', status="incomplete")
    for reply in (
        responses.decode(body(item, message(text("Hi")))),
        read([done(item), words("Hi", output_index=1), ended()]),
    ):
        assert not reply.tool_calls[0].valid
        assert reply.finish == Finish("length", "incomplete")


def test_items_that_share_a_call_id_stay_apart_in_order():
    items = [{"type": "shell_call", "call_id": "c", "n": n} for n in (1, 2)]
    items += [call(call_id="c", arguments=f'{{"n":{n}}}') for n in (3, 4)]
    whole = responses.decode(body(*items))
    announced = [
        added({k: v for k, v in item.items() if k not in {"n", "arguments"}}, at) for at, item in enumerate(items)
    ]
    finished = [done(item, at) for at, item in enumerate(items)]
    for objects in ([*announced, *finished], finished, [*finished, ended(output=items)], [ended(output=items)]):
        assert read([*objects, ended(output=[])]).parts == whole.parts


# Texts


def test_a_message_that_is_announced_twice_is_one():
    item = message(id="m")
    assert (
        read([added(item), added(item), words("Hello"), done(message(text("Hello"), id="m")), ended()]).text == "Hello"
    )


@pytest.mark.parametrize(
    "objects",
    [
        [words("The "), all_words("The whole"), ended()],
        [words("The "), part("done", "The whole"), ended()],
        [words("The "), done(message(text("The whole"), id="m")), ended()],
        [words("The "), ended(output=[message(text("The whole"), id="m")])],
        [words("The "), ended(output=[], output_text="The whole")],
        [words("The "), all_words("The "), done(message(text("The "), id="m")), words("whole"), ended()],
        [words("The "), all_words("The whole"), words("whole"), ended()],
        [all_words("The whole"), words("The "), words("whole"), ended()],
        [part("added", "The whole"), words("The "), words("whole"), all_words("The whole"), ended()],
        [part("added", "The whole"), words("The "), ended()],
        [part("added", "The whole"), ended()],
        [part("added", "The "), words("whole"), ended()],
        [part("added", "The whole"), part("done", "The whole"), done(message(text("The whole"), id="m")), ended()],
        [added(message(text("The whole"), id="m")), words("The "), words("whole"), ended()],
        [added(message(text("The whole"), id="m")), ended()],
        [words("The "), done(message(text("The "), id="m")), added(first(), 1), words("whole"), ended()],
        [words("The whole"), all_words("The"), all_words("The whole"), all_words("The whole"), ended()],
        [words("The "), words("whole"), ended(output=[message(text("The "), text("whole"), id="m")])],
        [words("The "), words("whole", content_index=1), ended(output=[message(text("The whole"), id="m")])],
        [{"type": "response.output_text.delta", "text": "The whole"}, ended()],
    ],
)
def test_closing_events_complete_and_never_cut_or_double(objects):
    assert read(objects).text == "The whole"


def test_what_part_added_brings_waits_for_the_deltas():
    decoder = responses.Decoder()
    assert not [event for event in decoder.feed(part("added", "The whole")) if not isinstance(event, Start)]


def test_a_text_that_goes_on_after_its_end_is_part_of_the_same_message():
    item = message(text("One "), id="m")
    reply = read([words("One "), done(item), added(first(), 1), words("two"), ended()])
    assert [part.text for part in reply.parts if isinstance(part, Text)] == ["One ", "two"]
    assert {part.residue["responses"]["item"]["id"] for part in reply.parts if isinstance(part, Text)} == {"m"}


def test_the_type_of_a_delta_decides_what_it_is():
    thought = {
        "type": "response.reasoning_text.delta",
        "item_id": "m",
        "output_index": 0,
        "content_index": 0,
        "delta": "Hm.",
    }
    reply = read(
        [added(message(id="m")), words("Hel"), thought, words("lo"), done(message(text("Hello"), id="m")), ended()]
    )
    assert (reply.text, reply.reasoning) == ("Hello", "Hm.")
    other = read([added({"type": "reasoning", "id": "m"}), thought, words("Hello"), ended()])
    assert (other.text, other.reasoning) == ("Hello", "Hm.")


def test_reasoning_that_goes_on_after_its_end_is_kept():
    thought = {"type": "response.reasoning_summary_text.delta", "item_id": "r", "output_index": 0, "summary_index": 0}
    item = {"type": "reasoning", "id": "r", "encrypted_content": "x", "summary": []}
    reply = read(
        [
            added(item),
            {**thought, "delta": "One "},
            done(item),
            added(message(id="m"), 1),
            {**thought, "delta": "two"},
            ended(),
        ]
    )
    assert reply.reasoning == "One two"
    assert [bool(part.residue) for part in reply.parts if isinstance(part, Reasoning)] == [True, False]


@pytest.mark.parametrize(
    "item",
    [
        {"role": "assistant", "content": [text("Hello")]},
        {"type": None, "role": "assistant", "content": [text("Hello")], "call_id": None, "name": None},
        message(text=None) | {"content": "Hello"},
        message({"text": "Hello"}),
        message("Hello"),
        message("Hel", {"type": "text", "text": "lo"}),
        message(text(None), text("Hello")),
        message() | {"content": {"type": "output_text", "text": "Hello"}},
        {"type": "output_text", "text": "Hello"},
    ],
)
def test_a_content_of_any_form_is_read(item):
    assert responses.decode(body(item)).text == "Hello"
    assert read([done(item), ended(output=[item])]).text == "Hello"
    assert read([added(item), ended(output=[])]).text == "Hello"


def test_output_text_counts_where_no_item_has_text():
    assert responses.decode(body({"what": "ever"}, output_text="Hello")).text == "Hello"
    assert responses.decode(body(message(text("Hello")), output_text="Hello")).text == "Hello"
    assert (
        read([words("Hel"), words("lo", item_id="n", output_index=1), ended(output=[], output_text="Hello")]).text
        == "Hello"
    )


def test_a_call_without_a_type_is_a_call():
    item = {"call_id": "c", "name": "f", "arguments": OSLO, "content": None}
    assert responses.decode(body(item)).tool_calls[0].arguments == {"city": "Oslo"}


# The end


@pytest.mark.parametrize(
    "event", [{"type": "response.done", "response": {"status": "completed"}}, {"type": "response.done"}]
)
def test_response_done_is_the_end(event):
    assert read([words("Hi"), event]).finish == Finish("stop", "completed")


@pytest.mark.parametrize(
    ("event", "finish"),
    [
        ({"type": "response.incomplete"}, Finish("length", "incomplete")),
        (ended("incomplete", incomplete_details=None), Finish("length", "incomplete")),
        ({"type": "response.incomplete", "response": {"status": "completed"}}, Finish("length", "incomplete")),
        ({"type": "response.completed", "response": {"status": "incomplete"}}, Finish("length", "incomplete")),
        (ended("incomplete", incomplete_details={"reason": "length"}), Finish("length", "length")),
        (ended("incomplete", incomplete_details={"reason": "max_tokens"}), Finish("length", "max_tokens")),
        (ended("incomplete", incomplete_details="max_output_tokens"), Finish("length", "max_output_tokens")),
        (
            ended("incomplete", incomplete_details={"reason": "content_filter"}),
            Finish("content_filter", "content_filter"),
        ),
    ],
)
def test_an_answer_that_was_cut_off_says_so(event, finish):
    assert read([words("Hi"), event]).finish == finish


@pytest.mark.parametrize("word", ["stop", "end_turn", "tool_calls", "tool_use", "completed"])
@pytest.mark.parametrize(("item", "reason"), [(message(text("Hi")), "stop"), (call(), "tool_calls")])
def test_a_normal_end_in_any_words(word, item, reason):
    assert responses.decode(body(item, status=word)).finish == Finish(reason, word)


@pytest.mark.parametrize(
    ("usage", "meant"),
    [
        ({"input_tokens": None, "prompt_tokens": 3, "output_tokens": None, "completion_tokens": 5}, (3, 5)),
        ({"input_tokens": 3, "output_tokens": 0}, None),
        ({"prompt_tokens": 3, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 2}}, (3, 5)),
    ],
)
def test_usage_in_other_shapes(usage, meant):
    found = responses.decode(body(message(text("Hi")), usage=usage)).usage
    assert (found and (found.input, found.output)) == meant
    found = read([words("Hi"), {"type": "response.completed", "response": {}, "usage": usage}]).usage
    assert (found and (found.input, found.output)) == meant


@pytest.mark.parametrize("output", [5, "x", None, {}])
def test_no_answer_is_not_an_empty_answer(output):
    whole = {**body(), "output": output}
    with pytest.raises(HatzResponseError):
        responses.decode(whole)
    with pytest.raises(HatzResponseError):
        responses.decode({key: value for key, value in whole.items() if key != "output"})
    if output is not None:
        with pytest.raises(HatzResponseError):
            read([ended(output=output)])
    with pytest.raises(HatzResponseError):
        responses.decode(body(message() | {"content": 5}))


# Errors


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"type": "response.error", "error": {"code": "rate_limit_exceeded", "message": "Rest."}}, HatzRateLimitError),
        ({"type": "rate_limit_error", "message": "Rest."}, HatzRateLimitError),
        (
            {"type": "response.in_progress", "response": {"status": "failed", "error": {"message": "Rest."}}},
            HatzServerError,
        ),
        ({"type": "response.something", "response": {"error": {"code": 429, "message": "Rest."}}}, HatzRateLimitError),
        ({"id": "x", "choices": [], "error": {"code": 429, "message": "Rest."}}, HatzRateLimitError),
        ({"code": 401, "msg": "Rest."}, HatzAuthenticationError),
        ({"error": ["Rest."]}, HatzError),
        ({"type": "response.done", "response": {"status": "failed", "error": {"message": "Rest."}}}, HatzServerError),
    ],
)
def test_an_error_of_any_shape_keeps_its_words(event, kind):
    with pytest.raises(kind, match=r"Rest\."):
        read([words("Hi"), event])
    if "type" not in event and "choices" not in event:
        with pytest.raises(kind, match=r"Rest\."):
            responses.decode(event)


@pytest.mark.parametrize("error", [None, {}, "", {"code": None, "message": ""}, []])
def test_an_error_without_a_word_in_a_complete_answer_is_none(error):
    assert responses.decode(body(message(text("Hi")), error=error)).text == "Hi"
    assert read([words("Hi"), ended(error=error)]).text == "Hi"


def test_events_of_tomorrow_are_no_errors():
    odd = [
        {"type": "response.mcp_call.in_progress", "message": "x"},
        {"type": "keepalive", "detail": "x"},
        {"type": 5},
        {},
    ]
    assert read([words("Hi"), *odd, ended()]).text == "Hi"


def test_items_end_when_the_next_begins_and_calls_with_the_answer():
    objects = [
        words("Hi"),
        done(message(text("Hi"), id="m")),
        done({"type": "web_search_call", "id": "w"}, 1),
        done(first(OSLO), 2),
    ]
    names = [type(event).__name__ for event in events([*objects, ended()])]
    assert names == ["Start", "Delta", "End", "Start", "End", "Start", "Delta", "End", "Meta"]
    assert isinstance(read([*objects, ended()]).parts[1], Opaque)
