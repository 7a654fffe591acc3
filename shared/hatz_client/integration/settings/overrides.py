"""The keyword arguments of one call, sorted by their use."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.settings.arguments import ALIASES, call_names
from hatz_client.integration.settings.fields import HatzFields
from hatz_client.util.suggest import CLOSE, did_you_mean
from hatz_client.util.warn_once import warn_once

_logger = logging.getLogger("hatz_client")

# Arguments for the frameworks, not for the model.
_NOT_SENT = ("stream", "stream_usage", "formatted", "ls_structured_output_format", "structured_output_format")
_OPTIONS = ("timeout", "deadline", "headers", "request_id")
_OF_TOOLS = ("tools", "tool_choice", "parallel_tool_calls", "strict")
_ONCE = ("endpoint", "extra_body", "cache_control", "response_format", "structured_tool")
_LISTS = ("stop", "tools_to_use", "file_uuids")


class Overrides(NamedTuple):
    """The keyword arguments of one call, by their use; the model's settings fill in what the call does not set."""

    prompt: dict[str, Any]
    """Fields of the prompt."""
    body: dict[str, Any]
    """Fields of the body that not every endpoint supports."""
    call: dict[str, Any]
    """Settings of the group "call", such as `auto_upload` and `disabled_params`."""
    options: dict[str, Any]
    """Keyword arguments of the client's `ask` and `stream`."""
    tools: dict[str, Any]
    """`tools`, `tool_choice`, `parallel_tool_calls` and `strict`."""
    once: dict[str, Any]
    """`endpoint`, `extra_body`, `cache_control`, `response_format` and `structured_tool`; None if not set."""
    further: dict[str, Any]
    """Unknown arguments, sent as fields of the request's body."""


def split_kwargs(model: HatzFields, kwargs: Mapping[str, Any]) -> Overrides:
    """The keyword arguments of a call, sorted.

    Raises:
        HatzInvalidInputError: for a setting that cannot be changed for one call, and an `extra_body` that is no mapping.
    """
    given = call_names(kwargs)
    values = vars(model)  # every call comes through here, and `getattr` on a pydantic model is slow

    def settings(names: Iterable[str]) -> dict[str, Any]:
        return {name: given.pop(name) if name in given else values[name] for name in names}

    for name in ("model", "stop"):
        if name in given and given[name] is None:
            del given[name]
    prompt = settings(model.settings_in("prompt"))
    for name in _LISTS:
        prompt[name] = _strings(prompt[name])
    body, call = settings(model.settings_in("body")), settings(model.settings_in("call"))
    tools = {name: given.pop(name) if name in given else values.get(name) for name in _OF_TOOLS}
    options = {name: value for name in _OPTIONS if name in given and (value := given.pop(name)) is not None}
    once = {name: given.pop(name) if name in given else None for name in _ONCE}
    if not isinstance(once["extra_body"], Mapping | None):
        raise HatzInvalidInputError(f"extra_body={once['extra_body']!r:.100} is not a mapping of fields to values.")
    if given:
        _check_further(model, given)
    return Overrides(prompt, body, call, options, tools, once, given)


def _check_n(n: Any) -> None:
    """Evaluation libraries send `n=1` to every model."""
    if n not in {None, 1}:
        raise HatzInvalidInputError(
            f"n={n!r} cannot be sent: the gateway gives one answer to a request. Ask {n!r} times."
        )


def _check_further(model: HatzFields, given: dict[str, Any]) -> None:
    """Drop arguments that are not for the model, reject settings of the model, and warn about probable typos."""
    for name in _NOT_SENT:
        given.pop(name, None)
    _check_n(given.pop("n", None))
    own = type(model).model_fields.keys() - {"metadata"}  # also a field of the body in both vendors' APIs
    if misplaced := sorted(given.keys() & own):
        raise HatzInvalidInputError(
            f"{', '.join(misplaced)} cannot be set for a single call, only for the model: use "
            f"model.model_copy(update={{{misplaced[0]!r}: …}})."
        )
    for name in given:
        if hint := did_you_mean(name, {*own, *ALIASES, *_OF_TOOLS, *_ONCE, *_OPTIONS} - {name}, cutoff=CLOSE):
            warn_once(
                f"{name!r} is not a setting of {type(model).__name__}: {hint} It is sent as a field of the request's body."
            )
    if given:
        _logger.debug("sent as fields of the request's body: %s", ", ".join(given))


def _strings(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
