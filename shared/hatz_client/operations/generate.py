"""Generate an answer: which request to send, and how to read a complete answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hatz_client.connection.settings import Settings
from hatz_client.content import Endpoint, Prompt, Reply
from hatz_client.errors import HatzInvalidInputError, HatzResponseError
from hatz_client.operations.operation import Operation, Options
from hatz_client.operations.request_alternatives import apply_known_forms
from hatz_client.util.json_text import to_json
from hatz_client.wire.answer_stages import AnswerStages, RequestChanges
from hatz_client.wire.common.answers.error_bodies import error_in
from hatz_client.wire.endpoints import EndpointSpec, alternatives, codec, endpoint_name, endpoint_spec
from hatz_client.wire.unrequested_streams import read_whole_stream


@dataclass(frozen=True, slots=True)
class Generation:
    """An operation that asks for an answer, with what is needed to read the response."""

    operation: Operation
    prompt: Prompt
    endpoint: EndpointSpec
    changes: RequestChanges = field(default_factory=RequestChanges)
    """What the answer must be changed back from."""

    def read(self, body: Any) -> Reply:
        """The answer in a response's body, truncated at a stop sequence if the endpoint does not do so.

        Raises:
            HatzError: if the body is an error instead of an answer.
        """
        if not isinstance(body, dict):
            raise error_in(body) or HatzResponseError(
                f"The gateway answered with something other than an object: {body!r:.200}", body=body
            )
        return self.changes.undo(codec(self.endpoint.name).decode(body))

    def read_stream(self, content: bytes) -> Reply | None:
        """The answer in a body that is a stream although none was requested; None if it is not a stream.

        Raises:
            HatzError: if the stream contains an error instead of an answer.
        """
        decoder = codec(self.endpoint.name).Decoder()
        return read_whole_stream(content, self.endpoint.framing, decoder, AnswerStages(self.changes))


def generate(
    settings: Settings, prompt: Prompt, endpoint: Endpoint, options: Options, *, stream: bool = False
) -> Generation:
    """The operation that asks for an answer.

    Raises:
        HatzInvalidInputError: if the prompt cannot be sent.
    """
    if not isinstance(prompt, Prompt):
        raise HatzInvalidInputError(
            f"prompt is of type {type(prompt).__name__}: give a Prompt, such as Prompt('gpt-5.2', 'Hello!')."
        )
    if not prompt.model:
        raise HatzInvalidInputError("model is empty: give the `id` of one of `list_models()`.")
    spec = endpoint_spec(endpoint_name(prompt, endpoint))
    wire = codec(spec.name)
    known = alternatives(wire)
    body = apply_known_forms(settings, known, wire.encode(prompt, stream=stream), prompt)
    operation = Operation(
        settings, options, "POST", spec.path, to_json(body), options.id, stream, alternatives=known, prompt=prompt
    )
    return Generation(operation, prompt, spec, RequestChanges.of(prompt, spec))
