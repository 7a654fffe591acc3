"""docs/reliability.md shows the table of faults that the tests hold, as it is."""

from pathlib import Path

from . import faults

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN = "<!-- The tables are made by the tests: python -m pytest tests/trust --write-docs -->\n"
END = "<!-- The end of the tables. -->\n"


def tables():
    """The tables in Markdown."""
    lines = [BEGIN]
    for name, rows in faults.TABLES.items():
        asked = any(row.ask for row in rows)
        columns = ["fault", *(["without streaming"] if asked else []), "streaming"]
        lines += [f"### {name}\n", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
        for row in rows:
            cells = [row.name, *([_cell(row, "ask")] if asked else []), _cell(row, "stream")]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join([*lines, END])


def _cell(row, mode):
    """What all endpoints give, then what one of them gives instead."""
    usual = getattr(row, mode)
    if usual is None:
        return "—"
    others = [f"; native chat: {_words(gives)}" for (verb, _), gives in row.on.items() if verb == mode]
    return _words(usual) + "".join(others)


def _words(gives):
    if gives.what == "answer":
        return "the answer, with an invalid tool call" if gives.calls else "the answer"
    attempts = {None: "", 1: ", 1 attempt"}.get(gives.connections, f", {gives.connections} attempts")
    requests = {0: f"no request arrives{attempts}", 1: "1 request"}.get(gives.requests, f"{gives.requests} requests")
    return f"`{gives.what}`, {requests}{', with the partial answer' if gives.partial else ''}"


def test_the_page_shows_what_the_tests_hold(request):
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    fresh = head + tables() + tail
    if request.config.getoption("--write-docs"):
        PAGE.write_text(fresh, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == fresh, "run: python -m pytest tests/trust --write-docs"


def test_every_exception_of_a_row_is_native_chats():
    """The table has one word for them."""
    for rows in faults.TABLES.values():
        for row in rows:
            assert {wire for _, wire in row.on} <= {"chat"}, row.name
