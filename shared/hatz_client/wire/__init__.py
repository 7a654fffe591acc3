"""The wire formats of the gateway, without I/O: one package or module per endpoint; shared code is in `common`.

`endpoints` is the registry: the capabilities of each endpoint and the choice of one for a prompt. Each wire format is a
codec: it encodes a `Prompt`, decodes a response's body into a `Reply`, and decodes a stream into `Event`s.
"""
