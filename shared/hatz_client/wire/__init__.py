"""The wire formats of the gateway, without I/O: one package or module per endpoint, what they share in `common`.

`endpoints` says what each endpoint is and can do, and which one a prompt goes to. A wire format itself is a codec: it
encodes a `Prompt`, decodes a response's body into a `Reply` and, event by event, a stream into `Event`s.
"""
