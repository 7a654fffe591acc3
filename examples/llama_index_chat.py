"""A LlamaIndex chat engine over this project's own documentation: it remembers what was said, and its answers are streamed."""

import os
from pathlib import Path

from llama_index.core import Document
from llama_index.core.chat_engine import CondensePlusContextChatEngine
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.node_parser import MarkdownNodeParser
from llama_index.retrievers.bm25 import BM25Retriever

from llama_index_hatz import HatzLLM

pages = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))
nodes = MarkdownNodeParser().get_nodes_from_documents(
    [Document(text=page.read_text("utf-8"), metadata={"file_name": page.name}) for page in pages]
)

llm = HatzLLM(os.environ.get("HATZ_MODEL", "anthropic.claude-haiku-4-5"))
memory = ChatMemoryBuffer.from_defaults(llm=llm)  # as much of the conversation as the model's context window takes
engine = CondensePlusContextChatEngine.from_defaults(
    BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=3), llm=llm, memory=memory
)

for question in (
    "What happens when a stream is interrupted before the answer is complete?",
    "And which errors are retried?",
):
    print(f"\n> {question}")
    for text in engine.stream_chat(question).response_gen:
        print(text, end="", flush=True)
    print()

print("\nWhat the engine remembers:")
for message in memory.get():
    print(f"  {message.role.value}: {' '.join((message.content or '').split())[:90]} …")
