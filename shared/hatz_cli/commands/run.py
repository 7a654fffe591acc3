"""`hatz run`: run an app."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import report_errors
from hatz_cli.input import app_inputs, find_app
from hatz_cli.output import answers, terminal
from hatz_client import Fold, Reply

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
@report_errors
def run(
    name: Annotated[str, typer.Argument(metavar="app", help="An app of `hatz apps`, by its id or name.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", help="name=value; @FILE reads a file, - reads stdin; may be repeated."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model to use. Default: the app's own.")] = None,
    usage: Annotated[
        bool,
        typer.Option("--usage", "-u", help="Print model, tokens and request id to stderr; the answer is not streamed."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the answer with model, usage and request id as JSON.")
    ] = False,
) -> None:
    """Run a Hatz app; the answer is printed as it is written.

    On a terminal you are asked for missing required inputs. The value of a file input is a path; the file is uploaded.

    \b
    Examples:
      hatz run "Ticket reply" -i ticket="I get no mail." -i tone=formal
      hatz run "Ticket reply" -i ticket=@ticket.txt -i screenshot=screen.png
      cat ticket.txt | hatz run "Ticket reply" -i ticket=-
    """
    client = gateway.connect()
    chosen = find_app.find_app(client.list_apps(), name, "app")
    if chosen.inputs is None:
        chosen = client.get_app(chosen.id)
    values = app_inputs.gather(chosen, inputs or ())
    if json or usage:
        reply = client.run_app(chosen, values, model=model)
        _print_whole(reply, json=json)
    else:
        fold = Fold()
        with closing(client.stream_app(chosen, values, model=model)) as events:
            answers.print_events(events, fold)
        reply = fold.reply
    answers.note_warnings(reply)


def _print_whole(reply: Reply, *, json: bool) -> None:
    if json:
        terminal.print_json(answers.as_json(reply, "chat", reply.text or reply.refusal or ""))
    else:
        print(reply.text or reply.refusal or "")
        terminal.note(answers.describe_usage(reply, "app"))
