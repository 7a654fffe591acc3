"""The model for each request: an agent whose easy questions go to a small model and hard ones to a large one.

A second check asks before a tool runs whether the call is risky; a risky call is an error that the agent's model reads.
"""

import os
import sys

from langchain.agents import create_agent
from langchain.agents.middleware import AutoModeMiddleware, ModelChoice, ModelRouterMiddleware

from langchain_hatz import ChatHatz, HatzDecisionModel

SMALL = ChatHatz(os.environ.get("HATZ_SMALL_MODEL", "anthropic.claude-haiku-4-5"))
LARGE = ChatHatz(os.environ.get("HATZ_MODEL", "gpt-5.2"))
QUESTIONS = sys.argv[1:] or [
    "When does the library open on Saturday?",
    "Write a plan to catalogue the estate of a collector, step by step.",
    "Delete the reader Ada, because of her unpaid fees.",
]


def opening_hours(day: str) -> str:
    """Look up when the library is open."""
    return f"On {day} from 10:00 to 14:00."


def delete_reader(name: str) -> str:
    """Delete a reader and their loans."""
    return f"{name} was deleted."


decide = HatzDecisionModel(llm=SMALL)
router = ModelRouterMiddleware(
    choices={
        "small": ModelChoice(SMALL, "Short questions about opening hours, loans and readers."),
        "large": ModelChoice(LARGE, "Requests that need several steps: plans, comparisons, long texts."),
    },
    instructions="Which model should answer? Choose the smallest that can.",
    classifier=decide,
)
careful = AutoModeMiddleware(tools=[delete_reader.__name__], classifier=decide)
agent = create_agent(SMALL, [opening_hours, delete_reader], middleware=[router, careful])

for question in QUESTIONS:
    state = agent.invoke({"messages": [{"role": "user", "content": question}]})
    chosen, *_, answer = state["model_route"], *state["messages"]
    print(f"\n> {question}\n({chosen.choice}, {chosen.confidence:.0%} sure, {answer.response_metadata['model_name']})")
    print(answer.text)
