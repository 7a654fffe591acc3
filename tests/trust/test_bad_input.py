"""Whatever is put in: either a request the strict sandbox takes, or one clear error that names the input.

Each input goes through a verb drawn with it: whole or streamed, sync or async. `HATZ_SOAK=1` draws many more of them.
"""

import functools
import math
import os
import re
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, currently_in_test_context, event, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock, ThinkingBlock, ToolCallBlock

from hatz_client import (
    HatzBadRequestError,
    HatzInvalidInputError,
    HatzNotFoundError,
    HatzResponseError,
)
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

from .wires import MODEL

SOAK = bool(os.environ.get("HATZ_SOAK"))
pytestmark = pytest.mark.timeout(1800 if SOAK else 120)
MODELS = {"messages": MODEL, "responses": "gpt-5.2", "chat": MODEL}
fuzz = functools.partial(
    settings,
    max_examples=600 if SOAK else 25,
    deadline=None,
    derandomize=not SOAK,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def server():
    with Sandbox() as running:
        yield running


@pytest.fixture(params=["messages", "responses", "chat"])
def endpoint(request):
    return request.param


@pytest.fixture
def langchain(server, endpoint):
    return ChatHatz(MODELS[endpoint], api_key=server.api_key, base_url=server.base_url, endpoint=endpoint)


@pytest.fixture
def llama_index(server, endpoint):
    return HatzLLM(MODELS[endpoint], api_key=server.api_key, base_url=server.base_url, endpoint=endpoint)


def taken(server, call, *names):
    """Make the call: it is answered, or refused before it is sent, or refused with one of these names said."""
    server.requests.clear()
    refusal = None
    try:
        call()
    except (HatzInvalidInputError, HatzBadRequestError) as error:
        refusal = error
    if currently_in_test_context():
        event("answered" if refusal is None else type(refusal).__name__)
    if isinstance(refusal, HatzInvalidInputError):
        assert str(refusal).strip()
        assert not server.requests, "an error of the input is one before anything is sent"
    elif refusal is not None:
        assert any(name in str(refusal) for name in names), str(refusal)


ways = st.sampled_from(["ask", "stream", "async ask", "async stream"])


async def _all_of(stream):
    return [piece async for piece in stream]


async def _all_that_comes(stream):
    return await _all_of(await stream)


def of_langchain(loop, way, model, said, /, **given):
    """The call, as this verb makes it."""
    return {
        "ask": lambda: model.invoke(said, **given),
        "stream": lambda: list(model.stream(said, **given)),
        "async ask": lambda: loop.run(model.ainvoke(said, **given)),
        "async stream": lambda: loop.run(_all_of(model.astream(said, **given))),
    }[way]


def of_llama_index(loop, way, llm, said, /, **given):
    """The call, as this verb makes it."""
    return {
        "ask": lambda: llm.chat(said, **given),
        "stream": lambda: list(llm.stream_chat(said, **given)),
        "async ask": lambda: loop.run(llm.achat(said, **given)),
        "async stream": lambda: loop.run(_all_that_comes(llm.astream_chat(said, **given))),
    }[way]


odd = st.characters(categories=["Lu", "Ll", "Nd", "Zs", "Cc", "Cs", "So", "Mn"])
words = st.one_of(
    st.sampled_from(["", " ", "\n", "Hello", "\ud800", "\udc00x", "a\u2028b", "\x00", "🌍", "{", "```json"]),
    st.text(odd, max_size=12),
)
ids = st.one_of(st.sampled_from(["", "call_1", "call_1", "call_2", "toolu_1"]), st.text(odd, max_size=8))
tool_names = st.one_of(
    st.sampled_from(["look", "look", "a.b", "mit Umlaut ü", "x" * 200, ""]), st.text(odd, max_size=8)
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    words,
    st.sampled_from([math.nan, -math.inf, 10**400, -0.0]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2), max_leaves=4
)
arguments = st.dictionaries(words, values, max_size=2)


@st.composite
def conversations_of_langchain(draw):
    texts = st.one_of(
        words, st.lists(words, max_size=2), st.lists(words.map(lambda text: {"type": "text", "text": text}), max_size=2)
    )
    call = st.builds(
        lambda call_id, name, args: {"id": call_id, "name": name, "args": args, "type": "tool_call"},
        ids,
        tool_names,
        arguments,
    )
    one = st.one_of(
        st.builds(HumanMessage, texts),
        st.builds(SystemMessage, texts),
        st.builds(AIMessage, texts, tool_calls=st.lists(call, max_size=2)),
        st.builds(lambda content, id: ToolMessage(content, tool_call_id=id), texts, ids),  # noqa: A006
    )
    return draw(st.lists(one, max_size=5))


@fuzz()
@given(conversations_of_langchain(), ways)
def test_any_conversation_of_langchain(server, loop, langchain, conversation, way):
    taken(server, of_langchain(loop, way, langchain, conversation), "first message")


@st.composite
def conversations_of_llama_index(draw):
    call = st.builds(ToolCallBlock, tool_call_id=ids, tool_name=tool_names, tool_kwargs=arguments | words)
    block = st.one_of(
        words.map(lambda text: TextBlock(text=text)), call, words.map(lambda text: ThinkingBlock(content=text))
    )
    one = st.builds(
        lambda role, blocks, call_id: ChatMessage(
            role=role, blocks=blocks, additional_kwargs={"tool_call_id": call_id} if role == "tool" else {}
        ),
        st.sampled_from([role.value for role in MessageRole]),
        st.lists(block, max_size=3),
        ids,
    )
    return draw(st.lists(one, max_size=5))


@fuzz()
@given(conversations_of_llama_index(), ways)
def test_any_conversation_of_llama_index(server, loop, llama_index, conversation, way):
    taken(server, of_llama_index(loop, way, llama_index, conversation), "first message")


# Parameters

numbers = st.sampled_from([0, 0.0, 1, -1, 0.5, 10**30, math.nan, math.inf, -math.inf, 1e-320])
parameters = st.fixed_dictionaries(
    {},
    optional={
        "temperature": numbers,
        "top_p": numbers,
        "top_k": numbers,
        "max_tokens": numbers,
        "stop": st.lists(words, max_size=3),
        "reasoning_effort": words,
        "model": words,
        "extra_body": st.dictionaries(st.sampled_from(["metadata", "user", "unheard_of"]), values, max_size=2),
        "unheard_of": values,
    },
)
NAMES = (
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "max_output_tokens",
    "stop",
    "reasoning",
    "effort",
    "model",
    "metadata",
    "user",
    "unheard_of",
)


@fuzz()
@given(parameters, ways)
def test_any_parameters_of_langchain(server, loop, langchain, given, way):
    missing_is_fine(server, of_langchain(loop, way, langchain, "Hello", **given), given)


@fuzz()
@given(parameters, ways)
def test_any_parameters_of_llama_index(server, loop, llama_index, given, way):
    missing_is_fine(server, of_llama_index(loop, way, llama_index, [ChatMessage("Hello")], **given), given)


def missing_is_fine(server, call, given):
    """As `taken`; a model of an odd name is just not found, and no tokens at all are an empty stream on native chat."""
    nothing = (HatzResponseError,) if given.get("max_tokens", 1) < 1 else ()
    with suppress(HatzNotFoundError, *nothing):
        taken(server, call, *NAMES)


# Tools

schemas = st.recursive(
    st.one_of(
        st.just({}),
        st.builds(
            lambda kind: {"type": kind},
            st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object", "any"]),
        ),
        st.builds(lambda options: {"enum": options}, st.lists(scalars, max_size=2)),
        st.builds(lambda text: {"type": "string", "description": text, "pattern": text}, words),
    ),
    lambda inner: st.one_of(
        st.builds(
            lambda properties, required: {"type": "object", "properties": properties, "required": required},
            st.dictionaries(words, inner, max_size=2),
            st.lists(words, max_size=1),
        ),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda options: {"anyOf": options}, st.lists(inner, max_size=2)),
        st.builds(lambda one: {"$defs": {"One": one}, "$ref": "#/$defs/One"}, inner),
    ),
    max_leaves=3,
)
tools = st.builds(
    lambda name, description, parameters: {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    },
    tool_names,
    words,
    schemas.map(lambda schema: {"type": "object", "properties": {"one": schema}}) | schemas,
)
OF_TOOLS = ("tools", "tool", "schema", "name", "input_schema", "parameters")


