"""A LlamaIndex ingestion pipeline in two worker processes: the model summarizes each passage of the documentation."""

import os
from pathlib import Path

from llama_index.core import Document
from llama_index.core.extractors import SummaryExtractor
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import MarkdownNodeParser

from llama_index_hatz import HatzLLM


def main() -> None:
    """Run the pipeline and print what it wrote."""
    page = Path(__file__).parent.parent / "docs" / "errors.md"
    nodes = MarkdownNodeParser().get_nodes_from_documents([Document(text=page.read_text("utf-8"))])
    llm = HatzLLM(os.environ.get("HATZ_MODEL", "anthropic.claude-haiku-4-5"), max_tokens=300)
    pipeline = IngestionPipeline(transformations=[SummaryExtractor(llm=llm, show_progress=False)])

    print(f"\n{page.name}: {len(nodes)} passages")
    # Each worker gets the LLM with its key, and opens its own connections.
    for node in pipeline.run(nodes=nodes, num_workers=2):
        title = node.get_content().partition("\n")[0].lstrip("# ")
        print(f"  {title}: {' '.join(node.metadata['section_summary'].split())[:90]} …")


if __name__ == "__main__":  # the workers import this file
    main()
