"""HatzLLM on native chat: what only it has, and what it has not."""

import base64

import pytest
from llama_index.core.base.llms.types import ChatMessage, DocumentBlock, ImageBlock, TextBlock, ToolCallBlock

from hatz_client.errors import HatzUnsupportedError

HI = [ChatMessage(content="hi")]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def endpoint():
    return "chat"


async def test_all_eight(llm, sandbox):
    for _ in range(8):
        sandbox.reply("one two three")
    assert llm.chat(HI).message.content == "one two three"
    assert llm.complete("hi").text == "one two three"
    assert [chunk.message.content for chunk in llm.stream_chat(HI)][-1] == "one two three"
    assert "".join(chunk.delta for chunk in llm.stream_complete("hi")) == "one two three"
    assert (await llm.achat(HI)).message.content == "one two three"
    assert (await llm.acomplete("hi")).text == "one two three"
    assert [chunk async for chunk in await llm.astream_chat(HI)][-1].message.content == "one two three"
    assert [chunk async for chunk in await llm.astream_complete("hi")][-1].text == "one two three"


def test_usage_and_an_end_without_a_reason(llm, sandbox):
    sandbox.reply("x", usage={"input": 26, "output": 398})
    answer = llm.chat(HI)
    assert answer.raw["usage"]["total_tokens"] == 424
    assert "finish_reason" not in answer.raw


def test_its_own_tools_and_files(make, asked):
    make(tools_to_use=["google_search"], temperature=0.5).chat(HI)
    assert asked.body["tools_to_use"] == ["google_search"]
    make(auto_tool_selection=True).chat(HI)
    assert asked.body["auto_tool_selection"] is True


def test_is_chosen_for_what_only_it_has(make, sandbox):
    make(endpoint="auto", tools_to_use=["google_search"]).chat(HI)
    assert sandbox.last_request.path.endswith("/chat/completions")
    make("auto", endpoint="auto").chat(HI)
    assert sandbox.last_request.path.endswith("/chat/completions")


def test_agents(make, sandbox):
    (agent, *_) = make().list_agents()
    assert make(agent.model, endpoint="auto").chat(HI).message.content
    assert sandbox.last_request.path.endswith("/chat/completions")


def test_histories_with_tools_are_told_as_text(llm, asked):
    said = [
        ChatMessage(content="2+3"),
        ChatMessage(role="assistant", content="Action: add"),
        ChatMessage(role="tool", content="Observation: 5"),
    ]
    assert llm.chat(said).message.content
    assert "Observation: 5" in asked.text


@pytest.mark.parametrize("block", [ImageBlock(image=b"\x89PNG\r\n"), DocumentBlock(data=b"%PDF-1")])
def test_pictures_and_documents_are_refused_by_name(llm, sandbox, block):
    with pytest.raises(HatzUnsupportedError, match=r"image|document"):
        llm.chat([ChatMessage(blocks=[TextBlock(text="Look."), block])])
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (ImageBlock(image=PNG), "(The tool returned an image of type image/png. It cannot be shown to you.)"),
        (DocumentBlock(data=b"%PDF-1.4", title="a.pdf"), "(The tool returned a document (a.pdf)"),
        (DocumentBlock(data=b"a,b", title="a.csv", document_mimetype="text/csv"), "a,b"),
        (ImageBlock(url="https://a.example/a.png"), " at https://a.example/a.png. It cannot be shown to you.)"),
    ],
    ids=["image", "document", "text", "link"],
)
@pytest.mark.parametrize("called", [True, False])
def test_a_tools_file_is_a_text(llm, asked, block, text, called):
    call = ToolCallBlock(tool_call_id="c1", tool_name="look", tool_kwargs={})
    result = ChatMessage(role="tool", blocks=[block], additional_kwargs={"tool_call_id": "c1"})
    assert llm.chat([*HI, *([ChatMessage(role="assistant", blocks=[call])] if called else []), result, *HI])
    assert text in asked.text


def test_thoughts(llm, sandbox):
    sandbox.reply("Five.", reasoning="Two and three.")
    chunks = list(llm.stream_chat(HI))
    assert "".join(chunk.additional_kwargs.get("thinking_delta", "") for chunk in chunks) == "Two and three."


class TestUploads:
    """Native chat takes pictures and documents only as files of Hatz's."""

    LOOK = ChatMessage(blocks=[TextBlock(text="What is it?"), ImageBlock(image=PNG)])

    def uploads(self, sandbox):
        return sum(request.path == "/v1/files/upload" for request in sandbox.requests)

    async def test_happen_once_a_file(self, make, sandbox, asked):
        llm = make(auto_upload=True)
        said = llm.chat([self.LOOK]).message
        [file_id] = asked.body["file_uuids"]
        assert asked.body["messages"] == [{"role": "user", "content": "What is it?"}]
        history = [self.LOOK, said, ChatMessage(content="And?")]
        assert list(llm.stream_chat(history))
        assert await llm.achat(history)
        assert [chunk async for chunk in await llm.astream_chat(history)]
        assert asked.body["file_uuids"] == [file_id]
        assert self.uploads(sandbox) == 1

    def test_can_be_asked_for_by_the_call(self, llm, sandbox, asked):
        document = DocumentBlock(data=b"the moon is far", title="moon.txt", document_mimetype="text/plain")
        llm.chat([ChatMessage(blocks=[TextBlock(text="How far?"), document])], auto_upload=True)
        assert len(asked.body["file_uuids"]) == self.uploads(sandbox) == 1

    def test_are_native_chats_alone(self, make, sandbox):
        assert make(auto_upload=True, endpoint="messages").chat([self.LOOK]).message.content
        assert not self.uploads(sandbox)

    def test_files_that_are_there_are_named(self, make, sandbox, asked):
        file_id = make().client().upload(b"the moon is far", filename="moon.txt")
        make(file_uuids=[file_id], endpoint="auto").chat(HI)
        assert asked.body["file_uuids"] == [file_id]
