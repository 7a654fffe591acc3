"""`configurable_fields` and `configurable_alternatives` that survive `bind_tools` and `with_structured_output`.

LangChain binds the default model and forgets what was to be configured (langchain#24341): then another model than the one
asked for answers, without a word. Here what is bound is kept, and bound anew to the model that the configuration chooses.
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
"""A method of the model, and what it is called with."""


class _KeepsOperations(DynamicRunnable[Input, Output]):
    """A configurable model to which tools or a schema can be bound."""

    operations: SkipValidation[tuple[Operation, ...]] = ()
    """What is done to the model once the configuration has chosen it."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with tools it may call, whichever model the configuration chooses."""
        return self._with_operation("bind_tools", tools, **kwargs)

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """The model answering with an object, whichever model the configuration chooses."""
        return self._with_operation("with_structured_output", schema, **kwargs)

    @override
    def configurable_alternatives(self, *args: Any, **kwargs: Any) -> RunnableSerializable[Any, Any]:
        return keeping_operations(super().configurable_alternatives(*args, **kwargs))

    def _with_operation(self, method: str, *args: Any, **kwargs: Any) -> Runnable[Any, Any]:
        operation = (method, args, kwargs)
        _applied(self.default, (*self.operations, operation))  # what is wrong is said at once
        return self.model_copy(update={"operations": (*self.operations, operation)})

    def _prepare(self, config: RunnableConfig | None = None) -> tuple[Runnable[Any, Any], RunnableConfig]:
        runnable, config = super()._prepare(config)  # type: ignore[safe-super]  # of the class beside this one
        return _applied(runnable, self.operations), config


def _applied(runnable: Any, operations: Sequence[Operation]) -> Any:
    for method, args, kwargs in operations:
        runnable = getattr(runnable, method)(*args, **kwargs)
    return runnable


class ConfigurableFields(_KeepsOperations[Input, Output], RunnableConfigurableFields[Input, Output]):
    """A `ChatHatz` some of whose fields are chosen for each call."""


class ConfigurableAlternatives(_KeepsOperations[Input, Output], RunnableConfigurableAlternatives[Input, Output]):
    """A `ChatHatz`, or one of the alternatives to it, chosen for each call."""


def keeping_operations(made: Any) -> RunnableSerializable[Any, Any]:
    """The configurable model that LangChain made, as one that keeps what is bound to it."""
    for theirs, ours in (
        (RunnableConfigurableFields, ConfigurableFields),
        (RunnableConfigurableAlternatives, ConfigurableAlternatives),
    ):
        if type(made) is theirs:
            return ours(**made.__dict__)
    return made  # type: ignore[no-any-return]
