"""The server's own web search, canned: one result that says it is the sandbox's."""

from __future__ import annotations

import base64
import re

from hatz_sandbox.neutral import Answer, Search

_ASKS = re.compile(r"\b(search|look up|latest|news|today|current|recent|on the web|online|internet)\b", re.IGNORECASE)


def searched(text: str) -> Answer | None:
    """The answer with a search, a result and a citation, or `None` when the request starts no search."""
    if not _ASKS.search(text):
        return None
    query = " ".join(text.split())[:120].rstrip("?.! ")
    told = f"This is a canned result of the Hatz sandbox for the search “{query}”."
    url = "https://sandbox.hatz.invalid/search"
    title = "Hatz sandbox: canned search result"
    sealed = base64.b64encode(told.encode()).decode()
    result = {"type": "web_search_result", "title": title, "url": url, "encrypted_content": sealed, "page_age": None}
    citation = {
        "type": "web_search_result_location",
        "cited_text": told,
        "url": url,
        "title": title,
        "encrypted_index": sealed,
    }
    return Answer(text=told, search=Search(query, (result,)), citations=(citation,))
