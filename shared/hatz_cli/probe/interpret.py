"""Interpret the gateway's answers to a question: each function gives, or makes a function that gives, a `Verdict`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hatz_cli.exchange import Exchange
from hatz_cli.probe import reading
from hatz_cli.probe.question import Interpret, Verdict


def _refusal(exchanges: Sequence[Exchange]) -> Verdict | None:
    refused = next((exchange for exchange in exchanges if exchange.refused), None)
    return Verdict("refused", reading.error(refused)) if refused else None


def accepted(exchanges: Sequence[Exchange]) -> Verdict:
    """The verdict "accepted", or "refused" if the gateway refused any of the requests."""
    last = exchanges[-1]
    return _refusal(exchanges) or Verdict("accepted", f"{last.status}", reading.text(last)[:80])


def works(test: Callable[[Exchange], bool], evidence: Callable[[Exchange], str] | None = None) -> Interpret:
    """The verdict "works" if the last answer passes the test, "ignored" if it does not, "refused" for an error status."""

    def interpret(exchanges: Sequence[Exchange]) -> Verdict:
        last = exchanges[-1]
        shown = evidence(last) if evidence else f"{last.status}"
        return _refusal(exchanges) or Verdict("works" if test(last) else "ignored", shown, reading.text(last)[:80])

    return interpret


def has(name: str, test: Callable[[Exchange], object]) -> Interpret:
    """The verdict "yes" if the test finds something in the last answer (the evidence), else "no"; `name` says what was not found."""

    def interpret(exchanges: Sequence[Exchange]) -> Verdict:
        if refused := _refusal(exchanges):
            return refused
        found = test(exchanges[-1])
        return Verdict("yes", str(found)[:200]) if found else Verdict("no", f"no {name}")

    return interpret


def _count_calls(found: Sequence[object]) -> str:
    return f"{len(found)} call{'' if len(found) == 1 else 's'}"


def calls_tool(exchanges: Sequence[Exchange]) -> Verdict:
    """The verdict "works" if the model calls a tool, else "ignored" or "refused"."""
    found = reading.calls(exchanges[-1])
    quote = reading.text(exchanges[-1])[:80]
    return _refusal(exchanges) or Verdict("works" if found else "ignored", _count_calls(found), quote)


def calls_no_tool(exchanges: Sequence[Exchange]) -> Verdict:
    """The verdict "works" if the model calls no tool, as it was told, else "ignored" or "refused"."""
    found = reading.calls(exchanges[-1])
    return _refusal(exchanges) or Verdict("ignored" if found else "works", _count_calls(found))


def echoes_model(exchanges: Sequence[Exchange]) -> Verdict:
    """The model that the answer names: "same" as requested, "other", or "none"."""
    if refused := _refusal(exchanges):
        return refused
    last = exchanges[-1]
    requested, answered = (last.request.body or {}).get("model"), reading.model(last)
    if answered is None:
        return Verdict("none", "the answer names no model")
    return Verdict("same" if answered == requested else "other", f"requested {requested}, answered by {answered}")


def shape_of_error(exchanges: Sequence[Exchange]) -> Verdict:
    """The form of the error body (`reading.error_shape`); "accepted" if there is no error."""
    last = exchanges[-1]
    if not last.refused:
        return Verdict("accepted", f"{last.status}")
    return Verdict(reading.error_shape(last), reading.error(last))
