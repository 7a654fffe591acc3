"""Each operation of the gateway, without I/O: which request to send, and what the response means. Both clients share it."""
