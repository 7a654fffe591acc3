"""Discovery, in the documented form and those that public clients read."""

import pytest

from hatz_client.errors import HatzResponseError
from hatz_client.resources.model_families import UNKNOWN, family, vendor
from hatz_client.resources.models import agents_of, canonical, models_of

ENTRY = {"name": "gpt-4", "developer": "OpenAI", "display_name": "GPT 4", "max_tokens": 8192, "vision": False, "new": 1}


@pytest.mark.parametrize("body", [{"data": [ENTRY]}, [ENTRY], {"models": [ENTRY]}, {"data": [ENTRY, "odd", {}]}])
def test_models(body):
    (model,) = models_of(body)
    assert (model.id, model.developer, model.display_name, model.max_tokens, model.vision) == (
        "gpt-4",
        "OpenAI",
        "GPT 4",
        8192,
        False,
    )
    assert model.raw["new"] == 1


def test_what_the_list_does_not_say_is_unknown():
    (model,) = models_of([{"id": "m", "max_tokens": 0}])
    assert (model.id, model.max_tokens, model.vision, model.developer) == ("m", None, None, None)


def test_agents():
    (agent,) = agents_of(
        {
            "data": [
                {
                    "id": "a1",
                    "name": "R",
                    "description": "d",
                    "instructions": "i",
                    "tools": ["google_search"],
                    "sources": [],
                }
            ]
        }
    )
    assert (agent.model, agent.name, agent.tools) == ("agent-a1", "R", ("google_search",))


def test_an_agent_with_odd_tools_is_an_agent():
    assert agents_of([{"id": "a", "tools": True}])[0].tools == ()


@pytest.mark.parametrize("body", [None, "text", {"other": []}, {"data": {}}, {"models": ["gpt-4"]}])
def test_no_list_is_said(body):
    with pytest.raises(HatzResponseError, match="list of models"):
        models_of(body)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-5.2", "gpt-5.2"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("anthropic.claude-haiku-4-5", "claude-haiku-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("us.meta.llama3-1-8b-instruct-v1:0", "llama3-1-8b-instruct"),
        ("mistral.mixtral-8x7b-instruct-v0:1", "mixtral-8x7b-instruct"),
        ("moonshot.kimi-k2-thinking", "kimi-k2-thinking"),
        ("google.gemini-3.1-pro-preview", "gemini-3.1-pro-preview"),
        ("amazon.nova-2-lite-v1:0", "nova-2-lite"),
        ("gemini-2-5-flash-image", "gemini-2-5-flash-image"),
    ],
)
def test_canonical_names(model, name):
    assert canonical(model) == name


def test_what_a_name_tells():
    assert family("us.anthropic.claude-sonnet-4-5-20250929-v1:0") == family("sonnet")
    assert (family("gpt-4o").context, family("gpt-4o").output, family("gpt-4o").images) == (128_000, 16_384, True)
    assert family("unheard-of") is UNKNOWN
    assert (vendor("haiku"), vendor("anthropic.claude-opus-4-7"), vendor("gpt-5.2")) == ("claude", "claude", "gpt")