@fuzz()
@given(st.lists(tools, min_size=1, max_size=3), st.sampled_from([None, True, False]), ways)
def test_any_tools_of_langchain(server, loop, langchain, offered, strict, way):
    def call():
        of_langchain(loop, way, langchain.bind_tools(offered, strict=strict), "Hello")()

    taken(server, call, *OF_TOOLS)


@fuzz()
@given(st.lists(tools, min_size=1, max_size=3), st.sampled_from([None, True, False]), ways)
def test_any_tools_of_llama_index(server, loop, llama_index, offered, strict, way):
    call = of_llama_index(loop, way, llama_index, [ChatMessage("Hello")], tools=offered, strict=strict)
    taken(server, call, *OF_TOOLS)


# By name


def cyclic():
    one = {"type": "object", "properties": {}}
    one["properties"]["again"] = one
    return one


def deep(levels=100):
    value = "end"
    for _ in range(levels):
        value = {"in": value}
    return value


def tool(schema, name="look"):
    return {"type": "function", "function": {"name": name, "description": "Looks.", "parameters": schema}}


UNSENDABLE = {
    "a schema that contains itself": ({"tools": [tool(cyclic())]}, "tools[0]"),
    "a body that contains itself": ({"extra_body": {"metadata": cyclic()}}, "metadata"),
    "a number of 5,000 digits": ({"extra_body": {"metadata": {"n": 10**5000}}}, "metadata.n"),
    "a set": ({"extra_body": {"metadata": {"some": {1, 2}}}}, "metadata.some"),
    "bytes": ({"extra_body": {"metadata": {"some": b"1"}}}, "metadata.some"),
    "an object": ({"extra_body": {"metadata": [object()]}}, "metadata[0]"),
    "a key that is a tuple": ({"extra_body": {"metadata": {(1, 2): 3}}}, "metadata"),
    "a timeout of none": ({"timeout": 0}, "timeout"),
    "an endpoint nobody knows": ({"endpoint": "completions"}, "endpoint"),
    "a tool without a name": ({"tools": [{"type": "function", "function": {"parameters": {}}}]}, "name"),
    "a choice of a tool that is not there": ({"tools": [tool({})], "tool_choice": "other"}, "other"),
    "a tool that is none": ({"tools": [5]}, "5 is "),
    "a stop sequence that is none": ({"stop": [None]}, "stop"),
    "a stop that is a number": ({"stop": 5}, "stop"),
    "a body that is a number": ({"extra_body": 5}, "extra_body"),
    "a header with a line break": ({"headers": {"X-Own": "a\nb"}}, "X-Own"),
}


