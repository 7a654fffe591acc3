"""What Anthropic, Google, Amazon Bedrock and Ollama write: in one piece and as a stream."""

import binascii
import struct

from said import CITIES, CODED, LOOK, PARIS, ROME, THOUGHT, TRACE, arguments, as_json, halves, sse


class Messages:
    """Anthropic's Messages."""

    content_type = "text/event-stream"

    def bodies(self):
        thinking = {"type": "thinking", "thinking": THOUGHT, "signature": CODED}
        hidden = {"type": "redacted_thinking", "data": CODED}
        calls = [
            {"type": "tool_use", "id": f"toolu_{at}", "name": "weather", "input": arguments(city), "caller": {"type": "direct"}}
            for at, city in enumerate(CITIES)
        ]  # fmt: skip
        search = {"type": "server_tool_use", "id": f"srvtoolu_{TRACE}", "name": "web_search", "input": {"query": TRACE}}
        hit = {
            "type": "web_search_result",
            "url": f"https://{TRACE}.example",
            "title": TRACE,
            "encrypted_content": CODED,
            "page_age": None,
        }
        found = {
            "type": "web_search_tool_result",
            "tool_use_id": search["id"],
            "content": [hit],
            "caller": {"type": "direct"},
        }
        citation = {
            "type": "web_search_result_location",
            "url": hit["url"],
            "title": TRACE,
            "encrypted_index": CODED,
            "cited_text": TRACE,
        }
        second = [thinking, search, found, self._text(PARIS, citation), self._text(ROME)]
        return self._body(1, [thinking, hidden, self._text(LOOK), *calls], "tool_use"), self._body(
            2, second, "end_turn"
        )

    def _text(self, text, *citations):
        return {"type": "text", "text": text, **({"citations": list(citations)} if citations else {})}

    def _body(self, at, content, stop):
        head = {"id": f"msg_{TRACE}{at}", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5"}
        usage = {
            "input_tokens": 60,
            "output_tokens": 30,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        }
        return {**head, "content": content, "stop_reason": stop, "stop_sequence": None, "usage": usage}

    def stream(self, body):
        events = [{"type": "message_start", "message": {**body, "content": [], "stop_reason": None}}]
        for index, block in enumerate(body["content"]):
            empty, deltas = self._deltas(block)
            events.append({"type": "content_block_start", "index": index, "content_block": {**block, **empty}})
            events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
            events.append({"type": "content_block_stop", "index": index})
        end = {"stop_reason": body["stop_reason"], "stop_sequence": None}
        events.append({"type": "message_delta", "delta": end, "usage": {"output_tokens": 30}})
        return sse([*events, {"type": "message_stop"}], named=True)

    def _deltas(self, block):
        match block:
            case {"type": "text", "text": text}:
                said = [{"type": "text_delta", "text": piece} for piece in halves(text)]
                cited = [{"type": "citations_delta", "citation": one} for one in block.get("citations", ())]
                return {"text": "", **({"citations": []} if cited else {})}, [*said, *cited]
            case {"type": "thinking"}:
                said = [{"type": "thinking_delta", "thinking": piece} for piece in halves(THOUGHT)]
                return {"thinking": "", "signature": ""}, [*said, {"type": "signature_delta", "signature": CODED}]
            case {"input": given}:
                return {"input": {}}, [
                    {"type": "input_json_delta", "partial_json": piece} for piece in halves(as_json(given))
                ]
            case _:
                return {}, []


class Gemini:
    """Google's generateContent."""

    content_type = "text/event-stream"

    def bodies(self):
        calls = [{"functionCall": {"name": "weather", "args": arguments(city)}} for city in CITIES]
        calls[0]["thoughtSignature"] = CODED  # of parallel calls the first alone is signed
        code = {"executableCode": {"language": "PYTHON", "code": f"print('{TRACE}')"}}
        result = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": TRACE}}
        image = {"inlineData": {"mimeType": "image/png", "data": CODED}}
        thought = {"text": THOUGHT, "thought": True}
        second = [thought, code, result, {"text": PARIS, "thoughtSignature": CODED}, image, {"text": ROME}]
        return self._body(1, [thought, {"text": LOOK}, *calls]), self._body(2, second)

    def _body(self, at, parts):
        chunk = {"web": {"uri": f"https://{TRACE}.example", "title": TRACE}}
        support = {"segment": {"startIndex": 0, "endIndex": len(PARIS), "text": PARIS}, "groundingChunkIndices": [0]}
        grounds = {"groundingMetadata": {"groundingChunks": [chunk], "groundingSupports": [support]}} if at == 2 else {}
        candidate = {"index": 0, "finishReason": "STOP", "content": {"role": "model", "parts": parts}, **grounds}
        usage = {"promptTokenCount": 60, "candidatesTokenCount": 21, "thoughtsTokenCount": 9, "totalTokenCount": 90}
        about = {"modelVersion": "gemini-3-pro", "responseId": f"{TRACE}{at}"}
        return {"candidates": [candidate], "usageMetadata": usage, **about}

    def stream(self, body):
        (candidate,) = body["candidates"]
        parts = candidate["content"]["parts"]
        chunks = [
            {**body, "candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}}]} for part in parts
        ]
        chunks[-1]["candidates"] = [{**candidate, "content": {"role": "model", "parts": [parts[-1]]}}]
        return sse(chunks)


class Converse:
    """Amazon Bedrock's Converse; its streams are frames of the event stream encoding."""

    content_type = "application/vnd.amazon.eventstream"

    def bodies(self):
        thought = {"reasoningContent": {"reasoningText": {"text": THOUGHT, "signature": CODED}}}
        hidden = {"reasoningContent": {"redactedContent": CODED}}
        calls = [
            {"toolUse": {"toolUseId": f"tooluse_{at}", "name": "weather", "input": arguments(city)}}
            for at, city in enumerate(CITIES)
        ]
        source = {
            "title": TRACE,
            "sourceContent": [{"text": TRACE}],
            "location": {"web": {"url": f"https://{TRACE}.example"}},
        }
        cited = {"citationsContent": {"content": [{"text": PARIS}], "citations": [source]}}
        second = [thought, cited, {"text": ROME}]
        return self._body([thought, hidden, {"text": LOOK}, *calls], "tool_use"), self._body(second, "end_turn")

    def _body(self, content, stop):
        usage = {"inputTokens": 60, "outputTokens": 30, "totalTokens": 90}
        message = {"role": "assistant", "content": content}
        return {"output": {"message": message}, "stopReason": stop, "usage": usage, "metrics": {"latencyMs": 7}}

    def stream(self, body):
        events = [("messageStart", {"role": "assistant"})]
        for index, block in enumerate(body["output"]["message"]["content"]):
            at = {"contentBlockIndex": index}
            if call := block.get("toolUse"):
                start = {"toolUse": {"toolUseId": call["toolUseId"], "name": call["name"]}}
                events.append(("contentBlockStart", {**at, "start": start}))
            events += [("contentBlockDelta", {**at, "delta": delta}) for delta in self._deltas(block)]
            events.append(("contentBlockStop", at))
        events.append(("messageStop", {"stopReason": body["stopReason"]}))
        events.append(("metadata", {"usage": body["usage"], "metrics": body["metrics"]}))
        return b"".join(self._frame(name, payload) for name, payload in events)

    def _deltas(self, block):
        match block:
            case {"text": text}:
                return [{"text": piece} for piece in halves(text)]
            case {"toolUse": {"input": given}}:
                return [{"toolUse": {"input": piece}} for piece in halves(as_json(given))]
            case {"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}:
                said = [{"reasoningContent": {"text": piece}} for piece in halves(text)]
                return [*said, {"reasoningContent": {"signature": signature}}]
            case {"citationsContent": {"content": [{"text": text}], "citations": [source]}}:
                return [*({"text": piece} for piece in halves(text)), {"citation": source}]
            case _:
                return [block]

    def _frame(self, name, payload):
        headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
        head = b"".join(
            struct.pack(f"!B{len(key)}sBH{len(value)}s", len(key), key.encode(), 7, len(value), value.encode())
            for key, value in headers.items()
        )
        said = as_json(payload).encode()
        prelude = struct.pack("!II", 16 + len(head) + len(said), len(head))
        frame = prelude + struct.pack("!I", binascii.crc32(prelude)) + head + said
        return frame + struct.pack("!I", binascii.crc32(frame))


class Ollama:
    """Ollama's chat: its streams are lines of JSON."""

    content_type = "application/x-ndjson"

    def bodies(self):
        calls = [{"function": {"name": "weather", "arguments": arguments(city)}} for city in CITIES]
        return self._body(LOOK, tool_calls=calls), self._body(PARIS + ROME)

    def _body(self, text, **more):
        message = {"role": "assistant", "content": text, "thinking": THOUGHT, **more}
        counts = {"prompt_eval_count": 60, "eval_count": 30, "done": True, "done_reason": "stop"}
        return {"model": "qwen3", "created_at": "2026-11-22T00:00:00Z", "message": message, **counts}

    def stream(self, body):
        message = body["message"]
        said = [{"thinking": piece, "content": ""} for piece in halves(THOUGHT)]
        said += [{"content": piece} for piece in halves(message["content"])]
        said += [{"content": "", "tool_calls": [call]} for call in message.get("tool_calls", ())]
        head = {"model": body["model"], "created_at": body["created_at"]}
        lines = [{**head, "message": {"role": "assistant", **piece}, "done": False} for piece in said]
        return "".join(
            as_json(line) + "\n" for line in [*lines, {**body, "message": {"role": "assistant", "content": ""}}]
        ).encode()
