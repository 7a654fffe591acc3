"""Messages and blocks as they arrive at the gateway, its quirks, and native chat."""

import base64
import itertools
import json
from io import BytesIO

import httpx
import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.callbacks import CallbackManager, TokenCountingHandler

from hatz_client.errors import HatzBadRequestError, HatzInvalidInputError, HatzUnsupportedError
from hatz_client.operations import request_alternatives
from hatz_sandbox import Sandbox
from llama_index_hatz import HatzLLM

EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
HI = [ChatMessage(content="hi")]
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
PDF = b"%PDF-1.4\n%%EOF\xff"


def b64(raw):
    return base64.b64encode(raw).decode()


class TestBlocks:
    def sent(self, llm, asked, *blocks):
        assert llm.chat([ChatMessage(blocks=[TextBlock(text="look"), *blocks])]).message.content
        return asked.text

    @pytest.mark.parametrize("form", ["bytes", "base64", "stream", "path", "data URL"])
    def test_images(self, llm, asked, tmp_path, form):
        (path := tmp_path / "a.png").write_bytes(PNG)
        given = {
            "bytes": {"image": PNG},
            "base64": {"image": base64.b64encode(PNG)},
            "stream": {"image": BytesIO(PNG)},
            "path": {"path": path},
            "data URL": {"url": f"data:image/png;base64,{b64(PNG)}"},
        }
        assert b64(PNG) in (sent := self.sent(llm, asked, ImageBlock(**given[form])))
        assert "image/png" in sent

    def test_images_by_url_are_not_fetched(self, llm, asked):
        assert "http://127.0.0.1:9/cat.png" in self.sent(llm, asked, ImageBlock(url="http://127.0.0.1:9/cat.png"))

    def test_documents_and_their_titles(self, llm, asked):
        sent = self.sent(llm, asked, DocumentBlock(data=PDF, title="report.pdf"))
        assert b64(PDF) in sent
        assert "application/pdf" in sent
        assert "report.pdf" in sent

    def test_texts_are_not_called_pdf(self, llm, asked):
        block = DocumentBlock(data=b"just words!", title="a.txt", document_mimetype="text/plain")
        assert "application/pdf" not in self.sent(llm, asked, block)

    @EVERYWHERE
    def test_sources(self, llm, asked):
        block = CitableBlock(title="T", source="S", content=[TextBlock(text="the moon is far")])
        assert "the moon is far" in self.sent(llm, asked, block)

    SOURCE = CitableBlock(title="T", source="S", content=[TextBlock(text="the moon is far"), TextBlock(text="very")])

    @pytest.mark.parametrize("endpoint", ["messages"])
    @pytest.mark.parametrize("role", ["user", "tool"])
    def test_a_source_is_a_search_result_for_claude(self, make, asked, role):
        point = CachePoint(cache_control=CacheControl(type="ephemeral"))
        call = ToolCallBlock(tool_call_id="c", tool_name="look", tool_kwargs={})
        before = [ChatMessage(role="assistant", blocks=[call])] if role == "tool" else []
        beside = {"tool_call_id": "c"} if role == "tool" else {}
        asking = ChatMessage(role=role, blocks=[self.SOURCE, point], additional_kwargs=beside)
        make().chat([*HI, *before, asking])
        (block,) = asked.body["messages"][-1]["content"][-1:]
        if role == "tool":
            (block,) = block["content"]
        assert block.pop("cache_control", role) in ({"type": "ephemeral"}, "tool")
        assert block == {
            "type": "search_result",
            "source": "S",
            "title": "T",
            "content": [{"type": "text", "text": "the moon is far"}, {"type": "text", "text": "very"}],
            "citations": {"enabled": True},
        }

    @pytest.mark.parametrize("endpoint", ["messages"])
    @pytest.mark.parametrize(
        ("model", "role", "content"),
        [
            ("gpt-5.2", "user", []),
            ("anthropic.claude-haiku-4-5", "system", []),
            ("anthropic.claude-haiku-4-5", "assistant", []),
            ("anthropic.claude-haiku-4-5", "user", [ImageBlock(image=PNG)]),
        ],
    )
    def test_a_source_is_text_elsewhere(self, make, asked, model, role, content):
        source = CitableBlock(title="T", source="S", content=[*self.SOURCE.content, *content])
        make(model).chat([ChatMessage(role=role, blocks=[source]), *HI])
        assert "Source: T (S)" in asked.text
        assert "search_result" not in asked.text

    @pytest.mark.parametrize("endpoint", ["messages"])
    def test_a_source_that_is_refused_is_text(self, llm, sandbox, monkeypatch):
        sandbox.fail(400, "messages.0.content.0: Input tag 'search_result' found using 'type' does not match any tags")
        monkeypatch.setattr(request_alternatives, "_accepted_forms", set())
        for _ in range(2):
            assert llm.chat([ChatMessage(blocks=[self.SOURCE, TextBlock(text="how far?")])]).message.content
        content = [request.body["messages"][0]["content"] for request in sandbox.requests]
        said = [{"type": "text", "text": text} for text in ("Source: T (S)", "the moon is far", "very", "how far?")]
        assert content == [content[0], said, said]

    def test_the_order_is_kept(self, llm, asked):
        sent = self.sent(llm, asked, TextBlock(text="AAA"), ImageBlock(image=PNG), TextBlock(text="BBB"))
        assert sent.index("AAA") < sent.index(b64(PNG)) < sent.index("BBB")

    @pytest.mark.parametrize("block", [AudioBlock(audio=b"\xff\x00a", format="wav"), VideoBlock(video=b"\xff\x00a")])
    def test_what_no_endpoint_takes_is_named(self, llm, sandbox, block):
        with pytest.raises(HatzUnsupportedError, match=r"an audio recording|a video"):
            llm.chat([ChatMessage(blocks=[block])])
        assert not sandbox.requests

    @EVERYWHERE
    def test_cache_points(self, llm, asked, endpoint):
        point = CachePoint(cache_control=CacheControl(type="ephemeral"))
        rules = ChatMessage(role="system", blocks=[TextBlock(text="long rules"), point])
        llm.chat([rules, ChatMessage(blocks=[TextBlock(text="long"), point, TextBlock(text="q")])])
        assert asked.text.count("cache_control") == (2 if endpoint == "messages" else 0)

    @EVERYWHERE
    def test_only_the_last_four_cache_points_are_sent(self, llm, asked, endpoint):
        point = CachePoint(cache_control=CacheControl(type="ephemeral"))
        llm.chat([ChatMessage(blocks=[block for n in range(6) for block in (TextBlock(text=f"part {n}"), point)])])
        if endpoint == "messages":
            blocks = asked.body["messages"][0]["content"]
            assert ["cache_control" in block for block in blocks] == [False, False, True, True, True, True]
        assert asked.text.count("cache_control") == (4 if endpoint == "messages" else 0)

    def test_history_of_another_service(self, llm, asked):
        said = ChatMessage(
            role="assistant",
            blocks=[
                ThinkingBlock(content="hmm"),
                TextBlock(text=""),
                TextBlock(text="far"),
                CitationBlock(cited_content="moon", source="s", title="t", additional_location_info={}),
            ],
        )
        assert llm.chat([ChatMessage(content="q"), said, ChatMessage(content="go")]).message.content
        assert "far" in asked.text


