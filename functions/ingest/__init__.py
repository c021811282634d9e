"""Usage comes in."""
