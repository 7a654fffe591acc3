"""The sandbox as an HTTP server: requests read, responses made and sent."""
