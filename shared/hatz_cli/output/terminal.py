"""Output: tables and colours on a terminal, tab-separated lines and JSON in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """A rich console: no colours with NO_COLOR, TERM=dumb or in a pipe."""
    from rich.console import Console  # noqa: PLC0415 - a pipe does not need it

    return Console(stderr=stderr, highlight=False, soft_wrap=False, emoji=False, markup=False)


def is_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


def print_json(value: Any) -> None:
    """Print a JSON value, indented and not escaped."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, spare: Sequence[str] = ()) -> None:
    """Print rows as a table on a terminal, else as tab-separated lines without a header (so that `cut -f1` works).

    On a narrow terminal `spare` columns are left out, in their order, until the table fits.
    """
    if not is_terminal():
        for row in rows:
            print("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    out = console()
    kept = _select_columns(columns, rows, list(spare), out.width)
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for number in kept:
        table.add_column(columns[number], style="cyan" if number == 0 else "", overflow="fold")
    for row in rows:
        table.add_row(*(row[number] for number in kept))
    out.print(table)


def _select_columns(columns: Sequence[str], rows: Sequence[Sequence[str]], spare: list[str], width: int) -> list[int]:
    """The indexes of the columns to print: all, or as many spare ones removed as needed for this width."""
    kept = list(range(len(columns)))
    while spare and sum(max(len(row[number]) for row in [columns, *rows]) + 2 for number in kept) > width:
        kept.remove(columns.index(spare.pop(0)))
    return kept


def note(message: str) -> None:
    """Print a line to stderr: stdout has only the answer."""
    print(message, file=sys.stderr, flush=True)
