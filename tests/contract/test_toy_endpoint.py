"""A fourth endpoint in one file: this module is its codec. `docs/architecture.md` refers to it as the recipe.

What is here is all that a further endpoint needs in the product: a codec (`encode`, `decode`, `Decoder`) and an entry of
`SPECS`. The client and both integrations speak to it because they ask the spec.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from langchain_core.messages import HumanMessage
from llama_index.core.llms import ChatMessage

from hatz_client import Client, Prompt, Reply, Text, fold
from hatz_client.content import Finish
from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, End, Meta, Start
from hatz_client.wire import endpoints
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

SPEC = endpoints.EndpointSpec(
    name="toy",
    title="toy",
    path="/toy",
    module=__name__,
    framing="ndjson",
    chosen_for=lambda prompt: prompt.model.startswith("toy-"),
    client_tools=False,
    parameters=frozenset({"temperature", "volume"}),
)
DONE = Finish("stop", "finished")


def encode(prompt, *, stream=False):
    words = [part.text for turn in prompt.turns for part in turn.parts if isinstance(part, Text)]
    return {"model": prompt.model, "say": words, "stream": stream, **prompt.extra}


def decode(body):
    return Reply((Text(body["said"]),), finish=DONE, model=body["model"], endpoint="toy")


class Decoder:
    def __init__(self):
        self.done = False
        self._begun = False

    def feed(self, data):
        if not self._begun:
            self._begun = True
            yield Meta(model=data.get("model"), endpoint="toy")
            yield Start(0, Text(""))
        if "more" in data:
            yield Delta(0, data["more"])
        if data.get("finished"):
            self.done = True
            yield End(0)
            yield Meta(finish=DONE)

    def close(self):
        if not self.done:
            raise HatzStreamInterruptedError("The toy's stream ended early.")
        return ()


class _ToyGateway(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, asked))
        said = f"You said {' '.join(asked['say'])}."
        if asked["stream"]:
            objects = [{"model": asked["model"]}, {"more": said[:6]}, {"more": said[6:]}, {"finished": True}]
        else:
            objects = [{"model": asked["model"], "said": said}]
        body = "".join(json.dumps(one) + "\n" for one in objects).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson" if asked["stream"] else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def toy(monkeypatch):
    """A gateway that has the toy endpoint, which is registered: its requests, and how to reach it."""
    monkeypatch.setitem(endpoints.SPECS, "toy", SPEC)
    with ThreadingHTTPServer(("127.0.0.1", 0), _ToyGateway) as server:
        server.requests = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.options = {
            "api_key": "k",
            "base_url": f"http://127.0.0.1:{server.server_address[1]}/v1",
            "max_retries": 0,
        }
        yield server
        server.shutdown()


def test_client(toy):
    client, prompt = Client(**toy.options), Prompt("toy-1", "hi")
    reply = client.ask(prompt)
    assert (reply.text, reply.model, reply.endpoint, reply.finish) == ("You said hi.", "toy-1", "toy", DONE)
    assert fold(client.stream(prompt)).parts == reply.parts
    assert client.ask(Prompt("gpt-5.2", "hi"), endpoint="toy").endpoint == "toy"
    assert [path for path, _ in toy.requests] == ["/v1/toy"] * 3


def test_client_truncates_at_stop_sequences_the_endpoint_does_not_have(toy):
    client, prompt = Client(**toy.options), Prompt("toy-1", "hi STOP ho", stop="STOP")
    assert client.ask(prompt).text == fold(client.stream(prompt)).text == "You said hi "


def test_langchain(toy):
    model = ChatHatz("toy-1", **toy.options)
    message = model.invoke([HumanMessage("hi")])
    assert (message.text, message.response_metadata["endpoint"]) == ("You said hi.", "toy")
    assert message.response_metadata["normalized_finish_reason"] == "stop"
    assert "".join(chunk.text for chunk in model.stream("hi")) == "You said hi."
    assert not model.profile["tool_calling"]
    assert not model.profile["image_inputs"]


def test_llama_index(toy):
    llm = HatzLLM("toy-1", **toy.options)
    assert llm.chat([ChatMessage("hi")]).message.content == "You said hi."
    assert "".join(chunk.delta for chunk in llm.stream_chat([ChatMessage("hi")])) == "You said hi."
    assert not llm.metadata.is_function_calling_model


@pytest.mark.parametrize("ask", ["langchain", "llama_index"])
def test_parameters_it_does_not_have_are_left_out_and_named(toy, ask, caplog):
    thinking = {"type": "enabled", "budget_tokens": 2000 + len(ask)}  # each warning is given once
    if ask == "langchain":
        ChatHatz("toy-1", **toy.options).invoke("hi", volume=11, thinking=thinking)
    else:
        HatzLLM("toy-1", **toy.options).chat([ChatMessage("hi")], volume=11, thinking=thinking)
    assert toy.requests[0][1]["volume"] == 11
    assert "thinking" not in toy.requests[0][1]
    assert "thinking=" in caplog.text
