"""Answers after which a second request for an object is useless."""

from hatz_sandbox import Sandbox

USELESS = ("cut off", "blocked", "refused", "call")


def reply_uselessly(sandbox: Sandbox, answer: str) -> None:
    """Answer the next request in one of the ways of `USELESS`."""
    match answer:
        case "cut off":
            sandbox.reply("Let me", finish="length")
        case "blocked":
            sandbox.reply("Let me", finish="content_filter")
        case "refused":
            sandbox.reply(refusal="I will not.")
        case _:
            sandbox.tool_call("search", {"query": "jokes"})
