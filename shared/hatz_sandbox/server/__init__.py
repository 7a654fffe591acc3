"""The HTTP server: it reads requests and sends responses."""
