"""A LlamaIndex agent that answers a ticket with an app, a workflow and an agent of a Hatz workspace.

Pass the names of those that the agent may use. Without names, it lists what the key can reach, and runs nothing.
"""

import asyncio
import os
import sys

from llama_index.core.agent.workflow import AgentStream, FunctionAgent, ToolCall, ToolCallResult

from llama_index_hatz import HatzLLM, HatzProgressEvent, HatzToolSpec

TASK = """Answer the support ticket, onboard the new employee, and let the research assistant find what is known about mail outages.
Ticket: I get no mail since Monday.
Full name: Ada Lovelace"""


async def main(names: list[str]) -> None:
    """Run the task, or list the tools."""
    tools = await HatzToolSpec(names or None).to_tool_list_async()
    if not names:
        print("Your key can reach, as tools of an agent:")
        for tool in tools:
            print(f"  {tool.metadata.name:25} {tool.metadata.description}")
        print("To let an agent use some of them: python examples/llama_index_hatz_tools.py NAME …")
        return
    print(f"\n> {TASK}")
    agent = FunctionAgent(llm=HatzLLM(os.environ.get("HATZ_MODEL", "gpt-5.2")), tools=tools)
    handler = agent.run(TASK)
    async for event in handler.stream_events():
        match event:
            case HatzProgressEvent(message=str(message)) if message:
                print(f"    … {message}")
            case ToolCallResult(tool_name=name, tool_output=output):
                print(f"  result {name}: {output}")
            case ToolCall(tool_name=name, tool_kwargs=arguments):
                print(f"  calls  {name}({', '.join(f'{key}={value}' for key, value in arguments.items())})")
            case AgentStream(delta=str(text)) if text:
                print(text, end="", flush=True)
    await handler
    print()


asyncio.run(main(sys.argv[1:]))
