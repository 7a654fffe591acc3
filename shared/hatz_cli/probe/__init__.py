"""`hatz doctor --probe`: what the gateway's documentation leaves open, asked of the gateway itself."""
