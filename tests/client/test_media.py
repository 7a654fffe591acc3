"""What a piece of media is, as far as its first bytes tell."""

import base64
import json
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatz_client import HatzInvalidInputError, Media, Prompt, Text, ToolCall, ToolResult, Turn
from hatz_client.wire import messages, responses
from hatz_client.wire.common.requests.media import canonical_type, normalize, parse_data_url, sniff_type


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF87a\1\0\1\0", "image/gif"),
        (b"GIF89a\1\0\1\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"BMW makes cars, and motorcycles too.", None),
        (b"\x89PNG is a format", None),
        (b"GIF8 is not all of it", None),
        (b"%PDFs are documents", None),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_type_and_words_do_not(raw, media_type):
    assert sniff_type(raw) == media_type
    data = base64.b64encode(raw).decode()
    assert normalize(Media("image", data=data)).media_type == media_type


JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\1\0\xfb\xef"
FORMS = {
    "plain": lambda text: {"data": text},
    "line breaks": lambda text: {"data": "\r\n".join(text[at : at + 6] for at in range(0, len(text), 6)) + "\n"},
    "URL-safe alphabet": lambda text: {"data": text.replace("+", "-").replace("/", "_")},
    "no padding": lambda text: {"data": text.rstrip("=")},
    "data URL": lambda text: {"url": f"data:image/jpg;base64,{text}"},
    "data URL as data": lambda text: {"data": f"data:image/jpg;base64,{text}"},
    "data URL with parameters": lambda text: {"url": f"DATA:image/jpg;name=a.jpg;BASE64,{text}"},
    "data URL without a type": lambda text: {"url": f"data:;base64,{text}"},
    "data URL, escaped": lambda text: {"url": f"data:image/jpg;base64,{quote(text, safe='')}"},
    "data URL with line breaks": lambda text: {"url": "data:image/jpg;base64," + text[:8] + "\n" + text[8:]},
}


@pytest.mark.parametrize("form", FORMS)
@given(st.binary(max_size=64))
def test_every_form_of_the_same_bytes_is_one(form, rest):
    text = base64.b64encode(JPEG + rest).decode()
    normal = normalize(Media("image", **FORMS[form](text)))
    assert normal == Media("image", "image/jpeg", data=text)
    assert normalize(normal) is normal


@pytest.mark.parametrize(
    "said", ["image/jpg", "image/png", "IMAGE/PJPEG; q=1", "jpg", "image/*", "application/pdf", "", None]
)
def test_the_bytes_decide_the_type(said):
    assert normalize(Media("image", said, base64.b64encode(JPEG).decode())).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("said", "kind", "known"),
    [
        ("image/jpg", "image", "image/jpeg"),
        (" Image/JPEG ;charset=x", "image", "image/jpeg"),
        ("jpg", "image", "image/jpeg"),
        ("image/x-png", "image", "image/png"),
        ("image/pjpeg", "image", "image/jpeg"),
        ("image/jfif", "image", "image/jpeg"),
        ("image/x-ms-bmp", "image", "image/bmp"),
        ("mp4", "video", "video/mp4"),
        ("application/x-pdf", "document", "application/pdf"),
        ("text/plain; charset=utf-8", "document", "text/plain"),
        ("pdf", "document", None),
        ("None", "document", None),
        ("", "image", None),
        (None, "image", None),
    ],
)
def test_the_spelling_of_types(said, kind, known):
    assert canonical_type(said, kind) == known


def test_what_tells_nothing_goes_by_what_is_said_or_by_its_name():
    assert normalize(Media("image", "image/jpg", "AAAA")).media_type == "image/jpeg"
    assert normalize(Media("image", url="data:image/jpg;base64,AAAA")).media_type == "image/jpeg"
    assert normalize(Media("document", data="AAAA", filename="a.csv")).media_type == "text/csv"
    assert normalize(Media("image", "image/jpg", url="https://x/y")) == Media("image", "image/jpeg", url="https://x/y")
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    packed = base64.b64encode(b"PK\x03\x04\x14\0").decode()
    assert normalize(Media("document", word, packed)).media_type == word
    assert normalize(Media("document", data=packed, filename="a.docx")).media_type == word


