"""`HatzDecisionModel`: LangChain's decision model on any model of the gateway (langchain-core 1.8 and later)."""
