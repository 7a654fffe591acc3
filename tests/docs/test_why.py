"""What README says other classes get wrong at the gateway: they do so on the sandbox, and `ChatHatz` does not."""

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI

from hatz_client import HatzCreditsError, HatzStreamInterruptedError
from langchain_hatz import ChatHatz

CLAUDE = "anthropic.claude-haiku-4-5"


@pytest.fixture(params=["ChatOpenAI", "ChatAnthropic"])
def pair(request, hatz_sandbox):
    """One of the other classes, pointed at the gateway, and ours with the same model."""
    if request.param == "ChatOpenAI":
        return openai(hatz_sandbox), ChatHatz("gpt-5.2")
    url, key = hatz_sandbox.base_url, hatz_sandbox.api_key
    return ChatAnthropic(model=CLAUDE, base_url=f"{url}/anthropic", api_key=key), ChatHatz(CLAUDE)


def openai(sandbox):
    return ChatOpenAI(
        model="gpt-5.2", base_url=f"{sandbox.base_url}/openai", api_key=sandbox.api_key, use_responses_api=True
    )


def whole(model, question="Hello"):
    chunks = list(model.stream(question))
    return sum(chunks[1:], chunks[0])


def delete(path: str) -> str:
    """Delete a folder."""
    return f"{path} is gone"


def test_a_call_that_was_cut_off_is_run(pair, hatz_sandbox):
    other, ours = (model.bind_tools([delete]) for model in pair)
    hatz_sandbox.tool_call("delete", '{"path": "/srv')
    assert whole(other).tool_calls[0]["args"] == {"path": "/srv"}
    hatz_sandbox.tool_call("delete", '{"path": "/srv')
    answer = whole(ours)
    assert not answer.tool_calls
    assert answer.invalid_tool_calls


def test_half_an_answer_counts_as_a_whole_one(pair, hatz_sandbox):
    other, ours = pair
    hatz_sandbox.cut_stream_after(6, reply="one two three four five six seven", clean=True)
    assert whole(other).text.startswith("one two")
    hatz_sandbox.cut_stream_after(6, reply="one two three four five six seven", clean=True)
    with pytest.raises(HatzStreamInterruptedError) as raised:
        whole(ours)
    assert raised.value.partial.text.startswith("one two")


def test_used_up_credits_are_asked_for_three_times(pair, hatz_sandbox):
    other, ours = pair
    hatz_sandbox.fail(429, "You have used up your credits for this month.", times=4, headers={"Retry-After": "0"})
    with pytest.raises(Exception, match="credits"):
        other.invoke("Hello")
    assert len(hatz_sandbox.requests) == 3
    with pytest.raises(HatzCreditsError):
        ours.invoke("Hello")
    assert len(hatz_sandbox.requests) == 4


def test_unknown_usage_is_counted_as_zero(hatz_sandbox):
    other = openai(hatz_sandbox)
    assert whole(other).usage_metadata["total_tokens"] == 0
    assert whole(ChatHatz("gpt-5.2")).usage_metadata is None


def test_out_of_the_box_nothing_is_found_or_the_key_is_refused(hatz_sandbox):
    url, key = hatz_sandbox.base_url, hatz_sandbox.api_key
    for address, status in ((url, "401"), (f"{url}/openai", "404")):
        with pytest.raises(Exception, match=status):
            ChatOpenAI(model="gpt-5.2", base_url=address, api_key=key).invoke("Hello")
        assert ChatHatz("gpt-5.2", base_url=address).invoke("Hello").text


def test_native_chat_drops_the_tools(hatz_sandbox):
    header = {"X-API-Key": hatz_sandbox.api_key}
    other = ChatOpenAI(model="gpt-5.2", base_url=hatz_sandbox.base_url, api_key="unused", default_headers=header)
    answer = other.bind_tools([delete]).invoke("Call delete for /srv")
    assert hatz_sandbox.last_request.body["tools"]
    assert not answer.tool_calls


def test_a_trimmed_history_is_refused(hatz_sandbox):
    trimmed = [
        {"role": "user", "content": "Delete it"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "name": "delete", "args": {"path": "/srv"}}], "content": ""},
        {"role": "user", "content": "Never mind"},
    ]
    other = openai(hatz_sandbox)
    with pytest.raises(Exception, match="No tool output"):
        other.invoke(trimmed)
    assert ChatHatz("gpt-5.2").invoke(trimmed).text


def test_agents_and_stop_sequences_are_missing(hatz_sandbox):
    other = openai(hatz_sandbox)
    agent = ChatHatz.list_agents()[0].model
    with pytest.raises(Exception, match="agent"):
        other.invoke("Hello", model=agent)
    assert ChatHatz(agent).invoke("Hello").text
    assert "9" in other.invoke("Count to 9", stop=["5"]).text
    assert "5" not in ChatHatz("gpt-5.2").invoke("Count to 9", stop=["5"]).text