def test_a_picture_is_no_document():
    assert normalize(Media("document", data=base64.b64encode(JPEG).decode())).kind == "image"
    assert normalize(Media("image", data=base64.b64encode(b"%PDF-1.7").decode())).kind == "document"
    assert normalize(Media("audio", data=base64.b64encode(b"%PDF-1.7").decode())).kind == "audio"


def test_the_url_safe_alphabet_becomes_the_standard_one():
    assert normalize(Media("image", data="_9j_-w")) == Media("image", "image/jpeg", "/9j/+w==")


def test_data_urls_that_are_not_base64():
    assert parse_data_url("data:text/plain,hello%20world") == ("text/plain", base64.b64encode(b"hello world").decode())
    assert parse_data_url("data:,x") == (None, base64.b64encode(b"x").decode())
    for other in ("https://x/data:,", "data:image/png;base64", "", "database,x"):
        assert parse_data_url(other) is None
        assert normalize(Media("image", url=other)).url == other


@pytest.mark.parametrize(
    "url", ["data:" + ";" * 64_000, "data:" + ";base64" * 9_000, "data:" + "," * 64_000, "data:" * 12_000]
)
def test_a_long_url_costs_no_more_steps_than_a_short_one(url):
    """Counted, not timed: the number of Python and C functions called does not grow with the URL."""

    def calls(text):
        count = 0

        def one(*_):
            nonlocal count
            count += 1

        sys.setprofile(one)
        try:
            normalize(Media("image", url=text))
        finally:
            sys.setprofile(None)
        return count

    assert calls(url) <= 2 * calls(url[: len(url) // 16])


PNG, PDF = (base64.b64encode(raw).decode() for raw in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"%PDF-1.7\n"))


@pytest.mark.parametrize("kind", ["image", "document"])
@pytest.mark.parametrize("declared", [None, "image/jpg", "image/png", "application/pdf", "text/plain"])
@pytest.mark.parametrize("form", ["data", "url", "url in data", "lines"])
def test_the_bytes_decide_the_block_on_each_endpoint(kind, declared, form):
    for data, media_type, block, part in (
        (PNG, "image/png", "image", "input_image"),
        (PDF, "application/pdf", "document", "input_file"),
    ):
        url = f"data:{declared or 'application/octet-stream'};base64,{data}"
        lines = "\n".join(data[at : at + 8] for at in range(0, len(data), 8))
        given = {"data": {"data": data}, "url": {"url": url}, "url in data": {"data": url}, "lines": {"data": lines}}
        prompt = Prompt("m", Turn("user", Media(kind, declared, **given[form])))
        sent = messages.encode(prompt)["messages"][0]["content"][0]
        assert (sent["type"], sent["source"]) == (block, {"type": "base64", "media_type": media_type, "data": data})
        item = responses.encode(prompt)["input"][0]["content"][0]
        assert item["type"] == part
        assert f"data:{media_type};base64,{data}" in item.values()


@pytest.mark.parametrize("url", ["file:///etc/passwd", " FILE:///etc/passwd", "file:a.png", "file://localhost/a.png"])
@pytest.mark.parametrize("encode", [messages.encode, responses.encode])
def test_a_url_of_a_file_of_this_machine_is_refused(encode, url):
    prompt = Prompt("m", (Turn("user", (Media("image", url=url),)),))
    with pytest.raises(HatzInvalidInputError, match="an image names a file of this machine"):
        encode(prompt)


@pytest.mark.parametrize("field", ["data", "url"])
@pytest.mark.parametrize("given", [7, b"bytes", Path("a.png")])
def test_content_that_is_no_text_is_named(field, given):
    with pytest.raises(
        HatzInvalidInputError, match=f"The {field} of a document .a.pdf. is of type {type(given).__name__}"
    ):
        normalize(Media("document", filename="a.pdf", **{field: given}))


PACKED = base64.b64encode(b"PK\x03\x04\xff").decode()
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def result_sent(wire, media):
    """The result of a tool that returned this, as the endpoint gets it."""
    call = Turn("assistant", (ToolCall("c", "read_file", {}),))
    result = Turn("tool", (ToolResult("c", (Text("Here:"), media)),))
    body = wire.encode(Prompt("m", (Turn("user", "hi"), call, result)))
    return body["messages"][2]["content"][0]["content"] if wire is messages else body["input"][2]["output"]


@pytest.mark.parametrize(
    ("media", "wires"),
    [
        (Media("audio", "audio/wav", "AAAA", filename="a.wav"), (messages, responses)),
        (Media("video", url="https://a.example/x.mp4"), (messages, responses)),
        (Media("image", "image/svg+xml", base64.b64encode(b"<svg/>").decode()), (messages, responses)),
        (Media("document", "application/octet-stream", "/////w==", filename="x.bin"), (messages, responses)),
        (Media("document", None, "/////w==", filename="x"), (messages, responses)),
        (Media("document", WORD, PACKED, filename="a.docx"), (messages,)),
        (Media("document", "application/zip", PACKED, filename="a.zip"), (messages, responses)),
        (Media("image", url="file:///srv/a.png"), (messages, responses)),
        (Media("document", "text/html", url="ui://widget/1"), (messages, responses)),
        (Media("document", "text/html", url="https://a.example/x.html"), (messages,)),
        (Media("image", "IMAGE/SVG+XML", url="https://a.example/x.svg"), (messages, responses)),
    ],
)
def test_a_file_from_a_tool_that_the_endpoint_does_not_take_is_a_note_and_ends_no_run(media, wires):
    for wire in wires:
        sent = result_sent(wire, media)
        text = sent if isinstance(sent, str) else sent[1]["text"]
        assert "The tool returned a" in text
        assert media.filename is None or media.filename in text
        assert media.data is None or media.data not in json.dumps(sent)
        assert media.url is None or f" at {media.url}. It cannot be shown to you.)" in text


@pytest.mark.parametrize("wire", [messages, responses])
@pytest.mark.parametrize("given", [{"url": "data:,AAAA"}, {"data": "QUFBQQ==", "url": "https://a.example/x"}])
def test_a_note_names_no_link_beside_bytes_and_no_unknown_type(wire, given):
    sent = str(result_sent(wire, Media("audio", **given)))
    assert "(The tool returned an audio recording. It cannot be shown to you.)" in sent


@pytest.mark.parametrize("wire", [messages, responses])
def test_a_file_from_a_tool_whose_call_is_gone_is_a_note_too(wire):
    result = ToolResult("c", (Media("audio", "audio/wav", "AAAA", filename="a.wav"),))
    sent = json.dumps(wire.encode(Prompt("m", (Turn("tool", (result,)), Turn("user", "hi")))))
    assert "The tool returned an audio recording (a.wav) of type audio/wav." in sent
    assert "AAAA" not in sent


@pytest.mark.parametrize(
    ("media", "wires"),
    [
        (Media("image", "image/png", base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()), (messages, responses)),
        (Media("image", "image/gif", base64.b64encode(b"GIF89a").decode()), (messages, responses)),
        (Media("image", "image/gif", base64.b64encode(b"GIF87a").decode()), (messages, responses)),
        (Media("image", "image/jpeg", base64.b64encode(JPEG).decode()), (messages, responses)),
        (Media("image", "image/webp", base64.b64encode(b"RIFF\0\0\0\0WEBP").decode()), (messages, responses)),
        (Media("image", url="https://a.example/x.svg"), (messages, responses)),
        (Media("document", "application/pdf", base64.b64encode(b"%PDF-1.4").decode()), (messages, responses)),
        (Media("document", "text/csv", base64.b64encode(b"a,b").decode()), (messages, responses)),
        (Media("document", "application/json", base64.b64encode(b"{}").decode()), (messages, responses)),
        (Media("document", "application/xml", base64.b64encode(b"<a/>").decode()), (messages, responses)),
        (Media("document", "application/yaml", base64.b64encode(b"a: 1").decode()), (messages, responses)),
        (Media("document", "application/x-yaml", base64.b64encode(b"a: 1").decode()), (messages, responses)),
        (Media("document", WORD, PACKED, filename="a.docx"), (responses,)),
        (Media("document", "application/pdf", url="HTTPS://a.example/x"), (messages, responses)),
        (Media("document", url="http://a.example/x"), (messages, responses)),
        (Media("document", "text/html", url="https://a.example/x.html"), (responses,)),
        (Media("image", "image/jpg", url="https://a.example/x"), (messages, responses)),
    ],
)
def test_a_file_from_a_tool_that_the_endpoint_takes_is_sent(media, wires):
    for wire in wires:
        assert "The tool returned" not in str(result_sent(wire, media))