@EVERYWHERE
class TestRoles:
    @pytest.mark.parametrize("role", ["developer", "chatbot", "model", "system"])
    def test_of_every_kind_in_the_middle(self, llm, role):
        said = [ChatMessage(content="q"), ChatMessage(role=role, content="z"), ChatMessage(content="go")]
        assert llm.chat(said).message.content

    def test_system_at_the_end_or_alone(self, llm, asked):
        said = [ChatMessage(content="q"), ChatMessage(role="assistant", content="a")]
        assert llm.chat([*said, ChatMessage(role="system", content="SYSTEM")]).message.content
        assert "SYSTEM" in asked.text
        assert llm.chat([ChatMessage(role="system", content="only system")]).message.content

    def test_an_empty_answer_of_the_assistant(self, llm):
        said = [ChatMessage(content="q"), ChatMessage(role="assistant", content=""), ChatMessage(content="again")]
        assert llm.chat(said).message.content


class TestPolicies:
    """What is put right in silence can be refused or left alone instead."""

    LATE = (ChatMessage(content="q"), ChatMessage(role="system", content="SYSTEM"), ChatMessage(content="go"))
    ORPHAN = (ChatMessage(role="tool", content="5", additional_kwargs={"tool_call_id": "gone"}), *HI)

    def test_late_system_messages(self, make, asked):
        make(system_messages="hoist").chat(self.LATE)
        assert asked.body["instructions" if "input" in asked.body else "system"] == "SYSTEM"
        make(system_messages="hoist").chat(self.LATE, system_messages="inline")
        assert "SYSTEM" in asked.text
        assert not {"instructions", "system"} & asked.body.keys()

    @EVERYWHERE
    def test_late_system_messages_refused(self, make, sandbox):
        with pytest.raises(HatzInvalidInputError, match="system"):
            make(system_messages="raise").chat(self.LATE)
        assert not sandbox.requests

    @EVERYWHERE
    def test_a_last_message_of_the_model(self, make, asked):
        ending, newest = (*HI, ChatMessage("So", role="assistant")), {"model": "anthropic.claude-opus-4-7"}
        assert make().chat(ending, **newest).message.content
        assert "Continue." in asked.text
        make(assistant_prefill="raise").chat(ending, **newest, assistant_prefill="pass")
        assert "Continue." not in asked.text
        with pytest.raises(HatzInvalidInputError, match="claude-opus-4-7 refuses to continue it"):
            make(assistant_prefill="raise").chat(ending, **newest)

    def test_orphans_of_tools(self, make, sandbox, asked):
        assert make().chat(self.ORPHAN).message.content
        assert not asked.results
        with pytest.raises(HatzInvalidInputError, match="gone"):
            make().chat(self.ORPHAN, orphan_tools="raise")
        with pytest.raises(HatzBadRequestError):
            make(orphan_tools="pass").chat(self.ORPHAN)
        assert asked.results == [("gone", "5")]


