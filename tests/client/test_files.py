"""Uploads, by both clients, against the sandbox; and what is said of a model that there is not."""

import asyncio
import base64
import io
import os
from types import SimpleNamespace

import pytest

from hatz_client import AsyncClient, Client, Media, Prompt, Text, ToolResult, Turn, errors
from hatz_client.operations import uploads as files
from hatz_client.resources.files import FileInfo, file_of
from hatz_client.util.bounded_dict import BoundedDict
from hatz_sandbox import Sandbox

PNG = b"\x89PNG\r\n\x1a\n and some more"
CHAT = "gpt-4o"
THERE = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def _anew(monkeypatch):
    monkeypatch.setattr(files, "UPLOADED", BoundedDict(256))
    monkeypatch.setattr(files, "_POLL_DELAYS", (0.01, 0.02))


class Sync:
    def __init__(self, sandbox, **settings):
        self.client = Client(settings.pop("api_key", sandbox.api_key), sandbox.base_url, **settings)

    def __getattr__(self, verb):
        return getattr(self.client, verb)


class Async:
    def __init__(self, sandbox, **settings):
        self.client = AsyncClient(settings.pop("api_key", sandbox.api_key), sandbox.base_url, **settings)

    def __getattr__(self, verb):
        return lambda *args, **kwargs: asyncio.run(getattr(self.client, verb)(*args, **kwargs))


@pytest.fixture(params=[Sync, Async])
def kind(request):
    return request.param


def paths(sandbox):
    return [request.path.removeprefix("/v1") for request in sandbox.requests]


def test_a_file_is_uploaded_and_waited_for(kind, sandbox, tmp_path):
    path = tmp_path / "plän.pdf"
    path.write_bytes(b"%PDF-1.7 with\r\nlines")
    file_id = kind(sandbox).upload(path)
    upload, *looks = sandbox.requests
    assert upload.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert (
        b'filename="pl\xc3\xa4n.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7 with\r\nlines\r\n' in upload.raw
    )
    assert b'name="scope_type"\r\n\r\nchat\r\n' in upload.raw
    assert [look.path for look in looks] == [f"/v1/files/{file_id}/status"] * 2
    asked = kind(sandbox).ask(Prompt(CHAT, (Turn("user", (Text("What is in it?"),)),), file_uuids=(file_id,)))
    assert asked.text
    assert sandbox.last_request.body["file_uuids"] == [file_id]


def test_bytes_with_a_name_that_tries_to_break_out(kind, sandbox):
    kind(sandbox).upload(b"x", filename='a"\r\nX-Evil: 1', media_type="text/plain\r\nX-Evil: 1", scope_id=THERE)
    raw = sandbox.requests[0].raw
    assert b'filename="a%22%0D%0AX-Evil: 1"' in raw
    assert b"\nX-Evil" not in raw
    assert b'name="scope_id"\r\n\r\n%b\r\n' % THERE.encode() in raw


