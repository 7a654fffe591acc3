"""The wire formats of the gateway, each in a module of its own that does no I/O, and which of them a model speaks.

Such a module is a `Dialect`: it says where to send a request, encodes a `Prompt`, decodes a response's body into a `Reply`
and, event by event, a stream into `Event`s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, get_args

from hatz_client.content import DialectName, Endpoint, Prompt, Reply, StreamFormat
from hatz_client.errors import HatzInvalidInputError, HatzUnsupportedError
from hatz_client.events import Event


class Decoder(Protocol):
    """Turns the JSON objects of one stream into events."""

    done: bool
    """Whether the wire's last event has come (native chat has none: there the end of the stream is the end)."""

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """The events that one JSON object of the stream means (often none or one).

        Raises:
            HatzError: what an error event says.
        """
        ...

    def close(self) -> Iterable[Event]:
        """The last events, at the end of the stream.

        Raises:
            HatzStreamInterruptedError: when the stream ended before the answer did.
        """
        ...


class Dialect(Protocol):
    """One wire format (a module is one)."""

    NAME: DialectName
    PATH: str
    """Relative to the base URL, such as "/openai/responses"."""
    FRAMING: StreamFormat
    """What its streams are: server-sent events, or a JSON object a line."""
    STOPS_ITSELF: bool
    """Whether the endpoint has stop sequences; where it has none the client cuts the answer."""

    @property
    def Decoder(self) -> type[Decoder]:  # noqa: N802 (it names a class)
        """What decodes its streams."""
        ...

    def encode(self, prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
        """The request's body.

        Raises:
            HatzInvalidInputError: when the prompt holds what this endpoint has no form for.
        """
        ...

    def decode(self, body: Mapping[str, Any]) -> Reply:
        """The answer in a response's body.

        Raises:
            HatzError: what an error object in it says, or that it is no answer at all.
        """
        ...


# Which ids are OpenAI's own: those speak Responses. Anything else is safe on Messages, which serves every model.
_OPENAI = re.compile(r"(openai\.)?(gpt-|chatgpt-|o\d|codex|computer-use)", re.IGNORECASE)


def dialect_name(prompt: Prompt, endpoint: Endpoint = "auto") -> DialectName:
    """Which dialect this prompt is sent in: the one asked for, or the one its model was born with.

    Native chat is chosen for what only it has: agents, automatic routing, server-side tools and uploaded files.

    Raises:
        HatzInvalidInputError: when `endpoint` is none of the four.
    """
    if endpoint == "auto":
        if _is_native(prompt.model) or native_only(prompt):
            return "chat"
        return "responses" if _OPENAI.match(prompt.model) else "messages"
    if endpoint not in get_args(DialectName):
        raise HatzInvalidInputError(f"endpoint={endpoint!r} is unknown: use 'auto', 'responses', 'messages' or 'chat'.")
    return endpoint


def native_only(prompt: Prompt) -> str | None:
    """The first field that is set and that only native chat has."""
    if prompt.tools_to_use:
        return "tools_to_use"
    if prompt.auto_tool_selection is not None:
        return "auto_tool_selection"
    return "file_uuids" if prompt.file_uuids else None


def _is_native(model: str) -> bool:
    return model == "auto" or model.startswith("agent-")


def refuse_native(prompt: Prompt, endpoint: str) -> None:
    """Say of what only native chat has that this endpoint has it not (reference: both are documented for native chat alone).

    Raises:
        HatzUnsupportedError: when the prompt asks for it.
    """
    if field := native_only(prompt):
        raise HatzUnsupportedError(
            f'The {endpoint} endpoint has no `{field}`: only the native one has. Use endpoint="chat".'
        )
    if _is_native(prompt.model):
        raise HatzUnsupportedError(
            f'The {endpoint} endpoint does not know {prompt.model!r}: agents and automatic routing need endpoint="chat".'
        )


def dialect(name: DialectName) -> Dialect:
    """The module that speaks this dialect; imported when first used."""
    if name == "responses":
        from hatz_client.wire import responses  # noqa: PLC0415 (only the dialects in use are loaded)

        return responses
    if name == "messages":
        from hatz_client.wire import messages  # noqa: PLC0415

        return messages
    from hatz_client.wire import chat  # noqa: PLC0415

    return chat
