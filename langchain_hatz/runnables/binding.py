"""`ChatHatz` with keyword arguments and a configuration for each call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableBinding
from typing_extensions import override

if TYPE_CHECKING:  # for the types of v3 streaming of bound models; at run time a plain `RunnableBinding`
    from langchain_core.language_models.chat_models import _ChatModelBinding as Binding
else:
    Binding = RunnableBinding


_OF_TOOLS = {"tools", "tool_choice", "structured_tool", "ls_structured_output_format"}
_OF_STRUCTURE = {"tool_choice", "response_format", "structured_tool", "ls_structured_output_format"}


class BoundChatHatz(Binding):
    """`ChatHatz` with keyword arguments (tools, say) and a configuration for each call."""

    @classmethod
    @override
    def lc_id(cls) -> list[str]:
        """Serialized as LangChain's `RunnableBinding`."""
        return [*cls.get_lc_namespace(), "RunnableBinding"]

    @classmethod
    @override
    def get_lc_namespace(cls) -> list[str]:
        return RunnableBinding.get_lc_namespace()

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with these tools instead of others; other keyword arguments, the configuration and listeners stay."""
        bound = {key: value for key, value in self.kwargs.items() if key not in _OF_TOOLS}
        model: Any = self.bound
        result: BoundChatHatz = model.bind_tools(tools, **{**bound, **kwargs})
        return result.model_copy(update={"config": self.config, "config_factories": self.config_factories})

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """The model with structured output; it may call one of its bound tools instead. The configuration and listeners stay."""
        bound = {key: value for key, value in self.kwargs.items() if key not in _OF_STRUCTURE}
        model: Any = self.bound
        result: Runnable[LanguageModelInput, Any] = model.with_structured_output(schema, **{**bound, **kwargs})
        if not self.config and not self.config_factories:
            return result
        return RunnableBinding(bound=result, config=self.config, config_factories=self.config_factories)

    @override
    def with_alisteners(self, **listeners: Any) -> BoundChatHatz:
        """The model with asynchronous functions that are called when a run starts, ends or fails."""
        added: Any = super().with_alisteners(**listeners)
        return self.model_copy(update={"config_factories": [*added.config_factories, *self.config_factories]})
