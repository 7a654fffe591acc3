"""Run operations: send, wait, retry, and combine several requests. Each module exists twice: sync and async."""
