"""`hatz doctor`: one check after the other, each with the cure when it fails."""
