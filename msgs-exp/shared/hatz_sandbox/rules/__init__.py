"""What each endpoint refuses, in the words of the service it mirrors."""

from hatz_sandbox.rules import chat, messages, responses

__all__ = ["chat", "messages", "responses"]
