"""Prompts of retrieval frameworks that want their answer in a form of their own, and the answers in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatz_sandbox.brain.forms import choosing, extracting, facts, judging, rewriting

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Request

_ALONE = (
    judging.judged,
    choosing.chosen,
    extracting.extracted,
    rewriting.rewritten,
)
"""Each reads the system text and the last text of the user."""


def formed(request: Request) -> str | None:
    """The answer in the form the prompt asks for, or `None` when it is no prompt of this kind."""
    user = request.latest.text
    for answer in _ALONE:
        found = answer(request.system, user)
        if found is not None:
            return found
    return choosing.permuted(request) or facts.facts(request) or extracting.situated(request)
