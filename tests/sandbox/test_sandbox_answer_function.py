"""`sandbox.answer(function)`: a rule of the test's own, used when nothing is queued."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from hatz_sandbox import AnswerFunctionError, ErrorStatus, Question, Refusal, Sandbox, ToolCall
from tests.sandbox.conftest import ask

TOOL = {"name": "weather", "description": "The weather", "input_schema": {"type": "object", "properties": {}}}


def bodies(text, **more):
    said = [{"role": "user", "content": text}]
    return {
        "/openai/responses": {"model": "gpt-4o", "input": text, "instructions": "Be brief.", **more},
        "/anthropic/messages": {"model": "haiku", "max_tokens": 99, "system": "Be brief.", "messages": said, **more},
        "/chat/completions": {
            "model": "gpt-4o",
            "messages": [{"role": "system", "content": "Be brief."}, *said],
            **more,
        },
    }


def text_of(answered):
    match answered.json:
        case {"choices": [{"message": {"content": text}}]} | {"content": [{"text": text}]} | {"output_text": text}:
            return text


EACH = pytest.mark.parametrize(
    ("path", "endpoint", "model"),
    [
        ("/openai/responses", "responses", "gpt-4o"),
        ("/anthropic/messages", "messages", "anthropic.claude-haiku-4-5"),
        ("/chat/completions", "chat", "gpt-4o"),
    ],
)


@EACH
@pytest.mark.parametrize("stream", [False, True])
def test_it_gets_the_request_and_its_text_is_the_answer(sandbox, post, path, endpoint, model, stream):
    asked = []

    def function(question):
        asked.append(question)
        return f"You said {question.text!r}."

    sandbox.answer(function)
    answered = post(path, bodies("Hello", stream=stream)[path])
    assert (b" said" in answered.raw) if stream else (text_of(answered) == "You said 'Hello'.")
    (question,) = asked
    assert isinstance(question, Question)
    assert (question.text, question.system, question.endpoint, question.model) == (
        "Hello",
        "Be brief.",
        endpoint,
        model,
    )
    assert (question.results, question.tools, question.schema, question.stream) == ((), (), None, stream)
    assert question.body == sandbox.last_request.body


def test_what_is_queued_comes_first_and_none_leaves_the_answer_to_the_sandbox(sandbox, post):
    sandbox.answer(lambda question: "by the function" if "function" in question.text else None)
    sandbox.reply("queued")
    path = "/openai/responses"
    texts = [text_of(post(path, bodies(text)[path])) for text in ("function", "function", 'Say "pong"')]
    assert texts == ["queued", "by the function", "pong"]
    sandbox.answer(None)
    assert "function" not in text_of(post(path, bodies("Hello")[path]))


def test_calls_results_and_tools(sandbox, post):
    def function(question):
        assert [(tool.name, tool.description) for tool in question.tools] == [("weather", "The weather")]
        return f"It is {question.results[0]}." if question.results else ToolCall("weather", {"city": "Oslo"})

    sandbox.answer(function)
    body = bodies("Weather?", tools=[TOOL])["/anthropic/messages"]
    first = post("/anthropic/messages", body).json
    (call,) = first["content"]
    assert (call["name"], call["input"], first["stop_reason"]) == ("weather", {"city": "Oslo"}, "tool_use")
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "sunny"}
    more = [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    assert text_of(post("/anthropic/messages", {**body, "messages": [*body["messages"], *more]})) == "It is sunny."


def test_several_calls_broken_arguments_and_ids(sandbox, post):
    sandbox.answer(lambda _question: [ToolCall("f", '{"a": '), ToolCall("g", id="call_7")])
    calls = post("/openai/responses", bodies("x")["/openai/responses"]).json["output"]
    assert [(call["name"], call["arguments"]) for call in calls] == [("f", '{"a": '), ("g", "{}")]
    assert calls[1]["call_id"] == "call_7"


def test_refusals_and_errors(sandbox, post):
    sandbox.answer(lambda question: Refusal("No.") if question.text == "bad" else ErrorStatus(529, "Too much."))
    part = post("/openai/responses", bodies("bad")["/openai/responses"]).json["output"][0]["content"][0]
    assert part == {"type": "refusal", "refusal": "No."}
    answered = post("/anthropic/messages", bodies("x")["/anthropic/messages"])
    assert answered.status == 529
    assert answered.json["error"] == {"type": "overloaded_error", "message": "Too much."}


def test_many_callers_at_once_each_get_their_own_answer(sandbox, post):
    sandbox.answer(lambda question: question.text[::-1])
    path = "/chat/completions"
    asked = [f"question {number}" for number in range(200)]
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda text: text_of(post(path, bodies(text)[path])), asked))
    assert answers == [text[::-1] for text in asked]


@EACH
def test_an_exception_in_it_is_a_500_that_says_so(path, endpoint, model):
    def function(_question):
        raise KeyError("no such city")

    with pytest.raises(AnswerFunctionError, match="KeyError: 'no such city'") as caught, Sandbox() as sandbox:  # noqa: PT012 - leaving the block raises
        sandbox.answer(function)
        answered = ask(sandbox, path, bodies("x")[path])
        assert answered.status == 500
        assert "The function given to sandbox.answer failed: KeyError: 'no such city'" in answered.raw.decode()
        assert answered.headers["x-should-retry"] == "false"
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_value_that_is_no_answer_is_said():
    with pytest.raises(AnswerFunctionError, match="it returned int; it has to return a text"), Sandbox() as sandbox:  # noqa: PT012 - the same
        sandbox.answer(lambda _question: 5)
        assert ask(sandbox, "/openai/responses", bodies("x")["/openai/responses"]).status == 500


def test_the_tests_own_failure_comes_first():
    with pytest.raises(ZeroDivisionError) as caught, Sandbox() as sandbox:  # noqa: PT012 - what fails is the block
        sandbox.answer(lambda _question: 5)
        ask(sandbox, "/openai/responses", bodies("x")["/openai/responses"])
        _ = 1 / 0
    assert "the function given to sandbox.answer failed" in caught.value.__notes__[0]


SWALLOWS = """
import json, urllib.error, urllib.request

def test_swallows_the_error(hatz_sandbox):
    hatz_sandbox.answer(lambda question: question.nothing_of_the_kind)
    body = json.dumps({"model": "gpt-4o", "input": "x"}).encode()
    request = urllib.request.Request(hatz_sandbox.base_url + "/openai/responses", body, {"X-API-Key": hatz_sandbox.api_key})
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        error.close()
"""


def test_the_fixture_fails_the_test_that_used_it(tmp_path):
    (tmp_path / "test_it.py").write_text(SWALLOWS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:warnings", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "1 passed, 1 error" in done.stdout
    assert "AnswerFunctionError: the function given to sandbox.answer failed: AttributeError" in done.stdout


def test_the_schema_of_structured_output_is_told(sandbox, post):
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    sandbox.answer(lambda question: json.dumps({"n": 7}) if question.schema == schema else ErrorStatus())
    text = {"format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True}}
    assert text_of(post("/openai/responses", {"model": "gpt-4o", "input": "x", "text": text})) == '{"n": 7}'


def test_reset_takes_the_function_away(sandbox, post):
    sandbox.answer(lambda _question: "x")
    sandbox.reset()
    assert text_of(post("/openai/responses", bodies("Hello")["/openai/responses"])) != "x"
