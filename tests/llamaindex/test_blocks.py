"""Every content block of LlamaIndex, as the part it becomes."""

import base64
import copy
from io import BytesIO

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    BaseContentBlock,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from hatz_client.content import Citation, Media, Reasoning, Text, ToolCall
from hatz_client.errors import HatzInvalidInputError
from llama_index_hatz._messages.content_blocks import citation_blocks, media_block, thinking_block, to_parts

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c63600000000200"
    "01e221bc330000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def b64(raw):
    return base64.b64encode(raw).decode()


def one(block):
    (part,) = to_parts(block)
    return part


def test_text():
    assert one(TextBlock(text="hi")) == Text("hi")


def test_an_empty_text_is_nothing():
    assert list(to_parts(TextBlock(text=""))) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("null", {}),
        ('{"a": 1', '{"a": 1'),
    ],
)
def test_arguments_of_a_call_may_be_an_object_or_its_text(given, expected):
    block = ToolCallBlock(tool_call_id="id7", tool_name="add", tool_kwargs=given)
    assert one(block) == ToolCall("id7", "add", expected)


def test_a_call_without_an_id():
    assert one(ToolCallBlock(tool_name="add")) == ToolCall("", "add", {})


@pytest.mark.parametrize(
    ("information", "residue"),
    [
        ({}, {}),
        ({"dialect": "messages", "signature": "S", "more": 1}, {"messages": {"signature": "S", "more": 1}}),
        ({"signature": "S"}, {"messages": {"signature": "S"}}),
        ({"signature": ""}, {}),
        (
            {"type": "redacted_thinking", "data": "D"},
            {"messages": {"type": "redacted_thinking", "data": "D"}},
        ),
        (
            {"id": "rs_1", "encrypted_content": "E", "status": None},
            {"responses": {"id": "rs_1", "encrypted_content": "E"}},
        ),
        ({"provider": "someone else"}, {}),
    ],
)
def test_thoughts_keep_what_the_service_needs_of_them(information, residue):
    assert one(ThinkingBlock(content="hm", additional_information=information)) == Reasoning("hm", residue)


@pytest.mark.parametrize("dialect", ["messages", "responses", "chat"])
def test_thoughts_come_back_as_they_were(dialect):
    part = Reasoning("hm", {dialect: {"signature": "S", "id": "rs_1"}})
    block = thinking_block(part, 3)
    assert block.num_tokens == 3
    assert one(ThinkingBlock.model_validate_json(block.model_dump_json())) == part


class TestImages:
    def test_bytes(self):
        assert one(ImageBlock(image=PNG)) == Media("image", "image/png", b64(PNG))

    def test_bytes_in_base64(self):
        assert one(ImageBlock(image=base64.b64encode(PNG))) == Media("image", "image/png", b64(PNG))

    def test_bytes_assigned_later(self):
        block = ImageBlock(image=b"GIF89a")
        block.image = PNG
        assert one(block).data == b64(PNG)

    def test_a_stream_stays_where_it_was(self):
        stream = BytesIO(PNG)
        stream.seek(5)
        assert one(ImageBlock(image=stream)) == Media("image", "image/png", b64(PNG))
        assert stream.tell() == 5

    def test_a_path(self, tmp_path):
        (tmp_path / "a.png").write_bytes(PNG)
        assert one(ImageBlock(path=tmp_path / "a.png")) == Media("image", "image/png", b64(PNG))

    def test_a_path_without_a_suffix_is_known_by_its_bytes(self, tmp_path):
        (tmp_path / "picture").write_bytes(PNG)
        assert one(ImageBlock(path=tmp_path / "picture")).media_type == "image/png"

    @pytest.mark.parametrize(
        ("raw", "kind"),
        [
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ],
    )
    def test_kinds_that_say_what_they_are(self, raw, kind):
        assert one(ImageBlock(image=BytesIO(raw))).media_type == kind

    def test_a_data_url(self):
        url = f"data:image/png;base64,{b64(PNG)}"
        assert one(ImageBlock(url=url)) == Media("image", "image/png", b64(PNG))

    def test_a_broken_data_url_is_named(self):
        with pytest.raises(HatzInvalidInputError, match=r"data:image/png;base64.*not base64"):
            one(ImageBlock(url="data:image/png;base64,***"))

    def test_a_url_is_passed_on_not_fetched(self):
        url = "http://127.0.0.1:9/cat.png?size=1"
        assert one(ImageBlock(url=url)) == Media("image", "image/png", url=url)

    def test_detail_is_of_one_dialect(self):
        block = ImageBlock(image=PNG, detail="low")
        assert one(block).residue == {"responses": {"detail": "low"}}

    def test_nothing_at_all(self):
        with pytest.raises(HatzInvalidInputError, match="ImageBlock is empty"):
            one(ImageBlock())

    def test_an_empty_file_is_named(self, tmp_path):
        (tmp_path / "a.png").write_bytes(b"")
        with pytest.raises(HatzInvalidInputError, match="ImageBlock has no bytes"):
            one(ImageBlock(path=tmp_path / "a.png"))

    def test_a_file_that_is_gone_is_named(self, tmp_path):
        (tmp_path / "a.png").write_bytes(PNG)
        block = ImageBlock(path=tmp_path / "a.png")
        (tmp_path / "a.png").unlink()
        with pytest.raises(HatzInvalidInputError, match=r"a\.png.*cannot be read"):
            one(block)

    def test_the_block_is_left_as_it_is(self):
        block = ImageBlock(image=PNG)
        before = copy.deepcopy(block)
        one(block)
        assert block == before


