"""Messages: calls of server tools and their results, which the service accepts only together."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from hatz_client.content import Opaque, Part, Prompt, ToolResult, Turn

_CALLS = ("server_tool_use", "mcp_tool_use")
_log = logging.getLogger(__name__)


def with_paired_server_tools(prompt: Prompt) -> Prompt:
    """The prompt without calls of server tools that have no result, and without results that have no call.

    A model may call a tool that it does not have, and histories are trimmed. A call at the end of the conversation stays: the
    model goes on with it, also after results of the program's tools.
    """
    for turn in prompt.turns:
        for part in turn.parts:
            if type(part) is Opaque:
                return prompt.replace(turns=tuple(_paired(prompt.turns)))
    return prompt


def _paired(turns: tuple[Turn, ...]) -> Iterator[Turn]:
    for run in _runs(turns):
        alone = _alone(run, is_last=run[-1] is turns[-1])
        for turn in run:
            parts = tuple(part for part in turn.parts if not (alone and alone & {*_ids(part)}))
            if parts or not turn.parts:
                yield turn.replace(parts=parts)


def _alone(run: list[Turn], *, is_last: bool) -> set[str | None]:
    """The ids of calls without a result, or of results without a call; none if there are both, which may belong together."""
    ids = [_ids(part) for turn in run for part in turn.parts]
    calls, results = {call for call, _ in ids if call}, {result for _, result in ids if result}
    only_calls, only_results = calls - results, results - calls
    if (only_calls and only_results) or (only_calls and is_last):
        return set()
    if only_calls or only_results:
        _log.debug("Blocks of server tools are left out: the conversation does not have their other half.")
    return {*only_calls, *only_results}


def _runs(turns: tuple[Turn, ...]) -> Iterator[list[Turn]]:
    """The turns between two turns of the user, each of those alone. Results of tools belong to the model's turns."""
    run: list[Turn] = []
    for turn in turns:
        if turn.role == "assistant" or any(isinstance(part, ToolResult) for part in turn.parts):
            run.append(turn)
            continue
        if run:
            yield run
        yield [turn]
        run = []
    if run:
        yield run


def _ids(part: Part) -> tuple[str | None, str | None]:
    """The id of the call that the part is, and of the call that it is the result of."""
    match part:
        case Opaque("messages", {"type": str(kind), "id": str(call_id), "name": str()}) if kind in _CALLS:
            return call_id, None
        case Opaque("messages", {"type": str(kind), "tool_use_id": str(call_id)}) if kind.endswith("_tool_result"):
            return None, call_id
    return None, None
