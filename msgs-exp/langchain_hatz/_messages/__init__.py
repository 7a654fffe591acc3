"""LangChain's messages from and to the client's vocabulary."""
