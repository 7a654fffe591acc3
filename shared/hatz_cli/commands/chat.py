"""`hatz chat`: a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hatz_cli import gateway
from hatz_cli.chat import line_editor, slash_commands
from hatz_cli.chat.conversation import Conversation
from hatz_cli.exit_codes import explain, report_errors
from hatz_cli.output import answers, terminal
from hatz_client import Fold, HatzError

if TYPE_CHECKING:
    from hatz_client import Client

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
@report_errors
def chat(
    model: Annotated[str, typer.Argument(help="A model of `hatz models`, `auto`, or an agent of `hatz agents`.")],
    system: Annotated[str | None, typer.Option("--system", "-s", help="Instructions for the model.")] = None,
    endpoint: Annotated[str, typer.Option(help="auto, responses, messages or chat.")] = "auto",
    max_tokens: Annotated[int | None, typer.Option(min=1, help="The maximum number of tokens in an answer.")] = None,
    usage: Annotated[
        bool, typer.Option("--usage", "-u", help="Print model, tokens and finish reason of each answer.")
    ] = False,
) -> None:
    """Talk with a model. Each question sends the whole conversation.

    Ctrl-C stops an answer and keeps the chat; Ctrl-D or /quit ends it. In the chat, /help lists the commands.

    \b
    Examples:
      hatz chat gpt-5.2
      hatz chat anthropic.claude-haiku-4-5 --system "Answer in German."
    """
    client = gateway.connect(endpoint=gateway.check_endpoint(endpoint))
    gateway.check_key()
    conversation = Conversation(model, system, max_tokens)
    line_editor.set_up()
    if terminal.is_terminal():
        print(f"Chat with {model}. /help lists the commands, Ctrl-D ends.")
    while (line := line_editor.read("> ")) is not None:
        if not line.strip():
            continue
        if line.startswith("/"):
            if not slash_commands.run(line, conversation):
                return
            continue
        _answer(client, conversation, line, usage=usage)


def _answer(client: Client, conversation: Conversation, line: str, *, usage: bool) -> None:
    fold = Fold()
    prompt = conversation.prompt(line)
    try:
        answers.stream_answer(client, prompt, fold)
        answers.note_warnings(fold.reply)
    except KeyboardInterrupt:
        terminal.note("[stopped]")
    except HatzError as error:
        terminal.note(f"hatz: {error}")
        if cure := explain(error)[1]:
            terminal.note(cure)
    if not conversation.add(line, fold.reply):
        terminal.note("[no answer; the question is not kept]")
    elif usage:
        terminal.note(answers.describe_usage(fold.reply, gateway.endpoint_for(client, prompt)))
