"""Tools: the tools offered to the model, the tool choice, and the calls in an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from operator import is_not
from typing import Any, TypeVar

from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool, ToolMetadata, ToolOutput

from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.structured.class_schema import class_schema
from hatz_client.integration.structured.find_json import partial_object
from llama_index_hatz._messages import layout as _layout

T = TypeVar("T")
_logger = logging.getLogger(__name__)


def spec(tool: BaseTool | Mapping[str, Any]) -> dict[str, Any]:
    """A tool as plain JSON with its own name, as LlamaIndex's instrumentation shows it; a mapping unchanged.

    Raises:
        HatzInvalidInputError: if it is not a tool.
    """
    if isinstance(tool, Mapping):
        return dict(tool)
    if not hasattr(tool, "metadata"):
        raise HatzInvalidInputError(
            f"{tool!r:.100} is of type {type(tool).__name__}, not a tool: make one with FunctionTool.from_defaults(…)."
        )
    openai_tool = tool.metadata.to_openai_tool(skip_length_check=True)
    function = {**openai_tool["function"], "name": tool.metadata.get_name()}
    schema = tool.metadata.fn_schema
    if schema and function["parameters"].keys() == {"$defs"}:  # LlamaIndex omits a `$ref` at the root (0.14.25)
        function["parameters"] = class_schema(schema)
    return {**openai_tool, "function": function}


def selections(response: ChatResponse, *, required: bool = False) -> list[ToolSelection]:
    """The calls in an answer or in a chunk; unfinished arguments are parsed as far as they go.

    An invalid call (its arguments were cut off, lost, or are not a JSON object) gets a name that no tool has: see
    `invalid_name`.

    Raises:
        ValueError: if there is none and one is required.
    """
    found = [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]
    if required and not found:
        raise ValueError(
            f"Expected at least one tool call, but got none. The answer was: {response.message.content!r:.500}"
        )
    finished = "finish_reason" in response.additional_kwargs
    return [_selection(block, block.tool_call_id or f"call_{at}", finished) for at, block in enumerate(found)]


def _selection(block: ToolCallBlock, call_id: str, finished: bool) -> ToolSelection:
    given = block.tool_kwargs
    if not isinstance(given, str):
        return ToolSelection(tool_id=call_id, tool_name=block.tool_name, tool_kwargs=given)
    if not finished:
        return ToolSelection(tool_id=call_id, tool_name=block.tool_name, tool_kwargs=partial_object(given))
    _logger.warning("The arguments of the call of %s are not a JSON object: it is not run.", block.tool_name)
    return ToolSelection(
        tool_id=call_id, tool_name=invalid_name(block.tool_name), tool_kwargs={"invalid_arguments": given}
    )


def invalid_name(name: str) -> str:
    """The tool name of an invalid call, so that nothing is run and the model gets an error.

    LlamaIndex has no concept of invalid calls: its agents run every call whose tool they find, with whatever arguments it
    has. For an unknown name they answer the model "Tool … not found", with this name in it.
    """
    return (
        f"{name} (not run: its arguments were cut off or are not a JSON object; call it again with complete arguments)"
    )


class InvalidCallTool(BaseTool):
    """The tool that `predict_and_call` runs for an invalid call: its output is an error that says why the call was not run."""

    def __init__(self, name: str) -> None:
        self._metadata = ToolMetadata(description="", name=invalid_name(name))

    @property
    def metadata(self) -> ToolMetadata:
        """Its name is that of the tool's invalid calls."""
        return self._metadata

    def __call__(self, input: Any = None) -> ToolOutput:  # noqa: A002 (LlamaIndex's name)
        """The output with the error."""
        name = self._metadata.get_name()
        problem = f"{name}."
        return ToolOutput(
            content=problem,
            tool_name=name,
            raw_input={"input": input},
            raw_output=None,
            is_error=True,
            exception=ValueError(problem),  # LlamaIndex's programs report it
        )


def with_invalid_calls(tools: Sequence[Any]) -> list[Any]:
    """The tools and, for each, the tool that handles its invalid calls; the model does not see those."""
    return [*tools, *(InvalidCallTool(tool.metadata.get_name()) for tool in tools if isinstance(tool, BaseTool))]


def first_call_only(response: ChatResponse) -> ChatResponse:
    """The answer with only its first call; the original is not changed, because observers may hold it."""
    blocks = response.message.blocks
    if sum(isinstance(block, ToolCallBlock) for block in blocks) < 2:
        return response
    return _with_blocks(response, _with_one(blocks, lambda block: isinstance(block, ToolCallBlock)))


def _with_blocks(response: ChatResponse, blocks: list[Any]) -> ChatResponse:
    """A copy of the answer with these blocks, of which only one is a call."""
    additional = dict(response.message.additional_kwargs)
    if "tool_calls" in additional:
        additional["tool_calls"] = additional["tool_calls"][:1]
    if _layout.KEY in additional:
        additional[_layout.KEY] = _with_one(additional[_layout.KEY], _layout.is_call)
    message = response.message.model_copy(update={"blocks": blocks, "additional_kwargs": additional})
    return response.model_copy(update={"message": message})


class FirstCallOnly:
    """`first_call_only` for the chunks of one answer. Each chunk has all blocks so far; only those that changed are looked at."""

    def __init__(self) -> None:
        self._blocks: list[Any] = []
        self._kept: list[Any] = []
        self._counts = [(0, 0)]
        """For each n: how many of the first n blocks are kept, and how many of them are calls."""

    def feed(self, chunk: ChatResponse) -> ChatResponse:
        """The chunk with only the first call."""
        if not isinstance(chunk.raw, Mapping) or "delta" not in chunk.raw:  # the last one, which is complete
            return first_call_only(chunk)
        self._update(chunk.message.blocks)
        return chunk if self._counts[-1][1] < 2 else _with_blocks(chunk, self._kept[:])

    def _update(self, blocks: list[Any]) -> None:
        same = min(len(blocks), len(self._blocks))
        for at in compress(range(same), map(is_not, blocks, self._blocks)):
            if isinstance(blocks[at], ToolCallBlock) is not isinstance(self._blocks[at], ToolCallBlock):
                same = at
                break
            place = self._counts[at][0]
            if self._counts[at + 1][0] > place:
                self._kept[place] = blocks[at]
        self._blocks = blocks
        kept, calls = self._counts[same]
        del self._kept[kept:], self._counts[same + 1 :]
        for block in blocks[same:]:
            is_call = isinstance(block, ToolCallBlock)
            if not (is_call and calls):
                self._kept.append(block)
            calls += is_call
            self._counts.append((len(self._kept), calls))


def _with_one(items: Sequence[T], counts: Callable[[T], bool]) -> list[T]:
    """The items; of those for which `counts` is true, only the first."""
    first = next(item for item in items if counts(item))
    return [item for item in items if item is first or not counts(item)]
