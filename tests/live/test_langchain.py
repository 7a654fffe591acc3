"""LangChain's own integration tests for chat models, against the gateway."""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_hatz import ChatHatz

from .conftest import MODELS

pytestmark = [pytest.mark.filterwarnings("ignore:.*is in beta.*"), pytest.mark.timeout(300)]


class TestMessages(ChatModelIntegrationTests):
    endpoint = "messages"

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatHatz

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": MODELS.get(self.endpoint, "none"), "endpoint": self.endpoint}

    @property
    def supports_json_mode(self) -> bool:
        return True


class TestResponses(TestMessages):
    endpoint = "responses"

    @pytest.mark.xfail(reason="Responses streams often tell no usage", strict=False)
    def test_usage_metadata_streaming(self, model: BaseChatModel) -> None:
        super().test_usage_metadata_streaming(model)


class TestChat(TestMessages):
    endpoint = "chat"

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_tool_choice(self) -> bool:
        return False

    @pytest.mark.xfail(reason="Native streams tell no usage", strict=False)
    def test_usage_metadata_streaming(self, model: BaseChatModel) -> None:
        super().test_usage_metadata_streaming(model)