@pytest.fixture(params=["langchain", "llama_index"])
def ask(request, langchain, llama_index):
    if request.param == "langchain":
        return lambda **given: langchain.invoke("Hello", **given)
    return lambda **given: llama_index.chat([ChatMessage("Hello")], **given)


@pytest.mark.parametrize("what", UNSENDABLE)
@pytest.mark.parametrize("endpoint", ["messages", "responses"], indirect=True)
def test_what_has_no_form_is_one_error_that_names_it(server, ask, what):
    given, name = UNSENDABLE[what]
    server.requests.clear()
    with pytest.raises(ValueError, match=re.escape(name)):
        ask(**given)
    assert not server.requests


MENDED = {
    "not a number, in the body": {"extra_body": {"metadata": {"n": math.nan, "m": [math.inf]}}},
    "keys that are no strings": {"extra_body": {"metadata": {1: 2, None: 3, False: 4, math.nan: 5}}},
    "half a character": {"extra_body": {"metadata": {"\ud83d": "\ude00", "pair": "\ud83d\ude00"}}},
    "many levels": {"extra_body": {"metadata": deep()}},
    "tools of the same name": {"tools": [tool({"type": "object", "properties": {}})] * 2},
}


@pytest.mark.parametrize("what", MENDED)
@pytest.mark.parametrize("endpoint", ["messages", "responses"], indirect=True)
def test_what_can_be_mended_is_sent(server, ask, what):
    taken(server, lambda: ask(**MENDED[what]), "metadata", "look", "Tool names")


