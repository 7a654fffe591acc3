"""A LangChain agent that answers a ticket with an app, a workflow and an agent of a Hatz workspace.

Pass the names of those that the agent may use. Without names, it lists what the key can reach, and runs nothing.
"""

import os
import sys

from langchain.agents import create_agent
from langchain_core.messages import ToolMessage

from langchain_hatz import ChatHatz, HatzToolkit

TASK = """Answer the support ticket, onboard the new employee, and let the research assistant find what is known about mail outages.
Ticket: I get no mail since Monday.
Full name: Ada Lovelace"""

names = sys.argv[1:]
tools = HatzToolkit(names or None).get_tools()
if not names:
    print("Your key can reach, as tools of an agent:")
    for tool in tools:
        print(f"  {tool.name:25} {tool.description}")
    print("To let an agent use some of them: python examples/langchain_hatz_tools.py NAME …")
    sys.exit()

agent = create_agent(ChatHatz(os.environ.get("HATZ_MODEL", "anthropic.claude-sonnet-4-5")), tools)
print(f"\n> {TASK}")
for mode, data in agent.stream({"messages": [{"role": "user", "content": TASK}]}, stream_mode=["updates", "custom"]):
    match mode, data:
        case "updates", {"model": {"messages": [message]}}:
            for call in message.tool_calls:
                print(f"  calls  {call['name']}({', '.join(f'{key}={value}' for key, value in call['args'].items())})")
            print(message.text)
        case "custom", {"hatz_progress": {"message": str(message)}}:
            print(f"    … {message}")
        case "updates", {"tools": {"messages": [ToolMessage(name=name, content=content)]}}:
            print(f"  result {name}: {content}")
