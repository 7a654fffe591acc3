"""Check the gateway's URL. No I/O."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from hatz_client.connection.route import LOOPBACK, is_server
from hatz_client.errors import HatzInvalidInputError

BASE_URL = "https://ai.hatz.ai/v1"
_LONGEST = 60_000
"""The most characters: httpx accepts 65,536 with the path and the query that are added."""

# Users paste any of the documented URLs: the path after the version is removed, and each endpoint adds its own.
_ENDPOINT = re.compile(
    r"(/openai(/responses)?|/anthropic(/v1)?(/messages(/count_tokens)?)?|/chat(/(completions|models|agents))?)$"
)


@lru_cache(maxsize=64)
def check_base_url(given: str, allow_http: bool, name: str = "base_url") -> str:
    """The URL without an endpoint's path and without a trailing slash; `name` is the setting or environment variable it comes from.

    Raises:
        HatzInvalidInputError: if it is not a URL, contains something secret, or would send the key unencrypted to another host.
    """
    clean = given.strip()
    try:
        parts = urlsplit(clean)
        usable = is_server(clean, parts, ("http", "https")) and clean.count("://") == 1
        host = parts.hostname or ""
    except ValueError:
        raise HatzInvalidInputError(f"{name} is not a URL like {BASE_URL}.") from None
    if "@" in clean or parts.query or parts.fragment:
        raise HatzInvalidInputError(
            f"{name} must not contain a user name, password, query or fragment: pass the key as api_key, a query as default_query. "
            "(If its path contains an @, write %40.)"
        )
    # Without "://" it may be the key, in the wrong place.
    shown = f"{name}={given!r:.200}" if "://" in given else name
    if not usable:
        raise HatzInvalidInputError(f"{shown} is not a URL like {BASE_URL}.")
    if len(clean) > _LONGEST:
        raise HatzInvalidInputError(f"{name} has {len(clean)} characters: the HTTP library accepts at most {_LONGEST}.")
    if parts.scheme == "http" and not allow_http and host not in LOOPBACK:
        raise HatzInvalidInputError(
            f"{shown} would send the key unencrypted to another host: use https, or allow_http=True if you must."
        )
    path = _ENDPOINT.sub("", parts.path.rstrip("/")).rstrip("/")
    if not path and host.endswith("hatz.ai"):
        path = "/v1"
    return f"{parts.scheme}://{parts.netloc}{path}"
