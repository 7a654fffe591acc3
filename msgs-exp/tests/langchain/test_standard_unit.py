"""LangChain's own unit tests for chat models, on each endpoint, without a network."""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_hatz import ChatHatz

pytestmark = [pytest.mark.disable_socket, pytest.mark.filterwarnings("ignore:.*codspeed.*")]


class TestMessages(ChatModelUnitTests):
    endpoint = "messages"

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatHatz

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "anthropic.claude-haiku-4-5", "endpoint": self.endpoint}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        environment = {"HATZ_API_KEY": "a key", "HATZ_BASE_URL": "https://hatz.example/v1"}
        found = {"hatz_api_key": "a key", "base_url": "https://hatz.example/v1"}
        return environment, {"model": "gpt-5.2", "endpoint": self.endpoint}, found

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "anthropic.claude-sonnet-4-5"


class TestResponses(TestMessages):
    endpoint = "responses"


class TestChat(TestMessages):
    endpoint = "chat"


class _Blocks:
    """Content as blocks throughout."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {**super().chat_model_params, "output_version": "v1"}  # type: ignore[misc]


class TestMessagesV1(_Blocks, TestMessages):
    pass


class TestResponsesV1(_Blocks, TestResponses):
    pass


class TestChatV1(_Blocks, TestChat):
    pass
