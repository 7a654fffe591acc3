"""Small helpers that are independent of the gateway."""
