"""`init_chat_model("hatz:…")`, which knows no packages but its own."""

from __future__ import annotations


def register_with_init_chat_model() -> None:
    """Make LangChain's `init_chat_model("hatz:gpt-5.2")` work, in this process from here on.

    LangChain has a fixed list of providers and no way to enter it; this adds a line to the list.

    Raises:
        ImportError: when `langchain` is not installed, or has no such list any more.
    """
    try:
        from langchain.chat_models import base  # noqa: PLC0415 (not needed for anything else)

        base._BUILTIN_PROVIDERS.setdefault("hatz", ("langchain_hatz", "ChatHatz", base._call))  # noqa: SLF001 (the only way)
    except (ImportError, AttributeError) as error:
        raise ImportError("This needs langchain with its list of providers; use ChatHatz(…) itself.") from error
