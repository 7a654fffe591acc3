"""Support for `init_chat_model("hatz:…")`."""

from __future__ import annotations


def register_with_init_chat_model() -> None:
    """Make LangChain's `init_chat_model("hatz:gpt-5.2")` work in this process.

    LangChain has a fixed list of providers without a way to register; this adds an entry to the list.

    Raises:
        ImportError: if `langchain` is not installed, or no longer has such a list.
    """
    try:
        from langchain.chat_models import base  # noqa: PLC0415 (not needed for anything else)

        base._BUILTIN_PROVIDERS.setdefault("hatz", ("langchain_hatz", "ChatHatz", base._call))  # noqa: SLF001 (the only way)
    except (ImportError, AttributeError) as error:
        raise ImportError(
            "register_with_init_chat_model() needs the package langchain (pip install langchain), in a version that has a list of "
            'providers. Without it, use ChatHatz("gpt-5.2") itself.'
        ) from error
