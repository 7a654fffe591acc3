"""Human approval in LangGraph: the model drafts a reply, a person approves it, and only then is it sent.

Run it to get a draft. Then run it again with `approve` or `reject`. The state is saved in a database, so the second run can be days later.
"""

import os
import sys
from tempfile import gettempdir
from typing import Literal, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from langchain_hatz import ChatHatz

DATABASE = os.environ.get("APPROVAL_DATABASE", f"{gettempdir()}/approval.sqlite")
LETTER = "The library's door was closed at ten on Saturday, although the library opens at ten. Was it moved to eleven?"
model = ChatHatz(os.environ.get("HATZ_MODEL", "anthropic.claude-sonnet-4-5"))


class State(TypedDict, total=False):
    """The state of the graph."""

    letter: str
    draft: str


def draft(state: State) -> State:
    """Write a reply."""
    return {"draft": model.invoke(f"Write a short and friendly reply to this letter:\n\n{state['letter']}").text}


def ask(state: State) -> Command[Literal["send", "__end__"]]:
    """Stop until a person decides. The second run continues here."""
    return Command(goto="send" if interrupt(state["draft"]) == "approve" else END)


def send(state: State) -> None:
    """Send the reply."""
    print(f"Sent: {state['draft']}")


graph = StateGraph(State).add_node(draft).add_node(ask).add_node(send).add_edge(START, "draft").add_edge("draft", "ask")
thread = {"configurable": {"thread_id": "letter-17"}}

with SqliteSaver.from_conn_string(DATABASE) as checkpoints:
    app = graph.compile(checkpointer=checkpoints)
    match sys.argv[1:]:
        case []:
            for pending in app.invoke({"letter": LETTER}, thread)["__interrupt__"]:
                print(f"The draft:\n{pending.value}\n\nNext: python {sys.argv[0]} approve, or reject")
        case ["approve" | "reject" as decision] if app.get_state(thread).next:
            app.invoke(Command(resume=decision), thread)
            print(f"Decided: {decision}.")
        case _:
            raise SystemExit("Nothing waits for a decision: run it without arguments first.")
