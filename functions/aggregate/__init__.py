"""Usage is folded into buckets."""
