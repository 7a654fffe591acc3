"""Prompted JSON: request JSON with an instruction in the prompt, and a second time if the answer is not valid."""

from __future__ import annotations

import json

from hatz_client.content import Prompt, Reply, Text, Turn
from hatz_client.integration.structured.find_json import find_json
from hatz_client.integration.structured.output_schema import OutputSchema


def instruction(wanted: OutputSchema) -> str:
    """The instruction to answer with JSON."""
    words = "Answer with one JSON object and nothing else: no explanation, no code fence."
    if wanted.schema is None:
        return words
    return f"{words} It must satisfy this JSON schema: {json.dumps(wanted.schema, ensure_ascii=False)}"


def correction(wanted: OutputSchema, text: str) -> str | None:
    """The instruction to correct this answer; None if the answer is valid."""
    found = find_json(text, wanted)
    if found is None:
        problem = "there is no JSON object in it"
    elif missing := [name for name in wanted.required if name not in found]:
        problem = f"the required fields {', '.join(missing)} are missing"
    else:
        return None
    return f"The answer is not valid: {problem}. Answer again with only the JSON object."


def with_instruction(prompt: Prompt, wanted: OutputSchema) -> Prompt:
    """The prompt with the instruction for JSON after its leading system turns."""
    turns = prompt.turns
    leading = next((at for at, turn in enumerate(turns) if turn.role not in {"system", "developer"}), len(turns))
    asked = Turn("system", (Text(instruction(wanted)),))
    return prompt.replace(turns=(*turns[:leading], asked, *turns[leading:]))


def with_correction(prompt: Prompt, wanted: OutputSchema, reply: Reply) -> Prompt | None:
    """The prompt for a second attempt; None if the reply is valid, or if a second attempt is useless.

    It is useless after a tool call, a refusal, or an answer that was cut off at max_tokens.
    """
    if reply.tool_calls or reply.refusal:
        return None
    if reply.finish and reply.finish.reason in {"length", "refusal", "content_filter"}:
        return None
    words = correction(wanted, reply.text)
    if words is None:
        return None
    said = (Turn("assistant", (Text(reply.text),)),) if reply.text.strip() else ()
    return prompt.replace(turns=(*prompt.turns, *said, Turn("user", (Text(words),))))
