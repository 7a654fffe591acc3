"""`hatz count`: the number of tokens in a text, as the gateway counts them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import report_errors
from hatz_cli.input import attachments, stdin
from hatz_cli.output import terminal
from hatz_client import HatzInvalidInputError, Prompt, Text, Turn

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
@report_errors
def count(
    model: Annotated[str, typer.Argument(help="A model of `hatz models`.")],
    file: Annotated[Path | None, typer.Argument(help="A text, image or PDF file. Default: stdin.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count the tokens of a text or file as the gateway counts them; it uses no credits.

    \b
    Examples:
      hatz count gpt-5.2 notes.md
      git diff | hatz count anthropic.claude-haiku-4-5
    """
    part = attachments.part_of(file) if file and str(file) != "-" else Text(stdin.question(None))
    if isinstance(part, Text) and not part.text.strip():
        raise HatzInvalidInputError("There is no text: give a file, or pipe a text in.")
    tokens = gateway.connect().count_tokens(Prompt(model, (Turn("user", (part,)),)))
    if json:
        terminal.print_json({"model": model, "tokens": tokens})
    else:
        print(tokens)
