"""`hatz models`: the models a key may use."""

from __future__ import annotations

from typing import Annotated

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import ExitCode, fail, report_errors
from hatz_cli.input.patterns import matches
from hatz_cli.output import terminal
from hatz_client import Model

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

_COLUMNS = ("id", "name", "developer", "context", "vision", "endpoint")


@app.command()
@report_errors
def models(
    pattern: Annotated[
        str | None, typer.Argument(help="Part of an id or name; * and ? match anything, case does not matter.")
    ] = None,
    developer: Annotated[str | None, typer.Option(help="Only models of this developer, such as OpenAI.")] = None,
    vision: Annotated[bool | None, typer.Option(help="Only models that see images, or only those that do not.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models your key may use.

    "context" is the number of tokens a model can process, according to the gateway; "endpoint" is what `hatz ask` uses for it.

    \b
    Examples:
      hatz models
      hatz models claude --vision
      hatz models 'gpt-5*' --json
      hatz models | cut -f1
    """
    found = [
        model
        for model in gateway.connect().list_models()
        if matches(pattern, model.id, model.display_name)
        and _is_of(model, developer)
        and vision in {None, bool(model.vision)}
    ]
    if not found and pattern:
        raise fail(f"no model matches {pattern!r}", ExitCode.FAILED, "All models of your key: hatz models")
    rows = [_row(model, gateway.endpoint_of(model.id)) for model in found]
    if json:
        terminal.print_json(
            [
                {**dict(zip(_COLUMNS, _values(model), strict=False)), "endpoint": row[-1]}
                for model, row in zip(found, rows, strict=True)
            ]
        )
    else:
        terminal.print_table(_COLUMNS, rows, spare=("name", "developer", "vision", "context"))


def _is_of(model: Model, developer: str | None) -> bool:
    return developer is None or developer.lower() in (model.developer or "").lower()


def _values(model: Model) -> tuple[object, ...]:
    return (model.id, model.display_name, model.developer, model.max_tokens, model.vision)


def _row(model: Model, endpoint: str) -> tuple[str, ...]:
    context = f"{model.max_tokens:{',' if terminal.is_terminal() else ''}}" if model.max_tokens else ""
    vision = {True: "yes", False: "no", None: ""}[model.vision]
    return (model.id, model.display_name or "", model.developer or "", context, vision, endpoint)
