"""A LlamaIndex query engine over this project's own documentation: the answer is streamed, then where it was found.

Hatz has no embeddings, so the passages are found by BM25, which needs none.
"""

import os
from pathlib import Path

from llama_index.core import Document
from llama_index.core.node_parser import MarkdownNodeParser
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.retrievers.bm25 import BM25Retriever

from llama_index_hatz import HatzLLM

pages = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))
documents = [Document(text=page.read_text("utf-8"), metadata={"file_name": page.name}) for page in pages]
nodes = MarkdownNodeParser().get_nodes_from_documents(documents)

llm = HatzLLM(os.environ.get("HATZ_MODEL", "anthropic.claude-haiku-4-5"))
retriever = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=3)
engine = RetrieverQueryEngine.from_args(retriever, llm=llm, streaming=True)

print(f"\n{len(pages)} pages, {len(nodes)} passages")
for question in (
    "What happens when a stream is interrupted before the answer is complete?",
    "What are the aliases opus, sonnet and haiku?",
):
    print(f"\n> {question}")
    response = engine.query(question)
    for text in response.response_gen:
        print(text, end="", flush=True)
    print()
    for source in response.source_nodes:
        title, _, passage = source.node.text.partition("\n")
        print(f"  {source.node.metadata['file_name']}, {title.lstrip('# ')}: {' '.join(passage.split())[:90]} …")
