"""Convert LangChain's messages to and from the client's vocabulary."""
