"""`ChatHatz` with keyword arguments and a configuration for each call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableBinding
from typing_extensions import override

if TYPE_CHECKING:  # what types the v3 streaming of bound models; no more than a `RunnableBinding` when it runs
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
        """Serialized as what it is to LangChain."""
        return [*cls.get_lc_namespace(), "RunnableBinding"]

    @classmethod
    @override
    def get_lc_namespace(cls) -> list[str]:
        return RunnableBinding.get_lc_namespace()

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with these tools in place of any others; its other keyword arguments, and its configuration, stay."""
        bound = {key: value for key, value in self.kwargs.items() if key not in _OF_TOOLS}
        model: Any = self.bound
        result: BoundChatHatz = model.bind_tools(tools, **{**bound, **kwargs})
        return result.with_config(self.config)

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """The model answering with an object, or calling one of the tools it is bound to; its configuration stays."""
        bound = {key: value for key, value in self.kwargs.items() if key not in _OF_STRUCTURE}
        model: Any = self.bound
        result: Runnable[LanguageModelInput, Any] = model.with_structured_output(schema, **{**bound, **kwargs})
        return result.with_config(self.config) if self.config else result
