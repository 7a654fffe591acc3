"""An agent with the tools of an MCP server: here the small one in mcp_server.py, started as a process of its own."""

import asyncio
import os
import sys
from pathlib import Path

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient

from langchain_hatz import ChatHatz

SERVERS = {
    "library": {
        "transport": "stdio",
        "command": sys.executable,
        "args": [str(Path(__file__).with_name("mcp_server.py"))],
    },
    # A server on the web: "docs": {"transport": "streamable_http", "url": "https://example.com/mcp"}
}


async def main() -> None:
    """Ask one question and print each step."""
    tools = await MultiServerMCPClient(SERVERS).get_tools()
    print(f"Tools: {', '.join(tool.name for tool in tools)}")
    agent = create_agent(ChatHatz(os.environ.get("HATZ_MODEL", "gpt-5.2")), tools)
    question = "What are the opening hours on Saturday?"
    print(f"\n> {question}")
    result = await agent.ainvoke({"messages": [{"role": "user", "content": question}]})
    for message in result["messages"][1:]:
        for call in getattr(message, "tool_calls", ()):
            print(f"  calls  {call['name']}({call['args']})")
        if message.text:
            print(f"  {message.type:6} {message.text}")


asyncio.run(main())
