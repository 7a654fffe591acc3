"""A question about an image: python image_question.py photo.jpg "What is in this picture?"."""

import os
import sys
from pathlib import Path

from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock

from llama_index_hatz import HatzLLM

image = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("visitors.png")
question = sys.argv[2] if len(sys.argv) > 2 else "Which day has the most visitors?"

# Messages is the endpoint for which Hatz documents images; `hatz models` lists which models see.
llm = HatzLLM(os.environ.get("HATZ_MODEL", "anthropic.claude-sonnet-4-5"))

print(f"\n> {question} ({image.name})")
for chunk in llm.stream_chat([ChatMessage(blocks=[ImageBlock(path=image), TextBlock(text=question)])]):
    print(chunk.delta, end="", flush=True)
print()