def test_a_file_in_every_form(kind, sandbox, tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes(b"words")
    client = kind(sandbox)
    with path.open("rb") as opened:
        for given in (
            path,
            str(path),
            opened,
            io.BytesIO(b"words"),
            b"words",
            bytearray(b"words"),
            memoryview(b"words"),
        ):
            client.upload(given)
    uploads = [request.raw for request in sandbox.requests if request.path == "/v1/files/upload"]
    assert [b"\r\n\r\nwords\r\n" in raw for raw in uploads] == [True] * 7
    assert [b'filename="words.txt"' in raw for raw in uploads] == [True] * 3 + [False] * 4


def test_what_is_no_file_is_named(kind, sandbox, tmp_path):
    closed = io.BytesIO(b"x")
    closed.close()
    for given, words in (
        (None, "NoneType"),
        (7, "int"),
        (io.StringIO("x"), "StringIO"),
        (closed, "closed"),
        ("a\0b", "null"),
    ):
        with pytest.raises(errors.HatzInvalidInputError, match=words):
            kind(sandbox).upload(given)
    assert not sandbox.requests


def test_what_cannot_be_read_is_named(kind, sandbox, tmp_path):
    with pytest.raises(errors.HatzInvalidInputError, match=r"nowhere\.pdf"):
        kind(sandbox).upload(tmp_path / "nowhere.pdf")
    assert not sandbox.requests


def test_a_file_that_is_not_ready_in_time(kind, sandbox):
    with pytest.raises(errors.HatzTimeoutError, match=r"was not ready within 0 s: use its id later"):
        kind(sandbox).upload(b"x", patience=0)


def test_patience_counts_what_the_looks_take(monkeypatch):
    now = iter([100, 100, 103, 109.5, 110])
    monkeypatch.setattr(files, "time", SimpleNamespace(monotonic=lambda: next(now)))
    monkeypatch.setattr(files, "_POLL_DELAYS", (1, 5))
    waits = files.poll_delays(FileInfo("f-1"), 10)
    assert [next(waits) for _ in range(3)] == [1, 2, 0.5]
    with pytest.raises(errors.HatzTimeoutError, match=r"f-1 was not ready within 10 s"):
        next(waits)


async def test_a_file_is_read_beside_the_loop(sandbox, tmp_path):
    fifo = tmp_path / "slow.txt"
    os.mkfifo(fifo)

    async def written():
        await asyncio.to_thread(
            fifo.write_bytes, b"words"
        )  # the reading end is open by then, or this would wait for ever

    client = AsyncClient(sandbox.api_key, sandbox.base_url)
    file_id, _ = await asyncio.wait_for(asyncio.gather(client.upload(fifo), written()), 30)
    assert file_id
    assert b"\r\n\r\nwords\r\n" in sandbox.requests[0].raw


def test_a_file_that_hatz_no_longer_has_is_uploaded_anew(kind, sandbox):
    given = Prompt(CHAT, (Turn("user", (Text("Look"), Media("image", "image/png", base64.b64encode(PNG).decode()))),))
    client = kind(sandbox, endpoint="chat")
    _, file_id = client.with_uploads(given).turns[0].parts
    for gone in ("another", file_id.file_id):
        before = paths(sandbox).count("/files/upload")
        sandbox.fail(404, f"File {gone} not found", path="/chat/completions")
        with pytest.raises(errors.HatzNotFoundError):
            client.ask(client.with_uploads(given))
        client.with_uploads(given)
        assert paths(sandbox).count("/files/upload") - before == (gone != "another")


def test_uploads_are_tried_again_as_all_else(kind, sandbox):
    sandbox.fail(503, times=1)
    assert kind(sandbox).upload(b"x")


@pytest.mark.parametrize(
    "body",
    [
        {"file_id": "f-1"},
        {"file_uuid": "f-1", "tokens": 487},
        {"data": {"id": "f-1"}},
        {"uuid": "f-1", "status": "ready"},
    ],
)
def test_forms_of_the_answer(body):
    assert file_of(body).id == "f-1"
    assert files.is_ready(file_of(body))


def test_what_is_no_answer_to_an_upload():
    for body in ({}, [], {"file_id": "../../chat/models"}, {"data": []}):
        with pytest.raises(errors.HatzResponseError, match="has no file id"):
            file_of(body)
    with pytest.raises(errors.HatzBadRequestError, match="could not process the file f-1"):
        files.is_ready(FileInfo("f-1", status="failed"))


def test_a_prompts_files_are_uploaded_once(kind, sandbox):
    image = Media("image", "image/png", base64.b64encode(PNG).decode())
    link = Media("image", None, url=f"data:image/png;base64,{image.data}")
    plan = Media("document", "application/pdf", base64.b64encode(b"%PDF").decode(), filename="plan.pdf")
    given = Prompt(CHAT, (
        Turn("user", (Text("Look"), image)),
        Turn("tool", (ToolResult("c", (plan, link)),)),
        Turn("user", (Text("Well?"), Media("image", file_id=THERE))),
    ))  # fmt: skip
    client = kind(sandbox, endpoint="chat")
    prompt = client.with_uploads(given)
    assert paths(sandbox).count("/files/upload") == 2
    assert b'filename="image.png"\r\nContent-Type: image/png' in sandbox.requests[0].raw
    assert any(b'filename="plan.pdf"' in request.raw for request in sandbox.requests)
    client.ask(prompt)
    ids = sandbox.last_request.body["file_uuids"]
    assert len(ids) == len(set(ids)) == 3
    assert THERE in ids
    assert client.with_uploads(given) == prompt
    assert paths(sandbox).count("/files/upload") == 2
    assert client.with_uploads(prompt) is prompt


def test_files_belong_to_a_key(sandbox):
    with Sandbox(api_key="another") as other:
        given = Prompt(CHAT, (Turn("user", (Media("image", "image/png", base64.b64encode(PNG).decode()),)),))
        Sync(sandbox).with_uploads(given)
        Sync(other, api_key="another").with_uploads(given)
        assert len(sandbox.requests) == len(other.requests) == 3


def test_bytes_that_are_none():
    with pytest.raises(errors.HatzInvalidInputError, match=r"a document \(x\.pdf\) are not base64"):
        files.inline_files(
            Prompt(CHAT, (Turn("user", (Media("document", "application/pdf", "§", filename="x.pdf"),)),))
        )


@pytest.mark.parametrize("endpoint", ["responses", "messages", "chat"])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_model_that_is_not_enabled_is_answered_with_the_nearest(kind, sandbox, endpoint, streamed):
    def ask(model):
        prompt = Prompt(model, (Turn("user", (Text("Hi"),)),))
        client = (Client if kind is Sync else AsyncClient)(sandbox.api_key, sandbox.base_url, endpoint=endpoint)
        if kind is Sync:
            return list(client.stream(prompt)) if streamed else client.ask(prompt)

        async def run():
            return [event async for event in client.stream(prompt)] if streamed else await client.ask(prompt)

        return asyncio.run(run())

    with pytest.raises(errors.HatzNotFoundError, match=r"This key may use: anthropic\.claude-haiku-4-5, ") as caught:
        ask("claude-hiaku-4-5")
    assert str(caught.value).startswith(caught.value.message)
    assert paths(sandbox)[1:] == ["/chat/models"]


def test_an_agent_that_there_is_not(kind, sandbox):
    with pytest.raises(errors.HatzNotFoundError, match="This key may use: agent-"):
        kind(sandbox).ask(Prompt("agent-nobody", (Turn("user", (Text("Hi"),)),)))
    assert paths(sandbox)[1:] == ["/chat/agents"]


def test_without_the_list_the_error_is_as_it_was(kind, sandbox):
    sandbox.fail(404, "no such model")
    sandbox.fail(503, "down", times=9)
    with pytest.raises(errors.HatzNotFoundError, match="404: no such model") as caught:
        kind(sandbox).ask(Prompt(CHAT, (Turn("user", (Text("Hi"),)),)))
    assert "This key may use" not in str(caught.value)
    assert len(sandbox.requests) == 2


def test_a_model_that_is_listed_is_not_the_problem(kind, sandbox):
    sandbox.fail(404, "the model's region is gone")
    with pytest.raises(errors.HatzNotFoundError) as caught:
        kind(sandbox).ask(Prompt(CHAT, (Turn("user", (Text("Hi"),)),)))
    assert "This key may use" not in str(caught.value)
