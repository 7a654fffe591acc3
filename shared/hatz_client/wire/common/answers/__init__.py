"""What the decoders of several endpoints share: framing, errors, finish reasons and truncation in answers."""
