"""Training: labelled pairs in, weights of comparisons out.

In order: labelled_pairs · refit.
"""
