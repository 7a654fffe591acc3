"""No message of LangChain's, and none of the client's, has a file of this machine read: whatever names one is sent as it is, or refused."""

import base64
import contextlib

import pytest
from langchain_core.messages import HumanMessage, ToolMessage

from hatz_client import Client, HatzBadRequestError, HatzInvalidInputError, Media, Prompt, Text, Turn
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

from .wires import MODEL

CONTENT = b"\x89PNG\r\n\x1a\nwhat nobody may read"
IN_BASE64 = base64.b64encode(CONTENT)[:40]
MODELS = {"responses": "gpt-5.2", "messages": MODEL, "chat": MODEL}
BLOCKS = {
    "url": lambda path: {"type": "image", "url": path},
    "path": lambda path: {"type": "image", "path": path},
    "source_type": lambda path: {"type": "image", "source_type": "path", "path": path},
    "image_url": lambda path: {"type": "image_url", "image_url": {"url": path}},
    "image_url as text": lambda path: {"type": "image_url", "image_url": path},
    "file": lambda path: {"type": "file", "path": path, "filename": path},
    "file with a url": lambda path: {"type": "file", "url": path, "mime_type": "application/pdf"},
    "file id": lambda path: {"type": "file", "file_id": path},
    "OpenAI": lambda path: {"type": "file", "file": {"file_data": path, "filename": path}},
    "OpenAI, Responses": lambda path: {"type": "input_file", "file_url": path, "filename": path},
    "Anthropic": lambda path: {"type": "document", "source": {"type": "file", "path": path, "file_id": path}},
    "Anthropic, url": lambda path: {"type": "document", "source": {"type": "url", "url": path}},
    "Google": lambda path: {"type": "media", "mime_type": "image/png", "file_uri": path},
    "base64": lambda path: {"type": "image", "base64": path, "mime_type": "image/png"},
}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def path(tmp_path):
    (found := tmp_path / "secret.png").write_bytes(CONTENT)
    return found


def assert_not_read(sandbox, ask, given):
    sandbox.requests.clear()
    with contextlib.suppress(HatzInvalidInputError, HatzBadRequestError):
        ask(given)
    for asked in sandbox.requests:
        assert CONTENT not in asked.raw
        assert IN_BASE64 not in asked.raw


@pytest.mark.parametrize("endpoint", MODELS)
@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("upload", [False, True])
def test_of_langchain(sandbox, path, endpoint, block, upload):
    model = ChatHatz(
        MODELS[endpoint], api_key=sandbox.api_key, base_url=sandbox.base_url, endpoint=endpoint, auto_upload=upload
    )
    for name in (str(path), path.as_uri()):
        content = [{"type": "text", "text": "Look"}, BLOCKS[block](name)]
        assert_not_read(sandbox, model.invoke, [HumanMessage(content)])
        call = {"role": "assistant", "content": "", "tool_calls": [{"name": "look", "args": {}, "id": "c"}]}
        assert_not_read(sandbox, model.invoke, ["Look", call, ToolMessage(content, tool_call_id="c")])


@pytest.mark.parametrize("endpoint", MODELS)
@pytest.mark.parametrize("kind", ["image", "document"])
@pytest.mark.parametrize("field", ["url", "data", "file_id", "filename"])
def test_of_the_client(sandbox, path, endpoint, kind, field):
    client = Client(sandbox.api_key, sandbox.base_url, endpoint=endpoint)
    for name in (str(path), path.as_uri()):
        prompt = Prompt(MODELS[endpoint], (Turn("user", (Text("Look"), Media(kind, "image/png", **{field: name}))),))
        assert_not_read(sandbox, client.ask, prompt)
        assert_not_read(sandbox, lambda prompt: client.ask(client.with_uploads(prompt)), prompt)
