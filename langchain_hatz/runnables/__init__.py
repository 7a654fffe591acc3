"""`ChatHatz` inside other runnables of LangChain: bound to arguments and a configuration, or configurable per call."""
