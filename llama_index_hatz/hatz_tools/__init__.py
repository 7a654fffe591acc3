"""Apps, workflows and agents of Hatz as LlamaIndex's tools."""