IN_TEXT = {"type": "char_location", "document_index": 0, "start_char_index": 0, "end_char_index": 4}
IN_PAGES = {"type": "page_location", "document_index": 1, "start_page_number": 2, "end_page_number": 3}
IN_BLOCKS = {"type": "content_block_location", "document_index": 1, "start_block_index": 0, "end_block_index": 1}
IN_RESULT = {
    "type": "search_result_location", "source": "S", "title": "Almanac",
    "search_result_index": 1, "start_block_index": 0, "end_block_index": 2,
}  # fmt: skip
ON_PAGE = {"type": "web_search_result_location", "url": "https://a.b", "title": "Almanac", "encrypted_index": "I"}


@pytest.mark.parametrize("endpoint", ["messages"])
@pytest.mark.parametrize("how", ["chat", "stream"])
@pytest.mark.parametrize(
    ("citation", "source"),
    [
        ({**IN_TEXT, "document_title": "Almanac"}, "Almanac"),
        ({**IN_PAGES, "document_title": "Almanac"}, "Almanac"),
        ({**IN_BLOCKS, "document_title": "Almanac"}, "Almanac"),
        (IN_RESULT, "S"),
        (ON_PAGE, "https://a.b"),
    ],
)
def test_citations(llm, sandbox, how, citation, source):
    sandbox.reply("The moon is far.", citations=[{**citation, "cited_text": "moon"}])
    answer = llm.chat(HI) if how == "chat" else list(llm.stream_chat(HI))[-1]
    text, block = answer.message.blocks
    assert text.text == "The moon is far."
    assert (block.cited_content.text, block.title, block.source) == ("moon", "Almanac", source)
    assert block.additional_location_info == {name: place for name, place in citation.items() if type(place) is int}
    (listed,) = answer.additional_kwargs["citations"]
    assert (listed["title"], listed["cited_text"]) == ("Almanac", "moon")


def test_citations_of_a_search(make):
    """The shape of OpenAI's annotations (its guide to web search)."""
    source = {"type": "url_citation", "url": "https://a.b", "title": "A", "start_index": 4, "end_index": 8}
    part = {"type": "output_text", "text": "The moon is far.", "annotations": [source]}
    said = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    body = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5.2", "output": [said]}
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    answer = make(endpoint="responses", http_client=http).chat(HI)
    text, citation = answer.message.blocks
    assert text.text == "The moon is far."
    assert (citation.source, citation.title) == ("https://a.b", "A")
    assert citation.additional_location_info["start"] == 4
    assert answer.additional_kwargs["citations"][0]["url"] == "https://a.b"


class TestQuirks:
    """The gateway was seen to end Responses streams with no output and all usage zero."""

    @pytest.fixture
    def llm(self):
        with Sandbox() as sandbox:
            sandbox.reply("Some words.")
            yield HatzLLM("gpt-5.2", base_url=sandbox.base_url, api_key=sandbox.api_key, endpoint="responses")

    def test_usage_that_cannot_be_is_unknown(self, llm):
        last = list(llm.stream_chat(HI))[-1]
        assert last.message.content == "Some words."
        assert "usage" not in last.raw
        assert "prompt_tokens" not in last.additional_kwargs

    def test_llamaindex_then_estimates(self, llm):
        counter = TokenCountingHandler(tokenizer=str.split)
        llm.callback_manager = CallbackManager([counter])
        list(llm.stream_chat(HI))
        assert counter.completion_llm_token_count > 0


@pytest.mark.parametrize(
    ("model", "path"),
    [("gpt-5.2", "/openai/responses"), ("anthropic.claude-haiku-4-5", "/anthropic/messages"), ("auto", "/completions")],
)
def test_each_model_on_the_endpoint_it_was_born_with(make, sandbox, model, path):
    make(model, endpoint="auto").chat(HI)
    assert sandbox.last_request.path.endswith(path)


def test_odd_words_arrive(llm, asked):
    words = "\u2028 \ud83d\ude00 \x00 \U0001f600 naïve"
    assert llm.complete(words).text
    assert "naïve" in json.dumps(asked.body, ensure_ascii=False)


