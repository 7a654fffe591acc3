"""Messages streams: the decoder, and the content blocks as they are written."""
