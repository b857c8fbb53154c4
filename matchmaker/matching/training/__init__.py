"""Training: labelled pairs in, weights of comparisons out."""
