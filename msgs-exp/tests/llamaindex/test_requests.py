"""What HatzLLM sends: what was set, by whatever name, and nothing else."""

import pytest
from llama_index.core.llms import ChatMessage

from hatz_client.errors import HatzInvalidInputError

EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
HI = [ChatMessage(role="system", content="be brief"), ChatMessage(content="hi")]


class TestWhatIsSent:
    @EVERYWHERE
    def test_nothing_that_was_not_set(self, llm, asked, endpoint):
        llm.chat([ChatMessage(content="hi")])
        needed = {"messages": {"model", "messages", "max_tokens"}, "responses": {"model", "input"}}
        assert set(asked.body) == needed.get(endpoint, {"model", "messages"})

    def test_what_was_set(self, make, asked, endpoint):
        make(temperature=0.25, top_p=0.5, max_tokens=99).chat(HI)
        assert asked.body["temperature"] == 0.25
        assert asked.body["top_p"] == 0.5
        assert asked.body["max_tokens" if endpoint == "messages" else "max_output_tokens"] == 99

    @EVERYWHERE
    def test_the_calls_own_words_win(self, make, asked):
        make(temperature=0.25).chat(HI, temperature=0.0, model="gpt-4o")
        assert asked.body["temperature"] == 0.0
        assert asked.body["model"] == "gpt-4o"

    @pytest.mark.parametrize("name", ["max_tokens", "max_output_tokens", "max_completion_tokens"])
    def test_max_tokens_by_any_of_its_names(self, llm, asked, endpoint, name):
        llm.chat(HI, **{name: 77})
        assert asked.body["max_tokens" if endpoint == "messages" else "max_output_tokens"] == 77

    @EVERYWHERE
    def test_what_the_gateway_learns_tomorrow(self, make, asked):
        llm = make(extra_body={"metadata": {"user_id": "a"}})
        llm.chat(HI, extra_body={"metadata": {"user_id": "b"}}, service_tier="auto", nothing=None)
        assert asked.body["metadata"] == {"user_id": "b"}
        assert asked.body["service_tier"] == "auto"
        assert "nothing" not in asked.body

    @pytest.mark.parametrize(
        ("name", "value"),
        [("api_key", "SECRET"), ("max_retries", 3), ("proxy", "http://127.0.0.1:1"), ("default_headers", {"X-A": "b"})],
    )
    def test_a_setting_of_the_llm_alone_is_no_field_of_the_body(self, llm, sandbox, name, value):
        with pytest.raises(
            HatzInvalidInputError, match=rf"{name} cannot be set for a single call.*model_copy"
        ) as caught:
            llm.chat(HI, **{name: value})
        assert "SECRET" not in str(caught.value)
        assert not sandbox.requests

    @pytest.mark.parametrize("endpoint", ["messages"])
    def test_server_tools_of_one_call(self, make, asked):
        search = {"type": "web_search_20250305", "name": "web_search"}
        make().chat(HI, built_in_tools=[search])
        assert asked.body["tools"] == [search]

    def test_headers(self, make, sandbox):
        make(default_headers={"X-Team": "red"}).chat(HI, extra_headers={"anthropic-beta": "b"}, request_id="mine")
        headers = sandbox.last_request.headers
        assert headers["X-Team"] == "red"
        assert headers["anthropic-beta"] == "b"
        assert headers["X-Request-ID"] == "mine"
        assert "llama-index-core/" in headers["User-Agent"]

    @EVERYWHERE
    def test_an_assigned_setting_holds_at_once(self, llm, asked):
        llm.chat(HI)
        llm.temperature = 0.5
        llm.chat(HI)
        assert "temperature" not in asked.bodies[0]
        assert asked.bodies[1]["temperature"] == 0.5

    def test_another_endpoint_for_one_call(self, llm, sandbox):
        llm.chat(HI, endpoint="chat")
        assert sandbox.last_request.path.endswith("/chat/completions")

    def test_stop_sequences_hold_everywhere(self, make, sandbox):
        sandbox.reply("one two three")
        llm = make(stop="two")
        assert llm.complete("hi").text == "one "


def test_tokens_can_be_counted(llm):
    assert llm.count_tokens("one two three") > 0
    assert llm.count_tokens(HI) > 0


async def test_tokens_can_be_counted_async(llm):
    assert await llm.acount_tokens(HI) == llm.count_tokens(HI)
