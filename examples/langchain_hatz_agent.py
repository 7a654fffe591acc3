"""A LangChain agent with a Hatz agent as its tool, and with prompt caching."""

import os

from langchain.agents import create_agent

from langchain_hatz import ChatHatz, HatzPromptCachingMiddleware, hatz_agent_tool

model = ChatHatz(os.environ.get("HATZ_MODEL", "anthropic.claude-sonnet-4-5"))
agents = model.list_agents()
if not agents:
    raise SystemExit("This key has no agents: make one in your Hatz workspace first.")
tools = [hatz_agent_tool(agent, description=agent.description or f"Asks {agent.name}.") for agent in agents[:5]]
print(f"The agents of this key as tools: {', '.join(tool.name for tool in tools)}")

question = f"Ask {agents[0].name} to find what is known about coral reefs."
agent = create_agent(model, tools, middleware=[HatzPromptCachingMiddleware()])
print(f"\n> {question}")
for message in agent.invoke({"messages": [{"role": "user", "content": question}]})["messages"][1:]:
    for call in getattr(message, "tool_calls", ()):
        print(f"  calls  {call['name']}({call['args']})")
    if message.text:
        print(f"  {message.type:6} {message.text}")
