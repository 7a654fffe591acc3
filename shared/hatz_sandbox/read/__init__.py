"""Request bodies read into a `Question`; they have passed `rules` before."""
