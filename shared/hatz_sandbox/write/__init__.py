"""Answers and errors in the format of each endpoint."""
