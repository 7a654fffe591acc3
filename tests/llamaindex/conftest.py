"""An LLM on each endpoint, the sandbox behind it, and what the sandbox was asked, in words of no endpoint."""

import asyncio
import inspect
import json
import re
from pathlib import Path

import pytest
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode

from hatz_sandbox import Sandbox
from llama_index_hatz import HatzLLM
from tests.harness.loops import own_loop

# Of LlamaIndex and its workflows themselves: they look at every attribute of an agent, deprecated ones too.
NOT_OURS = (
    "ignore::DeprecationWarning:inspect",
    "ignore:is_running called from within a step",
    "ignore:asyncio_module",
)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for warning in NOT_OURS:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(autouse=True)
def _loop_for_sync_code(request):
    if inspect.iscoroutinefunction(request.function):
        yield
        return
    with own_loop():
        yield


@pytest.fixture(scope="module")
def _server():
    with Sandbox(quirks=frozenset()) as server:
        yield server


@pytest.fixture
def sandbox(_server):
    _server.reset()
    return _server


@pytest.fixture(params=["messages", "responses"])
def endpoint(request):
    return request.param


@pytest.fixture
def make(sandbox, endpoint):
    def made(model="anthropic.claude-haiku-4-5", **settings):
        given = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "endpoint": endpoint, "max_retries": 0}
        return HatzLLM(model, **{**given, **settings})

    return made


@pytest.fixture
def llm(make):
    return make()


class Asked:
    """The requests for answers."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    @property
    def bodies(self):
        return [request.body for request in self._sandbox.requests if request.method == "POST"]

    @property
    def body(self):
        return self.bodies[-1]

    @property
    def text(self):
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def tools(self):
        return [tool.get("name", tool.get("type")) for tool in self.body.get("tools", ())]

    @property
    def choice(self):
        """The tool choice as a word or a name."""
        match self.body.get("tool_choice"):
            case {"type": "tool" | "function", "name": name}:
                return name
            case {"type": "any"}:
                return "required"
            case {"type": word}:
                return word
            case word:
                return word

    @property
    def parallel(self):
        choice = self.body.get("tool_choice")
        if isinstance(choice, dict) and "disable_parallel_tool_use" in choice:
            return not choice["disable_parallel_tool_use"]
        return self.body.get("parallel_tool_calls")

    @property
    def results(self):
        """The results of tools, as (call id, content)."""
        items = self.body.get("input") or self.body["messages"]
        blocks = [block for item in items for block in _blocks(item)]
        return [
            (block.get("tool_use_id") or block.get("call_id"), block.get("content", block.get("output")))
            for block in blocks
            if block.get("type") in {"tool_result", "function_call_output"}
        ]

    @property
    def calls(self):
        """The calls of tools in the history, as (call id, name, arguments)."""
        items = self.body.get("input") or self.body["messages"]
        blocks = [block for item in items for block in _blocks(item)]
        return [
            (
                block.get("call_id") or block["id"],
                block["name"],
                block["input"] if "input" in block else json.loads(block["arguments"]),
            )
            for block in blocks
            if block.get("type") in {"tool_use", "function_call"}
        ]


def _blocks(item):
    content = item.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else [item]


@pytest.fixture
def asked(sandbox):
    return Asked(sandbox)


@pytest.fixture
def nodes():
    """What there is to know, of which the sandbox's own answers are made: of the sentence that fits best."""
    facts = [
        "The harbor of Vell was built in 1871 by Ida Marsh.",
        "The lighthouse of Vell burns whale oil.",
        "Tea is grown on the northern hills.",
    ]
    return [TextNode(text=text, id_=f"n{at}") for at, text in enumerate(facts)]


class ByWords(BaseRetriever):
    """Finds the two nodes that share the most words with the question."""

    def __init__(self, nodes):
        super().__init__()
        self.nodes = nodes

    def _retrieve(self, query_bundle):
        def words(text):
            return set(re.findall(r"\w+", text.lower()))

        asked = words(query_bundle.query_str)
        found = [NodeWithScore(node=node, score=len(asked & words(node.text))) for node in self.nodes]
        return sorted(found, key=lambda one: -one.score)[:2]


@pytest.fixture
def retriever(nodes):
    return ByWords(nodes)


@pytest.fixture(params=["sync", "async"])
def ask(request):
    """What a query engine, or anything else that is queried, answers in either way."""

    async def asked(engine, question, verb):
        return await getattr(engine, f"a{verb}")(question)

    def asking(engine, question, verb="query"):
        if request.param == "sync":
            return getattr(engine, verb)(question)
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            return runner.run(asked(engine, question, verb))

    return asking
