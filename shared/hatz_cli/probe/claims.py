"""Claims about the gateway that the probe cannot test: why not, and what relies on them."""

from __future__ import annotations

from dataclasses import dataclass

from hatz_cli.probe.question import Claim


@dataclass(frozen=True, kw_only=True)
class UntestedClaim:
    """A claim that no question of the probe tests."""

    claim: Claim
    reason: str
    """Why the probe does not test it."""
    used_by: tuple[str, ...] = ()


def _untested_claim(says: str, source: str, sure: str, reason: str, *used_by: str) -> UntestedClaim:
    return UntestedClaim(claim=Claim(says, source, sure), reason=reason, used_by=used_by)  # type: ignore[arg-type]


_DOCUMENTED = "the whole probe fails if it is wrong"
_STORES = "it would store a file, and no endpoint deletes one"
_BREAKS = "a request cannot cause it"
_FORMAT = "the client follows the format that the endpoint mirrors"

CLAIMS = (
    _untested_claim("Responses is at /openai/responses", "API home page", "documented", _DOCUMENTED, "responses.path"),
    _untested_claim(
        "Messages is at /anthropic/messages", "help page, Anthropic Messages Gateway", "documented", _DOCUMENTED,
        "messages.path",
    ),
    _untested_claim(
        "Native chat is at /chat/completions", "API docs, Chat Completions", "documented", _DOCUMENTED, "chat.path",
    ),
    _untested_claim(
        "The list of models says what a key may use, but not on which endpoint", "help page, Models", "documented",
        "hatz doctor --model ID tries each endpoint", "responses.chosen_for", "messages.chosen_for",
    ),
    _untested_claim("Keys have no documented form", "none", "unknown", "no form is relied on", "connection/settings.py"),
    _untested_claim(
        "A file is uploaded, processed, and ready when its status says so", "API docs, File Upload", "documented", _STORES,
        "operations/uploads.py", "chat.uploads",
    ),
    _untested_claim(
        "Files are sent by their id on native chat alone", "API docs, File Upload", "documented", _STORES,
        "responses.uploads", "messages.uploads",
    ),
    _untested_claim(
        "A 429 can mean that credits are used up until the month ends", "help page, Rate Limiting", "documented", _BREAKS,
        "wire/common/answers/error_bodies.py",
    ),
    _untested_claim("What an error within a stream looks like is not known", "none", "unknown", _BREAKS),
    _untested_claim(
        "A stream that ends without its last event was cut", "the formats the endpoints mirror", "inferred", _BREAKS,
    ),
    _untested_claim("Native streams just end", "public clients", "seen", _BREAKS, "chat.finish_field"),
    _untested_claim(
        "A call can be forced while the model thinks", "OpenAI's format", "inferred", _FORMAT,
        "responses.forced_tool_with_thinking", "chat.forced_tool_with_thinking",
    ),
    _untested_claim(
        "A call cannot be forced while the model thinks", "Anthropic's guide to extended thinking", "inferred", _FORMAT,
        "messages.forced_tool_with_thinking",
    ),
    _untested_claim(
        "A tool's result may hold blocks on Messages alone", "the formats the endpoints mirror", "inferred", _FORMAT,
        "wire/messages/blocks.py",
    ),
    _untested_claim(
        "A text document has a block of its own on Messages alone", "the formats the endpoints mirror", "inferred",
        _FORMAT, "responses.text_documents", "chat.text_documents",
    ),
    _untested_claim(
        "On Messages, stop_reason says why an answer ended", "the format it mirrors", "inferred", _FORMAT,
        "messages.finish_field", "responses.finish_field",
    ),
    _untested_claim(
        "A format's schema may hold itself on Responses, and not on Messages",
        "OpenAI's and Anthropic's guides to structured output", "inferred", _FORMAT, "responses.recursive_formats",
        "messages.recursive_formats", "chat.recursive_formats",
    ),
    _untested_claim(
        "Messages refuses a tool if the name of an argument has other characters than a-z, A-Z, 0-9, _, . and -",
        "error messages of Anthropic in public reports", "inferred", _FORMAT, "messages.plain_argument_names",
        "responses.plain_argument_names", "chat.plain_argument_names",
    ),
    _untested_claim(
        "Cache marks have a place on Messages alone", "the formats the endpoints mirror", "inferred", _FORMAT,
        "chat.cache_marks",
    ),
    _untested_claim(
        "An app answers as native chat does, whole and streamed", "API description of 2024", "documented",
        "it would run an app of yours", "operations/apps.py",
    ),
    _untested_claim(
        "For some ids of workflows GET /app/{id} answers 500", "a public client", "seen", "it depends on the workflow",
        "runners/async_apps.py",
    ),
    _untested_claim(
        "A workflow runs as a job, whose status is pending, running, complete or failed", "API docs, Workflows", "documented",
        "it would run a workflow of yours", "resources/jobs.py", "operations/jobs.py",
    ),
    _untested_claim("There is no endpoint for embeddings", "none was found", "inferred", "there is nothing to ask"),
)  # fmt: skip
