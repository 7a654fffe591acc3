"""The questions of the probe, by theme."""

from __future__ import annotations

from hatz_cli.probe.question import Question
from hatz_cli.probe.questions import (
    errors,
    fields,
    headers,
    history,
    media,
    models,
    native,
    parameters,
    reasoning,
    structured,
    tools,
    usage,
)

THEMES: dict[str, tuple[Question, ...]] = {
    "Keys": errors.KEYS,
    "Errors": errors.BODIES,
    "Headers and streams": headers.QUESTIONS,
    "Models": models.QUESTIONS,
    "Tools": tools.QUESTIONS,
    "Structured output": structured.QUESTIONS,
    "Images and documents": media.QUESTIONS,
    "Limits and stop sequences": parameters.LIMITS,
    "Sampling": parameters.SAMPLING,
    "Reasoning": reasoning.QUESTIONS,
    "Usage, cache and token counts": usage.QUESTIONS,
    "Further fields": fields.QUESTIONS,
    "Histories": history.QUESTIONS,
    "Native chat": native.NATIVE_CHAT,
    "Apps, files and usage": native.LISTS,
}
QUESTIONS = tuple(question for theme in THEMES.values() for question in theme)
"""All questions, in the order they are asked."""
