"""The operations of the gateway, without I/O: which request to send, and how to read the response. Both clients share them."""
