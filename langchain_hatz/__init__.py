"""Every model and agent of Hatz AI in LangChain: `ChatHatz`.

>>> from langchain_hatz import ChatHatz
>>> ChatHatz("gpt-5.2").invoke("Hello!").text  # doctest: +SKIP
"""

from __future__ import annotations

try:
    import langchain_core  # noqa: F401 (only to say what to install)
except ImportError as error:
    raise ImportError('langchain_hatz needs LangChain: pip install "hatz-integrations[langchain]"') from error

from hatz_client import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzConnectionError,
    HatzContextOverflowError,
    HatzCreditsError,
    HatzError,
    HatzInvalidInputError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
    HatzStatusError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
    HatzUnsupportedError,
)
from langchain_hatz._errors import HatzRefusalError
from langchain_hatz._version import __version__
from langchain_hatz.chat_models import ChatHatz

__all__ = [
    "ChatHatz",
    "HatzAuthenticationError",
    "HatzBadRequestError",
    "HatzConnectionError",
    "HatzContextOverflowError",
    "HatzCreditsError",
    "HatzError",
    "HatzInvalidInputError",
    "HatzNotFoundError",
    "HatzPermissionError",
    "HatzRateLimitError",
    "HatzRefusalError",
    "HatzResponseError",
    "HatzServerError",
    "HatzStatusError",
    "HatzStreamInterruptedError",
    "HatzTimeoutError",
    "HatzUnsupportedError",
    "__version__",
]
