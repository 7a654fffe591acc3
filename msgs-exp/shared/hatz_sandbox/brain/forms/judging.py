"""Prompts that want a verdict: YES or NO, a score, or the better of two answers."""

from __future__ import annotations

import re

from hatz_sandbox.brain.forms.overlap import agrees, share, supported

_YES_NO = re.compile(r"\bYES\b.{0,10}\bNO\b")
_EXAMPLES = re.compile(r"Answer: (?:YES|NO)\s*\n")
_PIECE = re.compile(r"Information:\s*(?P<told>.*?)\nContext:\s*(?P<context>.*)\n\s*Answer:\s*\Z", re.DOTALL)
_PAIR = re.compile(r"Query and Response:\s*(?P<told>.*?)\nContext:\s*(?P<context>.*)\n\s*Answer:\s*\Z", re.DOTALL)
_AGAIN = re.compile(
    r"context information:\s*(?P<told>.*?)\nWe have provided an existing (?:YES/NO answer|evaluation score):"
    r"\s*(?P<existing>.*?)\nWe have.*?-{5,}\n(?P<context>.*)\n-{5,}",
    re.DOTALL,
)
_SCORED = re.compile(
    r"Query:\s*(?P<query>.*?)\n(?P<what>Response|Context):\s*(?P<told>.*)\n\s*Feedback:\s*\Z", re.DOTALL
)
_SECTION = re.compile(r"^## (?P<title>[^\n]+)\n(?P<text>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_ANSWER_OF = r"\[The Start of Assistant {0}.s Answer\]\n(?P<text>.*?)\n\[The End of Assistant {0}.s Answer\]"
_RESPONSE = re.compile(r"Response:\s*(?P<text>.*)\Z", re.DOTALL)


def judged(system: str, user: str) -> str | None:
    """The verdict, or `None` when none is asked for."""
    return _yes_or_no(user) or _result(user) or _score(system, user) or _better(system, user)


def _yes_or_no(user: str) -> str | None:
    if not _YES_NO.search(user):
        return None
    again = _AGAIN.search(user)
    if again:
        there = again["existing"].strip().upper().startswith("YES")
        return "YES" if there or _holds(again["told"], again["context"]) else "NO"
    asked = _PIECE.search(_EXAMPLES.split(user)[-1]) or _PAIR.search(user)
    if asked is None:
        return None
    return "YES" if _holds(asked["told"], asked["context"]) else "NO"


def _holds(told: str, context: str) -> bool:
    response = _RESPONSE.search(told)
    return supported(response["text"] if response else told, context)


def _result(user: str) -> str | None:
    again = _AGAIN.search(user)
    if again and "existing evaluation score" in user:
        first = re.search(r"[\d.]*\d", again["existing"].split("[RESULT]")[-1])
        points = max(float(first.group()) if first else 0.0, 4 * share(again["told"], again["context"]))
        return f"The context was looked at again.\n[RESULT] {_half(points)}"
    asked = _SCORED.search(user) if "[RESULT]" in user else None
    if asked is None:
        return None
    common = share(asked["query"], asked["told"])
    said = f"{round(100 * common)} % of the words of the query are in the {asked['what'].lower()}."
    if asked["what"] == "Context":
        return f"{said}\n[RESULT] {_half(4 * min(1.0, 1.25 * common))}"
    return f"{said}\n[RESULT] {(common > 0) + (common >= 0.5)}"


def _half(points: float) -> float:
    return round(2 * points) / 2


def _score(system: str, user: str) -> str | None:
    sections = {match["title"].strip(): match["text"].strip() for match in _SECTION.finditer(user)}
    given = sections.get("Generated Answer")
    if given is None or "score" not in system:
        return None
    query, reference = sections.get("User Query", ""), sections.get("Reference Answer", "")
    reference = "" if reference.startswith("(NO REFERENCE") else reference
    common = min(1.0, share(reference, given) if reference else share(query, given) + 0.2)
    if reference and not agrees(reference, given):
        common = min(common, 0.5)
    related = share(query, given) > 0 or common > 0
    points = _half(2 + 3 * common) if related else 1.0
    against = "reference answer" if reference else "query"
    return f"{points}\nThe generated answer says {round(100 * common)} % of the {against}."


def _better(system: str, user: str) -> str | None:
    if "[[A]]" not in system:
        return None
    answers = [re.search(_ANSWER_OF.format(one), user, re.DOTALL) for one in "AB"]
    first = re.search(r"\[The Start of Assistant", user)
    if first is None or None in answers:
        return None
    wanted = user[: first.start()].replace("[User Question]", "").replace("[The Start of Reference]", "")
    one, other = (share(wanted, answer["text"]) if answer else 0.0 for answer in answers)
    verdict = "C" if one == other else "A" if one > other else "B"
    return f"The answers share {round(100 * one)} % and {round(100 * other)} % of the words asked for.\n[[{verdict}]]"
