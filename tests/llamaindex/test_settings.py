"""What can be set, what is never shown, and what survives copying, pickling, dumping and assigning."""

import copy
import json
import pickle
from typing import Unpack, get_type_hints

import httpx
import pytest
from llama_index.core import Settings as Defaults
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.callbacks import CallbackManager
from llama_index.core.ingestion.pipeline import get_transformation_hash
from llama_index.core.llms import LLM, ChatMessage
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.loading import load_llm
from llama_index.core.llms.utils import resolve_llm
from llama_index.core.output_parsers import PydanticOutputParser
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, SecretStr, ValidationError

from hatz_client.errors import HatzAuthenticationError, HatzInvalidInputError
from hatz_client.integration.settings.arguments import CONSTRUCTOR_ALIASES
from llama_index_hatz import Hatz, HatzLLM, register_with_load_llm
from llama_index_hatz.arguments import HatzLLMArguments

HI = [ChatMessage(content="hi")]
KEY = "hatz-SECRET-key"


class TestConstruction:
    def test_is_what_llamaindex_expects(self):
        llm = HatzLLM("gpt-5.2")
        assert all(isinstance(llm, kind) for kind in (BaseLLM, LLM, FunctionCallingLLM))
        assert HatzLLM.class_name() == "hatz_llm"
        assert Hatz is HatzLLM

    def test_needs_no_key_and_no_network(self, monkeypatch):
        monkeypatch.delenv("HATZ_API_KEY", raising=False)
        assert HatzLLM(model="gpt-5.2").metadata.model_name == "gpt-5.2"

    def test_a_missing_key_is_said_when_it_is_needed(self, monkeypatch, sandbox):
        monkeypatch.delenv("HATZ_API_KEY", raising=False)
        with pytest.raises(HatzAuthenticationError, match="HATZ_API_KEY"):
            HatzLLM("gpt-5.2", base_url=sandbox.base_url).chat(HI)

    def test_the_environment_is_enough(self, hatz_sandbox):
        assert HatzLLM("gpt-5.2").complete("hi").text
        assert hatz_sandbox.requests

    @pytest.mark.parametrize("key", [str, SecretStr, lambda key: lambda: key])
    def test_keys_in_every_form(self, make, sandbox, key):
        assert make(api_key=key(sandbox.api_key)).complete("hi").text

    async def test_a_key_that_must_be_awaited(self, make, sandbox):
        async def key():
            return sandbox.api_key

        assert (await make(api_key=key).acomplete("hi")).text

    def test_everything_of_llamaindex_by_name(self):
        class Thing(BaseModel):
            x: int

        llm = HatzLLM(
            "gpt-5.2",
            callback_manager=CallbackManager([]),
            rate_limiter=None,
            system_prompt="be brief",
            messages_to_prompt=lambda messages: "x",
            completion_to_prompt=lambda prompt: prompt,
            output_parser=PydanticOutputParser(Thing),
            pydantic_program_mode=PydanticProgramMode.LLM,
            query_wrapper_prompt=None,
        )
        assert llm.system_prompt == "be brief"

    def test_editors_know_every_setting(self):
        known = {"model", *get_type_hints(HatzLLMArguments)}
        assert known == {*HatzLLM.model_fields, *CONSTRUCTOR_ALIASES, "agent_id"}
        assert get_type_hints(HatzLLM.__init__)["kwargs"] == Unpack[HatzLLMArguments]

    @pytest.mark.parametrize(("wrong", "right"), [("temprature", "temperature"), ("max_token", "max_tokens")])
    def test_a_misspelt_setting_is_named(self, wrong, right):
        with pytest.raises(TypeError, match=f"no setting '{wrong}'; did you mean '{right}'"):
            HatzLLM("gpt-5.2", **{wrong: 1})

    def test_a_setting_of_somebody_else_is_named(self):
        with pytest.raises(TypeError, match=r"no setting 'frobnicate'.*extra_body"):
            HatzLLM("gpt-5.2", frobnicate=1)

    def test_no_error_shows_what_was_given(self):
        with pytest.raises(ValidationError) as caught:
            HatzLLM("m", api_key=KEY, max_tokens="many", default_headers={"X": 7, "Y": KEY})
        assert "max_tokens" in str(caught.value)
        assert KEY not in str(caught.value)

    def test_a_wrong_value_is_named(self):
        with pytest.raises(ValidationError, match="endpoint"):
            HatzLLM("gpt-5.2", endpoint="completions")

    def test_a_model_is_needed(self):
        with pytest.raises(ValidationError, match="model"):
            HatzLLM()

    def test_names_that_others_use(self):
        http = httpx.AsyncClient()
        llm = HatzLLM("gpt-5.2", api_base="http://127.0.0.1:1/v1", async_http_client=http)
        assert (llm.base_url, llm.http_async_client) == ("http://127.0.0.1:1/v1", http)

    def test_a_plain_url_to_somewhere_else_is_refused(self):
        with pytest.raises(HatzInvalidInputError, match="unencrypted"):
            HatzLLM("gpt-5.2", api_key="k", base_url="http://example.com/v1").chat(HI)


