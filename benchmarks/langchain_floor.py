"""The plainest LangChain chat model over httpx: what an integration does at the least.

It reads lines, parses each event and makes one chunk of each delta. No errors, no retries, no settings.
"""

import functools
import json

import bare
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool


class Floor(BaseChatModel):
    """A chat model that asks one URL on one wire ("responses" or "messages")."""

    wire: str
    url: str
    model: str = ""

    @functools.cached_property
    def http(self):
        import httpx

        return httpx.Client(timeout=60)

    @functools.cached_property
    def pool(self):
        return bare.Pool()

    @property
    def _llm_type(self):
        return "floor"

    def bind_tools(self, tools, **kwargs):
        tools = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=responses_tools(tools) if self.wire == "responses" else messages_tools(tools), **kwargs)

    def _request(self, messages, stream, tools=(), **kwargs):
        body = {"model": self.model, "stream": stream, "tools": list(tools)}
        if self.wire == "responses":
            body["input"] = [item for message in messages for item in responses_items(message)]
        else:
            body["max_tokens"] = 4096
            body["system"] = "".join(m.content for m in messages if m.type == "system")
            body["messages"] = [messages_message(message) for message in messages if message.type != "system"]
        return {"url": self.url, "json": body, "headers": {"X-API-Key": "key"}}

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return self._result(self.http.post(**self._request(messages, False, **kwargs)).content)

    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        with self.pool.client() as http:
            return self._result((await http.post(**self._request(messages, False, **kwargs))).content)

    def _result(self, content):
        body = json.loads(content)
        usage = {name: body["usage"][name] for name in ("input_tokens", "output_tokens")}
        parts = body["output"] if self.wire == "responses" else body["content"]
        calls = [call_of(part) for part in parts if part["type"] in {"function_call", "tool_use"}]
        if self.wire == "responses":
            parts = [part for item in parts if item["type"] == "message" for part in item["content"]]
        message = AIMessage(
            content="".join(part["text"] for part in parts if "text" in part),
            tool_calls=calls,
            id=body["id"],
            usage_metadata={**usage, "total_tokens": sum(usage.values())},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        with self.http.stream("POST", **self._request(messages, True, **kwargs)) as response:
            for line in response.iter_lines():
                if line.startswith("data: ") and (chunk := self._chunk(json.loads(line[6:]))):
                    yield chunk

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        request = self._request(messages, True, **kwargs)
        with self.pool.client() as http:
            async for chunk in self._achunks(http, request):
                yield chunk

    async def _achunks(self, http, request):
        async with http.stream("POST", **request) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: ") and (chunk := self._chunk(json.loads(line[6:]))):
                    yield chunk

    def _chunk(self, event):
        match event:
            case {"type": "response.output_text.delta", "delta": text} | {
                "delta": {"type": "text_delta", "text": text}
            }:
                return ChatGenerationChunk(message=AIMessageChunk(content=text))
            case {"type": "response.function_call_arguments.delta", "delta": text} | {"delta": {"partial_json": text}}:
                piece = {"name": None, "id": None, "args": text, "index": 0}
                return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[piece]))
            case {"item": {"type": "function_call", "call_id": call_id, "name": name, "status": "in_progress"}} | {
                "content_block": {"type": "tool_use", "id": call_id, "name": name}
            }:
                piece = {"name": name, "id": call_id, "args": "", "index": 0}
                return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[piece]))
            case {"type": "response.completed", "response": {"usage": usage}} | {
                "type": "message_delta",
                "usage": usage,
            }:
                usage = {name: usage[name] for name in ("input_tokens", "output_tokens")}
                usage["total_tokens"] = sum(usage.values())
                return ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage))


def call_of(part):
    arguments = json.loads(part["arguments"]) if "arguments" in part else part["input"]
    return {"name": part["name"], "args": arguments, "id": part.get("call_id") or part["id"]}


def responses_items(message):
    match message:
        case AIMessage(tool_calls=[call]):
            arguments = json.dumps(call["args"])
            return [{"type": "function_call", "call_id": call["id"], "name": call["name"], "arguments": arguments}]
        case ToolMessage():
            return [{"type": "function_call_output", "call_id": message.tool_call_id, "output": message.content}]
        case _:
            return [{"role": ROLES[message.type], "content": message.content}]


def messages_message(message):
    match message:
        case AIMessage(tool_calls=[call]):
            block = {"type": "tool_use", "id": call["id"], "name": call["name"], "input": call["args"]}
            return {"role": "assistant", "content": [block]}
        case ToolMessage():
            block = {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.content}
            return {"role": "user", "content": [block]}
        case _:
            return {"role": ROLES[message.type], "content": message.content}


ROLES = {"human": "user", "ai": "assistant", "system": "system"}


def responses_tools(tools):
    return [{"type": "function", **tool["function"]} for tool in tools]


def messages_tools(tools):
    return [
        {
            "name": tool["function"]["name"],
            "description": tool["function"]["description"],
            "input_schema": tool["function"]["parameters"],
        }
        for tool in tools
    ]
