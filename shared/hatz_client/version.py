"""The version of this project, in this one place (`pyproject.toml` reads it too)."""

__version__ = "0.1.0"
USER_AGENT = f"hatz-integrations/{__version__}"
"""The `User-Agent` header of requests."""
