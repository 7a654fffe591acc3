"""Responses streams for the tests: the events in which OpenAI spells a body, and what the decoder reads in them."""

from hatz_client.events import fold
from hatz_client.wire import responses


def spelled(body, size=3):
    begun = {**body, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    objects = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        *(event for place, item in enumerate(body["output"]) for event in item_spelled(item, place, size)),
        {"type": f"response.{body['status']}", "response": body},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(objects)]


def item_spelled(item, place, size):
    empty = {"content": [], "summary": [], "arguments": "", "input": ""}
    shell = {key: empty.get(key, value) for key, value in item.items()} | {"status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": place, "item": shell}
    about = {"output_index": place, "item_id": item.get("id")}
    match item["type"]:
        case "message":
            for at, part in enumerate(item["content"]):
                yield from part_spelled(part, {**about, "content_index": at}, size)
        case "reasoning":
            for name, key in (("summary", "summary_index"), ("content", "content_index")):
                for at, part in enumerate(item.get(name, ())):
                    yield from thought_spelled(part, {**about, key: at}, size)
        case "function_call":
            yield from text_spelled("response.function_call_arguments", item["arguments"], "arguments", about, size)
        case "custom_tool_call":
            yield from text_spelled("response.custom_tool_call_input", item["input"], "input", about, size)
    yield {"type": "response.output_item.done", "output_index": place, "item": item}


def part_spelled(part, about, size):
    name, key = ("response.refusal", "refusal") if part["type"] == "refusal" else ("response.output_text", "text")
    yield {"type": "response.content_part.added", **about, "part": {**part, key: "", "annotations": []}}
    if key in part:
        yield from text_spelled(name, part[key], key, about, size)
        for at, note in enumerate(part.get("annotations", ())):
            event = {"type": "response.output_text.annotation.added", "annotation_index": at, "annotation": note}
            yield {**event, **about}
    yield {"type": "response.content_part.done", **about, "part": part}


def thought_spelled(part, about, size):
    kind = "reasoning_summary" if part["type"] == "summary_text" else "reasoning"
    yield {"type": f"response.{kind}_part.added", **about, "part": {**part, "text": ""}}
    yield from text_spelled(f"response.{kind}_text", part["text"], "text", about, size)
    yield {"type": f"response.{kind}_part.done", **about, "part": part}


def text_spelled(name, text, key, about, size):
    for at in range(0, len(text), size):
        yield {"type": f"{name}.delta", **about, "delta": text[at : at + size]}
    yield {"type": f"{name}.done", **about, key: text}


def events(objects):
    decoder = responses.Decoder()
    result = [event for data in objects for event in decoder.feed(data)]
    return [*result, *decoder.close()]


def read(objects):
    return fold(events(objects))


def message(*parts, **fields):
    return {"type": "message", "role": "assistant", "status": "completed", "content": list(parts), **fields}


def text(words, **fields):
    return {"type": "output_text", "text": words, **fields}


def call(**fields):
    return {"type": "function_call", "call_id": "call_1", "name": "search", "arguments": '{"q":"x"}', **fields}


def body(*output, status="completed", **fields):
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    begin = {"id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-5.2", "status": status}
    return {**begin, "output": list(output), "usage": usage, **fields}


def ended(status="completed", **fields):
    return {"type": f"response.{status}", "response": {"id": "resp_1", "status": status, **fields}}


# Single events


def added(item, place=0):
    return {"type": "response.output_item.added", "output_index": place, "item": item}


def done(item, place=0):
    return {"type": "response.output_item.done", "output_index": place, "item": item}


def words(delta, **about):
    return {
        "type": "response.output_text.delta",
        "item_id": "m",
        "output_index": 0,
        "content_index": 0,
        "delta": delta,
        **about,
    }


def all_words(whole, **about):
    return {
        "type": "response.output_text.done",
        "item_id": "m",
        "output_index": 0,
        "content_index": 0,
        "text": whole,
        **about,
    }


def part(ending, whole):
    about = {"item_id": "m", "output_index": 0, "content_index": 0}
    return {"type": f"response.content_part.{ending}", **about, "part": text(whole)}


def arguments(delta, item_id="fc_1", place=0, **more):
    about = {"item_id": item_id, "output_index": place}
    return {
        "type": "response.function_call_arguments.delta",
        **{k: v for k, v in about.items() if v is not None},
        "delta": delta,
        **more,
    }


def all_arguments(whole, item_id="fc_1", place=0, **more):
    return {
        "type": "response.function_call_arguments.done",
        "item_id": item_id,
        "output_index": place,
        "arguments": whole,
        **more,
    }
