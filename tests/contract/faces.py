"""Both integrations behind one face: what a contract test asks of the one, it asks of the other."""

from __future__ import annotations

from typing import Any, Protocol

from langchain_core.messages import AIMessage
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate

from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

HOWS = ("whole", "async whole", "stream", "async stream")


class Face(Protocol):
    """One integration."""

    name: str
    model: type[Any]

    async def ask(self, llm: Any, content: Any = "hi", how: str = "whole", **kwargs: Any) -> str:
        """The text of the answer."""
        ...

    def history(self, *turns: tuple[str, str]) -> list[Any]:
        """A conversation of (role, text)."""
        ...


class LangChainFace:
    name = "langchain"
    model = ChatHatz

    async def ask(self, llm: Any, content: Any = "hi", how: str = "whole", **kwargs: Any) -> str:
        given = [("user", content)] if isinstance(content, str) else content
        match how:
            case "whole":
                return llm.invoke(given, **kwargs).text
            case "async whole":
                return (await llm.ainvoke(given, **kwargs)).text
            case "stream":
                return "".join(chunk.text for chunk in llm.stream(given, **kwargs))
            case _:
                return "".join([chunk.text async for chunk in llm.astream(given, **kwargs)])

    def history(self, *turns: tuple[str, str]) -> list[Any]:
        return list(turns)

    def calls(self, model: Any, content: str, **kwargs: Any) -> list[tuple[str, Any]]:
        message = model.invoke([("user", content)], **kwargs)
        assert isinstance(message, AIMessage)
        return [(call["name"], call["args"]) for call in message.tool_calls]

    def structured(self, model: Any, schema: Any, content: str = "hi") -> Any:
        """The object of this class."""
        return model.with_structured_output(schema).invoke(content)

    def structured_stream(self, model: Any, schema: Any) -> list[Any]:
        """The object of this class, as far as it is written, and at last whole."""
        return list(model.with_structured_output(schema).stream("hi"))

    def image(self, text: str, data: str, media_type: str) -> list[Any]:
        block = {"type": "image", "base64": data, "mime_type": media_type}
        return [{"role": "user", "content": [{"type": "text", "text": text}, block]}]


class LlamaIndexFace:
    name = "llama_index"
    model = HatzLLM

    async def ask(self, llm: Any, content: Any = "hi", how: str = "whole", **kwargs: Any) -> str:
        given = [ChatMessage(content=content)] if isinstance(content, str) else content
        match how:
            case "whole":
                return llm.chat(given, **kwargs).message.content or ""
            case "async whole":
                return (await llm.achat(given, **kwargs)).message.content or ""
            case "stream":
                return "".join(chunk.delta or "" for chunk in llm.stream_chat(given, **kwargs))
            case _:
                return "".join([chunk.delta or "" async for chunk in await llm.astream_chat(given, **kwargs)])

    def history(self, *turns: tuple[str, str]) -> list[Any]:
        return [ChatMessage(role=role, content=text) for role, text in turns]

    def calls(self, model: Any, content: str, **kwargs: Any) -> list[tuple[str, Any]]:
        response = model.chat([ChatMessage(content=content)], **kwargs)
        found = model.get_tool_calls_from_response(response, error_on_no_tool_call=False)
        return [(call.tool_name, call.tool_kwargs) for call in found]

    def structured(self, model: Any, schema: Any, content: str = "hi") -> Any:
        """The object of this class."""
        return model.structured_predict(schema, PromptTemplate(content))

    def structured_stream(self, model: Any, schema: Any) -> list[Any]:
        """The object of this class, as far as it is written, and at last whole."""
        return list(model.stream_structured_predict(schema, PromptTemplate("hi")))

    def image(self, text: str, data: str, media_type: str) -> list[Any]:
        from llama_index.core.base.llms.types import ImageBlock, TextBlock

        return [ChatMessage(blocks=[TextBlock(text=text), ImageBlock(image=data, image_mimetype=media_type)])]


FACES = (LangChainFace(), LlamaIndexFace())
