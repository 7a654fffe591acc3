"""From a framework's call to the gateway's answer: build the request and run it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from hatz_client.content import EndpointName, Prompt, Reply, Turn, Usage
from hatz_client.events import Event, unfold
from hatz_client.integration.cache_marks import keep_last_marks, mark_last
from hatz_client.integration.settings.fields import HatzFields
from hatz_client.integration.settings.overrides import Overrides, split_kwargs
from hatz_client.integration.tools import to_tool_choice, to_tools
from hatz_client.util.async_generators import closable
from hatz_client.util.json_text import deep_merge
from hatz_client.util.value import Value
from hatz_client.wire.endpoints import EndpointSpec, endpoint_name, endpoint_spec

if TYPE_CHECKING:
    from hatz_client import AsyncClient, Client
    from hatz_client.integration.structured.request import StructuredRequest

P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True)

_ALWAYS_SENT = {"model", "turns", "tools", "extra", "orphan_tools", "system_messages", "assistant_prefill"}
_MAY_BE_DISABLED = tuple(name for name in Prompt.__struct_fields__ if name not in _ALWAYS_SENT)


class Converter(Protocol[P_co]):
    """Converts the events of an answer, for example into a framework's chunks."""

    def feed(self, event: Event, /) -> Iterable[P_co]:
        """The chunks for this event."""
        ...

    def close(self) -> Iterable[P_co]:
        """The last chunks."""
        ...


class Framework(Value, frozen=True):
    """The functions of a framework's integration: they translate its messages and tools."""

    turns: Callable[[Sequence[Any], EndpointName, str], tuple[Turn, ...]]
    """(messages, endpoint, model) → turns."""
    tool: Callable[[Any], Mapping[str, Any]]
    """A tool, which may already be JSON → JSON in a form of `tools.to_tool`."""


class ChatRequest(Value, frozen=True):
    """One request for an answer, and how to read the answer."""

    prompt: Prompt
    endpoint: EndpointName
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Keyword arguments of the client's `ask` and `stream`."""
    call: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """The settings of the group "call" for this call."""
    uploads: bool = False
    """Whether the media in the prompt must be uploaded first."""
    form: StructuredRequest | None = None
    """The requested form of the answer; None leaves the answer unchanged."""


def chat_request(
    model: HatzFields, messages: Sequence[Any], kwargs: Mapping[str, Any], framework: Framework
) -> ChatRequest:
    """Build the request for these messages and keyword arguments.

    Args:
        model: The model; its settings apply unless the call overrides them.
        messages: The framework's messages.
        kwargs: Settings by name or alias, tools and their choice, `response_format`, and options of the call: `endpoint`,
            `timeout`, `headers`, `request_id`. Anything else becomes a field of the request's body.
        framework: Translates messages, tools and response formats.

    Raises:
        HatzInvalidInputError: if the request cannot be built; the message names the input and the solution.
    """
    given = split_kwargs(model, kwargs)
    once = given.once
    endpoint = endpoint_name(Prompt(turns=(), **given.prompt), once["endpoint"] or model.endpoint)
    spec = endpoint_spec(endpoint)
    tools = _tool_fields(given, framework)
    turns = framework.turns(messages, endpoint, given.prompt["model"])
    if mark := spec.supported({"cache_control": once["cache_control"]}):
        turns = mark_last(turns, mark["cache_control"])
    prompt = Prompt(turns=turns, **tools, extra=_body(model, given, spec), **given.prompt)
    if given.call["disabled_params"]:
        prompt = _without_disabled(prompt, given.call["disabled_params"])
    form = None
    if once["response_format"] is not None or once["structured_tool"]:
        from hatz_client.integration.structured.request import answer_form  # noqa: PLC0415 (for few)

        asked = {name: once[name] for name in ("response_format", "structured_tool")}
        form = answer_form(prompt, spec, model.structured_output_strategy, **asked)
        prompt = form.prompt if form else prompt
    return ChatRequest(
        keep_last_marks(prompt) if spec.cache_marks else prompt,
        endpoint,
        options={**given.options, "endpoint": endpoint},
        call=given.call,
        uploads=spec.uploads and bool(given.call["auto_upload"]),
        form=form,
    )


def _tool_fields(given: Overrides, framework: Framework) -> dict[str, Any]:
    """The fields of the prompt about tools; without tools there is no tool choice."""
    offered = [*(given.call.get("built_in_tools") or ()), *(given.tools["tools"] or ())]
    if not offered:
        return {}
    tools = to_tools(map(framework.tool, offered), strict=given.tools["strict"])
    choice, parallel = to_tool_choice(given.tools["tool_choice"], tools)
    if parallel is None:
        parallel = given.tools["parallel_tool_calls"]
    return {"tools": tools, "tool_choice": choice, "parallel_tool_calls": parallel}


