"""What is compared: the contestants, the cases, and what was promised of each."""

from dataclasses import dataclass

WIRES = {"responses": "Responses", "messages": "Messages"}
FRAMEWORKS = {"langchain": "LangChain", "llamaindex": "LlamaIndex"}
OURS = {"langchain": "ChatHatz", "llamaindex": "HatzLLM"}
PEERS = {
    ("langchain", "responses"): "ChatOpenAI",
    ("langchain", "messages"): "ChatAnthropic",
    ("llamaindex", "responses"): "OpenAIResponses",
    ("llamaindex", "messages"): "Anthropic",
}
IMPORTS = {
    ("langchain", "floor"): "from langchain_floor import Floor; Floor(wire='', url='')",
    ("langchain", "ChatHatz"): "from langchain_hatz import ChatHatz; ChatHatz('gpt-5.2', api_key='key')",
    ("langchain", "ChatOpenAI"): "from langchain_openai import ChatOpenAI; ChatOpenAI(model='gpt-5.2', api_key='key')",
    ("langchain", "ChatAnthropic"): (
        "from langchain_anthropic import ChatAnthropic; ChatAnthropic(model_name='claude-haiku-4-5', api_key='key')"
    ),
    ("llamaindex", "floor"): "from llamaindex_floor import Floor; Floor(wire='', url='')",
    ("llamaindex", "HatzLLM"): "from llama_index_hatz import HatzLLM; HatzLLM('gpt-5.2', api_key='key')",
    ("llamaindex", "OpenAIResponses"): (
        "from llama_index.llms.openai import OpenAIResponses; OpenAIResponses(model='gpt-5.2', api_key='key')"
    ),
    ("llamaindex", "Anthropic"): (
        "from llama_index.llms.anthropic import Anthropic; Anthropic(model='claude-haiku-4-5', api_key='key')"
    ),
}
"""What a program says to have the model; run in a new process each time."""


FIRST_CALLS = {
    "langchain": "import langchain_models as m; m.model({name!r}, {wire!r}, {url!r}).invoke('Hello!')",
    "llamaindex": "import llamaindex_models as m; m.model({name!r}, {wire!r}, {url!r}).chat([m.ChatMessage(content='Hello!')])",
}
"""The same program with a first call."""

DELTAS = 20
"""Of each of many streams at once."""


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    title: str
    case: str
    count: int = 0
    repeat: int = 1
    targets: tuple[float, float] | None = None
    """The ratio to the floor that ChatHatz and HatzLLM are to stay under."""
    each: str = ""
    """What the cost is divided by: "" for one run, "delta", "call"."""
    rounds: int = 9

    @property
    def key(self):
        """What its results go by."""
        return self.title or f"{self.case} {self.count}"

    @property
    def runs(self):
        """How many deltas or calls one run has."""
        return self.count * (DELTAS if self.case == "streams" else 1) if self.each else 1

    @property
    def in_new_process(self):
        """Whether each run is a new process."""
        return self.case in {"import", "call"}


CASES = (
    Case("import and construct", "import", targets=(1.03, 1.00), rounds=5),
    Case("first call of a new process", "call", rounds=3),
    Case("invoke, 10 messages", "invoke", 10, 30, (1.10, 1.00)),
    Case("invoke, 400 messages", "invoke", 400, 3, (1.25, 1.10)),
    Case("stream, text", "text", 1000, 2, (0.85, 0.75), "delta"),
    Case("stream, text, observed", "observed", 1000, 2, (0.90, 1.00), "delta"),
    Case("stream, tool call", "tool", 500, 3, (0.40, 0.70), "delta"),
    Case("first chunk", "first", 1, rounds=5),
    Case("agent with ten tool calls", "agent", 10, 2, (1.05, 1.05), rounds=5),
    Case("answer with 800 tool calls", "calls", 800, 1, rounds=5),
    Case("answer of 20 MB", "large", 3_300_000, 1, rounds=3),
    Case("100 async streams", "streams", 100, 1, (1.00, 1.00), "delta", rounds=3),
    Case("1,000 async streams", "streams", 1000, 1, None, "delta", rounds=2),
    Case("batch of 1,000 calls", "batch", 1000, 1, None, "call", rounds=2),
    Case("batch, without the framework", "clients", 1000, 1, (1.11, 1.11), "call", rounds=3),
)
GROWTH = {
    "messages of history": [
        Case("", "invoke", count, max(400 // count, 1), rounds=2) for count in (10, 100, 400, 1000, 4000)
    ],
    "deltas of an answer": [Case("", "text", count, max(1000 // count, 1), rounds=2) for count in (100, 1000, 10_000)],
}
MEMORY = [Case("", "memory", count, rounds=1) for count in (1000, 10_000)]
SHARES = [case for case in CASES if case.case in {"invoke", "text", "observed", "tool", "agent", "streams"}]
"""The cases whose calls are counted by package."""
