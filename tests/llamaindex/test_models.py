"""What is known of models: by their names, and from the gateway's list once it was asked for."""

import pytest
from llama_index.core.base.llms.types import LLMMetadata
from llama_index.core.indices.prompt_helper import PromptHelper
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.prompts import PromptTemplate

from hatz_client.errors import HatzNotFoundError
from hatz_client.integration import model_facts
from llama_index_hatz import HatzLLM

HI = [ChatMessage(content="hi")]


class TestMetadata:
    @pytest.fixture(autouse=True)
    def _nothing_known(self, monkeypatch):
        monkeypatch.setattr(model_facts, "_listed", {})

    def test_is_complete(self):
        assert HatzLLM("anthropic.claude-haiku-4-5", max_tokens=500).metadata == LLMMetadata(
            context_window=200_000,
            num_output=500,
            is_chat_model=True,
            is_function_calling_model=True,
            model_name="anthropic.claude-haiku-4-5",
        )

    @pytest.mark.parametrize("model", ["somebody.unheard-of-1", "", "auto", "agent-1", "a" * 500])
    def test_never_fails(self, model, caplog):
        metadata = HatzLLM(model).metadata
        assert metadata.context_window > 3900
        assert PromptHelper.from_llm_metadata(metadata)

    def test_an_unknown_model_is_said_once(self, caplog):
        for _ in range(3):
            assert HatzLLM("somebody.never-seen-9").metadata.context_window == 128_000
        assert len([r for r in caplog.records if "never-seen-9" in r.message]) == 1

    def test_what_is_given_wins(self):
        llm = HatzLLM("gpt-5.2", context_window=5000, is_function_calling_model=False)
        assert (llm.metadata.context_window, llm.metadata.is_function_calling_model) == (5000, False)

    def test_more_output_than_fits_takes_half_of_the_window(self):
        assert HatzLLM("gpt-5.2", context_window=5000, max_tokens=9000).metadata.num_output == 2500

    @pytest.mark.parametrize(
        "settings",
        [
            {"endpoint": "chat"},
            {"model": "agent-1"},
            {"model": "auto"},
            {"tools_to_use": ["google_search"]},
            {"file_uuids": ["x"]},
            {"auto_tool_selection": True},
        ],
    )
    def test_native_chat_calls_no_tools(self, settings):
        assert not HatzLLM(**{"model": "gpt-5.2", **settings}).metadata.is_function_calling_model

    def test_memory_fits(self):
        assert ChatMemoryBuffer.from_defaults(llm=HatzLLM("gpt-5.2")).token_limit > 3000


class TestDiscovery:
    @pytest.fixture(autouse=True)
    def _nothing_known(self, monkeypatch):
        monkeypatch.setattr(model_facts, "_listed", {})

    def test_the_list_is_what_metadata_then_says(self, make, sandbox):
        llm = make()
        models = llm.list_models()
        assert {model.id for model in models} >= {llm.model}
        listed = next(model for model in models if model.id == llm.model)
        assert llm.metadata.context_window == listed.max_tokens

    def test_looks_as_it_was_written(self, llm):
        for method in (HatzLLM.list_models, llm.list_models):
            assert method.__name__ == "list_models"
            assert method.__doc__.startswith("The models this key may use")

    async def test_of_the_class(self, sandbox, monkeypatch):
        given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        models = HatzLLM.list_models(**given)
        assert models == await HatzLLM.alist_models(**given) != ()
        assert HatzLLM.list_agents(**given) == await HatzLLM.alist_agents(**given) != ()
        assert {request.headers["x-api-key"] for request in sandbox.requests} == {sandbox.api_key}
        monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
        monkeypatch.setenv("HATZ_BASE_URL", sandbox.base_url)
        assert HatzLLM.list_models() == models
        monkeypatch.setattr(model_facts, "DEFAULT_WINDOW", 1)
        assert HatzLLM(models[0].id).metadata.context_window == models[0].max_tokens

    async def test_async_too(self, make, sandbox):
        llm = make()
        listed = {model.id: model for model in await llm.alist_models()}
        assert llm.metadata.context_window == listed[llm.model].max_tokens
        assert await llm.alist_agents() == llm.list_agents() != ()

    def test_a_cap_is_no_window(self, make, sandbox):
        sandbox.models = [{"name": "gpt-5.2", "developer": "O", "display_name": "G", "max_tokens": 0, "vision": True}]
        llm = make("gpt-5.2")
        llm.list_models()
        assert llm.metadata.context_window == 272_000

    def test_agents(self, llm, sandbox):
        assert all(agent.model.startswith("agent-") for agent in llm.list_agents())

    def test_from_a_name(self, sandbox):
        given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key}
        assert HatzLLM.from_model("claude-haiku-4-5", **given).model == "anthropic.claude-haiku-4-5"
        assert HatzLLM.from_model("anthropic.claude-haiku-4-5", temperature=1, **given).temperature == 1

    def test_from_a_name_that_is_none(self, sandbox):
        with pytest.raises(HatzNotFoundError, match=r"no model 'claude-hiaku'.*Did you mean.*claude-haiku"):
            HatzLLM.from_model("claude-hiaku", base_url=sandbox.base_url, api_key=sandbox.api_key)

    async def test_a_wrong_name_is_told_the_nearest_when_it_is_used(self, make):
        llm = make("anthropic.claude-hiaku-4-5")
        for call in (llm.chat, lambda said: list(llm.stream_chat(said))):
            with pytest.raises(HatzNotFoundError, match=r"anthropic\.claude-haiku-4-5"):
                call(HI)
        with pytest.raises(HatzNotFoundError, match=r"anthropic\.claude-haiku-4-5"):
            await llm.achat(HI)


@pytest.mark.parametrize("window", [300, 1000, 4096, 200_000])
@pytest.mark.parametrize("max_tokens", [None, 1, 100, 4000, 64_000, 10**6])
def test_the_prompt_helper_never_fails_for_the_room_that_the_answer_may_take(window, max_tokens):
    about = HatzLLM("gpt-5.2", context_window=window, max_tokens=max_tokens).metadata
    helper = PromptHelper.from_llm_metadata(about)
    prompt = PromptTemplate("Context: {context_str}\nAnswer.")
    assert helper.repack(prompt, ["A word or two. " * 300])
