"""What the encoders of several endpoints share: history, media, schemas and names in requests."""
