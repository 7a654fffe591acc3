"""Build a request for structured output and read its answer; both integrations use it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from hatz_client.content import Finish, Prompt, Reply, ResponseFormat, Text, Tool, ToolCall, asks_to_think
from hatz_client.integration.structured.answer_tool import AnswerToolFilter, json_text, unwrap_answer_tool
from hatz_client.integration.structured.find_json import find_json
from hatz_client.integration.structured.output_schema import OutputSchema, is_wrapper, output_schema
from hatz_client.integration.structured.prompted_json import with_correction, with_instruction
from hatz_client.integration.tools import tool_name
from hatz_client.util.value import Value
from hatz_client.util.warn_once import warn_once
from hatz_client.wire.common.tools.root_object import is_recursive
from hatz_client.wire.common.tools.strict_schema import can_be_strict
from hatz_client.wire.endpoints import EndpointSpec

Strategy: TypeAlias = Literal["native", "tool", "prompt"]
"""How an object is requested: with the endpoint's own field, with a tool that the model must call, or with an instruction."""
StrategySetting: TypeAlias = Literal["auto", "native", "tool", "prompt"]


def can_force_tool(prompt: Prompt, endpoint: EndpointSpec) -> bool:
    """Whether the model can be forced to call a tool: not on Messages with Anthropic's thinking on."""
    thinks = asks_to_think(prompt.extra.get("thinking"))
    return endpoint.client_tools and (endpoint.forced_tool_with_thinking or not thinks)


class StructuredRequest(Value, frozen=True):
    """A prompt that requests an object, and how to read its answer."""

    prompt: Prompt
    """The prompt to send."""
    wanted: OutputSchema
    strategy: Strategy
    answer_tool: str = ""
    """With the strategy "tool": the tool whose arguments are the answer."""
    only_answer_tool: bool = True
    """Whether it is the only tool."""
    as_call_of: str = ""
    """With the strategy "prompt": the name of the tool whose call the object becomes; if empty, the object is the answer's text."""

    @property
    def buffered(self) -> bool:
        """Whether the answer must be complete before any of it can be returned."""
        return self.strategy == "prompt" or (self.strategy == "native" and self.wanted.wrapped)

    def repair(self, prompt: Prompt, reply: Reply) -> Prompt | None:
        """The prompt for a second attempt, if the reply to `prompt` is not valid; else None."""
        return with_correction(prompt, self.wanted, reply) if self.strategy == "prompt" else None

    def read(self, reply: Reply) -> Reply:
        """The answer with the object as its text (or as a call of `as_call_of`)."""
        match self.strategy:
            case "tool":
                return unwrap_answer_tool(reply, self.answer_tool, alone=self.only_answer_tool, wanted=self.wanted)
            case "native" if not self.wanted.wrapped:
                return reply
            case _:
                return _with_object(reply, self.wanted, self.as_call_of)

    def event_filter(self) -> AnswerToolFilter | None:
        """A filter that converts the events of a stream into that form; None if not needed."""
        if self.strategy != "tool":
            return None
        return AnswerToolFilter(self.answer_tool, alone=self.only_answer_tool, wanted=self.wanted)


def answer_form(
    prompt: Prompt,
    endpoint: EndpointSpec,
    setting: StrategySetting,
    *,
    response_format: Any = None,
    structured_tool: str | None = None,
) -> StructuredRequest | None:
    """How the answer's form is requested and read; None for plain text and tool calls.

    Args:
        prompt: The request without the form.
        endpoint: The endpoint of the request.
        setting: `structured_output_strategy`.
        response_format: The schema of the answer's text, in any form of `output_schema`.
        structured_tool: The tool whose arguments the caller reads the object from; if the model cannot be forced to
            call it, JSON is requested with an instruction and returned as its call.
    """
    wanted = output_schema(response_format)
    if wanted is not None:
        return structured_request(prompt, wanted, setting, endpoint)
    if not structured_tool or len(prompt.tools) != 1 or can_force_tool(prompt, endpoint):
        return None
    tool = prompt.tools[0]
    if not isinstance(tool, Tool):
        return None
    wanted = OutputSchema(tool.name, tool.parameters, tool.description, tool.strict, is_wrapper(tool.parameters))
    bare = prompt.replace(tools=(), tool_choice=None, parallel_tool_calls=None)
    return StructuredRequest(with_instruction(bare, wanted), wanted, "prompt", as_call_of=structured_tool)


def structured_request(
    prompt: Prompt, wanted: OutputSchema, setting: StrategySetting, endpoint: EndpointSpec
) -> StructuredRequest:
    """Build the request for an object as the answer's text; the model may call the prompt's tools instead."""
    # Without a schema a tool would have no arguments.
    automatic: Strategy = "tool" if wanted.schema is not None and can_force_tool(prompt, endpoint) else "prompt"
    strategy = automatic if setting == "auto" or (setting == "tool" and not endpoint.client_tools) else setting
    if strategy == "native" and wanted.schema and not endpoint.recursive_formats and is_recursive(wanted.schema):
        warn_once(
            f"{wanted.name} is requested with a tool: the {endpoint.title} endpoint's own field does not support recursive schemas."
        )
        strategy = automatic
    if strategy == "native":
        schema = wanted.schema or {"type": "object"}
        strict = can_be_strict(schema) if wanted.strict is None else wanted.strict
        form = ResponseFormat(schema, wanted.name, strict)
        return StructuredRequest(prompt.replace(response_format=form), wanted, strategy)
    if strategy == "prompt":
        return StructuredRequest(with_instruction(prompt, wanted), wanted, strategy)
    asked, name = _with_answer_tool(prompt, wanted)
    return StructuredRequest(asked, wanted, strategy, answer_tool=name, only_answer_tool=not prompt.tools)


def _with_answer_tool(prompt: Prompt, wanted: OutputSchema) -> tuple[Prompt, str]:
    """The prompt with the answer tool, which the model must call (unless it calls another tool), and the answer tool's name."""
    taken = {tool_name(tool) for tool in prompt.tools}
    tool = wanted.tool
    while tool.name in taken:
        tool = tool.replace(name=f"{tool.name[:60]}_out")
    choice = prompt.tool_choice
    if choice in {None, "auto", "none"}:
        choice = "required" if prompt.tools else tool.name
    return prompt.replace(tools=(*prompt.tools, tool), tool_choice=choice), tool.name


def _with_object(reply: Reply, wanted: OutputSchema, as_call_of: str) -> Reply:
    """The reply with its text replaced by the JSON object in it, if there is one and the answer is complete."""
    found = None if reply.finish and reply.finish.reason == "length" else find_json(reply.text, wanted)
    if found is None:
        return reply
    others = [part for part in reply.parts if not isinstance(part, Text)]
    if not as_call_of:
        return reply.replace(parts=(*others, Text(json_text(found, wanted))))
    finish = Finish("tool_calls", reply.finish.raw) if reply.finish else None
    return reply.replace(parts=(*others, ToolCall(f"call_{as_call_of}", as_call_of, found)), finish=finish)
