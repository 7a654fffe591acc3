"""Long conversations with tool calls, in the messages of each framework."""

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock


def langchain_history(count):
    """So many messages of LangChain's."""
    return [
        message
        for at in range(count // 4)
        for message in (
            HumanMessage("What is it?"),
            AIMessage("", tool_calls=[{"name": "f", "args": {"a": 1}, "id": f"call_{at}"}]),
            ToolMessage("It is this.", tool_call_id=f"call_{at}"),
            AIMessage("This."),
        )
    ]


def llama_index_history(count):
    """So many messages of LlamaIndex's."""
    return [
        message
        for at in range(count // 4)
        for message in (
            ChatMessage(content="What is it?"),
            ChatMessage(
                role="assistant",
                blocks=[ToolCallBlock(tool_call_id=f"call_{at}", tool_name="f", tool_kwargs={"a": 1})],
            ),
            ChatMessage(role="tool", content="It is this.", additional_kwargs={"tool_call_id": f"call_{at}"}),
            ChatMessage(role="assistant", content="This."),
        )
    ]