def _body(model: HatzFields, given: Overrides, spec: EndpointSpec) -> dict[str, Any]:
    """Additional fields of the body: settings that the endpoint supports, then fields that the user passed directly."""
    extra: dict[str, Any] = {}
    for fields in (model.extra_body, given.once["extra_body"], given.further):
        if fields:
            extra = deep_merge(extra, fields)
    body = spec.supported(given.body)
    return deep_merge(body, extra) if extra else body


def _without_disabled(prompt: Prompt, disabled: Mapping[str, Sequence[Any] | None]) -> Prompt:
    """The prompt without the parameters, or values of parameters, in `disabled_params`."""

    def is_off(name: str, value: Any) -> bool:
        return name in disabled and ((values := disabled[name]) is None or value in values)

    off: dict[str, Any] = {
        name: () if isinstance(value, tuple) else None
        for name in _MAY_BE_DISABLED
        if is_off(name, value := getattr(prompt, name))
    }
    extra = {name: value for name, value in prompt.extra.items() if not is_off(name, value)}
    return prompt.replace(**off, extra=extra)


# Run it.


def run(client: Client, request: ChatRequest) -> Reply:
    """The complete answer; asks a second time if the first answer does not have the requested form."""
    prompt = client.with_uploads(request.prompt) if request.uploads else request.prompt
    reply = client.ask(prompt, **request.options)
    if request.form is None:
        return reply
    if again := request.form.repair(prompt, reply):
        reply = add_usage(reply, client.ask(again, **request.options))
    return request.form.read(reply)


async def arun(client: AsyncClient, request: ChatRequest) -> Reply:
    """Async version of `run`."""
    prompt = await client.with_uploads(request.prompt) if request.uploads else request.prompt
    reply = await client.ask(prompt, **request.options)
    if request.form is None:
        return reply
    if again := request.form.repair(prompt, reply):
        reply = add_usage(reply, await client.ask(again, **request.options))
    return request.form.read(reply)


def add_usage(first: Reply, second: Reply) -> Reply:
    """The second answer with the summed usage of both; a count is unknown if one of them does not report it."""
    one, other = first.usage, second.usage
    if one is None or other is None:
        return second.replace(usage=None)
    used = Usage(
        one.input + other.input,
        one.output + other.output,
        one.total + other.total,
        _add_counts(one.cache_read, other.cache_read),
        _add_counts(one.cache_write, other.cache_write),
        _add_counts(one.reasoning, other.reasoning),
    )
    return second.replace(usage=used)


def _add_counts(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def run_stream(client: Client, request: ChatRequest) -> Generator[Event, None, None]:
    """Stream the answer; all at once if its form must be checked first."""
    if request.form and request.form.buffered:
        yield from unfold(run(client, request))
        return
    prompt = client.with_uploads(request.prompt) if request.uploads else request.prompt
    event_filter = request.form.event_filter() if request.form else None
    with closing(client.stream(prompt, **request.options)) as events:
        yield from convert_events(events, event_filter) if event_filter else events


def arun_stream(client: AsyncClient, request: ChatRequest) -> AsyncGenerator[Event, None]:
    """Async version of `run_stream`."""
    return closable(_arun_stream(client, request))


async def _arun_stream(client: AsyncClient, request: ChatRequest) -> AsyncGenerator[Event, None]:
    if request.form and request.form.buffered:
        for event in unfold(await arun(client, request)):
            yield event
        return
    prompt = await client.with_uploads(request.prompt) if request.uploads else request.prompt
    event_filter = request.form.event_filter() if request.form else None
    stream = client.stream(prompt, **request.options)
    async with aclosing(closable(aconvert_events(stream, event_filter)) if event_filter else stream) as events:
        async for event in events:
            yield event


def convert_events(events: Generator[Event, None, None], converter: Converter[P]) -> Generator[P, None, None]:
    """The converted events; closing this generator closes the events."""
    with closing(events):
        for event in events:
            yield from converter.feed(event)
    yield from converter.close()


async def aconvert_events(events: AsyncGenerator[Event, None], converter: Converter[P]) -> AsyncGenerator[P, None]:
    """The same as `convert_events`."""
    async with aclosing(events):
        async for event in events:
            for piece in converter.feed(event):
                yield piece
    for piece in converter.close():
        yield piece
