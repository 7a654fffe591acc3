"""A chat page that answers from documents and shows its sources: streamlit run examples/recipes/chat_ui.py."""

import os
from pathlib import Path

import streamlit as st
from llama_index.core import SimpleDirectoryReader
from llama_index.core.chat_engine import CondensePlusContextChatEngine
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.node_parser import MarkdownNodeParser
from llama_index.retrievers.bm25 import BM25Retriever

from hatz_client import HatzError
from llama_index_hatz import HatzLLM

FOLDER = Path(__file__).parents[2] / "docs"  # your own documents


@st.cache_resource
def read_documents() -> BM25Retriever:
    """Index the folder, once for all visitors."""
    kinds = [".md", ".txt"]  # for .pdf and .docx: pip install llama-index-readers-file
    pages = SimpleDirectoryReader(FOLDER, required_exts=kinds).load_data()
    return BM25Retriever.from_defaults(nodes=MarkdownNodeParser().get_nodes_from_documents(pages), similarity_top_k=3)


def new_engine() -> CondensePlusContextChatEngine:
    """A conversation with a memory of its own."""
    llm = HatzLLM(os.environ.get("HATZ_MODEL", "anthropic.claude-haiku-4-5"))
    memory = ChatMemoryBuffer.from_defaults(llm=llm)
    return CondensePlusContextChatEngine.from_defaults(read_documents(), llm=llm, memory=memory)


def show_sources(sources: list[tuple[str, str]]) -> None:
    """The passages that the answer was made from, closed below the names of their files."""
    for name, text in sources:
        st.expander(name).markdown(text)


st.title("Ask the documentation")
if "engine" not in st.session_state:  # a new visitor
    st.session_state.engine, st.session_state.messages = new_engine(), []
engine, messages = st.session_state.engine, st.session_state.messages
for role, text, sources in messages:
    with st.chat_message(role):
        st.markdown(text)
        show_sources(sources)
if question := st.chat_input("What would you like to know?"):
    st.chat_message("user").markdown(question)
    messages.append(("user", question, []))
    with st.chat_message("assistant"):
        try:
            response = engine.stream_chat(question)
            answer = st.write_stream(response.response_gen)
            sources = [(node.metadata["file_name"], node.text) for node in response.source_nodes]
            show_sources(sources)
            messages.append(("assistant", answer, sources))
        except HatzError as error:  # its message says what to do
            st.error(str(error))
