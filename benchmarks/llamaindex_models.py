"""LlamaIndex's contestants: the floor, ours and the peers, all by the name of the column they are in."""

from history import TOOLS, history
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.tools import FunctionTool

MODELS = {"responses": "gpt-5.2", "messages": "claude-haiku-4-5"}


def model(name, wire, url):
    """A contestant that asks this URL on this wire."""
    if name == "floor":
        from llamaindex_floor import Floor

        return Floor(wire=wire, url=f"{url}/{wire}", model=MODELS[wire])
    if name == "HatzLLM":
        from llama_index_hatz import HatzLLM

        return HatzLLM(MODELS[wire], api_key="key", base_url=url)
    if name == "OpenAIResponses":
        from llama_index.llms.openai import OpenAIResponses

        return OpenAIResponses(model=MODELS[wire], api_key="key", api_base=url)
    from llama_index.llms.anthropic import Anthropic

    return Anthropic(model=MODELS[wire], api_key="key", base_url=url)


def conversation(count):
    """A history as LlamaIndex's messages."""
    return [message(*said) for said in history(count)]


def message(role, text, call):
    match role:
        case "assistant" if call:
            kwargs = {"query": call[1], "limit": 3}
            block = ToolCallBlock(tool_call_id=call[0], tool_name="search", tool_kwargs=kwargs)
            return ChatMessage(role=role, blocks=[block])
        case "tool":
            return ChatMessage(role=role, content=text, additional_kwargs={"tool_call_id": call[0]})
        case _:
            return ChatMessage(role=role, content=text)


def tools():
    """The tools as LlamaIndex has them."""

    def run(query: str, limit: int = 3, exact: bool = False) -> str:  # noqa: ARG001 (only its form counts)
        return ""

    return [
        FunctionTool.from_defaults(run, name=tool["function"]["name"], description=tool["function"]["description"])
        for tool in TOOLS
    ]


def asking(model, count):
    """A function that asks the model with a history and five tools, prepared as agents do it."""
    prepared = model._prepare_chat_with_tools(tools(), chat_history=conversation(count))
    return lambda: model.chat(**prepared).message.content


def streaming(model, kind):
    """A function that reads one stream to its end, and gives its chunks' number."""
    said = [ChatMessage(content="Hello!")]
    prepared = model._prepare_chat_with_tools(tools(), chat_history=said) if kind == "tool" else {"messages": said}
    return lambda: sum(1 for _ in model.stream_chat(**prepared))


class Observer(BaseEventHandler):
    """What tracing attaches; this one does nothing with what it is told."""

    def handle(self, event, **kwargs): ...


def observing(model):
    """A function that reads one stream to its end while an observer is told of it, and gives its chunks' number."""
    read, root, observer = streaming(model, "text"), get_dispatcher(), Observer()

    def observed():
        root.add_event_handler(observer)
        try:
            return read()
        finally:
            root.event_handlers.remove(observer)

    return observed


def astreaming(model):
    """An async function that does so."""
    said = [ChatMessage(content="Hello!")]

    async def read():
        count = 0
        async for _ in await model.astream_chat(said):
            count += 1
        return count

    return read


def aasking(model):
    """An async function that asks a short question once."""
    said = [ChatMessage(content="Hello!")]

    async def ask():
        return await model.achat(said)

    return ask


def calling(model):
    """A function that asks the model with tools, and gives the number of the answer's calls."""
    said = [ChatMessage(content="Hello!")]
    prepared = model._prepare_chat_with_tools(tools(), chat_history=said, allow_parallel_tool_calls=True)
    return lambda: len(model.get_tool_calls_from_response(model.chat(**prepared)))


def texts(model):
    """A function that gives the texts of a stream's chunks as they come."""
    said = [ChatMessage(content="Hello!")]
    return lambda: (chunk.delta for chunk in model.stream_chat(said) if chunk.delta)


def agent(model, loop):
    """A function that runs LlamaIndex's agent, and gives the number of its calls."""
    from llama_index.core.agent.workflow import FunctionAgent

    def search(query: str) -> str:
        """Search for something."""
        return f"It is {query}."

    async def run():
        made = FunctionAgent(tools=[FunctionTool.from_defaults(search)], llm=model)
        return len((await made.run("Hello!", max_iterations=100)).tool_calls)

    return lambda: loop.run(run())
