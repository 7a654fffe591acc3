"""The registry of endpoints: the path and capabilities of each, and the choice of one for a prompt.

Code outside `wire` reads the capabilities in an `EndpointSpec` and never compares names, so that a new endpoint is one
module (its codec) and one entry of `SPECS`. Importing this module loads no codec.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from hatz_client.content import Endpoint, EndpointName, MediaKind, Prompt, Reply, StreamFormat
from hatz_client.errors import HatzInvalidInputError
from hatz_client.events import Event
from hatz_client.util.value import Value
from hatz_client.util.warn_once import warn_ignored_parameters
from hatz_client.wire.common.requests.alternatives import Alternative
from hatz_client.wire.common.requests.native_chat import needs_native_chat


class Decoder(Protocol):
    """Turns the JSON objects of one stream into events."""

    done: bool
    """Whether the wire's last event has arrived (native chat has none: the answer ends with the stream)."""

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """The events of one JSON object of the stream (often none or one).

        Raises:
            HatzError: if the object is an error.
        """
        ...

    def close(self) -> Iterable[Event]:
        """The last events, at the end of the stream.

        Raises:
            HatzStreamInterruptedError: the stream ended before the answer did.
        """
        ...


class Codec(Protocol):
    """One wire format, implemented by a module. It may have `ALTERNATIVES`: see `alternatives`."""

    @property
    def Decoder(self) -> type[Decoder]:  # noqa: N802 (it names a class)
        """The class that decodes its streams."""
        ...

    def encode(self, prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
        """The request's body.

        Raises:
            HatzInvalidInputError: if the prompt contains something that this endpoint has no form for.
        """
        ...

    def decode(self, body: Mapping[str, Any]) -> Reply:
        """The answer in a response's body.

        Raises:
            HatzError: if the body is an error object, or not an answer.
        """
        ...


class EndpointSpec(Value, frozen=True, kw_only=True):
    """The path, the wire format and the capabilities of one endpoint."""

    name: EndpointName
    """The value of `endpoint=`."""
    title: str
    """The name in messages to people, as in "The Messages endpoint"."""
    path: str
    """The path relative to the base URL, such as "/openai/responses"."""
    module: str
    """The name of its codec's module; `codec` imports it on first use."""
    framing: StreamFormat = "sse"
    """The framing of its streams: server-sent events, or one JSON object per line."""
    chosen_for: Callable[[Prompt], bool] | None = None
    """Whether "auto" chooses this endpoint for a prompt; None means never. If no endpoint is chosen, `DEFAULT` is used."""
    client_tools: bool = True
    """Whether the model can call the caller's tools (and be forced to, by a tool choice)."""
    recursive_formats: bool = True
    """Whether the schema of a response format may be recursive."""
    forced_tool_with_thinking: bool = True
    """Whether a tool choice can force a call while Anthropic's `thinking` is on."""
    strict_adds_nulls: bool = False
    """Whether optional arguments of strict tools are sent as nullable ones: `added_nulls` undoes it in the answer."""
    plain_argument_names: bool = False
    """Whether only plain names of arguments are accepted: `argument_names` restores the caller's in the answer."""
    stop_sequences: bool = False
    """Whether the endpoint has stop sequences; otherwise the client truncates the answer."""
    uploads: bool = False
    """Whether files are sent as ids of uploads to Hatz (with `auto_upload`, the client uploads them first)."""
    media: frozenset[MediaKind] = frozenset()
    """The kinds of media that a message can contain."""
    text_documents: bool = False
    """Whether a plain text document has its own block; otherwise it is sent as text."""
    cache_marks: bool = False
    """Whether parts can carry Anthropic's `cache_control`."""
    finish_field: str | None = None
    """The wire's own field for the finish reason, such as "stop_reason"."""
    parameters: frozenset[str] = frozenset()
    """The supported optional fields of a `Prompt`, and other fields of the body. A field that no endpoint lists is sent unchanged."""

    def supported(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that are set (not None) and supported by this endpoint; warns once about each of the others.

        Fields that no endpoint lists are kept, because the gateway may know them.
        """
        given = {name: value for name, value in fields.items() if value is not None}
        ignored = {name: given[name] for name in given if name not in self.parameters and _is_listed(name)}
        if ignored:
            warn_ignored_parameters(self.name, **ignored)
        return {name: value for name, value in given.items() if name not in ignored}


# The ids of OpenAI's models, which use Responses. Messages serves every model, so it is safe for all others.
_OPENAI = re.compile(r"(openai\.)?(gpt-|chatgpt-|o\d|codex|computer-use)", re.IGNORECASE)

DEFAULT: EndpointName = "messages"
SPECS: dict[str, EndpointSpec] = {
    spec.name: spec
    for spec in (
        EndpointSpec(
            name="responses",
            title="Responses",
            path="/openai/responses",
            module="hatz_client.wire.responses",
            strict_adds_nulls=True,
            chosen_for=lambda prompt: _OPENAI.match(prompt.model) is not None and not needs_native_chat(prompt),
            media=frozenset({"image", "document"}),
            parameters=frozenset(
                {"temperature", "top_p", "max_tokens", "stop", "seed", "reasoning_effort", "reasoning"}
                | {"response_format", "parallel_tool_calls"}
            ),
        ),
        EndpointSpec(
            name="messages",
            title="Messages",
            path="/anthropic/messages",
            module="hatz_client.wire.messages",
            forced_tool_with_thinking=False,
            recursive_formats=False,
            plain_argument_names=True,
            stop_sequences=True,
            media=frozenset({"image", "document"}),
            text_documents=True,
            cache_marks=True,
            finish_field="stop_reason",
            parameters=frozenset(
                {"temperature", "top_p", "top_k", "max_tokens", "stop", "reasoning_effort", "thinking"}
                | {"response_format", "parallel_tool_calls", "cache_control"}
            ),
        ),
        EndpointSpec(
            name="chat",
            title="native chat",
            path="/chat/completions",
            module="hatz_client.wire.chat",
            framing="ndjson",
            chosen_for=needs_native_chat,
            client_tools=False,
            uploads=True,
            parameters=frozenset(
                {"temperature", "max_tokens", "stop", "seed", "tools_to_use", "auto_tool_selection", "file_uuids"}
            ),
        ),
    )
}
"""The endpoints by name. A test, or a preview of a new endpoint, may add one."""


def _is_listed(parameter: str) -> bool:
    return any(parameter in spec.parameters for spec in SPECS.values())


def endpoint_spec(name: str) -> EndpointSpec:
    """The spec of the endpoint with this name.

    Raises:
        HatzInvalidInputError: if there is none.
    """
    try:
        return SPECS[name]
    except (KeyError, TypeError):
        *names, last = map(repr, ("auto", *SPECS))
        raise HatzInvalidInputError(f"endpoint={name!r} is unknown: use {', '.join(names)} or {last}.") from None


def endpoint_name(prompt: Prompt, endpoint: Endpoint = "auto") -> EndpointName:
    """The name of the endpoint for this prompt: the requested one, or with "auto" the best one for its model.

    "auto" chooses native chat for the features that only it has (agents, automatic routing, server-side tools, uploaded
    files), Responses for OpenAI's models, and Messages for all others.

    Raises:
        HatzInvalidInputError: if `endpoint` is not registered.
    """
    if endpoint != "auto":
        return endpoint_spec(endpoint).name
    for spec in SPECS.values():
        if spec.chosen_for and spec.chosen_for(prompt):
            return spec.name
    return DEFAULT


def codec(name: str) -> Codec:
    """The module with this endpoint's codec; imported on first use.

    Raises:
        HatzInvalidInputError: if there is no such endpoint.
    """
    return _module(endpoint_spec(name).module)


@cache
def _module(name: str) -> Codec:
    return cast("Codec", import_module(name))


def alternatives(wire: Codec) -> tuple[Alternative, ...]:
    """What an endpoint may reject although it should accept it, and what to send instead (its codec's `ALTERNATIVES`)."""
    return getattr(wire, "ALTERNATIVES", ())
