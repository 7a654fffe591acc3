"""Request bodies read into the neutral `Request`; they have passed `rules` before."""
