"""The prompts of retrieval frameworks, taken apart into a question and its context."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_FENCE = r"\n?-{5,}\n"
_FENCED = re.compile(rf"{_FENCE}(?P<context>.*?){_FENCE}(?P<rest>.*)", re.DOTALL)
_QUERY = re.compile(
    r"(?:^|\n)[ \t]*(?:Query|Question|User question|Human|Input)\s*:\s*(?P<question>.+?)\s*(?:\n\s*(?:Helpful )?Answer\s*:|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_REFINES = (
    re.compile(
        rf"original query is as follows: (?P<question>.*?)\nWe have provided an existing answer: (?P<answer>.*?)\n.*?{_FENCE}(?P<context>.*?){_FENCE}",
        re.DOTALL,
    ),
    re.compile(
        r"New Context:\s*(?P<context>.*)\nQuery: (?P<question>.*?)\nOriginal Answer: (?P<answer>.*?)\s*\nNew Answer:",
        re.DOTALL,
    ),
)
_EXISTING = re.compile(r"Existing Answer:\s*(?P<answer>.*?)\s*(?:\n\s*\n|\n-{5,}|\Z)", re.DOTALL)
_AFTER_CONTEXT = re.compile(r"\n[ \t]*(?:Existing Answer|Instructions?):")
_SUMMARY = re.compile(
    r"^Write a (?:concise )?summary of the following.*?\n\n(?P<text>.*?)(?:\n\s*(?:CONCISE )?SUMMARY\W*\Z)",
    re.DOTALL | re.IGNORECASE,
)
_TAGGED = re.compile(r"<(?P<tag>context|documents?|sources?)>(?P<context>.*)</(?P=tag)>", re.DOTALL | re.IGNORECASE)
_LABEL = re.compile(
    r"(?:^|\n)[^\n]{0,160}\b(?:context|documents|sources|information|passages|excerpts)\b[^\n]{0,80}:[ \t]*\n?(?P<context>.+)",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """A question with the context it is to be answered from."""

    question: str
    context: str
    existing: str | None = None
    """The answer that more context is to refine."""
    instructions: str = ""
    """All that was said besides the context."""


def to_summarize(text: str) -> str | None:
    """The text a summary prompt wants summed up, or `None` when it is not one."""
    match = _SUMMARY.search(text.strip())
    return match.group("text").strip() if match else None


def asked(system: str, user: str) -> Asked | None:
    """The question and the context, whichever message holds it; `None` without a context."""
    found = _asked(system, user)
    if found is None:
        return None
    rest = f"{system}\n\n{user}".replace(found.context, "\n\n")
    return replace(found, instructions=rest)


def _asked(system: str, user: str) -> Asked | None:
    for refining in _REFINES:
        refine = refining.search(user)
        if refine:
            return Asked(refine["question"].strip(), refine["context"], refine["answer"].strip())
    for pattern in (_TAGGED, _FENCED):
        found = _by(pattern, user)
        if found:
            return found
    labelled = _in_user(user)
    if labelled:
        return labelled
    for pattern in (_TAGGED, _FENCED, _LABEL):
        match = pattern.search(system)
        if match and len(match.group("context").split()) > 3:
            existing = _EXISTING.search(system)
            context = _AFTER_CONTEXT.split(match["context"])[0]
            return Asked(user, context, existing["answer"] if existing else None)
    return None


def _by(pattern: re.Pattern[str], user: str) -> Asked | None:
    match = pattern.search(user)
    if not match or not match.group("context").strip():
        return None
    after = match.groupdict().get("rest") or user[match.end() :]
    around = user[: match.start()] + "\n" + after
    # An example of a query may stand before the context, the real one stands after it.
    query = _QUERY.search(after) or _QUERY.search(around)
    question = query.group("question") if query else around.strip()
    return Asked(question.strip(), match.group("context")) if question.strip() else None


def _in_user(user: str) -> Asked | None:
    """A context after its label, and a question after its own, in either order."""
    match = _LABEL.search(user)
    query = _QUERY.search(user)
    if not match or not query:
        return None
    context = match.group("context")
    if query.start() > match.start("context"):
        context = user[match.start("context") : query.start()]
    question = query.group("question").split("\n\n")[0]
    if query.start("question") < match.start():
        question = user[query.start("question") : match.start()]
    return Asked(question.strip(), context) if len(context.split()) > 3 else None
