"""Tools in requests and in answers: their names, the names of their arguments, and their schemas in the form of a service."""
