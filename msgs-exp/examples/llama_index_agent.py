"""A LlamaIndex agent: the model calls two tools that read this project's documentation and answers from their results."""

import asyncio
import os
import re
from pathlib import Path

from llama_index.core.agent.workflow import AgentStream, FunctionAgent, ToolCall, ToolCallResult

from llama_index_hatz import HatzLLM

DOCS = Path(__file__).parent.parent / "docs"


def list_headings(page: str) -> str:
    """List the headings of a page of the documentation."""
    return ", ".join(re.findall(r"^## (.+)$", (DOCS / Path(page).name).read_text("utf-8"), re.MULTILINE))


def count_words(page: str) -> int:
    """Count the words of a page of the documentation."""
    return len((DOCS / Path(page).name).read_text("utf-8").split())


async def main() -> None:
    """Ask one question and print what happens."""
    agent = FunctionAgent(
        llm=HatzLLM(os.environ.get("HATZ_MODEL", "gpt-5.2")),
        tools=[list_headings, count_words],
        system_prompt="Look into the documentation with the tools before you answer.",
    )
    question = 'Which headings does the page "errors.md" have, and how many words does it have?'
    print(f"\n> {question}")
    handler = agent.run(question)
    async for event in handler.stream_events():
        match event:
            case ToolCallResult(tool_name=name, tool_output=output):
                print(f"  result {name}: {output}")
            case ToolCall(tool_name=name, tool_kwargs=arguments):
                print(f"  calls  {name}({', '.join(f'{key}={value}' for key, value in arguments.items())})")
            case AgentStream(delta=str(text)) if text:
                print(text, end="", flush=True)
    await handler
    print()


asyncio.run(main())
