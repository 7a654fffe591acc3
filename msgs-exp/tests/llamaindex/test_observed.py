"""Events are made for those who observe, wherever they sit, and for nobody else."""

import inspect

import pytest
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.span_handlers import SimpleSpanHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.llms import callbacks as llama_index_callbacks
from llama_index.core.tools import FunctionTool
from pydantic import PrivateAttr

from llama_index_hatz import HatzLLM

HI = [ChatMessage(content="hi")]
VERBS = [f"{before}{verb}" for before in ("", "a") for verb in ("chat", "stream_chat", "complete", "stream_complete")]


class Recorder(BaseEventHandler):
    _seen: list = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls):
        return "Recorder"

    def handle(self, event, **_):
        self._seen.append(type(event).__name__)

    @property
    def seen(self):
        return self._seen


async def asked(llm, verb):
    """Every answer, or chunk of one, that this verb gives."""
    found = getattr(llm, verb)("hi" if "complete" in verb else HI)
    if inspect.isawaitable(found):
        found = await found
    if inspect.isasyncgen(found):
        return [chunk async for chunk in found]
    return list(found) if inspect.isgenerator(found) else [found]


@pytest.mark.parametrize("verb", VERBS)
async def test_nobody_observes_and_no_event_is_made(llm, verb, monkeypatch):
    made = []
    for name in [name for name in vars(llama_index_callbacks) if name.startswith("LLM") and name.endswith("Event")]:
        monkeypatch.setattr(llama_index_callbacks, name, lambda name=name, **_: made.append(name))
    assert await asked(llm, verb)
    assert not made


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("place", ["root", llama_index_callbacks.dispatcher.name])
async def test_a_handler_of_any_dispatcher_on_the_way_hears(llm, verb, place):
    dispatcher, recorder = get_dispatcher(place), Recorder()
    dispatcher.add_event_handler(recorder)
    try:
        answers = await asked(llm, verb)
    finally:
        dispatcher.event_handlers.remove(recorder)
    kind = "LLMCompletion" if "complete" in verb else "LLMChat"
    between = [f"{kind}InProgressEvent"] * (len(answers) if "stream" in verb else 0)
    assert [name for name in recorder.seen if name.startswith(kind)] == [
        f"{kind}StartEvent",
        *between,
        f"{kind}EndEvent",
    ]


async def test_a_dispatcher_that_keeps_to_itself_is_not_heard_above(llm, monkeypatch):
    root, recorder = get_dispatcher(), Recorder()
    monkeypatch.setattr(llama_index_callbacks.dispatcher, "propagate", False)
    root.add_event_handler(recorder)
    try:
        await asked(llm, "chat")
    finally:
        root.event_handlers.remove(recorder)
    assert not [name for name in recorder.seen if name.startswith("LLMChat")]


@pytest.fixture(params=["root", HatzLLM.__module__])
def spans(request):
    dispatcher, handler = get_dispatcher(request.param), SimpleSpanHandler()
    dispatcher.add_span_handler(handler)
    yield handler
    dispatcher.span_handlers.remove(handler)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_call_is_one_span(llm, verb, spans):
    await asked(llm, verb)
    assert [span.id_.rpartition("-")[0].startswith(f"HatzLLM.{verb}-") for span in spans.completed_spans] == [True]
    assert not spans.open_spans


@pytest.mark.parametrize("spans", ["root"], indirect=True)
async def test_a_call_of_tools_is_one_span(llm, sandbox, spans):
    tool = FunctionTool.from_defaults(lambda: "pong", name="ping")
    for _ in range(2):
        sandbox.tool_call("ping", {})
    llm.predict_and_call([tool], "ping")
    await llm.apredict_and_call([tool], "ping")
    names = [span.id_.partition("-")[0] for span in spans.completed_spans]
    assert [name for name in names if "and_call" in name] == ["HatzLLM.predict_and_call", "HatzLLM.apredict_and_call"]


@pytest.mark.parametrize("spans", ["root"], indirect=True)
async def test_what_a_subclass_makes_anew_has_a_span_too(sandbox, spans):
    class Own(HatzLLM):
        def chat(self, messages, **kwargs):
            return super().chat(messages, **kwargs)

    await asked(Own("claude-haiku-4-5", api_key=sandbox.api_key, base_url=sandbox.base_url), "chat")
    assert [span.id_.partition("-")[0] for span in spans.completed_spans] == ["Own.chat", "Own.chat"]


async def test_a_callback_that_is_added_later_is_called(llm):
    await asked(llm, "chat")
    handler = LlamaDebugHandler(print_trace_on_end=False)
    llm.callback_manager.add_handler(handler)
    try:
        await asked(llm, "stream_chat")
    finally:
        llm.callback_manager.remove_handler(handler)  # LlamaIndex's managers share one list of handlers
    assert len(handler.get_llm_inputs_outputs()) == 1


@pytest.mark.parametrize("spans", ["root"], indirect=True)
async def test_who_comes_within_a_stream_sees_the_next_one_whole(llm, spans):
    dispatcher, recorder = get_dispatcher(), Recorder()
    handler = LlamaDebugHandler(print_trace_on_end=False)
    dispatcher.span_handlers.remove(spans)
    chunks = llm.stream_chat(HI)
    next(chunks)
    dispatcher.add_event_handler(recorder)
    dispatcher.add_span_handler(spans)
    llm.callback_manager.add_handler(handler)
    try:
        assert list(chunks)
        assert not recorder.seen
        assert not spans.completed_spans
        await asked(llm, "stream_chat")
    finally:
        dispatcher.event_handlers.remove(recorder)
        llm.callback_manager.remove_handler(handler)
    assert (recorder.seen[0], recorder.seen[-1]) == ("LLMChatStartEvent", "LLMChatEndEvent")
    assert len(spans.completed_spans) == len(handler.get_llm_inputs_outputs()) == 1
    assert not spans.open_spans


async def test_a_callback_manager_of_another_class_is_asked(make):
    class Manager(CallbackManager):
        started = 0

        def on_event_start(self, *args, **kwargs):
            self.started += 1
            return super().on_event_start(*args, **kwargs)

    llm = make(callback_manager=(manager := Manager([])))
    await asked(llm, "chat")
    await asked(llm, "achat")
    assert manager.started == 2


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_looks_as_it_was_written(verb):
    method = getattr(HatzLLM, verb)
    assert inspect.iscoroutinefunction(method) == verb.startswith("a")
    assert method.__doc__
    assert method.__name__ == verb
