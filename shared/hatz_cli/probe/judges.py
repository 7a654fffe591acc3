"""How answers are judged: each function here makes a judge, which gives one word and the evidence for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hatz_cli.exchange import Exchange
from hatz_cli.probe import reading
from hatz_cli.probe.question import Judge, Verdict


def _refused(exchanges: Sequence[Exchange]) -> Verdict | None:
    refused = next((exchange for exchange in exchanges if exchange.refused), None)
    return Verdict("refused", reading.error(refused)) if refused else None


def accepted(exchanges: Sequence[Exchange]) -> Verdict:
    """Says "accepted", or "refused" when any of the requests was."""
    last = exchanges[-1]
    return _refused(exchanges) or Verdict("accepted", f"{last.status}", reading.text(last)[:80])


def works(test: Callable[[Exchange], bool], evidence: Callable[[Exchange], str] | None = None) -> Judge:
    """Says "works" when the last answer passes the test, "ignored" when it does not, "refused" for an error status."""

    def judge(exchanges: Sequence[Exchange]) -> Verdict:
        last = exchanges[-1]
        shown = evidence(last) if evidence else f"{last.status}"
        return _refused(exchanges) or Verdict("works" if test(last) else "ignored", shown, reading.text(last)[:80])

    return judge


def has(name: str, test: Callable[[Exchange], object]) -> Judge:
    """Says "yes" when the test finds something in the last answer (which is the evidence), else "no"; `name` says what was missing."""

    def judge(exchanges: Sequence[Exchange]) -> Verdict:
        if refused := _refused(exchanges):
            return refused
        found = test(exchanges[-1])
        return Verdict("yes", str(found)[:200]) if found else Verdict("no", f"no {name}")

    return judge


def _calls(found: Sequence[object]) -> str:
    return f"{len(found)} call{'' if len(found) == 1 else 's'}"


def calls_tool(exchanges: Sequence[Exchange]) -> Verdict:
    """Says "works" when the model calls a tool, else "ignored" or "refused"."""
    found = reading.calls(exchanges[-1])
    said = reading.text(exchanges[-1])[:80]
    return _refused(exchanges) or Verdict("works" if found else "ignored", _calls(found), said)


def calls_no_tool(exchanges: Sequence[Exchange]) -> Verdict:
    """Says "works" when the model calls no tool, which was forbidden."""
    found = reading.calls(exchanges[-1])
    return _refused(exchanges) or Verdict("ignored" if found else "works", _calls(found))


def echoes_model(exchanges: Sequence[Exchange]) -> Verdict:
    """Which model the answer names: "same" as asked for, "other", or "none"."""
    if refused := _refused(exchanges):
        return refused
    last = exchanges[-1]
    asked, named = (last.request.body or {}).get("model"), reading.model(last)
    if named is None:
        return Verdict("none", "the answer names no model")
    return Verdict("same" if named == asked else "other", f"asked for {asked}, answered by {named}")


def shape_of_error(exchanges: Sequence[Exchange]) -> Verdict:
    """The form of the error body, with its status; "accepted" when there was no error."""
    last = exchanges[-1]
    if not last.refused:
        return Verdict("accepted", f"{last.status}")
    return Verdict(reading.error_shape(last), reading.error(last))
