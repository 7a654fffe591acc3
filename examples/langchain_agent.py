"""A LangChain agent: the model calls two tools and answers from their results; each step is printed."""

import os
from datetime import date, timedelta

from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk, ToolMessage
from langchain_core.tools import tool

from langchain_hatz import ChatHatz


@tool
def weekday_of(day: date) -> str:
    """Tell the weekday, from Monday to Sunday."""
    return f"{day:%A}"


@tool
def date_after(start: date, days: int) -> str:
    """Work out the date so many days after another."""
    return f"{start + timedelta(days=days):%Y-%m-%d}"


model = ChatHatz(os.environ.get("HATZ_MODEL", "anthropic.claude-sonnet-4-5"))
agent = create_agent(model, [weekday_of, date_after], system_prompt="Work dates out with the tools, never by yourself.")
question = "Which weekday is 2027-03-14, and which date is 100 days after 2027-03-14?"

print(f"\n> {question}")
for mode, data in agent.stream(
    {"messages": [{"role": "user", "content": question}]}, stream_mode=["updates", "messages"]
):
    match mode, data:
        case "messages", (AIMessageChunk(text=str(text)), _) if text:
            print(text, end="", flush=True)
        case "updates", {"model": {"messages": [message]}}:
            for call in message.tool_calls:
                print(f"  calls  {call['name']}({', '.join(f'{key}={value}' for key, value in call['args'].items())})")
        case "updates", {"tools": {"messages": [ToolMessage(name=name, content=content)]}}:
            print(f"  result {name}: {content}")
print()
