"""Search: the best sets of decisions in order, each with its bound."""
