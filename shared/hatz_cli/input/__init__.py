"""What `hatz` reads: standard input, attached files, the inputs of apps, names and patterns."""
