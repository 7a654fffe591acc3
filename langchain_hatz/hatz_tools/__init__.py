"""Apps, workflows and agents of Hatz as LangChain's tools."""
