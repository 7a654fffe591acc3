"""Checks of request bodies, with the status and error messages of the service that each endpoint mirrors."""
