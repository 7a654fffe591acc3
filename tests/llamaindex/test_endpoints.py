"""The eight ways to ask: what streams carry, what observers see, what is counted."""

import copy
import inspect
import json

import pytest
from llama_index.core.callbacks import CallbackManager, EventPayload, LlamaDebugHandler, TokenCountingHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span_handlers import SimpleSpanHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from pydantic import PrivateAttr

from hatz_client.errors import HatzError, HatzInvalidInputError, HatzStreamInterruptedError

WORDS = "The quick brown fox jumps over the lazy dog, twice."
PIECES = ["The quick ", "brown fox", " jumps over", " the lazy dog,", " twice."]
EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
HI = [ChatMessage(role="system", content="be brief"), ChatMessage(content="hi")]


async def eight(llm):
    """Every endpoint's name and its last response."""
    yield "chat", llm.chat(HI)
    yield "stream_chat", list(llm.stream_chat(HI))[-1]
    yield "complete", llm.complete("hi")
    yield "stream_complete", list(llm.stream_complete("hi"))[-1]
    yield "achat", await llm.achat(HI)
    yield "astream_chat", [chunk async for chunk in await llm.astream_chat(HI)][-1]
    yield "acomplete", await llm.acomplete("hi")
    yield "astream_complete", [chunk async for chunk in await llm.astream_complete("hi")][-1]


@pytest.fixture
def eight_replies(sandbox):
    for _ in range(8):
        sandbox.reply(WORDS, chunks=PIECES, usage={"input": 123, "output": 45})


class Recorder(BaseEventHandler):
    _seen: list = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls):
        return "Recorder"

    def handle(self, event, **_):
        self._seen.append(event)

    @property
    def seen(self):
        return self._seen

    def taken(self, *endings):
        """The names seen since the last time that end so."""
        names = [type(event).__name__ for event in self._seen if type(event).__name__.endswith(endings)]
        self._seen.clear()
        return names


@pytest.fixture
def events():
    root = get_dispatcher()
    recorder = Recorder()
    root.add_event_handler(recorder)
    yield recorder
    root.event_handlers.remove(recorder)


@pytest.fixture
def spans():
    root = get_dispatcher()
    handler = SimpleSpanHandler()
    root.add_span_handler(handler)
    yield handler
    root.span_handlers.remove(handler)


async def test_all_eight_give_the_words(llm, eight_replies):
    async for name, last in eight(llm):
        assert (last.text if "complete" in name else last.message.content) == WORDS, name


def accumulate(chunks, so_far_of):
    so_far = ""
    for chunk in chunks:
        so_far += chunk.delta
        assert (so_far_of(chunk) or "") == so_far
    assert so_far == WORDS
    assert len(chunks) >= len(PIECES)


class TestStreams:
    @pytest.fixture(autouse=True)
    def _reply(self, sandbox):
        sandbox.reply(WORDS, chunks=PIECES)

    @EVERYWHERE
    def test_chunks_hold_what_is_new_and_everything_so_far(self, llm):
        accumulate(list(llm.stream_chat(HI)), lambda chunk: chunk.message.content)

    @EVERYWHERE
    async def test_async_chunks_too(self, llm):
        chunks = await llm.astream_chat(HI)
        assert inspect.isasyncgen(chunks)
        accumulate([chunk async for chunk in chunks], lambda chunk: chunk.message.content)

    def test_completions_too(self, llm):
        accumulate(list(llm.stream_complete("hi")), lambda chunk: chunk.text)

    async def test_async_completions_too(self, llm):
        accumulate([chunk async for chunk in await llm.astream_complete("hi")], lambda chunk: chunk.text)

    def test_a_chunk_never_changes_later(self, llm):
        chunks, copies = [], []
        for chunk in llm.stream_chat(HI):
            chunks.append(chunk)
            copies.append(chunk.model_copy(deep=True))
        assert chunks == copies

    def test_the_last_chunk_is_the_answer(self, llm, sandbox):
        streamed = list(llm.stream_chat(HI))[-1]
        sandbox.reply(WORDS)
        whole = llm.chat(HI)
        assert streamed.message == whole.message
        assert streamed.additional_kwargs.keys() == whole.additional_kwargs.keys()


def test_streams_are_lazy_but_bad_input_is_not(make, sandbox):
    llm = make()
    llm.stream_chat(HI)
    assert not sandbox.requests
    with pytest.raises(HatzInvalidInputError, match="nothing to send"):
        llm.stream_chat([ChatMessage(content="")])


@pytest.mark.parametrize("prompt", [None, 3, PromptTemplate("Hello")])
def test_a_prompt_that_is_no_text_is_an_error_that_says_what_llamaindex_drops(make, sandbox, prompt):
    with pytest.raises(HatzInvalidInputError, match="LlamaIndex drops content"):
        make().complete(prompt)
    assert not sandbox.requests


async def test_an_empty_answer_does_no_harm(llm, sandbox):
    for _ in range(8):
        sandbox.reply("")
    async for name, last in eight(llm):
        assert (last.text if "complete" in name else last.message.content) == "", name


@pytest.mark.parametrize("how", ["chat", "stream"])
def test_a_cut_answer_keeps_its_text_and_says_so(llm, sandbox, how):
    sandbox.reply(WORDS, finish="length")
    answer = llm.chat(HI) if how == "chat" else list(llm.stream_chat(HI))[-1]
    assert answer.message.content == WORDS
    assert answer.additional_kwargs["finish_reason"] == answer.raw["finish_reason"] == "length"


@EVERYWHERE
def test_messages_are_left_as_they_are(llm):
    given = copy.deepcopy(HI)
    llm.chat(given)
    list(llm.stream_chat(given))
    assert given == HI


