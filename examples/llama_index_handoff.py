"""A LlamaIndex workflow of two agents with models of different vendors: the first hands the question to the second."""

import asyncio
import os
from datetime import date, timedelta

from llama_index.core.agent.workflow import AgentOutput, AgentWorkflow, FunctionAgent, ToolCallResult

from llama_index_hatz import HatzLLM


def date_after(day: str, days: int) -> str:
    """Give the date (YYYY-MM-DD) so many days after another date."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


async def main() -> None:
    """Ask one question and print who does what."""
    front = FunctionAgent(
        name="front",
        description="Takes questions and hands them to who can answer them.",
        system_prompt="Hand every question about dates to the agent named calendar.",
        llm=HatzLLM(os.environ.get("HATZ_MODEL", "gpt-5.2")),
        can_handoff_to=["calendar"],
    )
    calendar = FunctionAgent(
        name="calendar",
        description="Calculates with dates.",
        system_prompt="Calculate with the tool.",
        llm=HatzLLM("anthropic.claude-haiku-4-5"),
        tools=[date_after],
    )
    workflow = AgentWorkflow(agents=[front, calendar], root_agent="front")
    question = 'Which date is 100 days after 2027-03-14? Let the agent "calendar" answer.'
    print(f"\n> {question}")
    handler = workflow.run(question)
    async for event in handler.stream_events():
        match event:
            case ToolCallResult(tool_name=name, tool_kwargs=arguments, tool_output=output):
                result, *_ = str(output).splitlines()
                print(f"  {name}({', '.join(f'{key}={value}' for key, value in arguments.items())}): {result[:50]}")
            case AgentOutput(current_agent_name=name, tool_calls=[]):
                print(f"  {name} answers")
    print(await handler)


asyncio.run(main())
