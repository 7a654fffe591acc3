"""Odd base URLs: each is used as it is written, or refused when the client is made, and a password in it is shown nowhere."""

import itertools
import random
import time
from urllib.parse import urlsplit

import httpx
import pytest

from hatz_client import AsyncClient, Client, HatzInvalidInputError
from hatz_client.connection.base_url import check_base_url
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

PASSWORD = "pass-never-to-be-seen-0815"
STARTS = [
    *("https://", "http://", "HTTPS://", "https:", "https:/", "https:///", "https:\\\\", "https//", "https:// ", "\thttps://"),
    *("", "//", "ftp://", "file:///", "javascript:", "https://https://"),
]  # fmt: skip
USERS = [
    *("", "", "", "", "@", ":@", f"user:{PASSWORD}@", f":{PASSWORD}@", f"{PASSWORD}@", f"user:{PASSWORD}%40@", f"u\\:{PASSWORD}@"),
    *(f"user:{PASSWORD}\\@", f"user:{PASSWORD}/@", f"user:{PASSWORD}#@", f"user:{PASSWORD}?@", f"us er:{PASSWORD}@good.example@"),
    f"user:12/{PASSWORD}@",
]  # fmt: skip
HOSTS = [
    *("gateway.example", "localhost", "127.0.0.1", "ai.hatz.ai.", "a_b.example", "a-b", "1", "127.1", "999.1.1.1", "1.2.3.4.5"),
    *("[::1]", "[::1", "::1", "[::1%25eth0]", "[::ffff:127.0.0.1]", "[v1.a]", "[]", "[::1]x", "[gateway.example]"),
    *("bücher.example", "例え.jp", "xn--bcher-kva.example", "xn--zzzzzzz", "xn--a", "a。b", "℀.example", "☃.net", "ß.example"),
    *("a\u200db.example", "a\u00adb.example", "\u202eexample", "\uff11\uff12\uff17.0.0.1", "\ud800.example", "a\x7fb", "a\x00b"),
    *("", ".", " ", "a..b", ".a", "-a.example", "a-.example", "a" * 64 + ".example", "a." * 130 + "b", "a" * 300),
    *("ho st", "ho\tst", "ho\nst", "evil.example\\.hatz.ai", "a%2fb", "%41.example", "*.example", "a,b", "a;b", "a<b", "{host}"),
]  # fmt: skip
DEFAULTS = {"https": 443, "http": 80}
PORTS = ["", "", "", ":", ":443", ":0443", ":0", ":65535", ":65536", ":" + "9" * 400, ":-1", ":+1", ":1_0", ":٣", ":8 0", ":80:80", ":a"]  # fmt: skip
PATHS = [
    *("", "/", "//", "/v1", "/v1//", "/a%2Fb/v1", "/a%5Cb", "/a/../b", "/%2e%2e/x", "/a b", "/a\\b", "/;x", "/é", "/%zz", "/{v}"),
    *("/v1?x=1", "/v1#f", "/v1?", "/v1#", "/a@b", "/a\tb", "/a\x00b", "/\ud800", "/\u2028", "/openai/responses" * 50),
    *("/" * 3000 + "x", "/" + "x" * 70_000),
]  # fmt: skip


def addresses(count):
    """Any of the pieces together; more of them begin as they should, so that the rest is looked at."""
    drawn = random.Random(13)  # noqa: S311 (the same each time)
    for _ in range(count):
        start = drawn.choice(STARTS) if drawn.random() < 0.4 else "https://"
        yield start + drawn.choice(USERS) + drawn.choice(HOSTS) + drawn.choice(PORTS) + drawn.choice(PATHS)
    yield from ("https://" + "".join(pieces) for pieces in itertools.product(HOSTS, PORTS[2:], PATHS[:4]))


def refusal(make, settings):
    """The message of the error; None if the address is used."""
    try:
        make(**{"api_key": "sk-1", **settings})
    except HatzInvalidInputError as error:
        return str(error)
    return None


def test_each_address_is_used_as_it_is_written_or_refused():
    used = 0
    for given in addresses(20_000):
        message = refusal(Client, {"base_url": given})
        if message is not None:
            assert "base_url" in message, given
            assert PASSWORD not in message, given
            assert len(message) < 500, given
            continue
        used += 1
        url = check_base_url(given, allow_http=False)
        assert PASSWORD not in url
        said, sent = urlsplit(given.strip()), httpx.Request("POST", f"{url}/chat/models").url
        assert sent.scheme == said.scheme
        assert (sent.port or DEFAULTS[sent.scheme]) == (said.port or DEFAULTS[said.scheme])
        assert sent.userinfo == b""
        assert sent.query == b""
        host = sent.raw_host.decode()
        assert host in {said.hostname, said.hostname.encode("idna").decode()} or not said.hostname.isascii()
        assert host.encode("idna"), "as `socket` looks it up"
    assert used > 500


@pytest.mark.parametrize("make", [Client, AsyncClient, ChatHatz, HatzLLM])
def test_all_refuse_the_same_and_show_no_password(make):
    named = {"model": "gpt-5.2"} if make in (ChatHatz, HatzLLM) else {}
    for given in (
        f"{start}{user}gateway.example/v1" for start, user in itertools.product(STARTS, USERS) if PASSWORD in user
    ):
        message = refusal(make, {**named, "base_url": given})
        assert message is not None, given
        assert "base_url" in message
        assert PASSWORD not in message, given


def test_a_key_in_the_place_of_the_address_is_not_shown():
    with pytest.raises(HatzInvalidInputError, match="base_url is not a URL") as caught:
        Client("https://ai.hatz.ai/v1", "hatz-key-0123456789")
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(
    "start", ["https://a.example/", "https://", "https://xn--", "https://é", "https://[", "https://a:", ""]
)
@pytest.mark.parametrize("piece", ["a", "/", "a.", "1.", "-", "é", "\\", "@", ":", "%2F", "[", "/openai", "/chat"])
def test_a_long_address_takes_linear_time(start, piece):
    given = start + piece * (60_000 // len(piece))
    began = time.process_time()
    refusal(Client, {"base_url": given})
    assert time.process_time() - began < 0.5
