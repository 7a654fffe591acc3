"""Messages: a `Prompt` as the body of a request. Unset fields are not sent, except the required `max_tokens`."""

from __future__ import annotations

from collections.abc import Mapping

from hatz_client.content import Media, Prompt, Refusal, Text, Tool, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import deep_merge, without_none
from hatz_client.util.warn_once import warn_once
from hatz_client.wire.common.requests.media import describe
from hatz_client.wire.common.requests.native_chat import refuse_native
from hatz_client.wire.common.requests.policies import apply_history_policies
from hatz_client.wire.common.tools.argument_names import with_wire_argument_names, with_wire_arguments
from hatz_client.wire.common.tools.by_content import Tools, by_content
from hatz_client.wire.common.tools.strict_schema import (
    ANTHROPIC,
    format_schema,
    tool_schema,
    without_impossible_strict,
)
from hatz_client.wire.common.tools.tool_names import with_wire_names
from hatz_client.wire.messages.blocks import Block, assistant_blocks, own_residue, plain_text, short, user_blocks
from hatz_client.wire.messages.server_tools import with_paired_server_tools
from hatz_client.wire.messages.thinking import max_tokens, sampling, thinks

NO_BEGINNING = "(The beginning of the conversation is left out.)"

# `count_tokens` counts the input: it rejects fields about the answer.
_NOT_COUNTED = frozenset(
    {"max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences", "metadata", "service_tier", "container"}
)


def encode(prompt: Prompt, *, stream: bool = False) -> Block:
    """The request's body.

    Raises:
        HatzInvalidInputError: if the prompt contains something that this endpoint has no form for.
    """
    body = {
        **_prompt_body(prompt),
        "max_tokens": max_tokens(prompt),
        **sampling(prompt),
        **without_none(stop_sequences=list(prompt.stop) or None, stream=stream or None),
    }
    return deep_merge(body, prompt.extra) if prompt.extra else body


def encode_count(prompt: Prompt) -> Block:
    """The body of a request that counts the prompt's tokens.

    Raises:
        HatzInvalidInputError: if the prompt contains something that this endpoint has no form for.
    """
    return deep_merge(
        _prompt_body(prompt), {key: value for key, value in prompt.extra.items() if key not in _NOT_COUNTED}
    )


def _prompt_body(prompt: Prompt) -> Block:
    refuse_native(prompt, "Messages")
    prompt = with_wire_argument_names(with_wire_names(prompt))
    system, messages = _conversation(apply_history_policies(with_paired_server_tools(prompt)))
    body: Block = {"model": prompt.model}
    if system:
        body["system"] = system
    body["messages"] = messages
    if prompt.tools:
        body["tools"] = list(_tools(prompt.tools))
        if choice := _tool_choice(prompt):
            body["tool_choice"] = choice
    if output := _output_config(prompt):
        body["output_config"] = output
    return body


def _conversation(turns: tuple[Turn, ...]) -> tuple[str | list[Block], list[Block]]:
    """The leading system turns, and the others as messages whose roles alternate.

    Only leading system turns have a place on this wire; if all turns are system turns, the last one becomes the message to
    answer.
    """
    leading = 0
    while leading < len(turns) - 1 and turns[leading].role in {"system", "developer"}:
        leading += 1
    messages: list[Block] = []
    last = None
    for turn in turns[leading:]:
        role = "assistant" if turn.role == "assistant" else "user"
        content: str | list[Block] | None = plain_text(turn)
        if content is None:
            blocks = assistant_blocks(turn) if role == "assistant" else user_blocks(turn)
            if not blocks:
                continue
            content = short(blocks)
        if role == last:
            _extend(messages[-1], content)
        else:
            messages.append({"role": role, "content": content})
            last = role
    if not messages:
        raise HatzInvalidInputError("The prompt has nothing to answer: give it at least one turn that is not empty.")
    if last == "assistant":
        _strip_end(messages[-1])
    if messages[0]["role"] == "assistant":  # a trimmed history; the API requires that the user begins
        messages.insert(0, {"role": "user", "content": NO_BEGINNING})
    return _system(turns[:leading]), messages


def _extend(message: Block, content: str | list[Block]) -> None:
    """Add the content of another turn of the same role."""
    if isinstance(message["content"], str):
        message["content"] = [{"type": "text", "text": message["content"]}]
    message["content"] += [{"type": "text", "text": content}] if isinstance(content, str) else content


def _strip_end(message: Block) -> None:
    """Strip the end of a last assistant turn, which the model continues: the API rejects trailing white space."""
    match message["content"]:
        case str(text):
            message["content"] = text.rstrip()
        case [*_, {"type": "text", "text": str(text)} as last]:
            message["content"][-1] = {**last, "text": text.rstrip()}


def _system(turns: tuple[Turn, ...]) -> str | list[Block]:
    blocks: list[Block] = []
    for turn in turns:
        for part in turn.parts:
            if not isinstance(part, Text | Refusal):
                raise HatzInvalidInputError(
                    f"A system turn holds {describe(part) if isinstance(part, Media) else 'a block of another kind'}; the Messages endpoint accepts only text there. "
                    "Move it to a user's turn."
                )
            if part.text.strip():
                blocks.append({"type": "text", "text": part.text, **own_residue(part.residue)})
    if all(len(block) == 2 for block in blocks):
        return "\n\n".join(block["text"] for block in blocks)
    return blocks


@by_content
def _tools(tools: Tools) -> tuple[Block, ...]:
    return tuple(_tool(tool) if isinstance(tool, Tool) else dict(tool) for tool in tools)


def _tool(given: Tool) -> Block:
    tool = without_impossible_strict(given, ANTHROPIC)
    block: Block = {"name": tool.name}
    if tool.description:
        block["description"] = tool.description
    block["input_schema"] = with_wire_arguments(tool_schema(tool, ANTHROPIC))
    if tool.strict is not None:
        block["strict"] = tool.strict
    return {**block, **own_residue(tool.residue)}


def _tool_choice(prompt: Prompt) -> Block | None:
    choice: Block | None
    match prompt.tool_choice:
        case None:
            choice = None
        case "auto" | "none" as word:
            choice = {"type": word}
        case "required":
            choice = {"type": "any"}
        case str(name):
            choice = {"type": "tool", "name": _check_tool_name(name, prompt)}
        case given:
            choice = dict(given)
    if choice and choice.get("type") in {"any", "tool"} and thinks(prompt):
        warn_once("With thinking on, Anthropic's models do not accept a forced tool choice: it is sent as auto.")
        choice = {"type": "auto", **{key: value for key, value in choice.items() if key not in {"type", "name"}}}
    if prompt.parallel_tool_calls is False and (choice is None or choice.get("type") != "none"):
        choice = {"type": "auto", **(choice or {}), "disable_parallel_tool_use": True}
    return choice


def _check_tool_name(name: str, prompt: Prompt) -> str:
    names = [tool.get("name") if isinstance(tool, Mapping) else tool.name for tool in prompt.tools]
    if name not in names:
        raise HatzInvalidInputError(
            f"tool_choice={name!r} is not one of the tools: use 'auto', 'none', 'required' or one of "
            f"{', '.join(repr(known) for known in names if known)}."
        )
    return name


def _output_config(prompt: Prompt) -> Block:
    wanted = prompt.response_format
    return without_none(
        effort=prompt.reasoning_effort,
        format={"type": "json_schema", "schema": format_schema(wanted, ANTHROPIC)} if wanted else None,
    )
