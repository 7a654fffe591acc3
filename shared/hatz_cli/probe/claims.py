"""Claims about the gateway that no request of the probe can settle: why, and what relies on them."""

from __future__ import annotations

from dataclasses import dataclass

from hatz_cli.probe.question import Claim


@dataclass(frozen=True, kw_only=True)
class OpenClaim:
    """A claim without a question."""

    claim: Claim
    unasked: str
    """Why the probe does not ask."""
    used_by: tuple[str, ...] = ()


def _open(says: str, source: str, sure: str, unasked: str, *used_by: str) -> OpenClaim:
    return OpenClaim(claim=Claim(says, source, sure), unasked=unasked, used_by=used_by)  # type: ignore[arg-type]


_DOCUMENTED = "the whole probe fails where it is wrong"
_STORES = "it would store a file, and no endpoint deletes one"
_BREAKS = "it cannot be brought about"
_FORMAT = "the client decides by the format that the endpoint mirrors"

CLAIMS = (
    _open("Responses is at /openai/responses", "API home page", "documented", _DOCUMENTED, "responses.path"),
    _open("Messages is at /anthropic/messages", "help page, Anthropic Messages Gateway", "documented", _DOCUMENTED, "messages.path"),
    _open("Native chat is at /chat/completions", "API docs, Chat Completions", "documented", _DOCUMENTED, "chat.path"),
    _open(
        "The list of models says what a key may use, and not on which endpoint", "help page, Models", "documented",
        "hatz doctor --model ID tries each endpoint", "responses.chosen_for", "messages.chosen_for",
    ),
    _open("Keys have no documented form", "none", "unknown", "no form is relied on", "connection/settings.py"),
    _open(
        "A file is uploaded, processed, and ready when its status says so", "API docs, File Upload", "documented", _STORES,
        "operations/uploads.py", "chat.uploads",
    ),
    _open("Files are sent by their id on native chat alone", "API docs, File Upload", "documented", _STORES, "responses.uploads", "messages.uploads"),
    _open(
        "A 429 can mean that credits are used up until the month ends", "help page, Rate Limiting", "documented", _BREAKS,
        "wire/common/answers/error_bodies.py",
    ),
    _open("What an error within a stream looks like is not known", "none", "unknown", _BREAKS),
    _open("A stream that ends without its last event was cut", "the formats the endpoints mirror", "inferred", _BREAKS),
    _open("Native streams just end", "public clients", "seen", _BREAKS, "chat.finish_field"),
    _open(
        "A call can be forced while the model thinks", "OpenAI's format", "inferred", _FORMAT,
        "responses.forced_tool_with_thinking", "chat.forced_tool_with_thinking",
    ),
    _open("A call cannot be forced while the model thinks", "Anthropic's guide to extended thinking", "inferred", _FORMAT, "messages.forced_tool_with_thinking"),
    _open("A tool's result may hold blocks on Messages alone", "the formats the endpoints mirror", "inferred", _FORMAT, "responses.blocks_in_results", "messages.blocks_in_results", "chat.blocks_in_results"),
    _open("A text document has a block of its own on Messages alone", "the formats the endpoints mirror", "inferred", _FORMAT, "responses.text_documents", "chat.text_documents"),
    _open("Why an answer ended stands in stop_reason on Messages", "the format it mirrors", "inferred", _FORMAT, "messages.finish_field", "responses.finish_field"),
    _open("A format's schema may hold itself on Responses, and not on Messages", "OpenAI's and Anthropic's guides to structured output", "inferred", _FORMAT, "responses.recursive_formats", "messages.recursive_formats", "chat.recursive_formats"),
    _open("Cache marks have a place on Messages alone", "the formats the endpoints mirror", "inferred", _FORMAT, "chat.cache_marks"),
    _open("An app answers as native chat does, whole and streamed", "API description of 2024", "documented", "it would run an app of yours", "operations/apps.py"),
    _open("For some ids of workflows GET /app/{id} answers 500", "a public client", "seen", "it depends on the workflow", "runners/async_apps.py"),
    _open(
        "A workflow runs as a job, whose status is pending, running, complete or failed", "API docs, Workflows", "documented",
        "it would run a workflow of yours", "jobs.py", "operations/jobs.py",
    ),
    _open("There is no endpoint for embeddings", "none was found", "inferred", "there is nothing to ask"),
)  # fmt: skip
