"""Tools of the user's program: which forms are accepted, and which choices are obeyed."""

from __future__ import annotations

from typing import Any

from hatz_cli.probe.interpret import calls_no_tool, calls_tool
from hatz_cli.probe.question import Claim, Question, chat, messages, responses

_SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
_ABOUT = {"name": "add", "description": "Add two numbers."}
_FLAT = {"type": "function", **_ABOUT, "parameters": _SCHEMA}
_NESTED = {"type": "function", "function": {**_ABOUT, "parameters": _SCHEMA}}
_ANTHROPIC = {**_ABOUT, "input_schema": _SCHEMA}
_ADD = "Add 2 and 3 with the tool."
_USER = [{"role": "user", "content": _ADD}]
_CHOSEN = {"type": "function", "name": "add"}


def _responses(*tools: Any, **fields: Any) -> Any:
    return responses(input=_ADD, tools=list(tools), **fields)


def _messages(*tools: Any, **fields: Any) -> Any:
    return messages(messages=_USER, tools=list(tools), **fields)


QUESTIONS = (
    Question(
        id="responses-tools-flat",
        asks="Does Responses take tools in OpenAI's flat form?",
        send=_responses(_FLAT, tool_choice="required"),
        interpret=calls_tool,
        means={
            "works": "Tools work on Responses as this project sends them.",
            "ignored": 'Use endpoint="messages" for tools.',
            "refused": 'Use endpoint="messages" for tools, and report it: the client sends this form.',
        },
        claim=Claim("Responses takes tools in the flat form", "public clients, 2026-03", "seen"),
        tokens=150,
        used_by=("responses.client_tools",),
    ),
    Question(
        id="responses-tools-nested",
        asks="Does Responses take tools in the nested form of its reference page?",
        send=_responses(_NESTED, tool_choice="required"),
        interpret=calls_tool,
        means={
            "works": "Either form works; nothing to set.",
            "ignored": "Only the flat form works, which is the one that is sent.",
            "refused": "Only the flat form works, which is the one that is sent.",
        },
        claim=Claim(
            "Responses takes tools in the nested form too", "API reference, Create Response (an example)", "unknown"
        ),
        tokens=150,
    ),
    Question(
        id="responses-tools-strict",
        asks="Does Responses take `strict` on a tool?",
        send=_responses({**_FLAT, "strict": True}, tool_choice="required"),
        interpret=calls_tool,
        means={
            "works": "strict=True may be set on tools.",
            "ignored": "Leave strict unset.",
            "refused": "Leave strict unset.",
        },
        claim=Claim("Responses takes `strict` on a tool", "none", "unknown"),
        used_by=("responses.strict_adds_nulls", "chat.strict_adds_nulls"),
        tokens=150,
    ),
    Question(
        id="responses-tool-choice-named",
        asks="Does Responses obey a tool_choice that names a function?",
        send=_responses(_FLAT, tool_choice=_CHOSEN),
        interpret=calls_tool,
        means={
            "works": "Structured output by a forced tool works on Responses.",
            "ignored": 'Use endpoint="messages" for structured output.',
            "refused": 'Use endpoint="messages" for structured output.',
        },
        claim=Claim(
            "Responses obeys a tool_choice that names a function", "API reference, Create Response", "documented"
        ),
        tokens=150,
    ),
    Question(
        id="responses-tool-choice-none",
        asks='Does Responses obey tool_choice "none"?',
        send=_responses(_FLAT, tool_choice="none"),
        interpret=calls_no_tool,
        means={
            "works": 'tool_choice="none" forbids calls.',
            "ignored": "Leave the tools out where no call is wanted.",
            "refused": "Leave the tools out where no call is wanted.",
        },
        claim=Claim('Responses obeys tool_choice "none"', "API reference, Create Response", "documented"),
        tokens=150,
    ),
    Question(
        id="responses-parallel-tool-calls",
        asks="Does Responses take parallel_tool_calls?",
        send=_responses(_FLAT, tool_choice="required", parallel_tool_calls=False),
        interpret=calls_tool,
        means={
            "works": "parallel_tool_calls may be set on Responses.",
            "ignored": "Leave parallel_tool_calls unset on Responses.",
            "refused": "Leave parallel_tool_calls unset on Responses.",
        },
        claim=Claim(
            "Responses takes parallel_tool_calls", "API reference; one client had to leave it out", "documented"
        ),
        tokens=150,
        used_by=("responses.parallel_tool_calls",),
    ),
    Question(
        id="responses-tools-streamed",
        asks="Does a Responses stream carry tool calls?",
        send=_responses(_FLAT, tool_choice="required", stream=True),
        interpret=calls_tool,
        means={
            "works": "Tools may be streamed on Responses.",
            "ignored": "Do not stream calls with tools on Responses.",
            "refused": "Do not stream calls with tools on Responses.",
        },
        claim=Claim("Responses streams tool calls", "a public client, 2026-03", "seen"),
        tokens=150,
    ),
    Question(
        id="messages-tools",
        asks='Does Messages take tools, and obey tool_choice "any"?',
        send=_messages(_ANTHROPIC, tool_choice={"type": "any"}),
        interpret=calls_tool,
        means={
            "works": "Tools work on Messages, and a call can be required.",
            "ignored": 'Leave tool_choice at "auto" on Messages.',
            "refused": 'Leave tool_choice at "auto" on Messages.',
        },
        claim=Claim('Messages obeys tool_choice "any"', "none; tools themselves are documented", "unknown"),
        tokens=150,
        used_by=("messages.client_tools",),
    ),
    Question(
        id="messages-tool-choice-tool",
        asks="Does Messages obey a tool_choice that names a tool?",
        send=_messages(_ANTHROPIC, tool_choice={"type": "tool", "name": "add"}),
        interpret=calls_tool,
        means={
            "works": "Structured output by a forced tool works on Messages.",
            "ignored": "Ask for JSON in words, or use another model.",
            "refused": "Ask for JSON in words, or use another model.",
        },
        claim=Claim("Messages obeys a tool_choice that names a tool", "public clients, 2026-10", "seen"),
        tokens=150,
    ),
    Question(
        id="messages-tool-choice-none",
        asks='Does Messages obey tool_choice "none"?',
        send=_messages(_ANTHROPIC, tool_choice={"type": "none"}),
        interpret=calls_no_tool,
        means={
            "works": 'tool_choice="none" forbids calls.',
            "ignored": "Leave the tools out where no call is wanted.",
            "refused": "Leave the tools out where no call is wanted.",
        },
        claim=Claim('Messages obeys tool_choice "none"', "none", "unknown"),
        tokens=150,
    ),
    Question(
        id="messages-disable-parallel",
        asks="Does Messages take disable_parallel_tool_use?",
        send=_messages(_ANTHROPIC, tool_choice={"type": "any", "disable_parallel_tool_use": True}),
        interpret=calls_tool,
        means={
            "works": "parallel_tool_calls=False may be set on Messages.",
            "ignored": "Leave parallel_tool_calls unset on Messages.",
            "refused": "Leave parallel_tool_calls unset on Messages.",
        },
        claim=Claim("Messages takes disable_parallel_tool_use", "none", "unknown"),
        tokens=150,
        used_by=("messages.parallel_tool_calls",),
    ),
    Question(
        id="messages-tools-strict",
        asks="Does Messages take `strict` on a tool?",
        send=_messages({**_ANTHROPIC, "strict": True}, tool_choice={"type": "any"}),
        interpret=calls_tool,
        means={
            "works": "strict=True may be set on tools.",
            "ignored": "Leave strict unset on Messages.",
            "refused": "Leave strict unset on Messages.",
        },
        claim=Claim("Messages takes `strict` on a tool", "none", "unknown"),
        used_by=("messages.strict_adds_nulls",),
        tokens=150,
    ),
    Question(
        id="chat-tools",
        asks="What does native chat do with tools of the user's program?",
        send=chat(messages=_USER, tools=[_NESTED], tool_choice="required"),
        interpret=calls_tool,
        means={
            "works": "Native chat would take tools; report it, because the client refuses to send them.",
            "ignored": "Tools on native chat are dropped: the client's error is right.",
            "refused": "Tools on native chat are refused: the client's error is right.",
        },
        claim=Claim(
            "Native chat drops tools without an error, and the model invents calls", "a public client, 2026-10", "seen"
        ),
        tokens=120,
        used_by=("chat.client_tools",),
    ),
)
