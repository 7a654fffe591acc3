"""`hatz ask`: one question, one answer."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated, Any

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import ExitCode, fail, report_errors
from hatz_cli.input import attachments, stdin
from hatz_cli.output import answers, terminal
from hatz_client import Fold, HatzInvalidInputError, Part, Prompt, Reply, Text, Tool, Turn

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

_ANSWER = "answer"


_Model = Annotated[str, typer.Argument(help="A model of `hatz models`, `auto`, or an agent of `hatz agents`.")]
_Question = Annotated[
    list[str] | None, typer.Argument(help="The question. Text from a pipe is put before it; `-` reads only stdin.")
]
_System = Annotated[str | None, typer.Option("--system", "-s", help="Instructions for the model.")]
_Files = Annotated[
    list[Path] | None, typer.Option("--file", "-f", help="An image, document or text file; may be repeated.")
]
_Endpoint = Annotated[str, typer.Option(help="auto, responses, messages or chat.")]
_MaxTokens = Annotated[int | None, typer.Option(min=1, help="The maximum number of tokens in the answer.")]
_Temperature = Annotated[float | None, typer.Option(help="Sampling temperature; 0 is the least random.")]
_Schema = Annotated[
    Path | None, typer.Option(help="A JSON schema (of an object); the answer is JSON that satisfies it.")
]
_ToolUse = Annotated[
    list[str] | None, typer.Option(help="One of Hatz's own tools, such as google_search; may be repeated.")
]
_Usage = Annotated[bool, typer.Option("--usage", "-u", help="Print model, tokens and finish reason to stderr.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the answer with model, usage and request id as JSON.")]


@app.command()
@report_errors
def ask(
    model: _Model,
    question: _Question = None,
    system: _System = None,
    file: _Files = None,
    endpoint: _Endpoint = "auto",
    max_tokens: _MaxTokens = None,
    temperature: _Temperature = None,
    schema: _Schema = None,
    tool_use: _ToolUse = None,
    usage: _Usage = False,
    json: _Json = False,
) -> None:
    """Ask a model one question; the answer is printed as it is written.

    \b
    Examples:
      hatz ask gpt-5.2 "Why are there tides?"
      git diff | hatz ask gpt-5.2 "Write a commit message."
      hatz ask anthropic.claude-haiku-4-5 -f photo.jpg "What is this?"
      hatz ask gpt-5.2 --schema person.json "Ada Lovelace, born 1815"
      hatz ask gpt-5.2 --tool-use google_search "What is new today?"
    """
    turns = _turns(system, [attachments.part_of(path) for path in file or ()], stdin.question(question))
    prompt = Prompt(model, turns, max_tokens=max_tokens, temperature=temperature, tools_to_use=tuple(tool_use or ()))
    if schema:
        prompt = prompt.replace(tools=(_answer_tool(schema),), tool_choice=_ANSWER)
    client = gateway.connect(endpoint=gateway.check_endpoint(endpoint))
    chosen = gateway.endpoint_for(client, prompt)
    prompt = gateway.prepare(client, prompt, chosen)
    if schema or json:
        reply = client.ask(prompt)
        _print_whole(reply, chosen, schema=schema is not None, json=json)
    else:
        reply = answers.stream_answer(client, prompt, Fold())
    answers.note_warnings(reply)
    if usage:
        terminal.note(answers.describe_usage(reply, chosen))


def _turns(system: str | None, parts: list[Part], question: str) -> tuple[Turn, ...]:
    if question:
        parts = [*parts, Text(question)]
    if not parts:
        raise HatzInvalidInputError('There is no question: hatz ask MODEL "question", or pipe one in.')
    user = Turn("user", tuple(parts))
    return (Turn("system", (Text(system),)), user) if system else (user,)


def _answer_tool(path: Path) -> Tool:
    """The tool that the model must call; its arguments are the answer. This is the most reliable way to get JSON for a schema."""
    try:
        schema = json_format.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise HatzInvalidInputError(f"--schema {path}: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise HatzInvalidInputError(f"--schema {path} is not JSON: {error}.") from None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise HatzInvalidInputError(f'--schema {path}: the schema must be that of an object ("type": "object").')
    return Tool(_ANSWER, "The answer in the requested form.", schema)


def _print_whole(reply: Reply, endpoint: str, *, schema: bool, json: bool) -> None:
    content: Any = reply.text or reply.refusal or ""
    if schema:
        call = next((call for call in reply.tool_calls if call.name == _ANSWER), None)
        if call is None or not call.valid:
            answers.note_warnings(reply)
            text = call.arguments if call else reply.text or reply.refusal
            raise fail(f"the model gave no JSON for the schema; its answer: {str(text)[:500]}", ExitCode.FAILED)
        content = call.arguments
    if json:
        terminal.print_json(answers.as_json(reply, endpoint, content))
    else:
        terminal.print_json(content)
