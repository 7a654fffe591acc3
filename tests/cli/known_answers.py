"""For each question of the probe: its verdict on the sandbox, and another verdict with the response that must lead to it."""

import json

from tests.trust.server import whole

REFUSED = whole(
    {"error": {"message": "That is not supported.", "type": "invalid_request_error", "param": None, "code": None}}, 400
)
NO_KEY = whole({"detail": "Unauthorized"}, 401)
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": '{"a": 2, "b": 3}'}
USE = {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 2, "b": 3}}
SKY = '{"colour_of_the_sky": "blue", "is_blue": true}'
WORDS = "one two three four"


def responses(text="No.", *items, **more):
    output = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}, *items]
    return {"id": "resp_1", "object": "response", "status": "completed", "model": "m", "output": output, **more}


def messages(text="No.", *blocks, **more):
    content = [{"type": "text", "text": text}, *blocks]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": content,
        "stop_reason": "end_turn",
        **more,
    }


def chat(text="No.", **more):
    return {"choices": [{"message": {"role": "assistant", "content": text}}], "model": "m", **more}


PLAIN = {"responses": whole(responses()), "messages": whole(messages()), "chat": whole(chat())}
USED = {"input_tokens": 12, "output_tokens": 2}


def sse(*events):
    return whole("".join(f"data: {json.dumps(event)}\n\n" for event in events), content_type="text/event-stream")


EMPTY = whole("", content_type="text/plain")
# What the sandbox answers, by verdict.
SANDBOX = {
    "accepted": """
        responses-key-header messages-key-header chat-key-header responses-key-bearer messages-key-bearer chat-key-both
        messages-top-k chat-temperature responses-temperature responses-top-p responses-seed messages-temperature messages-top-p
        messages-reasoning-effort chat-seed messages-thinking-adaptive responses-store responses-include
        responses-prompt-cache-key responses-metadata responses-no-such-field responses-service-tier responses-truncation
        messages-metadata messages-anthropic-beta chat-no-such-field messages-ends-with-assistant
        responses-ends-with-assistant chat-ends-with-assistant messages-calls-without-tools responses-calls-without-tools
        responses-developer-role responses-late-system messages-same-role-twice chat-unknown-hatz-tool
        chat-auto-tool-selection chat-unknown-file
    """,
    "refused": """
        chat-key-bearer responses-auto messages-auto chat-content-parts messages-without-limit
        responses-previous-response-id messages-no-such-field messages-call-without-result responses-call-without-result
        messages-system-role chat-two-systems
    """,
    "works": """
        responses-tools-nested
        responses-tools-flat responses-tools-strict responses-tool-choice-named responses-tool-choice-none
        responses-parallel-tool-calls responses-tools-streamed messages-tools messages-tool-choice-tool
        messages-tool-choice-none messages-disable-parallel messages-tools-strict responses-json-schema
        responses-json-schema-strict responses-json-object messages-output-format messages-text-document
        messages-small-limit chat-small-limit messages-stop messages-thinking messages-thinking-back messages-cache
    """,
    "ignored": """
        chat-tools chat-response-format responses-image responses-file messages-image messages-pdf responses-small-limit
        responses-stop chat-stop responses-reasoning responses-cache
    """,
    "yes": """
        request-id-given chat-stream-events responses-stream-events messages-stream-events agents-list
        messages-thinking-streamed responses-usage messages-stream-usage chat-usage apps-list apps-inputs
    """,
    "no": """
        rate-headers responses-reasoning-encrypted responses-stream-usage responses-stream-final chat-stream-usage
        chat-tools-to-use files-list
    """,
    "same": """
        request-id-sent responses-model-echo messages-model-echo chat-model-echo chat-auto messages-count
    """,
    "other": "messages-alias",
    "openai": "responses-wrong-key responses-no-key responses-unknown-model responses-wrong-field",
    "anthropic": "messages-wrong-key messages-no-key messages-unknown-model messages-wrong-field",
    "detail": "chat-wrong-key chat-no-key chat-unknown-model chat-unknown-path",
    "detail list": "chat-wrong-field",
    "ndjson": "chat-stream-type",
    "as documented": "models-list",
    "some": "models-context",
}
ON_THE_SANDBOX = {name: verdict for verdict, names in SANDBOX.items() for name in names.split()} | {
    "usage-endpoint": "refused"
}

