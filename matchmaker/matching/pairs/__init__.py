"""Pairs: which pairs to look at, how they compare, and what that adds up to."""
