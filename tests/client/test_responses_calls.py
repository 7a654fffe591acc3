"""Responses calls as odd servers and relays send them: a call is what the model wrote, or it is invalid."""

import pytest

from hatz_client.content import Finish, Prompt, Turn
from hatz_client.wire import responses
from hatz_client.wire.answer_stages import RequestChanges
from tests.client.responses_streams import (
    added,
    all_arguments,
    arguments,
    body,
    call,
    done,
    ended,
    message,
    read,
    text,
    words,
)


def first(arguments="", **fields):
    return call(**{"id": "fc_1", "name": "weather", **fields}, arguments=arguments)


def second(arguments="", **fields):
    return call(**{"id": "fc_2", "call_id": "call_2", "name": "other", **fields}, arguments=arguments)


def got(*objects):
    """The calls: name and arguments, or the raw text of an invalid one."""
    return [(one.name, one.arguments) for one in read([*objects, ended(output=[])]).tool_calls]


OSLO = '{"city":"Oslo"}'
RIGHT = [("weather", {"city": "Oslo"})]


@pytest.mark.parametrize("again", [first(), {**first(), "status": "in_progress"}, first(id=None), first(call_id=None)])
def test_a_call_that_is_announced_twice_is_one(again):
    assert got(added(first()), added(again), arguments('{"city":'), arguments('"Oslo"}'), done(first())) == RIGHT
    assert got(added(first()), arguments('{"city":'), added(first()), arguments('"Oslo"}'), done(first())) == RIGHT
    assert got(added(first()), arguments(OSLO), done(first(OSLO)), added(first()), done(first(OSLO))) == RIGHT


@pytest.mark.parametrize("form", [first(OSLO, call_id="call_9"), first(OSLO, id=None, call_id="call_9")])
def test_a_call_whose_call_id_is_another_in_its_last_form_is_one(form):  # vLLM makes a new one for each form
    assert got(added(first()), arguments(OSLO), done(form)) == RIGHT
    parts = read([added(first()), arguments(OSLO), done(form), ended(output=[form])]).tool_calls
    assert [(one.name, one.arguments) for one in parts] == RIGHT


def test_a_call_that_is_announced_twice_with_another_call_id_is_one():
    again = first(call_id="call_9")
    assert got(added(first()), added(again), arguments(OSLO), done({**again, "arguments": OSLO})) == RIGHT
    assert got(added(first()), added(again), arguments(OSLO)) == RIGHT
    assert got(added(first()), added(again)) == [("weather", "")]  # lost arguments: invalid, and never {}


def test_two_calls_with_the_same_item_id_stay_two():
    other = first('{"city":"Bergen"}', call_id="call_9")
    objects = added(first()), added(first(call_id="call_9")), done(first(OSLO)), done(other)
    for begin in ((added(first()), arguments(OSLO), done(other)), objects):
        calls = read([*begin, ended(output=[])]).tool_calls
        assert [(one.id, one.arguments["city"]) for one in calls] == [("call_1", "Oslo"), ("call_9", "Bergen")]


@pytest.mark.parametrize("later", [added(first()), added(first(id=None)), done(first()), all_arguments("")])
def test_an_empty_form_does_not_erase_announced_arguments(later):
    assert got(added(first(OSLO)), later) == RIGHT
    assert got(added({**first(OSLO), "name": ""}), added(first())) == RIGHT


def test_the_text_of_a_custom_tool_goes_on_after_an_early_end():
    item = {"type": "custom_tool_call", "id": "ctc", "call_id": "c1", "name": "sql", "input": ""}
    delta = {"type": "response.custom_tool_call_input.delta", "item_id": "ctc", "output_index": 0}
    begin, rest = {**delta, "delta": "DELETE FROM t "}, {**delta, "delta": "WHERE id=1"}
    assert got(added(item), begin, done(item), rest) == [("sql", {"input": "DELETE FROM t WHERE id=1"})]


def test_early_arguments_of_a_later_call_are_never_part_of_the_call_before():
    early = arguments("{}", item_id="fc_2", place=1)
    later = {**added(second()), "output_index": 1}
    objects = (added(first()), arguments('{"city":"'), early, arguments('Oslo"}'), later)
    (name, written), _ = got(*objects)
    assert (name, written) == ("weather", '{"city":"{}Oslo"}')  # as text: the call is invalid


def test_a_call_that_is_announced_again_at_another_place_is_one():
    assert got(added(first()), {**added(first()), "output_index": 1}, arguments(OSLO), done(first(OSLO))) == RIGHT


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


@pytest.mark.parametrize("odd", [7, True, ["weather"], {"v": "weather"}])
def test_a_name_that_is_no_text_is_none_yet(odd):
    whole = first(OSLO)
    assert got(added(first(name=odd)), arguments(OSLO), all_arguments(OSLO), done(whole)) == RIGHT
    assert got(added(first(name=odd)), arguments(OSLO), all_arguments(OSLO)) == [("", OSLO)]


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
    for reply in map(RequestChanges().undo, (responses.decode(whole), read(stream))):
        assert [one.arguments for one in reply.tool_calls] == [{"path": "/a"}, OSLO]
        assert reply.finish.reason == "length"


def test_an_earlier_call_that_a_cut_off_answer_left_without_arguments_is_invalid():
    fields = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    begun, finished = first("", status="in_progress"), second(OSLO, status="completed")
    stream = [added(begun), added(second(), 1), arguments(OSLO, "fc_2", 1), done(finished, 1)]
    for reply in (responses.decode(body(begun, finished, **fields)), read([*stream, ended(output=[], **fields)])):
        assert not RequestChanges().undo(reply).tool_calls[0].valid


