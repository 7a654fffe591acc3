"""The conversation of `hatz chat`: its turns, its commands, and the line editor."""
