"""`hatz doctor`: a list of checks; each that fails says what to do."""
