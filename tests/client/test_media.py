"""What a piece of media is, as far as its first bytes tell."""

import base64
import struct

import pytest

from hatz_client import Media
from hatz_client.wire.common.media import inline, sniffed


def bitmap(header=40, reserved=0):
    """The first bytes of a bitmap: letters, the file's size, four bytes reserved, where the pixels are, the header's size."""
    return b"BM" + struct.pack("<IIII", 1078, reserved, 54, header) + b"\0" * 16


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF87a\1\0\1\0", "image/gif"),
        (b"GIF89a\1\0\1\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (bitmap(), "image/bmp"),
        (bitmap(12), "image/bmp"),
        (bitmap(124), "image/bmp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (bitmap(41), None),
        (bitmap(reserved=1), None),
        (b"BMW makes cars, and motorcycles too.", None),
        (b"BM", None),
        (b"\x89PNG is a format", None),
        (b"GIF8 is not all of it", None),
        (b"%PDFs are documents", None),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_type_and_words_do_not(raw, media_type):
    assert sniffed(raw) == media_type
    data = base64.b64encode(raw).decode()
    assert inline(Media("image", data=data))[0] == media_type
