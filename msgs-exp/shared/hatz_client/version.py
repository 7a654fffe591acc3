"""The version of this project: here and nowhere else (`pyproject.toml` reads it, too)."""

__version__ = "0.1.0"
USER_AGENT = f"hatz-integrations/{__version__}"
"""Who asks, as the header of a request says."""
