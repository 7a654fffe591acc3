"""What OpenAI's endpoints write, and those that are like them: in one piece and as a stream."""

from said import CITIES, CODED, LOOK, PARIS, ROME, THOUGHT, TRACE, arguments, as_json, halves, sse


class Responses:
    """OpenAI's Responses."""

    content_type = "text/event-stream"

    def bodies(self):
        reasoning = {"type": "reasoning", "encrypted_content": CODED, "summary": [self._summary()]}
        calls = [
            {"type": "function_call", "call_id": f"call_{at}", "name": "weather", "arguments": as_json(arguments(city)), "status": "completed"}
            for at, city in enumerate(CITIES)
        ]  # fmt: skip
        url = f"https://weather.example/?utm={TRACE}"
        cited = {"type": "url_citation", "url": url, "title": TRACE, "start_index": 0, "end_index": len(PARIS)}
        search = {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": TRACE}}
        image = {"type": "image_generation_call", "status": "completed", "result": CODED, "output_format": "png"}
        first = [reasoning, self._message(LOOK, phase="commentary"), *calls]
        return self._body(1, first), self._body(2, [reasoning, search, image, self._message(PARIS + ROME, cited)])

    def _summary(self):
        return {"type": "summary_text", "text": THOUGHT}

    def _message(self, text, *annotations, **more):
        content = {"type": "output_text", "text": text, "annotations": list(annotations), "logprobs": []}
        return {"type": "message", "role": "assistant", "status": "completed", "content": [content], **more}

    def _body(self, at, items):
        names = {
            "reasoning": "rs",
            "message": "msg",
            "function_call": "fc",
            "web_search_call": "ws",
            "image_generation_call": "ig",
        }
        output = [{"id": f"{names[item['type']]}_{TRACE}{at}{place}", **item} for place, item in enumerate(items)]
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 9}}
        usage = {"input_tokens": 60, "output_tokens": 30, "total_tokens": 90, **details}
        fixed = {
            "object": "response",
            "created_at": 1700000000,
            "model": "gpt-5.2",
            "status": "completed",
            "error": None,
        }
        fixed |= {"incomplete_details": None, "instructions": None, "metadata": {}, "parallel_tool_calls": True}
        fixed |= {"tool_choice": "auto", "tools": [], "temperature": 1.0, "top_p": 1.0, "usage": usage}
        return {"id": f"resp_{TRACE}{at}", **fixed, "output": output}

    def stream(self, body):
        begun = {**body, "status": "in_progress", "output": [], "usage": None}
        events = [{"type": "response.created", "response": begun}]
        for place, item in enumerate(body["output"]):
            events += self._item(place, item)
        events.append({"type": "response.completed", "response": body})
        return sse([{**event, "sequence_number": at} for at, event in enumerate(events)], named=True)

    def _item(self, place, item):
        where = {"item_id": item["id"], "output_index": place}
        empty = {"message": {"content": []}, "function_call": {"arguments": ""}, "reasoning": {"summary": []}}
        yield {
            "type": "response.output_item.added",
            "output_index": place,
            "item": {**item, "status": "in_progress", **empty.get(item["type"], {})},
        }
        if item["type"] == "message":
            (part,) = item["content"]
            where |= {"content_index": 0}
            yield {"type": "response.content_part.added", **where, "part": {**part, "text": "", "annotations": []}}
            for piece in halves(part["text"]):
                yield {"type": "response.output_text.delta", **where, "delta": piece, "logprobs": []}
            for at, annotation in enumerate(part["annotations"]):
                yield {
                    "type": "response.output_text.annotation.added",
                    **where,
                    "annotation_index": at,
                    "annotation": annotation,
                }
            yield {"type": "response.output_text.done", **where, "text": part["text"], "logprobs": []}
            yield {"type": "response.content_part.done", **where, "part": part}
        elif item["type"] == "function_call":
            for piece in halves(item["arguments"]):
                yield {"type": "response.function_call_arguments.delta", **where, "delta": piece}
            yield {
                "type": "response.function_call_arguments.done",
                **where,
                "name": "weather",
                "arguments": item["arguments"],
            }
        elif item["type"] == "reasoning":
            where |= {"summary_index": 0}
            yield {"type": "response.reasoning_summary_part.added", **where, "part": {**self._summary(), "text": ""}}
            for piece in halves(THOUGHT):
                yield {"type": "response.reasoning_summary_text.delta", **where, "delta": piece}
            yield {"type": "response.reasoning_summary_text.done", **where, "text": THOUGHT}
            yield {"type": "response.reasoning_summary_part.done", **where, "part": self._summary()}
        yield {"type": "response.output_item.done", "output_index": place, "item": item}


class Completions:
    """Chat completions as OpenAI, Groq and Mistral have them.

    Args:
        ids: Of the calls.
        first: Fields of the first answer's message.
        second: Fields of the second's.
        groq: Whether it is Groq, which writes calls whole and tells the usage in a field of its own.
    """

    content_type = "text/event-stream"

    def __init__(self, ids, first, second, *, groq=False):
        self._ids, self._said, self._groq = ids, (first, second), groq

    def bodies(self):
        first, second = self._said
        calls = [
            {"id": self._ids[at], "type": "function", "function": {"name": "weather", "arguments": as_json(arguments(city))}}
            for at, city in enumerate(CITIES)
        ]  # fmt: skip
        return self._body(1, {**first, "tool_calls": calls}, "tool_calls"), self._body(2, second, "stop")

    def _head(self, at, kind):
        return {"id": f"chatcmpl-{TRACE}{at}", "object": kind, "created": 1700000000, "model": "a-model"}

    def _body(self, at, message, finish):
        usage = {"prompt_tokens": 60, "completion_tokens": 30, "total_tokens": 90}
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
        return {**self._head(at, "chat.completion"), "choices": [choice], "usage": usage}

    def stream(self, body):
        (choice,) = body["choices"]
        message, head = choice["message"], {**body, "object": "chat.completion.chunk"}
        head.pop("usage")
        deltas = [{"role": "assistant", "content": ""}]
        for name, value in message.items():
            if name in {"reasoning", "content"} and isinstance(value, str):
                deltas += [{name: piece} for piece in halves(value)]
            elif name == "content":
                deltas += [{"content": [block]} for block in value]
            elif name == "tool_calls":
                deltas += [{"tool_calls": [piece]} for at, call in enumerate(value) for piece in self._call(at, call)]
            elif name != "role":
                deltas.append({name: value})
        chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
        last = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]}
        usage = {"x_groq": {"id": f"req_{TRACE}", "usage": body["usage"]}} if self._groq else {"usage": body["usage"]}
        return sse([*chunks, {**last, **usage}], done=True)

    def _call(self, at, call):
        function = call["function"]
        if self._groq or call["id"].isalnum():  # Groq and Mistral write a call whole
            return [{"index": at, **call}]
        pieces = [{"index": at, "function": {"arguments": piece}} for piece in halves(function["arguments"])]
        return [{"index": at, **call, "function": {**function, "arguments": ""}}, *pieces]