async def test_prompts(llm, sandbox, asked):
    for _ in range(4):
        sandbox.reply(WORDS)
    prompt = PromptTemplate("say {word}")
    assert llm.predict(prompt, word="hi") == WORDS
    assert "".join(llm.stream(prompt, word="hi")) == WORDS
    assert await llm.apredict(prompt, word="hi") == WORDS
    assert "".join([token async for token in await llm.astream(prompt, word="hi")]) == WORDS
    assert all("say hi" in json.dumps(body) for body in asked.bodies)


def test_complete_takes_its_prompt_in_every_way(llm):
    assert llm.complete("hi", formatted=True).text
    assert llm.complete(prompt="hi").text
    for call in (lambda: llm.complete("hi", prompt="hi"), llm.complete, llm.stream_complete):
        with pytest.raises((TypeError, ValueError)):
            call()


class TestUsage:
    EXPECTED = (123, 45, 168)

    async def test_is_beside_every_answer(self, llm, eight_replies):
        async for name, last in eight(llm):
            for holder in (last.additional_kwargs, last.raw["usage"]):
                got = tuple(holder[key] for key in ("prompt_tokens", "completion_tokens", "total_tokens"))
                assert got == self.EXPECTED, name

    async def test_is_counted_once_and_exactly(self, make, eight_replies):
        counter = TokenCountingHandler(tokenizer=lambda text: [0] * 1000)
        llm = make(callback_manager=CallbackManager([counter]))
        async for name, _ in eight(llm):
            counts = [(event.prompt_token_count, event.completion_token_count) for event in counter.llm_token_counts]
            assert counts == [(123, 45)], name
            counter.reset_counts()

    def test_includes_what_was_cached(self, llm, sandbox, endpoint):
        sandbox.reply("x", usage={"input": 100, "output": 5, "cache_read": 80})
        usage = llm.chat(HI).raw["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] == 80
        assert usage["prompt_tokens"] == 100
        assert usage["total_tokens"] == 105


@EVERYWHERE
class TestObservers:
    async def test_one_start_and_one_end_for_each_call(self, llm, events, eight_replies):
        async for name, _ in eight(llm):
            kind = "Completion" if "complete" in name else "Chat"
            assert events.taken("StartEvent", "EndEvent") == [f"LLM{kind}StartEvent", f"LLM{kind}EndEvent"], name

    def test_streams_tell_of_their_progress(self, llm, sandbox, events):
        sandbox.reply(WORDS, chunks=PIECES)
        list(llm.stream_chat(HI))
        assert len(events.taken("InProgressEvent")) >= len(PIECES)

    async def test_events_are_json(self, llm, events):
        llm.chat(HI)
        list(llm.stream_chat(HI))
        await llm.acomplete("hi")
        for event in events.seen:
            json.dumps(event.model_dump(mode="json"))

    def test_spans_close(self, llm, spans):
        llm.chat(HI)
        assert any(".chat-" in span.id_ for span in spans.completed_spans)
        assert not spans.open_spans

    async def test_callbacks_come_in_pairs(self, make, eight_replies):
        handler = LlamaDebugHandler(print_trace_on_end=False)
        llm = make(callback_manager=CallbackManager([handler]))
        count = 0
        async for name, _ in eight(llm):
            count += 1
            pairs = handler.get_llm_inputs_outputs()
            assert len(pairs) == count, name
            payload = pairs[-1][1].payload
            assert payload.get(EventPayload.RESPONSE) or payload.get(EventPayload.COMPLETION), name

    async def test_the_rate_limiter_is_asked_once_for_each_call(self, make, eight_replies):
        class Limiter:
            count = 0

            def acquire(self, num_tokens=0):
                self.count += 1

            async def async_acquire(self, num_tokens=0):
                self.count += 1

        llm = make(rate_limiter=(limiter := Limiter()))
        count = 0
        async for name, _ in eight(llm):
            count += 1
            assert limiter.count == count, name

    @pytest.mark.parametrize("how", ["chat", "achat", "astream_complete"])
    async def test_a_call_that_fails_ends_its_event(self, make, sandbox, events, how):
        sandbox.fail(400)
        handler = LlamaDebugHandler(print_trace_on_end=False)
        llm = make(callback_manager=CallbackManager([handler]))
        calls = {"chat": lambda: llm.chat(messages=HI), "achat": lambda: llm.achat(messages=HI)}
        with pytest.raises(HatzError):
            await (calls[how]() if how in calls else anext(await llm.astream_complete("hi")))
        assert not [name for name in events.taken("Event") if name in {"LLMChatEndEvent", "LLMCompletionEndEvent"}]
        [(_, end)] = handler.get_llm_inputs_outputs()
        assert isinstance(end.payload[EventPayload.EXCEPTION], HatzError)

    def test_a_stream_that_fails_ends_its_event(self, make, sandbox, events):
        sandbox.error_event(after=3)
        handler = LlamaDebugHandler(print_trace_on_end=False)
        llm = make(callback_manager=CallbackManager([handler]))
        with pytest.raises(HatzError):
            list(llm.stream_chat(HI))
        assert "ExceptionEvent" in events.taken("Event")
        assert handler.get_llm_inputs_outputs()


@EVERYWHERE
class TestBrokenStreams:
    @pytest.fixture(autouse=True)
    def _reply(self, sandbox):
        sandbox.cut_stream_after(12, reply=WORDS * 5)

    def test_raise_with_what_had_come(self, llm):
        with pytest.raises(HatzStreamInterruptedError) as caught:
            list(llm.stream_chat(HI))
        assert WORDS.startswith(caught.value.partial.text[:10])
        assert caught.value.request_id

    async def test_raise_async_too(self, llm):
        chunks = await llm.astream_complete("hi")
        with pytest.raises(HatzStreamInterruptedError):
            [chunk async for chunk in chunks]