# The other answers, as (verdict, responses to the requests in turn).
OTHER = {
    **{name: ("refused", [REFUSED]) for name in SANDBOX["accepted"].split()},
    **{name: ("accepted", [PLAIN[name.split("-")[0]]]) for name in SANDBOX["refused"].split()},
    **{name: ("ignored", [PLAIN[name.split("-")[0]]]) for name in SANDBOX["works"].split()},
    **{name: ("not json", [whole("<html>No</html>", 401, "text/html")]) for name in ON_THE_SANDBOX if name.endswith(("-wrong-key", "-no-key"))},
    **{name: ("accepted", [PLAIN["chat"]]) for name in ON_THE_SANDBOX if "-unknown-" in name and "hatz" not in name},
    **{name: ("other json", [whole({"code": 7}, 400)]) for name in ON_THE_SANDBOX if name.endswith("wrong-field")},
    **{name: ("refused", [NO_KEY]) for name in ON_THE_SANDBOX if "-key-" in name and "cache" not in name},
    "chat-unknown-file": ("refused", [REFUSED]),
    "chat-key-bearer": ("accepted", [whole({"data": []})]),
    "responses-tools-nested": ("refused", [REFUSED]),
    "responses-tool-choice-none": ("ignored", [whole(responses("", CALL))]),
    "messages-tool-choice-none": ("ignored", [whole(messages("", USE))]),
    "chat-tools": ("refused", [REFUSED]),
    "chat-response-format": ("works", [whole(chat(SKY))]),
    "responses-image": ("works", [whole(responses("Red."))]),
    "responses-file": ("works", [whole(responses("K7Q4"))]),
    "messages-image": ("works", [whole(messages("It is red."))]),
    "messages-pdf": ("works", [whole(messages("K7Q4"))]),
    "chat-content-parts": ("works", [whole(chat("Red"))]),
    "responses-small-limit": ("works", [whole(responses("The sea", incomplete_details={"reason": "max_output_tokens"}))]),
    "chat-small-limit": ("ignored", [whole(chat("sea " * 1000))]),
    "responses-stop": ("works", [whole(responses(WORDS))]),
    "chat-stop": ("works", [whole(chat(WORDS))]),
    "responses-reasoning": ("works", [whole(responses("9.9", {"type": "reasoning", "summary": []}))]),
    "messages-thinking-back": (
        "refused",
        [whole(messages("9.9", {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})), REFUSED],
    ),
    "messages-thinking-streamed": ("no", [sse({"type": "message_start", "message": {}})]),
    "messages-cache": ("fields only", [whole(messages(usage={**USED, "cache_read_input_tokens": 0}))] * 2),
    "responses-cache": ("works", [whole(responses(usage={**USED, "input_tokens_details": {"cached_tokens": 1024}}))] * 2),
    "request-id-given": ("no", [whole({"data": []})]),
    "request-id-sent": ("other", [whole({"data": []}, X_Request_ID="req_of_ours")]),
    "rate-headers": ("yes", [whole(messages(), X_RateLimit_Remaining="9")]),
    "chat-stream-type": ("sse", [sse({"type": "content", "message": "OK"})]),
    "chat-stream-events": ("no", [EMPTY]),
    "responses-stream-events": ("no", [EMPTY]),
    "messages-stream-events": ("no", [EMPTY]),
    "agents-list": ("no", [whole({"data": []})]),
    "models-context": ("all", [whole({"data": [{"name": "m", "max_tokens": 128_000}]})]),
    "models-list": ("more", [whole({"data": [{"name": "m", "price": 1}], "has_more": False})]),
    "responses-usage": ("no", [PLAIN["responses"]]),
    "messages-stream-usage": ("no", [sse({"type": "message_start", "message": {}})]),
    "chat-usage": ("no", [PLAIN["chat"]]),
    "responses-reasoning-encrypted": ("yes", [whole(responses("9.9", {"type": "reasoning", "encrypted_content": "c2Vj"}))]),
    "responses-stream-usage": ("yes", [sse({"type": "response.completed", "response": {"output": [], "usage": USED}})]),
    "responses-stream-final": ("yes", [sse({"type": "response.completed", "response": {"output": [CALL]}})]),
    "chat-stream-usage": ("yes", [whole('{"type": "usage", "usage": {"input_tokens": 5, "output_tokens": 1}}\n')]),
    "chat-tools-to-use": ("yes", [whole(chat(steps=[]))]),
    "responses-model-echo": ("other", [PLAIN["responses"]]),
    "messages-model-echo": ("none", [whole({"type": "message", "content": []})]),
    "chat-model-echo": ("other", [PLAIN["chat"]]),
    "chat-auto": ("other", [PLAIN["chat"]]),
    "messages-alias": ("refused", [REFUSED]),
    "messages-count": ("differs", [whole({"input_tokens": 9}), whole(messages(usage=USED))]),
    "usage-endpoint": ("yes", [whole({"credits": 12, "by_model": {}})]),
    "apps-list": ("no", [whole({"data": []})]),
    "apps-inputs": ("no", [whole({"data": [{"id": "a", "name": "A"}]})]),
    "files-list": ("yes", [whole({"data": [{"file_id": "f"}]})]),
    "messages-small-limit": ("ignored", [PLAIN["messages"]]),
}  # fmt: skip
