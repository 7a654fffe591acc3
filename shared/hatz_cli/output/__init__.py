"""What `hatz` prints: answers, tables, the progress of jobs, and the warnings of the client."""
