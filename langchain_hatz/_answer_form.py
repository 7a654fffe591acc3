"""How an answer is brought into the form that `response_format` or structured output asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from hatz_client.content import Prompt, Reply, asks_to_think
from hatz_client.events import Event
from hatz_client.integration.fields import HatzFields
from hatz_client.integration.overrides import Overrides
from hatz_client.wire.endpoints import EndpointSpec
from langchain_hatz import _structured
from langchain_hatz._structured import Format
from langchain_hatz._tools import tool_dict
from langchain_hatz._unwrap import Unwrap, unwrapped


@dataclass(frozen=True, slots=True)
class Form:
    """The form that was asked for, and how it is brought about."""

    wanted: Format
    strategy: Literal["native", "tool", "prompt"]
    answer_tool: str = ""
    """The forced tool that carries the structured output; with the strategy "prompt", the tool whose call the text becomes."""
    only_answer_tool: bool = True
    """No other tool is offered."""

    @property
    def buffered(self) -> bool:
        """Whether the answer must be complete before any of it can be handed on."""
        return self.strategy == "prompt"

    def repair(self, prompt: Prompt, reply: Reply) -> Prompt | None:
        """What to ask once more, when the answer to this prompt is not JSON as it should be."""
        return _structured.repair(prompt, self.wanted, reply) if self.strategy == "prompt" else None

    def read(self, reply: Reply) -> Reply:
        """The complete answer in the form."""
        if self.strategy == "tool":
            return unwrapped(reply, self.answer_tool, alone=self.only_answer_tool)
        if self.strategy == "prompt":
            return _structured.as_call(reply, self.answer_tool) if self.answer_tool else _structured.as_json(reply)
        return reply

    def stage(self) -> _Stage | None:
        """What turns the call of the answer tool back into text, event by event."""
        return _Stage(Unwrap(self.answer_tool, alone=self.only_answer_tool)) if self.strategy == "tool" else None


class _Stage:
    def __init__(self, unwrap: Unwrap) -> None:
        self._unwrap = unwrap

    def feed(self, event: Event) -> Iterable[Event]:
        return self._unwrap.feed(event)

    def close(self) -> Iterable[Event]:
        return self._unwrap.close()


def answer_form(
    prompt: Prompt, endpoint: EndpointSpec, given: Overrides, model: HatzFields
) -> tuple[Prompt, Form | None]:
    """The prompt that asks for the response format, and how to read the answer; no form for plain text."""
    wanted, answer_tool = _structured.format_of(given.once["response_format"]), given.once["structured_tool"]
    tools: Sequence[Any] = given.tools["tools"] or ()
    cannot_force = not endpoint.client_tools or (_thinks(prompt) and not endpoint.forced_tool_with_thinking)
    if wanted is None and answer_tool and len(tools) == 1 and cannot_force:
        without = replace(prompt, tools=(), tool_choice=None, parallel_tool_calls=None)
        return _by_prompt(without, _structured.format_of(tool_dict(tools[0])) or Format(), answer_tool)
    if wanted is None:
        return prompt, None
    strategy = model.structured_output_strategy
    if strategy == "native":
        return _structured.natively(prompt, wanted), Form(wanted, "native")
    if strategy == "prompt" or not endpoint.client_tools:
        return _by_prompt(prompt, wanted)
    if strategy == "auto" and (wanted.schema is None or cannot_force):
        return _by_prompt(prompt, wanted)
    made, name = _structured.with_tool(prompt, wanted)
    return made, Form(wanted, "tool", name, only_answer_tool=not prompt.tools)


def _thinks(prompt: Prompt) -> bool:
    """Whether Anthropic's thinking is on, with which its models cannot be forced to call a tool."""
    return asks_to_think(prompt.extra.get("thinking"))


def _by_prompt(prompt: Prompt, wanted: Format, answer_tool: str = "") -> tuple[Prompt, Form]:
    return _structured.with_instruction(prompt, wanted), Form(wanted, "prompt", answer_tool)
