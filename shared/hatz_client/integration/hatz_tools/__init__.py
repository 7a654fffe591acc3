"""Apps, workflows and agents of Hatz as tools: what both frameworks' tools do alike.

Importing this package loads nothing: pydantic is needed for the classes of arguments only.
"""
