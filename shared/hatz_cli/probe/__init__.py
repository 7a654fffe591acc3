"""`hatz doctor --probe`: ask the gateway itself what its documentation does not say."""
