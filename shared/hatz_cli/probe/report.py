"""The report of a probe: write it as JSON, read it, and compare two."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hatz_cli.probe.masking import mask_exchange, scrub
from hatz_cli.probe.run import Answer
from hatz_client import HatzInvalidInputError
from hatz_client.version import __version__

FORMAT = 1


def make(answers: Sequence[Answer], base_url: str, key: str) -> dict[str, Any]:
    """The report, with secrets and content masked."""
    return {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "hatz_integrations": __version__,
        "base_url": base_url,
        "answers": [_answer(answer, key) for answer in answers],
    }


def _answer(answer: Answer, key: str) -> dict[str, Any]:
    question = answer.question
    return {
        "id": question.id,
        "model": answer.model,
        "asks": question.asks,
        "verdict": answer.verdict.word,
        "evidence": scrub(answer.verdict.evidence, key),
        "means": answer.meaning,
        "claim": {"says": question.claim.says, "source": question.claim.source, "sure": question.claim.sure},
        "exchanges": [mask_exchange(exchange, key) for exchange in answer.exchanges],
    }


def read(path: Path) -> dict[str, Any]:
    """Read a report from a file.

    Raises:
        HatzInvalidInputError: if the file cannot be read, or is not a report.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise HatzInvalidInputError(f"The report {path} cannot be read: {error}.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("answers"), list):
        raise HatzInvalidInputError(f"{path} is not a report of `hatz doctor --probe --report`.")
    return found


@dataclass(frozen=True)
class Change:
    """A question whose verdict changed; an empty verdict means that it was not asked."""

    id: str
    model: str
    before: str
    now: str


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """The changes between two reports, in the order of the later one; a question that only one of them has is a change too.

    Questions without an answer in one of them are omitted.
    """
    old, new = _verdicts(before), _verdicts(now)
    ids = [*new, *(at for at in old if at not in new)]
    found = [Change(*at, old.get(at, ""), new.get(at, "")) for at in ids]
    return [
        change for change in found if change.before != change.now and "no answer" not in {change.before, change.now}
    ]


def _verdicts(report: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = (entry for entry in report["answers"] if isinstance(entry, Mapping))
    return {(str(entry.get("id")), str(entry.get("model", ""))): str(entry.get("verdict")) for entry in found}