class TestDocuments:
    def test_pdf(self):
        block = DocumentBlock(data=PDF, title="report.pdf")
        assert one(block) == Media("document", "application/pdf", b64(PDF), filename="report.pdf")

    def test_text_is_not_called_pdf(self):
        block = DocumentBlock(data=b"just words", title="a.txt", document_mimetype="text/plain")
        assert one(block) == Media("document", "text/plain", b64(b"just words"), filename="a.txt")

    def test_text_of_no_known_type(self):
        assert one(DocumentBlock(data=b"just words, no type")).media_type == "text/plain"

    def test_text_that_looks_like_base64(self):
        block = DocumentBlock(data=b"fear", title="a.txt", document_mimetype="text/plain")
        assert base64.b64decode(one(block).data) == b"fear"

    def test_a_type_known_by_the_name(self):
        assert one(DocumentBlock(data=b"a,b\n1,2", title="table.csv")).media_type == "text/csv"

    def test_text_that_begins_like_a_picture(self):
        assert one(DocumentBlock(data=b"BMW builds cars, and not in Vell.")).media_type == "text/plain"

    def test_office_documents_are_not_called_zip(self):
        word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        assert one(DocumentBlock(data=b"PK\x03\x04\xff\xff", title="report.docx")).media_type == word

    def test_a_path(self, tmp_path):
        (tmp_path / "a.pdf").write_bytes(PDF)
        assert one(DocumentBlock(path=tmp_path / "a.pdf")).data == b64(PDF)

    def test_a_url(self):
        url = "https://example.com/a.pdf"
        part = one(DocumentBlock(url=url, title="a.pdf"))
        assert part == Media("document", "application/pdf", url=url, filename="a.pdf")


def test_audio_and_video_are_parts_too():
    assert one(AudioBlock(audio=b"RIFF....WAVE", format="wav")) == Media("audio", "audio/wav", b64(b"RIFF....WAVE"))
    block = VideoBlock(video=b"\x00\x01film", video_mimetype="video/mp4")
    assert one(block) == Media("video", "video/mp4", b64(b"\x00\x01film"))


def test_a_citable_source_is_read_by_every_model():
    block = CitableBlock(title="Moon", source="almanac", content=[TextBlock(text="It is far."), ImageBlock(image=PNG)])
    assert list(to_parts(block)) == [
        Text("Source: Moon (almanac)"),
        Text("It is far."),
        Media("image", "image/png", b64(PNG)),
    ]


def test_a_citation_is_not_told_again():
    block = CitationBlock(cited_content="far", source="s", title="t", additional_location_info={})
    assert list(to_parts(block)) == []


def test_an_unknown_block_is_named():
    class HologramBlock(BaseContentBlock):
        pass

    with pytest.raises(HatzInvalidInputError, match="HologramBlock"):
        list(to_parts(HologramBlock()))


def test_citations_of_an_answer():
    citation = Citation(
        url="https://a.b",
        title="A",
        cited_text="far",
        start=3,
        residue={"messages": {"start_char_index": 7, "type": "char_location", "file_id": None}},
    )
    (block,) = citation_blocks((citation,))
    assert block == CitationBlock(
        cited_content="far",
        source="https://a.b",
        title="A",
        additional_location_info={"start": 3, "start_char_index": 7},
    )


@pytest.mark.parametrize(
    "part",
    [
        Media("image", "image/png", b64(PNG)),
        Media("image", "image/png", url="https://a.b/c.png"),
        Media("audio", "audio/wav", b64(b"RIFF\xff\xfesound")),
        Media("video", "video/mp4", b64(b"\x00\x01\xfefilm!")),
        Media("document", "application/pdf", b64(PDF), filename="a.pdf"),
    ],
)
def test_media_of_an_answer_can_be_sent_back(part):
    assert one(media_block(part)) == part


@pytest.mark.parametrize(
    ("data", "media_type"), [(b"%PDF-1.4\n%%EOF", "application/pdf"), ("Größe".encode(), "text/plain")]
)
def test_base64_in_place_of_a_url_is_the_document(data, media_type):
    """LlamaIndex's `RichPromptTemplate` writes a file of `{{ path | document }}` there."""
    part = one(DocumentBlock(url=base64.b64encode(data).decode()))
    assert (part.url, part.data, part.media_type) == (None, base64.b64encode(data).decode(), media_type)


@pytest.mark.parametrize("url", ["https://a.example/abcd", "files/report.pdf", "abc", "gs://bucket/abcd"])
def test_other_urls_stay_urls(url):
    part = one(DocumentBlock(url=url))
    assert (part.url, part.data) == (url, None)
