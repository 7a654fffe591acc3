"""What the encoders of several endpoints share: history, media, fields of blocks."""