def histories():
    """Histories that programs do write, each answered or refused as one."""
    call = {"id": "same", "name": "look", "args": {}, "type": "tool_call"}
    looked = AIMessage("", tool_calls=[call])
    found = ToolMessage("found", tool_call_id="same")
    return {
        "10,000 messages": [HumanMessage("Hello") if n % 2 == 0 else AIMessage("Hi.") for n in range(9_999)],
        "a message of 1 MB": [HumanMessage("word " * 200_000)],
        "results of no call": [HumanMessage("Hello"), ToolMessage("found", tool_call_id="of nothing")],
        "a call without a result": [HumanMessage("Hello"), looked, HumanMessage("And?")],
        "one id for two calls": [HumanMessage("Hello"), looked, found, looked, found],
        "two results for one call": [HumanMessage("Hello"), looked, found, found],
        "a result before its call": [HumanMessage("Hello"), found, looked],
        "results only": [found],
        "system messages only": [SystemMessage("Be kind.")],
        "a system message in the middle": [HumanMessage("Hello"), SystemMessage("Be kind."), HumanMessage("So?")],
        "nothing but empty words": [HumanMessage("Hello"), AIMessage(""), HumanMessage(""), HumanMessage("So?")],
        "an answer last": [HumanMessage("Hello"), AIMessage("Hi. ")],
    }


@pytest.mark.parametrize("what", histories())
def test_histories_that_programs_do_write_are_answered(server, langchain, what):
    server.requests.clear()
    assert langchain.invoke(histories()[what]) is not None
    assert len(server.requests) == 1


def test_an_input_of_nothing_is_one_error(server, langchain, llama_index):
    server.requests.clear()
    for call in (lambda: langchain.invoke([]), lambda: langchain.invoke(""), lambda: llama_index.chat([])):
        with pytest.raises(HatzInvalidInputError, match=r"nothing|empty"):
            call()
    assert not server.requests


@pytest.mark.parametrize("name", ["look", "a.b/c", "mit Umlaut ü", "x" * 200, "功能", "look it up!"])
@pytest.mark.parametrize("endpoint", ["messages", "responses"], indirect=True)
def test_a_tool_of_any_name_is_called_by_its_name(server, langchain, llama_index, name):
    """Names that the wire does not take go out under another, and come back as they were."""
    schema = {"type": "object", "properties": {"where": {"type": "string"}}, "required": ["where"]}
    sent = []
    for ask in (
        lambda: langchain.bind_tools([tool(schema, name)], tool_choice="any").invoke("Look in Paris"),
        lambda: llama_index.chat([ChatMessage("Look in Paris")], tools=[tool(schema, name)], tool_choice="required"),
    ):
        server.requests.clear()
        answer = ask()
        found = (
            [call["name"] for call in answer.tool_calls]
            if isinstance(answer, AIMessage)
            else [block.tool_name for block in answer.message.blocks if isinstance(block, ToolCallBlock)]
        )
        assert found == [name]
        sent.append(server.last_request.body["tools"][0]["name"])
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", sent[-1])
