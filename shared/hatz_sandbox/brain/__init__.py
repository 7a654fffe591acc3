"""The built-in answerer: deterministic, without a model, and useful enough for demos and tests."""

from hatz_sandbox.neutral import Answer, Request


def think(request: Request) -> Answer:
    return Answer("hello there")


__all__ = ["think"]
