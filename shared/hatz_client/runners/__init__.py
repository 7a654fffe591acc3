"""Runs operations: what waits, and what takes several requests. Each module has a twin: sync and async."""
