"""The plainest LlamaIndex LLM over httpx: what an integration does at the least.

It reads lines, parses each event and makes one response of each delta. No errors, no retries, no settings.
"""

import functools
import json

import bare
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection


class Floor(FunctionCallingLLM):
    """An LLM that asks one URL on one wire ("responses" or "messages")."""

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
    def metadata(self):
        return LLMMetadata(model_name=self.model, is_chat_model=True, is_function_calling_model=True)

    def _prepare_chat_with_tools(self, tools, user_msg=None, chat_history=None, **kwargs):
        specs = [tool.metadata.to_openai_tool() for tool in tools]
        tools = responses_tools(specs) if self.wire == "responses" else messages_tools(specs)
        messages = list(chat_history or ())
        if user_msg:
            messages.append(ChatMessage(content=user_msg) if isinstance(user_msg, str) else user_msg)
        return {"messages": messages, "tools": tools}

    def _request(self, messages, stream, tools=(), **kwargs):
        body = {"model": self.model, "stream": stream, "tools": list(tools)}
        if self.wire == "responses":
            body["input"] = [responses_item(message) for message in messages]
        else:
            body["max_tokens"] = 4096
            body["system"] = "".join(m.content for m in messages if m.role == "system")
            body["messages"] = [messages_message(message) for message in messages if message.role != "system"]
        return {"url": self.url, "json": body, "headers": {"X-API-Key": "key"}}

    @llm_chat_callback()
    def chat(self, messages, **kwargs):
        return self._response(self.http.post(**self._request(messages, False, **kwargs)).content)

    def _response(self, content):
        body = json.loads(content)
        parts = body["output"] if self.wire == "responses" else body["content"]
        blocks = [call_of(part) for part in parts if part["type"] in {"function_call", "tool_use"}]
        if self.wire == "responses":
            parts = [part for item in parts if item["type"] == "message" for part in item["content"]]
        if text := "".join(part["text"] for part in parts if "text" in part):
            blocks.insert(0, TextBlock(text=text))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks), raw=body)

    def get_tool_calls_from_response(self, response, error_on_no_tool_call=True, **kwargs):
        return [
            ToolSelection(tool_id=block.tool_call_id, tool_name=block.tool_name, tool_kwargs=arguments(block))
            for block in response.message.blocks
            if isinstance(block, ToolCallBlock)
        ]

    @llm_chat_callback()
    def stream_chat(self, messages, **kwargs):
        def chunks():
            answer = Answer()
            with self.http.stream("POST", **self._request(messages, True, **kwargs)) as response:
                for line in response.iter_lines():
                    if line.startswith("data: ") and (chunk := answer.chunk(json.loads(line[6:]))):
                        yield chunk

        return chunks()

    @llm_chat_callback()
    async def astream_chat(self, messages, **kwargs):
        async def chunks():
            answer, request = Answer(), self._request(messages, True, **kwargs)
            with self.pool.client() as http:
                async with http.stream("POST", **request) as response:
                    async for line in response.aiter_lines():
                        if line.startswith("data: ") and (chunk := answer.chunk(json.loads(line[6:]))):
                            yield chunk

        return chunks()

    @llm_completion_callback()
    def complete(self, prompt, formatted=False, **kwargs): ...

    @llm_completion_callback()
    def stream_complete(self, prompt, formatted=False, **kwargs): ...

    @llm_chat_callback()
    async def achat(self, messages, **kwargs):
        with self.pool.client() as http:
            return self._response((await http.post(**self._request(messages, False, **kwargs))).content)

    async def acomplete(self, prompt, formatted=False, **kwargs): ...

    async def astream_complete(self, prompt, formatted=False, **kwargs): ...


class Answer:
    """One answer while it is being written: each chunk has what is new and all so far."""

    def __init__(self):
        self.text = ""
        self.name = self.call_id = ""

    def chunk(self, event):
        match event:
            case {"type": "response.output_text.delta", "delta": text} | {
                "delta": {"type": "text_delta", "text": text}
            }:
                self.text += text
                message = ChatMessage(role=MessageRole.ASSISTANT, blocks=[TextBlock(text=self.text)])
                return ChatResponse(message=message, delta=text, raw=event)
            case {"type": "response.function_call_arguments.delta", "delta": text} | {"delta": {"partial_json": text}}:
                self.text += text
                call = ToolCallBlock(tool_call_id=self.call_id, tool_name=self.name, tool_kwargs=self.text)
                message = ChatMessage(role=MessageRole.ASSISTANT, blocks=[call])
                return ChatResponse(message=message, delta="", raw=event)
            case {"item": {"type": "function_call", "call_id": call_id, "name": name}} | {
                "content_block": {"type": "tool_use", "id": call_id, "name": name}
            }:
                self.call_id, self.name = call_id, name
        return None


def call_of(part):
    arguments = json.loads(part["arguments"]) if "arguments" in part else part["input"]
    return ToolCallBlock(tool_call_id=part.get("call_id") or part["id"], tool_name=part["name"], tool_kwargs=arguments)


def arguments(block):
    """The arguments of a call, which are text while it is being written."""
    if isinstance(block.tool_kwargs, dict):
        return block.tool_kwargs
    try:
        return json.loads(block.tool_kwargs)
    except ValueError:
        return {}


def responses_item(message):
    for block in message.blocks:
        if isinstance(block, ToolCallBlock):
            return {
                "type": "function_call",
                "call_id": block.tool_call_id,
                "name": block.tool_name,
                "arguments": json.dumps(arguments(block)),
            }
    if call_id := message.additional_kwargs.get("tool_call_id"):
        return {"type": "function_call_output", "call_id": call_id, "output": message.content}
    return {"role": message.role.value, "content": message.content}


def messages_message(message):
    for block in message.blocks:
        if isinstance(block, ToolCallBlock):
            call = {
                "type": "tool_use",
                "id": block.tool_call_id,
                "name": block.tool_name,
                "input": arguments(block),
            }
            return {"role": "assistant", "content": [call]}
    if call_id := message.additional_kwargs.get("tool_call_id"):
        block = {"type": "tool_result", "tool_use_id": call_id, "content": message.content}
        return {"role": "user", "content": [block]}
    return {"role": message.role.value, "content": message.content}


def responses_tools(specs):
    return [{"type": "function", **spec["function"]} for spec in specs]


def messages_tools(specs):
    return [
        {
            "name": spec["function"]["name"],
            "description": spec["function"]["description"],
            "input_schema": spec["function"]["parameters"],
        }
        for spec in specs
    ]
