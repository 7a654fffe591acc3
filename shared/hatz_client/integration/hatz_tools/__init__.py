"""Apps, workflows and agents of Hatz as tools: the code that both frameworks share.

Importing this package loads nothing: pydantic is needed for the classes of arguments only.
"""