class TestSecrets:
    @pytest.fixture
    def llm(self):
        return HatzLLM("gpt-5.2", api_key=KEY, default_headers={"X-Other": "SECRET"}, timeout=httpx.Timeout(3))

    def test_are_in_no_dump(self, llm):
        shown = [llm.to_dict(), llm.to_json(), llm.to_payload(), repr(llm), str(llm), llm.model_dump(), llm.dict()]
        assert "SECRET" not in str(shown)

    def test_assigned_as_text_neither(self, llm):
        llm.api_key = KEY
        assert "SECRET" not in str([llm.to_dict(), repr(llm), llm.model_dump_json()])

    def test_are_in_no_error(self, make, sandbox):
        with pytest.raises(HatzAuthenticationError) as caught:
            make(api_key="wrong-SECRET").chat(HI)
        assert "SECRET" not in repr(caught.value) + str(vars(caught.value))

    def test_the_payload_says_what_observers_ask_for(self):
        payload = HatzLLM("gpt-5.2", temperature=0.5).to_payload()
        assert json.loads(json.dumps(payload))["model"] == payload["model_name"] == "gpt-5.2"
        assert payload["temperature"] == 0.5
        assert payload["class_name"] == "hatz_llm"


class TestCopies:
    @pytest.fixture
    def used(self, make, sandbox):
        llm = make(temperature=0.5, default_headers={"X-Team": "red"}, timeout=httpx.Timeout(7, connect=1))
        llm.chat(HI)
        sandbox.reset()
        return llm

    def works(self, llm, sandbox):
        assert llm.chat(HI).message.content
        assert sandbox.last_request.body["temperature"] == 0.5
        assert sandbox.last_request.headers["X-Team"] == "red"

    def test_pickled(self, used, sandbox, caplog):
        again = pickle.loads(pickle.dumps(used))
        assert type(again) is HatzLLM
        self.works(again, sandbox)
        assert not caplog.records

    @pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, HatzLLM.model_copy])
    def test_copied(self, used, sandbox, how):
        self.works(how(used), sandbox)

    def test_copied_with_something_else(self, used, sandbox):
        other = used.model_copy(update={"model": "gpt-4o"})
        self.works(other, sandbox)
        assert sandbox.last_request.body["model"] == "gpt-4o"
        assert used.model != "gpt-4o"

    def test_deep_copies_share_connections_and_nothing_else(self):
        http = httpx.Client()
        llm = HatzLLM("gpt-5.2", http_client=http, extra_body={"a": {"b": 1}}, api_key=lambda: KEY)
        other = copy.deepcopy(llm)
        assert other.http_client is http
        other.extra_body["a"]["b"] = 2
        assert llm.extra_body == {"a": {"b": 1}}

    def test_pickled_with_a_client_of_ones_own(self, make):
        with pytest.raises(HatzInvalidInputError, match="cannot be pickled"):
            pickle.dumps(make(http_client=httpx.Client()))


class TestDictionaries:
    def test_round(self, sandbox, monkeypatch):
        monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
        llm = HatzLLM(
            "gpt-5.2",
            base_url=sandbox.base_url,
            temperature=0.5,
            stop=["x"],
            timeout=httpx.Timeout(7, connect=1),
            structured_output_strategy="native",
        )
        again = HatzLLM.from_dict(json.loads(llm.to_json()))
        assert again.to_dict() == llm.to_dict()
        assert again.timeout == httpx.Timeout(7, connect=1)
        assert again.complete("hi").text

    def test_llamaindex_can_load_it(self):
        register_with_load_llm()
        llm = HatzLLM("gpt-5.2", temperature=0.5)
        assert load_llm(llm.to_dict()).to_dict() == llm.to_dict()

    def test_the_hash_of_a_transformation(self, make):
        one = make()
        before = get_transformation_hash([], one)
        one.chat(HI)
        assert get_transformation_hash([], one) == before == get_transformation_hash([], make())
        for change in ({"model": "x"}, {"temperature": 1}, {"max_tokens": 9}, {"base_url": "http://127.0.0.1:1/v1"}):
            assert get_transformation_hash([], make(**change)) != before

    def test_the_schema_can_be_written(self):
        schema = HatzLLM.model_json_schema()
        assert schema["properties"]["api_key"]["writeOnly"]

    def test_settings_of_llamaindex(self, llm):
        before = Defaults._llm
        try:
            Defaults.llm = llm
            assert Defaults.llm is llm
            assert resolve_llm(llm) is llm
        finally:
            Defaults._llm = before
