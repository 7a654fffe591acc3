"""LangChain's contestants: the floor, ours and the peers, all by the name of the column they are in."""

from history import TOOLS, history
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

MODELS = {"responses": "gpt-5.2", "messages": "anthropic.claude-haiku-4-5"}


def model(name, wire, url):
    """A contestant that asks this URL on this wire."""
    if name == "floor":
        from langchain_floor import Floor

        return Floor(wire=wire, url=f"{url}/{wire}", model=MODELS[wire])
    if name == "ChatHatz":
        from langchain_hatz import ChatHatz

        return ChatHatz(MODELS[wire], api_key="key", base_url=url)
    if name == "ChatOpenAI":
        from langchain_openai import ChatOpenAI

        return ChatOpenAI(model=MODELS[wire], api_key="key", base_url=url, use_responses_api=True)
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model_name=MODELS[wire], api_key="key", base_url=url, max_tokens=4096)


def conversation(count):
    """A history as LangChain's messages."""
    return [message(*said) for said in history(count)]


def message(role, text, call):
    match role:
        case "system":
            return SystemMessage(text)
        case "user":
            return HumanMessage(text)
        case "tool":
            return ToolMessage(text, tool_call_id=call[0])
        case _:
            calls = [{"name": "search", "args": {"query": call[1], "limit": 3}, "id": call[0]}] if call else []
            return AIMessage(text, tool_calls=calls)


def asking(model, count):
    """A function that invokes the model with a history and five tools."""
    bound, messages = model.bind_tools(TOOLS), conversation(count)
    return lambda: bound.invoke(messages).text


def streaming(model, kind):
    """A function that reads one stream to its end, and gives its chunks' number."""
    bound = model.bind_tools(TOOLS) if kind == "tool" else model
    return lambda: sum(1 for _ in bound.stream("Hello!"))


def observing(model):
    """A function that reads one stream to its end while an observer is told of it, and gives its chunks' number."""
    return streaming(model.with_config(callbacks=[BaseCallbackHandler()]), "text")


def astreaming(model):
    """An async function that does so."""

    async def read():
        count = 0
        async for _ in model.astream("Hello!"):
            count += 1
        return count

    return read


def aasking(model):
    """An async function that asks a short question once."""

    async def ask():
        return await model.ainvoke("Hello!")

    return ask


def calling(model):
    """A function that invokes the model with tools, and gives the number of the answer's calls."""
    bound = model.bind_tools(TOOLS)
    return lambda: len(bound.invoke("Hello!").tool_calls)


def texts(model):
    """A function that gives the texts of a stream's chunks as they come."""
    return lambda: (chunk.text for chunk in model.stream("Hello!") if chunk.text)


def agent(model, _):
    """A function that runs LangGraph's agent, and gives the number of its calls."""
    from langchain.agents import create_agent
    from langchain_core.tools import tool

    @tool
    def search(query: str) -> str:
        """Search for something."""
        return f"It is {query}."

    graph = create_agent(model, [search])
    return lambda: sum(
        message.type == "tool" for message in graph.invoke({"messages": "Hello!"}, {"recursion_limit": 100})["messages"]
    )
