"""`configurable_fields` and `configurable_alternatives` that work with `bind_tools` and `with_structured_output`.

LangChain binds the default model and loses the configurable fields (langchain#24341): then the wrong model answers, without
a warning. Here bound operations are kept, and applied to the model that the configuration chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableSerializable
from langchain_core.runnables.configurable import (
    DynamicRunnable,
    RunnableConfigurableAlternatives,
    RunnableConfigurableFields,
)
from langchain_core.runnables.utils import Input, Output
from pydantic import SkipValidation
from typing_extensions import override

Operation = tuple[str, tuple[Any, ...], dict[str, Any]]
"""A method of the model and its arguments."""


class _KeepsOperations(DynamicRunnable[Input, Output]):
    """A configurable model to which tools or a schema can be bound."""

    operations: SkipValidation[tuple[Operation, ...]] = ()
    """The operations to apply to the model that the configuration chooses."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools to whichever model the configuration chooses."""
        return self._with_operation("bind_tools", tools, **kwargs)

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """Request structured output from whichever model the configuration chooses."""
        return self._with_operation("with_structured_output", schema, **kwargs)

    @override
    def configurable_alternatives(self, *args: Any, **kwargs: Any) -> RunnableSerializable[Any, Any]:
        return keep_operations(super().configurable_alternatives(*args, **kwargs))

    def _with_operation(self, method: str, /, *args: Any, **kwargs: Any) -> Runnable[Any, Any]:
        operation = (method, args, kwargs)
        _apply_operations(self.default, (*self.operations, operation))  # raises errors at once
        return self.model_copy(update={"operations": (*self.operations, operation)})

    def _prepare(self, config: RunnableConfig | None = None) -> tuple[Runnable[Any, Any], RunnableConfig]:
        runnable, config = super()._prepare(config)  # type: ignore[safe-super]  # of the class beside this one
        return _apply_operations(runnable, self.operations), config


def _apply_operations(runnable: Any, operations: Sequence[Operation]) -> Any:
    for method, args, kwargs in operations:
        runnable = getattr(runnable, method)(*args, **kwargs)
    return runnable


class ConfigurableFields(_KeepsOperations[Input, Output], RunnableConfigurableFields[Input, Output]):
    """A `ChatHatz` with fields that are set per call."""


class ConfigurableAlternatives(_KeepsOperations[Input, Output], RunnableConfigurableAlternatives[Input, Output]):
    """A `ChatHatz` or one of its alternatives, chosen per call."""


def keep_operations(runnable: Any) -> RunnableSerializable[Any, Any]:
    """LangChain's configurable model as one that keeps the operations bound to it."""
    for theirs, ours in (
        (RunnableConfigurableFields, ConfigurableFields),
        (RunnableConfigurableAlternatives, ConfigurableAlternatives),
    ):
        if type(runnable) is theirs:
            return ours(**runnable.__dict__)
    return runnable  # type: ignore[no-any-return]
