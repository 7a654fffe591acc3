"""What the formats of several endpoints share, for requests and for answers."""