def test_the_text_of_a_cut_off_custom_call_goes_back_as_it_was_written():
    item = {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": 'SELECT "a"', "status": "completed"}
    reply = RequestChanges().undo(responses.decode(body(item, status="incomplete")))
    assert not reply.tool_calls[0].valid
    sent = responses.encode(Prompt("m", (Turn("user", "Hi"), Turn("assistant", reply.parts))))["input"]
    assert next(one for one in sent if one.get("type") == "custom_tool_call")["input"] == 'SELECT "a"'


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


# Which call an event is about, where several marks say different things


def test_a_call_without_arguments_whose_call_id_is_another_in_its_last_form_is_one():
    assert got(added(first()), arguments("{}"), done(first("{}", call_id="call_9"))) == [("weather", {})]


def test_whole_arguments_that_name_no_call_are_those_of_neither_open_call():
    nameless = {"type": "response.function_call_arguments.done", "arguments": OSLO}
    assert got(added(first()), added(second(), 1), nameless) == [("weather", ""), ("other", "")]


@pytest.mark.parametrize(("late", "found"), [({}, {"city": "Oslo"}), ({"item_id": "fc_9"}, OSLO)])
def test_arguments_after_a_form_without_any_are_the_calls_unless_they_have_another_id(late, found):
    assert got(added(first()), done(first("{}")), {**arguments(OSLO, None), **late}) == [("weather", found)]


def test_a_call_that_is_announced_again_elsewhere_after_its_arguments_is_another():
    rome = '{"city":"Rome"}'
    calls = got(added(first()), arguments(OSLO), added(first(), 1), arguments(rome, place=1), done(first(rome), 1))
    assert calls == [*RIGHT, ("weather", {"city": "Rome"})]


@pytest.mark.parametrize(
    ("fields", "place"), [({"id": "fc_9"}, 0), ({"name": "other"}, 0), ({}, 1)], ids=["id", "name", "place"]
)
def test_a_call_with_another_call_id_and_another_mark_is_another(fields, place):
    again = first(**fields, call_id="call_9")
    objects = (
        added(first()),
        added(again, place),
        arguments(OSLO, None, place),
        done({**again, "arguments": OSLO}, place),
    )
    assert got(*objects) == [("weather", {}), (again["name"], {"city": "Oslo"})]


def test_a_call_that_is_announced_with_another_call_id_within_its_arguments_is_another():
    objects = added(first()), arguments('{"city":'), added(first(call_id="call_9")), arguments('"Oslo"}')
    assert got(*objects) == [("weather", '{"city":'), ("weather", '"Oslo"}')]


def test_two_calls_that_are_the_same_but_for_their_call_id_are_two():
    delta = {"type": "response.function_call_arguments.delta", "delta": OSLO}
    objects = added(first(id=None), None), delta, done(first(OSLO, id=None, call_id="call_9"), None)
    assert got(*objects) == [*RIGHT, *RIGHT]
    screen = {"type": "computer_call", "id": "cu_1", "call_id": "call_1", "action": {"type": "screenshot"}}
    assert len(read([added(screen), done({**screen, "call_id": "call_2"}), ended(output=[])]).parts) == 2


def test_a_call_that_ends_twice_is_one():
    assert got(added(first()), done(first()), done(first(OSLO, id="fc_9"))) == RIGHT
    rome = '{"city":"Rome"}'
    assert got(added(first()), done(first(rome)), done(first(OSLO, id="fc_9"))) == [("weather", rome)]


def test_a_call_without_arguments_whose_form_with_another_call_id_may_be_another_is_invalid():
    assert got(added(first()), done(first("{}", call_id="call_9"))) == [("weather", "{}")]


def test_a_call_that_was_contradicted_once_is_invalid():
    objects = added(first()), arguments(OSLO), all_arguments('{"city":"Rome"}'), all_arguments('{ "city": "Oslo" }')
    assert got(*objects) == [("weather", OSLO)]


def test_whole_arguments_that_were_taken_for_another_calls_leave_neither_valid():
    begun = added(first()), arguments('{"ci'), all_arguments('{"city":', "fc_2", 1)
    guessed = *begun, arguments('"Oslo"}', "fc_8", 9), done(first(OSLO))
    assert got(*guessed, added(second(), 1)) == [("weather", OSLO), ("other", "")]


def test_a_call_keeps_its_name_and_call_id():
    assert got(added(first()), arguments("", call_id="call_9")) == [("weather", {})]
    objects = added(first()), arguments('{"city":', name="other", call_id="call_9"), arguments('"Oslo"}')
    (found,) = read([*objects, ended(output=[])]).tool_calls
    assert (found.id, found.name, found.arguments) == ("call_1", *RIGHT[0])


def test_the_text_of_a_custom_tool_that_a_whole_form_confirmed_is_complete():
    item = {"type": "custom_tool_call", "id": "ctc", "call_id": "c1", "name": "sql", "input": ""}
    delta = {"type": "response.custom_tool_call_input.delta", "item_id": "ctc", "output_index": 0}
    whole = "SELECT 1"
    objects = added(item), {**delta, "delta": whole}, done({**item, "input": whole}), {**delta, "delta": "; DROP"}
    assert got(*objects) == [("sql", {"input": whole})]