BLOCKS = {
    "messages": {"type": "search_result", "source": "s", "title": "T", "content": [{"type": "text", "text": "x"}]},
    "responses": {"type": "input_text", "text": "of tomorrow"},
}


class TestBlocksOfTomorrow:
    """Blocks that LlamaIndex has no class for: beside a user's or a tool's message, as the endpoint documents them."""

    def test_a_users(self, llm, endpoint, asked):
        block = BLOCKS[endpoint]
        llm.chat([ChatMessage("Look.", additional_kwargs={"hatz_blocks": [block]})])
        items = asked.body.get("input") or asked.body["messages"]
        assert items[-1]["content"][-1] == block
        assert "Look." in asked.text

    @pytest.mark.parametrize("given", ["x", {"type": "x"}, ["x"]])
    def test_what_is_no_list_of_blocks_is_named(self, llm, given, sandbox):
        with pytest.raises(HatzInvalidInputError, match="hatz_blocks"):
            llm.chat([ChatMessage("Look.", additional_kwargs={"hatz_blocks": given})])
        assert not sandbox.requests


class TestLocalFiles:
    def test_are_read_unless_that_is_forbidden(self, make, asked, tmp_path, sandbox):
        path = tmp_path / "secret.txt"
        path.write_text("SECRET")
        message = ChatMessage(role="user", blocks=[DocumentBlock(path=path)])
        make().chat([message])
        assert "SECRET" in asked.text
        count = len(sandbox.requests)
        with pytest.raises(HatzInvalidInputError, match="local_files=False"):
            make(local_files=False).chat([message])
        assert len(sandbox.requests) == count
        make(local_files=False).chat([ChatMessage(role="user", blocks=[DocumentBlock(data=b"given as bytes")])])
        assert "given as bytes" in asked.text

    @pytest.mark.parametrize(
        ("way", "block"),
        [
            *itertools.product(
                ("given", "from a dict", "in a tool's result"), (ImageBlock, AudioBlock, VideoBlock, DocumentBlock)
            ),
            *itertools.product(("in a source",), (ImageBlock, DocumentBlock)),
        ],
    )
    @pytest.mark.parametrize("verb", ["chat", "stream_chat", "achat", "astream_chat"])
    async def test_every_form_is_refused(self, make, sandbox, tmp_path, block, way, verb):
        path = tmp_path / "secret.png"
        path.write_bytes(PNG)
        links = [] if way == "in a tool's result" else [{"url": path.as_uri()}, {"url": f"FILE:{path}"}]
        for fields in ({"path": path}, {"path": str(path)}, *links):
            messages = [ChatMessage("Look."), self.message(block, fields, way)]
            with pytest.raises(HatzInvalidInputError, match=r"local_files=False|names a file of this machine"):
                await self.ask(make(local_files=False), verb, messages)
        assert not sandbox.requests

    @pytest.mark.parametrize("block", [ImageBlock, AudioBlock, VideoBlock, DocumentBlock])
    @pytest.mark.parametrize("verb", ["chat", "stream_chat", "achat", "astream_chat"])
    async def test_a_tools_link_to_a_file_is_a_note_and_nothing_is_read(self, make, sandbox, tmp_path, block, verb):
        """MCP servers link to files of their own: an error would end the agent's run."""
        (path := tmp_path / "secret.png").write_bytes(PNG)
        for url in (path.as_uri(), f"FILE:{path}"):
            messages = [ChatMessage("Look."), self.message(block, {"url": url}, "in a tool's result")]
            await self.ask(make(local_files=False), verb, messages)
            sent = sandbox.last_request.raw
            assert b"It cannot be shown" in sent
            assert path.name.encode() in sent
            assert base64.b64encode(PNG) not in sent

    async def ask(self, llm, verb, messages):
        answer = getattr(llm, verb)(messages)
        answer = await answer if verb.startswith("a") else answer
        return [piece async for piece in answer] if verb == "astream_chat" else list(answer)

    def message(self, block, fields, way):
        match way:
            case "from a dict":
                kind = block.model_fields["block_type"].default
                return ChatMessage.model_validate({"role": "user", "blocks": [{"block_type": kind, **fields}]})
            case "in a source":
                return ChatMessage(blocks=[CitableBlock(title="T", source="S", content=[block(**fields)])])
            case "in a tool's result":
                beside = {"tool_call_id": "c"}
                return ChatMessage(role="tool", blocks=[block(**fields)], additional_kwargs=beside)
            case _:
                return ChatMessage(blocks=[block(**fields)])

    def test_a_url_of_a_file_is_refused_anyway(self, make, sandbox, tmp_path):
        (path := tmp_path / "a.png").write_bytes(PNG)
        with pytest.raises(HatzInvalidInputError, match="names a file of this machine"):
            make().chat([ChatMessage(blocks=[ImageBlock(url=path.as_uri())])])
        assert not sandbox.requests
