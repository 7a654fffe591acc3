"""Responses streams: the decoder, and one module for each kind of output item."""
