"""Writes the histories of this folder: the real integrations read what their services write, from a server on this machine.

    pip install langchain-openai langchain-anthropic langchain-google-genai langchain-groq langchain-mistralai \
        langchain-aws langchain-ollama
    python tests/langchain/histories/make.py [NAME …]

No service is asked, no key is needed.
"""

import itertools
import json
import re
import sys
import uuid
import warnings
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

from langchain_anthropic import ChatAnthropic
from langchain_aws import ChatBedrockConverse
from langchain_core.messages import HumanMessage, ToolMessage, message_to_dict
from langchain_core.tools import tool
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_groq import ChatGroq
from langchain_mistralai import ChatMistralAI
from langchain_ollama import ChatOllama
from langchain_openai import ChatOpenAI
from like_openai import Completions, Responses
from said import CITIES, CODED, LOOK, PARIS, ROME, THOUGHT, TRACE
from unlike_openai import Converse, Gemini, Messages, Ollama

HERE = Path(__file__).parent
AWS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
INTEGRATIONS = {
    "openai-responses": (
        "langchain-openai",
        lambda url, **more: ChatOpenAI(model="gpt-5.2", api_key="k", base_url=url, use_responses_api=True, **more),
    ),
    "openai-completions": (
        "langchain-openai",
        lambda url, **more: ChatOpenAI(model="gpt-4o", api_key="k", base_url=url, stream_usage=True, **more),
    ),
    "anthropic": (
        "langchain-anthropic",
        lambda url, **more: ChatAnthropic(model="claude-sonnet-4-5", api_key="k", base_url=url, **more),
    ),
    "google-genai": (
        "langchain-google-genai",
        lambda url, **more: ChatGoogleGenerativeAI(model="gemini-3-pro", api_key="k", base_url=url, **more),
    ),
    "groq": ("langchain-groq", lambda url, **more: ChatGroq(model="moonshotai/kimi-k2", api_key="k", base_url=url, **more)),
    "mistral": (
        "langchain-mistralai",
        lambda url, **more: ChatMistralAI(model="magistral-medium", api_key="k", base_url=f"{url}/v1", **more),
    ),
    "bedrock-converse": (
        "langchain-aws",
        lambda url, **more: ChatBedrockConverse(
            model="us.anthropic.claude-sonnet-4-5-20250929-v1:0", endpoint_url=url, **AWS, **more
        ),
    ),
    "ollama": ("langchain-ollama", lambda url, **more: ChatOllama(model="qwen3", base_url=url, reasoning=True, **more)),
}  # fmt: skip
WIRES = {
    "openai-responses": Responses(),
    "openai-completions": Completions(("call_0", "call_1"), {"content": LOOK}, {"content": PARIS + ROME}),
    "anthropic": Messages(),
    "google-genai": Gemini(),
    "groq": Completions(
        ("functions.weather:0", "functions.weather:1"),  # as Kimi names them there
        {"reasoning": THOUGHT, "content": LOOK},
        {
            "reasoning": THOUGHT,
            "content": PARIS + ROME,
            "executed_tools": [{"index": 0, "type": "search", "arguments": TRACE, "output": TRACE}],
        },
        groq=True,
    ),
    "mistral": Completions(
        ("D681PevKs", "q2ZyX8mNa"),
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}, {"type": "text", "text": LOOK}]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
                {"type": "reference", "text": PARIS, "reference_ids": [TRACE]},
                {"type": "text", "text": ROME},
            ]
        },
    ),
    "bedrock-converse": Converse(),
    "ollama": Ollama(),
}  # fmt: skip
# Where LangChain makes events of the chunks of these, it loses calls.
LOST = {"groq", "mistral", "ollama"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VERSIONS = {"openai-responses": ("v0", "responses/v1", "v1")}


@tool
def weather(city: str, unit: str) -> str:
    """Tell the weather in a city."""
    return f"{city}: 21 {unit}"


class Answering(BaseHTTPRequestHandler):
    """Answers with what lies ready: as a stream where one is asked for."""

    protocol_version = "HTTP/1.1"
    wire = None
    bodies = None

    def do_POST(self):
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = next(self.bodies)
        streams = "tream" in self.path or json.loads(asked or b"{}").get("stream")
        said = self.wire.stream(body) if streams else json.dumps(body).encode()
        self.send_response_only(200)  # without the date and the server's name, which some integrations keep
        self.send_header("Content-Type", self.wire.content_type if streams else "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


def conversation(model, how):
    """A question, two calls with their results, and the answer, as a program would keep them."""
    model = model.bind_tools([weather])
    said = [HumanMessage("What is the weather in Paris and in Rome?")]

    def answer():
        if how == "invoke":
            return model.invoke(said)
        if how == "events":
            return model.stream_events(said, version="v3").output
        first, *others = model.stream(said)
        return sum_of(first, others)

    said.append(answer())
    calls = said[-1].tool_calls
    if [call["args"]["city"] for call in calls] != list(CITIES):
        raise RuntimeError(f"{type(model).__name__} read other calls than were written: {calls}")
    said += [ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]) for call in calls]
    said.append(answer())
    return said


def sum_of(first, others):
    for other in others:
        first += other
    return first


def numbered(text):
    """The text with numbers in place of random ids, so that writing it again changes nothing."""
    numbers = {}
    return UUID.sub(lambda found: str(uuid.UUID(int=numbers.setdefault(found[0], len(numbers) + 1))), text)


def main(names):
    warnings.simplefilter("ignore")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name in names or INTEGRATIONS:
        package, make = INTEGRATIONS[name]
        Answering.wire, found = WIRES[name], {}
        ways = itertools.product(("invoke", "stream"), VERSIONS.get(name, ("v0", "v1")))
        for how, output in [*ways, *([("events", "v0")] if name not in LOST else [])]:
            Answering.bodies = iter(WIRES[name].bodies())
            kept = conversation(make(url, output_version=output), how)
            found[f"{how} {output}"] = [message_to_dict(message) for message in kept]
        written = {
            "by": {package: version(package), "langchain-core": version("langchain-core")},
            "traces": [TRACE, CODED],
            "texts": [LOOK, PARIS, ROME.strip()],
            "conversations": found,
        }
        text = json.dumps(written, indent=1, ensure_ascii=False, default=lambda held: b64encode(held).decode())
        (HERE / f"{name}.json").write_text(numbered(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
