"""What the formats of several endpoints share."""
