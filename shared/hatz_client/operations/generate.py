"""Generate an answer: which request to send, and how to read a complete answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_client.connection.settings import Settings
from hatz_client.content import Endpoint, Prompt, Reply, Tool
from hatz_client.errors import HatzInvalidInputError, HatzResponseError
from hatz_client.operations.operation import Operation, Options
from hatz_client.operations.request_alternatives import apply_known_forms
from hatz_client.util.json_text import to_json
from hatz_client.wire.common.answers.added_nulls import restore_absent
from hatz_client.wire.common.answers.cut_off_calls import invalidate_cut_off_call
from hatz_client.wire.common.answers.error_bodies import error_in
from hatz_client.wire.common.answers.stop_sequences import truncate_at_stop
from hatz_client.wire.common.tools.argument_names import own_argument_names, restore_arguments
from hatz_client.wire.common.tools.root_object import object_root
from hatz_client.wire.common.tools.tool_names import original_names, restore_names
from hatz_client.wire.endpoints import EndpointSpec, alternatives, codec, endpoint_name, endpoint_spec
from hatz_client.wire.unrequested_streams import read_whole_stream


@dataclass(frozen=True, slots=True)
class Generation:
    """An operation that asks for an answer, with what is needed to read the response."""

    operation: Operation
    prompt: Prompt
    endpoint: EndpointSpec
    tool_names: Mapping[str, str] = field(default_factory=dict)
    """The caller's names of the tools that have another name on the wire, by wire name."""
    strict_schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The caller's schemas of strict tools whose arguments may get nulls that the schemas do not allow, by name."""
    argument_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By tool: the caller's names of arguments that have another name on the wire, by wire name."""

    def read(self, body: Any) -> Reply:
        """The answer in a response's body, truncated at a stop sequence if the endpoint does not do so.

        Raises:
            HatzError: if the body is an error instead of an answer.
        """
        if not isinstance(body, dict):
            raise error_in(body) or HatzResponseError(
                f"The gateway answered with something other than an object: {body!r:.200}", body=body
            )
        return self._finish(invalidate_cut_off_call(codec(self.endpoint.name).decode(body)))

    def read_stream(self, content: bytes) -> Reply | None:
        """The answer in a body that is a stream although none was requested; None if it is not a stream.

        Raises:
            HatzError: if the stream contains an error instead of an answer.
        """
        reply = read_whole_stream(content, self.endpoint.framing, codec(self.endpoint.name).Decoder())
        return None if reply is None else self._finish(reply)

    def _finish(self, reply: Reply) -> Reply:
        reply = restore_names(reply, self.tool_names)
        if self.argument_names:
            reply = restore_arguments(reply, self.argument_names)
        if self.strict_schemas:
            reply = restore_absent(reply, self.strict_schemas)
        return (
            truncate_at_stop(reply, self.prompt.stop)
            if self.prompt.stop and not self.endpoint.stop_sequences
            else reply
        )


def generate(
    settings: Settings, prompt: Prompt, endpoint: Endpoint, options: Options, *, stream: bool = False
) -> Generation:
    """The operation that asks for an answer.

    Raises:
        HatzInvalidInputError: if the prompt cannot be sent.
    """
    if not isinstance(prompt, Prompt):
        raise HatzInvalidInputError(
            f"prompt is a {type(prompt).__name__}: give a Prompt, such as Prompt('gpt-5.2', 'Hello!')."
        )
    if not prompt.model:
        raise HatzInvalidInputError("model is empty: give the `name` of one of `list_models()`.")
    spec = endpoint_spec(endpoint_name(prompt, endpoint))
    wire = codec(spec.name)
    known = alternatives(wire)
    body = apply_known_forms(settings, known, wire.encode(prompt, stream=stream), prompt)
    operation = Operation(
        settings, options, "POST", spec.path, to_json(body), options.id, stream, alternatives=known, prompt=prompt
    )
    renamed = own_argument_names(prompt.tools) if spec.plain_argument_names and prompt.tools else {}
    return Generation(operation, prompt, spec, original_names(prompt), _strict_schemas(prompt, spec), renamed)


def _strict_schemas(prompt: Prompt, spec: EndpointSpec) -> dict[str, Mapping[str, Any]]:
    if not spec.strict_adds_nulls or not prompt.tools:
        return {}
    strict = [tool for tool in prompt.tools if isinstance(tool, Tool) and tool.strict]
    return {tool.name: object_root(tool.parameters, f"The tool {tool.name!r}") for tool in strict}
